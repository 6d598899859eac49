// SPDX-License-Identifier: GPL-2.0-only
/* A queue: its rings and pages, its event channels, its NAPI context. */
#include "netfront.h"

#include <linux/interrupt.h>
#include <linux/mm.h>
#include <xen/events.h>

#include "common/skb_fill.h"

/*
 * The ring is empty. Does the next packet come within a short look, or has it come while an event
 * was asked for? Two interrupts may start the NAPI context, so the event is asked for while it is
 * still ours: two at once could leave an index behind that has passed. @done: packets that GRO may
 * keep: they are delivered before there is a look.
 */
static bool queue_more(struct queue *q, int done)
{
	if (netfront_is_broken(q->nf))
		return false;
	if (net_events_napi_timer(&q->ev, done))
		return true;
	if (done && net_events_busy(&q->ev))
		return true;
	if (net_events_busy_poll(&q->ev, &q->rx.ring->head.rsp.prod, q->rx.rsp_read))
		return true;
	net_events_armed(&q->ev);
	return rx_arm(q);
}

/*
 * What the stack sends as it answers what it receives (which it does when GRO gives it, at the
 * latest in napi_complete_done) is told of at the end and not one by one: poll_cpu says so. It is
 * looked at on the same CPU only, so it needs no lock.
 */
static int queue_poll(struct napi_struct *napi, int budget)
{
	struct queue *q = container_of(napi, struct queue, ev.napi);
	bool more = false, over = false;
	int done;

	WRITE_ONCE(q->ev.poll_cpu, smp_processor_id());
	done = rx_poll(q, budget);
	if (done < budget) {
		more = queue_more(q, done);
		over = napi_complete_done(napi, done);
	}
	WRITE_ONCE(q->ev.poll_cpu, -1);
	tx_resume(q);
	if (!over)
		return done;
	if (more)
		napi_schedule(napi);
	else if (!netfront_is_broken(q->nf))
		net_events_end(&q->ev, READ_ONCE(q->tx.ring->head.rsp.prod), q->rx.rsp_read);
	return done;
}

static int queue_bind(struct queue *q, evtchn_port_t *port, int *irq, irq_handler_t handler,
		      char *name)
{
	int err = xenbus_alloc_evtchn(q->nf->xdev, port);

	if (err) {
		*port = 0;
		return err;
	}
	err = bind_evtchn_to_irqhandler_lateeoi(*port, handler, 0, name, &q->ev);
	if (err < 0) {
		xenbus_free_evtchn(q->nf->xdev, *port);
		*port = 0;
		return err;
	}
	*irq = err;
	return 0;
}

static int queue_init(struct queue *q, bool split)
{
	struct xenbus_device *xdev = q->nf->xdev;
	int err;

	err = xenbus_setup_ring(xdev, GFP_KERNEL, (void **)&q->tx.ring, 1, &q->tx.ring_ref);
	if (err)
		return err;
	err = xenbus_setup_ring(xdev, GFP_KERNEL, (void **)&q->rx.ring, 1, &q->rx.ring_ref);
	if (err)
		return err;
	err = pages_create(&q->tx.pages, xdev->otherend_id, true);
	if (!err)
		err = pages_create(&q->rx.pages, xdev->otherend_id, false);
	if (err)
		return err;
	snprintf(q->name, sizeof(q->name), "%s-q%u", q->nf->dev->name, q->index);
	snprintf(q->rx_name, sizeof(q->rx_name), "%s-q%u-rx", q->nf->dev->name, q->index);
	err = queue_bind(q, &q->tx_port, &q->ev.tx_irq, net_events_tx, q->name);
	if (err)
		return err;
	if (split) {
		err = queue_bind(q, &q->rx_port, &q->ev.rx_irq, net_events_rx, q->rx_name);
		if (err)
			return err;
	} else {
		q->rx_port = q->tx_port;
		q->ev.rx_irq = q->ev.tx_irq;
	}
	tx_init(q);
	rx_init(q);
	return 0;
}

/**
 * queue_create() - make a queue: rings, pages (granted), event channels
 * @nf: the device
 * @index: of the queue
 * @split: an event channel for each ring
 *
 * Return: it, or an ERR_PTR with nothing left.
 *
 * Context: process; may sleep.
 */
struct queue *queue_create(struct netfront *nf, unsigned int index, bool split)
{
	struct queue *q = kvzalloc(sizeof(*q), GFP_KERNEL);
	int err;

	if (!q)
		return ERR_PTR(-ENOMEM);
	q->nf = nf;
	q->index = index;
	q->tx.ring_ref = INVALID_GRANT_REF;
	q->rx.ring_ref = INVALID_GRANT_REF;
	net_events_init(&q->ev, nf->dev, queue_poll, &netfront_poll_usecs);
	net_window_init(&q->rx.window, &nf->limits, &q->ev.napi, &q->tx.req_prod);
	err = queue_init(q, split);
	if (err) {
		queue_destroy(q);
		return ERR_PTR(err);
	}
	return q;
}

/**
 * queue_start() - let the queue run
 * @q: of a connected device that is up
 *
 * Context: process, under rtnl.
 */
void queue_start(struct queue *q)
{
	net_events_start(&q->ev);
}

/**
 * queue_stop() - end what queue_start() began, and show the backend what is in the ring
 * @q: a started queue; the stack is locked out of the netdev's queue
 *
 * Context: process, under rtnl; sleeps.
 */
void queue_stop(struct queue *q)
{
	napi_disable(&q->ev.napi);
	net_window_stop(&q->rx.window);
	tx_pause(q);
}

/**
 * queue_destroy() - undo queue_create(), as far as it came
 * @q: a queue that is stopped
 *
 * Context: process, without rtnl; sleeps.
 */
void queue_destroy(struct queue *q)
{
	net_events_unbind(&q->ev);
	netif_napi_del(&q->ev.napi);
	pages_destroy(&q->rx.pages);
	pages_destroy(&q->tx.pages);
	xenbus_teardown_ring((void **)&q->rx.ring, 1, &q->rx.ring_ref);
	xenbus_teardown_ring((void **)&q->tx.ring, 1, &q->tx.ring_ref);
	skb_fill_release(&q->rx.frags);
	kvfree(q);
}
