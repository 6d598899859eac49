// SPDX-License-Identifier: GPL-2.0-only
/*
 * CPU policies as the toolstack exchanges them: a list of CPUID leaves and one of MSRs
 * (ABI.md 14.2 and 14.3). What a policy may say is decided in cpu_policy.c.
 */
#include <hv/domain/cpu_policy.h>
#include <arch/msr.h>
#include <hv/errno.h>
#include <hv/lib/lib.h>
#include <hv/mm/heap.h>
#include <x86/errata.h>
#include <x86/uaccess.h>

#define HV_LEAVES		0x40000000U
#define HV2_LEAVES		0x40000100U
#define FIRST_EXTD		0x80000000U

/* ---- out ---- */

struct list {
	struct xen_cpuid_leaf *leaves;
	unsigned int n;
};

/*
 * The toolstack writes the policy back into a list that has room for as many leaves as it was
 * given, empty ones included: a list that leaves the empty ones out makes it fail with ENOBUFS.
 */
static void put(struct list *l, uint32_t leaf, uint32_t sub, const struct cpuid_regs *r)
{
	if (l->n < POLICY_MAX_LEAVES)
		l->leaves[l->n++] = (struct xen_cpuid_leaf){
			.leaf = leaf, .subleaf = sub, .a = r->a, .b = r->b, .c = r->c, .d = r->d};
}

static void put_subleaves(struct list *l, uint32_t leaf, const struct cpuid_regs *r, uint32_t n)
{
	for (uint32_t sub = 0; sub < n; sub++)
		put(l, leaf, sub, &r[sub]);
}

/* The components that subleaf 0 and 1 list, each in the subleaf of its bit. */
static void put_xstates(struct list *l, const struct cpuid_regs *r)
{
	uint64_t bits = (r[0].a | r[1].c) | (uint64_t)(r[0].d | r[1].d) << 32;

	put_subleaves(l, 0xd, r, 2);
	for (uint32_t sub = 2; sub < POLICY_XSTATE; sub++)
		if (bits >> sub & 1)
			put(l, 0xd, sub, &r[sub]);
}

static unsigned int list_leaves(const struct cpu_policy *p, struct xen_cpuid_leaf *leaves)
{
	struct list l = {.leaves = leaves};
	uint32_t leaf, last = MIN(p->basic[0].a, POLICY_BASIC - 1U);

	for (leaf = 0; leaf <= last; leaf++) {
		switch (leaf) {
		case 4: put_subleaves(&l, leaf, p->cache, POLICY_CACHE); break;
		case 7:
			put_subleaves(&l, leaf, p->feat,
				      MIN(p->feat[0].a, POLICY_FEAT - 1U) + 1);
			break;
		case 0xb: put_subleaves(&l, leaf, p->topo, POLICY_TOPO); break;
		case 0xd: put_xstates(&l, p->xstate); break;
		default: put(&l, leaf, XEN_CPUID_NO_SUBLEAF, &p->basic[leaf]); break;
		}
	}
	put(&l, HV_LEAVES, XEN_CPUID_NO_SUBLEAF, &(struct cpuid_regs){.a = p->hv_limit});
	put(&l, HV2_LEAVES, XEN_CPUID_NO_SUBLEAF, &(struct cpuid_regs){.a = p->hv2_limit});
	if (p->extd[0].a < FIRST_EXTD)
		return l.n;
	last = MIN(p->extd[0].a - FIRST_EXTD, POLICY_EXTD - 1U);
	for (leaf = 0; leaf <= last; leaf++)
		put(&l, FIRST_EXTD + leaf, XEN_CPUID_NO_SUBLEAF, &p->extd[leaf]);
	return l.n;
}

