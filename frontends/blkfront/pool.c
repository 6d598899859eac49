// SPDX-License-Identifier: GPL-2.0-only
/*
 * The pool of a queue.
 *
 *  1. Its pages are zero when they are granted and hold nothing but disk data of this vbd ever
 *     after: a backend that is not trusted sees nothing else (XSA-403).
 *  2. A page is freed only when its grant has ended for good; what the backend still maps is kept
 *     until it lets go (XSA-396). gnttab_end_foreign_access() does both.
 *  3. The lowest free pages are taken first, so that a backend which keeps a bounded number of
 *     grants mapped sees the same ones again.
 *
 * The caller serialises take and give back (the queue's lock).
 */
#include "pool.h"

#include <linux/bitmap.h>
#include <linux/mm.h>
#include <linux/slab.h>
#include <xen/page.h>

/* A zeroed page that is granted, or NULL. */
static struct page *granted_page(domid_t backend, grant_ref_t *ref)
{
	struct page *page = alloc_page(GFP_NOIO | __GFP_ZERO | __GFP_NOWARN);
	int got;

	if (!page)
		return NULL;
	got = gnttab_grant_foreign_access(backend, xen_page_to_gfn(page), 0);
	if (got < 0) {
		__free_page(page);
		return NULL;
	}
	*ref = got;
	return page;
}

/*
 * An empty directory for @pages. Before the pool itself, which takes as many grants as it can get.
 */
static int make_directory(struct blkpool *pool, domid_t backend, unsigned int pages)
{
	unsigned int nr = DIV_ROUND_UP(pages, POOL_DIR_ENTRIES);

	pool->dir = kcalloc(nr, sizeof(*pool->dir), GFP_NOIO);
	pool->dir_refs = kcalloc(nr, sizeof(*pool->dir_refs), GFP_NOIO);
	if (!pool->dir || !pool->dir_refs)
		return -ENOMEM;
	while (pool->nr_dir < nr) {
		pool->dir[pool->nr_dir] = granted_page(backend, &pool->dir_refs[pool->nr_dir]);
		if (!pool->dir[pool->nr_dir])
			return -ENOMEM;
		pool->nr_dir++;
	}
	return 0;
}

static void fill_directory(struct blkpool *pool)
{
	unsigned int i, first;

	for (i = 0; i < pool->nr_dir && i * POOL_DIR_ENTRIES < pool->nr; i++) {
		first = i * POOL_DIR_ENTRIES;
		memcpy(page_address(pool->dir[i]), pool->refs + first,
		       min(pool->nr - first, POOL_DIR_ENTRIES) * sizeof(*pool->refs));
	}
}

/**
 * blkpool_create() - make a pool and grant it
 * @pool: empty
 * @backend: domain to grant it to
 * @nr: pages that are wanted; it may become fewer when memory or grants are short
 * @directory: make a directory of it too
 *
 * May sleep. Return: 0, or -ENOMEM when not even a request's pages could be had.
 */
int blkpool_create(struct blkpool *pool, domid_t backend, unsigned int nr, bool directory)
{
	unsigned int least = BLK_SLOT_SEGMENTS + 1;

	pool->pages = kvcalloc(nr, sizeof(*pool->pages), GFP_NOIO);
	pool->refs = kvcalloc(nr, sizeof(*pool->refs), GFP_NOIO);
	pool->used = bitmap_zalloc(nr, GFP_NOIO);
	if (!pool->pages || !pool->refs || !pool->used)
		goto fail;
	if (directory && make_directory(pool, backend, nr))
		goto fail;
	while (pool->nr < nr) {
		struct page *page = granted_page(backend, &pool->refs[pool->nr]);

		if (!page)
			break;
		pool->pages[pool->nr++] = page;
	}
	pool->free = pool->nr;
	if (pool->nr < least)
		goto fail;
	fill_directory(pool);
	return 0;
fail:
	blkpool_destroy(pool);
	return -ENOMEM;
}

/**
 * blkpool_destroy() - end the grants, and free each page as soon as nobody maps it
 * @pool: whole, in part or empty
 *
 * May sleep.
 */
void blkpool_destroy(struct blkpool *pool)
{
	unsigned int i;

	for (i = 0; i < pool->nr; i++)
		gnttab_end_foreign_access(pool->refs[i], pool->pages[i]);
	for (i = 0; i < pool->nr_dir; i++)
		gnttab_end_foreign_access(pool->dir_refs[i], pool->dir[i]);
	kvfree(pool->pages);
	kvfree(pool->refs);
	bitmap_free(pool->used);
	kfree(pool->dir);
	kfree(pool->dir_refs);
	memset(pool, 0, sizeof(*pool));
}

/* One run if there is one that is long enough. */
static bool take_one(struct blkpool *pool, unsigned int nr, struct pool_run *run)
{
	unsigned long first = bitmap_find_next_zero_area(pool->used, pool->nr, 0, nr, 0);

	if (first >= pool->nr)
		return false;
	run->first = first;
	run->nr = nr;
	bitmap_set(pool->used, first, nr);
	return true;
}

/* Whatever lies free, from the bottom. How many runs; 0 when @max_runs are not enough. */
static unsigned int take_pieces(struct blkpool *pool, unsigned int nr, struct pool_run *run,
				unsigned int max_runs)
{
	unsigned int runs = 0;
	unsigned long first = 0, end;

	while (nr && runs < max_runs) {
		first = find_next_zero_bit(pool->used, pool->nr, first);
		end = find_next_bit(pool->used, pool->nr, first);
		run[runs].first = first;
		run[runs].nr = min_t(unsigned long, end - first, nr);
		bitmap_set(pool->used, first, run[runs].nr);
		nr -= run[runs].nr;
		runs++;
		first = end;
	}
	if (!nr)
		return runs;
	while (runs--)
		bitmap_clear(pool->used, run[runs].first, run[runs].nr);
	return 0;
}

/**
 * blkpool_take() - take pages
 * @pool: the pool
 * @nr: how many, at least 1
 * @run: filled in
 * @max_runs: how many there is room for
 *
 * Return: how many runs it took, or 0 when not enough is free, or not in @max_runs pieces. When
 * nothing else is taken, any @nr up to the pool's size succeeds.
 */
unsigned int blkpool_take(struct blkpool *pool, unsigned int nr, struct pool_run *run,
			  unsigned int max_runs)
{
	unsigned int runs;

	if (nr > pool->free)
		return 0;
	runs = take_one(pool, nr, run) ? 1 : take_pieces(pool, nr, run, max_runs);
	if (runs)
		pool->free -= nr;
	return runs;
}

/**
 * blkpool_give_back() - the reverse
 * @pool: the pool
 * @run: from blkpool_take()
 * @nr_runs: how many
 */
void blkpool_give_back(struct blkpool *pool, const struct pool_run *run, unsigned int nr_runs)
{
	unsigned int i;

	for (i = 0; i < nr_runs; i++) {
		bitmap_clear(pool->used, run[i].first, run[i].nr);
		pool->free += run[i].nr;
	}
}
