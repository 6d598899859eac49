/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * CPU policies: what CPUID says, and which MSRs and features a guest has (ABI.md 5.4). The rules
 * are in domain/cpu_policy.c, the lists that the toolstack exchanges in domain/cpu_policy_list.c.
 */
#ifndef HV_DOMAIN_CPU_POLICY_H
#define HV_DOMAIN_CPU_POLICY_H

#include <hv/types.h>
#include <x86/cpu.h>
#include <xen/domctl.h>

#define POLICY_BASIC	14	/* leaves 0 to 0xd; those with subleaves: below */
#define POLICY_CACHE	6	/* subleaves of leaf 4 */
#define POLICY_FEAT	3	/* of leaf 7 */
#define POLICY_TOPO	2	/* of leaf 0xb */
#define POLICY_XSTATE	63	/* of leaf 0xd */
#define POLICY_EXTD	0x22	/* leaves 0x80000000 to 0x80000021 */

/* Leaf 0's a and 0x80000000's a are the highest leaves, leaf 7's a is its highest subleaf. */
struct cpu_policy {
	struct cpuid_regs basic[POLICY_BASIC], cache[POLICY_CACHE], feat[POLICY_FEAT],
		topo[POLICY_TOPO], xstate[POLICY_XSTATE], extd[POLICY_EXTD];
	uint32_t hv_limit, hv2_limit;	/* highest leaf at 0x40000000 and 0x40000100; 0: all */
	uint64_t platform_info, arch_caps;	/* what these MSRs read */
	bool hvm;	/* of a domain that the processor virtualises */
};

/* Words of a feature set, as the toolstack numbers them (ABI.md 14.2). */
enum feature_word {
	W_1D, W_1C, W_E1D, W_E1C, W_D1A, W_7B, W_7C, W_E7D, W_E8B, W_7D, W_71A, W_E21A, W_71B,
	W_72D, W_71C, W_71D, W_ARCH_LOW, W_ARCH_HIGH, W_E21C,
	FEATURE_WORDS
};

enum policy_kind {
	POLICY_RAW, POLICY_HOST, POLICY_PV_MAX, POLICY_PV_DEFAULT, POLICY_HVM_MAX,
	POLICY_HVM_DEFAULT,
	POLICIES
};

/*
 * Derive the policies from what the CPU, cpu_features and protection say. Boot CPU, after
 * these are decided, before domains.
 */
void cpu_policy_init(void);
/* One of them: constant. */
const struct cpu_policy *cpu_policy_of(enum policy_kind kind);

/*
 * The entry of a leaf, of its subleaf where it has such (sub is ignored where not); NULL: a policy
 * has none. The indexes are safe against speculation.
 */
struct cpuid_regs *cpu_policy_leaf(struct cpu_policy *p, uint32_t leaf, uint32_t sub);
/* A word of the feature set. */
uint32_t cpu_policy_word(const struct cpu_policy *p, enum feature_word w);
/* Bits of CR4 that the guest may set (ABI.md 9.1). */
uint64_t cpu_policy_cr4(const struct cpu_policy *p);
/* May XCR0 hold these bits? 0: no XSAVE. */
uint64_t cpu_policy_xcr0(const struct cpu_policy *p);
/* Bytes of an XSAVE area for xcr0, a subset of what the policy allows: standard or compact form. */
uint32_t cpu_policy_xsave_size(const struct cpu_policy *p, uint64_t xcr0, bool compact);
/* Bits that the guest may write to SPEC_CTRL, PRED_CMD or FLUSH_CMD, as its features say. */
uint64_t cpu_policy_msr_bits(const struct cpu_policy *p, uint32_t msr);

/* What of a policy was refused; ~0: not this. */
struct policy_error {
	uint32_t leaf, sub, msr;
};
/*
 * Check p against the maximum of its kind, then make it whole: features that no such guest may
 * have, or that lack what they are built on, are cleared, and what follows from the features is
 * computed. 0, or -EINVAL with *e: a limit or a feature is beyond the maximum, and p is not to be
 * used.
 */
int cpu_policy_settle(struct cpu_policy *p, struct policy_error *e);

/* Give d the policy that it starts from. 0 or -ENOMEM. d->privileged is set. */
int cpu_policy_domain_init(struct domain *d);
/* Free it; it may be none. Nobody sees d any more. */
void cpu_policy_domain_destroy(struct domain *d);

/* ---- lists ---- */

/* Room for leaves and MSRs that the largest policy takes. */
#define POLICY_MAX_LEAVES	120
#define POLICY_MAX_MSRS		2
/*
 * Hand a policy out: *nr_leaves and *nr_msrs are the room and then what was written; a NULL handle
 * asks for the largest number. 0, -ENOBUFS, -EFAULT, -ENOMEM. Hypercall context.
 */
int cpu_policy_to_guest(const struct cpu_policy *p, uint32_t *nr_leaves, gaddr_t leaves,
			uint32_t *nr_msrs, gaddr_t msrs);
/*
 * Overwrite the entries of p that the lists have. 0, -E2BIG, -EFAULT, or with *e: -ERANGE (no
 * policy has this leaf or MSR), -EINVAL (flags of an MSR), -EOVERFLOW (its value is too long).
 */
int cpu_policy_from_guest(struct cpu_policy *p, const struct xen_domctl_cpu_policy *lists,
			  struct policy_error *e);

#endif
