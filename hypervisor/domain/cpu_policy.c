// SPDX-License-Identifier: GPL-2.0-only
/*
 * The rules of CPU policies (ABI.md 5.4). The policies are derived at start-up: raw is what the
 * CPU says, host what of it is in use, and there are a maximum and a default for PV guests, and for
 * those that the processor virtualises (HVM).
 * A domain starts with a copy of the default, which the toolstack may replace until the domain has
 * run.
 *
 *  P1. A feature that is not on the lists below is hidden: new hardware shows nothing that we do
 *      not know.
 *  P2. A domain's policy never has a feature that the maximum of its kind lacks.
 *  P3. What follows from features (leaf 0xd, copies of words) is computed, not believed.
 */
#include <hv/domain/cpu_policy.h>
#include <arch/msr.h>
#include <hv/bitops.h>
#include <hv/compiler.h>
#include <hv/console/printk.h>
#include <hv/domain/domain.h>
#include <hv/errno.h>
#include <hv/lib/lib.h>
#include <hv/mm/heap.h>
#include <x86/cpu.h>
#include <x86/entry.h>
#include <x86/errata.h>
#include <x86/protection.h>

/*
 * Bits 31..0 by word; the names of what is missing are in ABI.md 5.4. MCE and MCA are shown, with
 * no bank behind them (x86/msr.c), for without them Linux reports an error at each start.
 */
#define SHOW_1_C                                                                          \
	(BIT64(0) | BIT64(1) | BIT64(9) | BIT64(12) | BIT64(13) | BIT64(19) | BIT64(20) | \
	 BIT64(22) | BIT64(23) | BIT64(25) | BIT64(26) | BIT64(28) | BIT64(29) | BIT64(30))
#define SHOW_1_D                                                                                 \
	(BIT64(0) | BIT64(2) | BIT64(4) | BIT64(5) | BIT64(6) | BIT64(7) | BIT64(8) | BIT64(9) | \
	 BIT64(11) | BIT64(14) | BIT64(15) | BIT64(16) | BIT64(19) | BIT64(23) | BIT64(24) |     \
	 BIT64(25) | BIT64(26) | BIT64(28))
#define SHOW_7_B                                                                             \
	(BIT64(0) | BIT64(3) | BIT64(5) | BIT64(6) | BIT64(8) | BIT64(9) | BIT64(13) |       \
	 BIT64(16) | BIT64(17) | BIT64(18) | BIT64(19) | BIT64(21) | BIT64(23) | BIT64(24) | \
	 BIT64(28) | BIT64(29) | BIT64(30) | BIT64(31))
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

/*
 * What an HVM guest has besides: its own page tables, rings and APIC. What would need a register
 * that we do not switch (TSC_AUX, PKRU, PCID's INVPCID) stays hidden, and so does the topology.
 */
#define HVM_1_C		BIT64(21)	/* x2APIC, which we make */
#define HVM_1_D		(BIT64(1) | BIT64(3) | BIT64(12) | BIT64(13) | BIT64(17))
#define HVM_1_D_NOT	BIT64(28)	/* HTT */
#define HVM_7_B		(BIT64(7) | BIT64(20))	/* SMEP, SMAP */
#define HVM_7_C		BIT64(2)	/* UMIP */
#define HVM_E1_D	(BIT64(1) | BIT64(3) | BIT64(12) | BIT64(13) | BIT64(17) | BIT64(26))

/* What stands for registers that protection.c offers, besides the above. */
#define SPEC_7_D                                                                         \
	((uint32_t)ID_7D_MD_CLEAR | ID_7D_IBRSB | ID_7D_STIBP | ID_7D_SSBD | ID_7D_L1D_FLUSH | \
	 ID_7D_ARCH_CAPS)
#define SPEC_E8_B                                                                             \
	(ID_E8B_SSB_NO | ID_E8B_BTC_NO | ID_E8B_IBPB | ID_E8B_IBPB_RET | ID_E8B_IBRS |        \
	 ID_E8B_STIBP | ID_E8B_SSBD | ID_E8B_PSFD)
