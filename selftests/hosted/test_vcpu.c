/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The vCPU operations of a guest: start a vCPU with any context, and register areas that the
 * hypervisor writes, from several vCPUs at once.
 */
/* sources: hypervisor/domain/vcpu.c hypervisor/domain/vcpu_op.c */
/* sources: hypervisor/domain/guest_area.c hypervisor/sched/runstate.c hypervisor/mm/frame.c */
/* sources: hypervisor/mm/promote.c hypervisor/mm/pte_rules.c hypervisor/mm/desc_rules.c */
/* sources: hypervisor/mm/alloc.c hypervisor/mm/buddy.c hypervisor/mm/m2p.c */
/* sources: hypervisor/mm/iomem.c hypervisor/mm/mmu_op.c hypervisor/mm/mmuext_op.c */
/* sources: hypervisor/mm/desc_op.c hypervisor/mm/domain_mm.c hypervisor/trap/debugreg.c */
/* libs: -lpthread */
#include <pthread.h>
#include <unistd.h>

#include "mm_world.h"

#include "effects.h"

#include <hv/domain/cpu_policy.h>
#include <hv/domain/guest_area.h>
#include <hv/event/event.h>
#include <hv/hypercall/hypercall.h>
#include <hv/mm/alloc.h>
#include <hv/mm/directmap.h>
#include <hv/mm/frame.h>
#include <hv/mm/map.h>
#include <hv/mm/mmuext_op.h>
#include <hv/mm/pte_rules.h>
#include <hv/sched/runstate.h>
#include <hv/sched/sched.h>
#include <hv/sched/timer.h>
#include <hv/time/clock.h>
#include <hv/time/pvclock.h>
#include <x86/cpu.h>
#include <x86/fpu.h>
#include <x86/lapic.h>
#include <x86/protection.h>
#include <xen/vcpu.h>

#define VCPUS   3U
#define AREA_VA 0x400000UL

static struct vcpu *vcpus[VCPUS];
static struct domain *dom;
static struct frame *tables[4], *page[2]; /* L4 .. L1; what AREA_VA and the page behind it map */

/* ---- what the sources call besides mm/ ---- */

void protection_init_vcpu(struct vcpu *v)
{
	v->arch.spec_hv = v->domain == dom;
}

struct cpu_features cpu_features;

#define CR4_ALLOWED 0x10004UL

uint64_t cpu_policy_cr4(const struct cpu_policy *p)
{
	(void)p;
	return CR4_ALLOWED;
}

int fpu_vcpu_init(struct vcpu *v)
{
	v->arch.fpu = alloc_page();
	return v->arch.fpu ? 0 : -ENOMEM;
}

void fpu_vcpu_destroy(struct vcpu *v)
{
	free_page(v->arch.fpu);
}

int sched_vcpu_init(struct vcpu *v)
{
	v->sched.weight = 256;
	v->sched.down = true;
	return 0;
}

void sched_vcpu_destroy(struct vcpu *v)
{
	(void)v;
}

int vcpu_time_init(struct vcpu *v)
{
	(void)v;
	return 0;
}

void vcpu_time_destroy(struct vcpu *v)
{
	(void)v;
}

void vcpu_time_publish(struct vcpu *v)
{
	(void)v;
}

int evtchn_vcpu_init(struct vcpu *v)
{
	(void)v;
	return 0;
}

void evtchn_vcpu_destroy(struct vcpu *v)
{
	(void)v;
}

/* How often others were told something. */
static struct {
	unsigned int raised, nmis, stops, shutdowns, published;
	uint64_t deadline;
} told;

void evtchn_raise_all(struct vcpu *v)
{
	(void)v;
	told.raised++;
}

void vcpu_up(struct vcpu *v)
{
	v->sched.down = false;
}

void vcpu_down(struct vcpu *v)
{
	v->sched.down = true;
}

void debug_registers_load(struct vcpu *v)
{
	(void)v;
}

void vcpu_send_nmi(struct vcpu *v)
{
	(void)v;
	told.nmis++;
}

void stats_keep(const struct vcpu_stats *s)
{
	(void)s;
}

void domain_shutdown(struct domain *d, unsigned int reason)
{
	(void)d, (void)reason;
	told.shutdowns++;
}

