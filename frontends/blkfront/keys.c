// SPDX-License-Identifier: GPL-2.0-only
/*
 * A vbd's queues, published to the backend in xenstore and withdrawn again. Our backend reads them
 * in one line (ABI.md 18.1). A stock backend, and one of ours that does not know the line, reads
 * the keys of the stock protocol, with those of the pool beside them. The caller holds struct
 * blkfront's lock; may sleep.
 */
#include "blkfront.h"

#include <linux/slab.h>

#include "common/number_line.h"
#include "common/transaction.h"

#define LINE_BYTES 2048 /* more is beyond xenstore's default for one node */

/* ---- one line ---- */

static void describe(struct blkfront *front, struct number_line *line)
{
	unsigned int i, j;

	number_line_add(line, front->nr_queues);
	number_line_add(line, ilog2(front->queues[0].ring_pages));
	number_line_add(line, front->queues[0].pool.most);
	for (i = 0; i < front->nr_queues; i++) {
		struct frontq *q = &front->queues[i];

		number_line_add(line, q->port);
		for (j = 0; j < q->ring_pages; j++)
			number_line_add(line, q->ring_refs[j]);
		for (j = 0; j < q->pool.nr_dir; j++)
			number_line_add(line, q->pool.dir_refs[j]);
	}
}

static int write_line(struct blkfront *front)
{
	char *text = kmalloc(LINE_BYTES, GFP_NOIO);
	struct number_line line;
	int err = -ENOSPC;

	if (!text)
		return -ENOMEM;
	number_line_begin(&line, text, LINE_BYTES);
	describe(front, &line);
	if (!line.full)
		err = xenbus_write(XBT_NIL, front->dev->nodename, BLK_KEY_QUEUE_LINE, text);
	kfree(text);
	return err;
}

/* ---- keys ---- */

static int write_ring_refs(struct frontq *q, struct xenbus_transaction xbt, const char *dir,
			   unsigned int pages)
{
	unsigned int i;
	char key[20];
	int err = 0;

	if (pages == 1)
		return xenbus_printf(xbt, dir, "ring-ref", "%u", q->ring_refs[0]);
	for (i = 0; i < pages && !err; i++) {
		snprintf(key, sizeof(key), "ring-ref%u", i);
		err = xenbus_printf(xbt, dir, key, "%u", q->ring_refs[i]);
	}
	return err;
}

static int write_pool(struct frontq *q, struct xenbus_transaction xbt, const char *dir)
{
	unsigned int i;
	char key[20];
	int err;

	/* An earlier backend may have had both. */
	if (!q->front->features.resize)
		xenbus_rm(xbt, dir, BLK_KEY_POOL_RESIZE);
	if (!q->pool.nr_dir) {
		xenbus_rm(xbt, dir, BLK_KEY_POOL_PAGES);
		return 0;
	}
	err = xenbus_printf(xbt, dir, BLK_KEY_POOL_PAGES, "%u", q->pool.most);
	if (!err && q->front->features.resize)
		err = xenbus_printf(xbt, dir, BLK_KEY_POOL_RESIZE, "1");
	for (i = 0; i < q->pool.nr_dir && !err; i++) {
		snprintf(key, sizeof(key), BLK_KEY_POOL_DIR, i);
		err = xenbus_printf(xbt, dir, key, "%u", q->pool.dir_refs[i]);
	}
	return err;
}

static int write_queue(struct frontq *q, struct xenbus_transaction xbt, const char *dir,
		       unsigned int pages)
{
	int err = write_ring_refs(q, xbt, dir, pages);

	if (!err)
		err = xenbus_printf(xbt, dir, "event-channel", "%u", q->port);
	if (!err)
		err = write_pool(q, xbt, dir);
	return err;
}

/*
 * How many pages the rings have. For one page there must be no such key, not even an old one: a
 * backend looks for ring-ref0 where there is one, and for ring-ref where there is none.
 */
static int write_order(struct xenbus_transaction xbt, const char *node, unsigned int order)
{
	if (order)
		return xenbus_printf(xbt, node, "ring-page-order", "%u", order);
	xenbus_rm(xbt, node, "ring-page-order");
	return 0;
}

static int write_all(struct xenbus_transaction xbt, void *data)
{
	struct blkfront *front = data;
	const char *node = front->dev->nodename;
	unsigned int i, order = ilog2(front->queues[0].ring_pages);
	int err = write_order(xbt, node, order);
	char *dir;

	/* Of a frontend before us: we count 512 bytes. */
	xenbus_rm(xbt, node, BLK_KEY_LARGE_SECTORS);
	if (!err)
		err = xenbus_printf(xbt, node, "protocol", "%s", BLK_PROTO_64);
	if (!err)
		err = xenbus_printf(xbt, node, "feature-persistent", "1");
	if (!err)
		err = xenbus_printf(xbt, node, "multi-queue-num-queues", "%u", front->nr_queues);
	if (front->nr_queues == 1)
		return err ?: write_queue(&front->queues[0], xbt, node, 1u << order);
	for (i = 0; i < front->nr_queues && !err; i++) {
		dir = kasprintf(GFP_NOIO, "%s/queue-%u", node, i);
		err = dir ? write_queue(&front->queues[i], xbt, dir, 1u << order) : -ENOMEM;
		kfree(dir);
	}
	return err;
}

/**
 * blkfront_write_keys() - publish the queues
 * @front: with its queues made, not connected; the caller holds its lock
 *
 * Keys of an earlier connection that would mislead the backend are removed. May sleep. Return: 0,
 * -ENOSPC when the quota of xenstore allows the guest no more, or another negative errno.
 */
int blkfront_write_keys(struct blkfront *front)
{
	if (front->features.line)
		return write_line(front);
	return transaction_run(write_all, front);
}

/**
 * blkfront_withdraw_keys() - remove what a frontend after this one would not remove
 * @front: with its queues freed; the caller holds its lock
 *
 * It may know less, and a backend that knows more would believe what it finds. May sleep.
 */
void blkfront_withdraw_keys(struct blkfront *front)
{
	const char *node = front->dev->nodename;
	unsigned int i;
	char key[20];

	if (front->features.line) {
		xenbus_rm(XBT_NIL, node, BLK_KEY_QUEUE_LINE);
		return;
	}
	xenbus_rm(XBT_NIL, node, "ring-page-order");
	xenbus_rm(XBT_NIL, node, "multi-queue-num-queues");
	for (i = 0; i < front->nr_queues && front->nr_queues > 1; i++) {
		snprintf(key, sizeof(key), "queue-%u", i);
		xenbus_rm(XBT_NIL, node, key);
	}
	if (!front->features.pool)
		return;
	xenbus_rm(XBT_NIL, node, BLK_KEY_POOL_PAGES);
	xenbus_rm(XBT_NIL, node, BLK_KEY_POOL_RESIZE);
}
