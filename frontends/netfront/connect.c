// SPDX-License-Identifier: GPL-2.0-only
/*
 * Connecting to a backend: what it offers is read, queues are made, and told through xenstore;
 * and the way back.
 */
#include "netfront.h"

#include <linux/etherdevice.h>
#include <linux/rtnetlink.h>

#include "common/number_line.h"
#include "common/transaction.h"
#include "common/watch.h"

#define LINE_BYTES 2048 /* more is beyond xenstore's default for one node */

/*
 * As many queues as netfront_choose_queues() says, and at most @most, or fewer where grants run
 * out.
 */
static int make_queues(struct netfront *nf, unsigned int most)
{
	struct queue **queue;
	unsigned int n, i;
	bool split = netfront_split &&
		     xenbus_read_unsigned(nf->xdev->otherend, "feature-split-event-channels", 0);

	nf->back_queues = xenbus_read_unsigned(nf->xdev->otherend, "multi-queue-max-queues", 1);
	nf->chosen = netfront_choose_queues(nf);
	n = min(nf->chosen, most);
	queue = kcalloc(n, sizeof(queue[0]), GFP_KERNEL);
	if (!queue)
		return -ENOMEM;
	for (i = 0; i < n; i++) {
		struct queue *q = queue_create(nf, i, split);

		if (IS_ERR(q)) {
			if (i)
				break;
			xenbus_dev_fatal(nf->xdev, PTR_ERR(q), "making the first queue");
			kfree(queue);
			return PTR_ERR(q);
		}
		queue[i] = q;
	}
	net_queues_publish(&nf->queues, queue, i);
	if (i < n)
		netdev_warn(nf->dev, "%u queues instead of %u: no memory or grants for more\n", i,
			    n);
	return 0;
}

static int write_queue(struct xenbus_transaction t, struct queue *q, const char *dir)
{
	int err = xenbus_printf(t, dir, "tx-ring-ref", "%u", q->tx.ring_ref);

	if (!err)
		err = xenbus_printf(t, dir, "rx-ring-ref", "%u", q->rx.ring_ref);
	if (!err && q->tx_port == q->rx_port)
		return xenbus_printf(t, dir, "event-channel", "%u", q->tx_port);
	if (!err)
		err = xenbus_printf(t, dir, "event-channel-tx", "%u", q->tx_port);
	return err ?: xenbus_printf(t, dir, "event-channel-rx", "%u", q->rx_port);
}

static int write_queue_keys(struct xenbus_transaction t, struct netfront *nf)
{
	unsigned int i;
	int err = 0;

	if (nf->queues.nr == 1)
		return write_queue(t, nf->queues.queue[0], nf->xdev->nodename);
	for (i = 0; i < nf->queues.nr && !err; i++) {
		char *dir = kasprintf(GFP_KERNEL, "%s/queue-%u", nf->xdev->nodename, i);

		err = dir ? write_queue(t, nf->queues.queue[i], dir) : -ENOMEM;
		kfree(dir);
	}
	return err;
}

/* All queues in one node of xenstore: each node counts against the guest's quota. */
static int write_queue_line(struct xenbus_transaction t, struct netfront *nf)
{
	char *text = kmalloc(LINE_BYTES, GFP_KERNEL);
	struct number_line line;
	unsigned int i;
	int err = -ENOSPC;

	if (!text)
		return -ENOMEM;
	number_line_begin(&line, text, LINE_BYTES);
	for (i = 0; i < nf->queues.nr; i++) {
		const struct queue *q = nf->queues.queue[i];

		number_line_add(&line, q->tx.ring_ref);
		number_line_add(&line, q->rx.ring_ref);
		number_line_add(&line, q->tx_port);
		number_line_add(&line, q->rx_port);
	}
	if (!line.full)
		err = xenbus_write(t, nf->xdev->nodename, NETIF_KEY_QUEUE_LINE, text);
	kfree(text);
	return err;
}

static int write_queues(struct xenbus_transaction t, struct netfront *nf)
{
	return nf->takes_line ? write_queue_line(t, nf) : write_queue_keys(t, nf);
}

/*
 * All that the backend reads. One transaction, so that a backend that looks early sees all or
 * nothing.
 */
static int write_keys(struct xenbus_transaction t, void *data)
{
	struct netfront *nf = data;
	static const char *const ones[] = {
		"request-rx-copy",   "feature-rx-notify", "feature-sg",
		"feature-gso-tcpv4", "feature-gso-tcpv6", "feature-ipv6-csum-offload",
		NETIF_KEY_REQUEUES,
	};
	const char *dir = nf->xdev->nodename;
	unsigned int i;
	int err = write_queues(t, nf);

	for (i = 0; i < ARRAY_SIZE(ones) && !err; i++)
		err = xenbus_write(t, dir, ones[i], "1");
	if (!err && xenbus_exists(XBT_NIL, nf->xdev->otherend, "multi-queue-max-queues"))
		err = xenbus_printf(t, dir, "multi-queue-num-queues", "%u", nf->queues.nr);
	if (!err && nf->ctrl)
		err = xenbus_printf(t, dir, "ctrl-ring-ref", "%u", nf->ctrl_ref);
	if (!err && nf->ctrl)
		err = xenbus_printf(t, dir, "event-channel-ctrl", "%u", nf->ctrl_port);
	return err;
}

