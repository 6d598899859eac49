/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * blkfront's pool, against a fake grant table that records every grant (fake_kernel.h): which bytes
 * the backend can read, when a page is given back, how the pool grows and shrinks.
 */
/* includes: frontends/blkfront/pool.c */
#include "fake_kernel.h"

#include "../../frontends/blkfront/pool.c"

static unsigned int number, failures;

static void result(bool good, const char *claim)
{
	printf("%sok %u - %s\n", good ? "" : "not ", ++number, claim);
	failures += !good;
}

static void forget_grants(void)
{
	fake_granted = 0;
	fake_next_ref = 8;
	memset(fake_grant, 0, sizeof(fake_grant));
}

/* What the directory names: the first @nr pages of the pool, and nothing behind them. */
static bool dir_names(const struct blkpool *pool, unsigned int nr)
{
	bool good = true;

	for (unsigned int i = 0; i < pool->nr_dir * POOL_DIR_ENTRIES; i++) {
		grant_ref_t ref = ((grant_ref_t *)pool->dir[i / POOL_DIR_ENTRIES]
					   ->data)[i % POOL_DIR_ENTRIES];

		good &= i < nr ? ref && ref == pool->refs[i] && fake_grant[ref] == pool->pages[i] :
				 !ref;
	}
	return good;
}

static void test_contents(void)
{
	struct blkpool pool = {0};

	result(!blkpool_create(&pool, 0, 1500, 1500, true) && pool.nr == 1500 && pool.nr_dir == 2 &&
		       fake_granted == 1502,
	       "a pool and its directory are granted, and nothing else");
	result(!fake_bad_grants, "every page was zero when it was granted (XSA-403)");
	result(dir_names(&pool, 1500),
	       "the directory says where the pages are, and nothing behind them (XSA-403)");
	blkpool_destroy(&pool);
	result(!fake_pages && !pool.nr, "all are given back");
	forget_grants();
}

static void test_still_mapped(void)
{
	struct blkpool pool = {0};
	struct page *kept;

	if (blkpool_create(&pool, 0, 64, 64, false))
		abort();
	kept = pool.pages[7];
	kept->mapped = true;
	blkpool_destroy(&pool);
	result(fake_pages == 1 && kept->ended,
	       "a page that the backend still maps is left to it, not freed (XSA-396)");
	fake_page_free(kept);
	forget_grants();
}

static void test_shortage(void)
{
	struct blkpool pool = {0};
	bool good = true;

	fake_grants_left = 100;
	result(!blkpool_create(&pool, 0, 2048, 2048, false) && pool.nr == 100 && pool.free == 100,
	       "when grants are short the pool is smaller");
	blkpool_destroy(&pool);
	for (long left = 0; left < 17; left++) {
		forget_grants();
		fake_grants_left = left;
		good &= blkpool_create(&pool, 0, 32, 2048, true) == (left < 14 ? -ENOMEM : 0);
		good &= left >= 14 || (!pool.nr && !fake_pages);
		blkpool_destroy(&pool);
		good &= !fake_pages;
	}
	fake_grants_left = -1;
	for (long left = 1; left < 10; left++) {
		forget_grants();
		fake_allocs_left = left;
		good &= blkpool_create(&pool, 0, 32, 2048, true) == -ENOMEM && !fake_pages;
	}
	fake_allocs_left = -1;
	result(good,
	       "less than a request's pages is no pool, and leaks nothing, wherever it runs out");
	forget_grants();
}

/* ---- growing and shrinking ---- */

static void test_grow(void)
{
	struct blkpool pool = {0};
	struct pool_run run[BLK_SLOT_SEGMENTS];
	bool good;

	good = !blkpool_create(&pool, 0, 32, 2048, true) && pool.nr == 32 && dir_names(&pool, 32);
	result(good && fake_granted == 34, "a pool starts small: 32 pages, and two of directory");
	result(blkpool_next_size(&pool, 1) == 64 && blkpool_next_size(&pool, 1024) == 1024 &&
		       blkpool_next_size(&pool, 4000) == 2048,
	       "it grows to twice its size, or to what is needed, and not beyond the most");
	good = blkpool_make(&pool, 1024) && pool.nr == 32 && dir_names(&pool, 1024);
	result(good && !blkpool_take(&pool, 33, run, 1),
	       "new pages are in the directory before a request takes them");
	blkpool_admit(&pool, 1024);
	good = blkpool_take(&pool, 1024, run, 1) == 1 && !blkpool_take(&pool, 1, run + 1, 1);
	result(good, "and are taken when the backend has them");
	result(!blkpool_cut(&pool, 32) && pool.nr == 1024, "what requests have is not cut off");
	run->nr = 300; /* the others end */
	bitmap_clear(pool.used, 300, 724);
	pool.free += 724;
	result(blkpool_cut(&pool, 32) && pool.nr == 300 && !pool.free && dir_names(&pool, 300) &&
		       pool.made == 1024,
	       "what is behind them is, and leaves the directory, and stays granted");
	blkpool_trim(&pool);
	result(pool.made == 300 && fake_pages == 302, "until the backend has left it");
	blkpool_give_back(&pool, run, 1);
	result(blkpool_idle_size(&pool) == 300 && blkpool_idle_size(&pool) == 32,
	       "the size that was enough covers the most that requests had since the last look");
	good = blkpool_cut(&pool, 32);
	pool.pages[100]->mapped = true;
	blkpool_trim(&pool);
	good &= pool.made == 101 && pool.nr == 32 && blkpool_make(&pool, 128) && pool.made == 128 &&
		dir_names(&pool, 128);
	pool.pages[100]->mapped = false;
	result(good, "a page that the backend does not let go of stays granted, and is used again");
	blkpool_destroy(&pool);
	result(!fake_pages && !atomic_read(&grown), "all are given back, and their share");
	forget_grants();
}

