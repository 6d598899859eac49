// SPDX-License-Identifier: GPL-2.0-only
/* When answers are published and told of. See answers.h. */
#include "answers.h"

/**
 * answers_wait() - may the answer that was just written wait for others, unpublished?
 * @a: of the queue
 * @by_thread: the thread of the queue has written it, not a completion
 * @failed: it is an error
 */
bool answers_wait(const struct answers *a, bool by_thread, bool failed)
{
	return a->pace == ANSWERS_ROUND && by_thread && !failed &&
	       a->prod - a->pushed < ANSWERS_BATCH;
}

/* Has the frontend taken what it was told of, and not taken all that is published? */
static bool lies_untold(const struct answers *a, const struct ring_shared *ring)
{
	uint32_t left = ring_unconsumed(ring_read(ring->rsp_taken), a->pushed);

	return left && left <= ring_unconsumed(a->told, a->pushed);
}

/**
 * answers_publish() - publish all that is written
 * @a: of the queue
 * @ring: its ring
 *
 * Also right when nothing was written: after a change of pace.
 *
 * Return: true when the caller is to send an event.
 */
bool answers_publish(struct answers *a, struct ring_shared *ring)
{
	uint32_t old = a->pushed;
	bool tell;

	a->pushed = a->prod;
	if (old != a->prod)
		ring_push(&ring->rsp, a->prod);
	tell = ring_notify(&ring->rsp, old, a->prod); /* its barrier serves rsp_taken too */
	if (!tell && a->windowed && a->pace == ANSWERS_ASLEEP)
		tell = lies_untold(a, ring);
	if (tell)
		a->told = a->pushed;
	return tell;
}
