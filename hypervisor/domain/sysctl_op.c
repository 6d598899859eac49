// SPDX-License-Identifier: GPL-2.0-only
/*
 * sysctl (hypercall 35): the toolstack's questions about the machine (ABI.md 14.2). Each
 * sub-op works on one copy of the argument and says whether it goes back to the caller. Others are
 * in sysctl_power.c and sysctl_tools.c. Hypercall context, no locks at entry.
 */
#include <hv/boot/options.h>
#include <hv/console/keyhandler.h>
#include <hv/console/log.h>
#include <hv/domain/cpu_policy.h>
#include <hv/domain/domain.h>
#include <hv/domain/info.h>
#include <hv/domain/sysctl.h>
#include <hv/domain/vcpu.h>
#include <hv/errno.h>
#include <hv/hvm/hvm.h>
#include <hv/hypercall/hypercall.h>
#include <hv/irq/pci.h>
#include <hv/lib/lib.h>
#include <hv/mm/alloc.h>
#include <hv/mm/frame.h>
#include <hv/percpu.h>
#include <hv/sched/cpupool.h>
#include <hv/sched/place.h>
#include <hv/sched/runstate.h>
#include <hv/sched/sched.h>
#include <hv/time/clock.h>
#include <hv/trace/trace.h>
#include <x86/uaccess.h>

#define MAX_DEBUG_KEYS	32
#define MAX_PCI_DEVICES	4096	/* of one pcitopoinfo */

/* ---- log and keys ---- */

static long op_readconsole(struct xen_sysctl *op)
{
	struct xen_sysctl_readconsole *r = &op->u.readconsole;
	uint32_t room = r->count, pos = r->index;
	bool incremental = r->incremental;
	char chunk[256];

	r->count = 0;
	while (r->count < room) {
		size_t n = log_read(incremental, &pos, chunk,
				    MIN(room - r->count, (uint32_t)sizeof(chunk)));

		incremental = true;
		if (!n)
			break;
		if (copy_to_guest(r->buffer + r->count, chunk, n))
			return -EFAULT;
		r->count += (uint32_t)n;
	}
	r->index = pos;
	if (r->clear)
		log_discard(pos);
	return 0;
}

static long op_debug_keys(struct xen_sysctl *op)
{
	char keys[MAX_DEBUG_KEYS];
	uint32_t i, n = op->u.debug_keys.nr_keys;
	long rc = 0;

	if (n > sizeof(keys))
		return -E2BIG;
	if (copy_from_guest(keys, op->u.debug_keys.keys, n))
		return -EFAULT;
	for (i = 0; i < n; i++)
		if (keyhandler_run(keys[i]))
			rc = -EINVAL;	/* there is no such key; the others are run */
	return rc;
}

/* ---- the machine ---- */

static long op_physinfo(struct xen_sysctl *op)
{
	struct xen_sysctl_physinfo *p = &op->u.physinfo;

	memset(p, 0, sizeof(*p));
	p->threads_per_core = 1;
	p->cores_per_socket = nr_cpus;
	for (uint64_t left = cpumask_online().bits; left; left &= left - 1)
		p->nr_cpus++;
	p->max_cpu_id = nr_cpus - 1;
	p->nr_nodes = 1;
	p->cpu_khz = (uint32_t)tsc_khz();
	p->capabilities = XEN_SYSCTL_PHYSCAP_pv | XEN_SYSCTL_PHYSCAP_gnttab_v1;
	if (hvm_hooks)
		p->capabilities |= XEN_SYSCTL_PHYSCAP_hvm | XEN_SYSCTL_PHYSCAP_hap;
	p->total_pages = total_frame_count();
	p->free_pages = guest_frame_count();
	p->outstanding_pages = claimed_frame_count();
	p->max_mfn = max_mfn;
	for (unsigned int w = 0; w < ARRAY_SIZE(p->hw_cap); w++)
		p->hw_cap[w] = cpu_policy_word(cpu_policy_of(POLICY_HOST), w);
	return 0;
}

static long op_getcpuinfo(struct xen_sysctl *op)
{
	struct xen_sysctl_getcpuinfo *g = &op->u.getcpuinfo;
	uint32_t cpu, n = MIN(g->max_cpus, nr_cpus);

	for (cpu = 0; cpu < n; cpu++) {
		struct xen_sysctl_cpuinfo info = {.idletime = vcpu_cpu_time(idle_vcpu(cpu))};

		if (copy_item_to_guest(g->info, cpu, &info, sizeof(info)))
			return -EFAULT;
	}
	g->nr_cpus = n;
	return 0;
}

