/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Event channels, as the rest of the hypervisor sees them (event/evtchn.c). Inside event/:
 * hv/event/evtchn.h. Virtual interrupts: hv/event/virq.h.
 */
#ifndef HV_EVENT_EVENT_H
#define HV_EVENT_EVENT_H

#include <hv/types.h>

/* --- life, in this order --- */

/*
 * Give d an empty table. d->vcpus and d->event.max_port are set, and nobody else sees d yet. 0 or
 * -ENOMEM.
 */
int evtchn_domain_init(struct domain *d);
/* No port is bound to v yet. 0 always. */
int evtchn_vcpu_init(struct vcpu *v);
/*
 * d dies: close a bounded number of channels a call; remote ends become unbound, and nothing can be
 * bound any more. 0, or -ERESTART: call again. For domain_kill().
 */
int evtchn_domain_close(struct domain *d);
/* v goes: nothing is left to do, its channels went with evtchn_domain_close(). */
void evtchn_vcpu_destroy(struct vcpu *v);
/* Free the table: after the last reference, and of a domain that was never published. */
void evtchn_domain_destroy(struct domain *d);

/*
 * A physical interrupt's channel (irq/pirq.c). Interrupt context. True: the port was bound to that
 * pirq.
 */
bool evtchn_send_pirq(struct domain *d, uint32_t port, uint32_t pirq);

/*
 * sched_op poll, for v, which is current. Before it looks at the ports with evtchn_port_pending()
 * and then sleeps unless one is pending; port 0: more than one. Until evtchn_poll_end() each event
 * of such a port kicks v.
 */
void evtchn_poll_begin(struct vcpu *v, uint32_t port);
/* v polls no more. Any context. */
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
