// SPDX-License-Identifier: GPL-2.0-only
/*
 * domctl (hypercall 36): the toolstack's commands for one domain (ABI.md 14.3 and 14.5). The
 * door copies the argument in, finds the domain and takes a reference; each sub-op works on the
 * copy. Calls about vCPUs are in domctl_vcpu.c. Hypercall context, no locks at entry.
 */
#include <hv/boot/options.h>
#include <hv/domain/cpu_policy.h>
#include <hv/domain/domain.h>
#include <hv/domain/domctl.h>
#include <hv/domain/info.h>
#include <hv/domain/vcpu.h>
#include <hv/errno.h>
#include <hv/hvm/hvm.h>
#include <hv/hypercall/hypercall.h>
#include <hv/hypercall/hypercall_page.h>
#include <hv/lib/lib.h>
#include <hv/mm/frame.h>
#include <hv/mm/heap.h>
#include <hv/percpu.h>
#include <hv/sched/cpupool.h>
#include <hv/time/clock.h>
#include <hv/time/wallclock.h>
#include <x86/fpu.h>
#include <x86/protection.h>
#include <x86/uaccess.h>

#define KIB_PER_PAGE	4
#define FRAME_BATCH	64	/* frame numbers looked at between two looks around */
#define FRAMES_MAX	4096	/* of one getpageframeinfo3 */

/* ---- life ---- */

/* What createdomain asks for; the older interface has no altp2m_opts. */
static struct xen_domctl_createdomain config_of(const struct xen_domctl *op)
{
	const struct xen_domctl_createdomain_v15 *old = &op->u.createdomain_v15;
	struct xen_domctl_createdomain c = op->u.createdomain;

	if (op->interface_version == XEN_DOMCTL_INTERFACE_VERSION_v15) {
		c.altp2m_opts = 0;
		c.vmtrace_size = old->vmtrace_size;
		c.cpupool_id = old->cpupool_id;
		c.arch = old->arch;
	}
	return c;
}

#define CDF_TRANSLATED ((uint32_t)(XEN_DOMCTL_CDF_hvm | XEN_DOMCTL_CDF_hap))

/* PV, or PVH: nested paging, and the local APIC as the only device. */
static int check_kind(const struct xen_domctl_createdomain *c)
{
	if (!(c->flags & CDF_TRANSLATED))
		return c->arch.emulation_flags ? -EOPNOTSUPP : 0;
	if (!hvm_hooks)
		return not_supported("createdomain: no SVM with nested paging: type", 1);
	if ((c->flags & CDF_TRANSLATED) != CDF_TRANSLATED ||
	    c->arch.emulation_flags != XEN_X86_EMU_LAPIC)
		return not_supported("createdomain: emulation_flags", c->arch.emulation_flags);
	return 0;
}

static int check_config(const struct xen_domctl_createdomain *c)
{
	int rc = check_kind(c);

	if (c->flags & ~(XEN_DOMCTL_CDF_xs_domain | CDF_TRANSLATED))
		return c->flags & ~(XEN_DOMCTL_CDF_MAX * 2 - 1) ? -EINVAL : -EOPNOTSUPP;
	if (rc || c->iommu_opts || c->altp2m_opts || c->vmtrace_size)
		return rc ? rc : -EOPNOTSUPP;
	if (c->max_vcpus == 0 || c->max_vcpus > MAX_VCPUS)
		return -EINVAL;
	if (c->arch.misc_flags & ~XEN_X86_MISC_FLAGS_MAX)
		return -EINVAL;
	if (XEN_DOMCTL_GRANT_version(c->grant_opts) != 1)
		return -EINVAL;
	return cpupool_accepts(c->cpupool_id);
}

/* Frame limits: the default when negative, and never more than the administrator allows. */
static unsigned int frame_limit(int32_t wanted, unsigned int most)
{
	return wanted < 0 ? most : MIN((unsigned int)wanted, most);
}