/* Address widths are not told apart: free memory below a limit is not counted separately. */
static long op_availheap(struct xen_sysctl *op)
{
	struct xen_sysctl_availheap *a = &op->u.availheap;

	if (a->node > 0)
		return -EINVAL;
	if (a->min_bitwidth || a->max_bitwidth)
		return -EOPNOTSUPP;
	a->avail_bytes = guest_frame_count() << PAGE_SHIFT;
	return 0;
}

static long op_cputopoinfo(struct xen_sysctl *op)
{
	struct xen_sysctl_cputopoinfo *t = &op->u.cputopoinfo;
	uint32_t cpu, n = MIN(t->num_cpus, nr_cpus);

	for (cpu = 0; t->cputopo && cpu < n; cpu++) {
		struct xen_sysctl_cputopo topo = {.core = cpu, .socket = 0, .node = 0};

		if (!cpu_in(cpumask_online(), cpu))
			topo = (struct xen_sysctl_cputopo){
				XEN_INVALID_CORE_ID, XEN_INVALID_SOCKET_ID, XEN_INVALID_NODE_ID};
		if (copy_item_to_guest(t->cputopo, cpu, &topo, sizeof(topo)))
			return -EFAULT;
	}
	t->num_cpus = t->cputopo ? n : nr_cpus;
	return 0;
}

/* One node, with all the memory. */
static long op_numainfo(struct xen_sysctl *op)
{
	struct xen_sysctl_numainfo *n = &op->u.numainfo;
	struct xen_sysctl_meminfo mem = {
		.memsize = total_frame_count() << PAGE_SHIFT,
		.memfree = guest_frame_count() << PAGE_SHIFT,
	};
	uint32_t distance = 10;

	if (n->num_nodes && n->meminfo && copy_to_guest(n->meminfo, &mem, sizeof(mem)))
		return -EFAULT;
	if (n->num_nodes && n->distance && copy_to_guest(n->distance, &distance, sizeof(distance)))
		return -EFAULT;
	n->num_nodes = 1;
	return 0;
}

/* Which node a PCI device is near: not known, or it has not been announced at all. */
static long op_pcitopoinfo(struct xen_sysctl *op)
{
	struct xen_sysctl_pcitopoinfo *t = &op->u.pcitopoinfo;
	struct physdev_pci_device dev;
	uint32_t i, node;

	if (!t->devs || !t->nodes)
		return -EINVAL;
	if (t->num_devs > MAX_PCI_DEVICES)
		return -E2BIG;
	for (i = 0; i < t->num_devs; i++) {
		if (copy_item_from_guest(&dev, t->devs, i, sizeof(dev)))
			return -EFAULT;
		node = !dev.seg && pci_is_known((pci_bdf_t)(dev.bus << 8 | dev.devfn))
			       ? XEN_INVALID_NODE_ID
			       : XEN_INVALID_DEV;
		if (copy_item_to_guest(t->nodes, i, &node, sizeof(node)))
			return -EFAULT;
	}
	return 0;
}

/* ---- CPU policy ---- */

static long op_levelling_caps(struct xen_sysctl *op)
{
	op->u.cpu_levelling_caps.caps =
		cpu_features.cpuid_faulting ? XEN_SYSCTL_CPU_LEVELCAP_faulting : 0;
	return 0;
}

/* kind + 1, or 0: there is no such policy. */
static const uint8_t featuresets[] = {
	[XEN_SYSCTL_cpu_featureset_raw] = POLICY_RAW + 1,
	[XEN_SYSCTL_cpu_featureset_host] = POLICY_HOST + 1,
	[XEN_SYSCTL_cpu_featureset_pv] = POLICY_PV_DEFAULT + 1,
	[XEN_SYSCTL_cpu_featureset_pv_max] = POLICY_PV_MAX + 1,
	[XEN_SYSCTL_cpu_featureset_hvm] = POLICY_HVM_DEFAULT + 1,
	[XEN_SYSCTL_cpu_featureset_hvm_max] = POLICY_HVM_MAX + 1,
};

static const uint8_t sysctl_policies[] = {
	[XEN_SYSCTL_cpu_policy_raw] = POLICY_RAW + 1,
	[XEN_SYSCTL_cpu_policy_host] = POLICY_HOST + 1,
	[XEN_SYSCTL_cpu_policy_pv_max] = POLICY_PV_MAX + 1,
	[XEN_SYSCTL_cpu_policy_pv_default] = POLICY_PV_DEFAULT + 1,
	[XEN_SYSCTL_cpu_policy_hvm_max] = POLICY_HVM_MAX + 1,
	[XEN_SYSCTL_cpu_policy_hvm_default] = POLICY_HVM_DEFAULT + 1,
};

