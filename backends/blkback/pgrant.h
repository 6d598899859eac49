/* SPDX-License-Identifier: GPL-2.0-only */
/* Persistent grants of a stock frontend: mapped when first used, kept until it disconnects. */
#ifndef SHOJI_BLKBACK_PGRANT_H
#define SHOJI_BLKBACK_PGRANT_H

#include <linux/hashtable.h>
#include <linux/list.h>

#include "grantmap.h"

#define PGRANT_HASH_BITS 10

struct pgrants {
	DECLARE_HASHTABLE(table, PGRANT_HASH_BITS);
	struct list_head chunks;
	unsigned int nr, max;
};

void pgrants_init(struct pgrants *grants, unsigned int max);
struct page *pgrants_find(struct pgrants *grants, grant_ref_t ref);
int pgrants_add(struct pgrants *grants, domid_t domid, const grant_ref_t *refs, unsigned int nr);
void pgrants_destroy(struct pgrants *grants);

#endif
