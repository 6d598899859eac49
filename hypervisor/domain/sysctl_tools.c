// SPDX-License-Identifier: GPL-2.0-only
/*
 * The sub-ops of sysctl that single tools ask for (ABI.md 14.2): xenperf's counters, the list of
 * live patches, and the resources that CPUs share. The door is sysctl_op.c.
 */
#include <hv/console/stats.h>
#include <hv/domain/sysctl.h>
#include <hv/errno.h>
#include <hv/hypercall/hypercall.h>
#include <hv/lib/lib.h>
#include <x86/uaccess.h>

/* ---- counters: one for each kind of hv/console/stats.h, and one with all hypercalls ---- */

#define COUNTERS	(NR_STATS + 1)
#define VALUES		(NR_STATS + ARRAY_SIZE(((struct vcpu_stats *)0)->hypercalls))

static long perfc_describe(gaddr_t to)
{
	struct xen_sysctl_perfc_desc d;

	for (unsigned int i = 0; i < COUNTERS; i++) {
		memset(&d, 0, sizeof(d));
		copy_string(d.name, i < NR_STATS ? stats_name(i) : "hypercalls", sizeof(d.name));
		d.nr_vals = i < NR_STATS ? 1 : VALUES - NR_STATS;
		if (copy_item_to_guest(to, i, &d, sizeof(d)))
			return -EFAULT;
	}
	return 0;
}

/* The interface has 32 bits for each: the lower ones. */
static long perfc_values(gaddr_t to)
{
	struct vcpu_stats sum;

	stats_since_reset(&sum);
	for (unsigned int i = 0; i < VALUES; i++) {
		uint32_t v = i < NR_STATS ? (uint32_t)sum.of[i] : sum.hypercalls[i - NR_STATS];

		if (copy_item_to_guest(to, i, &v, sizeof(v)))
			return -EFAULT;
	}
	return 0;
}

long sysctl_perfc_op(struct xen_sysctl *op)
{
	struct xen_sysctl_perfc_op *p = &op->u.perfc_op;
	long rc = 0;

	if (p->cmd == XEN_SYSCTL_PERFCOP_reset)
		stats_reset();
	else if (p->cmd != XEN_SYSCTL_PERFCOP_query)
		return -EINVAL;
	if (p->cmd == XEN_SYSCTL_PERFCOP_query && p->desc)
		rc = perfc_describe(p->desc);
	if (!rc && p->cmd == XEN_SYSCTL_PERFCOP_query && p->val)
		rc = perfc_values(p->val);
	p->nr_counters = COUNTERS;
	p->nr_vals = VALUES;
	return rc;
}

/* ---- live patches ---- */

static long livepatch_list(struct xen_sysctl_livepatch_list *l)
{
	if (l->pad || l->idx)
		return -EINVAL;
	l->version = 1;
	l->nr = l->name_total_size = l->metadata_total_size = 0;
	return 0;
}

long sysctl_livepatch_op(struct xen_sysctl *op)
{
	switch (op->u.livepatch.cmd) {
	case XEN_SYSCTL_LIVEPATCH_LIST: return livepatch_list(&op->u.livepatch.u.list);
	case XEN_SYSCTL_LIVEPATCH_GET:
	case XEN_SYSCTL_LIVEPATCH_ACTION: return -ENOENT;
	case XEN_SYSCTL_LIVEPATCH_UPLOAD:
		return not_supported("livepatch_op", XEN_SYSCTL_LIVEPATCH_UPLOAD);
	default: return not_implemented("livepatch_op", op->u.livepatch.cmd);
	}
}

/* ---- caches and memory bandwidth ---- */

long sysctl_psr(struct xen_sysctl *op)
{
	(void)op;
	return -ENODEV;
}
