// SPDX-License-Identifier: GPL-2.0-only
/*
 * A ring's pages: granted once, zeroed first, and used for nothing but packets, so that nothing
 * else of this kernel is ever in a page that the backend sees (XSA-403), and no page is given
 * back to the kernel while the backend may have it (XSA-396: gnttab_end_foreign_access() waits
 * for that before it frees).
 */
#include "netfront.h"

#include <linux/gfp.h>
#include <xen/page.h>

/**
 * pages_create() - allocate and grant a ring's pages
 * @set: zeroed
 * @domid: the backend's domain
 * @readonly: for the backend
 *
 * Return: 0, -ENOMEM, or -ENOSPC without grants; on failure some are there: pages_destroy().
 *
 * Context: process; may sleep.
 */
int pages_create(struct page_set *set, domid_t domid, bool readonly)
{
	unsigned int i;
	int ref;

	set->readonly = readonly;
	for (i = 0; i < NET_RING_SIZE; i++) {
		struct page *page = alloc_page(GFP_KERNEL | __GFP_ZERO);

		if (!page)
			return -ENOMEM;
		ref = gnttab_grant_foreign_access(domid, xen_page_to_gfn(page), readonly);
		if (ref < 0) {
			__free_page(page);
			return ref;
		}
		set->addr[i] = page_address(page);
		set->ref[i] = ref;
	}
	return 0;
}

/**
 * pages_destroy() - end the grants and free the pages; idempotent
 * @set: as far as pages_create() came
 *
 * Context: process.
 */
void pages_destroy(struct page_set *set)
{
	unsigned int i;

	for (i = 0; i < NET_RING_SIZE; i++) {
		if (set->addr[i])
			gnttab_end_foreign_access(set->ref[i], virt_to_page(set->addr[i]));
		set->addr[i] = NULL;
	}
}
