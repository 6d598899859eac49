/* SPDX-License-Identifier: GPL-2.0-only */
/* Arithmetic of the extents of a pool (layout: include/xen/io/pool.h). Pure. */
#ifndef SHOJI_COMMON_EXTENT_H
#define SHOJI_COMMON_EXTENT_H

#include "../include/xen/io/pool.h"

/* The extent of @length bytes at byte @offset of pool @pool. */
static inline struct pool_extent pool_extent(uint32_t pool, uint32_t offset, uint32_t length)
{
	struct pool_extent extent = {pool << POOL_INDEX_SHIFT | offset, length};

	return extent;
}

/* Which pool an extent lies in. */
static inline uint32_t pool_extent_index(struct pool_extent extent)
{
	return extent.where >> POOL_INDEX_SHIFT;
}

/* The byte of the pool at which an extent begins. */
static inline uint32_t pool_extent_offset(struct pool_extent extent)
{
	return extent.where & (POOL_MAX_BYTES - 1);
}

/* Does a (copied) extent lie wholly in a pool of @bytes (at most POOL_MAX_BYTES)? */
static inline bool pool_extent_fits(struct pool_extent extent, uint32_t bytes)
{
	uint32_t offset = pool_extent_offset(extent);

	return extent.length && offset < bytes && extent.length <= bytes - offset;
}

#endif
