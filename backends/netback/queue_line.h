/* SPDX-License-Identifier: GPL-2.0-only */
/* What a frontend publishes of each queue, and the line in which ours does it. Pure. */
#ifndef SHOJI_NETBACK_QUEUE_LINE_H
#define SHOJI_NETBACK_QUEUE_LINE_H

#include "include/xen/io/netif.h"

struct vif_queue_keys {
	uint32_t tx_ref, rx_ref;   /* grants of the rings */
	uint32_t tx_port, rx_port; /* event channels; equal: one for both rings */
};

/*
 * Read the value of NETIF_KEY_QUEUE_LINE, which describes exactly @nr queues, into @queue. False
 * when it does not; then @queue must not be used.
 */
bool vif_parse_line(struct vif_queue_keys *queue, uint32_t nr, const char *line);

#endif
