/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What the toolstack reads and writes of an HVM guest's vCPUs, above a container that only plays a
 * script. Claim: a saved context loads again, whole, extended state included; a damaged one is
 * refused or does no harm; and registers come and go in the form of a vcpu_guest_context.
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

#include "hvm_world.h"
#include <xen/xen.h>

static char blob[65536];

static long get(uint32_t *size, void *buffer)
{
	struct xen_domctl op = {.cmd = XEN_DOMCTL_gethvmcontext};
	long rc;

	op.u.hvmcontext = (struct xen_domctl_hvmcontext){*size, (uint64_t)buffer};
	rc = hvm_hooks->domctl(dom, &op);
	*size = op.u.hvmcontext.size;
	return rc;
}

static long set(uint32_t size, const void *buffer)
{
	struct xen_domctl op = {.cmd = XEN_DOMCTL_sethvmcontext};

	op.u.hvmcontext = (struct xen_domctl_hvmcontext){size, (uint64_t)buffer};
	return hvm_hooks->domctl(dom, &op);
}

static void test_context(void)
{
	uint32_t size = 0, small = 100;
	struct hvm_hw_cpu *cpu;
	char again[sizeof(blob)];
	struct xen_domctl op = {.cmd = XEN_DOMCTL_gethvmcontext_partial};

	start();
	current = &world_vcpu[0];
	vcpu[0].arch.regs.rip = 0xabc, vcpu[0].arch.regs.r15 = 15;
	states[0].cr0 = 0x11, states[0].cr3 = 0x7000;
	states[0].segment[SEGMENT_GS] = (struct hvm_segment){3, 0xc93, 9, 0x123456789};
	vlapic_raise(&vcpu[0].hvm->lapic, 0x30);
	result(get(&size, NULL) == DOMCTL_ANSWER && size > 2000 && size < sizeof(blob) &&
		       get(&small, blob) == -ENOSPC && small == size &&
		       get(&size, blob) == DOMCTL_ANSWER,
	       "a context says how long it is, and comes");
	memcpy(again, blob, size);
	memset(states, 0, sizeof(states));
	memset(&vcpu[0].arch.regs, 0, sizeof(vcpu[0].arch.regs));
	result(set(size, blob) == 0 && states[0].cr3 == 0x7000 && vcpu[0].arch.regs.rip == 0xabc &&
		       vcpu[0].arch.regs.r15 == 15 &&
		       states[0].segment[SEGMENT_GS].base == 0x123456789 && !vcpu[0].sched.down &&
		       vcpu[1].sched.down,
	       "loaded, it is what it was, and who was up is up");
	memset(blob, 0, sizeof(blob));
	(void)get(&size, blob);
	cpu = (struct hvm_hw_cpu *)(blob + 24 + 16);
	cpu->tsc = ((struct hvm_hw_cpu *)(again + 24 + 16))->tsc;
	((struct hvm_hw_cpu *)(again + 24 + 16))->rflags |= 2;
	result(!memcmp(blob, again, size), "and saved again it is the same");
	op.u.hvmcontext_partial =
		(struct xen_domctl_hvmcontext_partial){14, 2, 1000, (uint64_t)again};
	result(hvm_hooks->domctl(dom, &op) == DOMCTL_ANSWER, "one record by itself");
	op.u.hvmcontext_partial.instance = 9;
	result(hvm_hooks->domctl(dom, &op) == -ENOENT, "if there is one");
	bool good = true;

	for (uint32_t n = 0; n < size; n++)
		good &= set(n, blob) != 0;
	result(good, "what ends too early is refused at every length");
	memcpy(again, blob, size);
	again[8] ^= 1;
	good = set(size, again) != 0;
	result(good && set(1 << 30, blob) == -EINVAL, "so are a wrong mark and an absurd length");
	srand(8);
	for (unsigned int i = 0; i < 20000; i++) {
		memcpy(again, blob, size);
		for (unsigned int k = 0; k < 4; k++)
			again[(unsigned int)rand() % size] = (char)rand();
		(void)set(size, again);
		(void)vlapic_timer_deadline(&vcpu[0].hvm->lapic, now);
	}
	result(true, "20,000 damaged ones do no harm");
	end();
}

/* The body of the first record of this type for that vCPU; NULL: there is none. */
static void *record(unsigned int type, unsigned int instance, uint32_t *length)
{
	struct hvm_save_descriptor d;

	for (uint32_t at = 0;; at += (uint32_t)sizeof(d) + d.length) {
		memcpy(&d, blob + at, sizeof(d));
		if (d.typecode == type && d.instance == instance) {
			*length = d.length;
			return blob + at + sizeof(d);
		}
		if (!d.typecode)
			return NULL;
	}
}

#define TYPE_LAPIC 5
#define TYPE_XSAVE 16
#define XSAVE_HEADER offsetof(struct hvm_hw_cpu_xsave, save_area)

