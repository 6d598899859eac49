/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * blkback's mapping of a guest's pages, against a fake grant table that records every map and unmap
 * (fake_kernel.h): grants refused in every place of a batch, out of memory, a frontend that uses
 * more grants than the table holds. The fake aborts when a mapped page is freed or an invalid
 * handle is used.
 */
/* sources: backends/blkback/grantlru.c */
/* includes: backends/blkback/grantmap.c backends/blkback/pgrant.c */
#include "fake_kernel.h"

/*
 * The kernel is built without it: an array that a loop of unknown length fills is no array
 * unfilled.
 */
#pragma GCC diagnostic ignored "-Wmaybe-uninitialized"

#include "../../backends/blkback/grantmap.c"
#include "../../backends/blkback/pgrant.c"

static unsigned int number, failures;

static void result(bool good, const char *claim)
{
	printf("%sok %u - %s\n", good ? "" : "not ", ++number, claim);
	failures += !good;
}

static grant_ref_t bad_ref;

static bool refuses(grant_ref_t ref)
{
	return ref == bad_ref;
}

static bool is_page_of(const struct page *page, grant_ref_t ref)
{
	return page->mapped && !memcmp(page->data, &ref, sizeof(ref));
}

/* ---- a row ---- */


/* Free the pages that the driver has lost, as it should, and forget what maps them. */
static void forget(struct page **row, unsigned int nr)
{
	unsigned int i;

	for (i = 0; i < nr; i++)
		fake_page_free(row[i]);
	for (i = 0; i < FAKE_HANDLES; i++)
		fake_handle[i] = NULL;
	fake_mapped = 0;
}

/* A row of @nr pages, from nothing. On failure nothing of it is left. */
static int row_of(struct grantmap *map, const grant_ref_t *refs, unsigned int nr)
{
	int err = grantmap_create(map, nr);

	if (!err)
		err = grantmap_grow(map, 1, refs, nr);
	if (err)
		grantmap_destroy(map);
	return err;
}

static void test_row(void)
{
	struct grantmap map = {0};
	grant_ref_t refs[100];
	bool good = true;
	unsigned int i;

	for (i = 0; i < 100; i++)
		refs[i] = 1000 + i;
	result(!row_of(&map, refs, 100) && fake_mapped == 100 && is_page_of(map.pages[99], 1099),
	       "a row of pages is mapped");
	grantmap_destroy(&map);
	result(!fake_mapped && !fake_pages, "and unmapped whole");
	fake_refuses = refuses;
	for (i = 0; i < 100; i++) {
		bad_ref = 1000 + i;
		good &= row_of(&map, refs, 100) == -EINVAL && !fake_mapped && !fake_pages;
	}
	result(good, "one refused grant, wherever it stands, is an error, and nothing stays mapped "
		     "(XSA-361, XSA-365, XSA-367)");
	fake_refuses = NULL;
	fake_map_error = -ENOMEM;
	result(row_of(&map, refs, 100) == -ENOMEM && !fake_mapped && !fake_pages,
	       "the call's own error is one too (XSA-362)");
	fake_map_error = 0;
	good = true;
	for (i = 1; i < 3; i++) {
		fake_allocs_left = i;
		good &= grantmap_create(&map, 100) == -ENOMEM && !map.pages;
	}
	fake_allocs_left = -1;
	result(good, "without memory nothing is mapped");
}

/* What the hypervisor does not unmap is lost, and used by nobody. */
static void test_kept(void)
{
	struct grantmap map = {0};
	grant_ref_t refs[40];
	struct page *row[40];
	bool good;
	unsigned int i;

	for (i = 0; i < 40; i++)
		refs[i] = 1000 + i;
	good = !row_of(&map, refs, 40);
	memcpy(row, map.pages, sizeof(row));
	fake_unmap_error = -EIO;
	grantmap_destroy(&map);
	fake_unmap_error = 0;
	result(good && fake_mapped == 40 && fake_pages == 40,
	       "pages that the hypervisor does not unmap are not used again");
	forget(row, 40);
	good = true;
	for (i = 0; i < 40; i++) {
		good &= !row_of(&map, refs, 40);
		memcpy(row, map.pages, sizeof(row));
		fake_keeps = row[i];
		grantmap_destroy(&map);
		good &= fake_mapped == 1 && fake_pages == 40; /* the row goes or stays whole */
		forget(row, 40);
	}
	fake_keeps = NULL;
	result(good, "nor when it does not unmap one of them, wherever it stands");
}

/* The pages that a row has after any number of changes are those of its references, in order. */
static void test_resize(void)
{
	struct grantmap map = {0};
	grant_ref_t refs[200];
	struct page *lost[50];
	unsigned int i, step, seed = 1;
	bool good = !grantmap_create(&map, 200), refused = true;

	for (i = 0; i < 200; i++)
		refs[i] = 1000 + i;
	fake_refuses = refuses;
	for (step = 0; good && step < 2000; step++) {
		unsigned int before = map.nr, to;

		seed = seed * 1103515245 + 12345;
		to = (seed >> 16) % 201;
		bad_ref = seed % 7 ? 0 : 1000 + (seed >> 8) % 200;
		if (to < before) {
			good &= !grantmap_shrink(&map, to) && map.nr == to;
		} else if (to > before) {
			int err = grantmap_grow(&map, 1, refs + before, to - before);
			bool bad = bad_ref >= 1000 + before && bad_ref < 1000 + to;

			refused &= err == (bad ? -EINVAL : 0);
			good &= map.nr == (bad ? before : to);
		}
		good &= fake_mapped == map.nr && fake_pages == map.nr;
		for (i = 0; i < map.nr; i++)
			good &= is_page_of(map.pages[i], refs[i]);
	}
	fake_refuses = NULL;
	result(good, "2,000 changes of size: a row maps what its references name, and no more");
	result(refused, "a refused grant leaves the row as long as it was");
	grantmap_shrink(&map, 0);
	good = !grantmap_grow(&map, 1, refs, 150);
	memcpy(lost, map.pages + 100, sizeof(lost));
	fake_keeps = lost[20];
	good &= grantmap_shrink(&map, 100) == -EIO && map.nr == 100 && fake_pages == 150;
	fake_keeps = NULL;
	good &= !grantmap_grow(&map, 1, refs + 100, 100) && fake_pages == 250;
	grantmap_destroy(&map);
	result(good && fake_pages == 50 && fake_mapped == 1,
	       "a page that stays mapped is lost, with those that went with it; the row goes on");
	forget(lost, 50);
}

