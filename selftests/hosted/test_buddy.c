/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Claim: the frame allocator's blocks are aligned, disjoint and within the address limit, and merge
 * again.
 */
/* sources: hypervisor/mm/buddy.c */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <hv/mm/buddy.h>

#define FRAMES 20000U

struct record {
	uint64_t pad;
	struct buddy_slot slot;
	uint8_t pad2[3];
	uint8_t state;
};

static struct record records[FRAMES];
static uint8_t used[FRAMES]; /* the test's own books: 1 = handed out */
static struct buddy b;
static unsigned int number, failures;

static void result(bool good, const char *claim)
{
	printf("%sok %u - %s\n", good ? "" : "not ", ++number, claim);
	failures += !good;
}

static void start(uint64_t from, uint64_t to)
{
	memset(records, 0, sizeof(records));
	memset(used, 1, sizeof(used));
	buddy_init(&b, records, sizeof(records[0]), offsetof(struct record, slot),
		   offsetof(struct record, state), FRAMES);
	buddy_add_range(&b, from, to);
	memset(used + from, 0, to - from);
}

/* Book an allocation; false if it overlaps, is misaligned or too high. */
static bool book(uint32_t first, unsigned int order, unsigned int bits)
{
	uint32_t i;

	if (first & ((1U << order) - 1))
		return false;
	if (bits && ((uint64_t)(first + (1U << order)) << 12) > 1ULL << bits)
		return false;
	for (i = first; i < first + (1U << order); i++) {
		if (i >= FRAMES || used[i])
			return false;
		used[i] = 1;
	}
	return true;
}

static void unbook(uint32_t first, unsigned int order)
{
	memset(used + first, 0, 1U << order);
}

static bool books_agree(void)
{
	uint64_t sum = 0;
	uint32_t i;

	for (i = 0; i < FRAMES; i++) {
		if (buddy_is_free(&b, i) == used[i])
			return false;
		sum += !used[i];
	}
	for (unsigned int bits = 12; bits < 28; bits++) {
		uint64_t below = 0;

		for (i = 0; i < FRAMES && i < 1U << (bits - 12); i++)
			below += !used[i];
		if (below != buddy_free_below(&b, bits))
			return false;
	}
	return sum == b.free && sum == buddy_free_below(&b, 44);
}

static void test_whole(void)
{
	uint32_t first;
	unsigned int n = 0;
	bool good = true;

	start(0, FRAMES);
	result(b.free == FRAMES && books_agree(), "all frames given are free");
	while ((first = buddy_alloc(&b, 0, 0)) != BUDDY_NONE) {
		good &= book(first, 0, 0);
		n++;
	}
	result(good && n == FRAMES && !b.free, "every frame can be had once, and only once");
	result(buddy_alloc(&b, 0, 0) == BUDDY_NONE && buddy_alloc(&b, 18, 0) == BUDDY_NONE,
	       "an empty allocator says so");
	for (n = 0; n < FRAMES; n++)
		buddy_free(&b, n * 7919 % FRAMES, 0); /* 7919 and FRAMES have no common factor */
	memset(used, 0, sizeof(used));
	first = buddy_alloc(&b, 13, 0);
	result(first == 8192 && b.free == FRAMES - 8192,
	       "frames that return in any order merge to large blocks");
}

static void test_limits(void)
{
	unsigned int bits, order;
	bool good = true;

	start(0, FRAMES);
	result(buddy_alloc(&b, 0, 0) >= 16384, "high memory goes first");
	for (bits = 12; bits < 30; bits++)
		for (order = 0; order < 12; order++) {
			uint32_t first;

			start(0, FRAMES);
			first = buddy_alloc(&b, order, bits);
			if (first != BUDDY_NONE)
				good &= book(first, order, bits) && books_agree();
			else
				good &= bits <= order + 12;
		}
	result(good, "an address limit is kept, and met where a block exists");
	start(100, FRAMES);
	result(buddy_alloc(&b, 0, 11) == BUDDY_NONE && buddy_alloc(&b, 0, 12) == BUDDY_NONE &&
		       buddy_alloc(&b, 0, 18) == BUDDY_NONE && buddy_alloc(&b, 0, 19) == 64 + 36,
	       "no frame below a limit: none is given");
	result(buddy_alloc(&b, BUDDY_MAX_ORDER + 1, 0) == BUDDY_NONE &&
		       buddy_alloc(&b, 1000, 0) == BUDDY_NONE,
	       "an order out of range is refused");
	start(0, FRAMES);
	for (good = true, order = 0; order < 14; order++)
		for (bits = 12; bits < 30; bits++) {
			uint32_t first = buddy_alloc_above(&b, order, 26, bits);

			good &= first == BUDDY_NONE ? bits >= 26 || order > 13
						    : first >= 1U << (bits - 12) && first < 16384;
			if (first != BUDDY_NONE)
				buddy_free(&b, first, order);
		}
	start(0, 4096);
	result(good && buddy_alloc_above(&b, 0, 0, 24) == BUDDY_NONE &&
		       buddy_alloc_above(&b, 0, 20, 20) == BUDDY_NONE &&
		       buddy_alloc_above(&b, 0, 0, 0) != BUDDY_NONE,
	       "a floor is kept, too");
	start(3, 1001);
	result(b.free == 998 && books_agree(), "a range with odd ends is taken exactly");
}

static void test_random(unsigned int seed, unsigned int steps)
{
	static struct {
		uint32_t first;
		unsigned int order;
	} held[FRAMES];
	unsigned int n = 0, i;
	bool good = true;

	srand(seed);
	start(0, FRAMES);
	for (i = 0; i < steps && good; i++) {
		if (rand() % 2 && n < FRAMES) {
			unsigned int order = (unsigned int)rand() % 11,
				     bits = rand() % 3 ? 0 : 20 + rand() % 8;
			uint32_t first = buddy_alloc(&b, order, bits);

			if (first == BUDDY_NONE)
				continue;
			good &= book(first, order, bits);
			held[n].first = first;
			held[n++].order = order;
		} else if (n) {
			unsigned int k = (unsigned int)rand() % n;

			buddy_free(&b, held[k].first, held[k].order);
			unbook(held[k].first, held[k].order);
			held[k] = held[--n];
		}
		if (i % 1000 == 0)
			good &= books_agree();
	}
	good &= books_agree();
	printf("# seed %u, %u steps\n", seed, steps);
	result(good, "random take and give: blocks never overlap and the books agree");
	while (n--)
		buddy_free(&b, held[n].first, held[n].order);
	result(b.free == FRAMES && buddy_alloc(&b, 13, 0) == 8192,
	       "after all is returned the large blocks are back");
}

int main(void)
{
	const char *many = getenv("STEPS");

	printf("1..12\n");
	test_whole();
	test_limits();
	test_random(1, many ? (unsigned int)atoi(many) : 40000);
	return failures != 0;
}
