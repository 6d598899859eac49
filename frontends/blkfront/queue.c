// SPDX-License-Identifier: GPL-2.0-only
/*
 * Requests into the ring, answers out of it.
 *
 * Data always goes through the queue's pool, packed: whatever the memory looks like that a request
 * comes from, it takes as few pages of the pool as its bytes need. So one piece of code serves the
 * pool ring and the stock protocol (where a page is named by its grant), the backend never sees a
 * page that holds anything else, and nothing is granted or revoked under load.
 *
 * The backend is not trusted: an answer is copied, and must name a request that is in the ring.
 */
#include "blkfront.h"

#include <linux/highmem.h>
#include <linux/module.h>
#include <linux/nospec.h>
#include <xen/events.h>

#include "common/ring.h"

#define BATCH 32 /* answers that are taken between two locks */
#define BOUND 2	 /* jiffies that an answer lies untold in the ring, at most */

static unsigned int event_window = 128;
module_param(event_window, uint, 0444);
MODULE_PARM_DESC(event_window, "answers that one event tells of, at most (1: each has its event)");

/* An id: which hardware context, which tag, and a generation that makes it new each time. */
#define ID_TAG_BITS 16
#define ID_HW_BITS  8

static struct frontq *queue_of(struct blkfront *front, const struct blk_mq_hw_ctx *hctx)
{
	return &front->queues[hctx->queue_num % front->nr_queues];
}

static u64 new_id(struct frontq *q, const struct blk_mq_hw_ctx *hctx, const struct request *rq)
{
	q->generation++;
	return (u64)q->generation << (ID_TAG_BITS + ID_HW_BITS) |
	       (u64)hctx->queue_num << ID_TAG_BITS | rq->tag;
}

/* ---- data ---- */

/* Walks the pool's pages of a request. */
struct cursor {
	struct frontq *q;
	const struct frontreq *fr;
	unsigned int run, in_run; /* page */
	unsigned int offset;	  /* in it */
};

static struct page *cursor_page(const struct cursor *c)
{
	return c->q->pool.pages[c->fr->run[c->run].first + c->in_run];
}

static void cursor_next(struct cursor *c)
{
	c->offset = 0;
	if (++c->in_run < c->fr->run[c->run].nr)
		return;
	c->in_run = 0;
	c->run++;
}

static void skip_dir(struct cursor *c)
{
	unsigned int i;

	for (i = 0; i < c->fr->dir_pages; i++)
		cursor_next(c);
}

/* Whole pages are copied as such: their copy is the faster one on many CPUs. */
static void copy_part(void *to, const void *from, unsigned int length)
{
	if (length == POOL_PAGE_BYTES)
		copy_page(to, (void *)from);
	else
		memcpy(to, from, length);
}

static void copy_segment(struct cursor *c, void *memory, unsigned int left, bool to_pool)
{
	while (left) {
		unsigned int length = min(left, POOL_PAGE_BYTES - c->offset);
		void *shared = page_address(cursor_page(c)) + c->offset;

		if (to_pool)
			copy_part(shared, memory, length);
		else
			copy_part(memory, shared, length);
		memory += length;
		left -= length;
		c->offset += length;
		if (c->offset == POOL_PAGE_BYTES)
			cursor_next(c);
	}
}

static void copy_data(struct request *rq, bool to_pool)
{
	struct frontreq *fr = blk_mq_rq_to_pdu(rq);
	struct cursor c = {.q = fr->q, .fr = fr};
	unsigned int left = fr->bytes;
	struct req_iterator iter;
	struct bio_vec vec;

	skip_dir(&c);
	rq_for_each_segment(vec, rq, iter) {
		unsigned int length = min(left, vec.bv_len);
		void *memory;

		if (!length)
			return; /* the rest is another request's to the backend */
		memory = bvec_kmap_local(&vec);
		copy_segment(&c, memory, length, to_pool);
		kunmap_local(memory);
		left -= length;
	}
}

/* ---- into the ring ---- */

