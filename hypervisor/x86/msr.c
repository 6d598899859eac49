// SPDX-License-Identifier: GPL-2.0-only
/*
 * MSRs that a guest kernel touches (ABI.md 9.2). What is not listed raises #GP in the guest, which
 * Linux expects of registers that are not there.
 */
#include <x86/msr.h>
#include <arch/msr.h>
#include <hv/domain/cpu_policy.h>
#include <hv/domain/domain.h>
#include <hv/hypercall/hypercall.h>
#include <x86/context.h>
#include <x86/entry.h>
#include <x86/errata.h>
#include <x86/protection.h>
#include <xen/xen.h>

enum {
	MSR_TSC = 0x10,
	MSR_UCODE_REV = 0x8b,
	MSR_PLATFORM_ID = 0x17,
	MSR_MCG_CAP = 0x179,
	MSR_MCG_STATUS = 0x17a,
	MSR_MCG_CTL = 0x17b,
	MSR_MISC_ENABLE = 0x1a0,
	MSR_MC0 = 0x400,
	MSR_MC_END = 0x480
};
#define MSR_HWCR	0xc0010015
#define MSR_DE_CFG	0xc0011029
#define MSR_PERF_FIRST	0xc0010000
#define MSR_PERF_LAST	0xc0010007

/* For kernels that read or write what they think every CPU has (msr_relaxed=1 of xl.cfg). */
static bool is_relaxed(const struct vcpu *v, uint32_t msr)
{
	uint64_t value;

	return v->domain->relaxed_msrs && !rdmsr_safe(msr, &value);
}

bool guest_rdmsr(struct vcpu *v, uint32_t msr, uint64_t *val)
{
	const struct cpu_policy *p = v->domain->cpu_policy;

	*val = 0;
	switch (msr) {
	case MSR_FS_BASE:
	case MSR_GS_BASE:
	case MSR_KERNEL_GS_BASE:
		*val = rdmsr(msr);
		return true; /* guest kernel mode: as the names say */
	case MSR_EFER: *val = rdmsr(msr) & ~BIT64(12); return true;
	case MSR_APIC_BASE: *val = UINT64_C(0xfee00800) | (v->id ? 0 : 0x100); return true;
	case MSR_PAT: *val = PAT_VALUE; return true;
	case MSR_TSC: *val = rdtsc(); return true;
	case MSR_UCODE_REV:
		if (rdmsr_safe(msr, val))
			*val = 0;
		return true;
	case MSR_MCG_CAP:
	case MSR_MCG_STATUS:
	case MSR_MCG_CTL:
	case MSR_HWCR:
	case MSR_PLATFORM_ID:
	case MSR_MISC_ENABLE: return true;
	case MSR_PLATFORM_INFO: *val = p->platform_info; return true;
	case MSR_MISC_FEATURES:
		*val = v->arch.cpuid_faulting ? MISC_FEATURES_FAULTING : 0;
		return p->platform_info & PLATFORM_INFO_FAULTING;
	case MSR_DE_CFG: *val = 2; return true;	/* LFENCE serialises */
	case MSR_SPEC_CTRL:
		return cpu_policy_msr_bits(p, msr) && protection_rdmsr(v, msr, val);
	case MSR_ARCH_CAPS:
		if (!(p->feat[0].d & ID_7D_ARCH_CAPS) || !protection_rdmsr(v, msr, val))
			return false;
		*val &= p->arch_caps;
		return true;
	default:
		return (msr >= MSR_MC0 && msr < MSR_MC_END) ||
		       (msr >= MSR_PERF_FIRST && msr <= MSR_PERF_LAST) || is_relaxed(v, msr);
	}
}

/* MSRs whose writes kernels do not expect to fail: they have no effect, and read as before. */
static bool drop_write(const struct vcpu *v, uint32_t msr)
{
	if (msr >= MSR_MC0 && msr < MSR_MC_END)
		msr = MSR_MC0;
	else if (msr >= MSR_PERF_FIRST && msr <= MSR_PERF_LAST)
		msr = MSR_PERF_FIRST;
	else if (msr != MSR_MCG_STATUS && msr != MSR_MCG_CTL && msr != MSR_HWCR &&
		 !is_relaxed(v, msr))
		return false;
	not_applied("a write of MSR", msr);
	return true;
}

bool guest_wrmsr(struct vcpu *v, uint32_t msr, uint64_t val)
{
	const struct cpu_policy *p = v->domain->cpu_policy;
	uint64_t bits;

	switch (msr) {
	case MSR_FS_BASE: return !set_segment_base(v, SEGBASE_FS, val);
	case MSR_GS_BASE: return !set_segment_base(v, SEGBASE_GS_KERNEL, val);
	case MSR_KERNEL_GS_BASE: return !set_segment_base(v, SEGBASE_GS_USER, val);
	case MSR_EFER: return val == (rdmsr(msr) & ~BIT64(12));
	case MSR_PAT: return val == PAT_VALUE;
	case MSR_UCODE_REV: return !val;	/* how a kernel begins to read it */
	case MSR_DE_CFG: return val == 2;
	case MSR_SPEC_CTRL:
	case MSR_PRED_CMD:
	case MSR_FLUSH_CMD:
		bits = cpu_policy_msr_bits(p, msr);
		return bits && !(val & ~bits) && protection_wrmsr(v, msr, val);
	case MSR_MISC_FEATURES:
		if (!(p->platform_info & PLATFORM_INFO_FAULTING) ||
		    (val & ~MISC_FEATURES_FAULTING))
			return false;
		v->arch.cpuid_faulting = val;
		return true;
	default: return drop_write(v, msr);
	}
}