/* The only call that is about no domain yet. */
static long op_createdomain(struct xen_domctl *op)
{
	const struct xen_domctl_createdomain c = config_of(op);
	struct domain_config cfg = {
		.max_vcpus = c.max_vcpus,
		.max_evtchn_port = MIN(c.max_evtchn_port, EVTCHN_FIFO_NR_CHANNELS - 1U) + 1,
		.max_grant_frames = frame_limit(c.max_grant_frames, tunables.gnttab_max_frames),
		.max_maptrack_frames =
			frame_limit(c.max_maptrack_frames, tunables.gnttab_max_maptrack_frames),
		.cpupool = c.cpupool_id,
		.xenstore = c.flags & XEN_DOMCTL_CDF_xs_domain,
		.relaxed_msrs = c.arch.misc_flags & XEN_X86_MSR_RELAXED,
		.hvm = c.flags & XEN_DOMCTL_CDF_hvm ? hvm_hooks : NULL,
	};
	struct domain *d;
	int rc = check_config(&c);

	if (rc)
		return rc;
	if (!protection_allows_domu())
		return -EPERM;
	memcpy(cfg.handle, c.handle, sizeof(cfg.handle));
	if (op->domain == 0 || op->domain >= DOMID_FIRST_RESERVED)
		op->domain = domain_next_id();
	if (op->domain >= DOMID_FIRST_RESERVED)
		return -ENOSPC;
	rc = domain_create(op->domain, &cfg, &d);
	return rc ? rc : DOMCTL_ANSWER;
}

static long op_destroydomain(struct domain *d, struct xen_domctl *op)
{
	(void)op;
	if (d == dom0 || d == current->domain)
		return -EINVAL;
	return domain_kill(d);
}

static long op_pausedomain(struct domain *d, struct xen_domctl *op)
{
	(void)op;
	if (d == current->domain)
		return -EINVAL;
	domain_pause(d);
	return 0;
}

static long op_unpausedomain(struct domain *d, struct xen_domctl *op)
{
	(void)op;
	return domain_unpause(d);
}

/* After a save that the guest survives. Of a domain that has not shut down it changes nothing. */
static long op_resumedomain(struct domain *d, struct xen_domctl *op)
{
	(void)op;
	if (d == current->domain)
		return -EINVAL;
	domain_resume(d);
	return 0;
}

static long op_max_vcpus(struct domain *d, struct xen_domctl *op)
{
	return op->u.max_vcpus.max == d->max_vcpus ? 0 : -EINVAL;
}

static long op_setdomainhandle(struct domain *d, struct xen_domctl *op)
{
	spin_lock(&d->lock);
	memcpy(d->handle, op->u.setdomainhandle.handle, sizeof(d->handle));
	spin_unlock(&d->lock);
	return 0;
}

/* ---- memory ---- */

static long op_max_mem(struct domain *d, struct xen_domctl *op)
{
	spin_lock(&d->mm.lock);
	d->mm.max_pages = op->u.max_mem.max_memkb / KIB_PER_PAGE;
	spin_unlock(&d->mm.lock);
	return 0;
}

/* What stands in the upper bits of an answer about a frame number. */
static uint64_t frame_info(struct domain *d, uint64_t n)
{
	static const uint32_t names[] = {
		[FT_L1] = XEN_DOMCTL_PFINFO_L1TAB,
		[FT_L2] = XEN_DOMCTL_PFINFO_L2TAB,
		[FT_L3] = XEN_DOMCTL_PFINFO_L3TAB,
		[FT_L4] = XEN_DOMCTL_PFINFO_L4TAB,
		[FT_WRITABLE] = XEN_DOMCTL_PFINFO_NOTAB,
	};
	mfn_t m = domain_frame(d, n);
	struct frame *f;
	uint64_t type, info;

	if (!mfn_is_ram(m))
		return XEN_DOMCTL_PFINFO_XTAB;
	f = mfn_to_frame(m);
	if (!get_page(f, d))
		return XEN_DOMCTL_PFINFO_XTAB;
	/* Pages of ours that a translated guest maps are no memory of its own: none to be saved. */
	if (d->hvm) {
		info = atomic_load(&f->flags) & FRAME_ALLOCATED ? XEN_DOMCTL_PFINFO_NOTAB
							       : XEN_DOMCTL_PFINFO_XTAB;
		put_page(f);
		return info;
	}
	type = atomic_load(&f->type);
	info = type & FT_COUNT_MASK && type >> FT_SHIFT < ARRAY_SIZE(names)
		       ? names[type >> FT_SHIFT]
		       : 0;
	if (info && (type & FT_PINNED))
		info |= XEN_DOMCTL_PFINFO_LPINTAB;
	put_page(f);
	return info;
}

/*
 * The array is worked off from its end, so that `num` alone says what is left when the call is
 * continued.
 */
