// SPDX-License-Identifier: GPL-2.0-only
/*
 * Rings, pools and event channels: made for a backend and taken down again; and what the backend
 * says about its device. The caller holds struct blkfront's lock; may sleep.
 */
#include "blkfront.h"

#include <linux/module.h>
#include <linux/slab.h>
#include <xen/events.h>
#include <xen/platform_pci.h>

#include "common/transaction.h"

#define START_POOL_PAGES 32u  /* of a queue, before it is used */
#define LEAST_POOL_PAGES 128u /* that a queue may have, whatever pool_kib says */
#define MAX_PHYSICAL	 (1u << 20) /* bytes of a physical sector that are believed */

static unsigned int max_queues;
module_param(max_queues, uint, 0444);
MODULE_PARM_DESC(max_queues, "queues a disk may have (0: as many as CPUs, at most 16)");

static unsigned int max_ring_page_order = 4;
module_param(max_ring_page_order, uint, 0444);
MODULE_PARM_DESC(max_ring_page_order, "log2 of the pages of a ring, at most 4");

static unsigned int pool_kib = 8192;
module_param(pool_kib, uint, 0444);
MODULE_PARM_DESC(pool_kib,
		 "memory that a disk shares with its backend at most, KiB, for all its queues");

static bool pool_ring = true;
module_param(pool_ring, bool, 0444);
MODULE_PARM_DESC(pool_ring, "use the pool ring when the backend has it");

/* ---- what the backend can do ---- */

static unsigned int backend_number(struct blkfront *front, const char *key, unsigned int otherwise)
{
	return xenbus_read_unsigned(front->dev->otherend, key, otherwise);
}

static unsigned int choose_queues(struct blkfront *front)
{
	unsigned int nr = max_queues ?: num_online_cpus();

	/* Requests are distributed over as many as there were when the disk was made. */
	if (front->disk)
		nr = front->tags.nr_hw_queues;
	if (front->queues)
		nr = min(nr, front->nr_allocated);
	nr = min3(nr, BLKFRONT_MAX_QUEUES, backend_number(front, "multi-queue-max-queues", 1));
	return max(nr, 1u);
}

static unsigned int choose_order(struct blkfront *front)
{
	return min3(max_ring_page_order, (unsigned int)ilog2(BLKFRONT_MAX_RING_PAGES),
		    backend_number(front, "max-ring-page-order", 0));
}

static unsigned int choose_pool(struct blkfront *front, unsigned int nr_queues)
{
	unsigned int pages = max(pool_kib / 4 / nr_queues, LEAST_POOL_PAGES);

	return min(pages, front->features.pool ? backend_number(front, BLK_KEY_POOL_MAX, 0) :
						 POOL_MAX_BYTES / POOL_PAGE_BYTES);
}

/*
 * How much data a request may have: what the protocol carries and the pool holds when it has grown.
 * What it does not hold yet is sent in pieces.
 */
static void choose_max_pages(struct blkfront *front)
{
	struct features *f = &front->features;
	unsigned int i, pool = front->queues[0].pool.most;

	for (i = 1; i < front->nr_queues; i++)
		pool = min(pool, front->queues[i].pool.most);
	if (f->pool)
		f->max_pages = min(BLK_MAX_INDIRECT, pool);
	else if (f->max_indirect > BLK_SLOT_SEGMENTS)
		f->max_pages = min3(BLK_MAX_INDIRECT, f->max_indirect,
				    pool - DIV_ROUND_UP(BLK_MAX_INDIRECT, BLK_SEGMENTS_PER_PAGE));
	else
		f->max_pages = BLK_SLOT_SEGMENTS;
}

/* ---- a queue ---- */

static void free_queue(struct frontq *q)
{
	struct xenbus_device *dev = q->front->dev;
	void *ring = q->ring;

	if (q->irq > 0)
		unbind_from_irqhandler(q->irq, q);
	else if (q->port)
		xenbus_free_evtchn(dev, q->port);
	q->irq = 0;
	q->port = 0;
	timer_delete_sync(&q->bound);
	blkfront_stop_resize(q);
	if (ring)
		xenbus_teardown_ring(&ring, q->ring_pages, q->ring_refs);
	q->ring = NULL;
	blkpool_destroy(&q->pool);
}

static void free_queues(struct blkfront *front)
{
	unsigned int i;

	for (i = 0; i < front->nr_queues; i++)
		free_queue(&front->queues[i]);
}

