// SPDX-License-Identifier: GPL-2.0-only
/*
 * Reading from xenstore how the frontend's queues lie: in one line, as our frontend describes them,
 * or in the keys of the stock protocol with ours beside them. The guest writes the frontend's
 * directory: every number is checked before use. The caller holds struct blkback's lock; may sleep.
 */
#include "blkback.h"

#include <linux/slab.h>

static bool read_ref(const char *dir, const char *key, grant_ref_t *ref)
{
	return xenbus_scanf(XBT_NIL, dir, key, "%u", ref) == 1;
}

/*
 * The ring's references are numbered where the frontend has said an order, be it 0; else there is
 * one. The other name may be there too, of a frontend before this one, and is looked at last.
 */
static int read_ring_refs(const char *dir, int order, grant_ref_t *refs)
{
	unsigned int i;
	char key[20];

	if (order <= 0)
		return read_ref(dir, order < 0 ? "ring-ref" : "ring-ref0", refs) ||
				       read_ref(dir, order < 0 ? "ring-ref0" : "ring-ref", refs)
			       ? 0
			       : -EINVAL;
	for (i = 0; i < 1u << order; i++) {
		snprintf(key, sizeof(key), "ring-ref%u", i);
		if (!read_ref(dir, key, &refs[i]))
			return -EINVAL;
	}
	return 0;
}

static int read_pool(struct blk_layout_queue *q, const char *dir, unsigned int most)
{
	unsigned int i;
	char key[20];

	q->pool_pages = xenbus_read_unsigned(dir, BLK_KEY_POOL_PAGES, 0);
	q->resizes = xenbus_read_unsigned(dir, BLK_KEY_POOL_RESIZE, 0);
	if (q->pool_pages > most)
		return -EINVAL;
	for (i = 0; i * POOL_DIR_ENTRIES < q->pool_pages; i++) {
		snprintf(key, sizeof(key), BLK_KEY_POOL_DIR, i);
		if (!read_ref(dir, key, &q->pool_dir[i]))
			return -EINVAL;
	}
	return 0;
}

/* @order: -1 where the frontend has not said one. */
static int read_queue(struct blkback *back, struct blk_layout_queue *q, const char *dir, int order,
		      const char **what)
{
	int err;

	*what = "reading ring-ref";
	err = read_ring_refs(dir, order, q->ring_refs);
	if (err)
		return err;
	*what = "reading the pool";
	err = read_pool(q, dir, back->pool_limit);
	if (err)
		return err;
	*what = "reading event-channel";
	return xenbus_scanf(XBT_NIL, dir, "event-channel", "%u", &q->port) == 1 ? 0 : -EINVAL;
}

/* log2 of the ring's pages; -1 where the frontend has not said it. */
static int read_order(const char *front)
{
	unsigned int order;

	if (xenbus_scanf(XBT_NIL, front, "ring-page-order", "%u", &order) != 1)
		return -1;
	return min_t(unsigned int, order, INT_MAX);
}

static int read_keys(struct blkback *back, struct blk_layout *layout, const char **what)
{
	const char *front = back->dev->otherend;
	int order = read_order(front), err = 0;
	unsigned int i;

	*what = "reading multi-queue-num-queues: not from 1 to multi-queue-max-queues";
	layout->nr_queues = xenbus_read_unsigned(front, "multi-queue-num-queues", 1);
	if (!layout->nr_queues || layout->nr_queues > back->queue_limit)
		return -EINVAL;
	*what = "reading ring-page-order: larger than max-ring-page-order";
	if (order > (int)back->order_limit)
		return -EINVAL;
	layout->ring_pages = order > 0 ? 1u << order : 1;
	for (i = 0; i < layout->nr_queues && !err; i++) {
		char *dir = layout->nr_queues == 1 ? kstrdup(front, GFP_KERNEL)
						   : kasprintf(GFP_KERNEL, "%s/queue-%u", front, i);

		err = dir ? read_queue(back, &layout->queue[i], dir, order, what) : -ENOMEM;
		kfree(dir);
	}
	return err;
}

/**
 * blkback_read_layout() - read what the frontend has published of its queues
 * @back: with its limits set; the caller holds its lock
 * @layout: zeroed
 * @what: set to what was read last, for the message of an error
 *
 * The line has precedence: keys beside it are of a frontend before this one. May sleep. Return: 0,
 * or a negative errno.
 */
int blkback_read_layout(struct blkback *back, struct blk_layout *layout, const char **what)
{
	const struct blk_layout_limits limits = {
		.queues = back->queue_limit,
		.order = back->order_limit,
		.pool_pages = back->pool_limit,
	};
	unsigned int length;
	char *line = xenbus_read(XBT_NIL, back->dev->otherend, BLK_KEY_QUEUE_LINE, &length);
	bool good;

	if (IS_ERR(line)) {
		*what = "reading " BLK_KEY_QUEUE_LINE;
		return PTR_ERR(line) == -ENOENT ? read_keys(back, layout, what) : PTR_ERR(line);
	}
	*what = "reading " BLK_KEY_QUEUE_LINE ": not well-formed, or beyond what was offered";
	good = strlen(line) == length && blk_layout_parse(layout, line, &limits);
	kfree(line);
	return good ? 0 : -EINVAL;
}
