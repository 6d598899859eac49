/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Where blkfront's event index stands: ahead of what it has taken by half of what it has in flight
 * (common/moderate.h), with a backend that uses the pool ring. Such a backend also sends an event
 * for what was not taken when it goes to sleep (backends/blkback/answers.h); a stock backend does
 * not, so the index stands at the next answer there.
 *
 * Pure. The caller serialises (struct frontq's lock).
 */
#ifndef SHOJI_BLKFRONT_WINDOW_H
#define SHOJI_BLKFRONT_WINDOW_H

#include "common/ring.h"

/**
 * struct window - the event index of a ring's responses
 * @event: where it stands
 * @most: the largest window, answers; 0 and 1: each answer has its event
 * @slow: requests in the ring that are slow by nature (flush, discard, zeroes, secure erase): they
 *	are not expected soon, so half of the others is what the index waits for
 */
struct window {
	uint32_t event;
	uint32_t most;
	uint32_t slow;
};

void window_init(struct window *w, uint32_t most);
uint32_t window_event(const struct window *w, uint32_t rsp_cons, uint32_t req_pushed);
void window_forward(struct window *w, struct ring_way *rsp, uint32_t rsp_cons, uint32_t req_pushed);
bool window_rearm(struct window *w, struct ring_shared *ring, uint32_t rsp_cons,
		  uint32_t req_pushed);
bool window_open(const struct window *w, uint32_t rsp_cons);

#endif
