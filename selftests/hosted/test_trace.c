/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The trace as the toolstack switches it, and what the field's tools map. Claims: the answers of
 * tbuf_op, the masks, the rules of size; Domain-0 maps the pages that struct t_info names and that
 * page itself, it writes to the former only, and nobody else maps any; the words of the records.
 */
/* sources: hypervisor/trace/trace.c hypervisor/trace/trace_op.c hypervisor/trace/tbuf.c */
/* sources: hypervisor/mm/frame.c hypervisor/mm/promote.c hypervisor/mm/pte_rules.c */
/* sources: hypervisor/mm/desc_rules.c hypervisor/mm/alloc.c hypervisor/mm/buddy.c */
/* sources: hypervisor/mm/m2p.c hypervisor/mm/iomem.c hypervisor/mm/mmu_op.c */
/* sources: hypervisor/mm/mmuext_op.c hypervisor/mm/desc_op.c hypervisor/mm/domain_mm.c */
#define WORLD_FRAMES 400U
#include "mm_world.h"
#include <hv/domain/info.h>
#include <hv/event/virq.h>
#include <hv/sched/softirq.h>
#include <hv/trace/tbuf.h>
#include <hv/trace/trace.h>
#include <xen/sysctl.h>
#include <xen/vcpu.h>

#define PAGES 3U

static uint64_t tsc = 100;
static void (*softirq)(void);
static unsigned int raised, virqs;
static uint64_t given_cpus;
static uint32_t masks[WORLD_CPUS]; /* cpu_info.trace of each CPU */

uint64_t rdtsc(void)
{
	return tsc += 10;
}

void softirq_open(enum softirq nr, void (*fn)(void))
{
	if (nr == SOFTIRQ_TRACE)
		softirq = fn;
}

void softirq_raise(enum softirq nr)
{
	raised += nr == SOFTIRQ_TRACE;
}

void send_global_virq(unsigned int virq)
{
	virqs += virq == VIRQ_TBUF;
}

static void on_cpu(unsigned int cpu)
{
	masks[cpu_id()] = hosted_cpu_info.trace;
	hosted_cpu_info.cpu = cpu;
	hosted_cpu_info.trace = masks[cpu];
}

void smp_call(cpumask_t cpus, void (*fn)(void *), void *arg)
{
	unsigned int self = cpu_id();

	for (unsigned int cpu = 0; cpu < WORLD_CPUS; cpu++)
		if (cpus.bits >> cpu & 1) {
			on_cpu(cpu);
			irq_disable();
			fn(arg);
			irq_enable();
		}
	on_cpu(self);
}

cpumask_t cpumask_online(void)
{
	return (cpumask_t){BIT64(WORLD_CPUS) - 1};
}

int cpumask_from_guest(cpumask_t *mask, const struct xenctl_bitmap *map)
{
	if (map->nr_bits > 64)
		return -EINVAL;
	mask->bits = given_cpus;
	return 0;
}

static struct xen_sysctl_tbuf_op op;

static long call(uint32_t cmd)
{
	op.cmd = cmd;
	return trace_op(&op);
}

static const struct t_info *info(void)
{
	return mfn_to_virt(mfn(op.buffer_mfn));
}

static const uint32_t *list(unsigned int cpu)
{
	return (const uint32_t *)info() + info()->mfn_offset[cpu];
}

static struct t_buf *buffer(unsigned int cpu)
{
	return mfn_to_virt(mfn(list(cpu)[0]));
}

static const uint32_t *record(unsigned int cpu)
{
	return (const uint32_t *)(buffer(cpu) + 1);
}

static unsigned int events_of(unsigned int cpu, uint32_t event)
{
	uint32_t before = buffer(cpu)->prod;

	on_cpu(cpu);
	TRACE(event, 1, 2);
	on_cpu(0);
	return buffer(cpu)->prod - before;
}

/* ---- size ---- */

