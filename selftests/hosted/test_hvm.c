/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * HVM guests above a container that only plays a script. Claim: a guest's memory is found by its
 * page tables in every mode and nowhere else; exits do what they say and touch nothing more;
 * parameters have their owners; INIT and SIPI start a vCPU; and the loop sleeps and wakes without
 * losing an interrupt.
 */
/* sources: hypervisor/hvm/hvm.c hypervisor/hvm/p2m.c hypervisor/hvm/physmap.c */
/* sources: hypervisor/hvm/guest_mem.c hypervisor/hvm/hvm_op.c hypervisor/hvm/hypercall.c */
/* sources: hypervisor/hvm/save.c hypervisor/hvm/lapic.c hypervisor/hvm/vlapic.c */
/* sources: hypervisor/hvm/msr.c hypervisor/hvm/leaves.c hypervisor/hvm/io.c */
/* sources: hypervisor/hvm/context.c */
/* sources: hypervisor/hvm/platform.c hypervisor/hvm/vpic.c hypervisor/hvm/vioapic.c */
/* sources: hypervisor/hvm/vpit.c hypervisor/hvm/vrtc.c hypervisor/hvm/vpmtimer.c */
/* sources: hypervisor/mm/frame.c hypervisor/mm/promote.c hypervisor/mm/pte_rules.c */
/* sources: hypervisor/mm/desc_rules.c hypervisor/mm/alloc.c hypervisor/mm/buddy.c */
/* sources: hypervisor/mm/m2p.c hypervisor/mm/iomem.c hypervisor/mm/mmu_op.c */
/* sources: hypervisor/mm/mmuext_op.c hypervisor/mm/domain_mm.c */
#define WORLD_FRAMES 512U
#include "mm_world.h"

#include "effects.h"
#include "hvm_world.h"

static jmp_buf out;

