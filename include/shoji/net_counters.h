/* SPDX-License-Identifier: GPL-2.0-only */
/* `ethtool -S`: a table of a queue's counters, shown for each queue as qN_NAME. */
#ifndef SHOJI_NET_COUNTERS_H
#define SHOJI_NET_COUNTERS_H

#include <linux/ethtool.h>

struct net_counter {
	char name[24];
	unsigned int offset; /* of a u64 in the queue */
};

/* @member of the queue's @part. */
#define NET_COUNTER(part, member)                            \
	{                                                    \
#member, offsetof(struct queue, part.member) \
	}

static inline void net_counters_names(u8 *data, const struct net_counter *counter, unsigned int nr,
				      unsigned int queues)
{
	unsigned int i, k;

	for (i = 0; i < queues; i++)
		for (k = 0; k < nr; k++)
			ethtool_sprintf(&data, "q%u_%s", i, counter[k].name);
}

/* One queue's values; returns where the next one's go. */
static inline u64 *net_counters_read(u64 *data, const struct net_counter *counter, unsigned int nr,
				     const void *queue)
{
	unsigned int k;

	for (k = 0; k < nr; k++)
		*data++ = READ_ONCE(*(const u64 *)((const u8 *)queue + counter[k].offset));
	return data;
}

#endif
