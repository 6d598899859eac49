// SPDX-License-Identifier: GPL-2.0-only
/*
 * What a guest kernel sees of the CPU (ABI.md 5.3, 5.4): for each word of features the bits that
 * may be shown. A bit that is not listed is hidden, so that new hardware shows nothing that we do
 * not know.
 */
#include <hv/domain/cpuid.h>
#include <arch/msr.h>
#include <hv/bitops.h>
#include <hv/boot/options.h>
#include <hv/domain/domain.h>
#include <hv/mm/frame.h>
#include <hv/time/clock.h>
#include <x86/cpu.h>
#include <x86/errata.h>
#include <x86/protection.h>
#include <xen/xen.h>

/*
 * Bits 31..0 by word; the names of what is missing are in ABI.md 5.4. MCE and MCA are shown, with
 * no bank behind them (msr.c), for without them Linux reports an error at each start.
 */
#define SHOW_1_C                                                                          \
	(BIT64(0) | BIT64(1) | BIT64(9) | BIT64(12) | BIT64(13) | BIT64(19) | BIT64(20) | \
	 BIT64(22) | BIT64(23) | BIT64(25) | BIT64(26) | BIT64(28) | BIT64(29) | BIT64(30))
#define SHOW_1_D                                                                                 \
	(BIT64(0) | BIT64(2) | BIT64(4) | BIT64(5) | BIT64(6) | BIT64(7) | BIT64(8) | BIT64(9) | \
	 BIT64(11) | BIT64(14) | BIT64(15) | BIT64(16) | BIT64(19) | BIT64(23) | BIT64(24) |     \
	 BIT64(25) | BIT64(26) | BIT64(28))
#define SHOW_7_B                                                                             \
	(BIT64(3) | BIT64(5) | BIT64(6) | BIT64(8) | BIT64(9) | BIT64(13) | BIT64(16) |      \
	 BIT64(17) | BIT64(18) | BIT64(19) | BIT64(21) | BIT64(23) | BIT64(24) | BIT64(28) | \
	 BIT64(29) | BIT64(30) | BIT64(31))
#define SHOW_7_C                                                                         \
	(BIT64(1) | BIT64(6) | BIT64(8) | BIT64(9) | BIT64(10) | BIT64(11) | BIT64(12) | \
	 BIT64(14) | BIT64(25) | BIT64(27) | BIT64(28))
#define SHOW_7_D	(BIT64(2) | BIT64(3) | BIT64(4) | BIT64(8) | BIT64(14) | BIT64(23))
#define SHOW_71_A	(BIT64(4) | BIT64(5) | BIT64(23))
#define SHOW_D1_A	(BIT64(0) | BIT64(1) | BIT64(2))	/* XSAVEOPT, XSAVEC, XGETBV1 */
#define SHOW_E1_C                                                                                  \
	(BIT64(0) | BIT64(4) | BIT64(5) | BIT64(6) | BIT64(7) | BIT64(8) | BIT64(11) | BIT64(16) | \
	 BIT64(21))
#define SHOW_E1_D                                                                                 \
	(BIT64(0) | BIT64(2) | BIT64(4) | BIT64(5) | BIT64(6) | BIT64(8) | BIT64(9) | BIT64(11) | \
	 BIT64(15) | BIT64(16) | BIT64(19) | BIT64(20) | BIT64(22) | BIT64(23) | BIT64(24) |      \
	 BIT64(25) | BIT64(29) | BIT64(30) | BIT64(31))

#define ERMS_7_B BIT64(9)
#define FSRM_7_D BIT64(4)

#define HV_BASE 0x40000000u

static uint32_t address_bits(void)
{
	return last_bit(max_mfn) + 1 + PAGE_SHIFT;
}

