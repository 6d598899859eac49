// SPDX-License-Identifier: GPL-2.0-only
/*
 * A queue: its rings and pages, its event channels, its NAPI context. Interrupts are "late EOI"
 * ones: the channel stays masked from the event to the end of the poll, and a backend that sends
 * useless events is slowed down (XSA-391).
 */
#include <linux/interrupt.h>
#include <linux/mm.h>
#include <shoji/skb_fill.h>
#include <xen/events.h>

#include "netfront.h"

static void queue_eoi(struct queue *q)
{
	u32 tx = READ_ONCE(q->tx.ring->head.rsp_prod), rx = q->rx.rsp_read;
	unsigned int flags = 0;

	if (!q->eoi)
		return;
	if (tx == q->eoi_tx && rx == q->eoi_rx) {
		q->stats.spurious++;
		flags = XEN_EOI_FLAG_SPURIOUS;
	}
	q->eoi_tx = tx;
	q->eoi_rx = rx;
	if (test_and_clear_bit(QUEUE_EOI_TX, &q->eoi))
		xen_irq_lateeoi(q->tx_irq, flags);
	if (test_and_clear_bit(QUEUE_EOI_RX, &q->eoi))
		xen_irq_lateeoi(q->rx_irq, flags);
}

static int queue_poll(struct napi_struct *napi, int budget)
{
	struct queue *q = container_of(napi, struct queue, napi);
	int done = rx_poll(q, budget);

	tx_resume(q);
	if (done == budget)
		return done;
	if (!netfront_is_broken(q->nf) &&
	    spin_look(&q->spin, &q->rx.ring->head.rsp_prod, q->rx.rsp_read, netfront_poll_usecs))
		return budget; /* polled again */
	if (!napi_complete_done(napi, done))
		return done;
	spin_armed(&q->spin, netfront_poll_usecs);
	if (rx_arm(q))
		napi_schedule(napi);
	else if (!netfront_is_broken(q->nf))
		queue_eoi(q);
	return done;
}

static irqreturn_t queue_tx_interrupt(int irq, void *data)
{
	struct queue *q = data;

	q->stats.events++;
	spin_event(&q->spin, netfront_poll_usecs);
	set_bit(QUEUE_EOI_TX, &q->eoi);
	napi_schedule(&q->napi);
	return IRQ_HANDLED;
}

static irqreturn_t queue_rx_interrupt(int irq, void *data)
{
	struct queue *q = data;

	q->stats.events++;
	spin_event(&q->spin, netfront_poll_usecs);
	set_bit(QUEUE_EOI_RX, &q->eoi);
	napi_schedule(&q->napi);
	return IRQ_HANDLED;
}

static int queue_bind(struct queue *q, evtchn_port_t *port, int *irq, irq_handler_t handler,
		      char *name)
{
	int err = xenbus_alloc_evtchn(q->nf->xdev, port);

	if (err) {
		*port = 0;
		return err;
	}
	err = bind_evtchn_to_irqhandler_lateeoi(*port, handler, 0, name, q);
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
	err = queue_bind(q, &q->tx_port, &q->tx_irq, queue_tx_interrupt, q->name);
	if (err)
		return err;
	if (split) {
		err = queue_bind(q, &q->rx_port, &q->rx_irq, queue_rx_interrupt, q->rx_name);
		if (err)
			return err;
	} else {
		q->rx_port = q->tx_port;
		q->rx_irq = q->tx_irq;
	}
	tx_init(q);
	rx_init(q);
	return 0;
}

/*
 * Make a queue whole: rings, pages (granted), event channels, one for each ring if @split.
 * Returns it or an ERR_PTR with nothing left. Process context.
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
	netif_napi_add(nf->dev, &q->napi, queue_poll);
	err = queue_init(q, split);
	if (err) {
		queue_destroy(q);
		return ERR_PTR(err);
	}
	return q;
}

/* Under rtnl, both. */
void queue_start(struct queue *q)
{
	napi_enable(&q->napi);
	local_bh_disable(); /* so that the poll runs at its end, and not at the next interrupt */
	napi_schedule(&q->napi);
	local_bh_enable();
}

void queue_stop(struct queue *q)
{
	napi_disable(&q->napi);
}

/*
 * Undo what queue_create() did, as far as it came. The queue is stopped. Process context, without
 * rtnl.
 */
void queue_destroy(struct queue *q)
{
	if (q->rx_irq && q->rx_irq != q->tx_irq)
		unbind_from_irqhandler(q->rx_irq, q);
	if (q->tx_irq)
		unbind_from_irqhandler(q->tx_irq, q);
	netif_napi_del(&q->napi);
	pages_destroy(&q->rx.pages);
	pages_destroy(&q->tx.pages);
	xenbus_teardown_ring((void **)&q->rx.ring, 1, &q->rx.ring_ref);
	xenbus_teardown_ring((void **)&q->tx.ring, 1, &q->tx.ring_ref);
	skb_fill_release(&q->rx.frags);
	kvfree(q);
}