#define SPEC_E21_A (ID_E21A_SRSO_NO | ID_E21A_SRSO_US_NO | ID_E21A_SBPB | ID_E21A_IBPB_BRTYPE)

#define CLZERO_E8_B	BIT64(0)
#define KNOWN_E21_A	(BIT64(2) | BIT64(6))
#define DE_1_D		BIT64(2)
#define TSC_1_D		BIT64(4)
#define HTT_1_D		BIT64(28)
#define XSAVE_1_C	BIT64(26)
#define AVX_1_C		BIT64(28)
#define HYPERVISOR_1_C	BIT64(31)
#define FSGSBASE_7_B	BIT64(0)
#define ERMS_7_B	BIT64(9)
#define AVX512F_7_B	BIT64(16)
#define XSAVEC_D1_A	BIT64(1)
#define ITSC_E7_D	BIT64(8)

#define XCR0_LEGACY	UINT64_C(0x3)	/* x87 and SSE */
#define XCR0_AVX	UINT64_C(0x4)
#define XCR0_AVX512	UINT64_C(0xe0)
#define XSAVE_LEGACY_SIZE 576		/* the area of x87 and SSE, with the header */

#define FIRST_EXTD	0x80000000U
#define LINEAR_BITS	48U

/* Register c of leaf 0: the last letters of a vendor's name. */
#define AMD_C		0x444d4163U
#define HYGON_C		0x656e6975U

static struct cpu_policy policies[POLICIES] __ro_after_init;

static const struct word_place {
	uint32_t leaf, sub;
	uint8_t reg;		/* 0..3: a..d */
	uint32_t shown;		/* what a guest may have, where the CPU has it */
	uint32_t hvm;		/* and what besides, if it is no PV guest */
} places[FEATURE_WORDS] = {
	[W_1D] = {1, 0, 3, SHOW_1_D, HVM_1_D},
	[W_1C] = {1, 0, 2, SHOW_1_C, HVM_1_C},
	[W_E1D] = {0x80000001, 0, 3, SHOW_E1_D, HVM_E1_D},
	[W_E1C] = {0x80000001, 0, 2, SHOW_E1_C, 0},
	[W_D1A] = {0xd, 1, 0, SHOW_D1_A, 0},
	[W_7B] = {7, 0, 1, SHOW_7_B, HVM_7_B},
	[W_7C] = {7, 0, 2, SHOW_7_C, HVM_7_C},
	[W_E7D] = {0x80000007, 0, 3, ITSC_E7_D, 0},
	[W_E8B] = {0x80000008, 0, 1, CLZERO_E8_B | SPEC_E8_B, 0},
	[W_7D] = {7, 0, 3, SHOW_7_D | SPEC_7_D, 0},
	[W_71A] = {7, 1, 0, SHOW_71_A, 0},
	[W_E21A] = {0x80000021, 0, 0, KNOWN_E21_A | SPEC_E21_A, 0},
	[W_71B] = {7, 1, 1, 0, 0},
	[W_72D] = {7, 2, 3, 0, 0},
	[W_71C] = {7, 1, 2, 0, 0},
	[W_71D] = {7, 1, 3, 0, 0},
	[W_E21C] = {0x80000021, 0, 2, 0, 0},
};

/* Words 16 and 17 are an MSR. */
static bool is_msr(enum feature_word w)
{
	return w == W_ARCH_LOW || w == W_ARCH_HIGH;
}

const struct cpu_policy *cpu_policy_of(enum policy_kind kind)
{
	return &policies[kind];
}

/* ---- where things are ---- */

static struct cpuid_regs *entry(struct cpuid_regs *list, uint32_t i, uint32_t n)
{
	return i < n ? &list[index_nospec(i, n)] : NULL;
}

struct cpuid_regs *cpu_policy_leaf(struct cpu_policy *p, uint32_t leaf, uint32_t sub)
{
	if (leaf >= FIRST_EXTD)
		return entry(p->extd, leaf - FIRST_EXTD, POLICY_EXTD);
	switch (leaf) {
	case 4: return entry(p->cache, sub, POLICY_CACHE);
	case 7: return entry(p->feat, sub, POLICY_FEAT);
	case 0xb: return entry(p->topo, sub, POLICY_TOPO);
	case 0xd: return entry(p->xstate, sub, POLICY_XSTATE);
	default: return entry(p->basic, leaf, POLICY_BASIC);
	}
}

