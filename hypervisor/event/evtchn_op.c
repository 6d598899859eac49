// SPDX-License-Identifier: GPL-2.0-only
/*
 * event_channel_op (hypercall 32): the door to event channels (ABI.md 10.2). The argument is
 * copied in once, the sub-op calls the room behind it with the copy, and copies back what it
 * answers. Hypercall context, no locks at entry.
 */
#include <hv/domain/domain.h>
#include <hv/domain/vcpu.h>
#include <hv/errno.h>
#include <hv/event/evtchn.h>
#include <hv/event/evtchn_bind.h>
#include <hv/event/evtchn_fifo.h>
#include <hv/hypercall/hypercall.h>
#include <hv/lib/lib.h>
#include <hv/percpu.h>
#include <x86/uaccess.h>
#include <xen/event_channel.h>
#include <xen/xen.h>

union evtchn_args {
	struct evtchn_bind_interdomain bind_interdomain;
	struct evtchn_bind_virq bind_virq;
	struct evtchn_bind_pirq bind_pirq;
	struct evtchn_close close;
	struct evtchn_send send;
	struct evtchn_status status;
	struct evtchn_alloc_unbound alloc_unbound;
	struct evtchn_bind_ipi bind_ipi;
	struct evtchn_bind_vcpu bind_vcpu;
	struct evtchn_unmask unmask;
	struct evtchn_reset reset;
	struct evtchn_init_control init_control;
	struct evtchn_expand_array expand_array;
	struct evtchn_set_priority set_priority;
};

/*
 * The domain that a call is about, with a reference. Another one than the caller is for the
 * privileged.
 */
static int target_domain(domid_t id, struct domain **out)
{
	if (id != DOMID_SELF && id != current->domain->id && !current->domain->privileged)
		return -EPERM;
	*out = domain_get(id);
	return *out && (*out)->event.table ? 0 : *out ? (domain_put(*out), -ESRCH) : -ESRCH;
}

/* The answer could not be written: the port that was made for it goes again. */
static long answer_port(struct domain *d, uint32_t port, gaddr_t arg, const void *op, size_t size)
{
	if (!copy_to_guest(arg, op, size))
		return 0;
	(void)evtchn_close(d, port);
	return -EFAULT;
}

static long op_bind_interdomain(union evtchn_args *o, gaddr_t arg)
{
	struct evtchn_bind_interdomain *op = &o->bind_interdomain;
	struct domain *d = current->domain, *remote;
	long rc;

	remote = domain_get(op->remote_dom);
	if (!remote)
		return -ESRCH;
	rc = evtchn_bind_interdomain(d, remote, op->remote_port, &op->local_port);
	if (!rc)
		rc = answer_port(d, op->local_port, arg, op, sizeof(*op));
	domain_put(remote);
	return rc;
}

static long op_bind_virq(union evtchn_args *o, gaddr_t arg)
{
	struct evtchn_bind_virq *op = &o->bind_virq;
	long rc;

	rc = evtchn_bind_virq(current->domain, op->virq, op->vcpu, &op->port);
	return rc ? rc : answer_port(current->domain, op->port, arg, op, sizeof(*op));
}

static long op_bind_pirq(union evtchn_args *o, gaddr_t arg)
{
	struct evtchn_bind_pirq *op = &o->bind_pirq;
	long rc;

	rc = evtchn_bind_pirq(current->domain, op->pirq, op->flags, &op->port);
	return rc ? rc : answer_port(current->domain, op->port, arg, op, sizeof(*op));
}

static long op_bind_ipi(union evtchn_args *o, gaddr_t arg)
{
	struct evtchn_bind_ipi *op = &o->bind_ipi;
	long rc;

	rc = evtchn_bind_ipi(current->domain, op->vcpu, &op->port);
	return rc ? rc : answer_port(current->domain, op->port, arg, op, sizeof(*op));
}

static long op_alloc_unbound(union evtchn_args *o, gaddr_t arg)
{
	struct evtchn_alloc_unbound *op = &o->alloc_unbound;
	struct domain *d;
	long rc;

	rc = target_domain(op->dom, &d);
	if (rc)
		return rc;
	if (op->remote_dom == DOMID_SELF)
		op->remote_dom = current->domain->id;
	rc = evtchn_alloc_unbound(d, op->remote_dom, &op->port);
	if (!rc)
		rc = answer_port(d, op->port, arg, op, sizeof(*op));
	domain_put(d);
	return rc;
}

