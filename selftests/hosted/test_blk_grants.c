/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * blkback's table of persistent grants against a model (a plain list): lookups, the order of
 * eviction, and no eviction of a grant that a request under way uses.
 */
/* sources: backends/blkback/grantlru.c */
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include "../../backends/blkback/grantlru.h"

#define MAX  64u
#define BITS 3u /* few buckets: long chains */

static unsigned int number, failures;
static struct grantlru_entry entry[MAX];
static uint32_t bucket[1u << BITS];
static struct grantlru lru;

static void result(bool good, const char *claim)
{
	printf("%sok %u - %s\n", good ? "" : "not ", ++number, claim);
	failures += !good;
}

static void begin(uint32_t max)
{
	memset(entry, 0xaa, sizeof(entry));
	grantlru_init(&lru, entry, max, bucket, BITS);
}

/* ---- single claims ---- */

static void test_bound(void)
{
	bool all = true;

	begin(4);
	for (uint32_t i = 0; i < 4; i++)
		all &= grantlru_add(&lru, 100 + i, 1, 0) != GRANTLRU_NONE;
	result(all && grantlru_add(&lru, 104, 1, 0) == GRANTLRU_NONE &&
		       grantlru_find(&lru, 104) == GRANTLRU_NONE && lru.nr == 4,
	       "the table is bounded: the fifth grant of four finds no room (XSA-371)");
	for (uint32_t i = 0; i < 4; i++)
		all &= lru.entry[grantlru_find(&lru, 100 + i)].ref == 100 + i;
	result(all, "and the four are found");
	grantlru_remove(&lru, grantlru_find(&lru, 102));
	result(grantlru_find(&lru, 102) == GRANTLRU_NONE &&
		       grantlru_add(&lru, 104, 2, 0) != GRANTLRU_NONE,
	       "a slot that was given back is used again");
}

static void test_order(void)
{
	uint32_t a, b;

	begin(4);
	a = grantlru_add(&lru, 1, 1, 10);
	b = grantlru_add(&lru, 2, 2, 20);
	result(grantlru_victim(&lru, 3, 69, 60) == GRANTLRU_NONE &&
		       grantlru_victim(&lru, 3, 70, 60) == a,
	       "a grant goes when it was not used for as long as it may");
	result(grantlru_victim(&lru, 1, 1000, 60) == GRANTLRU_NONE &&
		       grantlru_victim(&lru, 2, 1000, 60) == a,
	       "not while the request that used it is under way, however long that takes "
	       "(XSA-350)");
	grantlru_use(&lru, a, 3, 30);
	result(grantlru_victim(&lru, 4, 1000, 60) == b, "what was used again goes last");
	grantlru_remove(&lru, b);
	result(grantlru_victim(&lru, 4, 1000, 60) == a, "and then it is its turn");
	grantlru_remove(&lru, a);
	result(grantlru_victim(&lru, 5, 1000, 60) == GRANTLRU_NONE && !lru.nr,
	       "an empty table gives nothing");
}

static void test_wrap(void)
{
	uint32_t a;

	begin(4);
	a = grantlru_add(&lru, 0xffffffffu, 1, 0xfffffff0u);
	result(grantlru_find(&lru, 0xffffffffu) == a && grantlru_find(&lru, 0) == GRANTLRU_NONE &&
		       grantlru_victim(&lru, 2, 0x10, 60) == GRANTLRU_NONE &&
		       grantlru_victim(&lru, 2, 0x40, 60) == a,
	       "the clock may wrap, and any number is a reference");
}

/* ---- the model ---- */

static struct used {
	uint32_t ref, used_s;
	uint64_t used_by;
} model[MAX]; /* the oldest first */
static uint32_t models;
static uint64_t state = 88172645463325252u;

static uint32_t below(uint32_t n)
{
	state ^= state << 13;
	state ^= state >> 7;
	state ^= state << 17;
	return (uint32_t)(state >> 16) % n;
}

static uint32_t model_find(uint32_t ref)
{
	for (uint32_t i = 0; i < models; i++)
		if (model[i].ref == ref)
			return i;
	return GRANTLRU_NONE;
}

static void model_remove(uint32_t i)
{
	memmove(&model[i], &model[i + 1], (--models - i) * sizeof(*model));
}

/* A request uses a grant. */
static bool use(uint32_t ref, uint64_t request, uint32_t now)
{
	uint32_t slot = grantlru_find(&lru, ref), i = model_find(ref);

	if ((slot == GRANTLRU_NONE) != (i == GRANTLRU_NONE))
		return false;
	if (slot != GRANTLRU_NONE) {
		model_remove(i);
		grantlru_use(&lru, slot, request, now);
	} else {
		slot = grantlru_add(&lru, ref, request, now);
		if ((slot == GRANTLRU_NONE) != (models == MAX))
			return false;
		if (slot == GRANTLRU_NONE)
			return true;
	}
	model[models++] = (struct used){ref, now, request};
	return lru.nr == models && lru.entry[slot].ref == ref;
}

static bool expire(uint64_t oldest, uint32_t now, uint32_t idle)
{
	bool may = models && model[0].used_by < oldest && now - model[0].used_s >= idle;
	uint32_t slot = grantlru_victim(&lru, oldest, now, idle);

	if (!may)
		return slot == GRANTLRU_NONE;
	if (slot == GRANTLRU_NONE || lru.entry[slot].ref != model[0].ref)
		return false;
	grantlru_remove(&lru, slot);
	model_remove(0);
	return true;
}

static void test_model(void)
{
	uint64_t request = 1, oldest = 1;
	uint32_t now = 0;
	bool good = true;

	begin(MAX);
	for (unsigned int step = 0; good && step < 400000; step++) {
		switch (below(8)) {
		case 0:
			request++;
			break;
		case 1:
			oldest += below((uint32_t)(request + 2 - oldest));
			break;
		case 2:
			now += below(3);
			break;
		case 3:
			good = expire(oldest, now, 1 + below(4));
			break;
		case 4:
			if (models) {
				uint32_t i = below(models);

				grantlru_remove(&lru, grantlru_find(&lru, model[i].ref));
				model_remove(i);
			}
			break;
		default:
			if (oldest > request)
				request = oldest;
			good = use(below(100) * 8, request, now);
		}
	}
	result(good, "400,000 steps are those of a plain list: what is found, and what goes first");
}

int main(void)
{
	printf("1..10\n");
	test_bound();
	test_order();
	test_wrap();
	test_model();
	return failures != 0;
}
