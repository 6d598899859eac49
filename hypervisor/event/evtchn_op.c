// SPDX-License-Identifier: GPL-2.0-only
/*
 * event_channel_op (hypercall 32): the door to event channels (ABI section 10.2). Each sub-op copies its argument in
 * once, calls the room behind it with the copy, and copies back what it answers. Hypercall context, no locks at entry.
 */
#include <hv/domain.h>
#include <hv/errno.h>
#include <hv/event.h>
#include <hv/evtchn.h>
#include <hv/hypercall.h>
#include <hv/lib.h>
#include <hv/percpu.h>
#include <hv/uaccess.h>
#include <hv/vcpu.h>
#include <xen/event_channel.h>
#include <xen/xen.h>

/* The domain that a call is about, with a reference. Another one than the caller is for the privileged. */
static int target_domain(domid_t id, struct domain **out)
{
	if (id != DOMID_SELF && id != current->domain->id && !current->domain->privileged)
		return -EPERM;
	*out = domain_get(id);
	return *out && (*out)->evtchn ? 0 : *out ? (domain_put(*out), -ESRCH) : -ESRCH;
}

/* The answer could not be written: the port that was made for it goes again. */
static long answer_port(struct domain *d, uint32_t port, gaddr_t arg, const void *op, size_t size)
{
	if (!copy_to_guest(arg, op, size))
		return 0;
	(void)evtchn_close(d, port);
	return -EFAULT;
}

static long op_bind_interdomain(gaddr_t arg)
{
	struct evtchn_bind_interdomain op;
	struct domain *d = current->domain, *remote;
	long rc;

	if (copy_from_guest(&op, arg, sizeof(op)))
		return -EFAULT;
	remote = domain_get(op.remote_dom);
	if (!remote)
		return -ESRCH;
	rc = evtchn_bind_interdomain(d, remote, op.remote_port, &op.local_port);
	if (!rc)
		rc = answer_port(d, op.local_port, arg, &op, sizeof(op));
	domain_put(remote);
	return rc;
}

static long op_bind_virq(gaddr_t arg)
{
	struct evtchn_bind_virq op;
	long rc;

	if (copy_from_guest(&op, arg, sizeof(op)))
		return -EFAULT;
	rc = evtchn_bind_virq(current->domain, op.virq, op.vcpu, &op.port);
	return rc ? rc : answer_port(current->domain, op.port, arg, &op, sizeof(op));
}

static long op_bind_pirq(gaddr_t arg)
{
	struct evtchn_bind_pirq op;
	long rc;

	if (copy_from_guest(&op, arg, sizeof(op)))
		return -EFAULT;
	rc = evtchn_bind_pirq(current->domain, op.pirq, op.flags, &op.port);
	return rc ? rc : answer_port(current->domain, op.port, arg, &op, sizeof(op));
}

static long op_bind_ipi(gaddr_t arg)
{
	struct evtchn_bind_ipi op;
	long rc;

	if (copy_from_guest(&op, arg, sizeof(op)))
		return -EFAULT;
	rc = evtchn_bind_ipi(current->domain, op.vcpu, &op.port);
	return rc ? rc : answer_port(current->domain, op.port, arg, &op, sizeof(op));
}

static long op_alloc_unbound(gaddr_t arg)
{
	struct evtchn_alloc_unbound op;
	struct domain *d;
	long rc;

	if (copy_from_guest(&op, arg, sizeof(op)))
		return -EFAULT;
	rc = target_domain(op.dom, &d);
	if (rc)
		return rc;
	if (op.remote_dom == DOMID_SELF)
		op.remote_dom = current->domain->id;
	rc = evtchn_alloc_unbound(d, op.remote_dom, &op.port);
	if (!rc)
		rc = answer_port(d, op.port, arg, &op, sizeof(op));
	domain_put(d);
	return rc;
}

static long op_close(gaddr_t arg)
{
	struct evtchn_close op;

	if (copy_from_guest(&op, arg, sizeof(op)))
		return -EFAULT;
	return evtchn_close(current->domain, op.port);
}