/*
 * Keys of an earlier connection that are not written again would mislead the backend: a queue's
 * top-level keys beside queue directories, one event channel beside two, a control ring that is
 * gone.
 */
static void remove_old_keys(struct netfront *nf)
{
	static const char *const keys[] = {
		"tx-ring-ref",        "rx-ring-ref",      "event-channel",
		"event-channel-tx",   "event-channel-rx", "ctrl-ring-ref",
		"event-channel-ctrl", NETIF_KEY_MCAST,    NETIF_KEY_QUEUE_LINE,
	};
	unsigned int i;

	if (!xenbus_exists(XBT_NIL, nf->xdev->nodename, "request-rx-copy"))
		return;
	for (i = 0; i < ARRAY_SIZE(keys); i++)
		if (xenbus_exists(XBT_NIL, nf->xdev->nodename, keys[i]))
			xenbus_rm(XBT_NIL, nf->xdev->nodename, keys[i]);
	for (i = 0; i < netfront_max_queues; i++) {
		char dir[24];

		snprintf(dir, sizeof(dir), "queue-%u", i);
		if (xenbus_exists(XBT_NIL, nf->xdev->nodename, dir))
			xenbus_rm(XBT_NIL, nf->xdev->nodename, dir);
	}
}

static int tell_backend(struct netfront *nf)
{
	remove_old_keys(nf);
	return transaction_run(write_keys, nf);
}

/* Xenstore bounds how many nodes a guest has. A backend that takes no line needs some a queue. */
static int tell_within_quota(struct netfront *nf)
{
	int err = tell_backend(nf);

	if (err == -ENOSPC && nf->queues.nr > 1) {
		net_queues_free(&nf->queues);
		err = make_queues(nf, 1);
		if (err) {
			ctrl_destroy(nf); /* netfront_disconnect() finds no queues */
			return err;
		}
		err = tell_backend(nf);
		if (!err)
			netdev_warn(nf->dev, "one queue instead of %u: %s\n", nf->chosen,
				    TRANSACTION_QUOTA_ADVICE);
	}
	if (err == -ENOSPC)
		xenbus_dev_fatal(nf->xdev, err, TRANSACTION_QUOTA_ADVICE);
	else if (err)
		xenbus_dev_fatal(nf->xdev, err, "writing the keys of %s", nf->xdev->nodename);
	return err;
}

/* The backend may say that the link is down ("carrier"); without a word it is up. */
static void carrier_changed(struct xenbus_watch *watch, const char *path, const char *token)
{
	struct netfront *nf = container_of(watch, struct netfront, carrier);
	bool up = xenbus_read_unsigned(nf->xdev->otherend, "carrier", 1);

	rtnl_lock();
	if (nf->connected && up && !netfront_is_broken(nf))
		netif_carrier_on(nf->dev);
	else
		netif_carrier_off(nf->dev);
	rtnl_unlock();
}

/* The backend takes another number of queues (ethtool -L on its side). */
static void queues_changed(struct xenbus_watch *watch, const char *path, const char *token)
{
	struct netfront *nf = container_of(watch, struct netfront, queues_key);

	nf->back_queues = xenbus_read_unsigned(nf->xdev->otherend, "multi-queue-max-queues", 1);
	if (nf->xdev->state == XenbusStateConnected && netfront_choose_queues(nf) != nf->chosen)
		netfront_connect_anew(nf);
}

/* One event at a time waits in memory, however often the backend writes (XSA-349). */
static bool will_handle(struct xenbus_watch *watch, const char *path, const char *token)
{
	return watch->nr_pending == 0;
}

static void watch(struct netfront *nf, struct xenbus_watch *watch,
		  void (*changed)(struct xenbus_watch *, const char *, const char *),
		  const char *dir, const char *key)
{
	xenbus_watch_pathfmt(nf->xdev, watch, will_handle, changed, "%s/%s", dir, key);
}

/* Take the toolstack's MTU, where the backend can carry it. Under rtnl. */
static void take_mtu(struct netfront *nf)
{
	unsigned int mtu = xenbus_read_unsigned(nf->xdev->nodename, "mtu", 0);
	struct net_device *dev = nf->dev;

	if (nf->peer.sg && mtu >= ETH_MIN_MTU && mtu <= dev->max_mtu)
		dev_set_mtu(dev, mtu);
	else if (!nf->peer.sg && dev->mtu > ETH_DATA_LEN)
		dev_set_mtu(dev, ETH_DATA_LEN);
}

