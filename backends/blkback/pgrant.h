/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Persistent grants of a stock frontend: mapped when first used, kept as long as they are used.
 * grantlru.h says which of them go.
 */
#ifndef SHOJI_BLKBACK_PGRANT_H
#define SHOJI_BLKBACK_PGRANT_H

#include <xen/grant_table.h>

#include "grantlru.h"

struct pgrants {
	domid_t domid;
	struct grantlru lru;
	/* By the table's slots. */
	struct page **pages;
	grant_handle_t *handles;
	u32 *fresh; /* slots that the request at hand brought */
	u64 ops;    /* hypercalls */
};

/*
 * Make @grants, zeroed, an empty table of @domid's grants. 0 or -ENOMEM; pgrants_destroy() is
 * right after both. May sleep.
 */
int pgrants_create(struct pgrants *grants, domid_t domid);
/* Unmap all, when no request uses a page of the table. May sleep. */
void pgrants_destroy(struct pgrants *grants);
/*
 * Map the pages of @nr references, until request number @request is done. 0; -ENOSPC when there
 * is no room; another negative errno when a page cannot be mapped: no page is used then. May
 * sleep.
 */
int pgrants_get(struct pgrants *grants, const grant_ref_t *refs, unsigned int nr, u64 request,
		struct page **pages);
/*
 * Unmap a batch at most of what no request from @oldest_request on uses and what is idle; with
 * @full a short idle time is enough. Returns how many went. May sleep.
 */
unsigned int pgrants_let_go(struct pgrants *grants, u64 oldest_request, u64 newest_request,
			    bool full);

#endif
