// SPDX-License-Identifier: GPL-2.0-only
/*
 * The pool of a queue.
 *
 *  1. Its pages are zero when they are granted and hold nothing but disk data of this vbd ever
 *     after: a backend that is not trusted sees nothing else (XSA-403).
 *  2. A page is freed only when its grant has ended for good; what the backend still maps is kept
 *     until it lets go (XSA-396): at the end by gnttab_end_foreign_access(), before that in the
 *     pool's own arrays, so that a backend which lies has no more than the whole pool.
 *  3. The lowest free pages are taken first, so that a backend which keeps a bounded number of
 *     grants mapped sees the same ones again, and the end of the pool is free soon.
 *  4. Beyond their first size all pools of this guest share an eighth of its memory and half of its
 *     grants, and one growth takes half of what is left at most: other devices, and pools that grow
 *     later, find some.
 *
 * The caller serialises take, give back, admit and cut (the queue's lock).
 */
#include "pool.h"

#include <linux/atomic.h>
#include <linux/bitmap.h>
#include <linux/mm.h>
#include <linux/slab.h>
#include <xen/page.h>

#define MEMORY_SHARE     8               /* of the guest's pages, one in so many */
#define GRANT_SHARE      2               /* of its grants */
#define GRANTS_PER_FRAME (PAGE_SIZE / 8) /* version 1 */

/* ---- what all pools of the guest share ---- */

static atomic_t grown = ATOMIC_INIT(0); /* pages beyond the first size of each */

/* Grants may be fewer than that, with version 2: then they run out, and a pool stays as it is. */
static unsigned long share(void)
{
	return min(totalram_pages() / MEMORY_SHARE,
		   gnttab_max_grant_frames() * GRANTS_PER_FRAME / GRANT_SHARE);
}

static bool take_share(unsigned int nr)
{
	unsigned long most = share();
	int old = atomic_read(&grown);

	do {
		if (old + 2ul * nr > most)
			return false;
	} while (!atomic_try_cmpxchg(&grown, &old, old + nr));
	return true;
}

static void give_share_back(unsigned int nr)
{
	atomic_sub(nr, &grown);
}

/* ---- life ---- */