static void test_walk(void)
{
	uint64_t *l4, *l3, *l2, *l1, gpa, word = 0;
	uint32_t *d2, *d1;
	char *data;

	start();
	l4 = page(1), l3 = page(2), l2 = page(3), l1 = page(4), data = page(0x50);
	(void)page(0x51);
	l4[511] = 0x2003, l3[510] = 0x3003, l2[5] = 0x4003, l1[7] = 0x50003, l1[8] = 0x51001;
	l2[6] = 0x400083 | BIT64(63), l3[509] = 0x40000083;
	states[0].cr0 = BIT64(31) | BIT64(16) | 1;
	states[0].cr4 = BIT64(5);
	states[0].cr3 = 0x1018;
	gaddr_t va = 0xffffff8000000000UL + (510UL << 30) + (5UL << 21) + (7UL << 12);

	strcpy(data + 0x123, "hello");
	result(!hvm_copy_from(&word, va + 0x123, 5) && !memcmp(&word, "hello", 5),
	       "four levels: a word of the guest's memory is read");
	result(!hvm_copy_to(va + 0x200, "there", 6) && !strcmp(data + 0x200, "there") &&
		       !hvm_copy_to(va + 0x200, NULL, 6) && !data[0x200],
	       "written, and cleared");
	result(!hvm_copy_from(&word, va + 0xffe, 4) && hvm_copy_to(va + 0xffe, &word, 4) == -EFAULT,
	       "across pages, of which the second is read-only");
	states[0].cr0 &= ~BIT64(16);
	result(!hvm_copy_to(va + 0xffe, &word, 4), "unless the kernel has switched that off");
	result(hvm_copy_from(&word, va + 0x2000, 1) == -EFAULT &&
		       hvm_copy_from(&word, va & ~BIT64(63), 1) == -EFAULT &&
		       hvm_copy_from(&word, ~0UL - 2, 8) == -EFAULT,
	       "what is not mapped, no address, or wraps is a fault");
	result(!hvm_translate(&vcpu[0], va + (1UL << 21) + 0x1234, 0, &gpa) &&
		       gpa == 0x400000 + 0x7000 + 0x1234 &&
		       !hvm_translate(&vcpu[0], 0xffffff8000000000UL + (509UL << 30) + 0x123456, 0,
				      &gpa) &&
		       gpa == 0x40123456,
	       "large pages of both sizes");
	l2[6] = 0x7ffff003, l4[0] = 0xfffffffff003;
	result(hvm_copy_from(&word, va + (1UL << 21), 1) == -EFAULT &&
		       hvm_copy_from(&word, 0x1000, 1) == -EFAULT,
	       "tables where no memory is are a fault");
	states[0].cr4 |= BIT64(12);
	result(hvm_copy_from(&word, va, 1) == -EFAULT, "five levels are not offered");
	states[0].efer = 0;
	states[0].cr4 = BIT64(5);
	states[0].cr3 = 0x2020;
	l3[4] = 0x3001, l3[5] = 0;
	result(!hvm_translate(&vcpu[0], (5UL << 21) + (7UL << 12) + 9, WALK_WRITE, &gpa) &&
		       gpa == 0x50009 && hvm_translate(&vcpu[0], 1UL << 30, 0, &gpa) == -EFAULT,
	       "PAE");
	d2 = (uint32_t *)l2, d1 = (uint32_t *)l1;
	memset(l2, 0, 4096), memset(l1, 0, 4096);
	d2[3] = 0x4003, d1[2] = 0x50003, d2[4] = 0x00402083;
	states[0].cr4 = BIT64(4);
	states[0].cr3 = 0x3000;
	result(!hvm_translate(&vcpu[0], (3UL << 22) + (2UL << 12) + 5, WALK_WRITE, &gpa) &&
		       gpa == 0x50005 && !hvm_translate(&vcpu[0], (4UL << 22) + 0x3005, 0, &gpa) &&
		       gpa == 0x100403005,
	       "32 bits, and their large pages");
	states[0].cr0 = 1;
	result(!hvm_translate(&vcpu[0], 0x100000123, 0, &gpa) && gpa == 0x123,
	       "without paging, 32 bits count");
	end();
}

static void call(uint64_t nr, uint64_t a1)
{
	vcpu[0].arch.regs.rip = 0x1000;
	vcpu[0].arch.regs.rax = nr;
	vcpu[0].arch.regs.rdi = a1;
	last_call = 0;
	hvm_exit_hypercall(&vcpu[0], 3);
}

static bool moved(uint64_t from, uint64_t to)
{
	struct xen_add_to_physmap a = {
		.domid = DOMID_SELF, .space = XENMAPSPACE_gmfn, .idx = from, .gpfn = to};

	return hvm_hooks->physmap_op(XENMEM_add_to_physmap, (gaddr_t)&a) == 0;
}

static void test_moves(void)
{
	mfn_t m;

	start();
	m = virt_to_mfn(page(0x60));
	result(!moved(0x60, UINT64_C(1) << 50) && mfn_eq(hvm_hooks->frame_of(dom, 0x60), m),
	       "a page that cannot be moved stays where it is");
	result(moved(0x60, 0x61) && mfn_eq(hvm_hooks->frame_of(dom, 0x61), m) &&
		       mfn_eq(hvm_hooks->frame_of(dom, 0x60), MFN_NONE),
	       "one that can is where it was moved to");
	end();
}

