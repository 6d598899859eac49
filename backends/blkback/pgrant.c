// SPDX-License-Identifier: GPL-2.0-only
/*
 * The table from grant reference to mapped page. Only a queue's own thread uses it, so no locks;
 * it is destroyed after the thread has ended and the last request is done.
 */
#include "pgrant.h"

#include <linux/slab.h>

struct pgrant {
	struct hlist_node link;
	grant_ref_t ref;
	struct page *page;
};

/* Grants that were mapped by one call, so that a request costs one hypercall and not one a page. */
struct chunk {
	struct list_head link;
	struct grantmap map;
	struct pgrant entry[];
};

/** pgrants_init() - an empty table of at most @max grants */
void pgrants_init(struct pgrants *grants, unsigned int max)
{
	hash_init(grants->table);
	INIT_LIST_HEAD(&grants->chunks);
	grants->nr = 0;
	grants->max = max;
}

/** pgrants_find() - the page that @ref is mapped at, or NULL */
struct page *pgrants_find(struct pgrants *grants, grant_ref_t ref)
{
	struct pgrant *entry;

	hash_for_each_possible(grants->table, entry, link, ref)
		if (entry->ref == ref)
			return entry->page;
	return NULL;
}

/**
 * pgrants_add() - map references that the table does not have
 * @grants: the table
 * @domid: whose
 * @refs: references; one that stands there twice is mapped twice, which harms nobody
 * @nr: how many
 *
 * May sleep. Return: 0; -ENOSPC when the table is full; another negative errno. On failure nothing
 * was added.
 */
int pgrants_add(struct pgrants *grants, domid_t domid, const grant_ref_t *refs, unsigned int nr)
{
	struct chunk *chunk;
	unsigned int i;
	int error;

	if (nr > grants->max - grants->nr)
		return -ENOSPC;
	chunk = kvzalloc(struct_size(chunk, entry, nr), GFP_KERNEL);
	if (!chunk)
		return -ENOMEM;
	error = grantmap_create(&chunk->map, domid, refs, nr);
	if (error) {
		kvfree(chunk);
		return error;
	}
	for (i = 0; i < nr; i++) {
		chunk->entry[i].ref = refs[i];
		chunk->entry[i].page = chunk->map.pages[i];
		hash_add(grants->table, &chunk->entry[i].link, refs[i]);
	}
	list_add(&chunk->link, &grants->chunks);
	grants->nr += nr;
	return 0;
}

/** pgrants_destroy() - unmap all; no request may use a page any more; may sleep */
void pgrants_destroy(struct pgrants *grants)
{
	struct chunk *chunk, *next;

	list_for_each_entry_safe(chunk, next, &grants->chunks, link) {
		list_del(&chunk->link);
		grantmap_destroy(&chunk->map);
		kvfree(chunk);
	}
	hash_init(grants->table);
	grants->nr = 0;
}
