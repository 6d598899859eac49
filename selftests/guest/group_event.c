/* SPDX-License-Identifier: GPL-2.0-only */
/* Event channels: the sub-operations, an upcall, and the end of all ports. */
#include "guest.h"

#define EVENT(op, arg) HC2(event_channel_op, EVTCHNOP_##op, arg)

static bool pending(uint32_t port)
{
	return shared_info->evtchn_pending[port / 64] >> (port % 64) & 1;
}

static void clear(uint32_t port)
{
	(void)__atomic_fetch_and(&shared_info->evtchn_pending[port / 64], ~(1UL << (port % 64)),
				 __ATOMIC_SEQ_CST);
}

static long close_port(uint32_t port)
{
	struct evtchn_close c = {.port = port};

	return EVENT(close, &c);
}

static long send(uint32_t port)
{
	struct evtchn_send s = {.port = port};

	return EVENT(send, &s);
}

static long status(domid_t d, uint32_t port, struct evtchn_status *st)
{
	*st = (struct evtchn_status){.dom = d, .port = port};
	return EVENT(status, st);
}

/* A channel to itself: two ports. */
static void loopback(void)
{
	struct evtchn_alloc_unbound a = {.dom = DOMID_SELF, .remote_dom = DOMID_SELF};
	struct evtchn_bind_interdomain b = {.remote_dom = DOMID_SELF};
	struct evtchn_bind_vcpu v;
	struct evtchn_status st;

	claim_is("an unbound port", EVENT(alloc_unbound, &a), 0);
	claim("its status", !status(DOMID_SELF, a.port, &st) && st.status == EVTCHNSTAT_unbound);
	claim_is("send on it goes nowhere", send(a.port), 0);
	b.remote_port = a.port;
	claim_is("bind to it", EVENT(bind_interdomain, &b), 0);
	claim("the new port is pending at once", pending(b.local_port));
	claim("its status",
	      !status(DOMID_SELF, a.port, &st) && st.status == EVTCHNSTAT_interdomain &&
		      st.u.interdomain.port == b.local_port && st.u.interdomain.dom == own_domid);
	claim_is("bind to it again", EVENT(bind_interdomain, &b), -EINVAL);
	claim_is("send", send(b.local_port), 0);
	claim("the other end is pending", pending(a.port));
	clear(a.port);
	v = (struct evtchn_bind_vcpu){.port = a.port, .vcpu = 1};
	claim_is("move it to vCPU 1", EVENT(bind_vcpu, &v), 0);
	v.vcpu = 99;
	claim_is("move it to a vCPU that is not", EVENT(bind_vcpu, &v), -ENOENT);
	claim_is("close one end", close_port(b.local_port), 0);
	claim("the other is unbound",
	      !status(DOMID_SELF, a.port, &st) && st.status == EVTCHNSTAT_unbound);
	claim_is("close it", close_port(a.port), 0);
	claim_is("close it again", close_port(a.port), -EINVAL);
	claim_is("send on a closed port", send(a.port), -EINVAL);
}

static void foreign(void)
{
	struct evtchn_alloc_unbound a = {.dom = 0, .remote_dom = DOMID_SELF};
	struct evtchn_bind_interdomain b = {.remote_dom = 0, .remote_port = 1};
	struct evtchn_reset r = {.dom = 0};
	struct evtchn_bind_pirq p = {.pirq = 9};
	struct evtchn_status st;
	unsigned int port, bound = 0;

	claim_is("a port of Domain-0's", EVENT(alloc_unbound, &a), -EPERM);
	a = (struct evtchn_alloc_unbound){.dom = DOMID_SELF, .remote_dom = 0};
	claim_is("a port for Domain-0", EVENT(alloc_unbound, &a), 0);
	(void)close_port(a.port);
	for (port = 0; port < 256; port++) {
		b.remote_port = port;
		bound += EVENT(bind_interdomain, &b) == 0;
	}
	claim_is("no port of Domain-0 lets itself be bound", bound, 0);
	b.remote_port = 0xffffffff;
	claim_is("a port beyond all", EVENT(bind_interdomain, &b), -EINVAL);
	b = (struct evtchn_bind_interdomain){.remote_dom = 0x7000, .remote_port = 1};
	claim_is("a domain that is not", EVENT(bind_interdomain, &b), -ESRCH);
	claim_is("status of Domain-0's port", status(0, 1, &st), -EPERM);
	claim_is("reset of Domain-0", EVENT(reset, &r), -EPERM);
	claim_negative("a device's interrupt", EVENT(bind_pirq, &p));
	p.pirq = 0xffffffff;
	claim_is("an interrupt beyond all", EVENT(bind_pirq, &p), -EINVAL);
	claim("the console's port", !status(DOMID_SELF, start_info->console.domU.evtchn, &st) &&
					    st.status == EVTCHNSTAT_interdomain &&
					    st.u.interdomain.dom == 0);
}

