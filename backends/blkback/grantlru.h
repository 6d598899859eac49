/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Which persistent grants a queue keeps mapped, and which of them may go: a table of bounded size
 * from grant reference to slot, in the order of use. A slot may go when no request that is under
 * way has used it and it has not been used for a while. What lies in a slot is the caller's. Pure;
 * the caller serialises.
 */
#ifndef SHOJI_BLKBACK_GRANTLRU_H
#define SHOJI_BLKBACK_GRANTLRU_H

#ifdef __KERNEL__
#include <linux/types.h>
#else
#include <stdint.h>
#endif

#define GRANTLRU_NONE 0xffffffffu

struct grantlru_entry {
	uint32_t ref;
	uint32_t chain;	  /* the next in its bucket, or the next free one */
	uint32_t older, newer;
	uint32_t used_s;  /* when it was used last, seconds of a clock that may wrap */
	uint64_t used_by; /* number of the last request that used it */
};

struct grantlru {
	struct grantlru_entry *entry; /* max of them */
	uint32_t *bucket;	      /* 1 << bits of them */
	uint32_t bits, max, nr;
	uint32_t free, oldest, newest;
};

/*
 * An empty table of @max entries, at least 1, with 1 << @bits buckets; the caller owns the
 * memory.
 */
void grantlru_init(struct grantlru *lru, struct grantlru_entry *entry, uint32_t max,
		   uint32_t *bucket, uint32_t bits);
/* The slot of @ref, or GRANTLRU_NONE. */
uint32_t grantlru_find(const struct grantlru *lru, uint32_t ref);
/* Give @ref, which has none, a slot, used by @request at @now_s seconds. GRANTLRU_NONE: full. */
uint32_t grantlru_add(struct grantlru *lru, uint32_t ref, uint64_t request, uint32_t now_s);
/* @request, whose number is no smaller than any before, uses a slot at @now_s seconds. */
void grantlru_use(struct grantlru *lru, uint32_t slot, uint64_t request, uint32_t now_s);
/*
 * The slot that was not used for longest, if no request from @oldest_request on has used it and
 * it was not used for @idle_s seconds; else GRANTLRU_NONE: no slot may go.
 */
uint32_t grantlru_victim(const struct grantlru *lru, uint64_t oldest_request, uint32_t now_s,
			 uint32_t idle_s);
/* Forget a slot, which the next reference may get. */
void grantlru_remove(struct grantlru *lru, uint32_t slot);

#endif
