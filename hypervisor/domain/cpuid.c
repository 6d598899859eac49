// SPDX-License-Identifier: GPL-2.0-only
/*
 * CPUID as a guest reads it (ABI.md 5.3): its domain's policy, what follows the state of the vCPU,
 * and the hypervisor's own leaves. Which features a policy may have is decided in cpu_policy.c.
 */
#include <hv/domain/cpuid.h>
#include <hv/bitops.h>
#include <hv/boot/options.h>
#include <hv/domain/cpu_policy.h>
#include <hv/domain/domain.h>
#include <hv/mm/frame.h>
#include <hv/time/clock.h>
#include <xen/xen.h>

#define HV_BASE		0x40000000u
#define HV_LEAVES	6u	/* from there on */
#define HV_LIMIT_MIN	2u	/* a guest cannot do without these */
#define FIRST_EXTD	0x80000000u

#define OSXSAVE_1_C	BIT64(27)
#define XSAVE_1_C	BIT64(26)
#define XSAVEC_D1_A	BIT64(1)

static uint32_t address_bits(void)
{
	return last_bit(max_mfn) + 1 + PAGE_SHIFT;
}

static void hypervisor_leaf(const struct cpu_policy *p, uint32_t leaf, uint32_t sub,
			    struct cpuid_regs *out)
{
	uint32_t last = HV_LEAVES - 1;

	if (p->hv_limit)
		last = MIN(last, MAX(p->hv_limit & 0xff, HV_LIMIT_MIN));
	*out = (struct cpuid_regs){0};
	if (leaf - HV_BASE > last)
		return;
	switch (leaf - HV_BASE) {
	case 0:
		*out = (struct cpuid_regs){HV_BASE + last, 0x566e6558, 0x65584d4d, 0x4d4d566e};
		break; /* XenVMMXenVMM */
	case 1: out->a = options.xen_version; break;
	case 2: *out = (struct cpuid_regs){1, HV_BASE, 1, 0}; break; /* MMU_PT_UPDATE_PRESERVE_AD */
	case 3:
		if (sub == 0)
			*out = (struct cpuid_regs){2, 0, (uint32_t)tsc_khz(), 0};
		else if (sub == 2)
			out->a = (uint32_t)tsc_khz();
		break;
	case 5: out->b = address_bits(); break;
	default: break;
	}
}

/* Sizes for the XCR0 that is loaded: subleaf 0 in the standard form, 1 in the compact one. */
static void state_sizes(const struct vcpu *v, uint32_t sub, struct cpuid_regs *r)
{
	const struct cpu_policy *p = v->domain->cpu_policy;
	uint64_t xcr0 = v->arch.xcr0 & cpu_policy_xcr0(p);

	if (!cpu_policy_xcr0(p))
		return;
	if (sub == 0)
		r->b = cpu_policy_xsave_size(p, xcr0, false);
	else if (sub == 1 && (r->a & XSAVEC_D1_A))
		r->b = cpu_policy_xsave_size(p, xcr0, true);
}

void guest_cpuid(const struct vcpu *v, uint32_t leaf, uint32_t sub, struct cpuid_regs *out)
{
	struct cpu_policy *p = v->domain->cpu_policy;
	const struct cpuid_regs *r = NULL;

	if ((leaf & 0xffff0000) == HV_BASE) {
		hypervisor_leaf(p, leaf, sub, out);
		return;
	}
	if (leaf <= (leaf < FIRST_EXTD ? p->basic[0].a : p->extd[0].a))
		r = cpu_policy_leaf(p, leaf, sub);
	*out = r ? *r : (struct cpuid_regs){0};
	/* Linux gives XSAVE up if it does not find this before it has set CR4.OSXSAVE itself. */
	if (leaf == 1 && (out->c & XSAVE_1_C))
		out->c |= OSXSAVE_1_C;
	if (leaf == 0xd)
		state_sizes(v, sub, out);
}