/* The policy of an index: a constant. -EINVAL: not one, -EOPNOTSUPP: of HVM guests. */
static int policy_at(const uint8_t *kinds, size_t n, uint32_t index, const struct cpu_policy **p)
{
	if (index >= n)
		return -EINVAL;
	index = (uint32_t)index_nospec(index, n);
	/* kind + 1 */
	if (!kinds[index] || (kinds[index] > POLICY_HVM_MAX && !hvm_hooks))
		return -EOPNOTSUPP;
	*p = cpu_policy_of(kinds[index] - 1);
	return 0;
}

static long op_featureset(struct xen_sysctl *op)
{
	struct xen_sysctl_cpu_featureset *f = &op->u.cpu_featureset;
	uint32_t words[FEATURE_WORDS], room = f->nr_features;
	const struct cpu_policy *p;
	int rc = policy_at(featuresets, ARRAY_SIZE(featuresets), f->index, &p);

	if (rc)
		return rc;
	f->nr_features = FEATURE_WORDS;
	if (!f->features)
		return 0;
	for (unsigned int w = 0; w < FEATURE_WORDS; w++)
		words[w] = cpu_policy_word(p, w);
	f->nr_features = MIN(room, (uint32_t)FEATURE_WORDS);
	if (copy_to_guest(f->features, words, f->nr_features * sizeof(words[0])))
		return -EFAULT;
	return room < FEATURE_WORDS ? -ENOBUFS : 0;
}

static long op_cpu_policy(struct xen_sysctl *op)
{
	struct xen_sysctl_cpu_policy *p = &op->u.cpu_policy;
	const struct cpu_policy *policy;
	int rc;

	if (p->_rsvd)
		return -EINVAL;
	rc = policy_at(sysctl_policies, ARRAY_SIZE(sysctl_policies), p->index, &policy);
	if (rc)
		return rc;
	return cpu_policy_to_guest(policy, &p->nr_leaves, p->leaves, &p->nr_msrs, p->msrs);
}

/* ---- domains and scheduling ---- */

/* A long list is handed out in one go: a record is small, and max_domains bounds the number. */
static long op_getdomaininfolist(struct xen_sysctl *op)
{
	struct xen_sysctl_getdomaininfolist *l = &op->u.getdomaininfolist;
	uint32_t next = l->first_domain;
	struct domain *d;

	l->num_domains = 0;
	while (l->num_domains < l->max_domains && next < DOMID_FIRST_RESERVED) {
		struct xen_domctl_getdomaininfo info;

		d = domain_get_from((domid_t)next);
		if (!d)
			break;
		next = d->id + 1U;
		domain_info(d, &info);
		domain_put(d);
		if (copy_item_to_guest(l->buffer, l->num_domains, &info, sizeof(info)))
			return -EFAULT;
		l->num_domains++;
	}
	return 0;
}

static long op_sched_id(struct xen_sysctl *op)
{
	op->u.sched_id.sched_id = HV_SCHEDULER;
	return 0;
}

static long pool_info(struct xen_sysctl_cpupool_op *p)
{
	struct cpupool_info info;
	int rc = cpupool_info(p->cpupool_id, &info);

	if (rc)
		return rc;
	p->cpupool_id = info.id;
	p->sched_id = HV_SCHEDULER;
	p->n_dom = info.domains;
	return cpumask_to_guest(&p->cpumap, info.cpus);
}

static long pool_move_domain(const struct xen_sysctl_cpupool_op *p)
{
	struct domain *d = p->domid >= DOMID_FIRST_RESERVED ? NULL : domain_get((domid_t)p->domid);
	int rc;

	if (!d)
		return -EINVAL;
	rc = cpupool_move(d, p->cpupool_id);
	domain_put(d);
	return rc;
}

/* Every pool has the one scheduler that there is. */
static long op_cpupool(struct xen_sysctl *op)
{
	struct xen_sysctl_cpupool_op *p = &op->u.cpupool_op;

	switch (p->op) {
	case XEN_SYSCTL_CPUPOOL_OP_CREATE:
		return p->sched_id == HV_SCHEDULER ? cpupool_create(p->cpupool_id, &p->cpupool_id)
						   : -EOPNOTSUPP;
	case XEN_SYSCTL_CPUPOOL_OP_DESTROY: return cpupool_destroy(p->cpupool_id);
	case XEN_SYSCTL_CPUPOOL_OP_INFO: return pool_info(p);
	case XEN_SYSCTL_CPUPOOL_OP_ADDCPU: return cpupool_add_cpu(p->cpupool_id, p->cpu);
	case XEN_SYSCTL_CPUPOOL_OP_RMCPU: return cpupool_remove_cpu(p->cpupool_id, p->cpu);
	case XEN_SYSCTL_CPUPOOL_OP_MOVEDOMAIN: return pool_move_domain(p);
	case XEN_SYSCTL_CPUPOOL_OP_FREEINFO:
		return cpumask_to_guest(&p->cpumap, cpupool_free_cpus());
	default: return not_implemented("cpupool_op", p->op);
	}
}