/* A pool that may grow to @most pages, or has them all if its size cannot be changed. */
static int make_pool(struct frontq *q, unsigned int most)
{
	const struct features *f = &q->front->features;
	bool grows = f->resize || !f->pool;
	int err = blkpool_create(&q->pool, q->front->dev->otherend_id,
				 grows ? min(START_POOL_PAGES, most) : most, most, f->pool);

	if (!grows)
		q->pool.most = q->pool.nr;
	return err;
}

static int make_queue(struct frontq *q, unsigned int order, unsigned int pool_pages)
{
	struct xenbus_device *dev = q->front->dev;
	void *ring;
	int err;

	err = xenbus_setup_ring(dev, GFP_NOIO, &ring, 1u << order, q->ring_refs);
	if (err)
		return err;
	q->ring = ring;
	q->ring_pages = 1u << order;
	q->slots = ring_slots(PAGE_SIZE << order, BLK_SLOT_BYTES_64);
	ring_init(q->ring);
	blkfront_fresh_ring(q);
	err = make_pool(q, pool_pages);
	if (err) {
		xenbus_dev_fatal(dev, err, "granting a pool of %u pages", pool_pages);
		return err;
	}
	err = xenbus_alloc_evtchn(dev, &q->port);
	if (err)
		return err;
	err = bind_evtchn_to_irqhandler_lateeoi(q->port, blkfront_event, 0, "shoji-blkfront", q);
	if (err < 0) {
		xenbus_dev_fatal(dev, err, "binding an event channel");
		return err;
	}
	q->irq = err;
	return 0;
}

/* Once for the life of the vbd: a request that waits for a reconnection finds its queue there. */
static int alloc_queues(struct blkfront *front, unsigned int nr)
{
	unsigned int i;

	if (front->queues)
		return 0;
	front->queues = kvcalloc(nr, sizeof(*front->queues), GFP_NOIO);
	if (!front->queues) {
		xenbus_dev_fatal(front->dev, -ENOMEM, "allocating queues");
		return -ENOMEM;
	}
	front->nr_allocated = nr;
	for (i = 0; i < nr; i++)
		blkfront_init_queue(&front->queues[i], front);
	return 0;
}

static int make_queues(struct blkfront *front, unsigned int nr, unsigned int order)
{
	unsigned int i, pages = choose_pool(front, nr);
	int err;

	err = alloc_queues(front, nr);
	if (err)
		return err;
	front->nr_queues = nr;
	for (i = 0; i < nr; i++) {
		err = make_queue(&front->queues[i], order, pages);
		if (err)
			return err;
	}
	return 0;
}

/* Make @nr queues with rings of 2^@order pages and publish them. -ENOSPC: xenstore has no room. */
static int try_queues(struct blkfront *front, unsigned int nr, unsigned int order)
{
	int err = make_queues(front, nr, order);

	if (err)
		return err == -ENOSPC ? -ENOMEM : err; /* grants are short */
	err = blkfront_write_keys(front);
	if (err && err != -ENOSPC)
		xenbus_dev_fatal(front->dev, err, "writing to %s", front->dev->nodename);
	return err;
}

/*
 * Xenstore bounds how many nodes a guest has. With our backend the queues take one, with another
 * backend each queue has its own, and each page of a ring.
 */
static int within_quota(struct blkfront *front)
{
	unsigned int nr = choose_queues(front), order = choose_order(front);
	int err = try_queues(front, nr, order);

	if (err != -ENOSPC)
		return err;
	if (nr > 1 || order) {
		free_queues(front);
		err = try_queues(front, 1, 0);
		if (!err)
			dev_warn(&front->dev->dev, "one queue, one page of ring: %s\n",
				 TRANSACTION_QUOTA_ADVICE);
	}
	if (err == -ENOSPC)
		xenbus_dev_fatal(front->dev, err, TRANSACTION_QUOTA_ADVICE);
	return err;
}

/**
 * blkfront_offer() - make queues for this backend and publish them
 * @front: not connected
 *
 * May sleep. Return: 0, or a negative errno after the device was closed with a message; then
 * nothing is granted or bound.
 */
int blkfront_offer(struct blkfront *front)
{
	struct features *f = &front->features;
	int err;

	front->offered = true;
	/* One that is too small for a request is none. */
	f->pool = pool_ring && backend_number(front, BLK_KEY_POOL_MAX, 0) > BLK_SLOT_SEGMENTS;
	f->resize = f->pool && backend_number(front, BLK_KEY_POOL_RESIZE, 0);
	f->line = f->resize && backend_number(front, BLK_KEY_TAKES_LINE, 0);
	err = within_quota(front);
	if (err)
		blkfront_disconnect(front);
	return err;
}

/**
 * blkfront_stop_interrupts() - close the event channels and stop the timers
 * @front: paused; the caller holds its lock
 *
 * May sleep. No answer is looked at any more when this returns.
 */