/* Not of the words that are an MSR. */
static uint32_t *word(struct cpu_policy *p, enum feature_word w)
{
	const struct word_place *at = &places[w];
	struct cpuid_regs *r = cpu_policy_leaf(p, at->leaf, at->sub);
	uint32_t *const regs[] = {&r->a, &r->b, &r->c, &r->d};

	return regs[at->reg];
}

uint32_t cpu_policy_word(const struct cpu_policy *p, enum feature_word w)
{
	if (is_msr(w))
		return (uint32_t)(p->arch_caps >> (w == W_ARCH_LOW ? 0 : 32));
	return *word((struct cpu_policy *)p, w);
}

/* ---- what features are built on ---- */

/* Without a bit of `on` in word `from`, the bits of `lost` in word `to` cannot be used. */
static const struct dependence {
	uint8_t from, to;
	uint32_t on, lost;
} dependences[] = {
	{W_1D, W_1D, BIT64(0), BIT64(23)},		/* FPU: MMX */
	{W_1D, W_E1D, BIT64(23), BIT64(22) | BIT64(30) | BIT64(31)},	/* MMX: 3DNOW */
	{W_1D, W_7B, BIT64(19), BIT64(23) | BIT64(24)},	/* CLFLUSH: CLFLUSHOPT, CLWB */
	{W_1D, W_1D, BIT64(24), BIT64(25)},		/* FXSR: SSE */
	{W_1D, W_E1D, BIT64(24), BIT64(25)},		/* FXSR: FFXSR */
	{W_1D, W_1D, BIT64(25), BIT64(26)},		/* SSE: SSE2 */
	{W_1D, W_E1C, BIT64(25), BIT64(6) | BIT64(7)},	/* SSE: SSE4A, MISALIGNSSE */
	{W_1D, W_1C, BIT64(26), BIT64(0) | BIT64(1) | BIT64(25)},	/* SSE2: SSE3, AES */
	{W_1D, W_7B, BIT64(26), BIT64(29)},		/* SSE2: SHA */
	{W_1D, W_7C, BIT64(26), BIT64(8)},		/* SSE2: GFNI */
	{W_1C, W_1C, BIT64(0), BIT64(9)},		/* SSE3: SSSE3 */
	{W_1C, W_1C, BIT64(9), BIT64(19)},		/* SSSE3: SSE4.1 */
	{W_1C, W_1C, BIT64(19), BIT64(20)},		/* SSE4.1: SSE4.2 */
	{W_1C, W_7C, BIT64(25), BIT64(9)},		/* AES: VAES */
	{W_1C, W_7C, BIT64(1), BIT64(10)},		/* PCLMULQDQ: VPCLMULQDQ */
	{W_1C, W_D1A, XSAVE_1_C, SHOW_D1_A},
	{W_1C, W_1C, XSAVE_1_C, AVX_1_C},
	{W_1C, W_1C, AVX_1_C, BIT64(12) | BIT64(29)},	/* AVX: FMA, F16C */
	{W_1C, W_7B, AVX_1_C, BIT64(5)},		/* AVX: AVX2 */
	{W_1C, W_7C, AVX_1_C, BIT64(9) | BIT64(10)},	/* AVX: VAES, VPCLMULQDQ */
	{W_1C, W_E1C, AVX_1_C, BIT64(11) | BIT64(16)},	/* AVX: XOP, FMA4 */
	{W_7B, W_7B, BIT64(5), AVX512F_7_B},		/* AVX2: AVX512F */
	{W_7B, W_71A, BIT64(5), BIT64(4) | BIT64(23)},	/* AVX2: AVX-VNNI, AVX-IFMA */
	{W_7B, W_7B, AVX512F_7_B,			/* AVX512F: DQ, IFMA, CD, BW, VL */
	 BIT64(17) | BIT64(21) | BIT64(28) | BIT64(30) | BIT64(31)},
	{W_7B, W_7C, AVX512F_7_B,			/* VBMI, VBMI2, VNNI, BITALG, VPOPCNTDQ */
	 BIT64(1) | BIT64(6) | BIT64(11) | BIT64(12) | BIT64(14)},
	{W_7B, W_7D, AVX512F_7_B,			/* 4VNNIW, 4FMAPS, VP2INTERSECT, FP16 */
	 BIT64(2) | BIT64(3) | BIT64(8) | BIT64(23)},
	{W_7B, W_71A, AVX512F_7_B, BIT64(5)},		/* AVX512F: BF16 */
	{W_7B, W_7C, BIT64(30), BIT64(1) | BIT64(6) | BIT64(12)},	/* BW: VBMI, BITALG */
	{W_7B, W_7D, BIT64(30), BIT64(23)},		/* BW: FP16 */
	{W_7B, W_71A, BIT64(30), BIT64(5)},		/* BW: BF16 */
	{W_7B, W_7D, ERMS_7_B, BIT64(4)},		/* ERMS: FSRM */
	{W_7D, W_7D, ID_7D_IBRSB, (uint32_t)(ID_7D_STIBP | ID_7D_SSBD)},
};

