/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Pages of a guest that are mapped into Domain-0: a few, or a row for as long as it is connected.
 */
#ifndef SHOJI_BLKBACK_GRANTMAP_H
#define SHOJI_BLKBACK_GRANTMAP_H

#include <linux/types.h>
#include <xen/grant_table.h>

#define GRANTMAP_BATCH 32u /* a hypercall; the operations lie on the stack, 32 bytes each */

/*
 * Map up to GRANTMAP_BATCH pages of @domid in one hypercall. 0, or a negative errno: then
 * @handles says which are mapped, for grantmap_unmap(). May sleep.
 */
int grantmap_map(domid_t domid, const grant_ref_t *refs, struct page **pages,
		 grant_handle_t *handles, unsigned int nr);
/*
 * Unmap those of up to GRANTMAP_BATCH pages that have a handle. 0, or a negative errno after a
 * line in the log: the pages must not be used again. Sleeps until the block layer has let them
 * go.
 */
int grantmap_unmap(struct page **pages, grant_handle_t *handles, unsigned int nr);

struct grantmap {
	unsigned int nr;
	struct page **pages;
	grant_handle_t *handles; /* INVALID_GRANT_HANDLE: not mapped */
};

/* Room for a row of up to @most pages. 0, or -ENOMEM and there is nothing. May sleep. */
int grantmap_create(struct grantmap *map, unsigned int most);
/*
 * Map @nr more pages of @domid behind those of @map, which has room for them. 0, or a negative
 * errno and the row is as it was. May sleep.
 */
int grantmap_grow(struct grantmap *map, domid_t domid, const grant_ref_t *refs, unsigned int nr);
/*
 * Unmap what lies behind the first @nr pages of @map. 0, or a negative errno after a line in the
 * log; the row is shorter in either case. May sleep.
 */
int grantmap_shrink(struct grantmap *map, unsigned int nr);
/* Unmap what is mapped and free the rest. May sleep. */
void grantmap_destroy(struct grantmap *map);

#endif