static long op_getpageframeinfo3(struct domain *d, struct xen_domctl *op)
{
	struct xen_domctl_getpageframeinfo3 *g = &op->u.getpageframeinfo3;
	uint64_t batch[FRAME_BATCH];
	uint64_t at, i, left = g->num;

	if (left > FRAMES_MAX)
		return -E2BIG;
	while (left) {
		uint64_t n = MIN(left, (uint64_t)FRAME_BATCH);

		at = g->array + (left - n) * sizeof(batch[0]);
		if (copy_from_guest(batch, at, n * sizeof(batch[0])))
			return -EFAULT;
		for (i = 0; i < n; i++)
			batch[i] = frame_info(d, batch[i]);
		if (copy_to_guest(at, batch, n * sizeof(batch[0])))
			return -EFAULT;
		left -= n;
	}
	return 0;
}

static long op_shadow(struct domain *d, struct xen_domctl *op)
{
	(void)d;
	/* "Off" is asked for before every save; there was nothing on. */
	return op->u.shadow_op.op == XEN_DOMCTL_SHADOW_OP_OFF ? -EINVAL : -EOPNOTSUPP;
}

/* What only a translated domain has. */
static long op_hvm(struct domain *d, struct xen_domctl *op)
{
	return d->hvm ? d->hvm->hooks->domctl(d, op) : -EINVAL;
}

static long op_hypercall_init(struct domain *d, struct xen_domctl *op)
{
	if (d->hvm)
		return -EOPNOTSUPP;	/* the guest asks, by an MSR */
	return hypercall_page_write(d, mfn(op->u.hypercall_init.gmfn));
}

/* The toolstack asks for it at each creation, and goes on when the machine has none. */
static long op_set_llc_colors(struct domain *d, struct xen_domctl *op)
{
	(void)d;
	(void)op;
	return -EOPNOTSUPP;
}

/* Caches and memory bandwidth, which this machine does not divide between domains. */
static long op_psr(struct domain *d, struct xen_domctl *op)
{
	(void)d;
	(void)op;
	return -ENODEV;
}

/* ---- what kind of machine it sees ---- */

static long op_set_address_size(struct domain *d, struct xen_domctl *op)
{
	(void)d;
	return op->u.address_size.size == 64   ? 0
	       : op->u.address_size.size == 32 ? -EOPNOTSUPP
					       : -EINVAL;
}

static long op_get_address_size(struct domain *d, struct xen_domctl *op)
{
	(void)d;
	op->u.address_size.size = 64;
	return DOMCTL_ANSWER;
}

/* Modes 0 (default) and 2 (never emulate) are what we do: the native TSC. */
static long op_settscinfo(struct domain *d, struct xen_domctl *op)
{
	const struct xen_domctl_tsc_info *t = &op->u.tsc_info;

	if (t->tsc_mode != 0 && t->tsc_mode != 2)
		return not_supported("settscinfo: tsc_mode", t->tsc_mode);
	/* The guest computes its time with what vcpu_info says, so that it does without. */
	if (t->gtsc_khz && t->gtsc_khz != (uint32_t)tsc_khz())
		not_applied("settscinfo: gtsc_khz", t->gtsc_khz);
	d->time.tsc_mode = t->tsc_mode;
	d->time.tsc_incarnation = t->incarnation;
	return 0;
}

static long op_gettscinfo(struct domain *d, struct xen_domctl *op)
{
	struct xen_domctl_tsc_info *t = &op->u.tsc_info;

	memset(t, 0, sizeof(*t));
	t->tsc_mode = d->time.tsc_mode;
	t->incarnation = d->time.tsc_incarnation;
	t->gtsc_khz = (uint32_t)tsc_khz();
	t->elapsed_nsec = now_ns();
	return DOMCTL_ANSWER;
}

static long op_settimeoffset(struct domain *d, struct xen_domctl *op)
{
	d->time.offset = op->u.settimeoffset.time_offset_seconds;
	wallclock_publish(d);
	return 0;
}

/* What the toolstack has loaded under the policy of before. */
static void limit_registers(struct domain *d)
{
	uint64_t xcr0 = cpu_policy_xcr0(d->cpu_policy), cr4 = cpu_policy_cr4(d->cpu_policy);
	struct vcpu *v;

	for_each_vcpu(d, v) {
		if (!fpu_xcr0_ok(v->arch.xcr0, xcr0))
			v->arch.xcr0 = 1;	/* reset state: x87 only */
		v->arch.guest_cr4 &= cr4;
	}
}

/* The lists change what the domain has so far: all of it is taken, or nothing. */
static int change_cpu_policy(struct domain *d, const struct xen_domctl_cpu_policy *lists,
			     struct policy_error *e)
{
	struct cpu_policy *p = hv_alloc(sizeof(*p));
	int rc;

