/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What a frontend has published of its queues: read, checked, and not touched after that. The line
 * is read without the kernel, on the host too (layout_line.c); the keys are read in layout.c.
 */
#ifndef SHOJI_BLKBACK_LAYOUT_H
#define SHOJI_BLKBACK_LAYOUT_H

#include "include/xen/io/blkif.h"

#define BLKBACK_MAX_QUEUES     16u
#define BLKBACK_MAX_RING_ORDER 4u
#define BLKBACK_MAX_POOL_PAGES 4096u
#define BLKBACK_POOL_DIRS      (BLKBACK_MAX_POOL_PAGES / POOL_DIR_ENTRIES)

/* What the frontend may publish at most: what it was told, and never more than the constants. */
struct blk_layout_limits {
	uint32_t queues, order, pool_pages; /* order: log2 of a ring's pages */
};

struct blk_layout_queue {
	uint32_t port;
	uint32_t pool_pages; /* 0: no pool */
	bool resizes;        /* pool_pages is the most that the pool has */
	uint32_t ring_refs[1u << BLKBACK_MAX_RING_ORDER];
	uint32_t pool_dir[BLKBACK_POOL_DIRS];
};

struct blk_layout {
	bool line; /* the native ABI, 512-byte sectors, a pool for each queue */
	uint32_t nr_queues, ring_pages;
	struct blk_layout_queue queue[BLKBACK_MAX_QUEUES];
};

/*
 * Read the value of BLK_KEY_QUEUE_LINE. False when anything of it is out of its limits, missing or
 * too much; then the layout must not be used. Pure.
 */
bool blk_layout_parse(struct blk_layout *layout, const char *line,
		      const struct blk_layout_limits *limits);

#endif