static void test_hypercalls(void)
{
	static const uint8_t others[] = {0, 1, 2, 3, 4, 5, 7, 8, 9, 10, 13, 14, 22, 23, 25, 26,
					 27, 28, 30, 31, 33, 35, 36, 37, 40, 41, 42, 48, 63};
	struct regs *r = &vcpu[0].arch.regs;
	bool good = true;

	start();
	call(17, 5);
	result(last_call == 17 && last_argument == 5 && r->rax == 42 && r->rip == 0x1003,
	       "a hypercall is carried out and its instruction is over");
	call(12, 1000);
	result(last_call == 0 && r->rip == 0x1000 && r->rdi == 1001 && r->rax == 12,
	       "one that is interrupted is made again with what is left");
	for (unsigned int i = 0; i < sizeof(others); i++) {
		call(others[i], 0);
		good &= !last_call && r->rax == (uint64_t)-ENOSYS && r->rip == 0x1003;
	}
	call(~0UL, 0);
	result(good && r->rax == (uint64_t)-ENOSYS,
	       "none of the calls about page tables, descriptors or the machine is there");
	call(20, 0);	/* map_grant_ref */
	good = last_call == 20;
	call(20, 5);	/* copy */
	good &= last_call == 20;
	call(20, 7);	/* unmap_and_replace */
	good &= !last_call && r->rax == (uint64_t)-ENOSYS;
	call(20, 2);	/* setup_table */
	good &= !last_call && r->rax == (uint64_t)-ENOSYS;
	result(good, "grants are copied and mapped, by no call that names frames or page tables");
	states[0].segment[SEGMENT_SS].rights = 0x60;
	call(17, 0);
	result(!last_call && r->rax == (uint64_t)-EPERM, "user mode has none");
	states[0].segment[SEGMENT_SS].rights = 0;
	states[0].segment[SEGMENT_CS].rights = 0xc9b;
	call(17, 0);
	result(!last_call && r->rax == (uint64_t)-ENOSYS, "nor has 32-bit code");
	end();
}

static bool param(bool set, unsigned int as, domid_t id, uint32_t index, uint64_t value, long rc)
{
	static struct xen_hvm_param a;
	struct vcpu *me = current;
	long got;

	a = (struct xen_hvm_param){.domid = id, .index = index, .value = value};
	current = as == 1 ? &vcpu[0] : &world_vcpu[as];
	got = do_hvm_op(set ? HVMOP_set_param : HVMOP_get_param, (uint64_t)&a, 0, 0, 0, 0);
	current = me;
	if (got != rc)
		printf("# %ld in place of %ld\n", got, rc);
	return got == rc && (set || rc || a.value == value);
}

#define VIA_VECTOR(n) (UINT64_C(2) << 56 | (n))

