/* SPDX-License-Identifier: GPL-2.0-only */
/* Handles of mapped grants (grant/maptrack.c). Its lock is a leaf, taken inside. */
#ifndef HV_GRANT_MAPTRACK_H
#define HV_GRANT_MAPTRACK_H

#include <hv/spinlock.h>
#include <hv/types.h>

/* A mapping, as its handle names it (grant/maptrack.c). */
struct mapping {
	struct domain *granter;	/* a reference is held */
	uint32_t word;		/* state and generation; see maptrack.c */
	uint32_t ref;
	uint32_t mfn;		/* the frame that grant_pin() gave */
	uint16_t flags; /* GNTMAP_*, low half: halves that still exist, and how it was made */
	uint16_t pad;
	uint32_t next;		/* free list */
};
_Static_assert(sizeof(struct mapping) == 32, "128 handles a page");

struct maptrack {
	spinlock_t lock;	/* guards growth and the free list */
	struct mapping **pages;
	uint32_t n_pages, max_pages;
	uint32_t free;		/* index + 1 of the first free entry, 0: none */
	uint32_t used;
};

/* Set up *t without a page; at most max_pages of them later. 0 or -ENOMEM. */
int maptrack_init(struct maptrack *t, uint32_t max_pages);
/* Free the pages; no entry is in use. Idempotent. */
void maptrack_destroy(struct maptrack *t);
/* A fresh entry, which nobody can find yet, and its handle. NULL: no room. */
struct mapping *maptrack_new(struct maptrack *t, uint32_t *handle);
/* The entry is complete: the handle works from now on. */
void maptrack_publish(struct mapping *m);
/*
 * Claim the entry of a handle: nobody else gets it until maptrack_publish() or maptrack_free().
 * NULL: bad handle.
 */
struct mapping *maptrack_claim(struct maptrack *t, uint32_t handle);
/* Claim whatever live entry has this index. NULL: none. For domains that die. */
struct mapping *maptrack_claim_index(struct maptrack *t, uint32_t index, uint32_t *handle);
/* Give a claimed entry back; its handle is bad from now on. */
void maptrack_free(struct maptrack *t, struct mapping *m, uint32_t handle);
/* Indexes are below it. Any context. */
uint32_t maptrack_limit(const struct maptrack *t);

#endif