/* A zeroed page that is granted, or NULL. */
static struct page *granted_page(domid_t backend, grant_ref_t *ref)
{
	struct page *page = alloc_page(GFP_NOIO | __GFP_NORETRY | __GFP_ZERO | __GFP_NOWARN);
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

/* Enter pages @from to @to, or strike them out. Entries are read whole by the backend. */
static void enter(struct blkpool *pool, unsigned int from, unsigned int to, bool there)
{
	unsigned int i;

	if (!pool->nr_dir)
		return;
	for (i = from; i < to; i++) {
		grant_ref_t *entries = page_address(pool->dir[i / POOL_DIR_ENTRIES]);

		WRITE_ONCE(entries[i % POOL_DIR_ENTRIES], there ? pool->refs[i] : 0);
	}
}

/* Grant pages until there are @nr. */
static void make_pages(struct blkpool *pool, unsigned int nr)
{
	while (pool->made < nr) {
		struct page *page = granted_page(pool->backend, &pool->refs[pool->made]);

		if (!page)
			break;
		pool->pages[pool->made++] = page;
	}
}

/**
 * blkpool_create() - make a pool and grant it
 * @pool: zeroed
 * @backend: domain to grant it to
 * @start: pages that are wanted; it may become fewer when memory or grants are short
 * @most: pages that it may grow to
 * @directory: make a directory of it too
 *
 * May sleep. Return: 0, or -ENOMEM when not even a request's pages could be had.
 */
int blkpool_create(struct blkpool *pool, domid_t backend, unsigned int start, unsigned int most,
		   bool directory)
{
	unsigned int least = BLK_SLOT_SEGMENTS + 1;

	pool->backend = backend;
	pool->most = most;
	pool->pages = kvcalloc(most, sizeof(*pool->pages), GFP_NOIO);
	pool->refs = kvcalloc(most, sizeof(*pool->refs), GFP_NOIO);
	pool->used = bitmap_zalloc(most, GFP_NOIO);
	if (!pool->pages || !pool->refs || !pool->used)
		goto fail;
	if (directory && make_directory(pool, backend, most))
		goto fail;
	make_pages(pool, start);
	pool->start = pool->made;
	if (pool->made < least)
		goto fail;
	enter(pool, 0, pool->made, true);
	blkpool_admit(pool, pool->made);
	return 0;
fail:
	pool->start = pool->made;
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

	for (i = 0; i < pool->made; i++)
		gnttab_end_foreign_access(pool->refs[i], pool->pages[i]);
	for (i = 0; i < pool->nr_dir; i++)
		gnttab_end_foreign_access(pool->dir_refs[i], pool->dir[i]);
	give_share_back(pool->made - pool->start);
	kvfree(pool->pages);
	kvfree(pool->refs);
	bitmap_free(pool->used);
	kfree(pool->dir);
	kfree(pool->dir_refs);
	memset(pool, 0, sizeof(*pool));
}

/* ---- requests ---- */

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
	if (!runs)
		return 0;
	pool->free -= nr;
	pool->peak = max(pool->peak, pool->nr - pool->free);
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

/* ---- its size ---- */

/**
 * blkpool_next_size() - what size to grow to
 * @pool: the pool
 * @need: pages of a request that found too few
 *
 * The caller serialises. Return: twice as many, or what the request needs if that is more, but no
 * more than the most.
 */
unsigned int blkpool_next_size(const struct blkpool *pool, unsigned int need)
{
	return min(max(2 * pool->nr, need), pool->most);
}

/**
 * blkpool_idle_size() - what size was enough since the last call
 * @pool: the pool
 *
 * The caller serialises. Return: the first size, doubled as often as the most that requests had at
 * a time wants; no more than there is.
 */
unsigned int blkpool_idle_size(struct blkpool *pool)
{
	unsigned int size = pool->start;

	while (size < pool->peak)
		size *= 2;
	pool->peak = pool->nr - pool->free;
	return min(size, pool->nr);
}

/**
 * blkpool_make() - make and grant pages behind the pool, and enter them in the directory
 * @pool: the pool
 * @nr: pages that there are to be in all, more than the pool has
 *
 * One context at a time; may sleep. Requests do not take them before blkpool_admit(). What an
 * earlier blkpool_trim() had to leave is used first. Return: false when memory, grants or the share
 * of them that pools may have are short, and then nothing was made.
 */
bool blkpool_make(struct blkpool *pool, unsigned int nr)
{
	unsigned int more = nr > pool->made ? nr - pool->made : 0;

	if (!take_share(more))
		return false;
	more += pool->made;
	make_pages(pool, nr);
	if (pool->made < nr) {
		give_share_back(more - pool->made);
		blkpool_trim(pool);
		return false;
	}
	enter(pool, pool->nr, nr, true);
	return true;
}

/**
 * blkpool_admit() - requests take pages up to @nr
 * @pool: the pool
 * @nr: at least as many as it has; they are made, and the backend knows of them
 *
 * The caller serialises.
 */
void blkpool_admit(struct blkpool *pool, unsigned int nr)
{
	pool->free += nr - pool->nr;
	pool->nr = nr;
}

/**
 * blkpool_cut() - requests take no pages behind the first @nr, or behind the last one that one has
 * @pool: the pool
 * @nr: from the first size on
 *
 * The others leave the directory. The caller serialises. Return: true when the pool is smaller.
 */
bool blkpool_cut(struct blkpool *pool, unsigned int nr)
{
	unsigned int before = pool->nr;
	unsigned long last = find_last_bit(pool->used, before);

	if (last < before)
		nr = max_t(unsigned int, nr, last + 1);
	if (nr >= before)
		return false;
	enter(pool, nr, before, false);
	pool->free -= before - nr;
	pool->nr = nr;
	return true;
}

/**
 * blkpool_trim() - free what is made behind the pool
 * @pool: the pool; the backend was told that these are not its pages any more
 *
 * One context at a time; may sleep. It ends at a page that the backend still maps: that one, and
 * those before it, stay granted and made, for another trim or for a growth.
 */
void blkpool_trim(struct blkpool *pool)
{
	unsigned int before = pool->made;

	enter(pool, pool->nr, before, false);
	while (pool->made > pool->nr && gnttab_try_end_foreign_access(pool->refs[pool->made - 1])) {
		__free_page(pool->pages[pool->made - 1]);
		pool->made--;
	}
	give_share_back(before - pool->made);
}
