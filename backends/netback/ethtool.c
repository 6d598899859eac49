// SPDX-License-Identifier: GPL-2.0-only
/*
 * ethtool on a vif: the counters of each queue (-S), the number of queues (-l, -L), the window of
 * the event index (-c, -C). All under rtnl.
 *
 * Counters are named as the protocol names its rings: tx is from the guest, rx is to the guest.
 * rx-frames and rx-usecs of -C are ethtool's words, in which the vif receives what the guest sends.
 */
#include "netback.h"

#include <linux/ethtool.h>

#include "common/net_counters.h"

#define COUNTER(name) NET_COUNTER(stats, name)

static const struct net_counter counter[] = {
	COUNTER(tx_packets),       COUNTER(tx_bytes),
	COUNTER(tx_dropped),       COUNTER(tx_errors),
	COUNTER(tx_pool_copies),   COUNTER(tx_grant_copies),
	COUNTER(tx_grant_calls),   COUNTER(tx_notifies),
	COUNTER(tx_gso_fixed),     COUNTER(tx_polls),
	COUNTER(tx_throttled),     COUNTER(rx_packets),
	COUNTER(rx_bytes),         COUNTER(rx_dropped),
	COUNTER(rx_errors),        COUNTER(rx_pool_copies),
	COUNTER(rx_grant_copies),  COUNTER(rx_grant_calls),
	COUNTER(rx_notifies),      COUNTER(rx_parked),
	COUNTER(rx_drained),       COUNTER(rx_stalls),
	NET_COUNTER(ev, events),   NET_COUNTER(ev, spurious),
	{"tx_windows", offsetof(struct queue, tx.window.windows)},
	{"tx_timeouts", offsetof(struct queue, tx.window.timeouts)},
	{"pool_pages", offsetof(struct queue, pool_pages)},
};

static int vif_get_sset_count(struct net_device *dev, int set)
{
	struct vif *vif = netdev_priv(dev);

	return set == ETH_SS_STATS ? vif->queues.nr * ARRAY_SIZE(counter) : -EOPNOTSUPP;
}

static void vif_get_strings(struct net_device *dev, u32 set, u8 *data)
{
	struct vif *vif = netdev_priv(dev);

	if (set == ETH_SS_STATS)
		net_counters_names(data, counter, ARRAY_SIZE(counter), vif->queues.nr);
}

/* Under rtnl, which keeps the queues there. */
static void vif_get_ethtool_stats(struct net_device *dev, struct ethtool_stats *stats, u64 *data)
{
	struct vif *vif = netdev_priv(dev);
	unsigned int i;

	for (i = 0; i < vif->queues.nr; i++)
		data = net_counters_read(data, counter, ARRAY_SIZE(counter), vif->queues.queue[i]);
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
	channels->combined_count = vif->queues.nr ?: vif->max_queues;
}

/*
 * The queues are the frontend's: it is told of the new limit. Ours connects anew at once; any other
 * heeds it when it connects the next time, which is not what was asked for. Under rtnl.
 */
static int vif_set_channels(struct net_device *dev, struct ethtool_channels *channels)
{
	struct vif *vif = netdev_priv(dev);
	unsigned int n = channels->combined_count;
	int err;

	if (vif->connected && !vif->requeues)
		return -EOPNOTSUPP;
	err = xenbus_printf(XBT_NIL, vif->xdev->nodename, "multi-queue-max-queues", "%u", n);
	if (!err)
		vif->max_queues = n;
	return err;
}

static int vif_get_coalesce(struct net_device *dev, struct ethtool_coalesce *answer,
			    struct kernel_ethtool_coalesce *more, struct netlink_ext_ack *why)
{
	struct vif *vif = netdev_priv(dev);

	net_window_get(&vif->limits, answer);
	return 0;
}

static int vif_set_coalesce(struct net_device *dev, struct ethtool_coalesce *wish,
			    struct kernel_ethtool_coalesce *more, struct netlink_ext_ack *why)
{
	struct vif *vif = netdev_priv(dev);

	return net_window_set(&vif->limits, wish);
}

const struct ethtool_ops vif_ethtool_ops = {
	.supported_coalesce_params = NET_WINDOW_PARAMS,
	.get_coalesce = vif_get_coalesce,
	.set_coalesce = vif_set_coalesce,
	.get_link = ethtool_op_get_link,
	.get_drvinfo = vif_get_drvinfo,
	.get_channels = vif_get_channels,
	.set_channels = vif_set_channels,
	.get_sset_count = vif_get_sset_count,
	.get_strings = vif_get_strings,
	.get_ethtool_stats = vif_get_ethtool_stats,
};