static long op_send(gaddr_t arg)
{
	struct evtchn_send op;

	if (copy_from_guest(&op, arg, sizeof(op)))
		return -EFAULT;
	return evtchn_send(current->domain, op.port);
}

static long op_status(gaddr_t arg)
{
	struct evtchn_status op, answer;
	struct domain *d;
	long rc;

	if (copy_from_guest(&op, arg, sizeof(op)))
		return -EFAULT;
	rc = target_domain(op.dom, &d);
	if (rc)
		return rc;
	memset(&answer, 0, sizeof(answer));
	answer.dom = op.dom;
	answer.port = op.port;
	rc = evtchn_status(d, &answer);
	domain_put(d);
	return rc ? rc : copy_to_guest(arg, &answer, sizeof(answer));
}

static long op_bind_vcpu(gaddr_t arg)
{
	struct evtchn_bind_vcpu op;

	if (copy_from_guest(&op, arg, sizeof(op)))
		return -EFAULT;
	return evtchn_bind_vcpu(current->domain, op.port, op.vcpu);
}

static long op_unmask(gaddr_t arg)
{
	struct evtchn_unmask op;

	if (copy_from_guest(&op, arg, sizeof(op)))
		return -EFAULT;
	return evtchn_unmask(current->domain, op.port);
}

static long op_reset(gaddr_t arg)
{
	struct evtchn_reset op;
	struct domain *d;
	long rc;

	if (copy_from_guest(&op, arg, sizeof(op)))
		return -EFAULT;
	rc = target_domain(op.dom, &d);
	if (rc)
		return rc;
	rc = evtchn_reset(d);
	domain_put(d);
	return rc == -ERESTART ? hypercall_restart(EVTCHNOP_reset, arg, 0, 0, 0) : rc;
}

static long op_init_control(gaddr_t arg)
{
	struct evtchn_init_control op;
	long rc;

	if (copy_from_guest(&op, arg, sizeof(op)))
		return -EFAULT;
	rc = evtchn_fifo_init_control(current->domain, &op);
	return rc ? rc : copy_to_guest(arg, &op, sizeof(op));
}

static long op_expand_array(gaddr_t arg)
{
	struct evtchn_expand_array op;

	if (copy_from_guest(&op, arg, sizeof(op)))
		return -EFAULT;
	return evtchn_fifo_expand_array(current->domain, op.array_gfn);
}

static long op_set_priority(gaddr_t arg)
{
	struct evtchn_set_priority op;

	if (copy_from_guest(&op, arg, sizeof(op)))
		return -EFAULT;
	return evtchn_set_priority(current->domain, op.port, op.priority);
}

static long (*const ops[])(gaddr_t arg) = {
	[EVTCHNOP_bind_interdomain] = op_bind_interdomain,
	[EVTCHNOP_bind_virq] = op_bind_virq,
	[EVTCHNOP_bind_pirq] = op_bind_pirq,
	[EVTCHNOP_close] = op_close,
	[EVTCHNOP_send] = op_send,
	[EVTCHNOP_status] = op_status,
	[EVTCHNOP_alloc_unbound] = op_alloc_unbound,
	[EVTCHNOP_bind_ipi] = op_bind_ipi,
	[EVTCHNOP_bind_vcpu] = op_bind_vcpu,
	[EVTCHNOP_unmask] = op_unmask,
	[EVTCHNOP_reset] = op_reset,
	[EVTCHNOP_init_control] = op_init_control,
	[EVTCHNOP_expand_array] = op_expand_array,
	[EVTCHNOP_set_priority] = op_set_priority,
};

/* a1: EVTCHNOP_*, a2: its argument. What the sub-op says, -ENOSYS (unknown), -EFAULT. */
HYPERCALL(do_event_channel_op)
{
	uint32_t cmd = (uint32_t)a1;

	(void)a3, (void)a4, (void)a5, (void)a6;
	if (cmd >= ARRAY_SIZE(ops))
		return not_implemented("event_channel_op", cmd);
	return ops[index_nospec(cmd, ARRAY_SIZE(ops))](a2);
}