static void test_params(void)
{
	start();
	result(param(true, 0, 1, HVM_PARAM_STORE_PFN, 0xfeffc, 0) &&
		       param(false, 1, DOMID_SELF, HVM_PARAM_STORE_PFN, 0xfeffc, 0),
	       "the toolstack sets, the guest reads");
	result(param(true, 1, DOMID_SELF, HVM_PARAM_STORE_PFN, 1, -EPERM) &&
		       param(false, 1, DOMID_SELF, HVM_PARAM_IOREQ_PFN, 0, -EPERM) &&
		       param(true, 1, 0, HVM_PARAM_CALLBACK_IRQ, 1, -EPERM) &&
		       param(true, 2, 1, HVM_PARAM_CALLBACK_IRQ, 1, -EPERM),
	       "what is not the guest's it neither sets nor reads, nor that of others");
	result(param(true, 0, 1, HVM_NR_PARAMS, 0, -EINVAL) && param(true, 0, 1, 4, 0, -EINVAL) &&
		       param(true, 0, 1, ~0u, 0, -EINVAL) && param(true, 0, 2, 1, 0, -EINVAL) &&
		       param(true, 0, 9, 1, 0, -ESRCH),
	       "a parameter or a domain that is none");
	result(param(true, 0, 1, HVM_PARAM_IOREQ_PFN, 5, 0) &&
		       param(true, 0, 1, HVM_PARAM_IOREQ_PFN, 5, 0) &&
		       param(true, 0, 1, HVM_PARAM_IOREQ_PFN, 6, -EEXIST),
	       "some are set once");
	info[1].evtchn_upcall_pending = 1;
	result(param(true, 1, DOMID_SELF, HVM_PARAM_CALLBACK_IRQ, VIA_VECTOR(0xf3), 0) &&
		       hvm_callback_vector(dom) == 0xf3 && kicks == 1,
	       "the callback's vector, and who has events hears of it");
	result(param(true, 1, DOMID_SELF, HVM_PARAM_CALLBACK_IRQ, VIA_VECTOR(5), -EINVAL) &&
		       param(true, 1, DOMID_SELF, HVM_PARAM_CALLBACK_IRQ, BIT64(59), -EINVAL) &&
		       param(true, 1, DOMID_SELF, HVM_PARAM_CALLBACK_IRQ, 1, -EOPNOTSUPP) &&
		       param(true, 1, DOMID_SELF, HVM_PARAM_CALLBACK_IRQ, BIT64(56), -EOPNOTSUPP) &&
		       hvm_callback_vector(dom) == 0xf3,
	       "no vector of an exception, no unknown kind, and no line, of which there is none");
	result(param(true, 1, DOMID_SELF, HVM_PARAM_CALLBACK_IRQ, 0, 0) &&
		       !hvm_callback_vector(dom),
	       "it can be taken back");
	not_applied_calls = 0;
	result(param(true, 0, 1, HVM_PARAM_CONSOLE_PFN, 0xfefff, 0) &&
		       param(true, 0, 1, HVM_PARAM_TIMER_MODE, 0, 0) && !not_applied_calls &&
		       param(true, 0, 1, HVM_PARAM_TIMER_MODE, 1, 0) && not_applied_calls == 1 &&
		       param(false, 0, 1, HVM_PARAM_TIMER_MODE, 1, 0),
	       "what is kept without effect is told");
	end();
}

/* ---- hvm_op, sub-operation by sub-operation ---- */

static struct {
	uint32_t cmd;
	unsigned int as;	/* the domain that calls */
	union {
		struct xen_hvm_param param;
		struct xen_hvm_get_mem_type mem;
		struct xen_hvm_evtchn_upcall_vector upcall;
	} u;
} asked;

static long effect_call(uint32_t cmd)
{
	struct vcpu *me = current;
	long rc;

	current = asked.as == 1 ? &vcpu[0] : &world_vcpu[asked.as];
	rc = do_hvm_op(cmd, (uint64_t)&asked.u, 0, 0, 0, 0);
	current = me;
	return rc;
}

#define PREPARE(name, who, ...)          \
	static void prepare_##name(void) \
	{                                \
		asked.as = who;             \
		__VA_ARGS__;             \
	}
#define SET(name, who, number, word)                                                 \
	PREPARE(name, who, asked.u.param = ((struct xen_hvm_param){                     \
				   .domid = 1, .index = number, .value = word}))
SET(store, 0, HVM_PARAM_STORE_PFN, 0xfeffc)
SET(no_viridian, 0, HVM_PARAM_VIRIDIAN, 0)
SET(viridian, 0, HVM_PARAM_VIRIDIAN, 1)
SET(altp2m, 0, HVM_PARAM_ALTP2M, 1)
SET(timers, 0, HVM_PARAM_TIMER_MODE, 4)
SET(vector, 1, HVM_PARAM_CALLBACK_IRQ, VIA_VECTOR(0xf3))
SET(vector_asked, 1, HVM_PARAM_CALLBACK_IRQ, 0)
SET(line, 1, HVM_PARAM_CALLBACK_IRQ, 9)
SET(stranger, 2, HVM_PARAM_STORE_PFN, 1)
SET(none, 0, 4, 1)
PREPARE(mem, 1, asked.u.mem = ((struct xen_hvm_get_mem_type){.domid = DOMID_SELF, .pfn = 99}))
PREPARE(upcall, 1, asked.u.upcall.vcpu = 1; asked.u.upcall.vector = 0xf3)
PREPARE(low_upcall, 1, asked.u.upcall.vcpu = 1; asked.u.upcall.vector = 3)
PREPARE(dying, 1, )

