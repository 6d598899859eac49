// SPDX-License-Identifier: GPL-2.0-only
/*
 * Connecting a vif to its frontend: what the frontend wrote into xenstore is read, checked, and
 * becomes queues; and the way back. Everything that the frontend writes is a number of its
 * choice: each is checked before it is used.
 */
#include "netback.h"
#include "queue_line.h"

#include <linux/etherdevice.h>
#include <linux/rtnetlink.h>
#include <xen/page.h>

static void read_features(struct vif *vif)
{
	const char *front = vif->xdev->otherend;

	net_peer_read(&vif->peer, front);
	vif->rx_notify = xenbus_read_unsigned(front, "feature-rx-notify", 0);
	vif->requeues = xenbus_read_unsigned(front, NETIF_KEY_REQUEUES, 0);
	WRITE_ONCE(vif->mcast_filter, xenbus_read_unsigned(front, "request-multicast-control", 0));
	vif->mcast_count = 0;
}

/**
 * vif_read_headroom() - read how many bytes the frontend wants free before each packet
 * @vif: the device, connected
 *
 * A frontend that runs an XDP program wants room, and may change its mind while it is connected.
 *
 * Context: process, from xenbus; sleeps.
 */
void vif_read_headroom(struct vif *vif)
{
	unsigned int i, bytes = xenbus_read_unsigned(vif->xdev->otherend, "xdp-headroom", 0);

	if (bytes > XEN_PAGE_SIZE / 2) {
		if (__ratelimit(&vif->complaints))
			netdev_warn(vif->dev,
				    "domain %u wants %u bytes before each packet: %lu at most\n",
				    vif->domid, bytes, XEN_PAGE_SIZE / 2);
		bytes = 0;
	}
	for (i = 0; i < vif->queues.nr; i++)
		rx_set_headroom(vif->queues.queue[i], bytes);
}

/* One queue's keys, below @dir: two rings, one event channel or two. */
static int read_queue(struct vif *vif, struct vif_queue_keys *q, const char *dir)
{
	int err = xenbus_gather(XBT_NIL, dir, "tx-ring-ref", "%u", &q->tx_ref, "rx-ring-ref", "%u",
				&q->rx_ref, NULL);

	if (err) {
		xenbus_dev_fatal(vif->xdev, err, "reading %s/{tx,rx}-ring-ref", dir);
		return err;
	}
	if (!xenbus_gather(XBT_NIL, dir, "event-channel-tx", "%u", &q->tx_port, "event-channel-rx",
			   "%u", &q->rx_port, NULL))
		return 0;
	if (xenbus_scanf(XBT_NIL, dir, "event-channel", "%u", &q->tx_port) != 1) {
		xenbus_dev_fatal(vif->xdev, -EINVAL, "reading %s/event-channel(-tx/rx)", dir);
		return -EINVAL;
	}
	q->rx_port = q->tx_port;
	return 0;
}

static int read_keys(struct vif *vif, struct vif_queue_keys *queue, unsigned int n)
{
	unsigned int i;
	int err = 0;

	for (i = 0; i < n && !err; i++) {
		char *dir = n == 1 ? kstrdup(vif->xdev->otherend, GFP_KERNEL)
				   : kasprintf(GFP_KERNEL, "%s/queue-%u", vif->xdev->otherend, i);

		err = dir ? read_queue(vif, &queue[i], dir) : -ENOMEM;
		kfree(dir);
	}
	return err;
}

/* A line has precedence: keys beside it are of a frontend before this one. */
static int read_queues(struct vif *vif, struct vif_queue_keys *queue, unsigned int n)
{
	const char *front = vif->xdev->otherend;
	unsigned int length;
	char *line = xenbus_read(XBT_NIL, front, NETIF_KEY_QUEUE_LINE, &length);
	int err = 0;

	if (PTR_ERR_OR_ZERO(line) == -ENOENT)
		return read_keys(vif, queue, n);
	if (IS_ERR(line))
		err = PTR_ERR(line);
	else if (strlen(line) != length || !vif_parse_line(queue, n, line))
		err = -EINVAL;
	if (!IS_ERR(line))
		kfree(line);
	if (err)
		xenbus_dev_fatal(vif->xdev, err, "reading %s/" NETIF_KEY_QUEUE_LINE, front);
	return err;
}