static unsigned int timers_set;

void timer_set(struct timer *t, uint64_t deadline)
{
	told.deadline = deadline;
	timers_set++;
	t->armed = true;
}

void timer_stop(struct timer *t)
{
	t->armed = false;
	told.stops++;
}

void timer_migrate(struct timer *t, unsigned int cpu)
{
	t->cpu = cpu;
}

uint64_t now_ns(void)
{
	return 1000;
}

uint32_t lapic_id_of(unsigned int cpu)
{
	return cpu + 16;
}

/* ---- a guest with three vCPUs, of which the first runs ---- */

static mfn_t number(const struct frame *f)
{
	return frame_to_mfn(f);
}

static struct frame *own(void)
{
	struct frame *f = alloc_domain_frames(dom, 0, 0);

	if (!f)
		abort();
	return f;
}

static pte_t *entries(const struct frame *f)
{
	return mfn_to_virt(number(f));
}

static void build_tables(void)
{
	const pte_t flags = PTE_P | PTE_RW | PTE_US;

	for (unsigned int i = 0; i < 4; i++)
		tables[i] = own();
	for (unsigned int i = 0; i < 2; i++)
		page[i] = own();
	entries(tables[0])[l4_index(AREA_VA)] = pte_make(number(tables[1]), flags);
	entries(tables[1])[l3_index(AREA_VA)] = pte_make(number(tables[2]), flags);
	entries(tables[2])[l2_index(AREA_VA)] = pte_make(number(tables[3]), flags);
	for (unsigned int i = 0; i < 2; i++)
		entries(tables[3])[l1_index(AREA_VA) + i] = pte_make(number(page[i]), flags);
}

static void start_here(void)
{
	dom = &world_dom[1];
	build_tables();
	for (unsigned int i = 0; i < VCPUS; i++) {
		vcpus[i] = vcpu_create(dom, i);
		if (!vcpus[i])
			abort();
	}
	dom->vcpus = vcpus;
	dom->max_vcpus = VCPUS;
	current = vcpus[0];
	vcpus[0]->initialised = true;
	vcpus[0]->arch.kernel_mode = true;
	vcpus[0]->sched.down = false;
	if (mmu_get_kernel_l4(dom, number(tables[0])))
		abort();
	vcpus[0]->mm.guest_table = number(tables[0]);
}

static void start(void)
{
	world_start();
	start_here();
}

static void end(void)
{
	for (unsigned int i = 0; i < VCPUS; i++) {
		vcpu_release(vcpus[i]);
		vcpu_destroy(vcpus[i]);
	}
	current = &world_vcpu[1];
}

static long vcpu_op(unsigned int cmd, unsigned int id, void *arg)
{
	return do_vcpu_op(cmd, id, (gaddr_t)arg, 0, 0, 0);
}

/* ---- VCPUOP_initialise ---- */

static struct vcpu_guest_context context(void)
{
	struct vcpu_guest_context c = {.flags = VGCF_in_kernel};

	c.ctrlreg[3] = mfn_to_maddr(number(tables[0]));
	return c;
}

static void test_cr4(void)
{
	struct vcpu_guest_context c = context();

	start();
	c.ctrlreg[4] = ~0UL;
	result(!vcpu_op(VCPUOP_initialise, 1, &c) && vcpus[1]->arch.guest_cr4 == CR4_ALLOWED,
	       "of a context's CR4 counts what the CPU policy allows");
	end();
}

/* mm/promote.c M6, by the other way in. */
static void test_m2p(void)
{
	struct vcpu_guest_context c = context();
	struct frame *user;
	pte_t *slot;

	start();
	user = alloc_domain_frames(dom, 0, 0);
	if (!user)
		abort();
	slot = (pte_t *)mfn_to_virt(frame_to_mfn(user)) + HV_L4_FIRST;
	c.ctrlreg[1] = mfn_to_maddr(frame_to_mfn(user)) | 1;
	*slot = 0x1234567; /* the guest's: it is no table yet */
	result(!vcpu_op(VCPUOP_initialise, 1, &c) && !*slot &&
		       ((pte_t *)mfn_to_virt(number(tables[0])))[HV_L4_FIRST] ==
			       idle_l4[HV_L4_FIRST],
	       "a context's kernel base shows the M2P, its user base does not");
	c = context();
	c.ctrlreg[3] = mfn_to_maddr(frame_to_mfn(user));
	result(!vcpu_op(VCPUOP_initialise, 2, &c) && *slot == idle_l4[HV_L4_FIRST],
	       "unless it is another vCPU's kernel base");
	vcpu_release(vcpus[2]);
	result(!*slot, "for as long as it is");
	end();
}

