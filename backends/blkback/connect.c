// SPDX-License-Identifier: GPL-2.0-only
/*
 * What both halves tell each other in xenstore, and making and unmaking queues from it. The
 * frontend's directory is written by the guest: every number is checked before use. The caller
 * holds struct blkback's lock, if not said otherwise; everything here may sleep.
 */
#include "blkback.h"

#include <linux/module.h>
#include <linux/slab.h>
#include <linux/vmalloc.h>

#include "common/compat.h"
#include "common/transaction.h"

static unsigned int max_queues;
module_param(max_queues, uint, 0644);
MODULE_PARM_DESC(max_queues, "queues a vbd may have (0: as many as CPUs, at most 16)");

static unsigned int max_ring_page_order = BLKBACK_MAX_RING_ORDER;
module_param(max_ring_page_order, uint, 0644);
MODULE_PARM_DESC(max_ring_page_order, "log2 of the pages that a ring may have, at most 4");

static unsigned int max_indirect_segments = BLK_MAX_INDIRECT;
module_param(max_indirect_segments, uint, 0644);
MODULE_PARM_DESC(max_indirect_segments, "pages in an indirect request, at most 1024; 0: none");

static unsigned int max_pool_pages = BLKBACK_MAX_POOL_PAGES;
module_param(max_pool_pages, uint, 0644);
MODULE_PARM_DESC(max_pool_pages, "pages of pool for a queue, at most 4096; 0: stock protocol only");

static bool persistent_grants = true;
module_param(persistent_grants, bool, 0644);
MODULE_PARM_DESC(persistent_grants, "keep a stock frontend's grants mapped");

static unsigned int queue_limit(void)
{
	unsigned int limit = READ_ONCE(max_queues) ?: num_online_cpus();

	return clamp_t(unsigned int, limit, 1, BLKBACK_MAX_QUEUES);
}

static unsigned int order_limit(void)
{
	return min(READ_ONCE(max_ring_page_order), BLKBACK_MAX_RING_ORDER);
}

static unsigned int indirect_limit(void)
{
	return min(READ_ONCE(max_indirect_segments), BLK_MAX_INDIRECT);
}

static unsigned int pool_limit(void)
{
	return min(READ_ONCE(max_pool_pages), BLKBACK_MAX_POOL_PAGES);
}

/* ---- what the frontend must know before it makes its rings ---- */

/*
 * What a frontend that is connected still was told by the backend before us is not taken back: it
 * has it.
 */
static unsigned int at_least_told(struct blkback *back, const char *key, unsigned int mine,
				  unsigned int most)
{
	if (compat_read_driver_state(back->dev, back->dev->otherend) != XenbusStateConnected)
		return mine;
	return max(mine, min(xenbus_read_unsigned(back->dev->nodename, key, mine), most));
}

/**
 * blkback_set_limits() - decide what the frontend may have, at most
 * @back: its limits are set; the caller holds its lock
 *
 * Called before blkback_publish_limits(). Reads xenstore; may sleep.
 */
void blkback_set_limits(struct blkback *back)
{
	back->queue_limit =
		at_least_told(back, "multi-queue-max-queues", queue_limit(), BLKBACK_MAX_QUEUES);
	back->order_limit =
		at_least_told(back, "max-ring-page-order", order_limit(), BLKBACK_MAX_RING_ORDER);
	back->pool_limit =
		at_least_told(back, BLK_KEY_POOL_MAX, pool_limit(), BLKBACK_MAX_POOL_PAGES);
}

/**
 * blkback_publish_limits() - write what this backend can do with any device
 * @back: with its limits set; the caller holds its lock
 *
 * Zeroes are written too: another backend may have left its own values. May sleep. Return: 0, or a
 * negative errno after the device was closed with a message.
 */
