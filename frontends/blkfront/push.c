// SPDX-License-Identifier: GPL-2.0-only
/*
 * The last steps of what goes into the ring, be it a request of the disk or a change of the pool:
 * into its slot, and published.
 *
 * Under struct frontq's lock.
 */
#include "blkfront.h"

#define BOUND 2 /* jiffies between two looks at what lies untold */

/**
 * blkfront_new_id() - an id that no answer has named before
 * @q: the ring's queue
 * @hw: number of a hardware context of blk-mq, or ID_NO_REQUEST
 * @tag: of the request in it
 *
 * Under the lock.
 */
u64 blkfront_new_id(struct frontq *q, unsigned int hw, unsigned int tag)
{
	q->generation++;
	return (u64)q->generation << (ID_TAG_BITS + ID_HW_BITS) | (u64)hw << ID_TAG_BITS | tag;
}

/**
 * blkfront_put() - write a request into the next slot, which is free
 * @q: the ring's queue
 * @request: in private memory
 *
 * Under the lock; blkfront_push() publishes it.
 */
void blkfront_put(struct frontq *q, const union blk_request *request)
{
	memcpy(ring_slot(q->ring, q->req_prod, q->slots, BLK_SLOT_BYTES_64), request,
	       sizeof(*request));
	q->req_prod++;
}

/**
 * blkfront_bound_window() - answers may lie untold in the ring: the timer takes them
 * @q: the ring's queue
 *
 * Unless others were taken since it was set. It is set once for many events. Under the lock.
 */
void blkfront_bound_window(struct frontq *q)
{
	if (!window_open(&q->window, q->rsp_cons) || timer_pending(&q->bound))
		return;
	q->bound_cons = q->rsp_cons;
	mod_timer(&q->bound, jiffies + BOUND);
}

/**
 * blkfront_push() - publish what was written
 * @q: the ring's queue
 *
 * Under the lock. Return: true when the backend wants an event; the caller sends it without the
 * lock.
 */
bool blkfront_push(struct frontq *q)
{
	u32 old = q->req_pushed;

	if (old == q->req_prod)
		return false;
	q->req_pushed = q->req_prod;
	window_forward(&q->window, &q->ring->rsp, q->rsp_cons, q->req_pushed);
	blkfront_bound_window(q);
	if (!ring_push_notify(&q->ring->req, old, q->req_prod))
		return false;
	q->notifies++;
	return true;
}
