/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * From what a guest wrote into a slot to a plan that the backend can carry out, or to a refusal.
 * Pure: it sees copies only, allocates nothing, and compiles in user space, where it is tested and
 * fuzzed.
 */
#ifndef SHOJI_BLKBACK_REQ_PARSE_H
#define SHOJI_BLKBACK_REQ_PARSE_H

#include "include/xen/io/blkif.h"

/* What this queue's guest may ask for. */
struct blk_rules {
	uint64_t capacity;	/* of the device, sectors */
	uint32_t block_sectors; /* logical block of the device, a power of two */
	uint32_t pool_bytes;	/* of the queue's pool; 0: there is none */
	uint16_t pool_most;	/* pages that it may become; 0: its size does not change */
	uint16_t max_indirect;	/* segments in an indirect request, at most BLK_MAX_INDIRECT */
	bool writable;
	bool discard;
	bool secure;
	bool zeroes;
};

enum blk_do {
	BLK_DO_READ,
	BLK_DO_WRITE,
	BLK_DO_FLUSH,
	BLK_DO_DISCARD,
	BLK_DO_ZEROES,
	BLK_DO_POOL_SIZE, /* nothing of the device: the pool has plan->nr pages from here on */
};
enum blk_data { BLK_DATA_NONE, BLK_DATA_SEGMENTS, BLK_DATA_INDIRECT, BLK_DATA_POOL };

#define BLK_PLAN_DRAIN	  1u /* what is before it is done first, what is after waits */
#define BLK_PLAN_PREFLUSH 2u /* the device's cache is flushed first */
#define BLK_PLAN_FUA	  4u /* on stable storage before the answer */
#define BLK_PLAN_SECURE	  8u
#define BLK_PLAN_KEEP	  16u /* zeroes that stay allocated */

struct blk_plan {
	enum blk_do what;
	enum blk_data data;
	uint8_t operation;	/* as asked for: the answer repeats it */
	uint8_t flags;		/* BLK_PLAN_* */
	uint16_t nr;		/* segments or extents; pages of the pool */
	uint16_t dir_pages;	/* of an indirect request */
	uint64_t id;
	uint64_t sector;
	uint64_t nr_sectors;	/* of an indirect request: 0 until blk_parse_segments() */
	union {
		struct blk_segment seg[BLK_SLOT_SEGMENTS];
		struct pool_extent extent[BLK_SLOT_SEGMENTS];
		uint32_t dir[BLK_MAX_INDIRECT_PAGES];
	};
	const char *why;	/* of a refusal, for the log */
};

/* Copy a request out of the ring into the native layout; @abi32: the ring speaks x86_32-abi. */
void blk_copy_slot(union blk_request *to, const void *slot, bool abi32);
/*
 * Turn a copied request into a plan. 0, or -EOPNOTSUPP or -EINVAL with plan->why set; plan->id
 * and plan->operation are valid in every case. Segments of an indirect request are not looked
 * at.
 */
int blk_parse(const union blk_request *request, const struct blk_rules *rules,
	      struct blk_plan *plan);
/*
 * Check @nr copied segments, at least 1, and set plan->nr_sectors. 0, or -EINVAL with plan->why
 * set.
 */
int blk_parse_segments(const struct blk_segment *seg, unsigned int nr,
		       const struct blk_rules *rules, struct blk_plan *plan);
/*
 * Lay a response out in private memory; returns how many bytes go into the ring. Padding must be
 * initialised, since every byte reaches the guest.
 */
unsigned int blk_encode_response(void *slot, const struct blk_response *response, bool abi32);

#endif
