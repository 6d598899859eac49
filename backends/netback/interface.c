// SPDX-License-Identifier: GPL-2.0-only
/*
 * The vif as a network device of Domain-0: vifDOMAIN.HANDLE. It is created when the toolstack
 * adds the device and lives until it is removed; frontends connect and disconnect meanwhile. Its
 * queues run while it is connected and up.
 */
#include "netback.h"

#include <linux/etherdevice.h>
#include <linux/if_vlan.h>
#include <linux/rtnetlink.h>

#define VIF_TX_QUEUE_LEN 32 /* packets above a queue that is stopped: 2 MiB at most */

/**
 * vif_start_queues() - let the queues run, if the vif is connected, up and not broken
 * @vif: the device; nothing is done where they run already
 *
 * Context: process, under rtnl.
 */
void vif_start_queues(struct vif *vif)
{
	unsigned int i;

	if (vif->started || !vif->connected || vif_is_broken(vif) || !netif_running(vif->dev))
		return;
	for (i = 0; i < vif->queues.nr; i++)
		queue_start(vif->queues.queue[i]);
	netif_tx_start_all_queues(vif->dev);
	vif->started = true;
}

/**
 * vif_stop_queues() - let the queues run no more
 * @vif: the device; nothing is done where they do not run
 *
 * Context: process, under rtnl; sleeps.
 */
void vif_stop_queues(struct vif *vif)
{
	unsigned int i;

	if (!vif->started)
		return;
	netif_tx_disable(vif->dev);
	for (i = 0; i < vif->queues.nr; i++)
		queue_stop(vif->queues.queue[i]);
	vif->started = false;
}

static void vif_broken_work(struct work_struct *work)
{
	struct vif *vif = container_of(work, struct vif, broken_work);

	rtnl_lock();
	netif_carrier_off(vif->dev);
	vif_stop_queues(vif);
	rtnl_unlock();
}

static int vif_open(struct net_device *dev)
{
	vif_start_queues(netdev_priv(dev));
	return 0;
}

static int vif_close(struct net_device *dev)
{
	vif_stop_queues(netdev_priv(dev));
	return 0;
}

static int vif_change_mtu(struct net_device *dev, int mtu)
{
	struct vif *vif = netdev_priv(dev);

	/* Without scatter-gather a packet is one page. */
	if (!vif->peer.sg && mtu > ETH_DATA_LEN)
		return -EINVAL;
	WRITE_ONCE(dev->mtu, mtu);
	return 0;
}

/* Only what the frontend takes. */
static netdev_features_t vif_fix_features(struct net_device *dev, netdev_features_t features)
{
	struct vif *vif = netdev_priv(dev);

	return net_peer_fix(&vif->peer, features);
}

static u16 vif_select_queue(struct net_device *dev, struct sk_buff *skb, struct net_device *from)
{
	struct vif *vif = netdev_priv(dev);
	unsigned int queues = dev->real_num_tx_queues;
	const struct vif_hash *hash = rcu_dereference_bh(vif->hash);

	if (queues == 1)
		return 0;
	if (hash && hash->rules.algorithm && hash->rules.flags)
		return hash_queue(hash, skb, queues);
	return netdev_pick_tx(dev, skb, NULL) % queues;
}

/* What the guest sends is what the vif receives. */
static void add_stats(const struct queue *q, struct rtnl_link_stats64 *sum)
{
	const struct queue_stats *s = &q->stats;

	sum->rx_packets += s->tx_packets;
	sum->rx_bytes += s->tx_bytes;
	sum->rx_dropped += s->tx_dropped;
	sum->rx_errors += s->tx_errors;
	sum->tx_packets += s->rx_packets;
	sum->tx_bytes += s->rx_bytes;
	sum->tx_dropped += s->rx_dropped;
	sum->tx_errors += s->rx_errors;
}

static const struct net_queues_ops queues_ops = {
	.destroy = queue_destroy,
	.add_stats = add_stats,
};

