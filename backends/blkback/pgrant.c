// SPDX-License-Identifier: GPL-2.0-only
/*
 * Mapping and unmapping what stands in the table of grantlru.h. No locks: only a queue's own thread
 * uses it, and it is destroyed after the thread has ended and the last request is done.
 *
 * A grant that is not used for persistent_grant_unused_seconds is unmapped. When a frontend uses
 * more than max_persistent_grants, those that were not used for a second or two make room, so that
 * no request maps and unmaps in turn; the caller copies what finds no room.
 */
#include "pgrant.h"

#include <linux/log2.h>
#include <linux/mm.h>
#include <linux/module.h>
#include <linux/slab.h>
#include <linux/timekeeping.h>

#include "grantmap.h"

#define BATCH	      GRANTMAP_BATCH
#define LIMIT	      65536u
#define PRESSURE_IDLE 2 /* s, by a clock of whole seconds: one at least */

static unsigned int max_persistent_grants = 4096;
module_param(max_persistent_grants, uint, 0644);
MODULE_PARM_DESC(max_persistent_grants, "persistent grants of a queue that stay mapped, at most");

static unsigned int persistent_grant_unused_seconds = 60;
module_param(persistent_grant_unused_seconds, uint, 0644);
MODULE_PARM_DESC(persistent_grant_unused_seconds,
		 "after how long an unused one is unmapped; 0: never");

static u32 seconds(void)
{
	return ktime_get_seconds();
}

/**
 * pgrants_create() - an empty table
 * @grants: zeroed
 * @domid: whose grants
 *
 * May sleep. Return: 0 or -ENOMEM; pgrants_destroy() is right after both.
 */
int pgrants_create(struct pgrants *grants, domid_t domid)
{
	u32 max = clamp(READ_ONCE(max_persistent_grants), 1u, LIMIT), bits = ilog2(max) + 1;
	struct grantlru_entry *entry = kvcalloc(max, sizeof(*entry), GFP_KERNEL);
	u32 *bucket = kvmalloc_array(1u << bits, sizeof(*bucket), GFP_KERNEL);

	grants->domid = domid;
	grants->pages = kvcalloc(max, sizeof(*grants->pages), GFP_KERNEL);
	grants->handles = kvmalloc_array(max, sizeof(*grants->handles), GFP_KERNEL);
	grants->fresh = kvmalloc_array(max, sizeof(*grants->fresh), GFP_KERNEL);
	if (entry && bucket && grants->pages && grants->handles && grants->fresh) {
		grantlru_init(&grants->lru, entry, max, bucket, bits);
		return 0;
	}
	kvfree(entry);
	kvfree(bucket);
	return -ENOMEM;
}

/* Grants that have left the table and are to be unmapped. */
struct leaving {
	unsigned int nr;
	struct page *pages[BATCH];
	grant_handle_t handles[BATCH];
};

static void leave(struct pgrants *grants, u32 slot, struct leaving *leaving)
{
	leaving->pages[leaving->nr] = grants->pages[slot];
	leaving->handles[leaving->nr++] = grants->handles[slot];
	grantlru_remove(&grants->lru, slot);
}

static void unmap(struct pgrants *grants, struct leaving *leaving)
{
	grants->ops++;
	if (!grantmap_unmap(leaving->pages, leaving->handles, leaving->nr))
		gnttab_free_pages(leaving->nr, leaving->pages);
}

/* Unmap those that were not used for @idle seconds, a batch at most. How many went. */
static unsigned int unmap_some(struct pgrants *grants, u64 oldest, u64 newest, u32 now, u32 idle)
{
	struct leaving leaving = {.nr = 0};
	u32 slot;

	while (leaving.nr < BATCH) {
		slot = grantlru_victim(&grants->lru, oldest, now, idle);
		if (slot == GRANTLRU_NONE)
			break;
		/* A device may keep a page for longer than its request: it is not waited for. */
		if (page_count(grants->pages[slot]) > 1)
			grantlru_use(&grants->lru, slot, newest, now);
		else
			leave(grants, slot, &leaving);
	}
	if (leaving.nr)
		unmap(grants, &leaving);
	return leaving.nr;
}

