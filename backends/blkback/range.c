// SPDX-License-Identifier: GPL-2.0-only
/* Cutting a range into what a device takes at a time. See range.h. */
#include "range.h"

/**
 * range_piece() - how much of a range the next bio takes
 * @sector: where the rest of the range begins, counted from the beginning of the whole disk
 * @left: how long the rest is, sectors, not 0
 * @most: what the device takes at a time, sectors, not 0
 * @granule: what the device deals with as one, sectors; 0 or 1: there is no such thing
 *
 * A piece ends where a granule does, unless it is the last or the device takes less than that: half
 * a granule is not discarded, and both halves of one that was cut would be lost to it.
 *
 * Return: sectors, at least 1 and at most @most and @left.
 */
uint32_t range_piece(uint64_t sector, uint64_t left, uint32_t most, uint32_t granule)
{
	uint32_t over;

	if (left <= most)
		return left;
	over = granule > 1 ? (sector + most) % granule : 0;
	return over < most ? most - over : most;
}