int blkback_publish_limits(struct blkback *back)
{
	struct {
		const char *key;
		unsigned int value;
	} limit[] = {
		{"max-ring-page-order", back->order_limit},
		{"max-ring-pages", 1u << back->order_limit},
		{"multi-queue-max-queues", back->queue_limit},
		{"feature-persistent", persistent_grants},
		{"feature-max-indirect-segments", indirect_limit()},
		{BLK_KEY_POOL_MAX, back->pool_limit},
		{BLK_KEY_POOL_RESIZE, back->pool_limit != 0},
		{BLK_KEY_TAKES_LINE, back->pool_limit != 0},
	};
	unsigned int i;
	int err;

	for (i = 0; i < ARRAY_SIZE(limit); i++) {
		err = xenbus_printf(XBT_NIL, back->dev->nodename, limit[i].key, "%u",
				      limit[i].value);
		if (err) {
			xenbus_dev_fatal(back->dev, err, "writing %s", limit[i].key);
			return err;
		}
	}
	return 0;
}

/* ---- the device's properties ---- */

static bool can_discard(struct blkback *back)
{
	return back->backing.writable && bdev_max_discard_sectors(back->backing.bdev) &&
	       xenbus_read_unsigned(back->dev->nodename, "discard-enable", 1);
}

static int write_discard(struct blkback *back, struct xenbus_transaction xbt)
{
	struct block_device *bdev = back->backing.bdev;
	const char *dir = back->dev->nodename;
	int err;

	if (!can_discard(back))
		return xenbus_printf(xbt, dir, "feature-discard", "0");
	err = xenbus_printf(xbt, dir, "discard-granularity", "%u",
			      bdev_discard_granularity(bdev));
	if (!err)
		err = xenbus_printf(xbt, dir, "discard-alignment", "%u",
				      bdev_discard_alignment(bdev));
	if (!err)
		err = xenbus_printf(xbt, dir, "discard-secure", "%d",
				      !!bdev_max_secure_erase_sectors(bdev));
	if (!err)
		err = xenbus_printf(xbt, dir, "feature-discard", "1");
	return err;
}

static int write_properties(struct xenbus_transaction xbt, void *data)
{
	struct blkback *back = data;
	struct backing *backing = &back->backing;
	struct block_device *bdev = backing->bdev;
	const char *dir = back->dev->nodename;
	unsigned int info = (backing->cdrom ? BLK_VDISK_CDROM : 0) |
			    (bdev->bd_disk->flags & GENHD_FL_REMOVABLE ? BLK_VDISK_REMOVABLE : 0) |
			    (backing->writable ? 0 : BLK_VDISK_READONLY);
	u64 sectors = backing_sectors(backing);
	int err;

	err = xenbus_printf(xbt, dir, "sectors", "%llu", sectors);
	if (!err)
		err = xenbus_printf(xbt, dir, "info", "%u", info);
	if (!err)
		err = xenbus_printf(xbt, dir, "sector-size", "%u", bdev_logical_block_size(bdev));
	if (!err)
		err = xenbus_printf(xbt, dir, "physical-sector-size", "%u",
				      bdev_physical_block_size(bdev));
	if (!err)
		err = xenbus_printf(xbt, dir, "feature-flush-cache", "1");
	if (!err)
		err = xenbus_printf(xbt, dir, "feature-barrier", "1");
	if (!err)
		err = xenbus_printf(xbt, dir, BLK_KEY_WRITE_ZEROES, "%d",
				      backing->writable && bdev_write_zeroes_sectors(bdev));
	if (!err)
		err = write_discard(back, xbt);
	if (!err)
		WRITE_ONCE(back->announced, sectors);
	return err;
}

/**
 * blkback_publish_device() - write the device's properties to xenstore, all at once
 * @back: with its device open; the caller holds its lock
 *
 * May sleep. Return: 0, or a negative errno after the device was closed with a message.
 */
int blkback_publish_device(struct blkback *back)
{
	int err = transaction_run(write_properties, back);

	if (err)
		xenbus_dev_fatal(back->dev, err, "writing the device's properties to %s",
				 back->dev->nodename);
	return err;
}

/* ---- a queue ---- */

static void free_queue(struct blkq *q)
{
	pgrants_destroy(&q->data.grants);
	grantmap_destroy(&q->data.pool);
	if (q->ring.shared)
		xenbus_unmap_ring_vfree(q->back->dev, q->ring.shared);
	if (q->data.scratch && q->data.scratch->dir)
		__free_page(q->data.scratch->dir);
	kvfree(q->data.scratch);
	kvfree(q->flight.ios);
}

