/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A hostile translated guest: every exit that it can cause, in random order and with random
 * operands, above a container that only plays a script. Claim: an instruction is over, or it has
 * faulted, or the domain has ended; never two of these, and never none; each exit has an end; the
 * local APICs stay possible; and in the end every page comes back.
 */
/* sources: hypervisor/hvm/hvm.c hypervisor/hvm/p2m.c hypervisor/hvm/physmap.c */
/* sources: hypervisor/hvm/guest_mem.c hypervisor/hvm/hvm_op.c hypervisor/hvm/hypercall.c */
/* sources: hypervisor/hvm/save.c hypervisor/hvm/lapic.c hypervisor/hvm/vlapic.c */
/* sources: hypervisor/hvm/msr.c hypervisor/hvm/leaves.c hypervisor/hvm/io.c */
/* sources: hypervisor/hvm/context.c hypervisor/hvm/mmio.c */
/* sources: hypervisor/trap/decode.c hypervisor/trap/insn_bytes.c */
/* sources: hypervisor/hvm/platform.c hypervisor/hvm/vpic.c hypervisor/hvm/vioapic.c */
/* sources: hypervisor/hvm/vpit.c hypervisor/hvm/vrtc.c hypervisor/hvm/vpmtimer.c */
/* sources: hypervisor/mm/frame.c hypervisor/mm/promote.c hypervisor/mm/pte_rules.c */
/* sources: hypervisor/mm/desc_rules.c hypervisor/mm/alloc.c hypervisor/mm/buddy.c */
/* sources: hypervisor/mm/m2p.c hypervisor/mm/iomem.c hypervisor/mm/mmu_op.c */
/* sources: hypervisor/mm/mmuext_op.c hypervisor/mm/domain_mm.c */
#define WORLD_FRAMES 2048U
#include "mm_world.h"

#include "hvm_world.h"

#define STEPS	150000U
#define GFNS	64U
#define START	0x100000UL	/* rip before each exit */

static jmp_buf out;
static unsigned int over, faulted, ended;
static const char *broken;

static uint64_t any(void)
{
	uint64_t value = (uint64_t)rand() << 33 ^ (uint64_t)rand() << 11 ^ (uint64_t)rand();

	switch (rand() % 4) {
	case 0: return value & 0xff;
	case 1: return value & 0xffffffff;
	case 2: return BIT64(value % 64) - (unsigned int)rand() % 2;
	default: return value;
	}
}

static void need(bool good, const char *what)
{
	if (!good && !broken)
		broken = what;
}

/* What an exit has come to. moved: how far rip may have gone on. */
static void judge(unsigned int moved, bool again)
{
	const struct regs *r = &current->arch.regs;
	bool done = r->rip != START, fault = exception != 0, dead = crashes != 0;

	need(done + fault + dead == 1 || (again && !done && !fault && !dead),
	     "an exit with two ends, or with none");
	need(!done || r->rip - START <= moved, "rip went astray");
	need(!fault || exception == 6 || exception == 13, "an exception that is none of ours");
	over += done;
	faulted += fault;
	ended += dead;
}

static void exit_cpuid(void)
{
	static const uint32_t leaves[] = {0, 1, 4, 7, 0xb, 0xd, 0x40000000, 0x80000000};
	struct regs *r = &current->arch.regs;

	r->rax = rand() % 2 ? any() : leaves[rand() % 8] + (uint32_t)rand() % 10;
	r->rcx = any();
	hvm_exit_cpuid(current, 2);
	need(!((r->rax | r->rbx | r->rcx | r->rdx) >> 32), "CPUID answers in 32 bits");
	judge(2, false);
}

static void exit_msr(void)
{
	static const uint32_t first[] = {0x10, 0x1b, 0xfe, 0x200, 0x250, 0x277, 0x2ff, 0x6e0,
					 0x800, 0xc0000080, 0xc0010010, 0x40000000};
	struct regs *r = &current->arch.regs;

	r->rcx = rand() % 8 ? first[rand() % 12] + (uint32_t)rand() % 64 : any();
	r->rax = any();
	r->rdx = rand() % 2 ? 0 : any();
	hvm_exit_msr(current, rand() % 2, 2);
	judge(2, false);
}