static const struct sub_op hvm_ops[] = {
	{HVMOP_set_param, "set_param", prepare_store, CHANGES, 0, NULL},
	{HVMOP_set_param, "a second one", prepare_store, IS_SO, 0, "it is that"},
	{HVMOP_set_param, "Viridian off", prepare_no_viridian, IS_SO, 0, "there is none"},
	{HVMOP_set_param, "Viridian on", prepare_viridian, REFUSES, -EOPNOTSUPP, NULL},
	{HVMOP_set_param, "altp2m", prepare_altp2m, REFUSES, -EOPNOTSUPP, NULL},
	{HVMOP_set_param, "an unknown kind of timers", prepare_timers, REFUSES, -EINVAL, NULL},
	{HVMOP_set_param, "the callback by a vector", prepare_vector, CHANGES, 0, NULL},
	{HVMOP_set_param, "that by a line", prepare_line, REFUSES, -EOPNOTSUPP, NULL},
	{HVMOP_set_param, "another domain's", prepare_stranger, REFUSES, -EPERM, NULL},
	{HVMOP_set_param, "a parameter that is none", prepare_none, REFUSES, -EINVAL, NULL},
	{HVMOP_get_param, "get_param", prepare_vector_asked, ANSWERS, 0, NULL},
	{HVMOP_get_param, "of one that is none", prepare_none, REFUSES, -EINVAL, NULL},
	{HVMOP_get_mem_type, "get_mem_type", prepare_mem, ANSWERS, 0, NULL},
	{HVMOP_set_evtchn_upcall_vector, "set_evtchn_upcall_vector", prepare_upcall, CHANGES, 0,
	 NULL},
	{HVMOP_set_evtchn_upcall_vector, "a vector of an exception", prepare_low_upcall, REFUSES,
	 -EINVAL, NULL},
	{HVMOP_pagetable_dying, "pagetable_dying", prepare_dying, REFUSES, -ENOSYS, NULL},
};

static void test_effects(void)
{
	const struct region arg = {&asked, sizeof(asked)};

	start();
	const struct region state[] = {{dom->hvm, sizeof(*dom->hvm)},
				       {vcpu[1].hvm, sizeof(*vcpu[1].hvm)},
				       {NULL, 0}};

	effects_run(hvm_ops, ARRAY_SIZE(hvm_ops), effect_call, arg, state, NULL);
	effects_complete("hvm_op", hvm_ops, ARRAY_SIZE(hvm_ops), effect_call, arg, 100, UINT32_MAX);
	end();
}

static bool msr(bool write, uint32_t nr, uint64_t value, bool good)
{
	struct regs *r = &vcpu[0].arch.regs;

	r->rip = 0x2000;
	r->rcx = nr;
	r->rax = write ? (uint32_t)value : 0;
	r->rdx = write ? value >> 32 : 0;
	exception = 0;
	hvm_exit_msr(&vcpu[0], write, 2);
	if (!good)
		return exception == 13 && exception_error == 0 && r->rip == 0x2000;
	return !exception && r->rip == 0x2002 && (write || (r->rax | r->rdx << 32) == value);
}

