/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Event channels, as the rest of the hypervisor sees them. Owner of this header: event/. Inside:
 * hv/event/evtchn.h.
 */
#ifndef HV_EVENT_EVENT_H
#define HV_EVENT_EVENT_H

#include <hv/types.h>

/*
 * Life, in this order. evtchn_domain_init() comes after d->vcpus and d->event.max_port are set,
 * before anybody else can see d: 0 or -ENOMEM. evtchn_domain_close() belongs to domain_kill():
 * closes a bounded number of channels a call, remote ends become unbound, and nothing can be bound
 * any more. 0, or -ERESTART: call again. evtchn_domain_destroy() frees the memory: for the last
 * reference, and for a domain that was never published.
 */
int evtchn_domain_init(struct domain *d);
int evtchn_domain_close(struct domain *d);
void evtchn_domain_destroy(struct domain *d);
int evtchn_vcpu_init(struct vcpu *v);
void evtchn_vcpu_destroy(struct vcpu *v);

/*
 * Send a virtual interrupt. Any context, also from interrupt handlers; no domain lock held is
 * needed.
 */
void send_vcpu_virq(struct vcpu *v, unsigned int virq);
void send_global_virq(unsigned int virq);		/* to the domain that handles it: Dom0 by default */

/* Does anybody listen to it? Any context; may change at once. */
bool global_virq_bound(unsigned int virq);

/*
 * A physical interrupt's channel (irq/pirq.c). Interrupt context. True: the port was bound to that
 * pirq.
 */
bool evtchn_send_pirq(struct domain *d, uint32_t port, uint32_t pirq);

/*
 * sched_op poll, for v = current: evtchn_poll_begin() (port 0: more than one), then
 * evtchn_port_pending() of each port, then sleep unless one is; evtchn_poll_end() after waking. In
 * between each event of such a port kicks v.
 */
void evtchn_poll_begin(struct vcpu *v, uint32_t port);
void evtchn_poll_end(struct vcpu *v);
/* -EINVAL for a bad port, else 0 or 1. Any context. */
int evtchn_port_pending(struct domain *d, uint32_t port);

/* After v->info moved (register_vcpu_info): everything pending (ABI.md 8.1). */
void evtchn_raise_all(struct vcpu *v);

/* Set v's evtchn_upcall_pending, and kick v when it was clear. Any context. */
void vcpu_mark_events_pending(struct vcpu *v);

/*
 * Pages that d's channels lie in: they grow with the highest port and stay until d is destroyed.
 * Any context.
 */
unsigned int evtchn_pages(const struct domain *d);

/* Print every channel of d to the log: binding, target, pending, masked, statistics. Debug keys. */
void evtchn_dump(struct domain *d);

#endif
