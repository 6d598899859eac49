// SPDX-License-Identifier: GPL-2.0-only
/*
 * CPU policy as the toolstack wants it: a list of CPUID leaves, and words of features
 * (ABI.md 14.2, ops 26 and 29). What a guest sees is what guest_cpuid() answers; this file only
 * knows which leaves there are to ask for. The toolstack refuses a list with a leaf that it does
 * not know.
 */
#include <hv/domain/cpu_policy.h>
#include <hv/domain/cpuid.h>
#include <hv/domain/domain.h>
#include <hv/domain/vcpu.h>
#include <hv/errno.h>
#include <hv/lib/lib.h>
#include <hv/mm/heap.h>
#include <x86/cpu.h>
#include <x86/uaccess.h>

#define LAST_BASIC	0xdU		/* highest basic leaf that the toolstack knows */
#define LAST_EXTENDED	0x80000021U
#define LAST_FEATURE	2U		/* subleaves of leaf 7 */
#define LAST_XSTATE	62U		/* subleaves of leaf 0xd */

typedef void query_fn(uint32_t leaf, uint32_t sub, struct cpuid_regs *out);

static void query_guest(uint32_t leaf, uint32_t sub, struct cpuid_regs *out)
{
	guest_cpuid(current, leaf, sub, out);
}

/* ---- the list of leaves ---- */

struct list {
	struct xen_cpuid_leaf *leaves;
	unsigned int n;
	query_fn *query;
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

/* Append what the CPU or the guest sees of a leaf; sub XEN_CPUID_NO_SUBLEAF: it has none. */
static void add(struct list *l, uint32_t leaf, uint32_t sub)
{
	struct cpuid_regs r;

	l->query(leaf, sub == XEN_CPUID_NO_SUBLEAF ? 0 : sub, &r);
	put(l, leaf, sub, &r);
}

static void add_subleaves(struct list *l, uint32_t leaf, uint32_t last)
{
	uint32_t sub;

	for (sub = 0; sub <= last; sub++)
		add(l, leaf, sub);
}

/* The components that subleaf 0 and 1 list, each in the subleaf of its bit. */
static void add_xstates(struct list *l)
{
	struct cpuid_regs user, system;
	uint64_t bits;
	uint32_t sub;

	l->query(0xd, 0, &user);
	l->query(0xd, 1, &system);
	bits = user.a | system.c | (uint64_t)(user.d | system.d) << 32;
	add_subleaves(l, 0xd, 1);
	for (sub = 2; sub <= LAST_XSTATE; sub++)
		if (bits >> sub & 1)
			add(l, 0xd, sub);
}

static void add_basic(struct list *l, uint32_t leaf)
{
	static const struct cpuid_regs empty;
	struct cpuid_regs r;

	switch (leaf) {
	case 2: /* descriptors of caches: the toolstack takes them only in their simplest form */
		put(l, leaf, XEN_CPUID_NO_SUBLEAF, &empty);
		break;
	case 4:
		add_subleaves(l, leaf, 5);
		break;
	case 7:
		l->query(leaf, 0, &r);
		add_subleaves(l, leaf, MIN(r.a, LAST_FEATURE));
		break;
	case 0xb:
		add_subleaves(l, leaf, 1);
		break;
	case 0xd:
		add_xstates(l);
		break;
	default:
		add(l, leaf, XEN_CPUID_NO_SUBLEAF);
		break;
	}
}

/* The hypervisor's own leaves: their limits, zero for the highest there is. */
static void add_hypervisor(struct list *l)
{
	static const struct cpuid_regs any;

	put(l, 0x40000000, XEN_CPUID_NO_SUBLEAF, &any);
	put(l, 0x40000100, XEN_CPUID_NO_SUBLEAF, &any);
}

/* Make a policy: leaves[] has POLICY_MAX_LEAVES entries. Returns how many are filled in. */
static unsigned int cpu_policy_leaves(struct xen_cpuid_leaf *leaves, bool guest)
{
	struct list l = {.leaves = leaves, .query = guest ? query_guest : host_cpuid};
	struct cpuid_regs r;
	uint32_t leaf, last;

	l.query(0, 0, &r);
	last = MIN(r.a, LAST_BASIC);
	for (leaf = 0; leaf <= last; leaf++)
		add_basic(&l, leaf);
	if (l.n)
		l.leaves[0].a = last;
	add_hypervisor(&l);
	l.query(0x80000000, 0, &r);
	last = MIN(r.a, LAST_EXTENDED);
	for (leaf = 0x80000000; leaf <= last; leaf++)
		add(&l, leaf, XEN_CPUID_NO_SUBLEAF);
	return l.n;
}

int cpu_policy_to_guest(bool guest, uint32_t *nr_leaves, gaddr_t leaves, uint32_t *nr_msrs,
			gaddr_t msrs)
{
	struct xen_cpuid_leaf *list;
	unsigned int n;
	int rc = 0;

	if (!leaves && !msrs) {
		*nr_leaves = POLICY_MAX_LEAVES;
		*nr_msrs = POLICY_MAX_MSRS;
		return 0;
	}
	list = hv_alloc(POLICY_MAX_LEAVES * sizeof(*list));
	if (!list)
		return -ENOMEM;
	n = cpu_policy_leaves(list, guest);
	if (n > *nr_leaves)
		rc = -ENOBUFS;
	else if (copy_to_guest(leaves, list, n * sizeof(*list)))
		rc = -EFAULT;
	*nr_leaves = n;
	*nr_msrs = 0;	/* no MSR is part of what we offer */
	hv_free(list);
	return rc;
}

/* ---- feature words ---- */

void cpu_feature_words(uint32_t words[FEATURE_WORDS], bool guest)
{
	static const struct {
		uint32_t leaf, sub;
		char reg;	/* 'a'..'d'; 0: not a CPUID word */
	} where[FEATURE_WORDS] = {
		{1, 0, 'd'},
		{1, 0, 'c'},
		{0x80000001, 0, 'd'},
		{0x80000001, 0, 'c'},
		{0xd, 1, 'a'},
		{7, 0, 'b'},
		{7, 0, 'c'},
		{0x80000007, 0, 'd'},
		{0x80000008, 0, 'b'},
		{7, 0, 'd'},
		{7, 1, 'a'},
		{0x80000021, 0, 'a'},
		{7, 1, 'b'},
		{7, 2, 'd'},
		{7, 1, 'c'},
		{7, 1, 'd'},
		{0, 0, 0},
		{0, 0, 0},
		{0x80000021, 0, 'c'},
	};
	query_fn *query = guest ? query_guest : host_cpuid;
	struct cpuid_regs last;
	unsigned int i;

	for (i = 0; i < FEATURE_WORDS; i++) {
		struct cpuid_regs r = {0, 0, 0, 0};

		words[i] = 0;
		query(where[i].leaf & 0x80000000, 0, &last);
		if (!where[i].reg || where[i].leaf > last.a)
			continue;
		query(where[i].leaf, where[i].sub, &r);
		words[i] = where[i].reg == 'a'   ? r.a
			   : where[i].reg == 'b' ? r.b
			   : where[i].reg == 'c' ? r.c
						 : r.d;
	}
}
