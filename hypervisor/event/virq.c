// SPDX-License-Identifier: GPL-2.0-only
/*
 * Virtual interrupts: which exist, and sending them (ABI.md 7.3, 10.2). A vCPU's virq_port[]
 * says where each is bound; it is only a hint, since it is read without a lock: the state of the
 * channel decides, once the sender is inside of it.
 */
#include <hv/event/virq.h>
#include <hv/domain/domain.h>
#include <hv/event/evtchn.h>
#include <hv/lib/lib.h>
#include <xen/xen.h>

bool virq_is_per_vcpu(uint32_t virq)
{
	switch (virq) {
	case VIRQ_TIMER:
	case VIRQ_DEBUG:
	case VIRQ_XENOPROF:
	case VIRQ_XENPMU:
		return true;
	default:
		return false;
	}
}

void send_vcpu_virq(struct vcpu *v, unsigned int virq)
{
	struct evtchn *ch;
	enum evtchn_state state;
	uint32_t port;

	if (virq >= NR_VIRQS)
		return;
	port = atomic_load_acquire(&v->event.virq_port[virq]);	/* pairs with evtchn_bind_virq() */
	if (!port)
		return;
	ch = evtchn_get(v->domain, port);
	if (!ch)
		return;
	state = evtchn_enter(ch);
	if (state == EVTCHN_VIRQ && ch->u.virq == virq)
		evtchn_raise(v->domain, ch);
	if (state != EVTCHN_FREE)
		evtchn_leave(ch);
}

bool global_virq_bound(unsigned int virq)
{
	struct vcpu *v = dom0 ? domain_vcpu(dom0, 0) : NULL;

	return v && virq < NR_VIRQS && atomic_load(&v->event.virq_port[virq]);
}

void send_global_virq(unsigned int virq)
{
	struct vcpu *v = dom0 ? domain_vcpu(dom0, 0) : NULL;

	/*
	 * Domain-0 is never destroyed, so it needs no reference. Before it exists there is nobody
	 * to tell.
	 */
	if (v && virq < NR_VIRQS && !virq_is_per_vcpu(virq))
		send_vcpu_virq(v, virq);
}
