/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A domain's physical interrupts: its own numbers (pirqs) for irqs, and their event channels
 * (irq/pirq.c).
 */
#ifndef HV_IRQ_PIRQ_H
#define HV_IRQ_PIRQ_H

#include <hv/irq/msi.h>
#include <hv/types.h>

/* All of these: hypercall context, no lock of irq/ held, unless another is named. */

/* ---- life ---- */

/* Give d its table. 0 or -ENOMEM. Nobody else sees d yet. */
int pirq_domain_init(struct domain *d);
/*
 * d dies, and its event channels are closed: give back its lines and the guest's EOI page. May be
 * repeated. For domain_kill().
 */
void pirq_domain_release(struct domain *d);
/* The same, and free the table. */
void pirq_domain_destroy(struct domain *d);

/* ---- mapping ---- */

/*
 * Give d a pirq for a GSI. *pirq: the number wanted, or negative for any; the number given on
 * return. A GSI that is mapped already keeps its number. 0, -EINVAL (no such GSI or number), -EBUSY
 * (number or GSI in use by another), -ENOSPC.
 */
int pirq_map_gsi(struct domain *d, uint32_t gsi, int32_t *pirq);
/* Give d a pirq for a message-signalled interrupt. 0, -ENOSPC, or what msi_setup() says. */
int pirq_map_msi(struct domain *d, const struct msi_request *req, int32_t *pirq);
/* 0, -EINVAL (not mapped), -EBUSY (bound to an event channel). */
int pirq_unmap(struct domain *d, uint32_t pirq);

/* ---- the event channel's side; evtchn_domain.lock is held, or no channel is left ---- */

/* May the pirq be bound: 0, -EINVAL (not mapped), -EEXIST (bound). */
int pirq_may_bind(struct domain *d, uint32_t pirq);
/*
 * Bind, and let interrupts through to the channel at port. 0, -EINVAL, -EBUSY (somebody else's),
 * -ENOSPC (vectors).
 */
int pirq_guest_bind(struct domain *d, uint32_t pirq, bool share, uint32_t port);
/* No interrupt comes through any more; a pirq that is not bound is left alone. */
void pirq_guest_unbind(struct domain *d, uint32_t pirq);
/* The channel notifies v from now on: let the interrupt arrive at the CPU where it runs. */
void pirq_set_vcpu(struct domain *d, uint32_t pirq, struct vcpu *v);

/* ---- end of interrupt ---- */

/* PHYSDEVOP_eoi. 0 or -EINVAL. */
int pirq_eoi(struct domain *d, uint32_t pirq);
/* XENIRQSTAT_* bits of PHYSDEVOP_irq_status_query. 0 or -EINVAL. */
int pirq_status(struct domain *d, uint32_t pirq, uint32_t *flags);
/*
 * PHYSDEVOP_pirq_eoi_gmfn: keep bit p of the guest's frame set while pirq p needs an EOI. unmask:
 * an EOI unmasks the event channel too (version 1). 0, -EINVAL (frame), -EBUSY (given already).
 */
int pirq_set_eoi_page(struct domain *d, uint64_t gmfn, bool unmask);

struct irq_desc;

/*
 * An interrupt for a guest: the descriptor's lock is held, interrupt context. False: no channel was
 * bound.
 */
bool pirq_interrupt(struct irq_desc *desc);

#endif