/* One segment a page of the pool; the last one may be shorter. */
static void fill_segments(struct cursor *c, struct blk_segment *seg, unsigned int nr,
			  unsigned int *sectors)
{
	unsigned int i;

	for (i = 0; i < nr; i++) {
		unsigned int length = min(*sectors, BLK_PAGE_SECTORS);
		const struct pool_run *run = &c->fr->run[c->run];

		seg[i] = (struct blk_segment){
			.gref = c->q->pool.refs[run->first + c->in_run],
			.last = length - 1,
		};
		*sectors -= length;
		cursor_next(c);
	}
}

static void fill_direct(struct blk_request_rw *rw, struct request *rq, struct frontq *q)
{
	struct frontreq *fr = blk_mq_rq_to_pdu(rq);
	struct cursor c = {.q = q, .fr = fr};
	unsigned int sectors = fr->bytes / BLK_SECTOR_BYTES;

	rw->operation = fr->operation;
	rw->nr_segments = fr->pages;
	rw->handle = q->front->handle;
	fill_segments(&c, rw->seg, fr->pages, &sectors);
}

static void fill_indirect(struct blk_request_indirect *indirect, struct request *rq,
			  struct frontq *q)
{
	struct frontreq *fr = blk_mq_rq_to_pdu(rq);
	struct cursor dir = {.q = q, .fr = fr}, c = dir;
	unsigned int i, left = fr->pages, sectors = fr->bytes / BLK_SECTOR_BYTES;

	indirect->operation = BLK_OP_INDIRECT;
	indirect->indirect_op = fr->operation;
	indirect->nr_segments = fr->pages;
	indirect->handle = q->front->handle;
	skip_dir(&c);
	for (i = 0; i < fr->dir_pages; i++) {
		unsigned int nr = min(left, BLK_SEGMENTS_PER_PAGE);

		indirect->grefs[i] = q->pool.refs[fr->run[dir.run].first + dir.in_run];
		fill_segments(&c, page_address(cursor_page(&dir)), nr, &sectors);
		cursor_next(&dir);
		left -= nr;
	}
}

static void fill_pool(struct blk_request_pool *pool, struct request *rq)
{
	struct frontreq *fr = blk_mq_rq_to_pdu(rq);
	unsigned int i, left = fr->bytes;

	pool->operation = BLK_OP_POOL;
	pool->pool_op = req_op(rq) == REQ_OP_READ ? BLK_OP_READ : BLK_OP_WRITE;
	pool->flags = rq->cmd_flags & REQ_FUA ? BLK_POOL_FUA : 0;
	pool->nr_extents = fr->nr_runs;
	for (i = 0; i < fr->nr_runs; i++) {
		unsigned int length = min(left, fr->run[i].nr * POOL_PAGE_BYTES);

		pool->extent[i] = pool_extent(0, fr->run[i].first * POOL_PAGE_BYTES, length);
		left -= length;
	}
}

static void fill_discard(struct blk_request_discard *discard, struct request *rq, u16 handle)
{
	struct frontreq *fr = blk_mq_rq_to_pdu(rq);

	discard->operation = fr->operation;
	if (req_op(rq) == REQ_OP_SECURE_ERASE)
		discard->flag = BLK_DISCARD_SECURE;
	else if (req_op(rq) == REQ_OP_WRITE_ZEROES && (rq->cmd_flags & REQ_NOUNMAP))
		discard->flag = BLK_ZEROES_KEEP;
	discard->handle = handle;
	discard->nr_sectors = blk_rq_sectors(rq);
}

/* Lay the request out in private memory, for one copy into the slot. */
static void fill(union blk_request *to, struct request *rq, struct frontq *q)
{
	struct frontreq *fr = blk_mq_rq_to_pdu(rq);

	memset(to, 0, sizeof(*to));
	to->rw.id = fr->id; /* the same place in all; and the sector */
	to->rw.sector = blk_rq_pos(rq);
	if (fr->operation == BLK_OP_POOL) {
		fill_pool(&to->pool, rq);
	} else if (fr->operation == BLK_OP_DISCARD || fr->operation == BLK_OP_WRITE_ZEROES) {
		fill_discard(&to->discard, rq, q->front->handle);
	} else if (fr->dir_pages) {
		fill_indirect(&to->indirect, rq, q);
	} else {
		fill_direct(&to->rw, rq, q);
		if (!fr->pages)
			to->rw.sector = 0; /* a flush */
	}
}