static void hypervisor_leaf(uint32_t leaf, uint32_t sub, struct cpuid_regs *out)
{
	*out = (struct cpuid_regs){0};
	switch (leaf - HV_BASE) {
	case 0:
		*out = (struct cpuid_regs){HV_BASE + 5, 0x566e6558, 0x65584d4d, 0x4d4d566e};
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

static void extended_state(uint32_t sub, struct cpuid_regs *r)
{
	uint64_t mask = cpu_features.xcr0_mask;

	if (!cpu_features.xsave) {
		*r = (struct cpuid_regs){0};
	} else if (sub == 0) {	/* b follows the XCR0 that is loaded: the guest's */
		r->a &= (uint32_t)mask;
		r->d &= mask >> 32;
		r->c = cpu_features.xsave_size;
	} else if (sub == 1) {
		r->a &= SHOW_D1_A;
		r->c = r->d = 0;
	} else if (sub >= 64 || !(mask >> sub & 1)) {
		*r = (struct cpuid_regs){0};
	}
}

/* What is coded in VEX, XOP or EVEX form: gone where the state of AVX may not be used. */
#define AVX_1_C		(BIT64(12) | BIT64(28) | BIT64(29))
#define AVX_7_B	\
	(BIT64(5) | BIT64(16) | BIT64(17) | BIT64(21) | BIT64(28) | BIT64(30) | BIT64(31))
#define AVX_7_C	\
	(BIT64(1) | BIT64(6) | BIT64(9) | BIT64(10) | BIT64(11) | BIT64(12) | BIT64(14))
#define AVX_7_D		(BIT64(2) | BIT64(3) | BIT64(8) | BIT64(23))
#define AVX_E1_C	(BIT64(11) | BIT64(16))
#define XCR0_AVX	BIT64(2)

static bool has_avx(void)
{
	return cpu_features.xsave && (cpu_features.xcr0_mask & XCR0_AVX);
}

/*
 * Words of features that stand for registers which protection.c offers: shown when it offers them.
 */
static uint32_t spec_7_d(uint32_t d)
{
	uint32_t shown = (uint32_t)ID_7D_MD_CLEAR;

	if ((protection.guest_spec_ctrl & SPEC_CTRL_IBRS) &&
	    (protection.guest_pred_cmd & PRED_CMD_IBPB))
		shown |= ID_7D_IBRSB;
	if (protection.guest_spec_ctrl & SPEC_CTRL_STIBP)
		shown |= ID_7D_STIBP;
	if (protection.guest_spec_ctrl & SPEC_CTRL_SSBD)
		shown |= ID_7D_SSBD;
	if (protection.guest_flush_cmd)
		shown |= ID_7D_L1D_FLUSH;
	if (protection.guest_arch_caps)
		shown |= ID_7D_ARCH_CAPS;
	return d & shown;
}

static uint32_t spec_e8_b(uint32_t b)
{
	uint32_t shown = ID_E8B_SSB_NO | ID_E8B_BTC_NO;

	if (protection.guest_pred_cmd & PRED_CMD_IBPB)
		shown |= ID_E8B_IBPB | ID_E8B_IBPB_RET;
	if (protection.guest_spec_ctrl & SPEC_CTRL_IBRS)
		shown |= ID_E8B_IBRS;
	if (protection.guest_spec_ctrl & SPEC_CTRL_STIBP)
		shown |= ID_E8B_STIBP;
	if (protection.guest_spec_ctrl & SPEC_CTRL_SSBD)
		shown |= ID_E8B_SSBD;
	if (protection.guest_spec_ctrl & SPEC_CTRL_PSFD)
		shown |= ID_E8B_PSFD;
	return b & shown;
}

static uint32_t spec_e21_a(uint32_t a)
{
	uint32_t shown = ID_E21A_SRSO_NO | ID_E21A_SRSO_US_NO;

	if (protection.guest_pred_cmd & PRED_CMD_SBPB)
		shown |= ID_E21A_SBPB;
	if (protection.guest_pred_cmd & PRED_CMD_IBPB)
		shown |= ID_E21A_IBPB_BRTYPE;
	return a & shown;
}

static void basic_leaf(uint32_t leaf, uint32_t sub, struct cpuid_regs *r)
{
	switch (leaf) {
	case 1:
		r->c &= SHOW_1_C;
		r->d &= SHOW_1_D;
		r->c |= BIT64(31);	/* a hypervisor is there */
		if (cpu_features.xsave)
			r->c |= BIT64(27);
		else
			r->c &= ~BIT64(26);
		if (!has_avx())
			r->c &= ~AVX_1_C;
		break;
	case 5:
	case 9:
	case 10:
	case 11:
	case 0x1f: *r = (struct cpuid_regs){0}; break;	/* MONITOR, DCA, PMU, topology */
	case 6: *r = (struct cpuid_regs){0}; break;
	case 7:
		if (sub == 0) {
			r->a = MIN(r->a, 1u);
			r->b &= SHOW_7_B;
			r->c &= SHOW_7_C;
			r->d = (r->d & SHOW_7_D) | spec_7_d(r->d);
			if (!has_avx()) {
				r->b &= ~AVX_7_B;
				r->c &= ~AVX_7_C;
				r->d &= ~AVX_7_D;
			}
			if (cpu_features.hide_erms) {
				r->b &= ~ERMS_7_B;
				r->d &= ~FSRM_7_D;
			}
		} else if (sub == 1) {
			*r = (struct cpuid_regs){.a = has_avx() ? r->a & SHOW_71_A : 0};
		} else {
			*r = (struct cpuid_regs){0};
		}
		break;
	case 13: extended_state(sub, r); break;
	case 0:
	case 2:
	case 3:
	case 4:
	case 0x16: break;
	default: *r = (struct cpuid_regs){0}; break;
	}
}

static void extended_leaf(const struct vcpu *v, uint32_t leaf, struct cpuid_regs *r)
{
	switch (leaf) {
	case 0x80000001:
		r->c &= SHOW_E1_C;
		if (!has_avx())
			r->c &= ~AVX_E1_C;
		r->d &= SHOW_E1_D;
		break;
	case 0x80000007:
		*r = (struct cpuid_regs){.d = v->domain->privileged ? r->d & BIT64(8) : 0};
		break;
	case 0x80000008:
		*r = (struct cpuid_regs){.a = (r->a & 0xff) | 48 << 8,
					 .b = (r->b & 1) | spec_e8_b(r->b)};
		break;
	case 0x8000000a: *r = (struct cpuid_regs){0}; break;
	case 0x80000021:
		*r = (struct cpuid_regs){.a = (r->a & (BIT64(2) | BIT64(6))) | spec_e21_a(r->a)};
		break;
	default:
		if (leaf > 0x80000008)
			*r = (struct cpuid_regs){0};
		break;
	}
}

void guest_cpuid(const struct vcpu *v, uint32_t leaf, uint32_t sub, struct cpuid_regs *out)
{
	if ((leaf & 0xffff0000) == HV_BASE) {
		hypervisor_leaf(leaf, sub, out);
		return;
	}
	if ((leaf < HV_BASE && leaf > MIN(cpu_features.max_leaf, 0x1fu)) ||
	    (leaf >= 0x80000000 && leaf > MIN(cpu_features.max_ext, 0x80000021u)) ||
	    (leaf > HV_BASE && leaf < 0x80000000)) {
		*out = (struct cpuid_regs){0};
		return;
	}
	host_cpuid(leaf, sub, out);
	if (leaf == 0)
		out->a = MIN(out->a, 0x1fu);
	if (leaf == 0x80000000)
		out->a = MIN(out->a, 0x80000021u);
	if (leaf < HV_BASE)
		basic_leaf(leaf, sub, out);
	else
		extended_leaf(v, leaf, out);
}
