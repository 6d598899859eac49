// SPDX-License-Identifier: GPL-2.0-only
/*
 * Where the data of a request lies: in the pool, which is mapped; in persistent grants, which are
 * mapped when first used; or in pages of our own, which grant copies fill and empty.
 *
 * All of it is the thread's, but for the end of a copied request.
 */
#include "blkback.h"

#include <linux/nospec.h>

#include "common/extent.h"

/* ---- persistent grants ---- */

/* Take what was done with persistent grants into the statistics. */
static void count_grants(struct blkq *q)
{
	q->stats.grant_ops += q->data.grants.ops;
	q->data.grants.ops = 0;
	q->stats.mapped = q->data.grants.lru.nr;
}

/**
 * blkq_let_grants_go() - unmap persistent grants that are idle, a few at a time
 * @q: their queue; the caller is its thread
 * @full: there is no room for new ones
 *
 * May sleep. Return: how many went.
 */
unsigned int blkq_let_grants_go(struct blkq *q, bool full)
{
	const struct blkio *oldest;
	unsigned int nr;
	u64 number;

	spin_lock_irq(&q->lock);
	oldest = list_first_entry_or_null(&q->flight.under_way, struct blkio, under_way);
	number = oldest ? oldest->number : q->flight.taken + 1;
	spin_unlock_irq(&q->lock);
	nr = pgrants_let_go(&q->data.grants, number, q->flight.taken, full);
	count_grants(q);
	return nr;
}

/* ---- the pages of a request ---- */

static void set_vec(struct bio_vec *vec, struct page *page, const struct blk_segment *seg)
{
	vec->bv_page = page;
	vec->bv_offset = seg->first * BLK_SECTOR_BYTES;
	vec->bv_len = (seg->last - seg->first + 1) * BLK_SECTOR_BYTES;
}

/* Extents of the pool, by page: at most BLK_MAX_INDIRECT whole ones, and two ends an extent. */
static int vec_of_pool(struct blkq *q, struct blk_plan *plan)
{
	struct bio_vec *vec = q->data.scratch->vec;
	unsigned int e, nr = 0;

	for (e = 0; e < plan->nr; e++) {
		u32 offset = pool_extent_offset(plan->extent[e]);
		u32 left = plan->extent[e].length;

		while (left) {
			u32 page = array_index_nospec(offset / POOL_PAGE_BYTES, q->data.pool.nr);
			u32 in_page = offset % POOL_PAGE_BYTES;
			u32 length = min(left, POOL_PAGE_BYTES - in_page);

			if (nr == ARRAY_SIZE(q->data.scratch->vec)) {
				plan->why = "its extents lie on too many pages";
				return -EINVAL;
			}
			bvec_set_page(&vec[nr++], q->data.pool.pages[page], length, in_page);
			offset += length;
			left -= length;
		}
	}
	return nr;
}

/* The pages of persistent grants, mapped if need be. On failure copies may still work. */
static int get_grants(struct blkq *q, const struct blkio *io, const grant_ref_t *refs,
		      unsigned int nr, struct page **pages)
{
	int err = pgrants_get(&q->data.grants, refs, nr, io->number, pages);

	if (err == -ENOSPC && blkq_let_grants_go(q, true))
		err = pgrants_get(&q->data.grants, refs, nr, io->number, pages);
	count_grants(q);
	return err;
}

static int vec_of_grants(struct blkq *q, const struct blkio *io, const struct blk_segment *seg,
			 unsigned int nr)
{
	struct blkq_scratch *s = q->data.scratch;
	unsigned int i;
	int err;

	for (i = 0; i < nr; i++)
		s->refs[i] = seg[i].gref;
	err = get_grants(q, io, s->refs, nr, s->pages);
	if (err)
		return err;
	for (i = 0; i < nr; i++)
		set_vec(&s->vec[i], s->pages[i], &seg[i]);
	return nr;
}

