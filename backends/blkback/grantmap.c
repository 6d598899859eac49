// SPDX-License-Identifier: GPL-2.0-only
/*
 * A guest's pages, mapped writable: the pool as one row, persistent grants by a handful. Pages get
 * kernel addresses of their own, so that bios are built on them. No locks: one owner.
 */
#include "grantmap.h"

#include <linux/mm.h>
#include <linux/slab.h>

static unsigned long kernel_address(struct page *page)
{
	return (unsigned long)pfn_to_kaddr(page_to_pfn(page));
}

/**
 * grantmap_map() - map up to GRANTMAP_BATCH pages in one hypercall
 * @domid: the guest
 * @refs: a private copy of its grant references
 * @pages: from gnttab_alloc_pages()
 * @handles: filled in; INVALID_GRANT_HANDLE where it did not work
 * @nr: how many
 *
 * May sleep. Every result is looked at; none is overwritten by a later one (XSA-365). Return: 0
 * when all are mapped, or a negative errno; then grantmap_unmap() unmaps those that are.
 */
int grantmap_map(domid_t domid, const grant_ref_t *refs, struct page **pages,
		 grant_handle_t *handles, unsigned int nr)
{
	struct gnttab_map_grant_ref op[GRANTMAP_BATCH];
	unsigned int i;
	int err, bad = 0;

	for (i = 0; i < nr; i++)
		gnttab_set_map_op(&op[i], kernel_address(pages[i]), GNTMAP_host_map, refs[i],
				  domid);
	err = gnttab_map_refs(op, NULL, pages, nr);
	for (i = 0; i < nr; i++) {
		handles[i] = op[i].status == GNTST_okay ? op[i].handle : INVALID_GRANT_HANDLE;
		if (handles[i] == INVALID_GRANT_HANDLE)
			bad = -EINVAL;
	}
	return err ?: bad;
}

/**
 * grantmap_unmap() - unmap up to GRANTMAP_BATCH pages in one hypercall
 * @pages: the pages
 * @handles: theirs; those that are INVALID_GRANT_HANDLE are passed over, and all are so after it
 * @nr: how many
 *
 * Sleeps until the block layer has dropped its references to the pages. Return: 0, or a negative
 * errno after a line in the log: the pages must not be used again.
 */
int grantmap_unmap(struct page **pages, grant_handle_t *handles, unsigned int nr)
{
	struct gnttab_unmap_grant_ref op[GRANTMAP_BATCH];
	struct page *mapped[GRANTMAP_BATCH];
	struct gntab_unmap_queue_data work = {.unmap_ops = op, .pages = mapped};
	unsigned int i;
	int err;

	for (i = 0; i < nr; i++) {
		if (handles[i] == INVALID_GRANT_HANDLE)
			continue;
		gnttab_set_unmap_op(&op[work.count], kernel_address(pages[i]), GNTMAP_host_map,
				    handles[i]);
		mapped[work.count++] = pages[i];
		handles[i] = INVALID_GRANT_HANDLE;
	}
	err = work.count ? gnttab_unmap_refs_sync(&work) : 0;
	for (i = 0; i < work.count && !err; i++)
		if (op[i].status != GNTST_okay)
			err = -EIO; /* the call succeeds whatever became of each page */
	if (err)
		pr_err("shoji-blkback: the hypervisor did not unmap %u pages of a guest (%d): they "
		       "are lost\n",
		       work.count, err);
	return err;
}

/**
 * grantmap_create() - room for a row of a guest's pages
 * @map: zeroed
 * @most: pages that the row ever has
 *
 * May sleep. Return: 0, or -ENOMEM and there is nothing.
 */
int grantmap_create(struct grantmap *map, unsigned int most)
{
	map->pages = kvcalloc(most, sizeof(*map->pages), GFP_KERNEL);
	map->handles = kvmalloc_array(most, sizeof(*map->handles), GFP_KERNEL);
	if (map->pages && map->handles)
		return 0;
	grantmap_destroy(map);
	return -ENOMEM;
}

/**
 * grantmap_grow() - map further pages of a guest behind those of a row
 * @map: with room for them
 * @domid: the guest
 * @refs: a private copy of its grant references
 * @nr: how many
 *
 * May sleep. Return: 0, or a negative errno and the row is as it was.
 */
int grantmap_grow(struct grantmap *map, domid_t domid, const grant_ref_t *refs, unsigned int nr)
{
	unsigned int i, first = map->nr;
	int err = gnttab_alloc_pages(nr, map->pages + first);

	if (err)
		return err;
	map->nr += nr;
	for (i = first; i < map->nr; i++)
		map->handles[i] = INVALID_GRANT_HANDLE;
	for (i = first; i < map->nr && !err; i += GRANTMAP_BATCH)
		err = grantmap_map(domid, refs + i - first, map->pages + i, map->handles + i,
				   min(map->nr - i, GRANTMAP_BATCH));
	if (err)
		grantmap_shrink(map, first);
	return err;
}

/**
 * grantmap_shrink() - unmap the end of a row
 * @map: the row
 * @nr: pages that stay, at most as many as there are
 *
 * May sleep. Return: 0, or a negative errno after a line in the log: pages are lost. The row is
 * shorter in either case.
 */
int grantmap_shrink(struct grantmap *map, unsigned int nr)
{
	unsigned int i, gone = map->nr - nr;
	int err = 0;

	for (i = nr; i < map->nr; i += GRANTMAP_BATCH)
		if (grantmap_unmap(map->pages + i, map->handles + i,
				   min(map->nr - i, GRANTMAP_BATCH)))
			err = -EIO;
	map->nr = nr;
	if (gone && !err)
		gnttab_free_pages(gone, map->pages + nr);
	return err;
}

/**
 * grantmap_destroy() - unmap what is mapped and free the rest
 * @map: whole, in part or empty
 *
 * May sleep.
 */
void grantmap_destroy(struct grantmap *map)
{
	grantmap_shrink(map, 0);
	kvfree(map->pages);
	kvfree(map->handles);
	memset(map, 0, sizeof(*map));
}
