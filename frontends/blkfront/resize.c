// SPDX-License-Identifier: GPL-2.0-only
/*
 * How large the pool of a queue is.
 *
 *  1. It grows when a request finds too few pages: to twice its size, or to what the request needs.
 *     The request does not wait for that: it waits for pages, or is sent in pieces.
 *  2. Every LOOK it shrinks to what was enough since the last look. Not while slow requests (a
 *     discard of a whole disk) are in the ring: the backend answers them all before it unmaps
 *     pages, and takes no others meanwhile.
 *  3. A growth that fails, for memory, grants or the backend's sake, leaves the pool as it is; the
 *     next one is tried LOOK later.
 *  4. With the pool ring the backend is told in the ring, and answers when it has mapped or
 *     unmapped the pages (BLK_OP_POOL_SIZE). One change is under way at a time. With the stock
 *     protocol nobody is told: a grant that the backend maps still cannot be ended, and its page
 *     stays in the pool until a later look.
 *
 * One delayed work a queue does all of it, so the pages behind the pool are its own. It takes the
 * queue's lock only, and is cancelled when the queue is paused.
 */
#include "blkfront.h"

#include <xen/events.h>

#define LOOK (10 * HZ)

/**
 * blkfront_want_pages() - a request found too few pages in the pool
 * @q: its queue; the caller holds its lock
 * @need: pages that it needs
 */
void blkfront_want_pages(struct frontq *q, unsigned int need)
{
	struct resize *r = &q->resize;

	if (r->step != RESIZE_NONE || r->wanted || q->pool.nr == q->pool.most ||
	    time_before(jiffies, r->not_before))
		return;
	r->wanted = blkpool_next_size(&q->pool, need);
	mod_delayed_work(compat_dfl_wq, &r->work, 0);
}

/**
 * blkfront_resized() - is this the answer to a change of the pool's size?
 * @q: the ring's queue; the caller holds its lock
 * @response: a copy
 */
bool blkfront_resized(struct frontq *q, const struct blk_response *response)
{
	struct resize *r = &q->resize;

	if (r->step != RESIZE_SENT || response->id != r->id ||
	    response->operation != BLK_OP_POOL_SIZE)
		return false;
	q->window.slow--;
	r->done = response->status == BLK_RSP_OKAY;
	r->step = RESIZE_ANSWERED;
	mod_delayed_work(compat_dfl_wq, &r->work, 0);
	return true;
}

/* Prepare a growth that somebody wants, or a shrinking that is due. False: neither. */
static bool begin(struct frontq *q)
{
	struct resize *r = &q->resize;
	unsigned long flags;
	bool grows, begun = false;

	spin_lock_irqsave(&q->lock, flags);
	r->to = r->wanted;
	r->wanted = 0;
	grows = r->to > q->pool.nr;
	if (!grows && time_after_eq(jiffies, r->look) && !q->window.slow) {
		r->look = jiffies + LOOK;
		begun = blkpool_cut(&q->pool, blkpool_idle_size(&q->pool));
		r->to = q->pool.nr;
	}
	spin_unlock_irqrestore(&q->lock, flags);
	if (!grows) {
		/* What the backend did not let go of at the last look. */
		if (!begun && q->pool.made > q->pool.nr)
			blkpool_trim(&q->pool);
		return begun;
	}
	if (blkpool_make(&q->pool, r->to))
		return true;
	r->not_before = jiffies + LOOK;
	return false;
}

/* Tell the backend. False: the ring is full. */
static bool send(struct frontq *q)
{
	struct resize *r = &q->resize;
	union blk_request request = {
		.pool_size = {.operation = BLK_OP_POOL_SIZE, .pages = r->to},
	};
	bool notify = false;
	unsigned long flags;

	spin_lock_irqsave(&q->lock, flags);
	if (q->running && ring_free(q->rsp_cons, q->req_prod, q->slots)) {
		r->id = blkfront_new_id(q, ID_NO_REQUEST, 0);
		request.pool_size.id = r->id;
		blkfront_put(q, &request);
		q->window.slow++;
		r->step = RESIZE_SENT;
		notify = blkfront_push(q);
	}
	spin_unlock_irqrestore(&q->lock, flags);
	if (notify)
		notify_remote_via_irq(q->irq);
	return r->step != RESIZE_UNSENT;
}