/**
 * pgrants_let_go() - unmap what is idle, a batch at most
 * @grants: the table
 * @oldest_request: number of the oldest request that is under way, or one more than the last
 * @newest_request: number of the last request
 * @full: room is needed: a short time of not being used is enough
 *
 * May sleep. Return: how many went; when it is not 0 there may be more.
 */
unsigned int pgrants_let_go(struct pgrants *grants, u64 oldest_request, u64 newest_request,
			    bool full)
{
	u32 idle = READ_ONCE(persistent_grant_unused_seconds);

	if (full)
		idle = idle ? min_t(u32, idle, PRESSURE_IDLE) : PRESSURE_IDLE;
	if (!idle)
		return 0;
	return unmap_some(grants, oldest_request, newest_request, seconds(), idle);
}

/**
 * pgrants_destroy() - unmap all
 * @grants: the table; no request uses a page of it any more
 *
 * May sleep.
 */
void pgrants_destroy(struct pgrants *grants)
{
	struct grantlru *lru = &grants->lru;

	while (lru->nr) {
		struct leaving leaving = {.nr = 0};

		while (lru->nr && leaving.nr < BATCH)
			leave(grants, lru->oldest, &leaving);
		unmap(grants, &leaving);
	}
	kvfree(lru->entry);
	kvfree(lru->bucket);
	kvfree(grants->pages);
	kvfree(grants->handles);
	kvfree(grants->fresh);
	memset(grants, 0, sizeof(*grants));
}

/* Map one batch of new slots: all, or none and an error. */
static int map_batch(struct pgrants *grants, const u32 *slot, unsigned int nr)
{
	grant_handle_t handles[BATCH];
	struct page *pages[BATCH];
	grant_ref_t refs[BATCH];
	unsigned int i;
	int err = gnttab_alloc_pages(nr, pages);

	if (err)
		return err;
	for (i = 0; i < nr; i++)
		refs[i] = grants->lru.entry[slot[i]].ref;
	grants->ops++;
	err = grantmap_map(grants->domid, refs, pages, handles, nr);
	if (err) {
		if (!grantmap_unmap(pages, handles, nr))
			gnttab_free_pages(nr, pages);
		return err;
	}
	for (i = 0; i < nr; i++) {
		grants->pages[slot[i]] = pages[i];
		grants->handles[slot[i]] = handles[i];
	}
	return 0;
}

/* Map the first @nr of the fresh ones; those that cannot be are forgotten. */
static int map_fresh(struct pgrants *grants, unsigned int nr)
{
	unsigned int i, n;
	int err = 0;

	for (i = 0; i < nr; i += n) {
		n = min_t(unsigned int, nr - i, BATCH);
		err = map_batch(grants, grants->fresh + i, n);
		if (err)
			break;
	}
	for (; i < nr; i++)
		grantlru_remove(&grants->lru, grants->fresh[i]);
	return err;
}

/**
 * pgrants_get() - the pages of a request's references, mapped
 * @grants: the table
 * @refs: references; one may stand there more than once
 * @nr: how many
 * @request: the request's number: the pages stay mapped until it is done
 * @pages: filled in
 *
 * May sleep. Return: 0; -ENOSPC when there is no room, so that the caller makes some or copies;
 * another negative errno when a page cannot be mapped. Then the request uses no page.
 */
int pgrants_get(struct pgrants *grants, const grant_ref_t *refs, unsigned int nr, u64 request,
		struct page **pages)
{
	struct grantlru *lru = &grants->lru;
	unsigned int i, fresh = 0;
	u32 now = seconds(), slot;
	int err;

	for (i = 0; i < nr; i++) {
		slot = grantlru_find(lru, refs[i]);
		if (slot != GRANTLRU_NONE) {
			grantlru_use(lru, slot, request, now);
			continue;
		}
		slot = grantlru_add(lru, refs[i], request, now);
		if (slot == GRANTLRU_NONE) {
			while (fresh--)
				grantlru_remove(lru, grants->fresh[fresh]);
			return -ENOSPC;
		}
		grants->fresh[fresh++] = slot;
	}
	err = fresh ? map_fresh(grants, fresh) : 0;
	if (err)
		return err;
	for (i = 0; i < nr; i++)
		pages[i] = grants->pages[grantlru_find(lru, refs[i])];
	return 0;
}
