// SPDX-License-Identifier: GPL-2.0-only
/*
 * When a network consumer wants to be told: netback of requests of the tx ring, netfront of
 * responses of the rx ring. The principle is in moderate.h.
 *
 *     poll finds packets --> net_window_found()
 *     ring is empty      --> event index = cons + net_window_next(), final check, sleep
 *                                  |
 *                                  +-- event: the window is full      --> poll
 *                                  +-- timer: rx-usecs have gone by   --> poll
 *
 *  1. A queue that has sent nothing the other way in two turns carries a one-way stream: nobody
 *     waits for what the consumer does with its packets. All others are told of each turn's first
 *     packet: an echo, a request, and TCP, whose acknowledgements go the other way and whose
 *     packets of many segments are batches already. A turn goes from one event index to the next.
 *  2. The window of a one-way stream is as many packets as come in half of rx-usecs at the pace of
 *     the last turn, rx-frames at most.
 *  3. A window that the timer ends was too large: the next 2, 4, ... NET_WINDOW_BACKOFF turns have
 *     none. A window that is filled starts the back-off anew. So a dialogue whose two directions
 *     use different queues waits for rx-usecs in one turn of NET_WINDOW_BACKOFF.
 *  4. A poll that finds nothing, as for answers of the other direction, leaves the window as it is
 *     until the window is due.
 *
 * The timer is lazy: an event does not cancel it and a new window does not move it. When it fires
 * before @due_ns it is started again for @due_ns; so a stream costs one timer for each rx-usecs and
 * not one for each window. It is never lost: net_window_next() writes @due_ns before it looks
 * whether the timer is queued, and the handler, which is no longer queued when it runs, reads
 * @due_ns after that; a full barrier on each side.
 *
 * Contexts: found and next in the queue's NAPI context; the timer in hard interrupt context, on the
 * CPU that started it. The administrator's limits change under rtnl, at any time.
 */
#include "net_window.h"

#ifdef __KERNEL__
#include <linux/ethtool.h>
#include <linux/ktime.h>
#include <linux/netdevice.h>

#include "compat.h"
#endif

static enum hrtimer_restart net_window_timeout(struct hrtimer *timer)
{
	struct net_window *window = container_of(timer, struct net_window, timer);
	u64 due;

	smp_mb(); /* not queued any more, before due_ns; partner: net_window_next() */
	due = READ_ONCE(window->due_ns);
	if (ktime_get_ns() < due) {
		hrtimer_start(timer, ns_to_ktime(due), HRTIMER_MODE_ABS);
	} else {
		window->timeouts++;
		napi_schedule(window->napi);
	}
	return HRTIMER_NORESTART; /* net_window_next() may have started it meanwhile, too */
}

/**
 * net_window_init() - nothing is known of the stream
 * @window: zeroed
 * @limits: of the device
 * @napi: of the queue
 * @sent: the index of what the queue has sent the other way; read without a lock
 *
 * Context: process, before the queue is started for the first time.
 */
void net_window_init(struct net_window *window, const struct net_window_limits *limits,
		     struct napi_struct *napi, const u32 *sent)
{
	window->limits = limits;
	window->napi = napi;
	window->sent = sent;
	window->size = 1;
	window->backoff = NET_WINDOW_BACKOFF_MIN;
	compat_hrtimer_setup(&window->timer, net_window_timeout, CLOCK_MONOTONIC, HRTIMER_MODE_ABS);
}

/**
 * net_window_found() - a poll has found packets
 * @window: of the consumer
 * @packets: how many
 *
 * Context: the queue's NAPI context.
 */
void net_window_found(struct net_window *window, unsigned int packets)
{
	window->found += packets;
}

/* Rule 3: was the last window too large? */
static void net_window_judge(struct net_window *window)
{
	if (window->size < 2)
		return;
	if (window->found >= window->size) {
		window->backoff = NET_WINDOW_BACKOFF_MIN;
	} else {
		window->skip = window->backoff;
		window->backoff = min(2 * window->backoff, NET_WINDOW_BACKOFF);
	}
}

/* Rules 1 and 2. Return: 1 or more */
static u32 net_window_size(struct net_window *window, u64 now, u64 longest)
{
	u64 turn = now - window->armed_ns;
	u32 sent = READ_ONCE(*window->sent), most = READ_ONCE(window->limits->frames);
	bool one_way = sent == window->sent_seen[1];

	window->sent_seen[1] = window->sent_seen[0];
	window->sent_seen[0] = sent;
	window->armed_ns = now;
	if (!one_way || turn > longest)
		return 1;
	if (window->skip) {
		window->skip--;
		return 1;
	}
	return clamp((u32)(longest / 2) / ((u32)turn / window->found + 1), 1U, max(most, 1U));
}

/**
 * net_window_next() - the ring is empty: how many slots shall the next event tell of?
 * @window: of the consumer
 *
 * By the rules at the top. Starts the timer for a window of more than one slot.
 *
 * Return: 1 or more, for the event index: so many ahead of the consumer index.
 *
 * Context: the queue's NAPI context; the caller sets the index with ring_final_check().
 */
u32 net_window_next(struct net_window *window)
{
	u64 longest = (u64)READ_ONCE(window->limits->usecs) * NSEC_PER_USEC;
	u64 now = ktime_get_ns();

	if (!window->found && (window->size < 2 || now < window->due_ns))
		return window->size;
	net_window_judge(window);
	window->size = window->found ? net_window_size(window, now, longest) : 1;
	window->found = 0;
	if (window->size == 1)
		return 1;
	window->windows++;
	WRITE_ONCE(window->due_ns, now + longest);
	smp_mb(); /* due_ns, before a look at the timer; partner: net_window_timeout() */
	if (!hrtimer_is_queued(&window->timer))
		hrtimer_start(&window->timer, ns_to_ktime(window->due_ns), HRTIMER_MODE_ABS);
	return window->size;
}

/**
 * net_window_stop() - end the timer; idempotent
 * @window: of a queue whose NAPI context is disabled
 *
 * Context: process; may sleep.
 */
void net_window_stop(struct net_window *window)
{
	hrtimer_cancel(&window->timer);
}

/**
 * net_window_get() - for ethtool -c
 * @limits: of the device
 * @answer: rx-usecs and rx-frames are set
 *
 * Context: under rtnl.
 */
void net_window_get(const struct net_window_limits *limits, struct ethtool_coalesce *answer)
{
	answer->rx_max_coalesced_frames = limits->frames;
	answer->rx_coalesce_usecs = limits->usecs;
}

/**
 * net_window_set() - for ethtool -C
 * @limits: of the device; its queues heed them from their next window on
 * @wish: rx-usecs and rx-frames
 *
 * Return: 0, or -EINVAL for more than NET_WINDOW_FRAMES_MAX or NET_WINDOW_USECS_MAX.
 *
 * Context: under rtnl.
 */
int net_window_set(struct net_window_limits *limits, const struct ethtool_coalesce *wish)
{
	if (wish->rx_max_coalesced_frames > NET_WINDOW_FRAMES_MAX ||
	    wish->rx_coalesce_usecs > NET_WINDOW_USECS_MAX)
		return -EINVAL;
	WRITE_ONCE(limits->frames, wish->rx_max_coalesced_frames);
	WRITE_ONCE(limits->usecs, wish->rx_coalesce_usecs);
	return 0;
}