static int vec_of_copies(struct blkq *q, struct blkio *io, const struct blk_segment *seg,
			 unsigned int nr)
{
	unsigned int i;

	io->copy = copyset_create(q->back->dev->otherend_id, seg, nr);
	if (!io->copy)
		return -ENOMEM;
	atomic_add(nr, &q->data.copy_pages);
	if (io->what == BLK_DO_WRITE) {
		q->stats.grant_ops++;
		if (copyset_fetch(io->copy))
			return -EIO;
	}
	for (i = 0; i < nr; i++)
		set_vec(&q->data.scratch->vec[i], io->copy->part[i].page, &seg[i]);
	return nr;
}

/* Copy the segments of an indirect request out of its pages; they are looked at only after that. */
static int fetch_segments(struct blkq *q, const struct blkio *io, struct blk_plan *plan)
{
	struct blkq_scratch *s = q->data.scratch;
	unsigned int i, page = 0;

	for (i = 0; i < plan->nr; i += BLK_SEGMENTS_PER_PAGE, page++) {
		unsigned int nr = min_t(unsigned int, plan->nr - i, BLK_SEGMENTS_PER_PAGE);
		grant_ref_t ref = plan->dir[page];
		struct page *from;

		if (!q->data.persistent || get_grants(q, io, &ref, 1, &from)) {
			q->stats.grant_ops++;
			if (copyset_fetch_page(q->back->dev->otherend_id, ref, s->dir)) {
				plan->why = "its page of segments is not granted";
				return -EINVAL;
			}
			from = s->dir;
		}
		memcpy(&s->seg[i], page_address(from), nr * sizeof(s->seg[0]));
		barrier(); /* the copy is what is looked at; no partner */
	}
	return blk_parse_segments(s->seg, plan->nr, &q->data.rules, plan);
}

/**
 * blkio_lay_out() - find, map or copy the pages of a request's data
 * @q: its queue; the caller is its thread
 * @io: the request
 * @plan: what it asks for; the segments of an indirect request are fetched and checked here
 *
 * Fills the vec of the queue's scratch. May sleep. Return: the number of entries, or a negative
 * errno with plan->why set.
 */
int blkio_lay_out(struct blkq *q, struct blkio *io, struct blk_plan *plan)
{
	const struct blk_segment *seg = plan->seg;
	int nr;

	if (plan->data == BLK_DATA_POOL)
		return vec_of_pool(q, plan);
	if (plan->data == BLK_DATA_INDIRECT) {
		nr = fetch_segments(q, io, plan);
		if (nr)
			return nr;
		seg = q->data.scratch->seg;
	}
	nr = q->data.persistent ? vec_of_grants(q, io, seg, plan->nr) : -ENOSPC;
	if (nr < 0)
		nr = vec_of_copies(q, io, seg, plan->nr);
	if (nr < 0)
		plan->why = nr == -ENOMEM ? "no memory to copy its pages" :
					    "its pages are not granted";
	return nr;
}

/* ---- the end of a request ---- */

/**
 * blkio_fail() - note how a request failed; the first failure stays
 * @io: the request
 * @status: BLK_RSP_*, not BLK_RSP_OKAY
 *
 * Any context.
 */
void blkio_fail(struct blkio *io, int status)
{
	cmpxchg(&io->status, BLK_RSP_OKAY, status);
}

/**
 * blkio_drop_copy() - free the pages that stand for the guest's, if a request has any
 * @io: the request
 *
 * Any context.
 */
void blkio_drop_copy(struct blkio *io)
{
	if (!io->copy)
		return;
	atomic_sub(io->copy->nr, &io->q->data.copy_pages);
	copyset_destroy(io->copy);
	io->copy = NULL;
}

/**
 * blkio_deliver() - copy a finished read to the guest and answer it
 * @io: the request
 *
 * Process context; may sleep.
 */
void blkio_deliver(struct blkio *io)
{
	io->q->stats.grant_ops++;
	if (copyset_deliver(io->copy))
		blkio_fail(io, BLK_RSP_ERROR);
	blkio_drop_copy(io);
	blkq_answer(io->q, io, io->id, io->operation, io->status);
}
