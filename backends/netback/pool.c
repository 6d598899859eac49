// SPDX-License-Identifier: GPL-2.0-only
/*
 * Pages of a frontend that stay mapped: its pool. The frontend names them once (ADD_GREF_MAPPING
 * on the control ring); from then on a request that names such a grant is served by a plain copy,
 * and under load there is no grant operation.
 *
 * 1. The data path finds a page by its grant reference in a small hash table, which is never
 *    changed: a new one takes its place (RCU), and nothing is unmapped before every user of the
 *    old one is through (synchronize_net).
 * 2. A lookup takes POOL_PROBES steps at most (pool_table.c): a list that would need more is
 *    refused.
 * 3. A page granted read-only is mapped read-only and never found for writing.
 * 4. Mapped pages never leave this driver: the network stack gets copies. So unmapping waits for no
 *    packet.
 * 5. A part's whole memory here counts against the limit until its last page is unmapped. So a
 *    frontend that adds and takes away for ever uses no more than the limit.
 */
#include "netback.h"

#include <linux/slab.h>
#include <linux/vmalloc.h>

#define POOL_MAX    1024 /* pages of a queue */
#define UNMAP_BATCH 32

/* The pages of one message. */
struct pool_part {
	struct list_head link; /* queue.pool_parts */
	unsigned int count;
	unsigned int mapped; /* of them */
	bool stuck; /* a page is still the guest's: none of them is used again */
	struct page **page;
	struct pool_entry {
		u32 gref;
		grant_handle_t handle; /* INVALID_GRANT_HANDLE: not mapped */
		bool writable;
	} *entry;
};

/**
 * pool_limit() - how many pages of a frontend a queue keeps mapped
 *
 * Return: pages; 0: none, the parameter is off.
 *
 * Context: any.
 */
unsigned int pool_limit(void)
{
	return netback_pool ? POOL_MAX : 0;
}

/* A table of all that is mapped in the queue's parts. ERR_PTR; NULL for an empty pool. */
static struct pool_table *table_build(struct queue *q)
{
	static const int error[] = {[POOL_THERE_ALREADY] = -EEXIST, [POOL_CROWDED] = -ENOSPC};
	unsigned int bits = pool_table_bits(q->pool_pages), i;
	enum pool_entered entered;
	struct pool_table *table;
	struct pool_part *part;

	if (!q->pool_pages)
		return NULL;
	table = kvzalloc(struct_size(table, cell, 1UL << bits), GFP_KERNEL);
	if (!table)
		return ERR_PTR(-ENOMEM);
	table->bits = bits;
	list_for_each_entry(part, &q->pool_parts, link) {
		for (i = 0; i < part->count; i++) {
			const struct pool_entry *entry = &part->entry[i];

			if (entry->handle == INVALID_GRANT_HANDLE)
				continue;
			entered = pool_enter(table, entry->gref, page_address(part->page[i]),
					     entry->writable);
			if (entered != POOL_ENTERED) {
				kvfree(table);
				return ERR_PTR(error[entered]);
			}
		}
	}
	return table;
}

/* Let the data path use @table, and return when it has left the one before. */
static void table_publish(struct queue *q, struct pool_table *table)
{
	struct pool_table *old =
		rcu_dereference_protected(q->pool, lockdep_is_held(&q->vif->ctrl_mutex));

	if (!old && !table)
		return;
	rcu_assign_pointer(q->pool, table);
	synchronize_net();
	kvfree(old);
}

static void unmap_batch(struct queue *q, struct pool_part *part, struct gnttab_unmap_grant_ref *op,
			struct page **page, unsigned int count)
{
	unsigned int i;
	int err = gnttab_unmap_refs(op, NULL, page, count);

	for (i = 0; i < count; i++) {
		if (!err && op[i].status == GNTST_okay)
			continue;
		part->stuck = true;
		netdev_err(q->vif->dev, "pool: unmapping grant handle %u failed (%d, %d)\n",
			   op[i].handle, err, op[i].status);
	}
}

/* Does the list name the grant? Then its entry says that it was undone. */
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
 * Undo the mappings of a part: those that @list names, or (NULL) all. The data path no longer knows
 * them. Returns how many.
 */
static unsigned int part_unmap(struct queue *q, struct pool_part *part, struct xen_netif_gref *list,
			       unsigned int count)
{
	struct gnttab_unmap_grant_ref op[UNMAP_BATCH];
	unsigned int i, n = 0, undone = 0;
	struct page *page[UNMAP_BATCH];

	for (i = 0; i < part->count; i++) {
		struct pool_entry *entry = &part->entry[i];

		if (entry->handle == INVALID_GRANT_HANDLE ||
		    (list && !list_names(list, count, entry->gref)))
			continue;
		gnttab_set_unmap_op(&op[n], (unsigned long)page_address(part->page[i]),
				    GNTMAP_host_map | (entry->writable ? 0 : GNTMAP_readonly),
				    entry->handle);
		page[n++] = part->page[i];
		entry->handle = INVALID_GRANT_HANDLE;
		undone++;
		if (n == UNMAP_BATCH) {
			unmap_batch(q, part, op, page, n);
			n = 0;
		}
	}
	if (n)
		unmap_batch(q, part, op, page, n);
	part->mapped -= undone;
	return undone;
}