/* Slow by nature: its answer is not expected soon. */
static bool is_slow(u8 operation)
{
	return operation != BLK_OP_READ && operation != BLK_OP_WRITE && operation != BLK_OP_POOL;
}

/*
 * Answers may lie untold in the ring: the timer takes them. It is set once for many events. Under
 * the lock.
 */
static void bound_window(struct frontq *q)
{
	if (window_open(&q->window, q->rsp_cons) && !timer_pending(&q->bound))
		mod_timer(&q->bound, jiffies + BOUND);
}

/* Publish what was written. True when the backend wants an event. Under the lock. */
static bool push(struct frontq *q)
{
	u32 old = q->req_pushed;

	if (old == q->req_prod)
		return false;
	q->req_pushed = q->req_prod;
	window_forward(&q->window, &q->ring->rsp, q->rsp_cons, q->req_pushed);
	bound_window(q);
	if (!ring_push_notify(&q->ring->req, old, q->req_prod))
		return false;
	q->notifies++;
	return true;
}

/*
 * A read or write, or as much of it as the backend takes at a time: one that was made for the
 * limits of the backend before a migration may be larger than this one's.
 */
static void classify_data(const struct features *f, struct request *rq)
{
	struct frontreq *fr = blk_mq_rq_to_pdu(rq);

	if ((rq->rq_flags & RQF_DONTPREP) && fr->flushing && f->flush) {
		fr->operation = f->flush;
		return;
	}
	fr->bytes = min(fr->bytes, f->max_pages * POOL_PAGE_BYTES);
	fr->pages = DIV_ROUND_UP(fr->bytes, POOL_PAGE_BYTES);
	fr->operation = f->pool			    ? BLK_OP_POOL :
			req_op(rq) == REQ_OP_READ ? BLK_OP_READ :
							BLK_OP_WRITE;
	if (!f->pool && fr->pages > BLK_SLOT_SEGMENTS)
		fr->dir_pages = DIV_ROUND_UP(fr->pages, BLK_SEGMENTS_PER_PAGE);
}

/* Which operation, and how many pages of the pool. BLK_STS_OK, or why it cannot be sent. */
static blk_status_t classify(struct frontq *q, struct request *rq)
{
	const struct features *f = &q->front->features;
	struct frontreq *fr = blk_mq_rq_to_pdu(rq);

	fr->q = q;
	fr->nr_runs = 0;
	fr->dir_pages = 0;
	fr->pages = 0;
	fr->bytes = blk_rq_bytes(rq);
	fr->status = BLK_STS_OK;
	switch (req_op(rq)) {
	case REQ_OP_READ:
	case REQ_OP_WRITE:
		classify_data(f, rq);
		return BLK_STS_OK;
	case REQ_OP_FLUSH:
		fr->operation = f->flush;
		return BLK_STS_OK;
	case REQ_OP_DISCARD:
	case REQ_OP_SECURE_ERASE:
		fr->operation = BLK_OP_DISCARD;
		return f->discard ? BLK_STS_OK : BLK_STS_NOTSUPP;
	case REQ_OP_WRITE_ZEROES:
		fr->operation = BLK_OP_WRITE_ZEROES;
		return f->zeroes ? BLK_STS_OK : BLK_STS_NOTSUPP;
	default:
		return BLK_STS_NOTSUPP;
	}
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
	} else if (fr->pages) {
		fr->nr_runs = blkpool_take(&q->pool, fr->pages + fr->dir_pages, fr->run,
					   ARRAY_SIZE(fr->run));
		if (!fr->nr_runs)
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
	notify = q->running && push(q);
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

	status = classify(q, rq);
	if (req_op(rq) == REQ_OP_FLUSH && !fr->operation) {
		/*
		 * Made for another backend, before a migration: this one has no cache. An error
		 * would cost a journal.
		 */
		blk_mq_start_request(rq);
		blk_mq_end_request(rq, BLK_STS_OK);
		if (bd->last)
			commit_rqs(hctx); /* what was sent before it waits for the last of the batch */
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
		copy_data(rq, true);

	spin_lock_irqsave(&q->lock, flags);
	if (!q->running || ring_free(q->rsp_cons, q->req_prod, q->slots) == 0) {
		/* It stopped meanwhile, or others took the last slot. */
		spin_unlock_irqrestore(&q->lock, flags);
		if (release(fr))
			blk_mq_run_hw_queues(rq->q, true); /* somebody else waits for these pages */
		return BLK_STS_RESOURCE;
	}
	fr->id = new_id(q, hctx, rq);
	fill(&request, rq, q);
	memcpy(ring_slot(q->ring, q->req_prod, q->slots, BLK_SLOT_BYTES_64), &request,
	       sizeof(request));
	q->req_prod++;
	fr->busy = true;
	q->window.slow += is_slow(fr->operation);
	if (bd->last)
		notify = push(q);
	spin_unlock_irqrestore(&q->lock, flags);
	if (notify)
		notify_remote_via_irq(q->irq);
	return BLK_STS_OK;
}

/* ---- out of the ring ---- */

static blk_status_t status_of(int status)
{
	switch (status) {
	case BLK_RSP_OKAY:
		return BLK_STS_OK;
	case BLK_RSP_EOPNOTSUPP:
		return BLK_STS_NOTSUPP;
	default:
		return BLK_STS_IOERR;
	}
}

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
	q->window.slow -= is_slow(fr->operation);
	fr->status = status_of(response->status);
	return rq;
}

