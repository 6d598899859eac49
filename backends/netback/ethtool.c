// SPDX-License-Identifier: GPL-2.0-only
/*
 * ethtool on a vif: the counters of each queue. tx: from the guest, rx: to it, as the protocol
 * names its rings.
 */
#include <linux/ethtool.h>

#include "netback.h"

#define COUNTER(name)                                     \
	{                                                 \
#name, offsetof(struct queue_stats, name) \
	}

static const struct {
	char name[24];
	unsigned int offset;
} counter[] = {
	COUNTER(tx_packets),     COUNTER(tx_bytes),        COUNTER(tx_dropped),
	COUNTER(tx_errors),      COUNTER(tx_pool_copies),  COUNTER(tx_grant_copies),
	COUNTER(tx_grant_calls), COUNTER(tx_notifies),     COUNTER(tx_gso_fixed),
	COUNTER(tx_polls),       COUNTER(tx_throttled),    COUNTER(rx_packets),
	COUNTER(rx_bytes),       COUNTER(rx_dropped),      COUNTER(rx_errors),
	COUNTER(rx_pool_copies), COUNTER(rx_grant_copies), COUNTER(rx_grant_calls),
	COUNTER(rx_notifies),    COUNTER(rx_held),         COUNTER(rx_drained),
	COUNTER(rx_stalls),      COUNTER(events),          COUNTER(spurious),
};

/* Per queue: the counters, then the pages of its pool. */
#define LINES (ARRAY_SIZE(counter) + 1)

static int vif_get_sset_count(struct net_device *dev, int set)
{
	struct vif *vif = netdev_priv(dev);

	return set == ETH_SS_STATS ? vif->nr_queues * LINES : -EOPNOTSUPP;
}

static void vif_get_strings(struct net_device *dev, u32 set, u8 *data)
{
	struct vif *vif = netdev_priv(dev);
	unsigned int i, k;

	if (set != ETH_SS_STATS)
		return;
	for (i = 0; i < vif->nr_queues; i++) {
		for (k = 0; k < ARRAY_SIZE(counter); k++)
			ethtool_sprintf(&data, "q%u_%s", i, counter[k].name);
		ethtool_sprintf(&data, "q%u_pool_pages", i);
	}
}

/* Under rtnl, which keeps the queues there. */
static void vif_get_ethtool_stats(struct net_device *dev, struct ethtool_stats *stats, u64 *data)
{
	struct vif *vif = netdev_priv(dev);
	unsigned int i, k;

	for (i = 0; i < vif->nr_queues; i++) {
		const u8 *base = (const u8 *)&vif->queue[i]->stats;

		for (k = 0; k < ARRAY_SIZE(counter); k++)
			*data++ = READ_ONCE(*(const u64 *)(base + counter[k].offset));
		*data++ = vif->queue[i]->pool_pages;
	}
}

static void vif_get_drvinfo(struct net_device *dev, struct ethtool_drvinfo *info)
{
	strscpy(info->driver, "shoji-netback", sizeof(info->driver));
	strscpy(info->bus_info, dev_name(dev->dev.parent), sizeof(info->bus_info));
}

static void vif_get_channels(struct net_device *dev, struct ethtool_channels *channels)
{
	struct vif *vif = netdev_priv(dev);

	channels->max_combined = netback_max_queues;
	channels->combined_count = vif->nr_queues;
}

const struct ethtool_ops vif_ethtool_ops = {
	.get_link = ethtool_op_get_link,
	.get_drvinfo = vif_get_drvinfo,
	.get_channels = vif_get_channels,
	.get_sset_count = vif_get_sset_count,
	.get_strings = vif_get_strings,
	.get_ethtool_stats = vif_get_ethtool_stats,
};
