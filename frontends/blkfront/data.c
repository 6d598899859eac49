// SPDX-License-Identifier: GPL-2.0-only
/*
 * The data of a request in its pages of the pool, and what the ring says of it.
 *
 * Data always goes through the queue's pool, packed: whatever the memory looks like that a request
 * comes from, it takes as few pages of the pool as its bytes need. So one piece of code serves the
 * pool ring and the stock protocol (where a page is named by its grant), the backend never sees a
 * page that holds anything else, and nothing is granted or revoked under load.
 *
 * No lock: a request's pages are its own.
 */
#include "blkfront.h"

#include <linux/highmem.h>

#include "common/extent.h"

/* ---- the data ---- */

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

/**
 * blkfront_copy_data() - copy the data of a request into its pages of the pool, or out of them
 * @rq: with its pages taken
 * @to_pool: the direction
 *
 * Any context.
 */
void blkfront_copy_data(struct request *rq, bool to_pool)
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

/* ---- the slot ---- */

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

/**
 * blkfront_fill() - lay a request out in private memory, for one copy into the slot
 * @to: filled in whole
 * @rq: classified, with its id and its pages
 * @q: the ring's queue
 *
 * Any context. Indirect pages are written too.
 */
void blkfront_fill(union blk_request *to, struct request *rq, struct frontq *q)
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