static void exit_io(void)
{
	static const uint16_t ports[] = {0x20, 0x40, 0x42, 0x61, 0x70, 0xe9, 0x3f8, 0xcf8};
	struct regs *r = &current->arch.regs;
	struct hvm_io io = {.port = rand() % 2 ? ports[rand() % 8] : (uint16_t)any(),
			    .size = (uint8_t)(1u << rand() % 3),
			    .in = rand() % 2, .string = rand() % 8 == 0, .rep = rand() % 2};
	uint64_t count;

	r->rax = any();
	r->rcx = count = rand() % 2 ? any() : (uint64_t)rand() % 600;
	r->rsi = rand() % 4 ? (uint64_t)rand() % (GFNS << 12) : any();
	hvm_exit_io(current, &io, 2);
	need(count - r->rcx <= 512, "one exit moves a bounded number of elements");
	judge(2, io.string && io.rep && count > 512);
}

static void exit_npf(void)
{
	static const uint64_t places[] = {0xfee00000, 0xfed00000, 0xfec00000, 0xa0000, 0x5000};
	uint64_t gpa = rand() % 8 ? places[rand() % 5] + (uint64_t)rand() % 0x400 : any();
	bool write = rand() % 2, fetch = rand() % 50 == 0;
	static const char *const code[] = {"\x8b\x00", "\x89\x00", "\x0f\xb6\x00", "\xc7\x00"};
	char *page1 = mfn_to_virt(domain_frame(dom, START >> 12));

	for (unsigned int i = 0; i < 16; i++)
		page1[i] = (char)rand();
	if (rand() % 4)
		memcpy(page1, code[write ? 1 + 2 * (rand() % 2) : 2 * (rand() % 2)],
		       rand() % 2 ? 2 : 3);
	hvm_exit_npf(current, gpa, write, fetch);
	judge(15, !mfn_eq(domain_frame(dom, gpa >> 12), MFN_NONE));
}

static void exit_other(void)
{
	struct regs *r = &current->arch.regs;

	r->rax = any(), r->rdx = any(), r->rcx = rand() % 4 ? 0 : any();
	switch (rand() % 3) {
	case 0: hvm_exit_xsetbv(current, 3); break;
	case 1:
		r->rflags = 2 | (rand() % 4 ? RFLAGS_IF : 0);
		hvm_exit_hlt(current, 1);
		break;
	default:
		r->rax = (uint64_t)rand() % 70;
		hvm_exit_hypercall(current, 3);
		r->rip += r->rip == START ? 3 : 0;	/* an interrupted one is made again */
		break;
	}
	judge(3, false);
}

/* The calls that are carried out here, with structures that say anything. */
static void call_hvm_op(void)
{
	struct xen_hvm_param p = {(domid_t)(rand() % 4 ? DOMID_SELF : any()), 0,
				  (uint32_t)(rand() % 4 ? rand() % 45 : (int)any()), any()};
	struct xen_hvm_evtchn_upcall_vector u = {(uint32_t)rand() % 5, (uint8_t)any()};
	struct xen_hvm_get_mem_type m = {.domid = DOMID_SELF, .pfn = any()};

	switch (rand() % 4) {
	case 0: (void)do_hvm_op(HVMOP_set_param, (uint64_t)&p, 0, 0, 0, 0); break;
	case 1: (void)do_hvm_op(HVMOP_get_param, (uint64_t)&p, 0, 0, 0, 0); break;
	case 2: (void)do_hvm_op(HVMOP_set_evtchn_upcall_vector, (uint64_t)&u, 0, 0, 0, 0); break;
	default: (void)do_hvm_op(HVMOP_get_mem_type, (uint64_t)&m, 0, 0, 0, 0); break;
	}
}

static void call_physmap(void)
{
	uint64_t gfn = 1 + (rand() % 8 ? GFNS + (uint64_t)rand() % GFNS : any());
	struct xen_add_to_physmap a = {DOMID_SELF, 0, (uint32_t)rand() % 6, any() % 256, gfn};
	struct xen_remove_from_physmap r = {DOMID_SELF, gfn};
	struct frame *f;

	if (gfn == START >> 12)
		return;
	switch (rand() % 4) {
	case 0: (void)hvm_hooks->physmap_op(XENMEM_add_to_physmap, (uint64_t)&a); break;
	case 1: (void)hvm_hooks->physmap_op(XENMEM_remove_from_physmap, (uint64_t)&r); break;
	case 2: (void)hvm_hooks->release(dom, gfn); break;
	default:
		f = alloc_domain_frames(dom, 0, 0);
		if (f && hvm_hooks->populate(dom, gfn, f, 0))
			frames_untake(f, 0, dom);
		break;
	}
}