/* ---- persistent grants ---- */

static bool get(struct pgrants *grants, grant_ref_t first, unsigned int nr, u64 request, int wanted)
{
	grant_ref_t refs[100];
	struct page *pages[100];
	unsigned int i;

	for (i = 0; i < nr; i++)
		refs[i] = first + i;
	if (pgrants_get(grants, refs, nr, request, pages) != wanted)
		return false;
	for (i = 0; i < nr && !wanted; i++)
		if (!is_page_of(pages[i], refs[i]))
			return false;
	return fake_mapped == grants->lru.nr;
}

static void test_get(void)
{
	struct pgrants grants = {0};
	const grant_ref_t twice[3] = {7, 8, 7};
	struct page *pages[3];
	unsigned int calls;
	bool good;

	max_persistent_grants = 100;
	good = !pgrants_create(&grants, 1);
	result(good && get(&grants, 50, 70, 1, 0) && fake_mapped == 70,
	       "persistent grants are mapped when first used");
	calls = fake_hypercalls;
	result(get(&grants, 50, 70, 2, 0) && fake_hypercalls == calls,
	       "and found again without a hypercall");
	result(!pgrants_get(&grants, twice, 3, 3, pages) && pages[0] == pages[2] &&
		       is_page_of(pages[1], 8) && fake_mapped == 72,
	       "a reference that stands twice in a request is mapped once");
	result(get(&grants, 200, 29, 4, -ENOSPC) && fake_mapped == 72,
	       "29 where 28 have room: no room, and nothing is held (XSA-371)");
	fake_refuses = refuses;
	bad_ref = 227;
	result(get(&grants, 200, 28, 5, -EINVAL) && fake_mapped == 72,
	       "one refused grant among 28: an error, though those after it would work (XSA-365)");
	bad_ref = 0;
	result(get(&grants, 200, 28, 6, 0) && fake_mapped == 100,
	       "the others can be mapped after it");
	fake_refuses = NULL;
	pgrants_destroy(&grants);
	result(!fake_mapped && !fake_pages, "all are unmapped at the end (XSA-371)");
}

static void test_let_go(void)
{
	struct pgrants grants = {0};
	unsigned int went = 0, n;
	struct page *pages[1];
	const grant_ref_t ref = 60;

	max_persistent_grants = 100;
	persistent_grant_unused_seconds = 60;
	fake_seconds = 1000;
	if (pgrants_create(&grants, 1) || !get(&grants, 50, 70, 1, 0))
		abort();
	fake_seconds = 1030;
	get(&grants, 50, 10, 2, 0);
	result(!pgrants_let_go(&grants, 3, 2, false), "nothing goes before its time");
	fake_seconds = 1065;
	result(!pgrants_let_go(&grants, 1, 2, false),
	       "nothing goes that a request under way has used (XSA-350)");
	while ((n = pgrants_let_go(&grants, 3, 2, false)))
		went += n;
	result(went == 60 && fake_mapped == 10, "what was not used for a minute is unmapped");
	result(get(&grants, 50, 70, 3, 0), "and mapped again when it is used");
	fake_seconds = 1066;
	result(get(&grants, 300, 31, 4, -ENOSPC) && !pgrants_let_go(&grants, 5, 4, true),
	       "a full table keeps what was used just now");
	fake_seconds = 1068;
	result(pgrants_let_go(&grants, 5, 4, true) && get(&grants, 300, 31, 5, 0),
	       "and lets go what was not, to make room");
	if (pgrants_get(&grants, &ref, 1, 6, pages))
		abort();
	pages[0]->count = 2; /* a network device below still sends it */
	fake_seconds = 2000;
	while (pgrants_let_go(&grants, 7, 6, false))
		;
	result(fake_mapped == 1 && grantlru_find(&grants.lru, ref) != GRANTLRU_NONE,
	       "a page that is held below stays, and nobody waits for it");
	pages[0]->count = 1;
	persistent_grant_unused_seconds = 0;
	fake_seconds = 9000;
	result(!pgrants_let_go(&grants, 7, 6, false), "0 seconds: never");
	pgrants_destroy(&grants);
	result(!fake_mapped && !fake_pages, "all are unmapped at the end");
}

static void test_memory(void)
{
	struct pgrants grants = {0};
	bool good = true;

	for (long i = 1; i <= 5; i++) {
		fake_allocs_left = i;
		good &= pgrants_create(&grants, 1) == -ENOMEM;
		pgrants_destroy(&grants);
	}
	fake_allocs_left = -1;
	result(good, "a table without memory is an error that leaks nothing");
}

int main(void)
{
	setvbuf(stdout, NULL, _IOLBF, 0); /* what was said before a sanitizer ends it */
	printf("1..27\n");
	test_row();
	test_kept();
	test_resize();
	test_get();
	test_let_go();
	test_memory();
	return failures != 0;
}
