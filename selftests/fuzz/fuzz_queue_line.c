/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The queue-line of a guest's block or network frontend. Claims: what is taken is within its
 * limits, and written again it is the same text.
 */
/* sources: common/number_line.c backends/blkback/layout_line.c backends/netback/queue_line.c */
#include "../../backends/blkback/layout.h"
#include "../../backends/netback/queue_line.h"
#include "../../common/number_line.h"

#include "quiet.h"

static const struct blk_layout_limits limits = {.queues = 3, .order = 2, .pool_pages = 1500};
static char again[4096];

static void check_block(const struct blk_layout *layout, const char *text)
{
	struct number_line line;
	uint32_t i, j, pages = layout->queue[0].pool_pages;

	CLAIM(layout->nr_queues >= 1 && layout->nr_queues <= limits.queues);
	CLAIM(layout->ring_pages >= 1 && layout->ring_pages <= 1u << limits.order);
	CLAIM(pages >= 1 && pages <= limits.pool_pages);
	number_line_begin(&line, again, sizeof(again));
	number_line_add(&line, layout->nr_queues);
	number_line_add(&line, (uint32_t)__builtin_ctz(layout->ring_pages));
	number_line_add(&line, pages);
	for (i = 0; i < layout->nr_queues; i++) {
		number_line_add(&line, layout->queue[i].port);
		for (j = 0; j < layout->ring_pages; j++)
			number_line_add(&line, layout->queue[i].ring_refs[j]);
		for (j = 0; j * POOL_DIR_ENTRIES < pages; j++)
			number_line_add(&line, layout->queue[i].pool_dir[j]);
	}
	CLAIM(!strcmp(again, text));
}

static void check_net(const struct vif_queue_keys *queue, uint32_t nr, const char *text)
{
	struct number_line line;
	uint32_t i;

	number_line_begin(&line, again, sizeof(again));
	for (i = 0; i < nr; i++) {
		number_line_add(&line, queue[i].tx_ref);
		number_line_add(&line, queue[i].rx_ref);
		number_line_add(&line, queue[i].tx_port);
		number_line_add(&line, queue[i].rx_port);
	}
	CLAIM(!strcmp(again, text));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct blk_layout layout;
	struct vif_queue_keys queue[2];
	char *text = malloc(size + 1);

	memcpy(text, data, size);
	text[size] = '\0';
	if (blk_layout_parse(&layout, text, &limits))
		check_block(&layout, text);
	for (uint32_t nr = 1; nr <= 2; nr++)
		if (vif_parse_line(queue, nr, text))
			check_net(queue, nr, text);
	free(text);
	return 0;
}
