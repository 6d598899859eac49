/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * blkfront's pool, against a fake grant table that records every grant (fake_kernel.h): which bytes
 * the backend can read, and when a page is given back.
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
	memset(fake_grant, 0, sizeof(fake_grant));
}

static void test_contents(void)
{
	struct blkpool pool = {0};
	bool good = true;

	result(!blkpool_create(&pool, 0, 1500, true) && pool.nr == 1500 && pool.nr_dir == 2 &&
		       fake_granted == 1502,
	       "a pool and its directory are granted, and nothing else");
	result(!fake_bad_grants, "every page was zero when it was granted (XSA-403)");
	for (unsigned int i = 0; i < 1500; i++)
		good &= ((grant_ref_t *)pool.dir[i / POOL_DIR_ENTRIES]
				 ->data)[i % POOL_DIR_ENTRIES] == pool.refs[i] &&
			fake_grant[pool.refs[i]] == pool.pages[i];
	for (unsigned int i = 1500 % POOL_DIR_ENTRIES; i < POOL_DIR_ENTRIES; i++)
		good &= !((grant_ref_t *)pool.dir[1]->data)[i];
	result(good, "the directory says where the pages are, and nothing behind them (XSA-403)");
	blkpool_destroy(&pool);
	result(!fake_pages && !pool.nr, "all are given back");
	forget_grants();
}

static void test_still_mapped(void)
{
	struct blkpool pool = {0};
	struct page *kept;

	if (blkpool_create(&pool, 0, 64, false))
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
	result(!blkpool_create(&pool, 0, 2048, false) && pool.nr == 100 && pool.free == 100,
	       "when grants are short the pool is smaller");
	blkpool_destroy(&pool);
	for (long left = 0; left < 17; left++) {
		forget_grants();
		fake_grants_left = left;
		good &= blkpool_create(&pool, 0, 2048, true) == (left < 14 ? -ENOMEM : 0);
		good &= left >= 14 || (!pool.nr && !fake_pages);
		blkpool_destroy(&pool);
		good &= !fake_pages;
	}
	fake_grants_left = -1;
	for (long left = 1; left < 10; left++) {
		forget_grants();
		fake_allocs_left = left;
		good &= blkpool_create(&pool, 0, 2048, true) == -ENOMEM && !fake_pages;
	}
	fake_allocs_left = -1;
	result(good,
	       "less than a request's pages is no pool, and leaks nothing, wherever it runs out");
	forget_grants();
}

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

	if (blkpool_create(&pool, 0, 256, false))
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
	printf("1..9\n");
	test_contents();
	test_still_mapped();
	test_shortage();
	test_take();
	return failures != 0;
}