static int map_ring(struct blkq *q, struct blk_layout_queue *layout, unsigned int pages)
{
	void *ring;
	int err = xenbus_map_ring_valloc(q->back->dev, layout->ring_refs, pages, &ring);

	if (err)
		return err;
	q->ring.shared = ring;
	q->ring.slot_bytes = q->ring.abi32 ? BLK_SLOT_BYTES_32 : BLK_SLOT_BYTES_64;
	q->ring.slots = ring_slots(pages * RING_PAGE_BYTES, q->ring.slot_bytes);
	return 0;
}

/*
 * A fresh ring begins at 0. One that a backend before us has served begins where its responses end:
 * it answered all that it had taken.
 */
static int take_up_ring(struct blkq *q, const char **what)
{
	u32 rsp = ring_read(q->ring.shared->rsp.prod);
	u32 req = ring_take(&q->ring.shared->req);

	*what = "taking the ring up: its producers are impossible";
	q->ring.req_cons = rsp;
	q->answers.prod = rsp;
	/* What the backend before us has told of is not known. */
	q->answers.pushed = rsp - 1;
	q->answers.told = rsp - q->ring.slots;
	return ring_overflow(rsp, req, q->ring.slots) ? -EPROTO : 0;
}

static int alloc_queue(struct blkq *q)
{
	u32 i;

	q->flight.ios = kvcalloc(q->ring.slots, sizeof(*q->flight.ios), GFP_KERNEL);
	q->data.scratch = kvzalloc(sizeof(*q->data.scratch), GFP_KERNEL);
	if (!q->flight.ios || !q->data.scratch)
		return -ENOMEM;
	q->data.scratch->dir = alloc_page(GFP_KERNEL);
	if (!q->data.scratch->dir)
		return -ENOMEM;
	for (i = 0; i < q->ring.slots; i++) {
		q->flight.ios[i].q = q;
		list_add(&q->flight.ios[i].link, &q->flight.free);
	}
	return q->data.persistent ? pgrants_create(&q->data.grants, q->back->dev->otherend_id) : 0;
}

static void set_rules(struct blkq *q)
{
	struct block_device *bdev = q->back->backing.bdev;
	struct blk_rules *rules = &q->data.rules;

	rules->capacity = backing_sectors(&q->back->backing);
	rules->block_sectors = bdev_logical_block_size(bdev) >> SECTOR_SHIFT;
	rules->max_indirect = indirect_limit();
	rules->writable = q->back->backing.writable;
	rules->discard = can_discard(q->back);
	rules->secure = rules->discard && bdev_max_secure_erase_sectors(bdev);
	rules->zeroes = rules->writable && bdev_write_zeroes_sectors(bdev);
}

static void init_queue(struct blkq *q, struct blkback *back, unsigned int index)
{
	q->back = back;
	q->index = index;
	spin_lock_init(&q->lock);
	init_waitqueue_head(&q->thread.wake);
	init_waitqueue_head(&q->flight.drained);
	INIT_LIST_HEAD(&q->flight.free);
	INIT_LIST_HEAD(&q->flight.copyback);
	INIT_LIST_HEAD(&q->flight.under_way);
}

/* All of a queue but its thread. */
static int make_queue(struct blkq *q, struct blk_layout_queue *layout, unsigned int ring_pages,
		      const char **what)
{
	int err;

	*what = "mapping the ring";
	err = map_ring(q, layout, ring_pages);
	if (!err)
		err = take_up_ring(q, what);
	if (err)
		return err;
	*what = "mapping the pool";
	err = blkq_map_pool(q, layout);
	if (err)
		return err;
	q->data.persistent &= !q->data.pool.nr; /* it shares nothing else */
	q->answers.windowed = q->data.pool.nr;
	*what = "allocating a queue";
	err = alloc_queue(q);
	if (!err)
		set_rules(q);
	return err;
}

/* ---- the connection ---- */

static int read_protocol(struct blkback *back, bool *abi32)
{
	char *protocol = xenbus_read(XBT_NIL, back->dev->otherend, "protocol", NULL);
	int err = 0;

	*abi32 = false;
	if (IS_ERR(protocol))
		return 0; /* the native one is the default */
	if (!strcmp(protocol, BLK_PROTO_32))
		*abi32 = true;
	else if (strcmp(protocol, BLK_PROTO_64))
		err = -EINVAL;
	kfree(protocol);
	return err;
}

