// SPDX-License-Identifier: GPL-2.0-only
/*
 * A guest that offers no pages. After rx_drain_timeout_msecs the parked packets are dropped, and so
 * is every further packet that does not fit: no memory of Domain-0 waits for the guest. After
 * rx_stall_timeout_msecs the carrier goes off, so that the bridge above stops sending. Pages that
 * are offered end both. The work runs only while a packet is parked or dropped.
 *
 * Each look also polls the queue, which sees whether pages have come. A frontend that cannot notify
 * about them (no feature-rx-notify) is looked at every few milliseconds.
 */
#include "netback.h"

#include <linux/rtnetlink.h>

/*
 * Look at one queue; returns true while there is something to wait for. Under the lock of the
 * netdev's queue.
 */
static bool stall_look(struct queue *q)
{
	struct queue_rx *rx = &q->rx;
	struct netdev_queue *txq = netdev_get_tx_queue(q->vif->dev, q->index);

	if (!rx->running || (skb_queue_empty(&rx->parked) && !rx->draining))
		return false;
	rx->most /= 2; /* it may offer less than it did once: wait for less */
	if (!skb_queue_empty(&rx->parked) &&
	    time_after(jiffies, rx->parked_since + msecs_to_jiffies(netback_drain_ms))) {
		q->stats.rx_drained += skb_queue_len(&rx->parked);
		rx_drop_parked(q);
		rx->draining = true;
		netif_tx_wake_queue(txq);
	}
	if (rx->draining && !rx->stalled && netback_stall_ms && q->vif->rx_notify &&
	    time_after(jiffies, rx->parked_since + msecs_to_jiffies(netback_stall_ms))) {
		rx->stalled = true;
		q->stats.rx_stalls++;
	}
	return true;
}

/* The carrier follows the queues: off while one of them is stalled. */
static void stall_carrier(struct vif *vif, unsigned int stalled)
{
	rtnl_lock();
	if (vif->connected && stalled && netif_carrier_ok(vif->dev)) {
		netdev_warn(vif->dev,
			    "the guest has offered no page for %u s on %u queues: carrier off\n",
			    netback_stall_ms / 1000, stalled);
		netif_carrier_off(vif->dev);
	} else if (vif->connected && !stalled && !netif_carrier_ok(vif->dev) &&
		   !vif_is_broken(vif)) {
		netdev_info(vif->dev, "the guest offers pages again: carrier on\n");
		netif_carrier_on(vif->dev);
	}
	rtnl_unlock();
}

/**
 * rx_stall_work() - look at all queues, and again while packets are parked
 * @work: vif.stall_work; vif_disconnect() ends it before the queues go
 *
 * Context: process; takes the locks of the netdev's queues, then rtnl.
 */
void rx_stall_work(struct work_struct *work)
{
	struct vif *vif = container_of(to_delayed_work(work), struct vif, stall_work);
	unsigned int i, stalled = 0;
	bool waiting = false, here;

	for (i = 0; i < vif->queues.nr; i++) {
		struct queue *q = vif->queues.queue[i];
		struct netdev_queue *txq = netdev_get_tx_queue(vif->dev, i);

		__netif_tx_lock_bh(txq);
		here = stall_look(q);
		waiting |= here;
		if (q->rx.stalled && !q->rx.draining)
			q->rx.stalled = false;
		stalled += q->rx.stalled;
		if (here)
			napi_schedule(&q->ev.napi); /* polled when softirqs are allowed: next */
		__netif_tx_unlock_bh(txq);
	}
	stall_carrier(vif, stalled);
	if (waiting)
		schedule_delayed_work(&vif->stall_work,
				      msecs_to_jiffies(vif->rx_notify ? 1000 : 10));
}
