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

int pgrants_create(struct pgrants *grants, domid_t domid);
void pgrants_destroy(struct pgrants *grants);
int pgrants_get(struct pgrants *grants, const grant_ref_t *refs, unsigned int nr, u64 request,
		struct page **pages);
unsigned int pgrants_let_go(struct pgrants *grants, u64 oldest_request, u64 newest_request,
			    bool full);

#endif
