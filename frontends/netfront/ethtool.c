// SPDX-License-Identifier: GPL-2.0-only
/* ethtool on the guest's device: the counters of each queue. */
#include <linux/ethtool.h>

#include "netfront.h"

#define COUNTER(name)                                     \
	{                                                 \
#name, offsetof(struct queue_stats, name) \
	}

static const struct {
	char name[24];
	unsigned int offset;
} counter[] = {
	COUNTER(tx_packets), COUNTER(tx_bytes),     COUNTER(tx_dropped), COUNTER(tx_notifies),
	COUNTER(tx_stops),   COUNTER(rx_packets),   COUNTER(rx_bytes),   COUNTER(rx_dropped),
	COUNTER(rx_errors),  COUNTER(rx_gso_fixed), COUNTER(rx_polls),   COUNTER(rx_notifies),
	COUNTER(events),     COUNTER(spurious),
};

/* Per queue: the counters, then whether its pages are the backend's pool. */
#define LINES (ARRAY_SIZE(counter) + 1)

static int netfront_get_sset_count(struct net_device *dev, int set)
{
	struct netfront *nf = netdev_priv(dev);

	return set == ETH_SS_STATS ? nf->nr_queues * LINES : -EOPNOTSUPP;
}

static void netfront_get_strings(struct net_device *dev, u32 set, u8 *data)
{
	struct netfront *nf = netdev_priv(dev);
	unsigned int i, k;

	if (set != ETH_SS_STATS)
		return;
	for (i = 0; i < nf->nr_queues; i++) {
		for (k = 0; k < ARRAY_SIZE(counter); k++)
			ethtool_sprintf(&data, "q%u_%s", i, counter[k].name);
		ethtool_sprintf(&data, "q%u_pooled", i);
	}
}

/* Under rtnl, which keeps the queues there. */
static void netfront_get_ethtool_stats(struct net_device *dev, struct ethtool_stats *stats,
				       u64 *data)
{
	struct netfront *nf = netdev_priv(dev);
	unsigned int i, k;

	for (i = 0; i < nf->nr_queues; i++) {
		const u8 *base = (const u8 *)&nf->queue[i]->stats;

		for (k = 0; k < ARRAY_SIZE(counter); k++)
			*data++ = READ_ONCE(*(const u64 *)(base + counter[k].offset));
		*data++ = nf->queue[i]->pooled;
	}
}

static void netfront_get_drvinfo(struct net_device *dev, struct ethtool_drvinfo *info)
{
	strscpy(info->driver, "shoji-netfront", sizeof(info->driver));
	strscpy(info->bus_info, dev_name(dev->dev.parent), sizeof(info->bus_info));
}

static void netfront_get_channels(struct net_device *dev, struct ethtool_channels *channels)
{
	struct netfront *nf = netdev_priv(dev);

	channels->max_combined = netfront_max_queues;
	channels->combined_count = nf->nr_queues;
}

const struct ethtool_ops netfront_ethtool_ops = {
	.get_link = ethtool_op_get_link,
	.get_drvinfo = netfront_get_drvinfo,
	.get_channels = netfront_get_channels,
	.get_sset_count = netfront_get_sset_count,
	.get_strings = netfront_get_strings,
	.get_ethtool_stats = netfront_get_ethtool_stats,
};