/* Until nothing changes: what is lost may have been the base of something else. */
static void drop_baseless(struct cpu_policy *p)
{
	bool changed = true;

	while (changed) {
		changed = false;
		for (unsigned int i = 0; i < ARRAY_SIZE(dependences); i++) {
			const struct dependence *d = &dependences[i];
			uint32_t *to = word(p, d->to);

			if ((*word(p, d->from) & d->on) || !(*to & d->lost))
				continue;
			*to &= ~d->lost;
			changed = true;
		}
	}
}

/* ---- control registers ---- */

uint64_t cpu_policy_cr4(const struct cpu_policy *p)
{
	uint64_t allowed = 0;

	if (p->basic[1].d & TSC_1_D)
		allowed |= CR4_TSD;
	if (p->basic[1].d & DE_1_D)
		allowed |= CR4_DE;
	if (p->basic[1].c & XSAVE_1_C)
		allowed |= CR4_OSXSAVE;
	if (p->feat[0].b & FSGSBASE_7_B)
		allowed |= CR4_FSGSBASE;
	return allowed;
}

/* ---- states of XSAVE ---- */

uint64_t cpu_policy_xcr0(const struct cpu_policy *p)
{
	return p->xstate[0].a | (uint64_t)p->xstate[0].d << 32;
}

uint32_t cpu_policy_xsave_size(const struct cpu_policy *p, uint64_t xcr0, bool compact)
{
	uint32_t end = XSAVE_LEGACY_SIZE;

	for (unsigned int i = 2; i < POLICY_XSTATE; i++) {
		const struct cpuid_regs *r = &p->xstate[i];

		if (!(xcr0 >> i & 1))
			continue;
		if (!compact)
			end = MAX(end, r->b + r->a);
		else	/* c, bit 1: it starts at a multiple of 64 */
			end = (r->c & 2 ? (uint32_t)ALIGN_UP(end, 64U) : end) + r->a;
	}
	return end;
}

/* Leaf 0xd, from the features, and where the machine has its states. */
static void fill_xstate(struct cpu_policy *p)
{
	const struct cpu_policy *host = &policies[POLICY_HOST];
	uint32_t kept = p->xstate[1].a & SHOW_D1_A;
	uint64_t xcr0 = XCR0_LEGACY;

	memset(p->xstate, 0, sizeof(p->xstate));
	if (!(p->basic[1].c & XSAVE_1_C))
		return;
	if (p->basic[1].c & AVX_1_C)
		xcr0 |= XCR0_AVX;
	if (p->feat[0].b & AVX512F_7_B)
		xcr0 |= XCR0_AVX512;
	for (unsigned int i = 2; i < POLICY_XSTATE; i++)
		if (xcr0 >> i & 1)
			p->xstate[i] = host->xstate[i];
	p->xstate[0] = (struct cpuid_regs){.a = (uint32_t)xcr0, .d = (uint32_t)(xcr0 >> 32)};
	/* b follows XCR0 where the guest asks (cpuid.c) */
	p->xstate[0].b = XSAVE_LEGACY_SIZE;
	p->xstate[0].c = cpu_policy_xsave_size(p, xcr0, false);
	p->xstate[1].a = kept;
	if (kept & XSAVEC_D1_A)
		p->xstate[1].b = XSAVE_LEGACY_SIZE;
}

