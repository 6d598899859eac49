/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A discard, zeroes or a secure erase name a range that may be the whole disk, where a device takes
 * so much of it at a time. One slot of the ring would become millions of bios. So the range is cut
 * into pieces, and no more than BLKBACK_MAX_RANGES of them are under way.
 *
 * Pure.
 */
#ifndef SHOJI_BLKBACK_RANGE_H
#define SHOJI_BLKBACK_RANGE_H

#ifdef __KERNEL__
#include <linux/types.h>
#else
#include <stdint.h>
#endif

/*
 * How many of the @left sectors from @sector on the next bio takes: @most at most, up to the end
 * of a granule where that can be.
 */
uint32_t range_piece(uint64_t sector, uint64_t left, uint32_t most, uint32_t granule);

#endif
