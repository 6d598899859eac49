/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Where blkfront's event index stands: ahead of what it has taken by the window, with a backend
 * that uses the pool ring.
 *
 *  1. The window is that of common/moderate.h for what is in flight, or `grown` if that is more.
 *  2. An event that interrupts a running task came while nobody waited: `grown` doubles. So a
 *     guest that submits one request after the other, without waiting, is told of many answers at
 *     once.
 *  3. An event that found an idle CPU was waited for: `grown` is at most the window for the
 *     requests that were published since the last event.
 *  4. An event that finds fewer answers than the window was late: `grown` is what it found, and
 *     does not grow for the next 2, 4, ... WINDOW_BACKOFF events. A window that is filled starts
 *     the back-off anew.
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

#define WINDOW_BACKOFF 64u /* events */

/**
 * struct window - the event index of a ring's responses
 * @event: where it stands
 * @most: the largest window, answers; 0 and 1: each answer has its event
 * @grown: the window where less is in flight, answers; rule 2
 * @size: the window when the index was set last
 * @seen: requests that were published at the last event
 * @skip: events for which @grown does not grow
 * @backoff: what @skip becomes at the next late look
 * @slow: requests in the ring that are slow by nature (flush, discard, zeroes, secure erase): they
 *	are not expected soon, so the index waits for the others only
 */
struct window {
	uint32_t event;
	uint32_t most;
	uint32_t grown, size, seen;
	uint32_t skip, backoff;
	uint32_t slow;
};

/* The window of a fresh ring; with @most 0 or 1 each answer has its event. */
void window_init(struct window *w, uint32_t most);
/* The index, @rsp_cons + 1 at least, at which the next event is wanted. */
uint32_t window_event(const struct window *w, uint32_t rsp_cons, uint32_t req_pushed);
/*
 * An event came and found @answers answers in the ring, on an idle CPU or a busy one (rules 2 to
 * 4). 0 answers say nothing of the window.
 */
void window_told(struct window *w, uint32_t answers, uint32_t req_pushed, bool idle);
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