/* ---- MSRs ---- */

uint64_t cpu_policy_msr_bits(const struct cpu_policy *p, uint32_t msr)
{
	uint32_t d = p->feat[0].d, b = p->extd[8].b, a = p->extd[0x21].a;
	uint64_t bits = 0;

	switch (msr) {
	case MSR_SPEC_CTRL:
		if ((d & ID_7D_IBRSB) || (b & ID_E8B_IBRS))
			bits |= SPEC_CTRL_IBRS;
		if ((d & ID_7D_STIBP) || (b & ID_E8B_STIBP))
			bits |= SPEC_CTRL_STIBP;
		if ((d & ID_7D_SSBD) || (b & ID_E8B_SSBD))
			bits |= SPEC_CTRL_SSBD;
		if (b & ID_E8B_PSFD)
			bits |= SPEC_CTRL_PSFD;
		break;
	case MSR_PRED_CMD:
		if ((d & ID_7D_IBRSB) || (b & ID_E8B_IBPB))
			bits |= PRED_CMD_IBPB;
		if (a & ID_E21A_SBPB)
			bits |= PRED_CMD_SBPB;
		break;
	case MSR_FLUSH_CMD:
		if (d & ID_7D_L1D_FLUSH)
			bits |= FLUSH_CMD_L1D;
		break;
	default: break;
	}
	return bits;
}

/* ---- a guest's policy, made whole ---- */

static void clear(struct cpuid_regs *list, unsigned int from, unsigned int n)
{
	for (unsigned int i = from; i < n; i++)
		list[i] = (struct cpuid_regs){0, 0, 0, 0};
}

/* Leaves above the highest ones say nothing. */
static void clear_beyond(struct cpu_policy *p)
{
	uint32_t basic = p->basic[0].a, extd = p->extd[0].a;

	clear(p->basic, MIN(basic, POLICY_BASIC) + 1, POLICY_BASIC);
	clear(p->extd, extd < FIRST_EXTD ? 0 : MIN(extd - FIRST_EXTD, POLICY_EXTD) + 1,
	      POLICY_EXTD);
	if (basic < 4)
		clear(p->cache, 0, POLICY_CACHE);
	clear(p->feat, basic < 7 ? 0 : MIN(p->feat[0].a, POLICY_FEAT) + 1, POLICY_FEAT);
	if (basic < 0xd)
		p->basic[1].c &= ~XSAVE_1_C;
}

/* What no guest learns: MONITOR, power, DCA, PMU, topology; what has a form of its own. */
static void clear_unsaid(struct cpu_policy *p)
{
	static const uint8_t unsaid_basic[] = {3, 5, 6, 8, 9, 10, 12};
	uint32_t vendor = p->basic[0].c, phys_bits = p->extd[8].a & 0xff, e21a = p->extd[0x21].a;

	for (unsigned int i = 0; i < ARRAY_SIZE(unsaid_basic); i++)
		p->basic[unsaid_basic[i]] = (struct cpuid_regs){0, 0, 0, 0};
	if (p->basic[2].a)	/* one query is all */
		p->basic[2].a = (p->basic[2].a & ~0xffU) | 1;
	if (vendor == AMD_C || vendor == HYGON_C) {
		p->basic[2] = (struct cpuid_regs){0, 0, 0, 0};
		clear(p->cache, 0, POLICY_CACHE);
	}
	clear(p->topo, 0, POLICY_TOPO);
	p->basic[1].b &= 0xffffff;	/* no APIC id: it would be that of some CPU */
	p->feat[0].a = MIN(p->feat[0].a, 1U);
	clear(p->feat, 2, POLICY_FEAT);
	p->feat[1] = (struct cpuid_regs){.a = p->feat[1].a};
	p->extd[7] = (struct cpuid_regs){.d = p->extd[7].d};
	p->extd[8] = (struct cpuid_regs){.b = p->extd[8].b};
	if (p->extd[0].a >= FIRST_EXTD + 8)
		p->extd[8].a = MIN(phys_bits, cpu_features.phys_bits) | LINEAR_BITS << 8;
	clear(p->extd, 9, POLICY_EXTD);
	p->extd[0x21].a = e21a;
}