void blkfront_stop_interrupts(struct blkfront *front)
{
	unsigned int i;

	for (i = 0; i < front->nr_queues; i++) {
		struct frontq *q = &front->queues[i];

		if (q->irq > 0)
			unbind_from_irqhandler(q->irq, q);
		q->irq = 0;
		q->port = 0; /* the channel was closed with it */
		timer_delete_sync(&q->bound); /* the queue is paused: it is not set again */
		blkfront_stop_resize(q);
	}
}

/**
 * blkfront_disconnect() - end interrupts and grants, and withdraw the keys
 * @front: paused, the pages of its pools unused; the caller holds its lock
 *
 * May sleep. Safe when nothing was made.
 */
void blkfront_disconnect(struct blkfront *front)
{
	free_queues(front);
	if (front->offered)
		blkfront_withdraw_keys(front);
	front->offered = false;
	front->connected = false;
}

/* ---- the device ---- */

static void read_features(struct blkfront *front)
{
	struct features *f = &front->features;

	f->flush = backend_number(front, "feature-flush-cache", 0) ? BLK_OP_FLUSH :
		   backend_number(front, "feature-barrier", 0)	   ? BLK_OP_WRITE_BARRIER :
								     0;
	f->discard = backend_number(front, "feature-discard", 0);
	f->discard_granularity = backend_number(front, "discard-granularity", 0);
	/* The block layer divides a discard by it, by shifting. */
	if (!is_power_of_2(f->discard_granularity) || f->discard_granularity < f->sector_size)
		f->discard_granularity = f->sector_size;
	f->discard_alignment =
		backend_number(front, "discard-alignment", 0) & (f->discard_granularity - 1);
	f->secure = f->discard && backend_number(front, "discard-secure", 0);
	f->zeroes = backend_number(front, BLK_KEY_WRITE_ZEROES, 0);
	f->max_indirect = backend_number(front, "feature-max-indirect-segments", 0);
	choose_max_pages(front);
}

/* The size in sectors; false when there is none, or one that is no number of bytes. */
static bool read_sectors(struct blkfront *front, u64 *sectors)
{
	return xenbus_scanf(XBT_NIL, front->dev->otherend, "sectors", "%llu", sectors) == 1 &&
	       *sectors <= S64_MAX >> SECTOR_SHIFT;
}

static bool sane_size(unsigned int size)
{
	return size >= BLK_SECTOR_BYTES && size <= POOL_PAGE_BYTES && is_power_of_2(size);
}

/**
 * blkfront_read_device() - read the device's properties, which the backend has published by now
 * @front: with its queues made
 *
 * May sleep. Return: 0, or -EINVAL after the device was closed with a message.
 */
int blkfront_read_device(struct blkfront *front)
{
	struct features *f = &front->features;

	if (!read_sectors(front, &f->sectors)) {
		xenbus_dev_fatal(front->dev, -EINVAL, "reading %s/sectors: no size of a disk",
				 front->dev->otherend);
		return -EINVAL;
	}
	f->info = backend_number(front, "info", 0);
	f->sector_size = backend_number(front, "sector-size", BLK_SECTOR_BYTES);
	f->physical_sector_size = backend_number(front, "physical-sector-size", f->sector_size);
	if (!sane_size(f->sector_size)) {
		xenbus_dev_fatal(front->dev, -EINVAL, "the backend's sector-size %u is not usable",
				 f->sector_size);
		return -EINVAL;
	}
	if (front->disk && queue_logical_block_size(front->disk->queue) < f->sector_size) {
		xenbus_dev_fatal(
			front->dev, -EINVAL,
			"the new backend has sectors of %u bytes, the disk has blocks of %u",
			f->sector_size, queue_logical_block_size(front->disk->queue));
		return -EINVAL;
	}
	if (f->physical_sector_size < f->sector_size || f->physical_sector_size > MAX_PHYSICAL ||
	    !is_power_of_2(f->physical_sector_size))
		f->physical_sector_size = f->sector_size;
	read_features(front);
	return 0;
}

/**
 * blkfront_read_size() - take over the size of the device, if it has changed
 * @front: connected; the caller holds its lock
 *
 * May sleep.
 */
void blkfront_read_size(struct blkfront *front)
{
	u64 sectors;

	if (!front->disk || !read_sectors(front, &sectors) || sectors == front->features.sectors)
		return;
	front->features.sectors = sectors;
	set_capacity_and_notify(front->disk, sectors);
	dev_info(&front->dev->dev, "%s has %llu sectors now\n", front->vdev.name, sectors);
}
