// SPDX-License-Identifier: GPL-2.0-only
/* The door to the scheduler: hypercall 29 (ABI.md 8.2). */
#include <hv/domain/domain.h>
#include <hv/errno.h>
#include <hv/event/event.h>
#include <hv/hvm/hvm.h>
#include <hv/hypercall/hypercall.h>
#include <hv/sched/sched.h>
#include <hv/sched/softirq.h>
#include <hv/sched/timer.h>
#include <hv/trace/trace.h>
#include <x86/uaccess.h>
#include <xen/sched.h>
#include <xen/xen.h>

#define MAX_POLL_PORTS 128

static long shutdown(gaddr_t arg)
{
	struct sched_shutdown s;

	if (copy_from_guest(&s, arg, sizeof(s)))
		return -EFAULT;
	if (s.reason > SHUTDOWN_MAX)
		return -EINVAL;
	TRACE(TRC_SCHED_SHUTDOWN, current->domain->id, current->id, s.reason);
	domain_shutdown(current->domain, s.reason);
	return 0;
}

static long shutdown_code(gaddr_t arg)
{
	struct sched_shutdown s;

	if (copy_from_guest(&s, arg, sizeof(s)))
		return -EFAULT;
	if (s.reason > SHUTDOWN_MAX)
		return -EINVAL;
	domain_note_shutdown(current->domain, s.reason);
	return 0;
}

static long watchdog(gaddr_t arg)
{
	struct sched_watchdog w;

	return copy_from_guest(&w, arg, sizeof(w)) ? -EFAULT
						   : watchdog_set(current->domain, w.id, w.timeout);
}

static long remote_shutdown(gaddr_t arg)
{
	struct sched_remote_shutdown s;
	struct domain *d;

	if (!current->domain->privileged)
		return -EPERM;
	if (copy_from_guest(&s, arg, sizeof(s)))
		return -EFAULT;
	if (s.reason > SHUTDOWN_MAX)
		return -EINVAL;
	d = domain_get(s.domain_id);
	if (!d)
		return -ESRCH;
	domain_shutdown(d, s.reason);
	domain_put(d);
	return 0;
}

/* Is one of the ports pending? 1, 0 or -errno. */
static int any_pending(const struct sched_poll *p)
{
	for (uint32_t i = 0; i < p->nr_ports; i++) {
		uint32_t port;
		int rc;

		if (copy_item_from_guest(&port, p->ports, i, sizeof(port)))
			return -EFAULT;
		rc = evtchn_port_pending(current->domain, port);
		if (rc)
			return rc;
	}
	return 0;
}

/*
 * Sleep until a port, masked as a rule, is pending. schedule() ends the poll when the vCPU comes on
 * again.
 */
static long poll(gaddr_t arg)
{
	struct vcpu *v = current;
	struct sched_poll p;
	uint32_t port = 0;
	int rc;

	if (copy_from_guest(&p, arg, sizeof(p)))
		return -EFAULT;
	if (p.nr_ports > MAX_POLL_PORTS)
		return -EINVAL;
	if (p.nr_ports == 1 && copy_from_guest(&port, p.ports, sizeof(port)))
		return -EFAULT;
	evtchn_poll_begin(v, port);
	atomic_store(&v->sched.blocked, true);
	smp_mb();	/* first blocked, then look: pairs with vcpu_kick() */
	rc = any_pending(&p);
	if (rc || (READ_ONCE(v->info->evtchn_upcall_pending) && !vcpu_events_masked(v))) {
		atomic_store(&v->sched.blocked, false);
		evtchn_poll_end(v);
		return rc < 0 ? rc : 0;
	}
	if (p.timeout) {
		timer_migrate(&v->sched.poll_timer, cpu_id());
		timer_set(&v->sched.poll_timer, p.timeout);
	}
	vcpu_blocked();
	return 0;
}

/* do_sched_op(cmd, arg): yield, block, poll, shut down. Source: ABI.md 8.2. */
HYPERCALL(do_sched_op)
{
	(void)a3, (void)a4, (void)a5, (void)a6;
	switch (a1) {
	case SCHEDOP_yield: vcpu_yield_current(); return 0;
	case SCHEDOP_block: vcpu_block_current(); return 0;
	case SCHEDOP_shutdown: return shutdown(a2);
	case SCHEDOP_poll: return poll(a2);
	case SCHEDOP_remote_shutdown: return remote_shutdown(a2);
	case SCHEDOP_shutdown_code: return shutdown_code(a2);
	case SCHEDOP_watchdog: return watchdog(a2);
	default: return not_implemented("sched_op", a1);
	}
}