static void settle(struct cpu_policy *p, const struct cpu_policy *max)
{
	/* Bits of 0x80000001 d that are those of leaf 1 again, on AMD's processors. */
	const uint32_t copied = 0x0183f3ff;

	clear_beyond(p);
	for (unsigned int w = 0; w < FEATURE_WORDS; w++)
		if (!is_msr(w))
			*word(p, w) &= *word((struct cpu_policy *)max, w);
	p->basic[1].c |= HYPERVISOR_1_C;
	drop_baseless(p);
	p->extd[1].d &= ~copied | p->basic[1].d;
	clear_unsaid(p);
	fill_xstate(p);
	if (!(p->feat[0].d & ID_7D_ARCH_CAPS))
		p->arch_caps = 0;
	p->extd[0].b = p->extd[0].a ? p->basic[0].b : 0;
	p->extd[0].c = p->extd[0].a ? p->basic[0].c : 0;
	p->extd[0].d = p->extd[0].a ? p->basic[0].d : 0;
}

/* The toolstack sets these whatever the machine has: they are dropped, not refused. */
static uint32_t lenient(enum feature_word w)
{
	return w == W_E7D ? ITSC_E7_D : w == W_1D ? HTT_1_D : 0;
}

/* What a policy of p's kind may have at most. */
static struct cpu_policy *maximum_of(const struct cpu_policy *p)
{
	return &policies[p->hvm ? POLICY_HVM_MAX : POLICY_PV_MAX];
}

static uint32_t shown(const struct cpu_policy *p, enum feature_word w)
{
	return places[w].shown | (p->hvm ? places[w].hvm : 0);
}

static int check(struct cpu_policy *p, struct policy_error *e)
{
	struct cpu_policy *max = maximum_of(p);

	if (p->basic[0].a > max->basic[0].a) {
		*e = (struct policy_error){0, XEN_CPUID_NO_SUBLEAF, ~0U};
		return -EINVAL;
	}
	if (p->feat[0].a > max->feat[0].a) {
		*e = (struct policy_error){7, 0, ~0U};
		return -EINVAL;
	}
	if (p->extd[0].a > max->extd[0].a) {
		*e = (struct policy_error){FIRST_EXTD, XEN_CPUID_NO_SUBLEAF, ~0U};
		return -EINVAL;
	}
	for (unsigned int w = 0; w < FEATURE_WORDS; w++) {
		uint32_t leaf = places[w].leaf;
		bool subs = leaf == 7 || leaf == 0xd;

		if (is_msr(w) ||
		    !(*word(p, w) & shown(p, w) & ~*word(max, w) & ~lenient(w)))
			continue;
		*e = (struct policy_error){leaf, subs ? places[w].sub : XEN_CPUID_NO_SUBLEAF, ~0U};
		return -EINVAL;
	}
	if (p->platform_info & ~max->platform_info)
		*e = (struct policy_error){~0U, ~0U, MSR_PLATFORM_INFO};
	else if (p->arch_caps & ~max->arch_caps)
		*e = (struct policy_error){~0U, ~0U, MSR_ARCH_CAPS};
	else
		return 0;
	return -EINVAL;
}

int cpu_policy_settle(struct cpu_policy *p, struct policy_error *e)
{
	int rc = check(p, e);

	if (!rc)
		settle(p, maximum_of(p));
	return rc;
}

/* ---- the machine ---- */

