// SPDX-License-Identifier: GPL-2.0-only
/*
 * Requests into the ring, answers out of it.
 *
 * Into the ring: request.c says what a request becomes, pool.c has pages for it, data.c fills them
 * and the slot, push.c publishes. Out of it: match() finds the request of an answer.
 *
 * The backend is not trusted: an answer is copied, and must name a request that is in the ring.
 *
 * Lock: struct frontq's: the ring and the pool; taken in interrupts.
 */
#include "blkfront.h"

#include <linux/module.h>
#include <linux/nospec.h>
#include <linux/sched.h>
#include <xen/events.h>

#define BATCH 32 /* answers that are taken between two locks */

static unsigned int event_window = 128;
module_param(event_window, uint, 0444);
MODULE_PARM_DESC(event_window, "answers that one event tells of, at most (1: each has its event)");

static struct frontq *queue_of(struct blkfront *front, const struct blk_mq_hw_ctx *hctx)
{
	return &front->queues[hctx->queue_num % front->nr_queues];
}

/*
 * Pages for a request, or for as much of it as a pool of this size holds. False: others have them.
 * Under the lock.
 */
static bool take_pages(struct frontq *q, struct request *rq)
{
	struct frontreq *fr = blk_mq_rq_to_pdu(rq);
	unsigned int need = fr->pages + fr->dir_pages, nr = blkfront_fit(rq, q->pool.nr);

	fr->nr_runs = blkpool_take(&q->pool, nr, fr->run, ARRAY_SIZE(fr->run));
	if (!fr->nr_runs || nr < need)
		blkfront_want_pages(q, need);
	return fr->nr_runs;
}

/* Pages for the request, if it needs any. What is lacking comes back when others are answered. */
static blk_status_t reserve(struct frontq *q, struct request *rq)
{
	struct frontreq *fr = blk_mq_rq_to_pdu(rq);
	unsigned long flags;
	blk_status_t status = BLK_STS_OK;

	spin_lock_irqsave(&q->lock, flags);
	if (!q->running) {
		status = q->front->dead ? BLK_STS_IOERR : BLK_STS_RESOURCE;
	} else if (ring_free(q->rsp_cons, q->req_prod, q->slots) == 0) {
		status = BLK_STS_DEV_RESOURCE;
	} else if (fr->pages && !take_pages(q, rq)) {
		status = BLK_STS_DEV_RESOURCE;
	}
	if (status == BLK_STS_DEV_RESOURCE)
		q->starved = true;
	spin_unlock_irqrestore(&q->lock, flags);
	return status;
}

/* Give the pages back; true when a request waits for them. */
static bool release(struct frontreq *fr)
{
	struct frontq *q = fr->q;
	unsigned long flags;
	bool starved;

	spin_lock_irqsave(&q->lock, flags);
	blkpool_give_back(&q->pool, fr->run, fr->nr_runs);
	fr->nr_runs = 0;
	starved = q->starved;
	q->starved = false;
	spin_unlock_irqrestore(&q->lock, flags);
	return starved;
}

/* The last request of a batch was not sent, so nobody said that it is the last. */
static void commit_rqs(struct blk_mq_hw_ctx *hctx)
{
	struct frontq *q = queue_of(hctx->queue->queuedata, hctx);
	unsigned long flags;
	bool notify;

	spin_lock_irqsave(&q->lock, flags);
	notify = q->running && blkfront_push(q);
	spin_unlock_irqrestore(&q->lock, flags);
	if (notify)
		notify_remote_via_irq(q->irq);
}

