/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Bindings of channels (event/evtchn_bind.c): the operations of a guest, and the changes of a
 * channel's state that they share with evtchn.c.
 */
#ifndef HV_EVENT_EVTCHN_BIND_H
#define HV_EVENT_EVTCHN_BIND_H

#include <hv/event/evtchn.h>

/* --- hypercall context; they take the table's lock --- */

/* EVTCHNOP_alloc_unbound. 0, -ENOSPC, -ENOMEM, -EINVAL (dying). */
int evtchn_alloc_unbound(struct domain *d, domid_t remote, uint32_t *port);
/*
 * EVTCHNOP_bind_interdomain: the caller holds a reference to remote. 0, -EINVAL (not unbound for
 * d), -ENOSPC, -ENOMEM.
 */
int evtchn_bind_interdomain(struct domain *d, struct domain *remote, uint32_t remote_port,
			    uint32_t *port);
/* EVTCHNOP_bind_virq. 0, -EINVAL, -ENOENT (vcpu), -EEXIST, -ENOSPC, -ENOMEM. */
int evtchn_bind_virq(struct domain *d, uint32_t virq, uint32_t vcpu, uint32_t *port);
/* EVTCHNOP_bind_ipi. 0, -ENOENT (vcpu), -ENOSPC, -ENOMEM. */
int evtchn_bind_ipi(struct domain *d, uint32_t vcpu, uint32_t *port);
/* EVTCHNOP_bind_pirq. 0, -EINVAL, -EEXIST, -ENOSPC, -ENOMEM, or what pirq_guest_bind() says. */
int evtchn_bind_pirq(struct domain *d, uint32_t pirq, uint32_t flags, uint32_t *port);
/* EVTCHNOP_close. 0 or -EINVAL. */
int evtchn_close(struct domain *d, uint32_t port);
/* EVTCHNOP_status: fills everything after st->port. 0 or -EINVAL. */
int evtchn_status(struct domain *d, struct evtchn_status *st);
/* EVTCHNOP_bind_vcpu. 0, -EINVAL, -ENOENT. */
int evtchn_bind_vcpu(struct domain *d, uint32_t port, uint32_t vcpu);
/* EVTCHNOP_set_priority. 0, -EINVAL, -ENOSYS without FIFO. */
int evtchn_set_priority(struct domain *d, uint32_t port, uint32_t priority);

/* --- the table's lock is held --- */

/*
 * Publish a state; senders that are inside stay counted. What the state needs in ch->u was written
 * before.
 */
static inline void evtchn_set_state(struct evtchn *ch, enum evtchn_state state)
{
	uint32_t old = atomic_load(&ch->word);

	while (!atomic_cmpxchg(&ch->word, &old,
			       (old & EVTCHN_SENDERS_MASK) | (uint32_t)state << EVTCHN_STATE_SHIFT))
		;	/* only because a sender came or went */
}

/*
 * Let nobody in and wait until nobody is inside. Senders do not wait for anything, so this is
 * short.
 */
static inline void evtchn_quiesce(struct evtchn *ch)
{
	LOCK_CHECKED(lock_check_order(RANK_EVTCHN_COUNT, ch, 0, LOCK_SITE));
	evtchn_set_state(ch, EVTCHN_CLOSING);
	while (atomic_load_acquire(&ch->word) & EVTCHN_SENDERS_MASK)
		cpu_relax();
}

#endif
