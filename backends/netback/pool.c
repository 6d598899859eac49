// SPDX-License-Identifier: GPL-2.0-only
/*
 * Pages of a frontend that stay mapped: its pool. The frontend names them once (ADD_GREF_MAPPING
 * on the control ring); from then on a request that names such a grant is served by a plain copy,
 * and under load there is no grant operation.
 *
 * 1. The data path finds a page by its grant reference in a small hash table, which is never
 *    changed: a new one takes its place (RCU), and nothing is unmapped before every user of the
 *    old one is through (synchronize_net).
 * 2. A lookup takes POOL_PROBES steps at most: a list that would need more is refused, so that a
 *    frontend cannot choose references that make its lookups long.
 * 3. A page granted read-only is mapped read-only and never found for writing.
 * 4. Mapped pages never leave this driver: what goes to the network stack is a copy. So unmapping
 *    waits for nobody.
 */
#include <linux/hash.h>
#include <linux/slab.h>
#include <linux/vmalloc.h>

#include "netback.h"

#define POOL_PROBES 8
#define POOL_MAX    1024 /* pages of a queue */

struct pool_cell {
	void *addr; /* NULL: empty */
	u32 gref;
	bool writable;
};

struct pool_table {
	struct rcu_head rcu;
	unsigned int bits;
	struct pool_cell cell[];
};

/* The pages of one message. */
struct pool_part {
	struct list_head link; /* queue.pool_parts */
	unsigned int count;
	struct page **page;
	struct pool_entry {
		u32 gref;
		grant_handle_t handle; /* INVALID_GRANT_HANDLE: not mapped */
		bool writable;
	} *entry;
};

unsigned int pool_limit(void)
{
	return netback_pool ? POOL_MAX : 0;
}

static unsigned int pool_home(const struct pool_table *table, u32 gref)
{
	return hash_32(gref, table->bits);
}

/*
 * The page behind a grant reference, or NULL when it is not of the pool (or not for writing, and
 * @write).
 * @table may be NULL. Under rcu_read_lock() or with bottom halves off.
 */
void *pool_find(const struct pool_table *table, u32 gref, bool write)
{
	unsigned int i, at;

	if (!table)
		return NULL;
	at = pool_home(table, gref);
	for (i = 0; i < POOL_PROBES; i++) {
		const struct pool_cell *cell = &table->cell[(at + i) & ((1U << table->bits) - 1)];

		if (!cell->addr)
			return NULL;
		if (cell->gref == gref)
			return cell->writable || !write ? cell->addr : NULL;
	}
	return NULL;
}

/* 0, -EEXIST for a reference that is there already, -ENOSPC when the place is too crowded (2). */
static int table_enter(struct pool_table *table, const struct pool_entry *entry, void *addr)
{
	unsigned int i, at = pool_home(table, entry->gref);

	for (i = 0; i < POOL_PROBES; i++) {
		struct pool_cell *cell = &table->cell[(at + i) & ((1U << table->bits) - 1)];

		if (cell->addr && cell->gref == entry->gref)
			return -EEXIST;
		if (cell->addr)
			continue;
		cell->addr = addr;
		cell->gref = entry->gref;
		cell->writable = entry->writable;
		return 0;
	}
	return -ENOSPC;
}

/* A table of all that is mapped in the queue's parts. ERR_PTR; NULL for an empty pool. */
static struct pool_table *table_build(struct queue *q)
{
	unsigned int bits = order_base_2(4 * max_t(unsigned int, q->pool_pages, 16)), i;
	struct pool_table *table;
	struct pool_part *part;
	int err;

	if (!q->pool_pages)
		return NULL;
	table = kvzalloc(struct_size(table, cell, 1UL << bits), GFP_KERNEL);
	if (!table)
		return ERR_PTR(-ENOMEM);
	table->bits = bits;
	list_for_each_entry(part, &q->pool_parts, link) {
		for (i = 0; i < part->count; i++) {
			if (part->entry[i].handle == INVALID_GRANT_HANDLE)
				continue;
			err = table_enter(table, &part->entry[i], page_address(part->page[i]));
			if (err) {
				kvfree(table);
				return ERR_PTR(err);
			}
		}
	}
	return table;
}

/* Let the data path use @table, and return when nobody uses the one before. */
static void table_publish(struct queue *q, struct pool_table *table)
{
	struct pool_table *old =
		rcu_dereference_protected(q->pool, lockdep_is_held(&q->vif->ctrl_mutex));

	rcu_assign_pointer(q->pool, table);
	synchronize_net();
	kvfree(old);
}

/* Undo the mappings of a part that exist, and free it. The data path no longer knows it. */
static void part_free(struct queue *q, struct pool_part *part)
{
	struct gnttab_unmap_grant_ref op;
	unsigned int i;

	for (i = 0; i < part->count; i++) {
		if (part->entry[i].handle == INVALID_GRANT_HANDLE)
			continue;
		gnttab_set_unmap_op(&op, (unsigned long)page_address(part->page[i]),
				    GNTMAP_host_map |
					    (part->entry[i].writable ? 0 : GNTMAP_readonly),
				    part->entry[i].handle);
		if (gnttab_unmap_refs(&op, NULL, &part->page[i], 1) || op.status != GNTST_okay)
			netdev_err(q->vif->dev, "pool: unmapping grant %u failed (%d)\n",
				   part->entry[i].gref, op.status);
		part->entry[i].handle = INVALID_GRANT_HANDLE;
	}
	gnttab_free_pages(part->count, part->page);
	kvfree(part->page);
	kvfree(part->entry);
	kfree(part);
}