/*
 * The hotplug script writes it when the vif joins its bridge, and to a guest that runs already that
 * is after it has connected.
 */
static void mtu_changed(struct xenbus_watch *watch, const char *path, const char *token)
{
	struct netfront *nf = container_of(watch, struct netfront, mtu);

	rtnl_lock();
	take_mtu(nf);
	rtnl_unlock();
}

static void link_up(struct netfront *nf)
{
	struct net_device *dev = nf->dev;

	rtnl_lock();
	take_mtu(nf);
	netif_set_real_num_tx_queues(dev, nf->queues.nr);
	netif_set_real_num_rx_queues(dev, nf->queues.nr);
	netdev_update_features(dev);
	nf->connected = true;
	mcast_anew(nf, true);
	netfront_start_queues(nf);
	netif_carrier_on(dev);
	rtnl_unlock();
	watch(nf, &nf->carrier, carrier_changed, nf->xdev->otherend, "carrier");
	watch(nf, &nf->queues_key, queues_changed, nf->xdev->otherend, "multi-queue-max-queues");
	watch(nf, &nf->mtu, mtu_changed, nf->xdev->nodename, "mtu");
}

/**
 * netfront_connect() - connect to the backend, which waits in InitWait
 * @nf: the device; an old connection ends first
 *
 * Return: 0, or an error that was told to the toolstack, with nothing left.
 *
 * Context: process, from xenbus; without rtnl; sleeps.
 */
int netfront_connect(struct netfront *nf)
{
	int err;

	netfront_disconnect(nf);
	if (!xenbus_read_unsigned(nf->xdev->otherend, "feature-rx-copy", 0)) {
		xenbus_dev_fatal(nf->xdev, -EOPNOTSUPP,
				 "the backend has no rx copy: there is nothing else");
		return -EOPNOTSUPP;
	}
	net_peer_read(&nf->peer, nf->xdev->otherend);
	clear_bit(0, &nf->broken);
	clear_bit(0, &nf->again);
	nf->takes_line = xenbus_read_unsigned(nf->xdev->otherend, NETIF_KEY_TAKES_LINE, 0);
	err = make_queues(nf, UINT_MAX);
	if (err)
		return err;
	if (xenbus_read_unsigned(nf->xdev->otherend, "feature-ctrl-ring", 0) && ctrl_create(nf))
		netdev_warn(nf->dev, "no control ring: going on without a pool\n");
	err = tell_within_quota(nf);
	if (err) {
		netfront_disconnect(nf);
		return err;
	}
	link_up(nf);
	return 0;
}

/**
 * netfront_quiet() - let nothing run any more; idempotent
 * @nf: the device
 *
 * Rings and pages stay granted: the backend may still have them mapped.
 *
 * Context: process, without rtnl; sleeps.
 */
void netfront_quiet(struct netfront *nf)
{
	if (!nf->queues.queue)
		return;
	watch_end(&nf->carrier);
	watch_end(&nf->queues_key);
	watch_end(&nf->mtu);
	rtnl_lock();
	nf->connected = false;
	netif_carrier_off(nf->dev);
	netfront_stop_queues(nf);
	rtnl_unlock();
	ctrl_quiet(nf);
	offer_end(nf);
}

/**
 * netfront_disconnect() - end the connection; idempotent
 * @nf: the device
 *
 * Grants that the backend still has mapped are given back by the kernel, later.
 *
 * Context: process, without rtnl; sleeps.
 */
void netfront_disconnect(struct netfront *nf)
{
	if (!nf->queues.queue)
		return;
	netfront_quiet(nf);
	/* A frontend after us may not know of it, and the backend would believe it. */
	if (nf->takes_line)
		xenbus_rm(XBT_NIL, nf->xdev->nodename, NETIF_KEY_QUEUE_LINE);
	ctrl_destroy(nf);
	net_queues_free(&nf->queues);
}

/**
 * netfront_is_unread() - whether the backend cannot know how our queues lie
 * @nf: the device, connected
 *
 * Another backend than the one that we connected to may not read the line in which they are
 * described.
 *
 * Return: whether it is so.
 *
 * Context: process; sleeps.
 */
bool netfront_is_unread(const struct netfront *nf)
{
	return nf->takes_line &&
	       !xenbus_read_unsigned(nf->xdev->otherend, NETIF_KEY_TAKES_LINE, 0);
}

/**
 * netfront_connect_anew() - close, and connect again when the backend has closed, too
 * @nf: the device; backend_changed() in xenbus.c goes on
 *
 * Context: process; sleeps.
 */
void netfront_connect_anew(struct netfront *nf)
{
	set_bit(0, &nf->again);
	xenbus_switch_state(nf->xdev, XenbusStateClosing);
}