static void vif_get_stats64(struct net_device *dev, struct rtnl_link_stats64 *sum)
{
	struct vif *vif = netdev_priv(dev);

	net_queues_sum(&vif->queues, sum);
	sum->tx_dropped += dev->stats.tx_dropped;
}

static const struct net_device_ops vif_ops = {
	.ndo_open = vif_open,
	.ndo_stop = vif_close,
	.ndo_start_xmit = rx_start_xmit,
	.ndo_select_queue = vif_select_queue,
	.ndo_change_mtu = vif_change_mtu,
	.ndo_fix_features = vif_fix_features,
	.ndo_get_stats64 = vif_get_stats64,
	.ndo_set_mac_address = eth_mac_addr,
	.ndo_validate_addr = eth_validate_addr,
};

static void vif_init(struct vif *vif, struct xenbus_device *xdev, domid_t domid,
		     unsigned int handle)
{
	vif->xdev = xdev;
	vif->domid = domid;
	vif->handle = handle;
	vif->peer = NET_PEER_UNKNOWN;
	net_queues_init(&vif->queues, &queues_ops);
	spin_lock_init(&vif->mcast_lock);
	spin_lock_init(&vif->credit_tx.lock);
	spin_lock_init(&vif->credit_rx.lock);
	mutex_init(&vif->ctrl_mutex);
	ratelimit_state_init(&vif->complaints, 10 * HZ, 20);
	timer_setup(&vif->credit_timer, credit_timeout, 0);
	INIT_WORK(&vif->broken_work, vif_broken_work);
	INIT_DELAYED_WORK(&vif->stall_work, rx_stall_work);
}

/**
 * vif_create() - make and register the network device, carrier off
 * @xdev: the device in xenstore
 * @domid: the frontend's domain
 * @handle: the number of the vif
 *
 * Return: it, or an ERR_PTR.
 *
 * Context: process, without rtnl.
 */
struct vif *vif_create(struct xenbus_device *xdev, domid_t domid, unsigned int handle)
{
	/* The bridge takes the lowest address of its ports for its own: this one is never it. */
	static const u8 address[ETH_ALEN] = {0xfe, 0xff, 0xff, 0xff, 0xff, 0xff};
	char name[IFNAMSIZ];
	struct net_device *dev;
	struct vif *vif;
	int err;

	snprintf(name, sizeof(name), "vif%u.%u", domid, handle);
	dev = alloc_netdev_mqs(sizeof(*vif), name, NET_NAME_UNKNOWN, ether_setup,
			       netback_max_queues, netback_max_queues);
	if (!dev)
		return ERR_PTR(-ENOMEM);
	SET_NETDEV_DEV(dev, &xdev->dev);
	vif = netdev_priv(dev);
	vif->dev = dev;
	vif_init(vif, xdev, domid, handle);
	vif->max_queues = netback_max_queues;
	vif->limits = (struct net_window_limits)NET_WINDOW_LIMITS;
	dev->netdev_ops = &vif_ops;
	dev->ethtool_ops = &vif_ethtool_ops;
	dev->hw_features = NETIF_F_SG | NETIF_F_FRAGLIST | NETIF_F_IP_CSUM | NETIF_F_IPV6_CSUM |
			   NETIF_F_TSO | NETIF_F_TSO6;
	dev->features = dev->hw_features | NETIF_F_RXCSUM;
	dev->tx_queue_len = VIF_TX_QUEUE_LEN;
	dev->min_mtu = ETH_MIN_MTU;
	dev->max_mtu = ETH_MAX_MTU - VLAN_ETH_HLEN;
	eth_hw_addr_set(dev, address);
	netif_carrier_off(dev);
	err = register_netdev(dev);
	if (err) {
		free_netdev(dev);
		return ERR_PTR(err);
	}
	return vif;
}

/**
 * vif_destroy() - remove the network device
 * @vif: the device, disconnected
 *
 * Context: process, without rtnl.
 */
void vif_destroy(struct vif *vif)
{
	unregister_netdev(vif->dev);
	free_netdev(vif->dev);
}
