/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Pages of a guest that are mapped into Domain-0: a few, or a row for as long as it is connected.
 */
#ifndef SHOJI_BLKBACK_GRANTMAP_H
#define SHOJI_BLKBACK_GRANTMAP_H

#include <linux/types.h>
#include <xen/grant_table.h>

#define GRANTMAP_BATCH 32u /* a hypercall; the operations lie on the stack, 32 bytes each */

int grantmap_map(domid_t domid, const grant_ref_t *refs, struct page **pages,
		 grant_handle_t *handles, unsigned int nr);
int grantmap_unmap(struct page **pages, grant_handle_t *handles, unsigned int nr);

struct grantmap {
	unsigned int nr;
	struct page **pages;
	grant_handle_t *handles; /* INVALID_GRANT_HANDLE: not mapped */
};

int grantmap_create(struct grantmap *map, domid_t domid, const grant_ref_t *refs, unsigned int nr);
void grantmap_destroy(struct grantmap *map);

#endif
