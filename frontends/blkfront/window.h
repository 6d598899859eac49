/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Where blkfront's event index stands: ahead of what it has taken by the window, with a backend
 * that uses the pool ring.
 *
 *  1. The window is all that is in flight but an eighth, one at least: an event tells of nearly
 *     all, and while the guest works on them the backend has the rest to work on. A guest with one
 *     request in flight, or two, is told of the next answer.
 *  2. While the guest publishes requests, the index stands `ahead` answers ahead at least: the
 *     backend may be so fast that little is in flight at a time.
 *  3. An event that found an idle CPU was waited for: `ahead` is the window for what was in flight.
 *  4. An event that interrupts a task came while nobody waited: `ahead` is that window too, or
 *     twice itself if that is no more. So a guest that submits one request after the other,
 *     without waiting, is told of many answers at once.
 *  5. A doubled window may be more than the guest ever has in flight. If the event after it was
 *     waited for and found less, `ahead` is not doubled for the next 2, 4, ... 256 such events; if
 *     it found the window filled, that number is halved.
 *  6. An event says nothing of `ahead` if its answers were taken before it came, if nothing was
 *     published since the last event, or if only slow requests are in flight.
 *
 * By rule 2 the index may lie ahead of what is in flight. The backend sends an event for what was
 * not taken when it goes to sleep (backends/blkback/answers.h); a stock backend does not, so the
 * index stands at the next answer there.
 *
 * Pure. The caller serialises (struct frontq's lock).
 */
#ifndef SHOJI_BLKFRONT_WINDOW_H
#define SHOJI_BLKFRONT_WINDOW_H

#include "common/ring.h"

#define WINDOW_BACKOFF_MIN 2u /* events */
#define WINDOW_BACKOFF_MAX 256u

/**
 * struct window - the event index of a ring's responses
 * @event: where it stands
 * @most: the largest window, answers; 0 and 1: each answer has its event
 * @ahead: the window while the guest publishes, answers; rules 2 to 5
 * @size: the window when the index was set last
 * @seen: requests that were published at the last event that says something
 * @skip: events for which @ahead is not doubled
 * @backoff: what @skip becomes at the next doubled window that was too large
 * @slow: requests in the ring that are slow by nature (flush, discard, zeroes, secure erase): they
 *	are not expected soon, so the index waits for the others only
 * @trial: @ahead was doubled at the last event that says something
 */
struct window {
	uint32_t event;
	uint32_t most;
	uint32_t ahead, size, seen;
	uint32_t skip, backoff;
	uint32_t slow;
	bool trial;
};

/* The window of a fresh ring; with @most 0 or 1 each answer has its event. */
void window_init(struct window *w, uint32_t most);
/* The index, @rsp_cons + 1 at least, at which the next event is wanted by rule 1. */
uint32_t window_event(const struct window *w, uint32_t rsp_cons, uint32_t req_pushed);
/*
 * An event came and found @answers answers in the ring, on an idle CPU or a busy one (rules 3 to
 * 6).
 */
void window_told(struct window *w, uint32_t answers, uint32_t rsp_cons, uint32_t req_pushed,
		 bool idle);
/*
 * Move the index forward for the requests before @req_pushed, which the caller publishes next;
 * not past answers that have passed it, since an event is under way then.
 */
void window_forward(struct window *w, struct ring_way *rsp, uint32_t rsp_cons, uint32_t req_pushed);
/*
 * Answers before @rsp_cons were taken: say so, and ask for the next event. True when answers are
 * there already: look again.
 */
bool window_rearm(struct window *w, struct ring_shared *ring, uint32_t rsp_cons,
		  uint32_t req_pushed);
/* Whether answers may lie in the ring without an event, so that a timer is needed. */
bool window_open(const struct window *w, uint32_t rsp_cons);

#endif
