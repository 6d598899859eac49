// SPDX-License-Identifier: GPL-2.0-only
/*
 * `ethtool -S`: a table of a queue's counters, shown for each queue as qN_NAME.
 *
 * Context: under rtnl, which keeps the queues there. A counter has one writer and is a whole word,
 * so reading it takes no lock.
 */
#include "net_counters.h"

#include <linux/compiler.h>
#include <linux/ethtool.h>

/**
 * net_counters_names() - write the names of all queues' counters
 * @data: room for @nr names of ETH_GSTRING_LEN bytes for each queue
 * @counter: the table
 * @nr: entries of it
 * @queues: how many queues there are
 *
 * Context: under rtnl.
 */
void net_counters_names(u8 *data, const struct net_counter *counter, unsigned int nr,
			unsigned int queues)
{
	unsigned int i, k;

	for (i = 0; i < queues; i++)
		for (k = 0; k < nr; k++)
			ethtool_sprintf(&data, "q%u_%s", i, counter[k].name);
}

/**
 * net_counters_read() - read one queue's counters
 * @data: room for @nr values
 * @counter: the table
 * @nr: entries of it
 * @queue: the driver's struct queue, from whose beginning the offsets count
 *
 * Return: where the next queue's values go.
 *
 * Context: under rtnl.
 */
u64 *net_counters_read(u64 *data, const struct net_counter *counter, unsigned int nr,
		       const void *queue)
{
	unsigned int k;

	for (k = 0; k < nr; k++)
		*data++ = READ_ONCE(*(const u64 *)((const u8 *)queue + counter[k].offset));
	return data;
}
