// SPDX-License-Identifier: GPL-2.0-only
/* The door for a domain's own vCPUs: hypercall 24 (ABI.md 8.1), and set_timer_op (15). */
#include <hv/domain/domain.h>
#include <hv/domain/guest_area.h>
#include <hv/errno.h>
#include <hv/event/event.h>
#include <hv/hvm/hvm.h>
#include <hv/hypercall/hypercall.h>
#include <hv/lib/lib.h>
#include <hv/mm/directmap.h>
#include <hv/mm/frame.h>
#include <hv/mm/heap.h>
#include <hv/sched/runstate.h>
#include <hv/sched/sched.h>
#include <hv/sched/timer.h>
#include <hv/time/clock.h>
#include <hv/time/pvclock.h>
#include <x86/lapic.h>
#include <x86/uaccess.h>
#include <xen/vcpu.h>
#include <xen/xen.h>

static long initialise(struct vcpu *v, gaddr_t arg)
{
	struct vcpu_guest_context *c;
	long rc = -EFAULT;

	if (v->id >= XEN_LEGACY_MAX_VCPUS && !v->area.info_frame)
		return -EINVAL;
	c = hv_alloc(sizeof(*c));
	if (!c)
		return -ENOMEM;
	if (!copy_from_guest(c, arg, sizeof(*c))) {
		/*
		 * No lock: checking the tables may take long and waits for other CPUs, of which one
		 * may want the domain's lock with interrupts off (domain_crash()).
		 */
		if (atomic_xchg(&v->initialising, true)) {
			rc = -EBUSY;
		} else {
			rc = v->initialised ? -EEXIST : vcpu_set_context(v, c);
			atomic_store_release(&v->initialising,
					     false); /* pairs with the exchange above */
		}
	}
	hv_free(c);
	if (rc == -ERESTART)
		return hypercall_restart(VCPUOP_initialise, v->id, arg, 0, 0);
	return rc;
}

/* On the CPU of the caller, who pays for it; from then on it follows v. */
static void arm_periodic(struct vcpu *v)
{
	timer_migrate(&v->time.periodic, cpu_id());
	timer_set(&v->time.periodic, now_ns() + v->time.period);
}

static long up(struct vcpu *v)
{
	if (!v->initialised)
		return -EINVAL;
	vcpu_up(v);
	if (v->time.period)
		arm_periodic(v);
	return 0;
}

static long down(struct vcpu *v)
{
	struct domain *d = v->domain;
	struct vcpu *other;
	bool others = false;

	spin_lock(&d->lock);
	for_each_vcpu(d, other)
		if (other != v && !other->sched.down)
			others = true;
	if (others)
		vcpu_down(v);
	spin_unlock(&d->lock);
	if (!others)
		domain_shutdown(d, 0);
	return 0;
}

static long get_runstate(struct vcpu *v, gaddr_t arg)
{
	struct vcpu_runstate_info info = {0};
	unsigned int state;

	vcpu_runstate(v, info.time, &info.state_entry_time, &state);
	info.state = state;
	return copy_to_guest(arg, &info, sizeof(info));
}

static long register_runstate(struct vcpu *v, gaddr_t arg)
{
	struct vcpu_register_runstate_memory_area area;
	int rc;

	if (copy_from_guest(&area, arg, sizeof(area)))
		return -EFAULT;
	if (!area.addr.v) {
		guest_area_clear(&v->area.runstate);
		return 0;
	}
	rc = guest_area_set(current, &v->area.runstate, area.addr.v,
			    sizeof(struct vcpu_runstate_info));
	if (!rc)
		runstate_publish(v);
	return rc;
}

static long register_time(struct vcpu *v, gaddr_t arg)
{
	struct vcpu_register_time_memory_area area;
	int rc;

	if (copy_from_guest(&area, arg, sizeof(area)))
		return -EFAULT;
	if (!area.addr.v) {
		guest_area_clear(&v->area.time);
		return 0;
	}
	rc = guest_area_set(current, &v->area.time, area.addr.v, sizeof(struct vcpu_time_info));
	if (!rc)
		vcpu_time_publish(v);
	return rc;
}

static long set_periodic(struct vcpu *v, gaddr_t arg)
{
	struct vcpu_set_periodic_timer t;

	if (copy_from_guest(&t, arg, sizeof(t)))
		return -EFAULT;
	if (t.period_ns < NS_PER_MS || t.period_ns > 3600 * NS_PER_SEC)
		return -EINVAL;
	v->time.period = t.period_ns;
	if (!v->sched.down)	/* it interrupts nobody before v is up */
		arm_periodic(v);
	return 0;
}

