/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What the evil frontend and the evil backend share: numbers that a seed determines, so that a run
 * can be done again, and the damage that either side can do to a shared page.
 */
#ifndef SHOJI_EVIL_H
#define SHOJI_EVIL_H

#include <linux/delay.h>
#include <linux/types.h>
#include <xen/xenbus.h>

#include "common/compat.h"

struct evil_rng {
	u64 state;
};

/* @seed and @stream (which device, which round) determine all that follows. */
static inline void evil_seed(struct evil_rng *r, u64 seed, u64 stream)
{
	r->state = (seed + 1) * 0x9e3779b97f4a7c15ULL ^ (stream + 1) * 0xbf58476d1ce4e5b9ULL;
	if (!r->state)
		r->state = 1;
}

/* xorshift64* */
static inline u32 evil_next(struct evil_rng *r)
{
	r->state ^= r->state >> 12;
	r->state ^= r->state << 25;
	r->state ^= r->state >> 27;
	return (r->state * 0x2545f4914f6cdd1dULL) >> 32;
}

/* 0 .. @n - 1 */
static inline u32 evil_below(struct evil_rng *r, u32 n)
{
	return evil_next(r) % n;
}

/* A number of the kind that breaks programs. */
static inline u32 evil_number(struct evil_rng *r)
{
	static const u32 edge[] = {0, 1, 2, 7, 8, 11, 12, 17, 18, 255, 256, 257, 4095, 4096, 4097,
				   0x7fff, 0x8000, 0xffff, 0x10000, 0x7fffffff, 0x80000000u,
				   0xfffffffe, 0xffffffffu};

	return evil_below(r, 2) ? edge[evil_below(r, ARRAY_SIZE(edge))] : evil_next(r);
}

/*
 * The first grants of a guest are its console's and xenstore's. A backend that is told to write
 * there does so, as it should, and then nobody hears any more what the test finds.
 */
#define EVIL_RESERVED_REFS 8

static inline u32 evil_ref(struct evil_rng *r)
{
	return evil_number(r) | EVIL_RESERVED_REFS;
}

/*
 * A word of a shared page becomes another; a bit of it does; an index moves by a little or to
 * anywhere.
 */
static inline void evil_hit_page(struct evil_rng *r, u32 *page)
{
	u32 at = evil_below(r, evil_below(r, 4) ? 1024 : 16), *word = &page[at];

	switch (evil_below(r, 4)) {
	case 0:
		WRITE_ONCE(*word, at < 16 ? evil_number(r) : evil_ref(r)); /* it may name a grant */
		break;
	case 1:
		WRITE_ONCE(*word, READ_ONCE(*word) ^ 1u << evil_below(r, 32));
		break;
	case 2:
		WRITE_ONCE(page[evil_below(r, 4)], evil_number(r));
		break;
	default:
		WRITE_ONCE(page[evil_below(r, 4)],
			   READ_ONCE(page[evil_below(r, 4)]) + evil_below(r, 600));
	}
}

/* Some key of the own directory gets a value of no sense. */
static inline void evil_hit_key(struct evil_rng *r, const char *dir, const char *const *key, u32 nr)
{
	const char *name = key[evil_below(r, nr)];
	u32 number = strstr(name, "ref") || strstr(name, "dir") ? evil_ref(r) : evil_number(r);

	switch (evil_below(r, 4)) {
	case 0:
		xenbus_write(XBT_NIL, dir, name, "nonsense");
		break;
	case 1:
		xenbus_printf(XBT_NIL, dir, name, "-%u", number);
		break;
	case 2:
		xenbus_rm(XBT_NIL, dir, name);
		break;
	default:
		xenbus_printf(XBT_NIL, dir, name, "%u", number);
	}
}

/* Wait until the state in @dir is one of the bits of @states. */
static inline bool evil_wait_state(const char *dir, unsigned int states, unsigned int ms)
{
	for (; ms >= 20; ms -= 20) {
		if (states & 1u << (compat_read_driver_state(NULL, dir) & 31))
			return true;
		msleep(20);
	}
	return false;
}

#endif