/* hv/kernel_ring.h */
static void test_ring1(void)
{
	struct vcpu_guest_context c = context();
	const struct regs *r;

	world_start();
	cpu_features.smap = world_dom[1].arch.ring1 = true;
	start_here();
	r = &vcpus[1]->arch.regs;
	c.user_regs.cs = 0x10;
	c.user_regs.ss = 0xe02b;
	result(!vcpu_op(VCPUOP_initialise, 1, &c) && r->cs == 0x11 && r->ss == SEL_KERNEL_DS &&
		       r->rflags & RFLAGS_AC,
	       "the context of a kernel in ring 1 gets its selectors and AC");
	vcpu_get_context(vcpus[1], &c);
	result(c.user_regs.cs == 0x10 && c.user_regs.ss == 0xe02b &&
		       !(c.user_regs.rflags & RFLAGS_AC),
	       "and is told as it was given");
	end();
	cpu_features.smap = false;
}

static void put_mxcsr(struct vcpu_guest_context *c, uint32_t mxcsr)
{
	memcpy(&c->fpu_ctxt.x[24], &mxcsr, sizeof(mxcsr));
}

static void test_context(void)
{
	struct vcpu_guest_context c;
	uint32_t mxcsr;

	start();
	c = context();
	c.flags = 0;
	result(vcpu_op(VCPUOP_initialise, 1, &c) == -EINVAL && !vcpus[1]->initialised,
	       "no vCPU starts in user mode without a user page table: CR3 would be 0");
	c = context();
	c.flags |= VGCF_i387_valid;
	put_mxcsr(&c, 0xffffffffU);
	result(!vcpu_op(VCPUOP_initialise, 1, &c) && vcpus[1]->initialised,
	       "a vCPU may be given any MXCSR");
	memcpy(&mxcsr, (const char *)vcpus[1]->arch.fpu + MXCSR_OFFSET, sizeof(mxcsr));
	result(mxcsr == MXCSR_VALID, "but gets none that the CPU refuses to load");
	c.ctrlreg[1] = mfn_to_maddr(number(tables[0])) | 1;
	c.flags = 0;
	result(!vcpu_op(VCPUOP_initialise, 2, &c) && !vcpus[2]->arch.kernel_mode,
	       "and so does one in user mode with a table");
	vcpu_release(vcpus[2]);
	vcpus[2]->initialised = false;
	c.flags = VGCF_in_kernel;
	c.ctrlreg[1] = mfn_to_maddr(number(tables[0]));
	result(!vcpu_op(VCPUOP_initialise, 2, &c) &&
		       mfn_eq(vcpus[2]->mm.guest_table_user, number(tables[0])),
	       "a table for user mode without the lowest bit, as the toolstack restores it");
	vcpu_get_context(vcpus[2], &c);
	result(c.ctrlreg[1] == mfn_to_maddr(number(tables[0])), "and as it is told again");
	end();
}

static void test_context_debug(void)
{
	struct vcpu_guest_context c, got;

	start();
	c = context();
	c.debugreg[1] = AREA_VA;
	c.debugreg[6] = 1;
	c.debugreg[7] = 4 | UINT64_C(1) << 20;	/* register 1: written, one byte */
	result(!vcpu_op(VCPUOP_initialise, 1, &c) && vcpus[1]->arch.dr[1] == AREA_VA &&
		       vcpus[1]->arch.dr[6] == 0xffff0ff1 &&
		       vcpus[1]->arch.dr[7] == (0x404 | UINT64_C(1) << 20),
	       "a context's debug registers are the vCPU's");
	vcpu_get_context(vcpus[1], &got);
	result(got.debugreg[1] == AREA_VA && got.debugreg[7] == vcpus[1]->arch.dr[7],
	       "and are told again");
	c.debugreg[7] |= 0x2000;
	result(vcpu_op(VCPUOP_initialise, 2, &c) == -EINVAL && !vcpus[2]->initialised,
	       "a breakpoint on debug registers is refused");
	c.debugreg[7] = 0;
	c.debugreg[0] = HV_VIRT_START;
	result(vcpu_op(VCPUOP_initialise, 2, &c) == -EINVAL && !vcpus[2]->initialised,
	       "and one in the hypervisor's range");
	end();
}