static long op_close(union evtchn_args *o, gaddr_t arg)
{
	struct evtchn_close *op = &o->close;

	(void)arg;
	return evtchn_close(current->domain, op->port);
}

static long op_send(union evtchn_args *o, gaddr_t arg)
{
	struct evtchn_send *op = &o->send;

	(void)arg;
	return evtchn_send(current->domain, op->port);
}

static long op_status(union evtchn_args *o, gaddr_t arg)
{
	struct evtchn_status *op = &o->status;
	struct evtchn_status answer;
	struct domain *d;
	long rc;

	rc = target_domain(op->dom, &d);
	if (rc)
		return rc;
	memset(&answer, 0, sizeof(answer));
	answer.dom = op->dom;
	answer.port = op->port;
	rc = evtchn_status(d, &answer);
	domain_put(d);
	return rc ? rc : copy_to_guest(arg, &answer, sizeof(answer));
}

static long op_bind_vcpu(union evtchn_args *o, gaddr_t arg)
{
	struct evtchn_bind_vcpu *op = &o->bind_vcpu;

	(void)arg;
	return evtchn_bind_vcpu(current->domain, op->port, op->vcpu);
}

static long op_unmask(union evtchn_args *o, gaddr_t arg)
{
	struct evtchn_unmask *op = &o->unmask;

	(void)arg;
	return evtchn_unmask(current->domain, op->port);
}

static long op_reset(union evtchn_args *o, gaddr_t arg)
{
	struct evtchn_reset *op = &o->reset;
	struct domain *d;
	long rc;

	(void)arg;
	rc = target_domain(op->dom, &d);
	if (rc)
		return rc;
	rc = evtchn_reset(d);
	domain_put(d);
	return rc;
}

static long op_init_control(union evtchn_args *o, gaddr_t arg)
{
	struct evtchn_init_control *op = &o->init_control;
	long rc;

	rc = evtchn_fifo_init_control(current->domain, op);
	return rc ? rc : copy_to_guest(arg, op, sizeof(*op));
}

static long op_expand_array(union evtchn_args *o, gaddr_t arg)
{
	struct evtchn_expand_array *op = &o->expand_array;

	(void)arg;
	return evtchn_fifo_expand_array(current->domain, op->array_gfn);
}

static long op_set_priority(union evtchn_args *o, gaddr_t arg)
{
	struct evtchn_set_priority *op = &o->set_priority;

	(void)arg;
	return evtchn_set_priority(current->domain, op->port, op->priority);
}

#define OP(name) [EVTCHNOP_##name] = {op_##name, sizeof(struct evtchn_##name)}
static const struct {
	long (*fn)(union evtchn_args *o, gaddr_t arg);
	size_t size;
} ops[] = {
	OP(bind_interdomain),
	OP(bind_virq),
	OP(bind_pirq),
	OP(close),
	OP(send),
	OP(status),
	OP(alloc_unbound),
	OP(bind_ipi),
	OP(bind_vcpu),
	OP(unmask),
	OP(reset),
	OP(init_control),
	OP(expand_array),
	OP(set_priority),
};

/* a1: EVTCHNOP_*, a2: its argument. What the sub-op says, -ENOSYS (unknown), -EFAULT. */
HYPERCALL(do_event_channel_op)
{
	uint32_t cmd = (uint32_t)a1;
	union evtchn_args args;
	long rc;

	(void)a3, (void)a4, (void)a5, (void)a6;
	if (cmd >= ARRAY_SIZE(ops))
		return not_implemented("event_channel_op", cmd);
	cmd = (uint32_t)index_nospec(cmd, ARRAY_SIZE(ops));
	if (copy_from_guest(&args, a2, ops[cmd].size))
		return -EFAULT;
	rc = ops[cmd].fn(&args, a2);
	/* The argument is as it was: the same again. */
	return rc == -ERESTART ? hypercall_restart(cmd, a2, 0, 0, 0) : rc;
}