static void test_msrs(void)
{
	start();
	result(msr(false, 0x8b, 0x77, true) && msr(false, 0xc0011234, 0, false) &&
		       msr(true, 0xc0011234, 0, false),
	       "an MSR is read; one that is not there is #GP");
	result(msr(true, MSR_EFER, 0xd01, true) && states[0].efer == 0xd01 &&
		       msr(true, MSR_EFER, 0x1d01, false) && msr(false, MSR_EFER, 0xd01, true),
	       "EFER, without the bit that is ours");
	states[0].cr0 = BIT64(31);
	result(msr(true, MSR_EFER, 0xc01, false), "long mode is not left while paging is on");
	policy.extd[1].d = 0;
	result(msr(true, MSR_EFER, 0x801, false), "what its CPUID lacks is refused");
	result(msr(true, MSR_PAT, 0x0606060606060600, true) &&
		       states[0].pat == 0x0606060606060600 && msr(true, MSR_PAT, 2, false) &&
		       msr(true, MSR_PAT, 0x80, false),
	       "PAT has types that there are");
	result(msr(false, 0xfe, 0x508, true) && msr(true, 0x20f, 0x800, true) &&
		       msr(false, 0x20f, 0x800, true) && msr(true, 0x26f, 5, true) &&
		       msr(false, 0x26f, 5, true) && msr(true, 0xfe, 0, false) &&
		       msr(false, 0x210, 0, false),
	       "MTRRs are kept");
	result(msr(false, 0x802, 0, false) && msr(true, MSR_APIC_BASE, 0xfee00d00, true) &&
		       msr(false, 0x802, 0, true) && msr(false, 0x803, 0x50014, true) &&
		       msr(true, 0x831, 0, false) && msr(true, 0x80f, 0x1ff, true) &&
		       msr(true, 0x83f, 0x40, true) && vlapic_next(&vcpu[0].hvm->lapic) == 0x40 &&
		       msr(false, 0x80e, 0, false),
	       "x2APIC is there when it is on");
	(void)page(0x20);
	result(msr(true, 0x40000000, 0x20000, true) && msr(true, 0x40000000, 0x30000, false) &&
		       msr(true, 0x40000000, 0x20001, false),
	       "the hypercall page, where there is one");
	vcpu[0].arch.regs.rcx = 0, vcpu[0].arch.regs.rdx = 0, vcpu[0].arch.regs.rax = 7;
	exception = 0;
	hvm_exit_xsetbv(&vcpu[0], 3);
	bool good = !exception && vcpu[0].arch.xcr0 == 7;

	vcpu[0].arch.regs.rax = 9;
	hvm_exit_xsetbv(&vcpu[0], 3);
	result(good && exception == 13, "XCR0 within the policy");
	end();
}

static void test_io(void)
{
	struct regs *r = &vcpu[0].arch.regs;
	struct hvm_io io = {.port = 0x3f8, .size = 1, .in = true};

	start();
	r->rax = 0x1122334455667788;
	hvm_exit_io(&vcpu[0], &io, 1);
	io.size = 2;
	bool good = r->rax == 0x11223344556677ff;

	hvm_exit_io(&vcpu[0], &io, 1);
	good &= r->rax == 0x112233445566ffff;
	io.size = 4;
	hvm_exit_io(&vcpu[0], &io, 1);
	result(good && r->rax == 0xffffffff && r->rip == 3,
	       "a port without a device reads as ones");
	io = (struct hvm_io){.port = 0x42, .size = 1, .in = true};
	hvm_exit_io(&vcpu[0], &io, 2);
	result((r->rax & 0xff) == 0, "but for the PIT's counter");
	io = (struct hvm_io){.port = 0xe9, .size = 1};
	for (unsigned int i = 0; i < 200; i++) {
		r->rax = i % 90 == 89 ? '\n' : (uint8_t)i;
		hvm_exit_io(&vcpu[0], &io, 1);
	}
	result(!crashes, "characters for the log, in lines of any length");
	(void)page(5);
	io.string = io.rep = true;
	*r = (struct regs){.rip = 0x100, .rsi = 0x5000, .rcx = 600, .rflags = 2};
	hvm_exit_io(&vcpu[0], &io, 2);
	good = r->rip == 0x100 && r->rcx == 88 && r->rsi == 0x5200;
	hvm_exit_io(&vcpu[0], &io, 2);
	result(good && r->rip == 0x102 && !r->rcx && r->rsi == 0x5258 && !crashes,
	       "strings of them, some at a time");
	states[0].segment[SEGMENT_SS].rights = 0x60;
	hvm_exit_io(&vcpu[0], &io, 2);
	result(crashes == 1, "but not from user mode");
	states[0].segment[SEGMENT_SS].rights = 0;
	crashes = 0;
	io.in = true;
	hvm_exit_io(&vcpu[0], &io, 1);
	result(crashes == 1, "other string I/O is the domain's end");
	end();
}