static void test_context_ldt(void)
{
	struct vcpu_guest_context c, got;

	start();
	c = context();
	c.ldt_base = AREA_VA;
	c.ldt_ents = 3;
	result(vcpu_op(VCPUOP_initialise, 1, &c) == -EINVAL && !vcpus[1]->initialised,
	       "an LDT that the guest can write is refused");
	c.ldt_base++;
	result(vcpu_op(VCPUOP_initialise, 1, &c) == -EINVAL, "and one inside of a page");
	c.ldt_base = AREA_VA + 2 * PAGE_SIZE;
	result(vcpu_op(VCPUOP_initialise, 1, &c) == -EINVAL, "and one that nothing maps");
	end();
	start();
	mmu_put_kernel_l4(vcpus[0]->mm.guest_table);
	vcpus[0]->mm.guest_table = MFN_NONE;
	(void)mm_drain_vcpu(vcpus[0]);
	entries(tables[3])[l1_index(AREA_VA)] &= ~PTE_RW; /* it is no table any more */
	c = context();
	c.ldt_base = AREA_VA;
	c.ldt_ents = 3;
	result(!vcpu_op(VCPUOP_initialise, 1, &c) && vcpus[1]->desc.ldt_entries == 3 &&
		       mfn_eq(vcpus[1]->desc.ldt_frames[0], number(page[0])),
	       "one without write access is the vCPU's");
	vcpu_get_context(vcpus[1], &got);
	result(got.ldt_base == AREA_VA && got.ldt_ents == 3, "and is told again");
	end();
}

/* ---- several vCPUs at once: each thread is one, on a CPU of its own ---- */

static pthread_barrier_t barrier;

static void run(void *(*a)(void *), void *(*b)(void *))
{
	pthread_t threads[2];

	pthread_barrier_init(&barrier, NULL, 2);
	pthread_create(&threads[0], NULL, a, NULL);
	pthread_create(&threads[1], NULL, b, NULL);
	pthread_join(threads[0], NULL);
	pthread_join(threads[1], NULL);
	pthread_barrier_destroy(&barrier);
}

static void become(unsigned int id)
{
	current = vcpus[id];
	hosted_cpu_info.cpu = id;
	pthread_barrier_wait(&barrier);
}

#define AREA_ROUNDS 200000

static void *register_areas(void *unused)
{
	struct vcpu_register_runstate_memory_area area = {.addr.v = AREA_VA + PAGE_SIZE - 8},
						  none = {.addr.v = 0};

	become(0);
	for (unsigned int i = 0; i < AREA_ROUNDS; i++)
		if (vcpu_op(VCPUOP_register_runstate_memory_area, 2, i % 3 ? &area : &none))
			abort();
	return unused;
}

/*
 * The same, from the vCPU that stands for the scheduler too: it writes the area whenever vCPU 2
 * comes on.
 */
static void *register_and_publish(void *unused)
{
	struct vcpu_register_runstate_memory_area area = {.addr.v = AREA_VA}, none = {.addr.v = 0};

	become(1);
	for (unsigned int i = 0; i < AREA_ROUNDS; i++) {
		if (vcpu_op(VCPUOP_register_runstate_memory_area, 2, i % 4 ? &area : &none))
			abort();
		runstate_publish(vcpus[2]);
	}
	return unused;
}

/* References of the pages beyond their entry in the L1 and their allocation. */
static uint64_t area_references(void)
{
	return frame_type_count(page[0]) + frame_type_count(page[1]) - 2 + page[0]->refs +
	       page[1]->refs - 4;
}

static void test_areas(void)
{
	start();
	vcpus[1]->mm.guest_table = vcpus[0]->mm.guest_table;
	if (mmu_get_kernel_l4(dom, number(tables[0])))
		abort();
	run(register_areas, register_and_publish);
	guest_area_clear(&vcpus[2]->area.runstate);
	result(area_references() == 0,
	       "two vCPUs that register one area neither lose nor double a reference");
	end();
}

