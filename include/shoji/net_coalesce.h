/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What a driver needs to let events wait as coalesce.h says: the question when a packet is in the
 * ring, the timer that ends the wait, and ethtool's settings (ethtool -C DEVICE tx-frames N
 * tx-usecs N).
 *
 * Everything is guarded by the lock of the netdev's queue. The timer is left alone when an event
 * was sent before it: it looks whether another one waits by then, so under load it costs one
 * hypercall for several events; only one that is due earlier sets it anew. It is never forgotten:
 * "set" is true from when it is started until its handler, under that lock, finds that nothing
 * waits.
 */
#ifndef SHOJI_NET_COALESCE_H
#define SHOJI_NET_COALESCE_H

#include <linux/ethtool.h>
#include <linux/hrtimer.h>
#include <linux/irqflags.h>
#include <linux/netdevice.h>
#include <linux/preempt.h>
#include <linux/version.h>
#include <shoji/coalesce.h>
#include "common/ring.h"

struct net_coalesce {
	struct coalesce c;
	struct hrtimer timer;
	bool set;
	u64 waited, expired; /* events */
};

/*
 * Once, before anything else; @handler: of the timer, runs in a softirq and calls
 * net_coalesce_look() and _again().
 */
static inline void net_coalesce_init(struct net_coalesce *n,
				     enum hrtimer_restart (*handler)(struct hrtimer *))
{
#if LINUX_VERSION_CODE < KERNEL_VERSION(6, 13, 0)
	hrtimer_init(&n->timer, CLOCK_MONOTONIC, HRTIMER_MODE_ABS_SOFT);
	n->timer.function = handler;
#else
	hrtimer_setup(&n->timer, handler, CLOCK_MONOTONIC, HRTIMER_MODE_ABS_SOFT);
#endif
}

/*
 * May the event for the packets before @prod wait for more of the same stream? Only for what a
 * process sends, one packet at a time (@single: it is not made of many segments). @event: from
 * where on the other side asks for one; @told: up to where it was decided whether one is sent.
 */
static inline bool net_coalesce_wait(struct net_coalesce *n, bool single, const u32 *event,
				     u32 told, u32 prod)
{
	if (!single || in_serving_softirq() ||
	    irqs_disabled()) /* the last is netpoll's: see net_batch.c */
		return false;
	if (n->c.open)
		return !coalesce_full(&n->c, prod);
	/* Only a hint, without a barrier: who is not asked decides again when the packet is published. */
	if (!ring_passed(READ_ONCE(*event), told, prod) ||
	    !coalesce_begin(&n->c, prod, ktime_get_ns()))
		return false;
	n->waited++;
	/* Set for an event that was sent before it, it may be late for this one. */
	if (!n->set || n->c.due_ns < (u64)ktime_to_ns(hrtimer_get_expires(&n->timer)))
		hrtimer_start(&n->timer, ns_to_ktime(n->c.due_ns), HRTIMER_MODE_ABS_SOFT);
	n->set = true;
	return true;
}

/* It was decided about an event for all before @prod; @sent: with the result that it was sent. */
static inline void net_coalesce_told(struct net_coalesce *n, u32 prod, bool sent)
{
	n->c.open = false;
	if (sent)
		coalesce_told(&n->c, prod, ktime_get_ns());
}

/* In the timer's handler: is an event due? */
static inline bool net_coalesce_look(struct net_coalesce *n)
{
	if (!n->c.open || !coalesce_expired(&n->c, ktime_get_ns()))
		return false;
	n->expired++;
	return true;
}

/* And after it, under the same lock: what the handler returns. */
static inline enum hrtimer_restart net_coalesce_again(struct net_coalesce *n)
{
	if (hrtimer_is_queued(&n->timer))
		return HRTIMER_NORESTART; /* set anew while the handler waited for the lock */
	n->set = n->c.open;
	if (!n->set)
		return HRTIMER_NORESTART;
	hrtimer_set_expires(&n->timer, ns_to_ktime(n->c.due_ns));
	return HRTIMER_RESTART;
}

/* The stack sends no more and nothing waits. Process context, without the lock. */
static inline void net_coalesce_stop(struct net_coalesce *n)
{
	hrtimer_cancel(&n->timer);
	n->set = false;
}

static inline void net_coalesce_get(const struct coalesce_limits *limits,
				    struct ethtool_coalesce *answer)
{
	answer->tx_max_coalesced_frames = limits->frames;
	answer->tx_coalesce_usecs = limits->usecs;
}

/* Under rtnl. The queues read the limits as they are. */
static inline int net_coalesce_set(struct coalesce_limits *limits,
				   const struct ethtool_coalesce *wish)
{
	if (wish->tx_max_coalesced_frames > COALESCE_FRAMES_MAX ||
	    wish->tx_coalesce_usecs > COALESCE_USECS_MAX)
		return -EINVAL;
	WRITE_ONCE(limits->frames, wish->tx_max_coalesced_frames);
	WRITE_ONCE(limits->usecs, wish->tx_coalesce_usecs);
	return 0;
}

#define NET_COALESCE_LIMITS {.frames = COALESCE_FRAMES, .usecs = COALESCE_USECS}
#define NET_COALESCE_PARAMS (ETHTOOL_COALESCE_TX_USECS | ETHTOOL_COALESCE_TX_MAX_FRAMES)

#endif
