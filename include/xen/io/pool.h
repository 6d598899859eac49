/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The pool: memory that a frontend grants ahead of requests, and that requests then name by (pool
 * index, offset, length). Under load there is no grant operation, no mapping and no unmapping, but
 * when the pool's size changes.
 *
 * A pool is a row of 4 KiB pages that hold nothing else and were zero when they were granted. It is
 * described by a directory: pages of POOL_DIR_ENTRIES grant references, page after page in the
 * order of the pool. The backend copies the references out of the directory and maps the pool; it
 * unmaps the pool when it disconnects. The frontend does not end the grants before that. Where both
 * halves can change the size, the directory says at any time which pages there are: the frontend
 * enters new pages before it tells of them, and writes 0 in the place of pages before it takes them
 * away.
 *
 * How a pool and its size are announced belongs to the protocol that uses it. Block: blkif.h.
 */
#ifndef SHOJI_XEN_IO_POOL_H
#define SHOJI_XEN_IO_POOL_H

#include "types.h"

#define POOL_PAGE_BYTES	 4096u
#define POOL_DIR_ENTRIES (POOL_PAGE_BYTES / 4)

/*
 * An extent: bytes that follow each other in one pool. They may cross pages. Its arithmetic:
 * common/extent.h.
 */
struct pool_extent {
	uint32_t where;	 /* pool index in the upper 4 bits, byte offset in the lower 28 */
	uint32_t length; /* bytes, at least 1 */
};

#define POOL_INDEX_SHIFT 28
#define POOL_MAX_POOLS	 16u
#define POOL_MAX_BYTES	 (1u << POOL_INDEX_SHIFT)

#endif
