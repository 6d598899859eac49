// SPDX-License-Identifier: GPL-2.0-only
/*
 * CPUID as an HVM guest reads it (HVM leaves of ABI.md 5.3): its domain's policy, what follows the
 * state of the vCPU, and our own leaves, which differ from a PV guest's.
 */
#include <hv/domain/cpu_policy.h>
#include <hv/domain/cpuid.h>
#include <hv/hvm/container.h>
#include <hv/hvm/exit.h>
#include <xen/xen.h>

#define HV_BASE		0x40000000u
#define APIC_1_D	BIT64(9)
#define OSXSAVE_1_C	BIT64(27)
#define CR4_OSXSAVE	BIT64(18)

/* Leaf 4: vCPU id and domain id are told; events come by a vector without an end of interrupt. */
#define HVM_VCPU_ID	BIT64(3)
#define HVM_DOMAIN_ID	BIT64(4)

static void own_leaf(struct vcpu *v, uint32_t leaf, struct cpuid_regs *out)
{
	switch (leaf - HV_BASE) {
	case 2: out->c = 0; break;	/* no page tables of its own */
	case 4:
		*out = (struct cpuid_regs){HVM_VCPU_ID | HVM_DOMAIN_ID, v->id, v->domain->id, 0};
		break;
	case 5: out->b = 0; break;
	default: break;
	}
}

static void answer(struct vcpu *v, uint32_t leaf, uint32_t sub, struct cpuid_regs *out)
{
	const struct vlapic *l = &v->hvm->lapic;
	struct hvm_mode m;

	if (leaf == 0xd)	/* sizes follow XCR0 */
		v->domain->hvm->container->get_xcr0(v);
	guest_cpuid(v, leaf, sub, out);
	switch (leaf) {
	case 1:
		v->domain->hvm->container->mode(v, &m);
		out->b = (out->b & 0xffffff) | l->id << 24;
		if (!(l->base & APIC_BASE_ON))
			out->d &= (uint32_t)~APIC_1_D;
		if (!(m.cr4 & CR4_OSXSAVE))
			out->c &= (uint32_t)~OSXSAVE_1_C;
		break;
	case 0xb: out->d = l->id; break;
	default:
		if ((leaf & 0xffff0000) == HV_BASE)
			own_leaf(v, leaf, out);
		break;
	}
}

void hvm_exit_cpuid(struct vcpu *v, unsigned int length)
{
	struct regs *r = &v->arch.regs;
	struct cpuid_regs out;

	answer(v, (uint32_t)r->rax, (uint32_t)r->rcx, &out);
	r->rax = out.a;
	r->rbx = out.b;
	r->rcx = out.c;
	r->rdx = out.d;
	hvm_skip(v, length);
}