#define INFO_ROUNDS 20000

static unsigned int registered; /* how often it worked in this round */

/* The two threads go on at the same moment, as far as the machine lets them. */
static void meet(void)
{
	static unsigned int arrived;
	unsigned int upto = (atomic_add(&arrived, 1) + 1) & ~1U;

	for (unsigned int i = 1; (int)(atomic_load(&arrived) - upto) < 0; i++)
		if (i % 4096 == 0)
			usleep(0);
}

static void *register_info_often(unsigned int id)
{
	struct vcpu_register_vcpu_info r = {.mfn = mfn_x(number(page[0])), .offset = 64 * id};

	become(id);
	for (unsigned int i = 0; i < INFO_ROUNDS; i++) {
		meet();
		if (!vcpu_op(VCPUOP_register_vcpu_info, 2, &r))
			atomic_add(&registered, 1);
		meet();
		if (id == 0) {
			if (registered != 1 || frame_type_count(page[0]) != 2)
				world_failures++;
			vcpu_release(vcpus[2]); /* as if it had never been */
			registered = 0;
		}
	}
	return NULL;
}

static void *info_of_0(void *unused)
{
	(void)unused;
	return register_info_often(0);
}

static void *info_of_1(void *unused)
{
	(void)unused;
	return register_info_often(1);
}

static void test_info(void)
{
	unsigned int before = world_failures;

	start();
	run(info_of_0, info_of_1);
	before = world_failures - before;
	world_failures -= before;
	result(before == 0 && frame_type_count(page[0]) == 1 && page[0]->refs == 2,
	       "of two vCPUs that register one vcpu_info one succeeds");
	end();
}

/* While VCPUOP_initialise waits for other CPUs, nobody waits for it. */
static bool locked_at_flush;

static void look_at_lock(unsigned int cpu)
{
	(void)cpu;
	locked_at_flush |= spin_is_locked(&dom->lock);
}

static void test_initialise_waits(void)
{
	struct vcpu_guest_context c;
	struct frame *gdt;

	start();
	gdt = own();
	/* It was writable for CPU 1, which may remember: to become a GDT it needs a flush there. */
	if (get_page_type(gdt, FT_WRITABLE))
		abort();
	put_page_type(gdt);
	c = context();
	c.gdt_frames[0] = mfn_x(number(gdt));
	c.gdt_ents = 8;
	locked_at_flush = false;
	world_on_flush = look_at_lock;
	result(!vcpu_op(VCPUOP_initialise, 1, &c) && frame_type(gdt) == FT_DESC && !locked_at_flush,
	       "no lock is held while a new vCPU's tables are checked");
	world_on_flush = NULL;
	end();
}

/* ---- what a guest reads of us ---- */

static __noinline void dirty_stack(void)
{
	volatile unsigned char bytes[4096];

	for (unsigned int i = 0; i < sizeof(bytes); i++)
		bytes[i] = 0xaa;
}

static void test_padding(void)
{
	struct vcpu_register_runstate_memory_area area = {.addr.v = AREA_VA};
	unsigned char *bytes;
	bool clean = true;

	start();
	bytes = mfn_to_virt(number(page[0]));
	memset(bytes, 0, PAGE_SIZE);
	if (vcpu_op(VCPUOP_register_runstate_memory_area, 0, &area))
		abort();
	dirty_stack();
	runstate_publish(vcpus[0]);
	for (unsigned int i = sizeof(int32_t);
	     i < offsetof(struct vcpu_runstate_info, state_entry_time); i++)
		clean = clean && !bytes[i];
	result(clean, "no bytes of our stack are in the runstate area");
	end();
}

/*
 * A timer interrupts the CPU that it is on: the guest chooses none by the number of a vCPU that
 * never ran.
 */