	if (!p)
		return -ENOMEM;
	*p = *d->cpu_policy;
	rc = cpu_policy_from_guest(p, lists, e);
	if (!rc)
		rc = cpu_policy_settle(p, e);
	if (!rc) {
		*d->cpu_policy = *p;
		limit_registers(d);
	}
	hv_free(p);
	return rc;
}

/*
 * Only until the domain is unpaused for the first time: a kernel looks once. So no vCPU runs, and
 * nobody reads what is changed.
 */
static long op_set_cpu_policy(struct domain *d, struct xen_domctl *op)
{
	struct xen_domctl_cpu_policy *p = &op->u.cpu_policy;
	struct policy_error e = {~0U, ~0U, ~0U};
	int rc;

	if (d == current->domain)
		return -EINVAL;
	if (d->control.started)
		return -EEXIST;
	rc = change_cpu_policy(d, p, &e);
	p->err_leaf = e.leaf;
	p->err_subleaf = e.sub;
	p->err_msr = e.msr;
	return rc;
}

static long op_get_cpu_policy(struct domain *d, struct xen_domctl *op)
{
	struct xen_domctl_cpu_policy *p = &op->u.cpu_policy;
	int rc = cpu_policy_to_guest(d->cpu_policy, &p->nr_leaves, p->leaves, &p->nr_msrs, p->msrs);

	return rc ? rc : DOMCTL_ANSWER;
}

/* ---- scheduling ---- */

static long op_scheduler(struct domain *d, struct xen_domctl *op)
{
	struct xen_domctl_scheduler_op *s = &op->u.scheduler_op;

	if (s->sched_id != HV_SCHEDULER)
		return -EINVAL;
	switch (s->cmd) {
	case XEN_DOMCTL_SCHEDOP_getinfo:
		s->u.credit2.weight = (uint16_t)d->sched.weight;
		s->u.credit2.cap = (uint16_t)d->sched.cap;
		return DOMCTL_ANSWER;
	case XEN_DOMCTL_SCHEDOP_putinfo:
		return domctl_set_schedule(d, s->u.credit2.weight, s->u.credit2.cap);
	case XEN_DOMCTL_SCHEDOP_putvcpuinfo:
	case XEN_DOMCTL_SCHEDOP_getvcpuinfo:
		return -EOPNOTSUPP;	/* weight and cap are a domain's */
	default:
		return -EINVAL;
	}
}

/* There is one node, number 0. */
static long op_setnodeaffinity(struct domain *d, struct xen_domctl *op)
{
	cpumask_t nodes;
	int rc = cpumask_from_guest(&nodes, &op->u.nodeaffinity.nodemap);

	(void)d;
	if (rc)
		return rc;
	return nodes.bits & 1 ? 0 : -EINVAL;
}

static long op_getnodeaffinity(struct domain *d, struct xen_domctl *op)
{
	(void)d;
	return cpumask_to_guest(&op->u.nodeaffinity.nodemap, (cpumask_t){1});
}

/* ---- the door ---- */

/* The call gives the next domain when there is none of that number; its callers compare. */
static long op_getdomaininfo(struct xen_domctl *op)
{
	struct domain *d = domain_get_from(op->domain);

	if (!d)
		return -ESRCH;
	domain_info(d, &op->u.getdomaininfo);
	op->domain = d->id;
	domain_put(d);
	return DOMCTL_ANSWER;
}

