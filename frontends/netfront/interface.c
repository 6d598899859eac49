// SPDX-License-Identifier: GPL-2.0-only
/*
 * The guest's network device. It lives from probe to remove; connections to a backend come and go
 * meanwhile. Its queues run while it is connected and up.
 */
#include "netfront.h"

#include <linux/etherdevice.h>
#include <linux/if_vlan.h>
#include <linux/rtnetlink.h>

#include "common/compat.h"

/**
 * netfront_start_queues() - let the queues run, if the device is connected, up and not broken
 * @nf: the device; nothing is done where they run already
 *
 * Context: process, under rtnl.
 */
void netfront_start_queues(struct netfront *nf)
{
	unsigned int i;

	if (nf->started || !nf->connected || netfront_is_broken(nf) || !netif_running(nf->dev))
		return;
	/* Before the first poll, which shows what the stopped queues left in a ring. */
	WRITE_ONCE(nf->started, true);
	for (i = 0; i < nf->queues.nr; i++)
		queue_start(nf->queues.queue[i]);
	netif_tx_start_all_queues(nf->dev);
	mcast_changed(nf->dev);
}

/**
 * netfront_stop_queues() - let the queues run no more
 * @nf: the device; nothing is done where they do not run
 *
 * Context: process, under rtnl; sleeps.
 */
void netfront_stop_queues(struct netfront *nf)
{
	unsigned int i;

	if (!nf->started)
		return;
	WRITE_ONCE(nf->started, false);
	netif_tx_disable(nf->dev); /* no CPU is in ndo_start_xmit any more */
	for (i = 0; i < nf->queues.nr; i++)
		queue_stop(nf->queues.queue[i]);
}

static int netfront_open(struct net_device *dev)
{
	netfront_start_queues(netdev_priv(dev));
	return 0;
}

static int netfront_close(struct net_device *dev)
{
	netfront_stop_queues(netdev_priv(dev));
	return 0;
}

static int netfront_change_mtu(struct net_device *dev, int mtu)
{
	struct netfront *nf = netdev_priv(dev);

	/* A backend without scatter-gather takes one page a packet. */
	if (!nf->peer.sg && mtu > ETH_DATA_LEN)
		return -EINVAL;
	WRITE_ONCE(dev->mtu, mtu);
	return 0;
}

/* Only what the backend takes. */
static netdev_features_t netfront_fix_features(struct net_device *dev, netdev_features_t features)
{
	struct netfront *nf = netdev_priv(dev);

	return net_peer_fix(&nf->peer, features);
}

static u16 netfront_select_queue(struct net_device *dev, struct sk_buff *skb,
				 struct net_device *from)
{
	return dev->real_num_tx_queues == 1
		       ? 0
		       : netdev_pick_tx(dev, skb, NULL) % dev->real_num_tx_queues;
}

static void add_stats(const struct queue *q, struct rtnl_link_stats64 *sum)
{
	const struct queue_stats *s = &q->stats;

	sum->rx_packets += s->rx_packets;
	sum->rx_bytes += s->rx_bytes;
	sum->rx_dropped += s->rx_dropped;
	sum->rx_errors += s->rx_errors;
	sum->tx_packets += s->tx_packets;
	sum->tx_bytes += s->tx_bytes;
	sum->tx_dropped += s->tx_dropped;
}

static const struct net_queues_ops queues_ops = {
	.destroy = queue_destroy,
	.add_stats = add_stats,
};

static void netfront_get_stats64(struct net_device *dev, struct rtnl_link_stats64 *sum)
{
	struct netfront *nf = netdev_priv(dev);

	net_queues_sum(&nf->queues, sum);
	sum->tx_dropped += dev->stats.tx_dropped;
}

static const struct net_device_ops netfront_ops = {
	.ndo_open = netfront_open,
	.ndo_stop = netfront_close,
	.ndo_start_xmit = tx_start_xmit,
	.ndo_select_queue = netfront_select_queue,
	.ndo_change_mtu = netfront_change_mtu,
	.ndo_fix_features = netfront_fix_features,
	.ndo_get_stats64 = netfront_get_stats64,
	.ndo_set_mac_address = eth_mac_addr,
	.ndo_set_rx_mode = mcast_changed,
	.ndo_validate_addr = eth_validate_addr,
};

static int read_mac(struct xenbus_device *xdev, u8 *mac)
{
	char *text = xenbus_read(XBT_NIL, xdev->nodename, "mac", NULL);
	bool good;

	if (IS_ERR(text))
		return PTR_ERR(text);
	good = mac_pton(text, mac) && is_valid_ether_addr(mac);
	kfree(text);
	return good ? 0 : -EINVAL;
}

/**
 * netfront_create() - make and register the network device, carrier off
 * @xdev: the device in xenstore
 *
 * Return: it, or an ERR_PTR that was told to the toolstack.
 *
 * Context: process, without rtnl.
 */
struct netfront *netfront_create(struct xenbus_device *xdev)
{
	struct net_device *dev;
	struct netfront *nf;
	u8 mac[ETH_ALEN];
	int err;

	err = read_mac(xdev, mac);
	if (err) {
		xenbus_dev_fatal(xdev, err, "reading %s/mac", xdev->nodename);
		return ERR_PTR(err);
	}
	dev = alloc_etherdev_mqs(sizeof(*nf), netfront_max_queues, netfront_max_queues);
	if (!dev)
		return ERR_PTR(-ENOMEM);
	SET_NETDEV_DEV(dev, &xdev->dev);
	nf = netdev_priv(dev);
	nf->dev = dev;
	nf->xdev = xdev;
	net_queues_init(&nf->queues, &queues_ops);
	ratelimit_state_init(&nf->complaints, 10 * HZ, 20);
	nf->limits = (struct net_window_limits)NET_WINDOW_LIMITS;
	nf->peer = NET_PEER_UNKNOWN;
	rss_init(nf);
	offer_init(nf);
	mcast_init(nf);
	eth_hw_addr_set(dev, mac);
	dev->netdev_ops = &netfront_ops;
	dev->ethtool_ops = &netfront_ethtool_ops;
	dev->hw_features = NETIF_F_SG | NETIF_F_FRAGLIST | NETIF_F_IP_CSUM | NETIF_F_IPV6_CSUM |
			   NETIF_F_TSO | NETIF_F_TSO6 | NETIF_F_RXCSUM | NETIF_F_RXHASH;
	dev->features = dev->hw_features;
	dev->min_mtu = ETH_MIN_MTU;
	dev->max_mtu = XEN_NETIF_MAX_TX_SIZE - VLAN_ETH_HLEN;
	netif_set_tso_max_size(dev, XEN_NETIF_MAX_TX_SIZE);
	netif_carrier_off(dev);
	err = register_netdev(dev);
	if (err) {
		mcast_end(nf);
		free_netdev(dev);
		xenbus_dev_fatal(xdev, err, "registering the network device");
		return ERR_PTR(err);
	}
	return nf;
}

/**
 * netfront_destroy() - remove the network device
 * @nf: the device, disconnected
 *
 * Context: process, without rtnl.
 */
void netfront_destroy(struct netfront *nf)
{
	unregister_netdev(nf->dev);
	mcast_end(nf);
	free_netdev(nf->dev);
}
