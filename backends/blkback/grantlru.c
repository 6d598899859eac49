// SPDX-License-Identifier: GPL-2.0-only
/* Which persistent grants may go. See grantlru.h. */
#include "grantlru.h"

#define GOLDEN 0x9e3779b1u /* spreads references that follow each other over the buckets */

static uint32_t *bucket_of(const struct grantlru *lru, uint32_t ref)
{
	return &lru->bucket[ref * GOLDEN >> (32 - lru->bits)];
}

/**
 * grantlru_init() - an empty table
 * @lru: the table
 * @entry: memory for its entries
 * @max: how many, at least 1
 * @bucket: memory for 1 << @bits words
 * @bits: 1 to 31
 */
void grantlru_init(struct grantlru *lru, struct grantlru_entry *entry, uint32_t max,
		   uint32_t *bucket, uint32_t bits)
{
	uint32_t i;

	*lru = (struct grantlru){
		.entry = entry,
		.bucket = bucket,
		.bits = bits,
		.max = max,
		.oldest = GRANTLRU_NONE,
		.newest = GRANTLRU_NONE,
	};
	for (i = 0; i < 1u << bits; i++)
		bucket[i] = GRANTLRU_NONE;
	for (i = 0; i < max; i++)
		entry[i].chain = i + 1 < max ? i + 1 : GRANTLRU_NONE;
}

/**
 * grantlru_find() - which slot a reference has
 * @lru: the table
 * @ref: grant reference
 *
 * Return: the slot, or GRANTLRU_NONE.
 */
uint32_t grantlru_find(const struct grantlru *lru, uint32_t ref)
{
	uint32_t slot = *bucket_of(lru, ref);

	while (slot != GRANTLRU_NONE && lru->entry[slot].ref != ref)
		slot = lru->entry[slot].chain;
	return slot;
}

static void take_out(struct grantlru *lru, uint32_t slot)
{
	const struct grantlru_entry *entry = &lru->entry[slot];

	if (entry->older == GRANTLRU_NONE)
		lru->oldest = entry->newer;
	else
		lru->entry[entry->older].newer = entry->newer;
	if (entry->newer == GRANTLRU_NONE)
		lru->newest = entry->older;
	else
		lru->entry[entry->newer].older = entry->older;
}

static void append(struct grantlru *lru, uint32_t slot, uint64_t request, uint32_t now_s)
{
	struct grantlru_entry *entry = &lru->entry[slot];

	entry->used_by = request;
	entry->used_s = now_s;
	entry->newer = GRANTLRU_NONE;
	entry->older = lru->newest;
	if (lru->newest == GRANTLRU_NONE)
		lru->oldest = slot;
	else
		lru->entry[lru->newest].newer = slot;
	lru->newest = slot;
}

/**
 * grantlru_add() - give a reference a slot
 * @lru: the table
 * @ref: one that it does not have
 * @request: number of the request that uses it; no smaller than any before
 * @now_s: the time, seconds
 *
 * Return: the slot, or GRANTLRU_NONE when the table is full.
 */
uint32_t grantlru_add(struct grantlru *lru, uint32_t ref, uint64_t request, uint32_t now_s)
{
	uint32_t slot = lru->free, *bucket = bucket_of(lru, ref);

	if (lru->nr == lru->max)
		return GRANTLRU_NONE;
	lru->free = lru->entry[slot].chain;
	lru->entry[slot].ref = ref;
	lru->entry[slot].chain = *bucket;
	*bucket = slot;
	append(lru, slot, request, now_s);
	lru->nr++;
	return slot;
}

/**
 * grantlru_use() - a request uses a slot
 * @lru: the table
 * @slot: one that is taken
 * @request: number of the request; no smaller than any before
 * @now_s: the time, seconds
 */
void grantlru_use(struct grantlru *lru, uint32_t slot, uint64_t request, uint32_t now_s)
{
	take_out(lru, slot);
	append(lru, slot, request, now_s);
}

/**
 * grantlru_victim() - which slot may go?
 * @lru: the table
 * @oldest_request: number of the oldest request that is under way; one more than the last when none
 * @now_s: the time, seconds
 * @idle_s: for how long it must not have been used, at least 1
 *
 * Return: the slot that was not used for longest, when it may go; otherwise GRANTLRU_NONE: then
 * none may.
 */
uint32_t grantlru_victim(const struct grantlru *lru, uint64_t oldest_request, uint32_t now_s,
			 uint32_t idle_s)
{
	const struct grantlru_entry *entry;

	if (lru->oldest == GRANTLRU_NONE)
		return GRANTLRU_NONE;
	entry = &lru->entry[lru->oldest];
	if (entry->used_by >= oldest_request || now_s - entry->used_s < idle_s)
		return GRANTLRU_NONE;
	return lru->oldest;
}

/**
 * grantlru_remove() - forget a slot, which the next reference may get
 * @lru: the table
 * @slot: one that is taken
 */
void grantlru_remove(struct grantlru *lru, uint32_t slot)
{
	uint32_t *link = bucket_of(lru, lru->entry[slot].ref);

	while (*link != slot)
		link = &lru->entry[*link].chain;
	*link = lru->entry[slot].chain;
	take_out(lru, slot);
	lru->entry[slot].chain = lru->free;
	lru->free = slot;
	lru->nr--;
}
