// SPDX-License-Identifier: GPL-2.0-only
/* Where the event index of blkfront's responses stands. See window.h. */
#include "window.h"

/* All of @expected answers but an eighth, one at least; from 1 to @most. */
static uint32_t most_of(uint32_t expected, uint32_t most)
{
	uint32_t left = expected < 16 ? 1 : expected / 8;
	uint32_t window = expected > left ? expected - left : 1;

	if (window > most)
		window = most;
	return window ? window : 1;
}

/* Answers that may come soon. */
static uint32_t expected(const struct window *w, uint32_t rsp_cons, uint32_t req_pushed)
{
	uint32_t in_flight = ring_unconsumed(rsp_cons, req_pushed);

	return in_flight > w->slow ? in_flight - w->slow : 0;
}

/**
 * window_init() - of a fresh ring
 * @w: filled in
 * @most: the largest window, answers; 0 and 1: each answer has its event
 */
void window_init(struct window *w, uint32_t most)
{
	*w = (struct window){
		.event = 1, .most = most, .ahead = 1, .size = 1, .backoff = WINDOW_BACKOFF_MIN};
}

/**
 * window_event() - the index at which the next event is wanted, by what is in flight
 * @w: of the ring
 * @rsp_cons: answers that were taken
 * @req_pushed: requests that are published
 *
 * Return: @rsp_cons + 1 at least.
 */
uint32_t window_event(const struct window *w, uint32_t rsp_cons, uint32_t req_pushed)
{
	return rsp_cons + most_of(expected(w, rsp_cons, req_pushed), w->most);
}

/* Nobody waited, and the window was filled: rules 4 and 5. True when the next one is on trial. */
static bool grow(struct window *w, uint32_t in_flight)
{
	uint32_t window = most_of(in_flight, w->most);

	if (window > w->ahead) {
		w->ahead = window;
		return false;
	}
	if (w->skip) {
		w->skip--;
		return false;
	}
	if (2 * w->ahead > w->most)
		return false;
	w->ahead *= 2;
	return true;
}

/**
 * window_told() - an event came
 * @w: of the ring
 * @answers: that lie in the ring; 0: those that the event told of were taken before it came
 * @rsp_cons: answers that were taken
 * @req_pushed: requests that are published
 * @idle: the CPU was idle
 */
void window_told(struct window *w, uint32_t answers, uint32_t rsp_cons, uint32_t req_pushed,
		 bool idle)
{
	uint32_t in_flight = expected(w, rsp_cons, req_pushed);
	bool filled = answers >= w->size, trial = w->trial;

	if (!answers || !in_flight || req_pushed == w->seen)
		return; /* rule 6 */
	w->seen = req_pushed;
	w->trial = false;
	if (idle) {
		w->ahead = most_of(in_flight, w->most);
		if (trial && !filled) {
			w->backoff *= w->backoff < WINDOW_BACKOFF_MAX ? 2 : 1;
			w->skip = w->backoff;
		}
	} else if (filled) {
		w->backoff /= trial && w->backoff > WINDOW_BACKOFF_MIN ? 2 : 1;
		w->trial = grow(w, in_flight);
	}
}

/**
 * window_forward() - more requests are about to be published: move the index forward (rule 2)
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

	if (event - rsp_cons < w->ahead)
		event = rsp_cons + w->ahead;
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
