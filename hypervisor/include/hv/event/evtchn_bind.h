/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What evtchn.c and evtchn_bind.c share: changes of a channel's state. The table's lock is held
 * throughout.
 */
#ifndef HV_EVENT_EVTCHN_BIND_H
#define HV_EVENT_EVTCHN_BIND_H

#include <hv/event/evtchn.h>

/* Give the table one more bucket. 0 or -ENOMEM. */
int evtchn_grow(struct evtchn_domain *t);

/*
 * Publish a state; senders that are inside stay counted. What the state needs in ch->u was written
 * before.
 */
static inline void evtchn_set_state(struct evtchn *ch, enum evtchn_state state)
{
	uint32_t old = atomic_load(&ch->word);

	while (!atomic_cmpxchg(&ch->word, &old,
			       (old & EVTCHN_HOLD_MASK) | (uint32_t)state << EVTCHN_STATE_SHIFT))
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
	while (atomic_load_acquire(&ch->word) & EVTCHN_HOLD_MASK)
		cpu_relax();
}

#endif