/* 0 turns the limit off. */
static long op_scheduler(struct xen_sysctl *op)
{
	struct xen_sysctl_scheduler_op *s = &op->u.scheduler_op;
	uint32_t us = s->u.sched_credit2.ratelimit_us;
	int rc = -EINVAL;

	if (s->sched_id != HV_SCHEDULER)
		return -EINVAL;
	if (s->cmd == XEN_SYSCTL_SCHEDOP_getinfo)
		rc = cpupool_ratelimit(s->cpupool_id, &s->u.sched_credit2.ratelimit_us);
	else if (s->cmd != XEN_SYSCTL_SCHEDOP_putinfo)
		return not_implemented("sysctl scheduler_op", s->cmd);
	else if (!us ||
		 (us >= XEN_SYSCTL_SCHED_RATELIMIT_MIN && us <= XEN_SYSCTL_SCHED_RATELIMIT_MAX))
		rc = cpupool_set_ratelimit(s->cpupool_id, us);
	return rc == -ENOENT ? -ESRCH : rc;
}

static long op_tbuf(struct xen_sysctl *op)
{
	return trace_op(&op->u.tbuf_op);
}

static long (*const ops[])(struct xen_sysctl *op) = {
	[XEN_SYSCTL_readconsole] = op_readconsole,
	[XEN_SYSCTL_tbuf_op] = op_tbuf,
	[XEN_SYSCTL_physinfo] = op_physinfo,
	[XEN_SYSCTL_sched_id] = op_sched_id,
	[XEN_SYSCTL_perfc_op] = sysctl_perfc_op,
	[XEN_SYSCTL_getdomaininfolist] = op_getdomaininfolist,
	[XEN_SYSCTL_debug_keys] = op_debug_keys,
	[XEN_SYSCTL_getcpuinfo] = op_getcpuinfo,
	[XEN_SYSCTL_availheap] = op_availheap,
	[XEN_SYSCTL_get_pmstat] = sysctl_get_pmstat,
	[XEN_SYSCTL_cpu_hotplug] = sysctl_cpu_hotplug,
	[XEN_SYSCTL_pm_op] = sysctl_pm_op,
	[XEN_SYSCTL_cputopoinfo] = op_cputopoinfo,
	[XEN_SYSCTL_numainfo] = op_numainfo,
	[XEN_SYSCTL_psr_cmt_op] = sysctl_psr,
	[XEN_SYSCTL_pcitopoinfo] = op_pcitopoinfo,
	[XEN_SYSCTL_psr_alloc] = sysctl_psr,
	[XEN_SYSCTL_cpupool_op] = op_cpupool,
	[XEN_SYSCTL_scheduler_op] = op_scheduler,
	[XEN_SYSCTL_get_cpu_levelling_caps] = op_levelling_caps,
	[XEN_SYSCTL_get_cpu_featureset] = op_featureset,
	[XEN_SYSCTL_livepatch_op] = sysctl_livepatch_op,
	[XEN_SYSCTL_get_cpu_policy] = op_cpu_policy,
};

/*
 * a1: struct xen_sysctl, copied back on success, and on -ENOBUFS for its counts. The sub-op's
 * result, -EPERM (not Domain-0), -EACCES (interface version), -ENOSYS, -EFAULT.
 */
HYPERCALL(do_sysctl)
{
	struct xen_sysctl op;
	long rc;

	(void)a2, (void)a3, (void)a4, (void)a5, (void)a6;
	if (!current->domain->privileged)
		return -EPERM;
	if (copy_from_guest(&op, a1, sizeof(op)))
		return -EFAULT;
	if (op.interface_version != XEN_SYSCTL_INTERFACE_VERSION)
		return -EACCES;
	if (op.cmd >= ARRAY_SIZE(ops) || !ops[index_nospec(op.cmd, ARRAY_SIZE(ops))])
		return not_implemented("sysctl", op.cmd);
	rc = ops[index_nospec(op.cmd, ARRAY_SIZE(ops))](&op);
	if ((!rc || rc == -ENOBUFS) && copy_to_guest(a1, &op, sizeof(op)))
		return -EFAULT;
	return rc;
}