static int connect_queues(struct blkback *back, struct blk_layout *layout, const char **what)
{
	const char *front = back->dev->otherend;
	bool persistent = persistent_grants && xenbus_read_unsigned(front, "feature-persistent", 0);
	bool abi32 = false;
	unsigned int i;
	int err = 0;

	*what = "reading protocol (x86_64-abi and x86_32-abi are spoken)";
	if (!layout->line)
		err = read_protocol(back, &abi32);
	if (err)
		return err;
	*what = "serving sectors of more than 512 bytes to a frontend that counts in them "
		"(feature-large-sector-size)";
	if (bdev_logical_block_size(back->backing.bdev) > BLK_SECTOR_BYTES && !layout->line &&
	    xenbus_read_unsigned(front, BLK_KEY_LARGE_SECTORS, 0))
		return -EOPNOTSUPP;
	for (i = 0; i < back->nr_queues && !err; i++) {
		struct blkq *q = &back->queues[i];

		q->ring.abi32 = abi32;
		q->data.persistent = persistent;
		err = make_queue(q, &layout->queue[i], layout->ring_pages, what);
	}
	if (err)
		return err;
	/* None runs before all are there: where one is wrong nothing is under way. */
	*what = "binding the event channel";
	for (i = 0; i < back->nr_queues && !err; i++)
		err = blkq_start(&back->queues[i], layout->queue[i].port);
	return err;
}

/* Queues as the frontend has published them, none of which runs. */
static int alloc_queues(struct blkback *back, unsigned int nr)
{
	unsigned int i;

	back->queues = kvcalloc(nr, sizeof(*back->queues), GFP_KERNEL);
	if (!back->queues)
		return -ENOMEM;
	for (i = 0; i < nr; i++)
		init_queue(&back->queues[i], back, i);
	back->nr_queues = nr;
	return 0;
}

/**
 * blkback_connect() - map what the frontend has published and begin to serve it
 * @back: with its device open, not connected
 *
 * Return: 0, or a negative errno after the device was closed with a message; then the caller calls
 * blkback_leave() for what was mapped.
 */
int blkback_connect(struct blkback *back)
{
	struct blk_layout *layout = kvzalloc(sizeof(*layout), GFP_KERNEL);
	const char *what = "serving a device that has gone: detach the vbd";
	int err = -ENODEV;

	if (blkback_gone(back))
		goto out;
	what = "allocating queues";
	err = -ENOMEM;
	if (!layout)
		goto out;
	err = blkback_read_layout(back, layout, &what);
	if (err)
		goto out;
	what = "allocating queues";
	err = alloc_queues(back, layout->nr_queues);
	if (err)
		goto out;
	/* Published with the other properties, before the frontend looks; no change until then. */
	WRITE_ONCE(back->announced, backing_sectors(&back->backing));
	err = connect_queues(back, layout, &what);
	if (err)
		goto out;
	back->connected = true;
	dev_info(&back->dev->dev, "connected: domain %d, %u queue%s of %u requests, %s\n",
		 back->dev->otherend_id, back->nr_queues, back->nr_queues == 1 ? "" : "s",
		 back->queues[0].ring.slots,
		 back->queues[0].data.pool.nr ? "pool ring" :
		 back->queues[0].data.persistent ? "persistent grants" : "grant copies");
out:
	kvfree(layout);
	if (err)
		xenbus_dev_fatal(back->dev, err, "%s, domain %d", what, back->dev->otherend_id);
	return err;
}

/**
 * blkback_disconnect() - stop the queues, unmap everything
 * @back: connected, partly or not at all
 *
 * Waits for as long as the device takes, without struct blkback's lock: only blkback_leave()'s
 * work calls it. What remains of the queues are their statistics, which the lock's holders may
 * read.
 */
void blkback_disconnect(struct blkback *back)
{
	unsigned int i;

	for (i = 0; i < back->nr_queues; i++)
		blkq_halt(&back->queues[i]);
	for (i = 0; i < back->nr_queues; i++)
		blkq_stop(&back->queues[i]);
	for (i = 0; i < back->nr_queues; i++)
		free_queue(&back->queues[i]);
}