static void virtual(void)
{
	struct evtchn_bind_virq v = {.virq = VIRQ_DEBUG}, again = v;
	struct evtchn_bind_ipi i = {.vcpu = 0};
	struct evtchn_bind_vcpu move;
	uint64_t before = upcalls;
	uint32_t seen;

	claim_is("a virtual interrupt", EVENT(bind_virq, &v), 0);
	claim_is("a second time", EVENT(bind_virq, &again), -EEXIST);
	claim_is("close it", close_port(v.port), 0);
	again.virq = 99;
	claim_is("one that is not", EVENT(bind_virq, &again), -EINVAL);
	again = (struct evtchn_bind_virq){.virq = VIRQ_DEBUG, .vcpu = 99};
	claim_is("on a vCPU that is not", EVENT(bind_virq, &again), -ENOENT);
	again = (struct evtchn_bind_virq){.virq = VIRQ_CONSOLE, .vcpu = 1};
	claim_is("a global one on vCPU 1", EVENT(bind_virq, &again), -EINVAL);
	claim_is("an interprocessor interrupt", EVENT(bind_ipi, &i), 0);
	seen = event_count[i.port];
	claim_is("send it", send(i.port), 0);
	claim("it is pending, no upcall while masked", pending(i.port) && upcalls == before);
	events_on();
	events_off();
	claim("the upcall comes when events are unmasked",
	      upcalls > before && event_count[i.port] == seen + 1);
	claim("and the port is not pending any more", !pending(i.port));
	move = (struct evtchn_bind_vcpu){.port = i.port, .vcpu = 1};
	claim_is("it cannot be moved", EVENT(bind_vcpu, &move), -EINVAL);
	shared_info->evtchn_mask[i.port / 64] |= 1UL << (i.port % 64);
	(void)send(i.port);
	before = upcalls;
	events_on();
	events_off();
	claim("a masked port makes no upcall", upcalls == before && pending(i.port));
	claim_is("unmask by hypercall", EVENT(unmask, &(struct evtchn_unmask){.port = i.port}), 0);
	events_on();
	events_off();
	claim("makes it", event_count[i.port] == seen + 2);
	(void)close_port(i.port);
	i.vcpu = 99;
	claim_is("for a vCPU that is not", EVENT(bind_ipi, &i), -ENOENT);
}

static void limits(void)
{
	struct evtchn_alloc_unbound a = {.dom = DOMID_SELF, .remote_dom = 0};
	uint32_t first = 0, last = 0, n = 0, closed = 0, port;
	long rc;

	while (!(rc = EVENT(alloc_unbound, &a)) && n < 200000) {
		first = first ? first : a.port;
		last = a.port;
		n++;
	}
	claim_is("ports come to an end", rc, -ENOSPC);
	claim("after as many as the toolstack allows", n > 900 && n < 4096);
	for (port = first; port <= last; port++)
		closed += close_port(port) == 0;
	claim_is("all can be closed", closed, n);
}

static void fifo(void)
{
	struct evtchn_init_control c = {.control_gfn = foreign_mfn()};
	struct evtchn_expand_array e = {.array_gfn = foreign_mfn()};
	struct evtchn_set_priority p = {.port = start_info->console.domU.evtchn, .priority = 99};

	claim_negative("FIFO: a control block in another domain's page", EVENT(init_control, &c));
	c = (struct evtchn_init_control){.control_gfn = mfn_of(page_new()), .offset = 4};
	claim_is("FIFO: a control block that is not aligned", EVENT(init_control, &c), -EINVAL);
	c.offset = 4088;
	claim_is("FIFO: a control block that leaves its page", EVENT(init_control, &c), -EINVAL);
	c.offset = 0xfffffff8;
	claim_is("FIFO: a control block far beyond its page", EVENT(init_control, &c), -EINVAL);
	c = (struct evtchn_init_control){.control_gfn = mfn_of(page_new()), .vcpu = 99};
	claim_is("FIFO: a vCPU that is not", EVENT(init_control, &c), -ENOENT);
	claim_negative("FIFO: an array before a control block", EVENT(expand_array, &e));
	claim_negative("FIFO: a priority that is not", EVENT(set_priority, &p));
}

void group_event(void)
{
	struct evtchn_status st;

	claim_is("an unknown sub-operation", HC2(event_channel_op, 50, &st), -ENOSYS);
	claim_is("an unmapped argument", EVENT(alloc_unbound, BAD_UNMAPPED), -EFAULT);
	claim_is("an argument in the hypervisor's range", EVENT(send, BAD_HV), -EFAULT);
	claim_is("an argument that wraps", EVENT(status, BAD_WRAP), -EFAULT);
	claim_is("send on port 0", send(0), -EINVAL);
	claim_is("send on a port beyond all", send(0xffffffff), -EINVAL);
	claim_is("close port 0", close_port(0), -EINVAL);
	claim_is("close a port beyond all", close_port(0xffffffff), -EINVAL);
	claim_is("status of a port beyond all", status(DOMID_SELF, 0xffffffff, &st), -EINVAL);
	claim_is("unmask a port beyond all",
		 EVENT(unmask, &(struct evtchn_unmask){.port = 0xffffffff}), -EINVAL);
	loopback();
	foreign();
	virtual();
	limits();
	fifo();
}