static int leaves_to_guest(const struct cpu_policy *p, uint32_t *nr, gaddr_t leaves)
{
	struct xen_cpuid_leaf *list = hv_alloc(POLICY_MAX_LEAVES * sizeof(*list));
	unsigned int n;
	int rc = 0;

	if (!list)
		return -ENOMEM;
	n = list_leaves(p, list);
	if (n > *nr)
		rc = -ENOBUFS;
	else if (copy_to_guest(leaves, list, n * sizeof(*list)))
		rc = -EFAULT;
	*nr = n;
	hv_free(list);
	return rc;
}

static int msrs_to_guest(const struct cpu_policy *p, uint32_t *nr, gaddr_t msrs)
{
	const struct xen_msr_entry list[POLICY_MAX_MSRS] = {
		{.idx = MSR_PLATFORM_INFO, .val = p->platform_info},
		{.idx = MSR_ARCH_CAPS, .val = p->arch_caps},
	};
	uint32_t room = *nr;

	*nr = POLICY_MAX_MSRS;
	if (room < POLICY_MAX_MSRS)
		return -ENOBUFS;
	return copy_to_guest(msrs, list, sizeof(list)) ? -EFAULT : 0;
}

int cpu_policy_to_guest(const struct cpu_policy *p, uint32_t *nr_leaves, gaddr_t leaves,
			uint32_t *nr_msrs, gaddr_t msrs)
{
	int rc = 0;

	if (leaves)
		rc = leaves_to_guest(p, nr_leaves, leaves);
	else
		*nr_leaves = POLICY_MAX_LEAVES;
	if (rc)
		return rc;
	if (msrs)
		return msrs_to_guest(p, nr_msrs, msrs);
	*nr_msrs = POLICY_MAX_MSRS;
	return 0;
}

/* ---- in ---- */

static bool has_subleaves(uint32_t leaf)
{
	return leaf == 4 || leaf == 7 || leaf == 0xb || leaf == 0xd;
}

/* False: no policy has this leaf. */
static bool take_leaf(struct cpu_policy *p, const struct xen_cpuid_leaf *l)
{
	struct cpuid_regs *to;

	if (!has_subleaves(l->leaf) && l->subleaf != XEN_CPUID_NO_SUBLEAF)
		return false;
	if (l->leaf == HV_LEAVES) {
		p->hv_limit = l->a;
		return true;
	}
	if (l->leaf == HV2_LEAVES) {
		p->hv2_limit = l->a;
		return true;
	}
	to = cpu_policy_leaf(p, l->leaf, l->subleaf);
	if (to)
		*to = (struct cpuid_regs){l->a, l->b, l->c, l->d};
	return to != NULL;
}

static int take_msr(struct cpu_policy *p, const struct xen_msr_entry *m)
{
	if (m->flags)
		return -EINVAL;
	switch (m->idx) {
	case MSR_PLATFORM_INFO:
		if (m->val >> 32)
			return -EOVERFLOW;
		p->platform_info = m->val;
		return 0;
	case MSR_ARCH_CAPS: p->arch_caps = m->val; return 0;
	default: return -ERANGE;
	}
}

int cpu_policy_from_guest(struct cpu_policy *p, const struct xen_domctl_cpu_policy *lists,
			  struct policy_error *e)
{
	struct xen_cpuid_leaf leaf;
	struct xen_msr_entry msr;
	uint32_t i;
	int rc;

	if (lists->nr_leaves > POLICY_MAX_LEAVES || lists->nr_msrs > POLICY_MAX_MSRS)
		return -E2BIG;
	for (i = 0; i < lists->nr_leaves; i++) {
		if (copy_item_from_guest(&leaf, lists->leaves, i, sizeof(leaf)))
			return -EFAULT;
		if (!take_leaf(p, &leaf)) {
			e->leaf = leaf.leaf;
			e->sub = leaf.subleaf;
			return -ERANGE;
		}
	}
	for (i = 0; i < lists->nr_msrs; i++) {
		if (copy_item_from_guest(&msr, lists->msrs, i, sizeof(msr)))
			return -EFAULT;
		rc = take_msr(p, &msr);
		if (rc) {
			e->msr = msr.idx;
			return rc;
		}
	}
	return 0;
}
