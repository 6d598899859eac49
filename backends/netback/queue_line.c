// SPDX-License-Identifier: GPL-2.0-only
/* The line in which a frontend of ours describes all its queues (ABI.md 18.4). */
#include "queue_line.h"

#include "common/number_line.h"

/**
 * vif_parse_line() - read a frontend's line
 * @queue: room for @nr queues; not to be used after a failure
 * @nr: how many the frontend says that it has
 * @line: what it has written, with a 0 at its end
 *
 * Return: whether the line describes @nr queues, and has nothing else.
 *
 * Context: any. Source: ABI.md 18.4.
 */
bool vif_parse_line(struct vif_queue_keys *queue, uint32_t nr, const char *line)
{
	struct number_reader reader;
	uint32_t i;

	number_reader_begin(&reader, line);
	for (i = 0; i < nr; i++) {
		struct vif_queue_keys *q = &queue[i];

		if (!number_reader_next(&reader, 1, 0xffffffffu, &q->tx_ref) ||
		    !number_reader_next(&reader, 1, 0xffffffffu, &q->rx_ref) ||
		    !number_reader_next(&reader, 1, NETIF_MAX_PORT, &q->tx_port) ||
		    !number_reader_next(&reader, 1, NETIF_MAX_PORT, &q->rx_port))
			return false;
	}
	return number_reader_done(&reader);
}
