// SPDX-License-Identifier: GPL-2.0-only
/* Where the event index stands. See window.h. */
#include "window.h"

#include "common/moderate.h"

/**
 * window_init() - of a fresh ring
 * @w: filled in
 * @most: the largest window, answers; 0 and 1: each answer has its event
 */
void window_init(struct window *w, uint32_t most)
{
	*w = (struct window){.event = 1, .most = most, .grown = 1, .size = 1, .backoff = 2};
}

/**
 * window_event() - the index at which the next event is wanted
 * @w: of the ring
 * @rsp_cons: answers that were taken
 * @req_pushed: requests that are published
 *
 * Return: @rsp_cons + 1 at least.
 */
uint32_t window_event(const struct window *w, uint32_t rsp_cons, uint32_t req_pushed)
{
	uint32_t in_flight = ring_unconsumed(rsp_cons, req_pushed);
	uint32_t expected = in_flight > w->slow ? in_flight - w->slow : 0;
	uint32_t window = moderate_window(expected, w->most);

	return rsp_cons + (window > w->grown ? window : w->grown);
}

/**
 * window_told() - an event came
 * @w: of the ring
 * @answers: that lie in the ring; 0: those that the event told of were taken before it came, so it
 *	says nothing of the window
 * @req_pushed: requests that are published
 * @idle: the CPU was idle
 */
void window_told(struct window *w, uint32_t answers, uint32_t req_pushed, bool idle)
{
	uint32_t submitted = moderate_window(ring_unconsumed(w->seen, req_pushed), w->most);

	if (!answers)
		return;
	w->seen = req_pushed;
	if (answers < w->size) {
		w->grown = answers;
		w->skip = w->backoff;
		w->backoff = w->backoff < WINDOW_BACKOFF ? 2 * w->backoff : WINDOW_BACKOFF;
		return;
	}
	if (w->size > 1)
		w->backoff = 2;
	if (idle)
		w->grown = w->grown < submitted ? w->grown : submitted;
	else if (!w->skip && 2 * w->grown <= w->most)
		w->grown *= 2;
	w->skip -= !!w->skip;
}

/**
 * window_forward() - more requests are about to be published: move the index forward
 * @w: of the ring
 * @rsp: the ring's responses
 * @rsp_cons: answers that were taken
 * @req_pushed: requests, those among them that the caller publishes next
 *
 * Not when answers have passed the index: then an event is under way, and window_rearm() follows.
 */
void window_forward(struct window *w, struct ring_way *rsp, uint32_t rsp_cons, uint32_t req_pushed)
{
	uint32_t event = window_event(w, rsp_cons, req_pushed);

	if ((int32_t)(event - w->event) <= 0 || (int32_t)(ring_read(rsp->prod) - w->event) >= 0)
		return;
	w->event = event;
	w->size = event - rsp_cons;
	ring_set_event(rsp, event);
}

/**
 * window_rearm() - answers were taken: say so, and ask for the next event
 * @w: of the ring
 * @ring: the ring
 * @rsp_cons: answers that were taken
 * @req_pushed: requests that are published
 *
 * Return: true when answers are there already: look again.
 */
bool window_rearm(struct window *w, struct ring_shared *ring, uint32_t rsp_cons,
		  uint32_t req_pushed)
{
	w->event = window_event(w, rsp_cons, req_pushed);
	w->size = w->event - rsp_cons;
	if (w->most > 1)
		ring_write(ring->rsp_taken, rsp_cons);
	ring_final_check(&ring->rsp, w->event); /* its barrier; fewer than the window count, too */
	return ring_read(ring->rsp.prod) != rsp_cons;
}

/**
 * window_open() - may answers lie untold in the ring, so that a timer is needed?
 * @w: of the ring
 * @rsp_cons: answers that were taken
 */
bool window_open(const struct window *w, uint32_t rsp_cons)
{
	return w->event - rsp_cons > 1;
}