static void test_sizes(void)
{
	uint64_t free = free_frame_count();
	bool fit = true;

	result(!call(XEN_SYSCTL_TBUFOP_get_info) && !op.buffer_mfn && !op.size &&
		       op.evt_mask == TRC_ALL,
	       "at the start there are no buffers, and the mask is of all events");
	result(call(XEN_SYSCTL_TBUFOP_enable) == -EINVAL && !hosted_cpu_info.trace,
	       "without buffers it is not switched on");
	op.size = 0;
	result(call(XEN_SYSCTL_TBUFOP_set_size) == -EINVAL, "no pages are no size");
	op.size = 4000;
	result(call(XEN_SYSCTL_TBUFOP_set_size) == -ENOMEM && free_frame_count() == free,
	       "more than there is memory for is refused, and nothing is kept");
	op.size = UINT32_MAX;
	result(call(XEN_SYSCTL_TBUFOP_set_size) == -ENOMEM && free_frame_count() == free,
	       "and so is the largest number");
	for (unsigned int cpus = 1; cpus <= NR_CPUS; cpus++) {
		uint64_t most = trace_most_pages(cpus), first = (2 + cpus * 2 + 3) / 4;

		fit = fit && most >= 1 && most <= UINT16_MAX &&
		      first + (cpus - 1) * most <= UINT16_MAX &&
		      (most == UINT16_MAX || first + (cpus - 1) * (most + 1) > UINT16_MAX);
	}
	result(fit, "for each number of CPUs, the most that struct t_info can name");
	op.size = PAGES;
	result(!call(XEN_SYSCTL_TBUFOP_set_size) && !call(XEN_SYSCTL_TBUFOP_get_info) &&
		       op.size == PAGE_SIZE && op.buffer_mfn && info()->tbuf_size == PAGES,
	       "buffers are made, and their list is named");
	result(call(XEN_SYSCTL_TBUFOP_set_size) == -EINVAL && (op.size = PAGES) &&
		       call(XEN_SYSCTL_TBUFOP_set_size) == -EBUSY,
	       "once: the same again is busy, another size wrong");
	result(call(99) == -EINVAL, "an unknown sub-operation is refused");
}

static void test_list(void)
{
	unsigned int wrong = 0;

	for (unsigned int cpu = 0; cpu < WORLD_CPUS; cpu++)
		for (unsigned int i = 0; i < PAGES; i++) {
			const struct frame *f = mfn_to_frame(mfn(list(cpu)[i]));

			wrong += list(cpu)[i] == op.buffer_mfn || f->owner != &dom_xen;
			for (unsigned int k = 0; k < i; k++)
				wrong += list(cpu)[i] == list(cpu)[k];
			wrong += cpu && list(cpu)[i] == list(0)[i];
		}
	result(!wrong && buffer(0)->prod == 0 && buffer(0)->cons == 0,
	       "each CPU has pages of its own, which are empty");
}

/* ---- masks ---- */

static void test_masks(void)
{
	result(!events_of(0, TRC_SCHED_WAKE) && !events_of(1, TRC_SCHED_WAKE),
	       "nothing is recorded before it is switched on");
	result(!call(XEN_SYSCTL_TBUFOP_enable) && events_of(0, TRC_SCHED_WAKE) == 20 &&
		       events_of(1, TRC_HW_IRQ_HANDLED) == 20,
	       "then every event is, on every CPU");
	result(record(0)[0] == (TRC_SCHED_WAKE | 2U << 28 | 1U << 31) &&
		       record(0)[1] == (uint32_t)tsc - 10 && !record(0)[2] && record(0)[3] == 1 &&
		       record(0)[4] == 2,
	       "as the event, the TSC and the words");
	op.evt_mask = TRC_SCHED_MIN | TRC_PV;
	result(!call(XEN_SYSCTL_TBUFOP_set_evt_mask) &&
		       events_of(0, TRC_SCHED_RUNSTATE_CHANGE | 0x120) == 20 &&
		       events_of(0, TRC_PV_HYPERCALL_SUBCALL) == 20 &&
		       !events_of(0, TRC_MEM_PAGE_GRANT_MAP),
	       "a mask of classes leaves out the others");
	op.evt_mask = TRC_SCHED_MIN;
	result(!call(XEN_SYSCTL_TBUFOP_set_evt_mask) && !events_of(0, TRC_SCHED_WAKE) &&
		       events_of(0, TRC_SCHED_CONTINUE_RUNNING) == 20,
	       "and one of a subclass, the class's others");
	given_cpus = 2;
	result(!call(XEN_SYSCTL_TBUFOP_set_cpu_mask) && !masks[0] && !hosted_cpu_info.trace &&
		       events_of(1, TRC_SCHED_CONTINUE_RUNNING) == 20,
	       "CPUs outside of theirs do not look further than one word");
	op.cpu_mask.nr_bits = 65;
	result(call(XEN_SYSCTL_TBUFOP_set_cpu_mask) == -EINVAL, "a bad mask is refused");
	op.cpu_mask.nr_bits = 64;
	result(!call(XEN_SYSCTL_TBUFOP_disable) && !masks[1] &&
		       !events_of(1, TRC_SCHED_CONTINUE_RUNNING) &&
		       !call(XEN_SYSCTL_TBUFOP_get_info) && op.buffer_mfn,
	       "switched off it records nothing, and keeps the buffers");
	given_cpus = 3;
	op.evt_mask = TRC_ALL;
	(void)call(XEN_SYSCTL_TBUFOP_set_cpu_mask);
	(void)call(XEN_SYSCTL_TBUFOP_set_evt_mask);
	(void)call(XEN_SYSCTL_TBUFOP_enable);
}