/* The backend breaks the protocol: nothing that it says is believed any more. Under the lock. */
static void lose(struct frontq *q, const char *why)
{
	struct blkfront *front = q->front;

	q->running = false;
	front->dead = true;
	dev_err(&front->dev->dev,
		"the backend, domain %d, %s: the disk %s is closed; detach it and attach it again\n",
		front->dev->otherend_id, why, front->vdev.name);
	blkfront_close_soon(front);
}

/* Take up to BATCH answers. *more: there may be others. Under the lock. */
static unsigned int take(struct frontq *q, struct request **done, bool *more)
{
	u32 prod = ring_take(&q->ring->rsp);
	unsigned int nr = 0;

	*more = false;
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
 * Take all answers and complete their requests. How many. Each round takes answers to requests that
 * were published, so a backend cannot keep the caller busy.
 */
static unsigned int take_all(struct frontq *q)
{
	struct request *done[BATCH];
	unsigned int i, nr, total = 0;
	unsigned long flags;
	bool more;

	do {
		spin_lock_irqsave(&q->lock, flags);
		nr = 0;
		more = false;
		if (q->running)
			nr = take(q, done, &more);
		spin_unlock_irqrestore(&q->lock, flags);
		for (i = 0; i < nr; i++)
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
 * An event without an answer is reported as spurious, which slows a backend that storms (XSA-391).
 */
irqreturn_t blkfront_event(int irq, void *data)
{
	unsigned int total = take_all(data);

	xen_irq_lateeoi(irq, total ? 0 : XEN_EOI_FLAG_SPURIOUS);
	return IRQ_HANDLED;
}

/* The timer: take what no event has told of. */
static void bound_over(struct timer_list *timer)
{
	struct frontq *q = from_timer(q, timer, bound);
	unsigned long flags;

	take_all(q);
	spin_lock_irqsave(&q->lock, flags);
	if (q->running)
		bound_window(q);
	spin_unlock_irqrestore(&q->lock, flags);
}

/* FUA where the backend has none: it was made for another backend's limits, before a migration. */
static bool wants_flush(const struct request *rq, const struct frontreq *fr)
{
	const struct features *f = &fr->q->front->features;

	return (rq->cmd_flags & REQ_FUA) && fr->pages && !f->pool && f->flush;
}

/* The end of a request, or of the part of it that was sent. */
static void finish(struct request *rq)
{
	struct frontreq *fr = blk_mq_rq_to_pdu(rq);
	bool all = fr->bytes == blk_rq_bytes(rq);

	if (fr->status != BLK_STS_OK || (all && !wants_flush(rq, fr))) {
		blk_mq_end_request(rq, fr->status);
		return;
	}
	fr->flushing = all;
	rq->rq_flags |= RQF_DONTPREP; /* as it is now, it is merged with no other */
	if (!all)
		blk_update_request(rq, BLK_STS_OK, fr->bytes);
	blk_mq_requeue_request(rq, true);
}

/* blk-mq calls this for each answered request, in a softirq or the handler. */
static void complete_rq(struct request *rq)
{
	struct frontreq *fr = blk_mq_rq_to_pdu(rq);

	if (req_op(rq) == REQ_OP_READ && fr->status == BLK_STS_OK)
		copy_data(rq, false);
	if (fr->nr_runs || READ_ONCE(fr->q->starved)) {
		if (release(fr))
			blk_mq_run_hw_queues(rq->q, true);
	}
	finish(rq);
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
 */
void blkfront_init_queue(struct frontq *q, struct blkfront *front)
{
	q->front = front;
	spin_lock_init(&q->lock);
	timer_setup(&q->bound, bound_over, 0);
}

/** blkfront_fresh_ring() - @q has a ring without requests; before its event channel is bound */
void blkfront_fresh_ring(struct frontq *q)
{
	q->req_prod = 0;
	q->req_pushed = 0;
	q->rsp_cons = 0;
	q->starved = false;
	window_init(&q->window, q->front->features.pool ? event_window : 1);
}

/* ---- when the connection comes and goes ---- */

static void set_running(struct blkfront *front, bool running)
{
	unsigned long flags;
	unsigned int i;

	for (i = 0; i < front->nr_queues; i++) {
		struct frontq *q = &front->queues[i];

		spin_lock_irqsave(&q->lock, flags);
		q->running = running;
		spin_unlock_irqrestore(&q->lock, flags);
	}
}

/** blkfront_run() - let requests into the rings */
void blkfront_run(struct blkfront *front)
{
	set_running(front, true);
}

/** blkfront_pause() - let none in; those that come wait, or fail if the disk is dead */
void blkfront_pause(struct blkfront *front)
{
	set_running(front, false);
}

/**
 * blkfront_park() - hold requests back, in the disk's queue, until blkfront_unpark()
 * @front: paused, with its disk
 *
 * May sleep, but waits for no request. When it returns none is on its way into the ring or looks at
 * what the backend can do: ring, pool and features may change.
 */
void blkfront_park(struct blkfront *front)
{
	if (front->parked)
		return;
	front->parked = true;
	blk_mq_quiesce_queue(front->disk->queue);
}

/** blkfront_unpark() - the reverse; safe if it is not parked */
void blkfront_unpark(struct blkfront *front)
{
	if (!front->parked)
		return;
	front->parked = false;
	blk_mq_unquiesce_queue(front->disk->queue);
}

static bool requeue_one(struct request *rq, void *data)
{
	struct frontreq *fr = blk_mq_rq_to_pdu(rq);

	if (!fr->busy)
		return true;
	fr->busy = false;
	fr->nr_runs = 0; /* the pool that they were of is gone */
	blk_mq_requeue_request(rq, true);
	return true;
}

/**
 * blkfront_replay() - send again, when the queues run again, what was not answered
 * @front: the vbd, with its disk
 *
 * The caller has parked the queue and unbound its interrupts. A write that was done already is
 * done twice, with the same data.
 */
void blkfront_replay(struct blkfront *front)
{
	blk_mq_tagset_busy_iter(&front->tags, requeue_one, NULL);
}

static bool fail_one(struct request *rq, void *data)
{
	struct frontreq *fr = blk_mq_rq_to_pdu(rq);

	if (!fr->busy)
		return true;
	fr->busy = false;
	fr->status = BLK_STS_IOERR;
	blk_mq_complete_request(rq);
	return true;
}

/**
 * blkfront_fail_all() - fail what is in the rings
 * @front: dead, paused, its interrupts unbound
 *
 * Waits for nothing. What is not in the rings fails when it wants to go there.
 */
void blkfront_fail_all(struct blkfront *front)
{
	if (front->disk)
		blk_mq_tagset_busy_iter(&front->tags, fail_one, NULL);
}