static blk_status_t queue_rq(struct blk_mq_hw_ctx *hctx, const struct blk_mq_queue_data *bd)
{
	struct blkfront *front = hctx->queue->queuedata;
	struct frontq *q = queue_of(front, hctx);
	struct request *rq = bd->rq;
	struct frontreq *fr = blk_mq_rq_to_pdu(rq);
	union blk_request request;
	blk_status_t status;
	unsigned long flags;
	bool notify = false;

	status = blkfront_classify(q, rq);
	if (req_op(rq) == REQ_OP_FLUSH && !fr->operation) {
		/*
		 * Made for another backend, before a migration: this one has no cache. An error
		 * would cost a journal.
		 */
		blk_mq_start_request(rq);
		blk_mq_end_request(rq, BLK_STS_OK);
		if (bd->last)
			commit_rqs(hctx); /* those before it wait for the last of the batch */
		return BLK_STS_OK;
	}
	if (status == BLK_STS_OK)
		status = reserve(q, rq);
	/*
	 * Whose answers run the queues again may be another context's of the same ring: blk-mq asks
	 * by itself then.
	 */
	if (status == BLK_STS_DEV_RESOURCE && front->nr_queues < front->tags.nr_hw_queues)
		status = BLK_STS_RESOURCE;
	if (status != BLK_STS_OK)
		return status;
	blk_mq_start_request(rq);
	if (req_op(rq) == REQ_OP_WRITE && fr->pages)
		blkfront_copy_data(rq, true);

	spin_lock_irqsave(&q->lock, flags);
	if (!q->running || ring_free(q->rsp_cons, q->req_prod, q->slots) == 0) {
		/* It stopped meanwhile, or others took the last slot. */
		spin_unlock_irqrestore(&q->lock, flags);
		if (release(fr))
			blk_mq_run_hw_queues(rq->q, true); /* somebody else waits for these pages */
		return BLK_STS_RESOURCE;
	}
	fr->id = blkfront_new_id(q, hctx->queue_num, rq->tag);
	blkfront_fill(&request, rq, q);
	blkfront_put(q, &request);
	fr->busy = true;
	q->window.slow += blkfront_is_slow(fr->operation);
	if (bd->last)
		notify = blkfront_push(q);
	spin_unlock_irqrestore(&q->lock, flags);
	if (notify)
		notify_remote_via_irq(q->irq);
	return BLK_STS_OK;
}

/* ---- out of the ring ---- */

/* The request that an answer names, if it is due one. Under the lock. */
static struct request *match(struct frontq *q, const struct blk_response *response)
{
	struct blk_mq_tag_set *set = &q->front->tags;
	unsigned int tag = response->id & ((1u << ID_TAG_BITS) - 1);
	unsigned int hw = response->id >> ID_TAG_BITS & ((1u << ID_HW_BITS) - 1);
	struct frontreq *fr;
	struct request *rq;

	if (hw >= set->nr_hw_queues || tag >= set->queue_depth || !set->tags[hw])
		return NULL;
	hw = array_index_nospec(hw, set->nr_hw_queues);
	rq = blk_mq_tag_to_rq(set->tags[hw], array_index_nospec(tag, set->queue_depth));
	if (!rq)
		return NULL;
	fr = blk_mq_rq_to_pdu(rq);
	if (!fr->busy || fr->q != q || fr->id != response->id ||
	    fr->operation != response->operation)
		return NULL;
	fr->busy = false;
	q->window.slow -= blkfront_is_slow(fr->operation);
	fr->status = blkfront_status(response->status);
	return rq;
}

/* The backend breaks the protocol: nothing that it says is believed any more. Under the lock. */
static void lose(struct frontq *q, const char *why)
{
	struct blkfront *front = q->front;

	q->running = false;
	front->dead = true;
	dev_err(&front->dev->dev,
		"the backend, domain %d, %s: the disk %s is closed; detach it and attach it "
		"again\n",
		front->dev->otherend_id, why, front->vdev.name);
	blkfront_close_soon(front);
}

/*
 * Take up to BATCH of the answers before @prod, which the backend has published. @done: NULL where
 * it is no request of the disk. *more: there may be others. Under the lock.
 */
static unsigned int take(struct frontq *q, u32 prod, struct request **done, bool *more)
{
	unsigned int nr = 0;

	if (ring_overflow(q->rsp_cons, prod, q->req_pushed - q->rsp_cons)) {
		lose(q, "has answered more than it was asked");
		return 0;
	}
	while (q->rsp_cons != prod && nr < BATCH) {
		struct blk_response response;

		memcpy(&response, ring_slot(q->ring, q->rsp_cons, q->slots, BLK_SLOT_BYTES_64),
		       sizeof(response));
		barrier(); /* the copy is what is looked at; no partner */
		q->rsp_cons++;
		if (blkfront_resized(q, &response)) {
			done[nr++] = NULL;
			continue;
		}
		done[nr] = match(q, &response);
		if (!done[nr]) {
			lose(q, "has answered a request that it was not given");
			return nr;
		}
		nr++;
	}
	*more = q->rsp_cons != prod ||
		window_rearm(&q->window, q->ring, q->rsp_cons, q->req_pushed);
	return nr;
}

