/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * When a stream of packets is told of: with one event for some dozens, as network cards do.
 *
 * The other side asks for an event when its ring is empty. Where it is about as fast as the sender
 * it does so after every few packets, and is interrupted for each of them. How many come from an
 * event to when it asks again, its turn, says what is worth the wait: if it is one, somebody sends
 * a packet at a time, and perhaps waits for the answer. If they are more, a stream is under way, so
 * many are sent in the time that an event costs, and the next event waits until so many have come
 * as the limits say.
 *
 * 1. It never waits longer than twice what so many took last, and never longer than the limits say:
 *    where they would take longer, it does not wait at all.
 * 2. Where the wait ends by the clock, the sender had no more to send, and was perhaps waiting
 *    itself: the next 2, 4 ... 512 events are sent at once. Where it ends with as many packets as
 *    it
 * waited for, that begins anew.
 * 3. What waits is in the ring already: a side that looks by itself finds it, and needs no event.
 *
 * Pure; the caller serialises, tells the time and has the timer. Source: netif.h, rsp_event and
 * req_event.
 */
#ifndef SHOJI_COALESCE_H
#define SHOJI_COALESCE_H

#ifdef __KERNEL__
#include <linux/types.h>
#else
#include <stdbool.h>
#include <stdint.h>
#endif

#define COALESCE_FRAMES	    32u	     /* of the 256 that a ring has */
#define COALESCE_FRAMES_MAX 128u
#define COALESCE_USECS	    4000u
#define COALESCE_USECS_MAX  100000u
#define COALESCE_SKIP_FIRST 2u
#define COALESCE_SKIP_MAX   512u

struct coalesce_limits { /* of a device; its administrator may change them at any time */
	uint32_t frames; /* 0 or 1: nothing waits */
	uint32_t usecs;
};

struct coalesce {
	const struct coalesce_limits *limits;
	uint32_t at;	 /* the index that the last event told of, */
	uint64_t at_ns;	 /* and when */
	uint32_t turn;	 /* packets in the other side's turn, on average, in sixteenths */
	uint32_t skip;	 /* events that are sent at once before one waits again */
	uint32_t backoff;
	bool open;	 /* an event waits: */
	uint32_t from;	 /* since this index, */
	uint64_t due_ns; /* until then */
};

/** coalesce_init() - nothing is known of the stream; @at: the ring's producer index */
static inline void coalesce_init(struct coalesce *c, const struct coalesce_limits *limits,
				 uint32_t at)
{
	*c = (struct coalesce){.limits = limits, .at = at, .backoff = COALESCE_SKIP_FIRST};
}

/**
 * coalesce_begin() - the other side has asked for an event, for a packet that is in the ring now:
 * may it wait?
 * @c: no event waits
 * @prod: the producer's index, behind that packet
 * @now_ns: of a clock that only goes forward
 *
 * Returns true if it may, until @c->due_ns at the latest.
 */
static inline bool coalesce_begin(struct coalesce *c, uint32_t prod, uint64_t now_ns)
{
	uint32_t frames = c->limits->frames, came = prod - c->at;
	uint64_t took = now_ns - c->at_ns, longest = 1000ULL * c->limits->usecs, wait;

	c->turn = (3 * c->turn + 16 * (came < COALESCE_FRAMES ? came : COALESCE_FRAMES)) / 4;
	if (c->skip) {
		c->skip--;
		return false;
	}
	if (frames < 2 || came < 2 || c->turn < 2 * 16 || took > longest)
		return false;
	wait = (uint32_t)took / came * (uint64_t)frames;
	if (wait > longest)
		return false;
	c->open = true;
	c->from = prod;
	c->due_ns = now_ns + (2 * wait < longest ? 2 * wait : longest);
	return true;
}

/** coalesce_full() - is the event that waits due, now that the producer's index is @prod? */
static inline bool coalesce_full(struct coalesce *c, uint32_t prod)
{
	/* The first packet of them is before @from. */
	if (prod - c->from + 1 < c->limits->frames)
		return false;
	c->backoff = COALESCE_SKIP_FIRST;
	return true;
}

/** coalesce_expired() - is the event that waits due by the clock? */
static inline bool coalesce_expired(struct coalesce *c, uint64_t now_ns)
{
	if (now_ns < c->due_ns)
		return false;
	c->skip = c->backoff;
	c->backoff = c->backoff < COALESCE_SKIP_MAX ? c->backoff * 2 : COALESCE_SKIP_MAX;
	return true;
}

/** coalesce_told() - an event was sent for all before @prod */
static inline void coalesce_told(struct coalesce *c, uint32_t prod, uint64_t now_ns)
{
	c->open = false;
	c->at = prod;
	c->at_ns = now_ns;
}

#endif