static long (*const ops[])(struct domain *d, struct xen_domctl *op) = {
	[XEN_DOMCTL_destroydomain] = op_destroydomain,
	[XEN_DOMCTL_pausedomain] = op_pausedomain,
	[XEN_DOMCTL_unpausedomain] = op_unpausedomain,
	[XEN_DOMCTL_setvcpuaffinity] = domctl_setvcpuaffinity,
	[XEN_DOMCTL_shadow_op] = op_shadow,
	[XEN_DOMCTL_max_mem] = op_max_mem,
	[XEN_DOMCTL_setvcpucontext] = domctl_setvcpucontext,
	[XEN_DOMCTL_getvcpucontext] = domctl_getvcpucontext,
	[XEN_DOMCTL_getvcpuinfo] = domctl_getvcpuinfo,
	[XEN_DOMCTL_max_vcpus] = op_max_vcpus,
	[XEN_DOMCTL_scheduler_op] = op_scheduler,
	[XEN_DOMCTL_sendtrigger] = domctl_sendtrigger,
	[XEN_DOMCTL_setdomainhandle] = op_setdomainhandle,
	[XEN_DOMCTL_hypercall_init] = op_hypercall_init,
	[XEN_DOMCTL_settimeoffset] = op_settimeoffset,
	[XEN_DOMCTL_getvcpuaffinity] = domctl_getvcpuaffinity,
	[XEN_DOMCTL_resumedomain] = op_resumedomain,
	[XEN_DOMCTL_gethvmcontext] = op_hvm,
	[XEN_DOMCTL_sethvmcontext] = op_hvm,
	[XEN_DOMCTL_gethvmcontext_partial] = op_hvm,
	[XEN_DOMCTL_get_paging_mempool_size] = op_hvm,
	[XEN_DOMCTL_set_paging_mempool_size] = op_hvm,
	[XEN_DOMCTL_set_address_size] = op_set_address_size,
	[XEN_DOMCTL_get_address_size] = op_get_address_size,
	[XEN_DOMCTL_set_ext_vcpucontext] = domctl_set_ext_vcpucontext,
	[XEN_DOMCTL_get_ext_vcpucontext] = domctl_get_ext_vcpucontext,
	[XEN_DOMCTL_gettscinfo] = op_gettscinfo,
	[XEN_DOMCTL_settscinfo] = op_settscinfo,
	[XEN_DOMCTL_getpageframeinfo3] = op_getpageframeinfo3,
	[XEN_DOMCTL_setvcpuextstate] = domctl_setvcpuextstate,
	[XEN_DOMCTL_getvcpuextstate] = domctl_getvcpuextstate,
	[XEN_DOMCTL_setnodeaffinity] = op_setnodeaffinity,
	[XEN_DOMCTL_getnodeaffinity] = op_getnodeaffinity,
	[XEN_DOMCTL_get_vcpu_msrs] = domctl_get_vcpu_msrs,
	[XEN_DOMCTL_set_vcpu_msrs] = domctl_set_vcpu_msrs,
	[XEN_DOMCTL_psr_cmt_op] = op_psr,
	[XEN_DOMCTL_psr_alloc] = op_psr,
	[XEN_DOMCTL_get_cpu_policy] = op_get_cpu_policy,
	[XEN_DOMCTL_set_cpu_policy] = op_set_cpu_policy,
	[XEN_DOMCTL_set_llc_colors] = op_set_llc_colors,
};

/* Find the domain that the call is about and do it. */
static long dispatch(struct xen_domctl *op)
{
	struct domain *d;
	long rc;

	if (op->cmd == XEN_DOMCTL_createdomain)
		return op_createdomain(op);
	if (op->cmd == XEN_DOMCTL_getdomaininfo)
		return op_getdomaininfo(op);
	if (op->cmd >= ARRAY_SIZE(ops) || !ops[index_nospec(op->cmd, ARRAY_SIZE(ops))])
		return not_implemented("domctl", op->cmd);
	d = op->domain >= DOMID_FIRST_RESERVED ? NULL : domain_get(op->domain);
	if (!d)
		return -ESRCH;
	/*
	 * The sub-ops change vCPUs, pauses and what a dying domain still has: one at a time for
	 * each domain.
	 */
	if (atomic_xchg(&d->control.busy, true)) {
		rc = -ERESTART;
	} else {
		rc = ops[index_nospec(op->cmd, ARRAY_SIZE(ops))](d, op);
		atomic_store_release(&d->control.busy, false);	/* pairs with the exchange above */
	}
	domain_put(d);
	return rc;
}

/*
 * a1: struct xen_domctl, copied back where the sub-op answers. The sub-op's result, -EPERM (not
 * Domain-0), -EACCES (interface version), -ESRCH (no such domain), -ENOSYS, -EFAULT.
 */
HYPERCALL(do_domctl)
{
	struct xen_domctl op;
	long rc;

	(void)a2, (void)a3, (void)a4, (void)a5, (void)a6;
	if (!current->domain->privileged)
		return -EPERM;
	if (copy_from_guest(&op, a1, sizeof(op)))
		return -EFAULT;
	if (op.interface_version != XEN_DOMCTL_INTERFACE_VERSION &&
	    op.interface_version != XEN_DOMCTL_INTERFACE_VERSION_v15)
		return -EACCES;
	rc = dispatch(&op);
	if (rc == -ERESTART)
		return hypercall_restart(a1, 0, 0, 0, 0);
	if (rc == DOMCTL_ANSWER)
		return copy_to_guest(a1, &op, sizeof(op));
	/* A refusal that says what was refused. */
	if (rc && op.cmd == XEN_DOMCTL_set_cpu_policy && copy_to_guest(a1, &op, sizeof(op)))
		rc = -EFAULT;
	return rc;
}