static struct pool_part *part_alloc(const struct xen_netif_gref *list, unsigned int count)
{
	struct pool_part *part = kzalloc(sizeof(*part), GFP_KERNEL);
	unsigned int i;

	if (!part)
		return NULL;
	part->count = count;
	part->page = kvcalloc(count, sizeof(*part->page), GFP_KERNEL);
	part->entry = kvcalloc(count, sizeof(*part->entry), GFP_KERNEL);
	if (!part->page || !part->entry || gnttab_alloc_pages(count, part->page)) {
		kvfree(part->page);
		kvfree(part->entry);
		kfree(part);
		return NULL;
	}
	for (i = 0; i < count; i++) {
		part->entry[i].gref = list[i].ref;
		part->entry[i].writable = !(list[i].flags & XEN_NETIF_CTRLF_GREF_readonly);
		part->entry[i].handle = INVALID_GRANT_HANDLE;
	}
	return part;
}

/* Map all of a part. Returns 0, or an error with the handles of those that are mapped set. */
static int part_map(struct queue *q, struct pool_part *part)
{
	struct gnttab_map_grant_ref *op = kvcalloc(part->count, sizeof(*op), GFP_KERNEL);
	unsigned int i;
	int err;

	if (!op)
		return -ENOMEM;
	for (i = 0; i < part->count; i++)
		gnttab_set_map_op(&op[i], (unsigned long)page_address(part->page[i]),
				  GNTMAP_host_map | (part->entry[i].writable ? 0 : GNTMAP_readonly),
				  part->entry[i].gref, q->vif->domid);
	err = gnttab_map_refs(op, NULL, part->page, part->count);
	/* Each operation has its own answer: none may hide another's (XSA-361, -365). */
	for (i = 0; i < part->count; i++) {
		if (op[i].status == GNTST_okay)
			part->entry[i].handle = op[i].handle;
		else
			err = -EINVAL;
	}
	kvfree(op);
	return err;
}

/*
 * Map @count pages of the frontend for good.
 * @list: private copy of the frontend's list. Returns 0, or -EINVAL, -ENOSPC, -EEXIST, -ENOMEM
 * with nothing changed. Process context; vif.ctrl_mutex is held; sleeps.
 */
int pool_add(struct queue *q, const struct xen_netif_gref *list, unsigned int count)
{
	struct pool_table *table;
	struct pool_part *part;
	int err;

	if (!count || count > NETIF_GREFS_A_PAGE)
		return -EINVAL;
	if (q->pool_pages + count > pool_limit())
		return -ENOSPC;
	part = part_alloc(list, count);
	if (!part)
		return -ENOMEM;
	err = part_map(q, part);
	if (err) {
		part_free(q, part);
		return err;
	}
	list_add_tail(&part->link, &q->pool_parts);
	q->pool_pages += count;
	table = table_build(q);
	if (IS_ERR(table)) {
		list_del(&part->link);
		q->pool_pages -= count;
		part_free(q, part);
		return PTR_ERR(table);
	}
	table_publish(q, table);
	return 0;
}

static bool list_names(struct xen_netif_gref *list, unsigned int count, u32 gref)
{
	unsigned int i;

	for (i = 0; i < count; i++) {
		if (list[i].ref == gref) {
			list[i].status = XEN_NETIF_CTRL_STATUS_SUCCESS;
			return true;
		}
	}
	return false;
}

/*
 * Unmap the pages of @list that are mapped; each entry's status says whether it was. A part is
 * unmapped when none of it is left, so that a frontend that takes single pages away still gets
 * them all back in the end. Returns how many. Process context; vif.ctrl_mutex is held; sleeps.
 */
unsigned int pool_del(struct queue *q, struct xen_netif_gref *list, unsigned int count)
{
	unsigned int i, undone = 0;
	struct pool_part *part;

	for (i = 0; i < count; i++)
		list[i].status = XEN_NETIF_CTRL_STATUS_INVALID_PARAMETER;
	/*
	 * The data path must not know what is to be unmapped: without a table it takes grant
	 * copies.
	 */
	table_publish(q, NULL);
	list_for_each_entry(part, &q->pool_parts, link) {
		for (i = 0; i < part->count; i++) {
			struct pool_entry *entry = &part->entry[i];
			struct gnttab_unmap_grant_ref op;

			if (entry->handle == INVALID_GRANT_HANDLE ||
			    !list_names(list, count, entry->gref))
				continue;
			gnttab_set_unmap_op(&op, (unsigned long)page_address(part->page[i]),
					    GNTMAP_host_map |
						    (entry->writable ? 0 : GNTMAP_readonly),
					    entry->handle);
			gnttab_unmap_refs(&op, NULL, &part->page[i], 1);
			entry->handle = INVALID_GRANT_HANDLE;
			q->pool_pages--;
			undone++;
		}
	}
	if (q->pool_pages) {
		struct pool_table *table = table_build(q);

		if (!IS_ERR(table))
			table_publish(q, table);
	}
	return undone;
}

/* Unmap everything. The queue is stopped or was never started. Process context. */
void pool_drop(struct queue *q)
{
	struct pool_part *part, *next;

	mutex_lock(&q->vif->ctrl_mutex);
	if (!list_empty(&q->pool_parts)) {
		table_publish(q, NULL);
		list_for_each_entry_safe(part, next, &q->pool_parts, link) {
			list_del(&part->link);
			part_free(q, part);
		}
		q->pool_pages = 0;
	}
	mutex_unlock(&q->vif->ctrl_mutex);
}
