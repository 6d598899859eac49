// SPDX-License-Identifier: GPL-2.0-only
/*
 * ethtool on the guest's device: the counters of each queue (-S), the number of queues (-l, -L),
 * the window of the event index (-c, -C), the hash (-x, -X). All under rtnl.
 */
#include "netfront.h"

#include <linux/ethtool.h>

#include "common/compat.h"
#include "common/net_counters.h"

#define COUNTER(name) NET_COUNTER(stats, name)

static const struct net_counter counter[] = {
	COUNTER(tx_packets),     COUNTER(tx_bytes),        COUNTER(tx_dropped),
	COUNTER(tx_notifies),    COUNTER(tx_stops),        COUNTER(rx_packets),
	COUNTER(rx_bytes),       COUNTER(rx_dropped),      COUNTER(rx_errors),
	COUNTER(rx_gso_fixed),   COUNTER(rx_hashes),       COUNTER(rx_polls),
	COUNTER(rx_notifies),    NET_COUNTER(ev, events),  NET_COUNTER(ev, spurious),
	{"rx_windows", offsetof(struct queue, rx.window.windows)},
	{"rx_timeouts", offsetof(struct queue, rx.window.timeouts)},
	{"pooled", offsetof(struct queue, pooled)},
};

static int netfront_get_sset_count(struct net_device *dev, int set)
{
	struct netfront *nf = netdev_priv(dev);

	return set == ETH_SS_STATS ? nf->queues.nr * ARRAY_SIZE(counter) : -EOPNOTSUPP;
}

static void netfront_get_strings(struct net_device *dev, u32 set, u8 *data)
{
	struct netfront *nf = netdev_priv(dev);

	if (set == ETH_SS_STATS)
		net_counters_names(data, counter, ARRAY_SIZE(counter), nf->queues.nr);
}

/* Under rtnl, which keeps the queues there. */
static void netfront_get_ethtool_stats(struct net_device *dev, struct ethtool_stats *stats,
				       u64 *data)
{
	struct netfront *nf = netdev_priv(dev);
	unsigned int i;

	for (i = 0; i < nf->queues.nr; i++)
		data = net_counters_read(data, counter, ARRAY_SIZE(counter), nf->queues.queue[i]);
}

static void netfront_get_drvinfo(struct net_device *dev, struct ethtool_drvinfo *info)
{
	strscpy(info->driver, "shoji-netfront", sizeof(info->driver));
	strscpy(info->bus_info, dev_name(dev->dev.parent), sizeof(info->bus_info));
}

static void netfront_get_channels(struct net_device *dev, struct ethtool_channels *channels)
{
	struct netfront *nf = netdev_priv(dev);

	channels->max_combined = min(netfront_max_queues, max(nf->back_queues, 1U));
	channels->combined_count = nf->queues.nr ?: netfront_choose_queues(nf);
}

/*
 * Another number of queues means other rings, and those are agreed on when connecting: the device
 * connects anew, in the background, and its link is down meanwhile. Under rtnl.
 */
static int netfront_set_channels(struct net_device *dev, struct ethtool_channels *channels)
{
	struct netfront *nf = netdev_priv(dev);

	nf->wanted = channels->combined_count;
	if (nf->connected && netfront_choose_queues(nf) != nf->chosen)
		schedule_work(&nf->again_work);
	return 0;
}

static int netfront_get_coalesce(struct net_device *dev, struct ethtool_coalesce *answer,
				 struct kernel_ethtool_coalesce *more, struct netlink_ext_ack *why)
{
	struct netfront *nf = netdev_priv(dev);

	net_window_get(&nf->limits, answer);
	return 0;
}

static int netfront_set_coalesce(struct net_device *dev, struct ethtool_coalesce *wish,
				 struct kernel_ethtool_coalesce *more, struct netlink_ext_ack *why)
{
	struct netfront *nf = netdev_priv(dev);

	return net_window_set(&nf->limits, wish);
}

static u32 netfront_table_size(struct net_device *dev)
{
	return RSS_TABLE;
}

static u32 netfront_key_size(struct net_device *dev)
{
	return RSS_KEY;
}

static int set_hash(struct netfront *nf, const u32 *table, const u8 *key, u8 function)
{
	int err = rss_write(nf, table, key, function);

	/* netfront_quiet() ends the work after that; connecting tells it all the same. */
	if (!err && nf->connected)
		offer_begin(nf);
	return err;
}

static int get_rxfh(struct net_device *dev, struct ethtool_rxfh_param *param)
{
	rss_read(netdev_priv(dev), param->indir, param->key);
	param->hfunc = ETH_RSS_HASH_TOP;
	return 0;
}

static int set_rxfh(struct net_device *dev, struct ethtool_rxfh_param *param)
{
	return set_hash(netdev_priv(dev), param->indir, param->key, param->hfunc);
}

COMPAT_RXFH(netfront_get_rxfh, get_rxfh, netfront_set_rxfh, set_rxfh)

static int netfront_get_rxnfc(struct net_device *dev, struct ethtool_rxnfc *info, u32 *rules)
{
	struct netfront *nf = netdev_priv(dev);

	if (info->cmd != ETHTOOL_GRXRINGS)
		return -EOPNOTSUPP;
	info->data = nf->queues.nr;
	return 0;
}

const struct ethtool_ops netfront_ethtool_ops = {
	.supported_coalesce_params = NET_WINDOW_PARAMS,
	.get_coalesce = netfront_get_coalesce,
	.set_coalesce = netfront_set_coalesce,
	.get_link = ethtool_op_get_link,
	.get_drvinfo = netfront_get_drvinfo,
	.get_channels = netfront_get_channels,
	.set_channels = netfront_set_channels,
	.get_rxfh_indir_size = netfront_table_size,
	.get_rxfh_key_size = netfront_key_size,
	.get_rxfh = netfront_get_rxfh,
	.set_rxfh = netfront_set_rxfh,
	.get_rxnfc = netfront_get_rxnfc,
	.get_sset_count = netfront_get_sset_count,
	.get_strings = netfront_get_strings,
	.get_ethtool_stats = netfront_get_ethtool_stats,
};