static void test_periodic(void)
{
	struct vcpu_set_periodic_timer t = {.period_ns = NS_PER_MS};
	struct timer *timer;

	start();
	timer = &vcpus[2]->time.periodic;
	timer->cpu = 7;
	timers_set = 0;
	result(vcpu_op(VCPUOP_set_periodic_timer, 2, &t) == 0 && !timers_set &&
		       vcpus[2]->time.period == NS_PER_MS,
	       "the periodic timer of a vCPU that is down is not set");
	vcpus[2]->initialised = true;
	result(vcpu_op(VCPUOP_up, 2, NULL) == 0 && timers_set == 1 && timer->cpu == cpu_id(),
	       "it is when that goes up, on the CPU of who says so");
	end();
}

/* ---- each sub-operation, and what is different after it ---- */

static struct {
	uint32_t cmd, id;
	bool no_arg;
	union {
		struct vcpu_guest_context context;
		struct vcpu_register_runstate_memory_area area;
		struct vcpu_set_periodic_timer periodic;
		struct vcpu_set_singleshot_timer singleshot;
		struct vcpu_register_vcpu_info info;
	} u;
} op;

/* An answer above 0, and one that is written where the argument is, is one that the caller sees. */
static long effect_call(uint32_t cmd)
{
	long rc = vcpu_op(cmd, op.id, op.no_arg ? NULL : &op.u);

	if (rc > 0)
		memcpy(effect_buffer, &rc, sizeof(rc));
	return rc;
}

/* Without what counts accesses, and without the time when a reference was dropped last. */
static struct vcpu seen[VCPUS];
static struct frame seen_frames[WORLD_FRAMES];
static struct domain seen_dom;

static void observe(void)
{
	for (unsigned int i = 0; i < VCPUS; i++) {
		memcpy(&seen[i], vcpus[i], sizeof(seen[i]));
		memset(&seen[i].stats, 0, sizeof(seen[i].stats));
	}
	memcpy(seen_frames, world_records, sizeof(seen_frames));
	for (unsigned int i = 0; i < WORLD_FRAMES; i++)
		seen_frames[i].stamp = 0;
	memcpy(&seen_dom, dom, sizeof(seen_dom));
	memset(&seen_dom.lock, 0, sizeof(seen_dom.lock));
	memset(&seen_dom.mm.lock, 0, sizeof(seen_dom.mm.lock));
}

#define PREPARE(name, ...)               \
	static void prepare_##name(void) \
	{                                \
		__VA_ARGS__;             \
	}
PREPARE(context, op.id = 1; op.u.context = context())
PREPARE(second, op.id = 1)
PREPARE(third, op.id = 2)
PREPARE(fourth, op.id = 3)
PREPARE(area, op.u.area.addr.v = AREA_VA)
PREPARE(wild_area, op.u.area.addr.v = 1UL << 60)
PREPARE(info_area, op.id = 1; op.u.info.mfn = mfn_x(number(page[1])); op.u.info.offset = 64)
PREPARE(wild_info, op.id = 2; op.u.info.mfn = mfn_x(number(page[1])); op.u.info.offset = 4090)
PREPARE(period, op.u.periodic.period_ns = NS_PER_MS)
PREPARE(short_period, op.u.periodic.period_ns = NS_PER_MS - 1)
PREPARE(deadline, op.u.singleshot.timeout_abs_ns = 7777)
PREPARE(past, op.u.singleshot.timeout_abs_ns = 1; op.u.singleshot.flags = VCPU_SSHOTTMR_future)
PREPARE(privileged, dom->privileged = true)
PREPARE(unprivileged, dom->privileged = false)

