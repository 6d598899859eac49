/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A buddy allocator of machine frames. It holds no memory of its own beyond the list heads: each
 * frame lends it one `struct buddy_slot`, which lies inside the frame's record and is used only
 * while the frame is free.
 */
#ifndef HV_MM_BUDDY_H
#define HV_MM_BUDDY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define BUDDY_MAX_ORDER 18U /* 1 GiB */
/* zone z holds the frames whose highest set bit is z - 1; zone 0 holds frame 0 */
#define BUDDY_ZONES 33U
#define BUDDY_NONE      0xffffffffU

/*
 * What a free frame lends: list links (frame numbers). Only the first frame of a free block is on a
 * list.
 */
struct buddy_slot {
	uint32_t next;
	uint32_t prev;
};

/*
 * `state` of a frame: 0 = not free; BUDDY_HEAD + order = first frame of a free block. The other
 * frames of a free block have state 0 as well: their membership follows from the head's order.
 */
#define BUDDY_HEAD 0x20U

struct buddy {
	unsigned char *base; /* record of frame 0 */
	size_t stride;       /* bytes from one frame's record to the next */
	size_t slot_offset;  /* of struct buddy_slot in a record */
	size_t state_offset; /* of the state byte in a record */
	uint64_t limit;      /* frames covered: numbers 0 .. limit - 1 */
	uint64_t free;       /* frames that are free now */
	uint64_t zone_free[BUDDY_ZONES]; /* of them, in each zone */
	uint32_t orders[BUDDY_ZONES]; /* bit o: zone has a free block of order o */
	uint32_t head[BUDDY_ZONES][BUDDY_MAX_ORDER + 1];
};

/* Start with no free frame. Records must be zeroed. Context: start-up. */
void buddy_init(struct buddy *b, void *base, size_t stride, size_t slot_offset, size_t state_offset,
		uint64_t limit);

/*
 * Take a block of 2^order frames, aligned to its size, all below 2^address_bits bytes (0 =
 * anywhere). Prefers the highest addresses, so that low memory lasts. Returns the first frame, or
 * BUDDY_NONE. Context: caller holds the lock that guards b.
 */
uint32_t buddy_alloc(struct buddy *b, unsigned int order, unsigned int address_bits);

/* The same, and none of them below 2^floor_bits bytes (0, or from 12 on). */
uint32_t buddy_alloc_above(struct buddy *b, unsigned int order, unsigned int address_bits,
			   unsigned int floor_bits);

/* Give back 2^order frames from `first`, which must be aligned. Merges. Caller holds the lock. */
void buddy_free(struct buddy *b, uint32_t first, unsigned int order);

/* Give frames [start, end) at start-up, in the largest aligned blocks. Caller holds the lock. */
void buddy_add_range(struct buddy *b, uint64_t start, uint64_t end);

/*
 * Is this frame inside a free block? Slow (walks the orders); for checks and dumps. Caller holds
 * the lock.
 */
bool buddy_is_free(const struct buddy *b, uint32_t frame);

/* Free frames below 2^address_bits bytes. Caller holds the lock. */
uint64_t buddy_free_below(const struct buddy *b, unsigned int address_bits);

#endif