static void test_consumer(void)
{
	buffer(0)->cons = buffer(0)->prod;
	raised = virqs = 0;
	for (unsigned int i = 0; i < 2 * PAGES * PAGE_SIZE / 20; i++)
		(void)events_of(0, TRC_SCHED_WAKE);
	result(raised == 1 && !virqs, "at half of a buffer a softirq is raised, once");
	softirq();
	result(virqs == 1, "which tells Domain-0");
	(void)call(XEN_SYSCTL_TBUFOP_disable);
	(void)call(XEN_SYSCTL_TBUFOP_enable);
	buffer(0)->cons = buffer(0)->prod;
	result(events_of(0, TRC_SCHED_WAKE) == 20,
	       "what was lost before it was switched off is not told later");
}

/* ---- Domain-0 maps ---- */

static mfn_t l1;

static mfn_t table_of(unsigned int d)
{
	struct frame *f = alloc_domain_frames(&world_dom[d], 0, 0);

	if (!f || get_page_and_type(frame_to_mfn(f), &world_dom[d], FT_L1))
		abort();
	return frame_to_mfn(f);
}

static long map(unsigned int slot, uint64_t m, pte_t flags, domid_t owner)
{
	struct mmu_update u = {.ptr = mfn_to_maddr(l1) + slot * 8,
			       .val = m ? pte_make(mfn(m), flags) : 0};

	return world_call(do_mmu_update, (gaddr_t)&u, 1, 0, owner);
}

static void test_mapping(void)
{
	pte_t rw = PTE_P | PTE_RW | PTE_US, ro = PTE_P | PTE_US;
	struct frame *f, *other = alloc_frames(0, 0);
	uint32_t refs;

	world_run_as(0, 0);
	l1 = table_of(0);
	f = mfn_to_frame(mfn(list(1)[2]));
	refs = f->refs;
	result(!map(0, list(1)[2], rw, DOMID_XEN) && !map(1, list(1)[2], ro, DOMID_XEN) &&
		       f->refs == refs + 2,
	       "Domain-0 maps the pages of a buffer, to read and to write");
	result(!map(2, op.buffer_mfn, ro, DOMID_XEN), "and the list, to read");
	result(map(3, op.buffer_mfn, rw, DOMID_XEN) < 0, "not to write");
	result(map(3, list(0)[0], rw, DOMID_SELF) < 0 && map(3, list(0)[0], rw, DOMID_IO) < 0 &&
		       map(3, list(0)[0], rw, 1) < 0,
	       "as DOMID_XEN's only");
	result(map(3, mfn_x(frame_to_mfn(other)), ro, DOMID_XEN) < 0 &&
		       map(3, mfn_x(l1), ro, DOMID_XEN) < 0,
	       "and nothing else is DOMID_XEN's");
	result(!map(0, 0, 0, DOMID_SELF) && !map(1, 0, 0, DOMID_SELF) &&
		       !map(2, 0, 0, DOMID_SELF) && f->refs == refs && refs == 1 &&
		       f->owner == &dom_xen && mfn_to_frame(mfn(op.buffer_mfn))->refs == 1,
	       "when it unmaps them they stay what they are");
	result(get_page_and_type(mfn(list(0)[1]), &dom_xen, FT_L1) == -EINVAL,
	       "none of them becomes a page table");
	world_run_as(1, 0);
	l1 = table_of(1);
	result(map(0, list(0)[0], ro, DOMID_XEN) == -EPERM &&
		       map(0, list(0)[0], ro, DOMID_SELF) < 0,
	       "a guest maps none of them");
	world_run_as(0, 0);
	free_frames(other, 0);
}

/* ---- the words ---- */