#define ROW(name, ...) {VCPUOP_##name, __VA_ARGS__}
static const struct sub_op rows[] = {
	ROW(up, "up before initialise", prepare_second, REFUSES, -EINVAL, NULL),
	ROW(initialise, "initialise", prepare_context, CHANGES, 0, NULL),
	ROW(initialise, "a second one", prepare_context, REFUSES, -EEXIST, NULL),
	ROW(is_up, "is_up of one that is down", prepare_second, IS_SO, 0, "0 says that it is down"),
	ROW(register_vcpu_info, "register_vcpu_info", prepare_info_area, CHANGES, 0, NULL),
	ROW(register_vcpu_info, "a second one", prepare_info_area, REFUSES, -EINVAL, NULL),
	ROW(register_vcpu_info, "one across two frames", prepare_wild_info, REFUSES, -EINVAL, NULL),
	ROW(up, "up", prepare_second, CHANGES, 0, NULL),
	ROW(up, "a second one", prepare_second, IS_SO, 0, "it is up"),
	ROW(is_up, "is_up of one that is", prepare_second, ANSWERS, 0, NULL),
	ROW(down, "down", prepare_second, CHANGES, 0, NULL),
	ROW(down, "that of the last one", NULL, CHANGES, 0, NULL),
	ROW(is_up, "is_up of none", prepare_fourth, REFUSES, -ENOENT, NULL),
	ROW(get_runstate_info, "get_runstate_info", NULL, ANSWERS, 0, NULL),
	ROW(register_runstate_memory_area, "register_runstate_memory_area", prepare_area, CHANGES,
	    0, NULL),
	ROW(register_runstate_memory_area, "one that is not mapped", prepare_wild_area, REFUSES,
	    -EFAULT, NULL),
	ROW(register_runstate_memory_area, "the end of it", NULL, CHANGES, 0, NULL),
	ROW(register_vcpu_time_memory_area, "register_vcpu_time_memory_area", prepare_area,
	    CHANGES, 0, NULL),
	ROW(register_vcpu_time_memory_area, "one that is not mapped", prepare_wild_area, REFUSES,
	    -EFAULT, NULL),
	ROW(register_vcpu_time_memory_area, "the end of it", NULL, CHANGES, 0, NULL),
	ROW(set_periodic_timer, "set_periodic_timer", prepare_period, CHANGES, 0, NULL),
	ROW(set_periodic_timer, "that of less than 1 ms", prepare_short_period, REFUSES, -EINVAL,
	    NULL),
	ROW(stop_periodic_timer, "stop_periodic_timer", NULL, CHANGES, 0, NULL),
	ROW(set_singleshot_timer, "set_singleshot_timer", prepare_deadline, CHANGES, 0, NULL),
	ROW(set_singleshot_timer, "one that is too late", prepare_past, REFUSES, -ETIME, NULL),
	ROW(set_singleshot_timer, "another vCPU's", prepare_third, REFUSES, -EINVAL, NULL),
	ROW(stop_singleshot_timer, "stop_singleshot_timer", NULL, CHANGES, 0, NULL),
	ROW(stop_singleshot_timer, "another vCPU's", prepare_third, REFUSES, -EINVAL, NULL),
	ROW(send_nmi, "send_nmi", prepare_third, CHANGES, 0, NULL),
	ROW(get_physid, "get_physid by a guest", prepare_unprivileged, REFUSES, -EINVAL, NULL),
	ROW(get_physid, "by Domain-0", prepare_privileged, ANSWERS, 0, NULL),
};

static long set_timer(uint32_t nr)
{
	if (nr != __HYPERVISOR_set_timer_op)
		return -ENOSYS;
	return do_set_timer_op(op.u.singleshot.timeout_abs_ns, 0, 0, 0, 0, 0);
}

static const struct sub_op timers[] = {
	{__HYPERVISOR_set_timer_op, "set_timer_op", prepare_deadline, CHANGES, 0, NULL},
	{__HYPERVISOR_set_timer_op, "that of 0", NULL, CHANGES, 0, NULL},
};

static void test_effects(void)
{
	const struct region arg = {&op, sizeof(op)};
	const struct region state[] = {{seen, sizeof(seen)},
				       {&seen_dom, sizeof(seen_dom)},
				       {&told, sizeof(told)},
				       {seen_frames, sizeof(seen_frames)},
				       {world_ram, sizeof(world_ram)},
				       {NULL, 0}};

	start();
	effects_run(rows, ARRAY_SIZE(rows), effect_call, arg, state, observe);
	effects_complete("vcpu_op", rows, ARRAY_SIZE(rows), effect_call, arg, 100, UINT32_MAX);
	effects_run(timers, ARRAY_SIZE(timers), set_timer, arg, state, observe);
	dom->privileged = false;
	end();
}

int main(void)
{
	alarm(120);
	test_context();
	test_ring1();
	test_context_debug();
	test_context_ldt();
	test_cr4();
	test_m2p();
	test_areas();
	test_info();
	test_initialise_waits();
	test_padding();
	test_periodic();
	test_effects();
	printf("1..%u\n", world_number);
	return world_failures != 0;
}