static void read_raw(struct cpu_policy *p)
{
	uint32_t i, sub, last;
	uint64_t states;

	host_cpuid(0, 0, &p->basic[0]);
	last = MIN(p->basic[0].a, POLICY_BASIC - 1U);
	for (i = 1; i <= last; i++)
		if (i != 4 && i != 7 && i != 0xb && i != 0xd)
			host_cpuid(i, 0, &p->basic[i]);
	for (sub = 0; last >= 4 && sub < POLICY_CACHE; sub++) {
		host_cpuid(4, sub, &p->cache[sub]);
		if (!(p->cache[sub].a & 0x1f))
			break;
	}
	if (last >= 7)
		host_cpuid(7, 0, &p->feat[0]);
	for (sub = 1; sub <= MIN(p->feat[0].a, POLICY_FEAT - 1U); sub++)
		host_cpuid(7, sub, &p->feat[sub]);
	for (sub = 0; last >= 0xb && sub < POLICY_TOPO; sub++)
		host_cpuid(0xb, sub, &p->topo[sub]);
	for (sub = 0; last >= 0xd && sub < 2; sub++)
		host_cpuid(0xd, sub, &p->xstate[sub]);
	states = (p->xstate[0].a | p->xstate[1].c) |
		 (uint64_t)(p->xstate[0].d | p->xstate[1].d) << 32;
	for (sub = 2; sub < POLICY_XSTATE; sub++)
		if (states >> sub & 1)
			host_cpuid(0xd, sub, &p->xstate[sub]);
	host_cpuid(FIRST_EXTD, 0, &p->extd[0]);
	if (p->extd[0].a < FIRST_EXTD)
		p->extd[0].a = 0;
	for (i = 1; p->extd[0].a && i <= MIN(p->extd[0].a - FIRST_EXTD, POLICY_EXTD - 1U); i++)
		host_cpuid(FIRST_EXTD + i, 0, &p->extd[i]);
	if (rdmsr_safe(MSR_PLATFORM_INFO, &p->platform_info))
		p->platform_info = 0;
	if ((p->feat[0].d & ID_7D_ARCH_CAPS) && rdmsr_safe(MSR_ARCH_CAPS, &p->arch_caps))
		p->arch_caps = 0;
}

/* What of the CPU is in use: the leaves that we know, the states that are saved. */
static void use_host(struct cpu_policy *p)
{
	uint64_t mask = cpu_features.xsave ? cpu_features.xcr0_mask : 0;

	p->basic[0].a = MIN(p->basic[0].a, POLICY_BASIC - 1U);
	p->feat[0].a = MIN(p->feat[0].a, POLICY_FEAT - 1U);
	if (p->extd[0].a)
		p->extd[0].a = MIN(p->extd[0].a, FIRST_EXTD + POLICY_EXTD - 1U);
	clear_beyond(p);
	if (!cpu_features.xsave)
		p->basic[1].c &= ~XSAVE_1_C;
	if (!(mask & XCR0_AVX))
		p->basic[1].c &= ~AVX_1_C;
	if ((mask & XCR0_AVX512) != XCR0_AVX512)
		p->feat[0].b &= ~AVX512F_7_B;
	drop_baseless(p);
	p->xstate[0].a &= (uint32_t)mask;
	p->xstate[0].d &= (uint32_t)(mask >> 32);
	p->xstate[0].c = mask ? cpu_features.xsave_size : 0;
	p->xstate[1].c = p->xstate[1].d = 0;
	for (unsigned int i = 2; i < POLICY_XSTATE; i++)
		if (!(mask >> i & 1))
			p->xstate[i] = (struct cpuid_regs){0, 0, 0, 0};
	p->platform_info = cpu_features.cpuid_faulting ? PLATFORM_INFO_FAULTING : 0;
}