static void test_growth_fails(void)
{
	struct blkpool pool = {0};
	bool good = !blkpool_create(&pool, 0, 32, 256, true);

	for (long left = 0; left < 224; left++) {
		fake_grants_left = left;
		good &= !blkpool_make(&pool, 256) && pool.made == 32 && fake_pages == 33;
		fake_grants_left = -1;
		fake_allocs_left = left + 1;
		good &= !blkpool_make(&pool, 256) && pool.made == 32 && fake_pages == 33;
		fake_allocs_left = -1;
		good &= dir_names(&pool, 32) && !atomic_read(&grown);
	}
	result(good, "a growth that runs out of memory or grants, wherever, leaves the pool as it "
		     "was");
	good = blkpool_make(&pool, 256);
	blkpool_trim(&pool);
	result(good && pool.made == 32 && fake_pages == 33 && dir_names(&pool, 32),
	       "and so does one that the backend refuses");
	blkpool_destroy(&pool);
	forget_grants();
}

/* 256 MiB and 64 frames: 8,192 pages to share, 16,384 grants. */
static void test_share(void)
{
	static struct blkpool pool[64];
	unsigned int whole = 0, same = 0, all = 0;
	bool good = true;

	fake_total = 65536;
	fake_frames = 64;
	for (unsigned int i = 0; i < 64; i++)
		good &= !blkpool_create(&pool[i], 0, 32, 2048, true);
	for (unsigned int i = 0; i < 64; i++) {
		while (pool[i].nr < 2048 && blkpool_make(&pool[i], 2 * pool[i].nr))
			blkpool_admit(&pool[i], pool[i].made);
		whole += pool[i].nr == 2048;
		same += pool[i].nr == 32;
		all += pool[i].nr - 32;
	}
	result(good && whole == 3 && all <= 8192 && all > 8192 - 64,
	       "64 disks in 256 MiB: the first three that are busy grow whole, no growth takes "
	       "more than half of what is left");
	result(same < 64 && pool[63].nr == 32, "and all of them together an eighth of the memory");
	for (unsigned int i = 0; i < 3; i++) {
		blkpool_cut(&pool[i], 32);
		blkpool_trim(&pool[i]);
	}
	result(blkpool_make(&pool[63], 1024), "what an idle disk gives back another one grows by");
	fake_frames = 4;
	result(!blkpool_make(&pool[62], 64), "grants are a limit as memory is");
	for (unsigned int i = 0; i < 64; i++)
		blkpool_destroy(&pool[i]);
	result(!atomic_read(&grown) && !fake_pages, "all shares come back");
	fake_total = 1ul << 30;
	fake_frames = 1u << 20;
	forget_grants();
}

/*
 * A model of both halves: requests come and go while the pool changes its size. The backend maps
 * what the directory names when it hears of it, which may be long after, and checks extents against
 * what it has mapped.
 */
static struct {
	struct blkpool pool;
	struct {
		struct pool_run run[BLK_SLOT_SEGMENTS];
		unsigned int runs;
	} held[24];
	unsigned int has; /* pages that the backend maps */
	unsigned int to;  /* the change that is under way; 0: none */
	bool growing, told;
	unsigned int grown, shrunk, refused;
	bool good;
} model;

static void model_request(unsigned int dice)
{
	unsigned int h = dice % ARRAY_SIZE(model.held), i;
	struct blkpool *pool = &model.pool;

	if (model.held[h].runs) {
		blkpool_give_back(pool, model.held[h].run, model.held[h].runs);
		model.held[h].runs = 0;
		return;
	}
	model.held[h].runs = blkpool_take(pool, 1 + dice / 32 % 40, model.held[h].run,
					  ARRAY_SIZE(model.held[h].run));
	for (i = 0; i < model.held[h].runs; i++) {
		const struct pool_run *run = &model.held[h].run[i];

		model.good &= run->first + run->nr <= pool->nr && pool->nr <= model.has;
	}
}

