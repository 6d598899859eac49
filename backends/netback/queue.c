// SPDX-License-Identifier: GPL-2.0-only
/* A queue: its two rings, its interrupts, its NAPI context. */
#include "netback.h"

#include <linux/interrupt.h>
#include <linux/mm.h>
#include <xen/events.h>

#include "common/skb_fill.h"

/*
 * The ring is empty. Does the next packet come within a short look, or has it come while an event
 * was asked for? Two interrupts may start the NAPI context, so the event is asked for while it is
 * still ours: two at once could leave an index behind that has passed. @done: packets that this
 * poll took.
 */
static bool queue_more(struct queue *q, int done)
{
	if (net_events_napi_timer(&q->ev, done))
		return true;
	if (tx_idle(q) &&
	    net_events_busy_poll(&q->ev, &q->tx.ring->head.req.prod, q->tx.req_cons))
		return true;
	net_events_armed(&q->ev);
	return tx_arm(q);
}

/*
 * What the stack sends to the guest from within tx_poll(), as it answers what it receives, is told
 * of at the end and not one by one: poll_cpu says so. It is looked at on the same CPU only, so it
 * needs no lock.
 */
static int queue_poll(struct napi_struct *napi, int budget)
{
	struct queue *q = container_of(napi, struct queue, ev.napi);
	bool more;
	int done;

	WRITE_ONCE(q->ev.poll_cpu, smp_processor_id());
	done = tx_poll(q, budget);
	WRITE_ONCE(q->ev.poll_cpu, -1);
	rx_resume(q);
	if (done == budget)
		return done;
	more = queue_more(q, done);
	if (!napi_complete_done(napi, done))
		return done;
	if (more)
		napi_schedule(napi);
	else if (!vif_is_broken(q->vif))
		net_events_end(&q->ev, q->tx.req_cons, READ_ONCE(q->rx.ring->head.req.prod));
	return done;
}

/**
 * queue_create() - make a queue that is not connected
 * @vif: the device
 * @index: of the queue
 *
 * Return: it, or NULL without memory.
 *
 * Context: process.
 */
struct queue *queue_create(struct vif *vif, unsigned int index)
{
	struct queue *q = kvzalloc(sizeof(*q), GFP_KERNEL);

	if (!q)
		return NULL;
	q->vif = vif;
	q->index = index;
	INIT_LIST_HEAD(&q->pool_parts);
	rx_init(q);
	net_events_init(&q->ev, vif->dev, queue_poll, &netback_poll_usecs);
	net_window_init(&q->tx.window, &vif->limits, &q->ev.napi, &q->rx.rsp_prod);
	return q;
}

/*
 * Map a ring and take over where it stands: a frontend keeps its rings when the backend is
 * reloaded, and what the last backend took and did not answer is done again.
 */
static int ring_attach(struct queue *q, grant_ref_t ref, void **ring, u32 *cons)
{
	struct ring_shared *head;
	int err = xenbus_map_ring_valloc(q->vif->xdev, &ref, 1, ring);

	if (err) {
		*ring = NULL;
		return err;
	}
	head = *ring;
	*cons = READ_ONCE(head->rsp.prod);
	return ring_unconsumed(*cons, READ_ONCE(head->req.prod)) > NET_RING_SIZE ? -EIO : 0;
}

static int queue_bind(struct queue *q, evtchn_port_t port, irq_handler_t handler,
		      const char *suffix)
{
	char *name = suffix ? q->rx_name : q->name;

	snprintf(name, sizeof(q->name), "%s-q%u%s", q->vif->dev->name, q->index,
		 suffix ? suffix : "");
	return bind_interdomain_evtchn_to_irqhandler_lateeoi(q->vif->xdev, port, handler, 0, name,
							     &q->ev);
}

/**
 * queue_connect() - map the rings and bind the event channels
 * @q: a queue that is not connected
 * @tx_ref: grant of the tx ring
 * @rx_ref: grant of the rx ring
 * @tx_port: event channel of the tx ring
 * @rx_port: event channel of the rx ring; equal ports: one channel for both rings
 *
 * Return: 0 or a negative error; queue_destroy() undoes what was done.
 *
 * Context: process; may sleep.
 */
int queue_connect(struct queue *q, grant_ref_t tx_ref, grant_ref_t rx_ref, evtchn_port_t tx_port,
		  evtchn_port_t rx_port)
{
	int err;

	err = ring_attach(q, tx_ref, (void **)&q->tx.ring, &q->tx.req_cons);
	if (err)
		return err;
	q->tx.rsp_prod = q->tx.req_cons;
	q->tx.rsp_published = q->tx.req_cons;
	err = ring_attach(q, rx_ref, (void **)&q->rx.ring, &q->rx.req_cons);
	if (err)
		return err;
	q->rx.rsp_prod = q->rx.req_cons;
	q->rx.rsp_told = q->rx.req_cons;
	q->rx.req_seen = q->rx.req_cons;

	err = queue_bind(q, tx_port, net_events_tx, NULL);
	if (err < 0)
		return err;
	q->ev.tx_irq = err;
	q->ev.rx_irq = err;
	if (tx_port == rx_port)
		return 0;
	q->ev.rx_irq = 0;
	err = queue_bind(q, rx_port, net_events_rx, "-rx");
	if (err < 0)
		return err;
	q->ev.rx_irq = err;
	return 0;
}

/**
 * queue_start() - begin to work, and poll the ring at once: no event comes for requests in it
 * @q: a connected queue
 *
 * Context: process, under rtnl.
 */
void queue_start(struct queue *q)
{
	struct netdev_queue *txq = netdev_get_tx_queue(q->vif->dev, q->index);

	__netif_tx_lock_bh(txq);
	q->rx.running = true;
	__netif_tx_unlock_bh(txq);
	net_events_start(&q->ev);
}

/**
 * queue_stop() - end what queue_start() began, in the reverse order
 * @q: a started queue; the stack is locked out of the netdev's queue
 *
 * Context: process, under rtnl; sleeps.
 */
void queue_stop(struct queue *q)
{
	napi_disable(&q->ev.napi);
	net_window_stop(&q->tx.window);
	rx_stop(q);
}

/**
 * queue_destroy() - undo all of create and connect, as far as they came
 * @q: a queue that is stopped
 *
 * Context: process, without rtnl; sleeps.
 */
void queue_destroy(struct queue *q)
{
	net_events_unbind(&q->ev);
	netif_napi_del(&q->ev.napi);
	pool_drop(q);
	if (q->rx.ring)
		xenbus_unmap_ring_vfree(q->vif->xdev, q->rx.ring);
	if (q->tx.ring)
		xenbus_unmap_ring_vfree(q->vif->xdev, q->tx.ring);
	skb_fill_release(&q->tx.pages);
	kvfree(q);
}
