/* SPDX-License-Identifier: GPL-2.0-only */
/* Own pages that stand for a guest's during one request, filled and emptied by grant copy. */
#ifndef SHOJI_BLKBACK_COPYSET_H
#define SHOJI_BLKBACK_COPYSET_H

#include <linux/bvec.h>
#include <xen/grant_table.h>

struct blk_segment;

struct copyset {
	domid_t domid;
	unsigned int nr;
	struct copy_part {
		struct page *page;
		grant_ref_t ref;
		u16 offset, length; /* the same in both pages */
	} part[];
};

/* Own pages for @nr checked segments of @domid. NULL without memory. May sleep. */
struct copyset *copyset_create(domid_t domid, const struct blk_segment *seg, unsigned int nr);
/* Free a set, whole or in part, and its pages; NULL is allowed. Any context. */
void copyset_destroy(struct copyset *set);
/*
 * Copy the guest's segments to the set's pages. 0, or -EIO when a grant does not allow it. May
 * sleep.
 */
int copyset_fetch(const struct copyset *set);
/* Copy the set's pages to the guest's segments. Returns and context as above. */
int copyset_deliver(const struct copyset *set);
/* Copy the whole page behind @ref of guest @domid. Returns and context as above. */
int copyset_fetch_page(domid_t domid, grant_ref_t ref, struct page *to);

#endif
