// SPDX-License-Identifier: GPL-2.0-only
/*
 * What a request of the block layer becomes in the ring, and what an answer means to it. A request
 * that was made for another backend's limits, before a migration, is sent in pieces; FUA where this
 * backend has none is a write and a flush.
 *
 * No lock: a request belongs to who sends or ends it.
 */
#include "blkfront.h"

/**
 * blkfront_is_slow() - is an operation slow by nature, so that its answer is not expected soon?
 * @operation: BLK_OP_*
 */
bool blkfront_is_slow(u8 operation)
{
	return operation != BLK_OP_READ && operation != BLK_OP_WRITE && operation != BLK_OP_POOL;
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

/**
 * blkfront_classify() - which operation a request becomes, and how many pages of the pool it needs
 * @q: the queue that it is for
 * @rq: the request; what stands beside it is filled in
 *
 * Any context. Return: BLK_STS_OK, or BLK_STS_NOTSUPP when the backend cannot do it. A flush for a
 * backend without a cache is BLK_STS_OK with operation 0.
 */
blk_status_t blkfront_classify(struct frontq *q, struct request *rq)
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

/**
 * blkfront_fit() - cut a request to what a pool of its size carries; the rest is sent later
 * @rq: classified, with data
 * @pages: of the pool, BLK_SLOT_SEGMENTS + 1 at least
 *
 * Any context. Return: how many pages of the pool it needs, at most @pages.
 */
unsigned int blkfront_fit(struct request *rq, unsigned int pages)
{
	struct frontreq *fr = blk_mq_rq_to_pdu(rq);

	if (fr->pages + fr->dir_pages > pages) {
		fr->pages = pages - fr->dir_pages;
		fr->bytes = fr->pages * POOL_PAGE_BYTES;
		if (fr->pages <= BLK_SLOT_SEGMENTS)
			fr->dir_pages = 0;
	}
	return fr->pages + fr->dir_pages;
}

/**
 * blkfront_status() - what the block layer calls the status of an answer
 * @status: BLK_RSP_*, or anything else that a backend may say
 */
blk_status_t blkfront_status(int status)
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

/* FUA where the backend has none: it was made for another backend's limits, before a migration. */
static bool wants_flush(const struct request *rq, const struct frontreq *fr)
{
	const struct features *f = &fr->q->front->features;

	return (rq->cmd_flags & REQ_FUA) && fr->pages && !f->pool && f->flush;
}

/**
 * blkfront_finish() - the end of a request, or of the part of it that was sent
 * @rq: answered; its pages are given back
 *
 * A softirq or an interrupt. What is left of the request, or a flush after it, is sent later.
 */
void blkfront_finish(struct request *rq)
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