static void test_extended(void)
{
	uint32_t size = sizeof(blob), length = 0;
	struct hvm_hw_cpu_xsave *x;
	struct {
		uint64_t base;
		uint32_t disabled, divisor;
		uint64_t deadline;
	} *l;
	uint64_t present = 0x207;
	uint8_t area[XSAVE_BYTES];

	start();
	current = &world_vcpu[0];
	for (unsigned int i = 0; i < XSAVE_BYTES; i++)
		fpu_areas[0][i] = (uint8_t)(i * 7);
	memset(fpu_areas[0] + MXCSR_OFFSET, 0, 4);
	memcpy(fpu_areas[0] + XSTATE_HEADER, &present, sizeof(present));
	memcpy(area, fpu_areas[0], sizeof(area));
	vcpu[0].arch.xcr0 = 3;
	(void)hvm_lapic_write(&vcpu[0], 0x3e0, 0xa);
	(void)get(&size, blob);
	x = record(TYPE_XSAVE, 0, &length);
	result(x && length == XSAVE_HEADER + XSAVE_BYTES && x->xfeature_mask == 7 && x->xcr0 == 3 &&
		       !record(TYPE_XSAVE, 1, &length),
	       "the extended state of a vCPU that is up is a record");
	memcpy(&present, (char *)x->save_area + XSTATE_HEADER, sizeof(present));
	result(present == 7, "of no component that its CPUID lacks");
	memset(fpu_areas[0], 0xee, XSAVE_BYTES);
	vcpu[0].arch.xcr0 = 1;
	present = 7;
	memcpy(area + XSTATE_HEADER, &present, sizeof(present));
	result(!set(size, blob) && vcpu[0].arch.xcr0 == 3 &&
		       !memcmp(fpu_areas[0], area, sizeof(area)),
	       "it comes back, with XCR0");
	x->xcr0 = 5;
	bool good = set(size, blob) == -EINVAL;

	x->xcr0 = 15;
	good &= set(size, blob) == -EINVAL;
	x->xcr0 = 3;
	present = 0xf;
	memcpy((char *)x->save_area + XSTATE_HEADER, &present, sizeof(present));
	good &= set(size, blob) == -EINVAL;
	present = 7;
	memcpy((char *)x->save_area + XSTATE_HEADER, &present, sizeof(present));
	((char *)x->save_area)[MXCSR_OFFSET + 3] = 1;
	good &= set(size, blob) == -EINVAL;
	result(good, "an XCR0, a component or an MXCSR that XRSTOR would fault on is refused");
	l = record(TYPE_LAPIC, 0, &length);
	result(l && length == sizeof(*l) && l->disabled == 2 && l->divisor == 128,
	       "the local APIC's record says that it is off, and its divisor");
	end();
}

static void test_registers(void)
{
	static struct vcpu_guest_context c;
	struct regs *r = &vcpu[0].arch.regs;

	start();
	current = &world_vcpu[0];
	*r = (struct regs){.rax = 1, .r15 = 15, .rip = 0x1000, .rsp = 0x2000, .rflags = 0x202};
	states[0].cr0 = 0x80050033, states[0].cr3 = 0x5000, states[0].dr7 = 0x400;
	states[0].segment[SEGMENT_CS].selector = 0x10;
	states[0].segment[SEGMENT_GS].base = 0xffff888000000000;
	states[0].kernel_gs_base = 0x7000;
	vcpu[0].arch.dr[2] = 0x1234;
	hvm_hooks->get_registers(&vcpu[0], &c);
	result(c.user_regs.rax == 1 && c.user_regs.r15 == 15 && c.user_regs.rip == 0x1000 &&
		       c.user_regs.rsp == 0x2000 && c.user_regs.rflags == 0x202 &&
		       c.user_regs.cs == 0x10 && c.ctrlreg[0] == 0x80050033 &&
		       c.ctrlreg[3] == 0x5000 && c.debugreg[2] == 0x1234 && c.debugreg[7] == 0x400,
	       "registers as a debugger wants them");
	result(c.gs_base_kernel == 0xffff888000000000 && c.gs_base_user == 0x7000 &&
		       (c.flags & VGCF_online),
	       "GS is the kernel's while the kernel runs");
	states[0].segment[SEGMENT_SS].rights = 0x60;
	hvm_hooks->get_registers(&vcpu[0], &c);
	result(c.gs_base_user == 0xffff888000000000, "and the user's in user mode");
	c.user_regs.rax = 77, c.user_regs.rflags = 0, c.debugreg[0] = 5;
	c.user_regs.cs = 0x33, c.ctrlreg[3] = 9;
	memset(&c.fpu_ctxt, 0xff, sizeof(c.fpu_ctxt));
	result(!hvm_hooks->set_registers(&vcpu[0], &c) && r->rax == 77 && r->rflags == 2 &&
		       vcpu[0].arch.dr[0] == 5 && states[0].cr3 == 0x5000 &&
		       states[0].segment[SEGMENT_CS].selector == 0x10 && fpu_areas[0][0] == 0xff &&
		       fpu_image_ok(fpu_areas[0]),
	       "set, they change what they can, and MXCSR is a valid one");
	result(hvm_hooks->set_registers(&vcpu[1], &c) == -EINVAL, "not of a vCPU that never ran");
	end();
}

int main(void)
{
	test_context();
	test_extended();
	test_registers();
	printf("1..%u\n", world_number);
	return world_failures != 0;
}