/* Undo the mappings of a part that exist, and free it. The data path no longer knows it. */
static void part_free(struct queue *q, struct pool_part *part)
{
	part_unmap(q, part, NULL, 0);
	if (!part->stuck)
		gnttab_free_pages(part->count, part->page);
	kvfree(part->page);
	kvfree(part->entry);
	kfree(part);
}

/* Take a part into the queue's pool, or out of it. */
static void part_link(struct queue *q, struct pool_part *part)
{
	list_add_tail(&part->link, &q->pool_parts);
	q->pool_memory += part->count;
	q->pool_pages += part->mapped;
}

static void part_unlink(struct queue *q, struct pool_part *part)
{
	list_del(&part->link);
	q->pool_memory -= part->count;
	q->pool_pages -= part->mapped;
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
	for (i = 0; i < part->count; i++) {
		op[i].status = GNTST_general_error; /* until the hypervisor says otherwise */
		gnttab_set_map_op(&op[i], (unsigned long)page_address(part->page[i]),
				  GNTMAP_host_map | (part->entry[i].writable ? 0 : GNTMAP_readonly),
				  part->entry[i].gref, q->vif->domid);
	}
	err = gnttab_map_refs(op, NULL, part->page, part->count);
	/* Each operation has its own answer: none may hide another's (XSA-361, -365). */
	for (i = 0; i < part->count; i++) {
		if (op[i].status != GNTST_okay) {
			err = -EINVAL;
			continue;
		}
		part->entry[i].handle = op[i].handle;
		part->mapped++;
	}
	kvfree(op);
	return err;
}

/**
 * pool_add() - map pages of the frontend for good
 * @q: the queue
 * @list: private copy of the frontend's list
 * @count: entries of it
 *
 * Return: 0, or -EINVAL, -ENOSPC, -EEXIST, -ENOMEM with nothing changed.
 *
 * Context: process, under vif.ctrl_mutex; sleeps.
 */
int pool_add(struct queue *q, const struct xen_netif_gref *list, unsigned int count)
{
	struct pool_table *table;
	struct pool_part *part;
	int err;

	if (!count || count > NETIF_GREFS_A_PAGE)
		return -EINVAL;
	if (q->pool_memory + count > pool_limit())
		return -ENOSPC;
	part = part_alloc(list, count);
	if (!part)
		return -ENOMEM;
	err = part_map(q, part);
	if (err) {
		part_free(q, part);
		return err;
	}
	part_link(q, part);
	table = table_build(q);
	if (IS_ERR(table)) {
		part_unlink(q, part);
		part_free(q, part);
		return PTR_ERR(table);
	}
	table_publish(q, table);
	return 0;
}

/**
 * pool_del() - unmap pages of the frontend
 * @q: the queue
 * @list: private copy of the frontend's list; each entry's status says whether it was mapped
 * @count: entries of it
 *
 * Return: how many were unmapped.
 *
 * Context: process, under vif.ctrl_mutex; sleeps.
 */
unsigned int pool_del(struct queue *q, struct xen_netif_gref *list, unsigned int count)
{
	struct pool_part *part, *next;
	struct pool_table *table;
	unsigned int i, n, undone = 0;

	for (i = 0; i < count; i++)
		list[i].status = XEN_NETIF_CTRL_STATUS_INVALID_PARAMETER;
	/*
	 * The data path must not know what is to be unmapped: without a table it takes grant
	 * copies.
	 */
	table_publish(q, NULL);
	list_for_each_entry_safe(part, next, &q->pool_parts, link) {
		n = part_unmap(q, part, list, count);
		q->pool_pages -= n;
		undone += n;
		if (!part->mapped) {
			part_unlink(q, part);
			part_free(q, part);
		}
		cond_resched();
	}
	table = table_build(q);
	if (!IS_ERR(table))
		table_publish(q, table);
	return undone;
}

/**
 * pool_drop() - unmap everything
 * @q: a queue that is stopped or was never started
 *
 * Context: process; takes vif.ctrl_mutex; sleeps.
 */
void pool_drop(struct queue *q)
{
	struct pool_part *part, *next;

	mutex_lock(&q->vif->ctrl_mutex);
	table_publish(q, NULL);
	list_for_each_entry_safe(part, next, &q->pool_parts, link) {
		part_unlink(q, part);
		part_free(q, part);
	}
	mutex_unlock(&q->vif->ctrl_mutex);
}
