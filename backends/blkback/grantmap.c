// SPDX-License-Identifier: GPL-2.0-only
/*
 * A row of a guest's pages, mapped once, writable: the pool, or a handful of persistent grants.
 * Pages get kernel addresses of their own, so that bios are built on them. No locks: one owner.
 */
#include "grantmap.h"

#include <linux/mm.h>
#include <linux/slab.h>

#define BATCH 64 /* mappings a hypercall */

static unsigned long kernel_address(struct page *page)
{
	return (unsigned long)pfn_to_kaddr(page_to_pfn(page));
}

/* Map @nr from @first. Every result is looked at; none is overwritten by a later one (XSA-365). */
static int map_batch(struct grantmap *map, struct gnttab_map_grant_ref *op, domid_t domid,
		     const grant_ref_t *refs, unsigned int first, unsigned int nr)
{
	unsigned int i;
	int error, bad = 0;

	for (i = 0; i < nr; i++)
		gnttab_set_map_op(&op[i], kernel_address(map->pages[first + i]), GNTMAP_host_map,
				  refs[first + i], domid);
	error = gnttab_map_refs(op, NULL, map->pages + first, nr);
	for (i = 0; i < nr; i++) {
		if (op[i].status == GNTST_okay)
			map->handles[first + i] = op[i].handle;
		else
			bad = -EINVAL;
	}
	return error ?: bad;
}

/**
 * grantmap_create() - map a guest's pages
 * @map: empty
 * @domid: the guest
 * @refs: a private copy of its grant references
 * @nr: how many
 *
 * May sleep. Return: 0, or a negative errno and nothing is mapped.
 */
int grantmap_create(struct grantmap *map, domid_t domid, const grant_ref_t *refs, unsigned int nr)
{
	struct gnttab_map_grant_ref *op;
	unsigned int i;
	int error = -ENOMEM;

	op = kcalloc(BATCH, sizeof(*op), GFP_KERNEL);
	map->pages = kvcalloc(nr, sizeof(*map->pages), GFP_KERNEL);
	map->handles = kvmalloc_array(nr, sizeof(*map->handles), GFP_KERNEL);
	if (!op || !map->pages || !map->handles)
		goto out;
	for (i = 0; i < nr; i++)
		map->handles[i] = INVALID_GRANT_HANDLE;
	error = gnttab_alloc_pages(nr, map->pages);
	if (error)
		goto out;
	map->nr = nr;
	for (i = 0; i < nr && !error; i += BATCH)
		error = map_batch(map, op, domid, refs, i, min_t(unsigned int, nr - i, BATCH));
out:
	kfree(op);
	if (error)
		grantmap_destroy(map);
	return error;
}

static void unmap_batch(struct grantmap *map, struct gnttab_unmap_grant_ref *op,
			struct page **pages, unsigned int first, unsigned int nr)
{
	struct gntab_unmap_queue_data work = {.unmap_ops = op, .pages = pages};
	unsigned int i;

	for (i = first; i < first + nr; i++) {
		if (map->handles[i] == INVALID_GRANT_HANDLE)
			continue;
		gnttab_set_unmap_op(&op[work.count], kernel_address(map->pages[i]),
				    GNTMAP_host_map, map->handles[i]);
		pages[work.count++] = map->pages[i];
		map->handles[i] = INVALID_GRANT_HANDLE;
	}
	/* It waits for references to the pages that the block layer still drops. */
	if (work.count && gnttab_unmap_refs_sync(&work))
		pr_err("shoji-blkback: the hypervisor did not unmap %u pages of a guest\n",
		       work.count);
}

/** grantmap_destroy() - unmap what is mapped and free the rest; safe on an empty map; may sleep */
void grantmap_destroy(struct grantmap *map)
{
	struct gnttab_unmap_grant_ref op[8];
	struct page *pages[ARRAY_SIZE(op)];
	unsigned int i;

	for (i = 0; i < map->nr; i += ARRAY_SIZE(op))
		unmap_batch(map, op, pages, i, min_t(unsigned int, map->nr - i, ARRAY_SIZE(op)));
	if (map->nr)
		gnttab_free_pages(map->nr, map->pages);
	kvfree(map->pages);
	kvfree(map->handles);
	memset(map, 0, sizeof(*map));
}