/* The next record of CPU 0 is this. */
static bool is(uint32_t event, const uint32_t *words, unsigned int n)
{
	const uint32_t *w = (const uint32_t *)((char *)(buffer(0) + 1) + buffer(0)->cons);

	if (buffer(0)->cons == buffer(0)->prod)
		return false;
	buffer(0)->cons += 12 + n * 4;
	return w[0] == (event | n << 28 | 1U << 31) && !memcmp(w + 3, words, n * 4);
}
#define IS(event, ...) \
	is(event, (const uint32_t[]){__VA_ARGS__}, sizeof((uint32_t[]){__VA_ARGS__}) / 4)

static void test_words(void)
{
	static const uint64_t args[] = {5, UINT64_C(0x100000006), 7};
	struct vcpu *v = &world_vcpu[1], *next = &world_vcpu[2];

	v->id = 3;
	v->sched.state = RUNSTATE_running;
	v->sched.state_entry = 1000;
	v->arch.regs.rip = UINT64_C(0x1122334455667788);
	next->sched.state = RUNSTATE_runnable;
	next->sched.state_entry = 1500;
	buffer(0)->cons = buffer(0)->prod;
	trace_runstate(v, RUNSTATE_running);
	trace_runstate(v, RUNSTATE_blocked);
	result(IS(TRC_SCHED_RUNSTATE_CHANGE | 0x20, 1 << 16 | 3),
	       "a change of state, if it is one");
	trace_switch(v, next, 1600, 700);
	result(IS(TRC_SCHED_SWITCH_INFPREV, 1, 3, 600) &&
		       IS(TRC_SCHED_SWITCH_INFNEXT, 2, 0, 100, 700) &&
		       IS(TRC_SCHED_SWITCH, 1, 3, 2, 0),
	       "a switch: for how long one ran and the other waited, and from where to where");
	trace_continue(v, 1600, 700);
	result(IS(TRC_SCHED_SWITCH_INFCONT, 1, 3, 600, 700) &&
		       IS(TRC_SCHED_CONTINUE_RUNNING, 1 << 16 | 3),
	       "one that goes on");
	trace_hypercall(TRC_PV_HYPERCALL_V2, __HYPERVISOR_grant_table_op, args);
	trace_hypercall(TRC_PV_HYPERCALL_SUBCALL, __HYPERVISOR_mmuext_op, args);
	trace_hypercall(TRC_PV_HYPERCALL_V2, UINT64_C(0xffffffffffffffff), args);
	result(IS(TRC_PV_HYPERCALL_V2, __HYPERVISOR_grant_table_op | 1 << 20 | 1 << 24, 5, 7) &&
		       IS(TRC_PV_HYPERCALL_SUBCALL, __HYPERVISOR_mmuext_op | 1 << 22, 6) &&
		       IS(TRC_PV_HYPERCALL_V2, 0xfffff),
	       "a hypercall, with what it does and how often; any number");
	trace_trap(v, 13, true, 0xabcd);
	trace_trap(v, 6, false, 0xabcd);
	result(IS(TRC_PV_TRAP | TRC_64_FLAG, 0x55667788, 0x11223344,
		  13 | 1 << 15 | 0xabcdU << 16) &&
		       IS(TRC_PV_TRAP | TRC_64_FLAG, 0x55667788, 0x11223344, 6),
	       "a trap, with its error code if there is one");
	trace_page_fault(v, UINT64_C(0x99aabbccdd), 6);
	trace_address(TRC_PV_EMULATE_PRIVOP, 0x1000);
	trace_pt_write(UINT64_C(0x200000001), UINT64_C(0x400000003), UINT64_C(0x600000005));
	result(IS(TRC_PV_PAGE_FAULT | TRC_64_FLAG, 0x55667788, 0x11223344, 0xaabbccdd, 0x99, 6) &&
		       IS(TRC_PV_EMULATE_PRIVOP | TRC_64_FLAG, 0x1000, 0) &&
		       IS(TRC_PV_PTWR_EMULATION | TRC_64_FLAG, 1, 2, 3, 4, 5, 6),
	       "a page fault, an emulated instruction, a write to a page table");
}

int main(void)
{
	world_start();
	dom_xen.id = DOMID_XEN;
	trace_init();
	test_sizes();
	test_list();
	test_masks();
	test_mapping();
	test_words();
	test_consumer();
	printf("1..%u\n", world_number);
	return world_failures != 0;
}
