// SPDX-License-Identifier: GPL-2.0-only
/*
 * The sub-ops of domctl that save and restore what set/getvcpucontext leaves out: 32-bit entry
 * points, extended state, MSRs (ABI.md 15). The door is domctl_op.c. A vCPU's state is read
 * and written while its domain is paused.
 */
#include <hv/domain/cpu_policy.h>
#include <hv/domain/domain.h>
#include <hv/domain/domctl.h>
#include <hv/domain/vcpu.h>
#include <hv/errno.h>
#include <hv/hypercall/hypercall.h>
#include <hv/lib/lib.h>
#include <hv/mm/heap.h>
#include <hv/percpu.h>
#include <x86/context.h>
#include <x86/fpu.h>
#include <x86/uaccess.h>
#include <xen/callback.h>
#include <xen/xen.h>

/* The vCPU, if its state may be touched: not the caller's own. */
static struct vcpu *other_vcpu(struct domain *d, uint32_t id)
{
	return d == current->domain ? NULL : domain_vcpu(d, id);
}

/* ---- 32-bit system calls ---- */

long domctl_get_ext_vcpucontext(struct domain *d, struct xen_domctl *op)
{
	struct xen_domctl_ext_vcpucontext *e = &op->u.ext_vcpucontext;
	struct vcpu *v = other_vcpu(d, e->vcpu);
	const struct callback *syscall32, *sysenter;

	if (!v)
		return d == current->domain ? -EINVAL : -ESRCH;
	syscall32 = &v->trap.callbacks[CALLBACKTYPE_syscall32];
	sysenter = &v->trap.callbacks[CALLBACKTYPE_sysenter];
	*e = (struct xen_domctl_ext_vcpucontext){
		.vcpu = v->id,
		.size = sizeof(*e),
		.syscall32_callback_eip = syscall32->address,
		.sysenter_callback_eip = sysenter->address,
		.syscall32_callback_cs = FLAT_USER_CS64,
		.sysenter_callback_cs = FLAT_USER_CS64,
		.syscall32_disables_events = syscall32->mask_events,
		.sysenter_disables_events = sysenter->mask_events,
	};
	return DOMCTL_ANSWER;
}

/*
 * Where the kernel may be entered: not inside of ours, and not at an address that would fault on
 * the way.
 */
static bool entry_ok(uint64_t a)
{
	return (int64_t)(a << 16) >> 16 == (int64_t)a && guest_range_ok(a, 1);
}

long domctl_set_ext_vcpucontext(struct domain *d, struct xen_domctl *op)
{
	const struct xen_domctl_ext_vcpucontext *e = &op->u.ext_vcpucontext;
	struct vcpu *v = other_vcpu(d, e->vcpu);

	if (!v)
		return d == current->domain ? -EINVAL : -ESRCH;
	if (e->size < offsetof(struct xen_domctl_ext_vcpucontext, mcg_cap))
		return -EINVAL;
	/* A guest saved on the reference has two banks, in which nobody here would report. */
	if (e->size >= sizeof(*e) && e->mcg_cap)
		not_applied("set_ext_vcpucontext: mcg_cap", (unsigned int)e->mcg_cap);
	if (!entry_ok(e->syscall32_callback_eip) || !entry_ok(e->sysenter_callback_eip))
		return -EINVAL;
	domain_pause(d);
	v->trap.callbacks[CALLBACKTYPE_syscall32] =
		(struct callback){e->syscall32_callback_eip, e->syscall32_disables_events != 0};
	v->trap.callbacks[CALLBACKTYPE_sysenter] =
		(struct callback){e->sysenter_callback_eip, e->sysenter_disables_events != 0};
	(void)domain_unpause(d);
	return 0;
}

/* ---- extended state: XCR0 now, XCR0 ever, XSAVE area ---- */

#define HEADER	(2 * sizeof(uint64_t))

long domctl_getvcpuextstate(struct domain *d, struct xen_domctl *op)
{
	struct xen_domctl_vcpuextstate *s = &op->u.vcpuextstate;
	struct vcpu *v = other_vcpu(d, s->vcpu);
	uint64_t header[2], mask = cpu_policy_xcr0(d->cpu_policy), size = 0;
	long rc = DOMCTL_ANSWER;

	if (!v)
		return d == current->domain ? -EINVAL : -ESRCH;
	if (mask)
		size = HEADER + cpu_policy_xsave_size(d->cpu_policy, mask, false);
	if (!s->size && !s->xfeature_mask) {
		s->size = size;
		s->xfeature_mask = mask;
		return DOMCTL_ANSWER;
	}
	if (s->size != size || s->xfeature_mask != mask)
		return -EINVAL;
	domain_pause(d);
	vcpu_sync(v);
	header[0] = v->arch.xcr0;
	header[1] = mask;	/* all are kept, also those switched off meanwhile */
	if (size && (copy_to_guest(s->buffer, header, HEADER) ||
		     copy_to_guest(s->buffer + HEADER, v->arch.fpu, size - HEADER)))
		rc = -EFAULT;
	(void)domain_unpause(d);
	return rc;
}

/* The copy is in area, behind its header. */
static int apply_extstate(struct domain *d, struct vcpu *v, const uint64_t *copy)
{
	const void *area = (const char *)copy + HEADER;
	uint64_t mask = cpu_policy_xcr0(d->cpu_policy);

	if (!fpu_xcr0_ok(copy[0], mask) || (copy[1] & ~mask))
		return -EINVAL;
	if (fpu_area_check(area, copy[1]))
		return -EINVAL;
	domain_pause(d);
	vcpu_sync(v);
	v->arch.xcr0 = copy[0];
	memcpy(v->arch.fpu, area, fpu_area_size());
	(void)domain_unpause(d);
	return 0;
}

long domctl_setvcpuextstate(struct domain *d, struct xen_domctl *op)
{
	const struct xen_domctl_vcpuextstate *s = &op->u.vcpuextstate;
	struct vcpu *v = other_vcpu(d, s->vcpu);
	uint64_t *copy;
	long rc = -EFAULT;

	if (!v)
		return d == current->domain ? -EINVAL : -ESRCH;
	if (!fpu_feature_mask() || s->size < HEADER + XSTATE_AREA_MIN ||
	    s->size > HEADER + fpu_area_size())
		return -EINVAL;
	copy = hv_alloc(HEADER + fpu_area_size());	/* what is not given is zero */
	if (!copy)
		return -ENOMEM;
	if (!copy_from_guest(copy, s->buffer, s->size))
		rc = apply_extstate(d, v, copy);
	hv_free(copy);
	return rc;
}

/* ---- MSRs: a PV guest has none that would have to travel ---- */

long domctl_get_vcpu_msrs(struct domain *d, struct xen_domctl *op)
{
	struct xen_domctl_vcpu_msrs *m = &op->u.vcpu_msrs;

	if (!other_vcpu(d, m->vcpu))
		return d == current->domain ? -EINVAL : -ESRCH;
	m->msr_count = 0;
	return DOMCTL_ANSWER;
}

long domctl_set_vcpu_msrs(struct domain *d, struct xen_domctl *op)
{
	const struct xen_domctl_vcpu_msrs *m = &op->u.vcpu_msrs;

	if (!other_vcpu(d, m->vcpu))
		return d == current->domain ? -EINVAL : -ESRCH;
	return m->msr_count ? -EINVAL : 0;
}
