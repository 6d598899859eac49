/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * When an event is sent, for all rings of the four drivers. An event costs its sender a hypercall
 * and its receiver an interrupt, so it should tell of many entries; and nobody may wait for one
 * that does not come.
 *
 * The consumer of a direction says when it wants to be told, by its event index, since the consumer
 * alone knows what it waits for. The producer does what the index says and guesses nothing.
 *
 *  1. The window of a block frontend. It expects the answers to the requests that it has in the
 *     ring and asks for the event at all of them but an eighth, one at least; while nobody waits it
 *     grows its window beyond that (frontends/blkfront/window.h).
 *  2. The window of a network consumer. It knows of no packet before the packet comes, but it knows
 *     whether anybody waits for what it does with packets: it has sent something the other way. In
 *     a one-way stream it asks for the event at as many as come in half of its timer's time
 *     (common/net_window.c).
 *  3. An index that moves forward only loses nothing when it moves: one that the producer has
 *     passed was followed by an event (ring_set_event()). Before a consumer sleeps, and wherever
 *     its index may move backward, a final check follows (ring_final_check()).
 *  4. The bound. What is expected need not come, or not soon. A consumer whose window is larger
 *     than one entry has a timer of its own that looks at the ring (block: every two jiffies,
 *     for what it has not taken since its last look; network: rx-usecs of ethtool -C).
 *  5. Busy-poll. A consumer looks at an empty ring for a bounded time before it asks for an event
 *     and sleeps, if the last event came so soon that such a look would have saved it; the first
 *     look in vain ends that (struct busy_poll).
 *
 * Pure: the caller serialises, tells the time and has the timer.
 */
#ifndef SHOJI_COMMON_MODERATE_H
#define SHOJI_COMMON_MODERATE_H

#include "../include/xen/io/types.h"

/**
 * struct busy_poll - is it worth while to look at an empty ring for a moment?
 * @armed_ns: when the consumer asked for an event last
 * @worth: the last event came within the limit after that, and no look was in vain since
 */
struct busy_poll {
	uint64_t armed_ns;
	bool worth;
};

/* The consumer has asked for an event, at @now_ns, and sleeps. */
void busy_poll_armed(struct busy_poll *poll, uint64_t now_ns);
/* The event came at @now_ns; a look lasts @limit_ns at most. */
void busy_poll_event(struct busy_poll *poll, uint64_t now_ns, uint64_t limit_ns);
/*
 * Whether a look at the empty ring that began at @begun_ns goes on at @now_ns. A look that
 * reaches @limit_ns was in vain, and none follows until an event says otherwise.
 */
bool busy_poll_goes_on(struct busy_poll *poll, uint64_t begun_ns, uint64_t now_ns,
		       uint64_t limit_ns);

#endif