/* Words of features that stand for registers which protection.c offers: shown when it does. */
static void offer_registers(struct cpu_policy *p)
{
	const struct cpu_protection *o = &protection;
	uint32_t d = (uint32_t)ID_7D_MD_CLEAR, b = ID_E8B_SSB_NO | ID_E8B_BTC_NO,
		 a = ID_E21A_SRSO_NO | ID_E21A_SRSO_US_NO;

	if (o->guest_pred_cmd & PRED_CMD_IBPB) {
		if (o->guest_spec_ctrl & SPEC_CTRL_IBRS)
			d |= ID_7D_IBRSB;
		b |= ID_E8B_IBPB | ID_E8B_IBPB_RET;
		a |= ID_E21A_IBPB_BRTYPE;
	}
	if (o->guest_pred_cmd & PRED_CMD_SBPB)
		a |= ID_E21A_SBPB;
	if (o->guest_spec_ctrl & SPEC_CTRL_IBRS)
		b |= ID_E8B_IBRS;
	if (o->guest_spec_ctrl & SPEC_CTRL_STIBP) {
		d |= ID_7D_STIBP;
		b |= ID_E8B_STIBP;
	}
	if (o->guest_spec_ctrl & SPEC_CTRL_SSBD) {
		d |= (uint32_t)ID_7D_SSBD;
		b |= ID_E8B_SSBD;
	}
	if (o->guest_spec_ctrl & SPEC_CTRL_PSFD)
		b |= ID_E8B_PSFD;
	if (o->guest_flush_cmd)
		d |= ID_7D_L1D_FLUSH;
	if (o->guest_arch_caps)
		d |= ID_7D_ARCH_CAPS;
	p->feat[0].d &= SHOW_7_D | d;
	p->extd[8].b &= CLZERO_E8_B | b;
	p->extd[0x21].a &= KNOWN_E21_A | a;
	p->arch_caps = o->guest_arch_caps ? o->arch_caps : 0;
}

/* p is the host's. */
static void make_max(struct cpu_policy *p)
{
	for (unsigned int w = 0; w < FEATURE_WORDS; w++)
		if (!is_msr(w))
			*word(p, w) &= shown(p, w);
	if (p->hvm) {
		p->basic[1].c |= (uint32_t)HVM_1_C;
		p->basic[1].d &= (uint32_t)~HVM_1_D_NOT;
		p->platform_info = 0;	/* CPUID exits anyway */
	}
	if (cpu_features.hide_erms)
		p->feat[0].b &= ~ERMS_7_B;
	offer_registers(p);
	settle(p, p);
}

void cpu_policy_init(void)
{
	struct cpu_policy *raw = &policies[POLICY_RAW], *host = &policies[POLICY_HOST],
			  *max = &policies[POLICY_PV_MAX], *def = &policies[POLICY_PV_DEFAULT],
			  *hvm = &policies[POLICY_HVM_MAX];

	memset(policies, 0, sizeof(policies));
	read_raw(raw);
	*host = *raw;
	use_host(host);
	*max = *host;
	make_max(max);
	*hvm = *host;
	hvm->hvm = true;
	make_max(hvm);
	hvm->extd[7].d &= ~ITSC_E7_D;
	policies[POLICY_HVM_DEFAULT] = *hvm;
	*def = *max;
	def->extd[7].d &= ~ITSC_E7_D;	/* another machine's TSC has another rate */
	log_info("CPU policy: CPUID %s; FSGSBASE %s guests\n",
		 cpu_features.cpuid_faulting ? "faults in guests" : "does not fault",
		 max->feat[0].b & FSGSBASE_7_B ? "is offered to" : "is not there for");
}

/* ---- domains ---- */

int cpu_policy_domain_init(struct domain *d)
{
	d->cpu_policy = hv_alloc(sizeof(*d->cpu_policy));
	if (!d->cpu_policy)
		return -ENOMEM;
	*d->cpu_policy = policies[d->hvm ? POLICY_HVM_DEFAULT : POLICY_PV_DEFAULT];
	if (!d->privileged)
		return 0;
	/* It stays on this machine. */
	d->cpu_policy->extd[7].d = policies[POLICY_PV_MAX].extd[7].d;
	/* With it Linux reads an emulated MSR at each switch of its backends' threads. */
	d->cpu_policy->feat[0].b &= ~FSGSBASE_7_B;
	return 0;
}

void cpu_policy_domain_destroy(struct domain *d)
{
	hv_free(d->cpu_policy);
	d->cpu_policy = NULL;
}