static int connect_queue(struct vif *vif, struct queue *q, const struct vif_queue_keys *keys)
{
	int err = queue_connect(q, keys->tx_ref, keys->rx_ref, keys->tx_port, keys->rx_port);

	if (err)
		xenbus_dev_fatal(vif->xdev, err,
				 "connecting queue %u: rings %u, %u, ports %u, %u of domain %u",
				 q->index, keys->tx_ref, keys->rx_ref, keys->tx_port, keys->rx_port,
				 vif->domid);
	return err;
}

/* Make and connect @n queues; on failure none is left. */
static int make_queues(struct vif *vif, const struct vif_queue_keys *keys, unsigned int n)
{
	struct queue **queue = kcalloc(n, sizeof(queue[0]), GFP_KERNEL);
	unsigned int i, made = 0;
	int err = 0;

	if (!queue)
		return -ENOMEM;
	for (i = 0; i < n && !err; i++) {
		queue[i] = queue_create(vif, i);
		made += !!queue[i];
		err = queue[i] ? connect_queue(vif, queue[i], &keys[i]) : -ENOMEM;
	}
	if (err)
		net_queues_discard(&vif->queues, queue, made);
	else
		net_queues_publish(&vif->queues, queue, n);
	return err;
}

static int read_and_make_queues(struct vif *vif, unsigned int n)
{
	struct vif_queue_keys *keys = kcalloc(n, sizeof(keys[0]), GFP_KERNEL);
	int err = keys ? read_queues(vif, keys, n) : -ENOMEM;

	if (!err)
		err = make_queues(vif, keys, n);
	kfree(keys);
	return err;
}

/* The control ring is optional. A frontend that offers one and gets it wrong does without. */
static void connect_ctrl(struct vif *vif)
{
	unsigned int ref, port;
	int err;

	if (xenbus_gather(XBT_NIL, vif->xdev->otherend, "ctrl-ring-ref", "%u", &ref,
			  "event-channel-ctrl", "%u", &port, NULL))
		return;
	err = ctrl_connect(vif, ref, port);
	if (err && __ratelimit(&vif->complaints))
		netdev_warn(vif->dev,
			    "the control ring of domain %u (grant %u, port %u) is unusable (%d)\n",
			    vif->domid, ref, port, err);
}

static void link_up(struct vif *vif)
{
	struct net_device *dev = vif->dev;

	rtnl_lock();
	if (!vif->peer.sg && dev->mtu > ETH_DATA_LEN)
		dev_set_mtu(dev, ETH_DATA_LEN);
	netif_set_real_num_tx_queues(dev, vif->queues.nr);
	netif_set_real_num_rx_queues(dev, vif->queues.nr);
	netdev_update_features(dev);
	vif->connected = true;
	vif_start_queues(vif);
	netif_carrier_on(dev);
	rtnl_unlock();
}

/**
 * vif_connect() - connect to what the frontend offers
 * @vif: the device, disconnected
 *
 * Return: 0, or an error that was told to the toolstack, with nothing left.
 *
 * Context: process, from xenbus; without rtnl; sleeps.
 */
int vif_connect(struct vif *vif)
{
	struct xenbus_device *xdev = vif->xdev;
	unsigned int queues;
	int err;

	if (!xenbus_read_unsigned(xdev->otherend, "request-rx-copy", 0)) {
		xenbus_dev_fatal(xdev, -EOPNOTSUPP,
				 "the frontend does not ask for rx copy: there is nothing else");
		return -EOPNOTSUPP;
	}
	queues = xenbus_read_unsigned(xdev->otherend, "multi-queue-num-queues", 1);
	if (!queues || queues > netback_max_queues) {
		xenbus_dev_fatal(xdev, -EINVAL, "the frontend wants %u queues, 1 to %u are offered",
				 queues, netback_max_queues);
		return -EINVAL;
	}
	read_features(vif);
	clear_bit(0, &vif->broken);
	err = read_and_make_queues(vif, queues);
	if (err)
		return err;
	vif_read_headroom(vif);
	connect_ctrl(vif);
	link_up(vif);
	return 0;
}

/**
 * vif_disconnect() - end the connection; idempotent
 * @vif: the device
 *
 * Nothing of the frontend's is mapped, bound or waited for afterwards.
 *
 * Context: process, without rtnl; sleeps.
 */
void vif_disconnect(struct vif *vif)
{
	if (!vif->queues.queue)
		return;
	rtnl_lock();
	vif->connected = false;
	netif_carrier_off(vif->dev);
	vif_stop_queues(vif);
	rtnl_unlock();
	ctrl_disconnect(vif);
	cancel_work_sync(&vif->broken_work);
	cancel_delayed_work_sync(&vif->stall_work);
	timer_delete_sync(&vif->credit_timer);
	net_queues_free(&vif->queues);
}
