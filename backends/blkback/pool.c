// SPDX-License-Identifier: GPL-2.0-only
/*
 * The pool of a queue: mapped when it connects, and more or less of it when the frontend says so.
 *
 *  1. Grant references are copied out of the frontend's directory, and only the copies are used.
 *  2. The directory says which pages there are, so a backend that is loaded anew under a connected
 *     frontend maps what requests in the ring name, however often the size has changed.
 *  3. A page is unmapped when every request that was taken is answered.
 *
 * The caller is the queue's thread, or connects the queue before it has one; everything may sleep.
 */
#include "blkback.h"

#include <linux/slab.h>

/* Which part of the directory is looked at. */
struct part {
	unsigned int first, end; /* pages of the pool */
	grant_ref_t *refs;       /* of these */
};

/* Copy the references of @part out of one page of the directory, of those that are in it. */
static int read_page(struct blkq *q, unsigned int index, struct page *page, const struct part *part)
{
	unsigned int begin = index * POOL_DIR_ENTRIES;
	unsigned int from = max(part->first, begin);
	unsigned int to = min(part->end, begin + POOL_DIR_ENTRIES);

	if (copyset_fetch_page(q->back->dev->otherend_id, q->data.pool_dir[index], page))
		return -EINVAL;
	memcpy(part->refs + from - part->first, (grant_ref_t *)page_address(page) + from - begin,
	       (to - from) * sizeof(grant_ref_t));
	return 0;
}

static int read_dir(struct blkq *q, const struct part *part)
{
	struct page *page = alloc_page(GFP_KERNEL);
	unsigned int i;
	int err = page ? 0 : -ENOMEM;

	for (i = part->first / POOL_DIR_ENTRIES; i * POOL_DIR_ENTRIES < part->end && !err; i++)
		err = read_page(q, i, page, part);
	if (page)
		__free_page(page);
	return err;
}

/*
 * Map the pages from the end of the pool up to @end, of those that the directory names; with @all
 * it must name all of them.
 */
static int map_more(struct blkq *q, unsigned int end, bool all)
{
	struct grantmap *pool = &q->data.pool;
	struct part part = {.first = pool->nr, .end = end};
	unsigned int nr = 0;
	int err;

	part.refs = kvmalloc_array(end - pool->nr, sizeof(*part.refs), GFP_KERNEL);
	if (!part.refs)
		return -ENOMEM;
	err = read_dir(q, &part);
	while (!err && nr < end - pool->nr && (all || part.refs[nr]))
		nr++;
	if (!err)
		err = nr ? grantmap_grow(pool, q->back->dev->otherend_id, part.refs, nr) : -EINVAL;
	kvfree(part.refs);
	q->data.rules.pool_bytes = pool->nr * POOL_PAGE_BYTES;
	return err;
}

/**
 * blkq_map_pool() - map the pool that the frontend has published, if it has one
 * @q: without a thread
 * @layout: of the queue, within the limits that the frontend was told
 *
 * Return: 0 or a negative errno; grantmap_destroy() is due then too.
 */
int blkq_map_pool(struct blkq *q, const struct blk_layout_queue *layout)
{
	int err;

	if (!layout->pool_pages)
		return 0;
	memcpy(q->data.pool_dir, layout->pool_dir, sizeof(q->data.pool_dir));
	err = grantmap_create(&q->data.pool, layout->pool_pages);
	if (err)
		return err;
	q->data.rules.pool_most = layout->resizes ? layout->pool_pages : 0;
	return map_more(q, layout->pool_pages, !layout->resizes);
}

/**
 * blkq_resize_pool() - the frontend changes the size of the pool
 * @q: the caller is its thread
 * @pages: from 1 to the queue's pool_most
 *
 * Waits for every request that was taken when the pool shrinks. Return: 0, or a negative errno: a
 * pool that was to grow is as it was.
 */
int blkq_resize_pool(struct blkq *q, unsigned int pages)
{
	struct grantmap *pool = &q->data.pool;
	unsigned int before = pool->nr;
	int err = 0;

	if (pages > before) {
		err = map_more(q, pages, true);
		q->stats.grant_ops++; /* the directory's */
	} else if (pages < before) {
		blkq_drain(q);
		err = grantmap_shrink(pool, pages);
		q->data.rules.pool_bytes = pages * POOL_PAGE_BYTES;
	}
	q->stats.grant_ops += DIV_ROUND_UP(max(pages, before) - min(pages, before), GRANTMAP_BATCH);
	return err;
}