static void leave(struct vcpu *v, unsigned int run)
{
	(void)v, (void)run;
	longjmp(out, 1);
}

/* To the guest's entry, with all that is delivered and carried out on the way. */
static void enter(void)
{
	script = leave;
	if (!setjmp(out))
		hvm_loop();
	irq_enable();
}

static void time_goes_on(void)
{
	now += any() % 100000;
	for (unsigned int i = 0; i < VCPUS; i++) {
		struct timer *t = &vcpu[i].hvm->lapic.timer;

		if (t->armed && t->deadline <= now) {
			t->armed = false;
			t->fn(t->data);
			need(!t->armed || t->deadline > now, "a timer that is due for ever");
		}
	}
}

static void look(void)
{
	for (unsigned int i = 0; i < VCPUS; i++) {
		const struct vlapic *l = &vcpu[i].hvm->lapic;
		unsigned int next = vlapic_next(l);

		need(next == 0 || (next >= 16 && next < 256), "a vector that is none");
		need(!((l->irr[0] | l->isr[0]) & 0xffff), "an exception's vector in the APIC");
		need((l->base & PAGE_MASK & ~0xfffUL) == APIC_ADDRESS, "the APIC has moved");
		need(l->id == 2 * i, "the APIC's number has changed");
	}
	need(dom->hvm->p2m.pages <= dom->hvm->p2m.max_pages, "more tables than are allowed");
}

static void start_guest(void)
{
	start();
	for (uint64_t gfn = 0; gfn < GFNS; gfn++)
		(void)page(gfn);
	/* No paging, and code at START mod 256 KiB: the low pages are all of its memory. */
	memset(states, 0, sizeof(states));
	for (unsigned int i = 0; i < VCPUS; i++)
		states[i].segment[SEGMENT_CS] = (struct hvm_segment){
			.rights = 0xa9b, .base = 0};
}

static void step(void)
{
	struct regs *r = &current->arch.regs;

	current = &vcpu[(unsigned int)rand() % VCPUS];
	r = &current->arch.regs;
	*r = (struct regs){.rip = START, .rflags = RFLAGS_IF | 2, .rax = any(), .rbx = any(),
			   .rsi = any(), .rdi = any(), .r10 = any(), .r8 = any()};
	/* Four modes; paging through whatever is in its memory. */
	states[current->id].cr0 = rand() % 8 ? 1 : 1 | BIT64(31) | (rand() % 2 ? BIT64(16) : 0);
	states[current->id].cr3 = any();
	states[current->id].cr4 = rand() % 2 ? BIT64(5) : BIT64(4);
	states[current->id].efer = rand() % 2 ? BIT64(10) | BIT64(8) : 0;
	states[current->id].segment[SEGMENT_SS].rights = rand() % 8 ? 0xc93 : 0xcf3;
	exception = crashes = 0;
	if_blocked = rand() % 4 == 0;
	switch (rand() % 10) {
	case 0: exit_cpuid(); break;
	case 1:
	case 2: exit_msr(); break;
	case 3: exit_io(); break;
	case 4: exit_npf(); break;
	case 5: exit_other(); break;
	case 6: call_hvm_op(); break;
	case 7: call_physmap(); break;
	case 8: enter(); break;
	default: time_goes_on(); break;
	}
	look();
}

int main(void)
{
	uint64_t unused;
	unsigned int i;

	srand(1911);
	start_guest();
	unused = free_frame_count() + GFNS + dom->hvm->p2m.pages;
	/* The page with the code is found at START's own number too. */
	(void)page(START >> 12);
	for (i = 0; i < STEPS && !broken; i++)
		step();
	if (broken)
		printf("# step %u: %s\n", i, broken);
	result(!broken, "each exit of a hostile guest has one end");
	printf("# %u instructions over, %u faults, %u ends of the domain\n", over, faulted, ended);
	result(over > STEPS / 10 && faulted > STEPS / 100 && ended > STEPS / 1000,
	       "and all three ends were reached");
	current = &world_vcpu[0];
	end();
	result(free_frame_count() == unused && !dom->mm.pages, "every page comes back");
	printf("1..%u\n", world_number);
	return world_failures != 0;
}