static void arm_singleshot(struct vcpu *v, uint64_t deadline)
{
	timer_migrate(&v->time.singleshot, cpu_id());
	timer_set(&v->time.singleshot, deadline);
}

static long set_singleshot(struct vcpu *v, gaddr_t arg)
{
	struct vcpu_set_singleshot_timer t;

	if (v != current)
		return -EINVAL;
	if (copy_from_guest(&t, arg, sizeof(t)))
		return -EFAULT;
	if ((t.flags & VCPU_SSHOTTMR_future) && t.timeout_abs_ns < now_ns())
		return -ETIME;
	arm_singleshot(v, t.timeout_abs_ns);
	return 0;
}

/* vcpu_info moves from shared_info to memory of the guest's choice; once for each vCPU. */
static long register_info(struct vcpu *v, gaddr_t arg)
{
	struct vcpu_register_vcpu_info r;
	struct domain *d = v->domain;
	struct vcpu_info *info;
	mfn_t m;
	int rc;

	if (copy_from_guest(&r, arg, sizeof(r)))
		return -EFAULT;
	if (r.offset > PAGE_SIZE - sizeof(*info) || r.offset % 8)
		return -EINVAL;
	m = domain_frame(d, r.mfn);
	rc = get_page_and_type(m, d, FT_WRITABLE);
	if (rc)
		return -EINVAL;
	spin_lock(&d->lock);	/* another vCPU may do the same */
	if (v->area.info_frame || (v != current && v->initialised && !v->sched.down)) {
		spin_unlock(&d->lock);
		put_page_and_type(mfn_to_frame(m));
		return -EINVAL;
	}
	info = (struct vcpu_info *)((char *)mfn_to_virt(m) + r.offset);
	if (v->id < XEN_LEGACY_MAX_VCPUS)
		memcpy(info, v->info, sizeof(*info));
	else
		*info = (struct vcpu_info){.evtchn_upcall_mask = 1};
	v->area.info_frame = mfn_to_frame(m);
	atomic_store_release(
		&v->info, info); /* senders look at it without a lock: complete before it is seen */
	spin_unlock(&d->lock);
	vcpu_time_publish(v);
	evtchn_raise_all(v);
	return 0;
}

static long get_physid(struct vcpu *v, gaddr_t arg)
{
	struct vcpu_get_physid id = {.phys_id = lapic_id_of(v->cpu)};

	if (!v->domain->privileged)
		return -EINVAL;
	return copy_to_guest(arg, &id, sizeof(id));
}

/* do_vcpu_op(cmd, vcpu, arg). -ENOENT: there is no such vCPU. Source: ABI.md 8.1. */
HYPERCALL(do_vcpu_op)
{
	struct vcpu *v = domain_vcpu(current->domain, a2);

	(void)a4, (void)a5, (void)a6;
	if (!v)
		return -ENOENT;
	switch (a1) {
	case VCPUOP_initialise:
		return v->is_hvm ? v->domain->hvm->hooks->initialise(v, a3) : initialise(v, a3);
	case VCPUOP_up: return up(v);
	case VCPUOP_down: return down(v);
	case VCPUOP_is_up: return !v->sched.down;
	case VCPUOP_get_runstate_info: return get_runstate(v, a3);
	case VCPUOP_register_runstate_memory_area: return register_runstate(v, a3);
	case VCPUOP_set_periodic_timer: return set_periodic(v, a3);
	case VCPUOP_stop_periodic_timer:
		v->time.period = 0;
		timer_stop(&v->time.periodic);
		return 0;
	case VCPUOP_set_singleshot_timer: return set_singleshot(v, a3);
	case VCPUOP_stop_singleshot_timer:
		if (v != current)
			return -EINVAL;
		timer_stop(&v->time.singleshot);
		return 0;
	case VCPUOP_register_vcpu_info: return register_info(v, a3);
	case VCPUOP_send_nmi:
		vcpu_send_nmi(v);
		return 0;
	case VCPUOP_get_physid: return get_physid(v, a3);
	case VCPUOP_register_vcpu_time_memory_area: return register_time(v, a3);
	default: return not_implemented("vcpu_op", a1);
	}
}

/*
 * do_set_timer_op(deadline): the singleshot timer in system time, ns; 0 stops it. 0. Source:
 * ABI.md 7.3.
 */
HYPERCALL(do_set_timer_op)
{
	(void)a2, (void)a3, (void)a4, (void)a5, (void)a6;
	if (a1)
		arm_singleshot(current, a1);
	else
		timer_stop(&current->time.singleshot);
	return 0;
}
