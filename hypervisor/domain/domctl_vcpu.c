// SPDX-License-Identifier: GPL-2.0-only
/* The sub-ops of domctl that are about one vCPU (ABI.md 14.3). The door is domctl_op.c. */
#include <hv/domain/domain.h>
#include <hv/domain/domctl.h>
#include <hv/domain/info.h>
#include <hv/domain/vcpu.h>
#include <hv/errno.h>
#include <hv/hvm/hvm.h>
#include <hv/mm/heap.h>
#include <hv/percpu.h>
#include <hv/sched/place.h>
#include <hv/sched/runstate.h>
#include <hv/sched/sched.h>
#include <hv/trap/assist.h>
#include <x86/context.h>
#include <x86/uaccess.h>
#include <xen/xen.h>

/* ---- where it runs ---- */

/* The answer is what of the mask counts at present. */
static long set_hard(struct vcpu *v, const struct xenctl_bitmap *map)
{
	cpumask_t mask;
	int rc = cpumask_from_guest(&mask, map);

	if (!rc)
		rc = vcpu_set_affinity(v, mask);
	return rc ? rc : cpumask_to_guest(map, v->sched.allowed);
}

static long set_soft(struct vcpu *v, const struct xenctl_bitmap *map)
{
	cpumask_t mask;
	int rc = cpumask_from_guest(&mask, map);

	if (!rc)
		rc = vcpu_set_soft_affinity(v, mask);
	return rc ? rc : cpumask_to_guest(map, (cpumask_t){mask.bits & v->sched.allowed.bits});
}

long domctl_setvcpuaffinity(struct domain *d, struct xen_domctl *op)
{
	const struct xen_domctl_vcpuaffinity *a = &op->u.vcpuaffinity;
	struct vcpu *v = domain_vcpu(d, a->vcpu);
	long rc = 0;

	if (!(a->flags & (XEN_VCPUAFFINITY_HARD | XEN_VCPUAFFINITY_SOFT)))
		return -EINVAL;
	if (!v)
		return -ESRCH;
	if (a->flags & XEN_VCPUAFFINITY_HARD)
		rc = set_hard(v, &a->cpumap_hard);
	if (!rc && (a->flags & XEN_VCPUAFFINITY_SOFT))
		rc = set_soft(v, &a->cpumap_soft);
	return rc;
}

long domctl_getvcpuaffinity(struct domain *d, struct xen_domctl *op)
{
	const struct xen_domctl_vcpuaffinity *a = &op->u.vcpuaffinity;
	struct vcpu *v = domain_vcpu(d, a->vcpu);
	long rc = 0;

	if (!(a->flags & (XEN_VCPUAFFINITY_HARD | XEN_VCPUAFFINITY_SOFT)))
		return -EINVAL;
	if (!v)
		return -ESRCH;
	if (a->flags & XEN_VCPUAFFINITY_HARD)
		rc = cpumask_to_guest(&a->cpumap_hard, v->sched.hard);
	if (!rc && (a->flags & XEN_VCPUAFFINITY_SOFT))
		rc = cpumask_to_guest(&a->cpumap_soft, v->sched.soft);
	return rc;
}

long domctl_set_schedule(struct domain *d, unsigned int weight, unsigned int cap)
{
	if (weight == 0 || weight > WEIGHT_MAX || cap > 100 * d->max_vcpus)
		return -EINVAL;
	sched_set_params(d, weight, cap);
	return 0;
}

long domctl_getvcpuinfo(struct domain *d, struct xen_domctl *op)
{
	struct xen_domctl_getvcpuinfo *g = &op->u.getvcpuinfo;
	struct vcpu *v = domain_vcpu(d, g->vcpu);

	if (!v)
		return -ESRCH;
	g->online = v->initialised && !v->sched.down;
	g->blocked = v->sched.blocked;
	g->running = v->sched.on_cpu;
	g->cpu_time = vcpu_cpu_time(v);
	g->cpu = v->cpu;
	return DOMCTL_ANSWER;
}

/* `xl trigger`: of its kinds only the NMI is something that a PV guest has. */
long domctl_sendtrigger(struct domain *d, struct xen_domctl *op)
{
	const struct xen_domctl_sendtrigger *t = &op->u.sendtrigger;
	struct vcpu *v = domain_vcpu(d, t->vcpu);

	if (!v || !v->initialised)
		return -ESRCH;
	if (t->trigger != XEN_DOMCTL_SENDTRIGGER_NMI)
		return t->trigger <= XEN_DOMCTL_SENDTRIGGER_SLEEP ? -EOPNOTSUPP : -EINVAL;
	vcpu_send_nmi(v);
	return 0;
}

/* ---- its registers ---- */

/* The context is 5 KiB: too much for a stack. */
static long set_context(struct domain *d, struct vcpu *v, gaddr_t from)
{
	struct vcpu_guest_context *c = hv_alloc(sizeof(*c));
	long rc = -EFAULT;

	if (!c)
		return -ENOMEM;
	if (!copy_from_guest(c, from, sizeof(*c))) {
		domain_pause(d);
		vcpu_sync(v); /* a CPU that went idle behind it may still have its tables and
				 registers loaded */
		/*
		 * domain_kill() has been at its vCPUs, or will be: what it would hold now nobody
		 * gives back.
		 */
		if (v->id == 0 && !d->hvm)	/* the domain's, in the first vCPU's context */
			d->trap.vm_assist = c->vm_assist & VM_ASSISTS;
		if (d->control.dying)
			rc = -EINVAL;
		else
			rc = d->hvm ? d->hvm->hooks->set_registers(v, c) : vcpu_set_context(v, c);
		if (!rc && (c->flags & VGCF_online))
			vcpu_up(v);	/* it runs when the pauses end */
		(void)domain_unpause(d);
	}
	hv_free(c);
	return rc;
}

long domctl_setvcpucontext(struct domain *d, struct xen_domctl *op)
{
	struct vcpu *v = domain_vcpu(d, op->u.vcpucontext.vcpu);

	if (!v || d == current->domain)
		return -EINVAL;
	if (!op->u.vcpucontext.ctxt)
		return -EOPNOTSUPP;	/* forgetting a vCPU's state */
	return set_context(d, v, op->u.vcpucontext.ctxt);
}

long domctl_getvcpucontext(struct domain *d, struct xen_domctl *op)
{
	struct vcpu *v = domain_vcpu(d, op->u.vcpucontext.vcpu);
	struct vcpu_guest_context *c;
	long rc;

	if (!v || d == current->domain)
		return -EINVAL;
	if (!v->initialised)
		return -ENODATA;
	c = hv_alloc(sizeof(*c));
	if (!c)
		return -ENOMEM;
	domain_pause(d);
	vcpu_sync(v);
	if (d->hvm)
		d->hvm->hooks->get_registers(v, c);
	else
		vcpu_get_context(v, c);
	(void)domain_unpause(d);
	rc = copy_to_guest(op->u.vcpucontext.ctxt, c, sizeof(*c));
	hv_free(c);
	return rc;
}
