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

void window_init(struct window *w, uint32_t most);
uint32_t window_event(const struct window *w, uint32_t rsp_cons, uint32_t req_pushed);
void window_told(struct window *w, uint32_t answers, uint32_t req_pushed, bool idle);
void window_forward(struct window *w, struct ring_way *rsp, uint32_t rsp_cons, uint32_t req_pushed);
bool window_rearm(struct window *w, struct ring_shared *ring, uint32_t rsp_cons,
		  uint32_t req_pushed);
bool window_open(const struct window *w, uint32_t rsp_cons);

#endif
