/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Grant tables: a domain lets others use its pages. Owner of this header: grant/. Rules:
 * grant/grant.c.
 */
#ifndef HV_GRANT_GRANT_H
#define HV_GRANT_GRANT_H

#include <hv/spinlock.h>
#include <hv/types.h>
#include <xen/grant_table.h>

/* --- life --- */

int grant_domain_init(struct domain *d);
/* d dies: drop what it mapped of others. 0, or -ERESTART: call again. d does not run any more. */
int grant_domain_release_mappings(struct domain *d);
/* The last reference of d is gone, so nobody uses its grants. Idempotent. */
void grant_domain_destroy(struct domain *d);

/*
 * Frame number `index` of d's table, grown to hold it; for XENMEM_acquire_resource. 0, -EINVAL,
 * -ENOMEM.
 */
int grant_shared_frame(struct domain *d, uint64_t index, mfn_t *out);
/* Frames in use now. */
unsigned int grant_frames(const struct domain *d);

/* Counters for the debug key and tests: entries pinned by others, handles in use. */
void grant_counts(struct domain *d, unsigned int *pinned, unsigned int *mapped);

/*
 * Pages of handles for what d has mapped: they grow with the most that there were, and stay until d
 * is destroyed.
 */
unsigned int grant_handle_pages(const struct domain *d);

/* --- the rooms: nothing below sees a guest pointer --- */

/* How a pin is used. Each has its own counter in the entry. */
enum grant_use { GRANT_MAP_RO, GRANT_MAP_RW, GRANT_COPY_RO, GRANT_COPY_RW };

/*
 * Pin entry `ref` of `granter` for domain `user`. *m is the granted frame, and the caller holds a
 * general reference of it, and one of FT_WRITABLE for the RW uses; grant_unpin() with the same m
 * gives them back. With sets = 2 the caller holds as many references again, to give to a page-table
 * entry. Returns GNTST_*. Source: ABI.md 11.2.
 */
int grant_pin(struct domain *granter, const struct domain *user, uint32_t ref, enum grant_use use,
	      unsigned int sets, mfn_t *m);
void grant_unpin(struct domain *granter, uint32_t ref, enum grant_use use, mfn_t m);

/* A mapping, as its handle names it (grant/maptrack.c). */
struct mapping {
	struct domain *granter;	/* a reference is held */
	uint32_t word;		/* state and generation; see maptrack.c */
	uint32_t ref;
	uint32_t mfn;		/* the frame that grant_pin() gave */
	uint16_t flags;		/* GNTMAP_*, low half: halves that still exist, and how it was made */
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

int maptrack_init(struct maptrack *t, uint32_t max_pages);
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
void maptrack_free(struct maptrack *t, struct mapping *m, uint32_t handle);
/* Claim whatever live entry has this index. NULL: none. For domains that die. */
struct mapping *maptrack_claim_index(struct maptrack *t, uint32_t index, uint32_t *handle);
uint32_t maptrack_limit(const struct maptrack *t);	/* indexes are below it */

/* --- grant_map.c --- */
/*
 * What neighbouring maps of a batch share: the granter, and the table of the entries. Begins as
 * zeros.
 */
struct map_batch {
	struct domain *granter;	/* a reference is held */
	domid_t domid;		/* as the guest named it */
	uint64_t region;	/* which 2 MiB of addresses `table` maps, + 1; 0: none yet */
	maddr_t table;
};
void grant_map(struct map_batch *b, struct gnttab_map_grant_ref *op);
void grant_map_end(struct map_batch *b);

/* An unmap goes in two steps, with one flush for many in between. */
struct unmapping {
	struct mapping *m;	/* NULL: failed, status tells */
	uint32_t handle;
	bool last;		/* no half is left: release it */
	bool touched;		/* a CPU may remember the entry: flush before the end */
	int16_t status;
};
void grant_unmap_begin(const struct gnttab_unmap_grant_ref *op, struct unmapping *u);
/* The same, but the entry that new_addr has moves to host_addr. new_addr 0: none does. */
void grant_replace_begin(const struct gnttab_unmap_and_replace *op, struct unmapping *u);
void grant_unmap_end(struct unmapping *u);
/* Give back what a claimed mapping holds, and its handle. */
void grant_drop_mapping(struct maptrack *t, struct mapping *m, uint32_t handle);

/* --- grant_copy.c: neighbouring copies of a batch keep their pages --- */
struct copy_side {
	bool valid, by_ref, write;
	struct domain *granter;	/* by_ref: reference held */
	domid_t domid;
	uint64_t name;		/* ref or frame number, as the guest gave it */
	mfn_t m;
};
struct copy_batch {
	struct copy_side source, dest;
};
void grant_copy(struct copy_batch *b, struct gnttab_copy *op);
void grant_copy_end(struct copy_batch *b);

struct maptrack *grant_maptrack(struct domain *d);

#endif