/*
 * Take all answers and complete their requests. @by_event: not by the timer. Returns how many. Each
 * round takes answers to requests that were published, so a backend cannot keep the caller busy.
 */
static unsigned int take_all(struct frontq *q, bool by_event)
{
	struct request *done[BATCH];
	unsigned int i, nr, total = 0;
	unsigned long flags;
	bool more;

	do {
		spin_lock_irqsave(&q->lock, flags);
		nr = 0;
		more = false;
		if (q->running) {
			u32 prod = ring_take(&q->ring->rsp);

			if (by_event && !total)
				window_told(&q->window, ring_unconsumed(q->rsp_cons, prod),
					    q->rsp_cons, q->req_pushed,
					    is_idle_task(current));
			nr = take(q, prod, done, &more);
		}
		spin_unlock_irqrestore(&q->lock, flags);
		for (i = 0; i < nr; i++)
			if (done[i])
				blk_mq_complete_request(done[i]);
		total += nr;
	} while (more && nr);
	return total;
}

/**
 * blkfront_event() - the event channel's handler: take the answers
 * @irq: its interrupt
 * @data: the queue
 *
 * Interrupt context; takes the queue's lock. An event without an answer is reported as spurious,
 * which slows a backend that storms (XSA-391).
 */
irqreturn_t blkfront_event(int irq, void *data)
{
	unsigned int total = take_all(data, true);

	xen_irq_lateeoi(irq, total ? 0 : XEN_EOI_FLAG_SPURIOUS);
	return IRQ_HANDLED;
}

/*
 * The timer: take what no event has told of. As long as events come they tell of it: a look between
 * two of them would only divide what one of them tells of.
 */
static void bound_over(struct timer_list *timer)
{
	struct frontq *q = container_of(timer, struct frontq, bound);
	unsigned long flags;

	spin_lock_irqsave(&q->lock, flags);
	if (q->rsp_cons == q->bound_cons) {
		spin_unlock_irqrestore(&q->lock, flags);
		take_all(q, false);
		spin_lock_irqsave(&q->lock, flags);
	}
	if (q->running)
		blkfront_bound_window(q);
	spin_unlock_irqrestore(&q->lock, flags);
}

/* blk-mq calls this for each answered request, in a softirq or the handler. */
static void complete_rq(struct request *rq)
{
	struct frontreq *fr = blk_mq_rq_to_pdu(rq);

	if (req_op(rq) == REQ_OP_READ && fr->status == BLK_STS_OK)
		blkfront_copy_data(rq, false);
	if (fr->nr_runs || READ_ONCE(fr->q->starved)) {
		if (release(fr))
			blk_mq_run_hw_queues(rq->q, true);
	}
	blkfront_finish(rq);
}

const struct blk_mq_ops blkfront_mq_ops = {
	.queue_rq = queue_rq,
	.commit_rqs = commit_rqs,
	.complete = complete_rq,
};

/* ---- life ---- */

/**
 * blkfront_init_queue() - once for the life of the vbd
 * @q: zeroed
 * @front: whose queue
 *
 * Called before anybody sees it; no lock.
 */
void blkfront_init_queue(struct frontq *q, struct blkfront *front)
{
	q->front = front;
	spin_lock_init(&q->lock);
	timer_setup(&q->bound, bound_over, 0);
	blkfront_init_resize(q);
}

/**
 * blkfront_fresh_ring() - the queue has a ring without requests
 * @q: the queue, paused
 *
 * Called before its event channel is bound; no lock.
 */
void blkfront_fresh_ring(struct frontq *q)
{
	q->req_prod = 0;
	q->req_pushed = 0;
	q->rsp_cons = 0;
	q->starved = false;
	blkfront_fresh_resize(q);
	window_init(&q->window, q->front->features.pool ? event_window : 1);
}
