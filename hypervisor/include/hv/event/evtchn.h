/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Event channels inside event/ (ABI.md 10; for others: hv/event/event.h). A domain's channels stand
 * in a table indexed by port; what a port's memory in the guest looks like (2-level bitmaps or FIFO
 * words) is behind struct evtchn_ops.
 *
 * Every function that changes a binding takes the table's lock; sending does not (event/evtchn.c
 * says why).
 */
#ifndef HV_EVENT_EVTCHN_H
#define HV_EVENT_EVTCHN_H

#include <hv/atomic.h>
#include <hv/lib/lock_check.h>
#include <hv/spinlock.h>
#include <hv/types.h>
#include <xen/event_channel.h>

enum evtchn_state {
	EVTCHN_FREE,
	EVTCHN_RESERVED,	/* port 0 */
	EVTCHN_UNBOUND,		/* waits for u.unbound.remote to bind */
	EVTCHN_INTERDOMAIN,
	EVTCHN_PIRQ,
	EVTCHN_VIRQ,
	EVTCHN_IPI,
	EVTCHN_CLOSING,		/* nobody new may use it; the closer waits for those inside */
};

/* Counted for each receiving channel by whoever raises it; approximate when two do at once. */
struct evtchn_stats {
	uint32_t sent;		/* times raised */
	uint32_t delivered;	/* of these: an upcall was signalled to the vCPU */
	uint32_t useless;	/* of these: the event was still pending from before */
};

struct evtchn {
	uint32_t word;		/* state << 24 | number of senders inside; see evtchn_enter() */
	uint32_t port;
	uint16_t vcpu;		/* is notified; guarded by the table's lock, read without */
	uint8_t priority;	/* FIFO: the queue that it goes to next */
	uint8_t queue_priority;	/* FIFO: the queue that it was linked to last; that queue's lock */
	uint16_t queue_vcpu;
	bool early;		/* FIFO: raised before its event word existed */
	union {			/* as the state says; written before the state is published */
		struct {
			domid_t remote;
		} unbound;
		struct {
			struct domain *remote;
			struct evtchn *peer;
		} interdomain;
		uint32_t pirq;
		uint32_t virq;
	} u;
	struct evtchn_stats stats;
} __cacheline;
_Static_assert(sizeof(struct evtchn) == CACHE_LINE, "a bucket of 64 channels is one page");

#define EVTCHN_COUNT(counter)	atomic_store(&(counter), atomic_load(&(counter)) + 1)

#define EVTCHN_STATE_SHIFT	24
#define EVTCHN_SENDERS_MASK	((1U << EVTCHN_STATE_SHIFT) - 1)

static inline enum evtchn_state evtchn_state(const struct evtchn *ch)
{
	return (enum evtchn_state)(atomic_load_acquire(&ch->word) >> EVTCHN_STATE_SHIFT);
}

/*
 * What depends on the memory layout that the guest has chosen. All functions: any context. The
 * caller has the table's lock or is inside of the channel.
 */
struct evtchn_ops {
	uint32_t max_ports;
	/* Make the event pending and tell the vCPU unless it is masked or known already. */
	void (*set_pending)(struct domain *d, struct evtchn *ch);
	void (*clear_pending)(struct domain *d, struct evtchn *ch);
	void (*unmask)(struct domain *d, struct evtchn *ch);
	bool (*is_pending)(const struct domain *d, const struct evtchn *ch);
	bool (*is_masked)(const struct domain *d, const struct evtchn *ch);
	/*
	 * A new channel stands at this port: whatever its last user left must go. The table's lock
	 * is held.
	 */
	void (*init_port)(struct domain *d, struct evtchn *ch);
};

extern const struct evtchn_ops evtchn_2l_ops;

#define EVTCHN_BUCKET	64U	/* channels allocated at once: one page of them */
#define EVTCHN_GROUP	512U	/* bucket pointers in one page */
#define EVTCHN_GROUPS	(EVTCHN_FIFO_NR_CHANNELS / (EVTCHN_BUCKET * EVTCHN_GROUP))

/* One a domain. */
struct evtchn_domain {
	spinlock_t lock; /* bindings and everything here; two of them: in the order of their
			    addresses */
	const struct evtchn_ops *ops;	/* published with release */
	struct evtchn_fifo
		*fifo; /* NULL: 2-level. Goes only under the lock when no channel is in use */
	uint32_t limit;		/* ports that the domain may have: 1 .. limit-1 */
	uint32_t ports; /* ports that have memory: 0 .. ports-1; grows, published with release */
	uint32_t in_use;	/* channels that are neither free nor reserved */
	uint32_t free_hint;	/* no port below is free */
	uint32_t close_next;	/* progress of the walk that closes all */
	bool dying;		/* no new bindings */
	uint64_t pollers;	/* bit v: vCPU v is in SCHEDOP_poll; atomic */
	struct evtchn **group[EVTCHN_GROUPS];	/* [port / 32768][port / 64 % 512][port % 64] */
};

/*
 * ---- look-up and sending (evtchn.c) -------------------------------------------------------------
 */

/*
 * The channel at port, or NULL when there is no such port. The memory stays as long as d. Any
 * context.
 */
struct evtchn *evtchn_get(const struct domain *d, uint32_t port);

/*
 * The caller becomes a sender inside ch, which stays as it is until evtchn_leave(). Returns its
 * state, or EVTCHN_FREE: then the caller is not inside, and must not leave. Any context, never
 * waits. A sender inside must not take a channel table's lock. Once a closer has written
 * EVTCHN_CLOSING nobody new adds to the count, so the closer's wait ends.
 */
static inline enum evtchn_state evtchn_enter(struct evtchn *ch)
{
	enum evtchn_state state = evtchn_state(ch);

	if (state == EVTCHN_FREE || state == EVTCHN_CLOSING)
		return EVTCHN_FREE;
	state = (enum evtchn_state)((atomic_add(&ch->word, 1)) >> EVTCHN_STATE_SHIFT);
	if (likely(state != EVTCHN_FREE && state != EVTCHN_CLOSING)) {
		LOCK_CHECKED(lock_check_tried(RANK_EVTCHN_COUNT, ch, 0, LOCK_SITE));
		return state;
	}
	atomic_sub(&ch->word, 1);
	return EVTCHN_FREE;
}

static inline void evtchn_leave(struct evtchn *ch)
{
	LOCK_CHECKED(lock_check_drop(ch, LOCK_SITE));
	atomic_sub(&ch->word, 1);
}

/* Raise the event of a channel of d that the caller is inside of, or of whose peer. Any context. */
void evtchn_raise(struct domain *d, struct evtchn *ch);

/* EVTCHNOP_send. 0, or -EINVAL: not a port that can be sent on. Any context, no lock. */
int evtchn_send(struct domain *d, uint32_t port);

/* EVTCHNOP_unmask. 0 or -EINVAL. Hypercall context; takes no lock. */
int evtchn_unmask(struct domain *d, uint32_t port);
/* EVTCHNOP_reset: close everything, go back to 2-level. 0, or -ERESTART: call again. */
int evtchn_reset(struct domain *d);
/* Give the table one more bucket. The table's lock is held. 0 or -ENOMEM. */
int evtchn_grow(struct evtchn_domain *t);

#endif
