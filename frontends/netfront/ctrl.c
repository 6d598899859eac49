// SPDX-License-Identifier: GPL-2.0-only
/*
 * The control ring: one question at a time, each answer waited for, for a bounded time. What is
 * asked stands in offer.c and rss.c.
 *
 * Contexts: ctrl_ask() in offer_work alone; create, quiet and destroy in the xenwatch thread.
 */
#include "netfront.h"

#include <linux/interrupt.h>
#include <xen/events.h>

#define CTRL_WAIT (10 * HZ)

static irqreturn_t ctrl_interrupt(int irq, void *data)
{
	struct netfront *nf = data;
	bool asked = xchg(&nf->ctrl_asking, false);

	/* One event for each question: a backend that sends more is slowed down (XSA-391). */
	wake_up(&nf->ctrl_wait);
	xen_irq_lateeoi(irq, asked ? 0 : XEN_EOI_FLAG_SPURIOUS);
	return IRQ_HANDLED;
}

static bool ctrl_answered(struct netfront *nf)
{
	return READ_ONCE(nf->ctrl_closing) ||
	       READ_ONCE(nf->ctrl->head.rsp.prod) == nf->ctrl_req_prod;
}

/**
 * ctrl_ask() - ask the backend one thing and wait for the answer, 10 s at most
 * @nf: a device with a control ring
 * @type: XEN_NETIF_CTRL_TYPE_*
 * @a: first word of the request's data
 * @b: second word
 * @c: third word
 *
 * An answer that comes too late is passed over by the next question.
 *
 * Return: XEN_NETIF_CTRL_STATUS_*; -ETIMEDOUT; -ESHUTDOWN when the device closes; -EIO for an
 * answer to something else, and when a ring's worth of questions was not answered.
 *
 * Context: process, offer_work; sleeps.
 */
int ctrl_ask(struct netfront *nf, u16 type, u32 a, u32 b, u32 c)
{
	struct netif_ctrl_ring *ring = nf->ctrl;
	u32 old = nf->ctrl_req_prod;
	struct xen_netif_ctrl_response rsp;
	union netif_ctrl_slot *slot = &ring->slot[old % CTRL_RING_SIZE];

	if (old - nf->ctrl_rsp_cons >= CTRL_RING_SIZE)
		return -EIO; /* so many were never answered */
	slot->req =
		(struct xen_netif_ctrl_request){.id = (u16)old, .type = type, .data = {a, b, c}};
	nf->ctrl_req_prod++;
	WRITE_ONCE(nf->ctrl_asking, true);
	WRITE_ONCE(ring->head.rsp.event, nf->ctrl_req_prod);
	if (ring_push_notify(&ring->head.req, old, nf->ctrl_req_prod))
		notify_remote_via_irq(nf->ctrl_irq);
	if (!wait_event_timeout(nf->ctrl_wait, ctrl_answered(nf), CTRL_WAIT))
		return -ETIMEDOUT;
	if (nf->ctrl_closing)
		return -ESHUTDOWN;
	if (ring_take(&ring->head.rsp) != nf->ctrl_req_prod)
		return -EIO;
	nf->ctrl_rsp_cons = nf->ctrl_req_prod;
	rsp = *(volatile struct xen_netif_ctrl_response *)&slot->rsp;
	if (rsp.id != (u16)old || rsp.type != type ||
	    rsp.status > XEN_NETIF_CTRL_STATUS_BUFFER_OVERFLOW)
		return -EIO;
	return rsp.status;
}

/**
 * ctrl_create() - make the control ring and its event channel
 * @nf: a device without one
 *
 * Return: 0, or a negative error with nothing left.
 *
 * Context: process; may sleep.
 */
int ctrl_create(struct netfront *nf)
{
	int err;

	init_waitqueue_head(&nf->ctrl_wait);
	nf->ctrl_closing = false;
	nf->ctrl_req_prod = 0;
	nf->ctrl_rsp_cons = 0;
	err = xenbus_setup_ring(nf->xdev, GFP_KERNEL, (void **)&nf->ctrl, 1, &nf->ctrl_ref);
	if (err) {
		nf->ctrl = NULL;
		return err;
	}
	WRITE_ONCE(nf->ctrl->head.req.event, 1);
	WRITE_ONCE(nf->ctrl->head.rsp.event, 1);
	err = xenbus_alloc_evtchn(nf->xdev, &nf->ctrl_port);
	if (err)
		goto no_port;
	err = bind_evtchn_to_irqhandler_lateeoi(nf->ctrl_port, ctrl_interrupt, 0, nf->dev->name,
						nf);
	if (err < 0)
		goto no_irq;
	nf->ctrl_irq = err;
	return 0;
no_irq:
	xenbus_free_evtchn(nf->xdev, nf->ctrl_port);
no_port:
	xenbus_teardown_ring((void **)&nf->ctrl, 1, &nf->ctrl_ref);
	nf->ctrl = NULL;
	return err;
}

/**
 * ctrl_quiet() - let the question that waits for its answer end, and any later one at once
 * @nf: the device; may have no control ring
 *
 * Idempotent.
 *
 * Context: process.
 */
void ctrl_quiet(struct netfront *nf)
{
	if (!nf->ctrl)
		return;
	WRITE_ONCE(nf->ctrl_closing, true);
	wake_up(&nf->ctrl_wait);
}

/**
 * ctrl_destroy() - end the control ring; idempotent
 * @nf: the device; offer_work has ended
 *
 * Context: process; may sleep.
 */
void ctrl_destroy(struct netfront *nf)
{
	if (!nf->ctrl)
		return;
	unbind_from_irqhandler(nf->ctrl_irq, nf);
	xenbus_teardown_ring((void **)&nf->ctrl, 1, &nf->ctrl_ref);
	nf->ctrl = NULL;
}
