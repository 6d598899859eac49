// SPDX-License-Identifier: GPL-2.0-only
/*
 * For frontends whose grants change with every request: mapping and unmapping would cost a TLB
 * shoot-down each time, a copy costs one hypercall for a batch. No locks: a request owns its set.
 */
#include "copyset.h"

#include <linux/mm.h>
#include <linux/slab.h>
#include <xen/page.h>

#include "include/xen/io/blkif.h"

#define BATCH 32 /* copies a hypercall; they lie on the stack, 40 bytes each */

/**
 * copyset_create() - own pages for a request's segments
 * @domid: whose segments
 * @seg: checked ones
 * @nr: how many
 *
 * May sleep. Return: the set, or NULL when memory is short.
 */
struct copyset *copyset_create(domid_t domid, const struct blk_segment *seg, unsigned int nr)
{
	struct copyset *set = kvzalloc(struct_size(set, part, nr), GFP_KERNEL);
	unsigned int i;

	if (!set)
		return NULL;
	set->domid = domid;
	set->nr = nr;
	for (i = 0; i < nr; i++) {
		struct copy_part *part = &set->part[i];

		part->ref = seg[i].gref;
		part->offset = seg[i].first * BLK_SECTOR_BYTES;
		part->length = (seg[i].last - seg[i].first + 1) * BLK_SECTOR_BYTES;
		part->page = alloc_page(GFP_KERNEL);
		if (!part->page) {
			copyset_destroy(set);
			return NULL;
		}
	}
	return set;
}

/**
 * copyset_destroy() - free a set and its pages
 * @set: whole or in part; NULL is allowed
 *
 * Any context.
 */
void copyset_destroy(struct copyset *set)
{
	unsigned int i;

	if (!set)
		return;
	for (i = 0; i < set->nr && set->part[i].page; i++)
		__free_page(set->part[i].page);
	kvfree(set);
}

static void set_copy(struct gnttab_copy *op, domid_t domid, const struct copy_part *part,
		     bool deliver)
{
	typeof(op->source) guest = {.u.ref = part->ref, .domid = domid, .offset = part->offset};
	typeof(op->source) own = {.u.gmfn = xen_page_to_gfn(part->page), .domid = DOMID_SELF,
				  .offset = part->offset};

	memset(op, 0, sizeof(*op));
	op->len = part->length;
	if (deliver) {
		op->source = own;
		op->dest.u.ref = guest.u.ref;
		op->dest.domid = guest.domid;
		op->dest.offset = guest.offset;
		op->flags = GNTCOPY_dest_gref;
	} else {
		op->source = guest;
		op->dest.u.gmfn = own.u.gmfn;
		op->dest.domid = own.domid;
		op->dest.offset = own.offset;
		op->flags = GNTCOPY_source_gref;
	}
}

static int copy_parts(domid_t domid, const struct copy_part *part, unsigned int nr, bool deliver)
{
	struct gnttab_copy op[BATCH];
	unsigned int i, n;

	for (; nr; part += n, nr -= n) {
		n = min_t(unsigned int, nr, BATCH);
		for (i = 0; i < n; i++)
			set_copy(&op[i], domid, &part[i], deliver);
		gnttab_batch_copy(op, n);
		for (i = 0; i < n; i++)
			if (op[i].status != GNTST_okay)
				return -EIO;
	}
	return 0;
}

/**
 * copyset_fetch() - copy the guest's segments to the set's pages
 * @set: from copyset_create()
 *
 * May sleep. Return: 0, or -EIO when a grant does not allow it.
 */
int copyset_fetch(const struct copyset *set)
{
	return copy_parts(set->domid, set->part, set->nr, false);
}

/**
 * copyset_deliver() - copy the set's pages to the guest's segments
 * @set: from copyset_create()
 *
 * May sleep. Return: 0, or -EIO when a grant does not allow it.
 */
int copyset_deliver(const struct copyset *set)
{
	return copy_parts(set->domid, set->part, set->nr, true);
}

/**
 * copyset_fetch_page() - copy a whole page of a guest
 * @domid: the guest
 * @ref: grant reference of its page
 * @to: the page that is filled
 *
 * May sleep. Return: 0, or -EIO when the grant does not allow it.
 */
int copyset_fetch_page(domid_t domid, grant_ref_t ref, struct page *to)
{
	struct copy_part part = {.page = to, .ref = ref, .length = POOL_PAGE_BYTES};

	return copy_parts(domid, &part, 1, false);
}