/* The backend hears of the new size. A growth may be more than its domain has memory for. */
static bool model_hear(bool able)
{
	struct blkpool *pool = &model.pool;
	unsigned int h, i;

	for (; model.has > model.to; model.has--)
		pool->pages[model.has - 1]->mapped = false;
	for (h = 0; h < ARRAY_SIZE(model.held); h++)
		for (i = 0; i < model.held[h].runs; i++)
			model.good &= model.held[h].run[i].first + model.held[h].run[i].nr <=
				      model.has;
	if (!able)
		return false;
	for (; model.has < model.to; model.has++) {
		grant_ref_t ref = ((grant_ref_t *)pool->dir[model.has / POOL_DIR_ENTRIES]
					   ->data)[model.has % POOL_DIR_ENTRIES];

		if (!ref || fake_grant[ref] != pool->pages[model.has])
			abort();
		fake_grant[ref]->mapped = true;
	}
	return true;
}

static void model_change(unsigned int dice)
{
	struct blkpool *pool = &model.pool;

	if (model.to) { /* it ends */
		bool done = model_hear(dice % 5);

		if (model.growing && done) {
			blkpool_admit(pool, model.to);
			model.grown++;
		} else {
			blkpool_trim(pool);
			model.good &= pool->made == pool->nr;
			model.refused += model.growing;
			model.shrunk += !model.growing;
		}
		model.to = 0;
		return;
	}
	model.growing = dice % 2;
	if (model.growing) {
		model.to = blkpool_next_size(pool, dice / 2 % 64);
		fake_grants_left = dice % 3 ? -1 : 20;
		if (model.to == pool->nr || !blkpool_make(pool, model.to))
			model.to = 0;
		fake_grants_left = -1;
	} else if (blkpool_cut(pool, blkpool_idle_size(pool))) {
		model.to = pool->nr;
	}
}

static void test_model(void)
{
	struct blkpool *pool = &model.pool;
	unsigned int seed = 1;

	if (blkpool_create(pool, 0, 32, 1500, true))
		abort();
	model.good = true;
	model.to = 32;
	model_hear(true);
	model.to = 0;
	for (unsigned int step = 0; model.good && step < 100000; step++) {
		seed = seed * 1103515245 + 12345;
		if (seed >> 24 < 12)
			model_change(seed >> 8 & 0xffff);
		else
			model_request(seed >> 8 & 0xffff);
		model.good &= pool->nr >= 32 && pool->nr <= pool->made && pool->made <= 1500 &&
			      fake_pages == pool->made + pool->nr_dir &&
			      atomic_read(&grown) == (int)(pool->made - 32) &&
			      (model.to || step % 64 || dir_names(pool, pool->nr));
	}
	result(model.good, "100,000 steps of requests and changes of size: no request has a page "
			   "that the backend does not map, none is lost, the directory is true");
	printf("# %u times larger, %u smaller, %u refused\n", model.grown, model.shrunk,
	       model.refused);
	result(model.grown > 100 && model.shrunk > 100 && model.refused > 20,
	       "and the size did change");
	for (unsigned int i = 0; i < model.has; i++)
		pool->pages[i]->mapped = false;
	blkpool_destroy(pool);
	result(!fake_pages && !atomic_read(&grown), "all are given back");
	forget_grants();
}

/* ---- requests ---- */

/* Take and give back at random: no page is in two requests, and what is free can be taken. */
static void test_take(void)
{
	static struct {
		struct pool_run run[BLK_SLOT_SEGMENTS];
		unsigned int runs, nr;
	} held[40];
	struct blkpool pool = {0};
	unsigned char owner[256] = {0};
	unsigned int free = 256, seed = 1;
	bool good = true;

	if (blkpool_create(&pool, 0, 256, 256, false))
		abort();
	for (unsigned int step = 0; good && step < 100000; step++) {
		unsigned int i, j, h, nr;

		seed = seed * 1103515245 + 12345;
		h = seed >> 8 & 0xffff;
		nr = 1 + (seed >> 16) % 32;
		h %= ARRAY_SIZE(held);
		if (!held[h].nr) {
			held[h].runs =
				blkpool_take(&pool, nr, held[h].run, ARRAY_SIZE(held[h].run));
			good &= held[h].runs || nr > free || free < 256;
			held[h].nr = held[h].runs ? nr : 0;
			free -= held[h].nr;
		} else {
			blkpool_give_back(&pool, held[h].run, held[h].runs);
			free += held[h].nr;
			held[h].nr = 0;
		}
		nr = 0;
		for (i = 0; i < held[h].runs; i++)
			for (j = 0; j < held[h].run[i].nr; j++, nr++) {
				unsigned char *who = &owner[held[h].run[i].first + j];

				good &= *who == (held[h].nr ? 0 : h + 1);
				*who = held[h].nr ? (unsigned char)(h + 1) : 0;
			}
		good &= pool.free == free && (!held[h].nr || nr == held[h].nr);
	}
	result(good, "100,000 requests: no page belongs to two, none is lost");
	blkpool_destroy(&pool);
	result(!fake_pages && !fake_bad_grants, "all are given back");
}

int main(void)
{
	setvbuf(stdout, NULL, _IOLBF, 0); /* what was said before a sanitizer ends it */
	printf("1..29\n");
	test_contents();
	test_still_mapped();
	test_shortage();
	test_grow();
	test_growth_fails();
	test_share();
	test_model();
	test_take();
	return failures != 0;
}