/* Requests take pages up to @nr; those that waited for some are sent again. */
static void admit(struct frontq *q, unsigned int nr)
{
	unsigned long flags;
	bool starved;

	spin_lock_irqsave(&q->lock, flags);
	blkpool_admit(&q->pool, nr);
	starved = q->starved;
	q->starved = false;
	spin_unlock_irqrestore(&q->lock, flags);
	if (starved)
		blk_mq_run_hw_queues(q->front->disk->queue, true);
}

static void finish(struct frontq *q)
{
	struct resize *r = &q->resize;

	if (r->to > q->pool.nr && r->done) {
		admit(q, r->to);
	} else {
		if (r->to > q->pool.nr)
			r->not_before = jiffies + LOOK;
		blkpool_trim(&q->pool);
		/* What a stock backend maps still is as good as ever. */
		if (!q->front->features.pool)
			admit(q, q->pool.made);
	}
}

/* The next step, under the lock, since it is looked at there. */
static void set_step(struct frontq *q, enum resize_step step)
{
	unsigned long flags;

	spin_lock_irqsave(&q->lock, flags);
	q->resize.step = step;
	spin_unlock_irqrestore(&q->lock, flags);
}

/*
 * Look again: at once when somebody wants pages, who may have said so after begin() had looked and
 * while step was RESIZE_NONE still; else later, as long as there is something to give back.
 */
static void look_again(struct frontq *q)
{
	struct resize *r = &q->resize;
	unsigned long flags;

	spin_lock_irqsave(&q->lock, flags);
	if (q->running && r->wanted) {
		mod_delayed_work(compat_dfl_wq, &r->work, 0);
	} else if (q->running && q->pool.made > q->pool.start) {
		if (time_after_eq(jiffies, r->look))
			r->look = jiffies + LOOK;
		queue_delayed_work(compat_dfl_wq, &r->work, r->look - jiffies);
	}
	spin_unlock_irqrestore(&q->lock, flags);
}

static void resize_work(struct work_struct *work)
{
	struct frontq *q = container_of(to_delayed_work(work), struct frontq, resize.work);
	struct resize *r = &q->resize;

	if (r->step == RESIZE_NONE && begin(q)) {
		r->done = true; /* with the stock protocol nobody is asked */
		set_step(q, q->front->features.pool ? RESIZE_UNSENT : RESIZE_ANSWERED);
	}
	if (r->step == RESIZE_UNSENT && !send(q)) {
		queue_delayed_work(compat_dfl_wq, &r->work, 1);
		return;
	}
	if (READ_ONCE(r->step) == RESIZE_SENT)
		return; /* the answer starts this work again */
	if (r->step == RESIZE_ANSWERED) {
		finish(q);
		set_step(q, RESIZE_NONE);
	}
	look_again(q);
}

/**
 * blkfront_init_resize() - once for the life of the vbd
 * @q: zeroed
 */
void blkfront_init_resize(struct frontq *q)
{
	INIT_DELAYED_WORK(&q->resize.work, resize_work);
}

/**
 * blkfront_fresh_resize() - the queue has a fresh ring, and so a fresh pool
 * @q: paused; the work is not under way
 */
void blkfront_fresh_resize(struct frontq *q)
{
	struct resize *r = &q->resize;

	r->step = RESIZE_NONE;
	r->wanted = 0;
	r->look = jiffies + LOOK;
	r->not_before = jiffies;
}

/**
 * blkfront_stop_resize() - no change of the pool is under way when this returns
 * @q: paused
 *
 * Sleeps.
 */
void blkfront_stop_resize(struct frontq *q)
{
	cancel_delayed_work_sync(&q->resize.work);
}
