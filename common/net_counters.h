/* SPDX-License-Identifier: GPL-2.0-only */
/* `ethtool -S`: a table of a queue's counters. See net_counters.c. */
#ifndef SHOJI_COMMON_NET_COUNTERS_H
#define SHOJI_COMMON_NET_COUNTERS_H

#include <linux/stddef.h>
#include <linux/types.h>

/**
 * struct net_counter - a counter that each queue has
 * @name: its name; shown as qN_NAME
 * @offset: bytes from the queue's beginning to the counter, a u64
 */
struct net_counter {
	char name[24];
	unsigned int offset;
};

/* @member of the queue's @part. */
#define NET_COUNTER(part, member)                            \
	{                                                    \
#member, offsetof(struct queue, part.member) \
	}

/* Write @nr names of ETH_GSTRING_LEN bytes for each of @queues queues. Under rtnl. */
void net_counters_names(u8 *data, const struct net_counter *counter, unsigned int nr,
			unsigned int queues);
/* Write the @nr values of one queue; returns where the next queue's go. Under rtnl. */
u64 *net_counters_read(u64 *data, const struct net_counter *counter, unsigned int nr,
		       const void *queue);

#endif
