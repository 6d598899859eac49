// SPDX-License-Identifier: GPL-2.0-only
/* The line in which a frontend of ours describes all its queues (ABI.md 18.1). */
#include "layout.h"

#include "common/number_line.h"

/* References of grants. 0 is never a frontend's: in a directory it means no page. */
static bool read_refs(struct number_reader *reader, uint32_t *refs, uint32_t nr)
{
	uint32_t i;

	for (i = 0; i < nr; i++)
		if (!number_reader_next(reader, 1, 0xffffffffu, &refs[i]))
			return false;
	return true;
}

/**
 * blk_layout_parse() - read a frontend's line
 * @layout: filled; not to be used after a failure
 * @line: what the frontend has written, with a 0 at its end
 * @limits: within the BLKBACK_MAX_* constants
 *
 * Return: whether the line is well-formed and within the limits.
 *
 * Context: any. Source: ABI.md 18.1.
 */
bool blk_layout_parse(struct blk_layout *layout, const char *line,
		      const struct blk_layout_limits *limits)
{
	struct number_reader reader;
	uint32_t i, order, pages;

	number_reader_begin(&reader, line);
	if (!number_reader_next(&reader, 1, limits->queues, &layout->nr_queues) ||
	    !number_reader_next(&reader, 0, limits->order, &order) ||
	    !number_reader_next(&reader, 1, limits->pool_pages, &pages))
		return false;
	layout->line = true;
	layout->ring_pages = 1u << order;
	for (i = 0; i < layout->nr_queues; i++) {
		struct blk_layout_queue *q = &layout->queue[i];

		q->pool_pages = pages;
		q->resizes = true;
		if (!number_reader_next(&reader, 1, BLK_MAX_PORT, &q->port) ||
		    !read_refs(&reader, q->ring_refs, layout->ring_pages) ||
		    !read_refs(&reader, q->pool_dir,
			       (pages + POOL_DIR_ENTRIES - 1) / POOL_DIR_ENTRIES))
			return false;
	}
	return number_reader_done(&reader);
}