/* ---- starting and saving ---- */

static void test_start(void)
{
	struct vlapic *l;
	struct vcpu_hvm_context c = {.mode = VCPU_HVM_MODE_64B};

	start();
	l = &vcpu[0].hvm->lapic;
	if (!vlapic_set_base(l, l->base | APIC_BASE_X2))
		abort();
	hvm_lapic_send(&vcpu[0], 0x4500, 2);
	bool good = !ups && !vcpu[1].hvm->requests;

	hvm_lapic_send(&vcpu[0], 0x4608, 2);
	result(good && ups == 1 && vcpu[1].hvm->requests == REQUEST_SIPI &&
		       vcpu[1].hvm->sipi_vector == 8 && vcpu[1].initialised,
	       "INIT and SIPI wake a vCPU that was never up");
	hvm_lapic_send(&vcpu[0], 0x4607, 0);
	result(ups == 1 && !vcpu[0].hvm->requests, "a SIPI alone does nothing to one that runs");
	hvm_lapic_send(&vcpu[0], 0x4500, 0);
	hvm_lapic_send(&vcpu[0], 0x4607, 0);
	result(vcpu[0].hvm->requests == (REQUEST_INIT | REQUEST_SIPI),
	       "INIT before it does, though it has not come to yet");
	hvm_start_real_mode(&vcpu[1], 8);
	result(states[1].segment[SEGMENT_CS].base == 0x8000 &&
		       states[1].segment[SEGMENT_CS].selector == 0x800 &&
		       vcpu[1].arch.regs.rip == 0 && vcpu[1].arch.regs.rflags == 2 &&
		       !(states[1].cr0 & 1),
	       "real mode, at the page that the SIPI names");
	c.cpu_regs.x86_64.rip = 0x1234, c.cpu_regs.x86_64.cr3 = 0x5000;
	result(!hvm_initialise(&vcpu[2], (uint64_t)&c) && vcpu[2].arch.regs.rip == 0x1234 &&
		       states[2].cr3 == 0x5000 && (states[2].segment[SEGMENT_CS].rights & 0x200) &&
		       hvm_initialise(&vcpu[2], (uint64_t)&c) == -EEXIST,
	       "or the guest gives a context, once");
	c.mode = 2;
	vcpu[2].initialised = false;
	result(hvm_initialise(&vcpu[2], (uint64_t)&c) == -EINVAL, "of a mode that there is");
	end();
}

/* ---- the loop ---- */

static void script_leave(struct vcpu *v, unsigned int run)
{
	(void)v, (void)run;
	longjmp(out, 1);
}

static void loop(void (*fn)(struct vcpu *v, unsigned int run))
{
	script = fn;
	runs = 0;
	if (!setjmp(out))
		hvm_loop();
	irq_enable();
}

static void script_halt(struct vcpu *v, unsigned int run)
{
	if (run == 0)
		hvm_exit_hlt(v, 1);
	else
		longjmp(out, 1);
}

static void event_comes(void)
{
	info[0].evtchn_upcall_pending = 1;
	dom->hvm->hooks->event_pending(&vcpu[0]);
}

static void script_event_before_halt(struct vcpu *v, unsigned int run)
{
	if (run)
		longjmp(out, 1);
	event_comes();
	hvm_exit_hlt(v, 1);
}

