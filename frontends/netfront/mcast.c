// SPDX-License-Identifier: GPL-2.0-only
/*
 * Multicast control: the backend is told which groups' packets are wanted, and passes on no others.
 * A work tells it, as the list may change in any context; it runs under rtnl and does nothing
 * without a connection.
 *
 * 1. New groups are told before old ones are taken back, and all of them before the backend is
 *    asked to choose: no packet that is wanted is lost for longer than a change takes.
 * 2. A guest that wants more groups than fit, or everything (promiscuous, a port of a bridge), has
 *    the backend pass on all.
 * 3. A connection begins with a backend that knows nothing and passes on all; one that was reloaded
 *    is told again.
 *
 * Source: netif.h, XEN_NETIF_EXTRA_TYPE_MCAST_ADD and request-multicast-control.
 */
#include "netfront.h"

#include <linux/etherdevice.h>
#include <linux/rtnetlink.h>

#define RETRY HZ /* where the ring is full */

static bool has(const u8 (*list)[ETH_ALEN], unsigned int n, const u8 *addr)
{
	unsigned int i;

	for (i = 0; i < n; i++)
		if (ether_addr_equal_unaligned(list[i], addr))
			return true;
	return false;
}

/* The groups that the stack wants: how many, or -1 for all there are. */
static int wanted(struct net_device *dev, u8 (*list)[ETH_ALEN])
{
	struct netdev_hw_addr *group;
	int n = 0;

	netif_addr_lock_bh(dev);
	if (dev->flags & (IFF_PROMISC | IFF_ALLMULTI) || netdev_mc_count(dev) > NET_MCAST_MAX) {
		n = -1;
	} else {
		netdev_for_each_mc_addr(group, dev)
			memcpy(list[n++], group->addr, ETH_ALEN);
	}
	netif_addr_unlock_bh(dev);
	return n;
}

/* Tell the backend of one group. False when the ring is full. */
static bool tell(struct netfront *nf, const u8 *addr, u8 type)
{
	struct netif_extra_info extra = {.type = type};

	memcpy(extra.u.mcast.addr, addr, ETH_ALEN);
	return tx_command(nf->queues.queue[0], extra);
}

/*
 * Where there is no room for all, the new ones come with the retry: the old ones have gone by then.
 */
static bool learn(struct netfront *nf, const u8 (*list)[ETH_ALEN], unsigned int n)
{
	struct net_mcast *m = &nf->mcast;
	unsigned int i;

	for (i = 0; i < n; i++) {
		if (has(m->told, m->nr, list[i]))
			continue;
		if (m->nr == NET_MCAST_MAX || !tell(nf, list[i], XEN_NETIF_EXTRA_TYPE_MCAST_ADD))
			return false;
		memcpy(m->told[m->nr++], list[i], ETH_ALEN);
	}
	return true;
}

static bool forget(struct netfront *nf, const u8 (*list)[ETH_ALEN], unsigned int n)
{
	struct net_mcast *m = &nf->mcast;
	unsigned int i;

	for (i = m->nr; i--;) {
		if (has(list, n, m->told[i]))
			continue;
		if (!tell(nf, m->told[i], XEN_NETIF_EXTRA_TYPE_MCAST_DEL))
			return false;
		memcpy(m->told[i], m->told[--m->nr], ETH_ALEN);
	}
	return true;
}

/* Ask the backend to pass on only those groups, or everything. */
static void choose(struct netfront *nf, bool only)
{
	if (nf->mcast.only == only)
		return;
	if (!xenbus_printf(XBT_NIL, nf->xdev->nodename, NETIF_KEY_MCAST, "%d", only))
		nf->mcast.only = only;
}

static void mcast_work(struct work_struct *work)
{
	struct netfront *nf = container_of(to_delayed_work(work), struct netfront, mcast.work);
	u8 list[NET_MCAST_MAX][ETH_ALEN];
	bool learned, forgotten;
	int n;

	rtnl_lock();
	if (nf->connected && nf->started && nf->mcast.able) {
		n = wanted(nf->dev, list);
		if (n < 0) {
			choose(nf, false);
		} else {
			learned = learn(nf, list, n);
			forgotten = forget(nf, list, n);
			if (learned && forgotten)
				choose(nf, true);
			else
				schedule_delayed_work(&nf->mcast.work, RETRY);
		}
	}
	rtnl_unlock();
}

/**
 * mcast_init() - once, before the device is registered
 * @nf: the device
 *
 * Context: process.
 */
void mcast_init(struct netfront *nf)
{
	INIT_DELAYED_WORK(&nf->mcast.work, mcast_work);
}

/**
 * mcast_changed() - the stack's list, or what the backend knows, may have changed: look at it soon
 * @dev: the network device
 *
 * ndo_set_rx_mode: any context, with the addresses locked.
 */
void mcast_changed(struct net_device *dev)
{
	struct netfront *nf = netdev_priv(dev);

	schedule_delayed_work(&nf->mcast.work, 0);
}

/**
 * mcast_anew() - the backend knows no group
 * @nf: connected
 * @first: for the first time, so it passes on all
 *
 * Process context, under rtnl.
 */
void mcast_anew(struct netfront *nf, bool first)
{
	nf->mcast.nr = 0;
	if (first) {
		nf->mcast.only = false;
		nf->mcast.able = xenbus_read_unsigned(nf->xdev->otherend,
						      "feature-dynamic-multicast-control", 0);
	}
	mcast_changed(nf->dev);
}

/**
 * mcast_end() - nothing looks at it any more; the device is no longer registered
 * @nf: disconnected
 *
 * Process context, without rtnl. The next frontend driver of this guest may not know of groups,
 * and would get none.
 */
void mcast_end(struct netfront *nf)
{
	cancel_delayed_work_sync(&nf->mcast.work);
	if (nf->mcast.only)
		xenbus_rm(XBT_NIL, nf->xdev->nodename, NETIF_KEY_MCAST);
}