static void test_loop(void)
{
	start();
	dom->hvm->params[HVM_PARAM_CALLBACK_IRQ] = VIA_VECTOR(0xf3);
	loop(script_leave);
	result(!injected && !window, "without an event the guest just runs");
	event_comes();
	loop(script_leave);
	result(injected == 0xf3 && !window && info[0].evtchn_upcall_pending,
	       "an event is the callback's vector");
	injected = 0;
	if_blocked = true;
	loop(script_leave);
	result(!injected && window, "where it cannot be taken, the guest exits when it can");
	if_blocked = false;
	info[0].evtchn_upcall_pending = 0;
	loop(script_leave);
	result(!injected && !window, "unless it is gone by then");
	vcpu[0].arch.regs.rflags = RFLAGS_IF | 2;
	loop(script_halt);
	result(blocked_calls == 1 && vcpu[0].sched.blocked, "HLT sleeps");
	vcpu[0].sched.blocked = false;
	blocked_calls = 0;
	loop(script_event_before_halt);
	result(!blocked_calls && !vcpu[0].sched.blocked && injected == 0xf3,
	       "not when an event has come");
	info[0].evtchn_upcall_pending = 0;
	vcpu[0].hvm->upcall_vector = 0x60;
	(void)hvm_lapic_write(&vcpu[0], 0xf0, 0x1ff);
	injected = 0;
	event_comes();
	loop(script_leave);
	result(injected == 0x60 && !vlapic_next(&vcpu[0].hvm->lapic),
	       "or it is an interrupt of the local APIC");
	vcpu[0].arch.regs.rflags = 2;
	loop(script_halt);
	result(downs == 1 && shutdowns == 100 + SHUTDOWN_poweroff && vcpu[0].hvm->wait_sipi,
	       "HLT with interrupts off takes it off line, and the last one is the end");
	atomic_or(&vcpu[0].hvm->requests, REQUEST_SIPI);
	vcpu[0].hvm->sipi_vector = 0x9a;
	loop(script_leave);
	result(states[0].segment[SEGMENT_CS].base == 0x9a000 && !vcpu[0].hvm->wait_sipi,
	       "from where a SIPI brings it back");
	in_softirq = event_comes;
	vcpu[0].hvm->upcall_vector = 0;
	vcpu[0].arch.regs.rflags = RFLAGS_IF | 2;
	injected = 0;
	this_cpu(softirq_pending) = 1;
	loop(script_leave);
	result(injected == 0xf3, "what a softirq raises comes before the guest runs");
	end();
}

static void test_timer(void)
{
	struct timer *t;

	start();
	t = &vcpu[0].hvm->lapic.timer;
	(void)hvm_lapic_write(&vcpu[0], 0xf0, 0x1ff);
	(void)hvm_lapic_write(&vcpu[0], 0x320, 0x20070);
	(void)hvm_lapic_write(&vcpu[0], 0x3e0, 0xb);
	(void)hvm_lapic_write(&vcpu[0], 0x380, 100000);
	bool good = t->armed && t->deadline == now + 1000000;

	now = t->deadline;
	t->armed = false;
	t->fn(t->data);
	result(good && t->armed && t->deadline == now + 1000000 &&
		       vlapic_next(&vcpu[0].hvm->lapic) == 0x70 && kicks == 1,
	       "the APIC's timer interrupts, again and again");
	(void)hvm_lapic_write(&vcpu[0], 0x380, 10000);
	now = t->deadline;
	t->armed = false;
	kicks = 0;
	t->fn(t->data);
	result(t->armed && t->deadline == now + 1000000 && !kicks,
	       "less often while the last one was not taken");
	(void)hvm_lapic_write(&vcpu[0], 0x380, 0);
	result(!t->armed, "until it is stopped");
	end();
}

int main(void)
{
	test_walk();
	test_moves();
	test_hypercalls();
	test_params();
	test_effects();
	test_msrs();
	test_io();
	test_start();
	test_loop();
	test_timer();
	printf("1..%u\n", world_number);
	return world_failures != 0;
}
