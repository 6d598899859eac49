// SPDX-License-Identifier: GPL-2.0-only
/*
 * The control ring, used for one thing: to tell the backend of each queue's pages, so that it
 * maps them for good (ADD_GREF_MAPPING). A backend that does not know the message says so, and
 * all stays as it is: the same pages are named by the same requests, and it copies or maps them
 * each time.
 *
 * Only pool_work uses the ring, one request at a time. It waits a bounded time for each answer.
 */
#include <linux/interrupt.h>
#include <xen/events.h>
#include <xen/page.h>

#include "netfront.h"

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
	return READ_ONCE(nf->ctrl_closing) || READ_ONCE(nf->ctrl->head.rsp.prod) == nf->ctrl_req_prod;
}

/*
 * Ask one thing and wait for the answer. An answer that comes too late is passed over by the next
 * question. Returns XEN_NETIF_CTRL_STATUS_* or a negative error. Process context.
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

static void ctrl_fill_list(struct xen_netif_gref *list, const struct page_set *set)
{
	unsigned int i;

	for (i = 0; i < NET_RING_SIZE; i++)
		list[i] = (struct xen_netif_gref){
			set->ref[i], set->readonly ? XEN_NETIF_CTRLF_GREF_readonly : 0};
}

/*
 * Offer each queue's pages: its two rings' worth fills one list, which is @page. Returns the status
 * of the last answer, and in @i the queue that it is of.
 */
static int offer_pools(struct netfront *nf, void *page, grant_ref_t ref, unsigned int *i)
{
	struct xen_netif_gref *list = page;
	int status = 0;

	BUILD_BUG_ON(2 * NET_RING_SIZE > NETIF_GREFS_A_PAGE);
	for (*i = 0; *i < nf->queues.nr; ++*i) {
		struct queue *q = nf->queues.queue[*i];

		ctrl_fill_list(list, &q->tx.pages);
		ctrl_fill_list(list + NET_RING_SIZE, &q->rx.pages);
		status = ctrl_ask(nf, XEN_NETIF_CTRL_TYPE_ADD_GREF_MAPPING, *i, ref,
				  2 * NET_RING_SIZE);
		/* Told twice that the backend is there, we offer twice: it has them then. */
		if (status == XEN_NETIF_CTRL_STATUS_INVALID_PARAMETER && q->pooled)
			status = XEN_NETIF_CTRL_STATUS_SUCCESS;
		q->pooled = !status;
		if (status)
			break;
	}
	return status;
}

static void ctrl_pool_work(struct work_struct *work)
{
	struct netfront *nf = container_of(work, struct netfront, pool_work);
	struct page *page = alloc_page(GFP_KERNEL | __GFP_ZERO);
	unsigned int queue = 0;
	int ref, status = 0;

	if (!page)
		return;
	ref = gnttab_grant_foreign_access(nf->xdev->otherend_id, xen_page_to_gfn(page), 0);
	if (ref < 0) {
		__free_page(page);
		return;
	}
	if (netfront_pool)
		status = offer_pools(nf, page_address(page), ref, &queue);
	if (status == XEN_NETIF_CTRL_STATUS_NOT_SUPPORTED)
		netdev_dbg(nf->dev, "the backend keeps no pool\n");
	else if (status > 0)
		netdev_warn(nf->dev, "the backend did not take the pool of queue %u (status %d)\n",
			    queue, status);
	else if (status < 0 && status != -ESHUTDOWN)
		netdev_warn(nf->dev,
			    "no answer about the pool of queue %u (%d): going on without\n", queue,
			    status);
	if (status >= 0)
		status = rss_tell(nf, page_address(page), ref);
	if (status > 0)
		netdev_warn(nf->dev, "the backend did not take the hash (status %d)\n", status);
	gnttab_end_foreign_access(ref, page);
}

/*
 * The backend is connected, for the first time or after it was reloaded: offer it the pools, in the
 * background. Process context.
 */
void ctrl_offer_pools(struct netfront *nf)
{
	if (nf->ctrl)
		schedule_work(&nf->pool_work);
}

/* Make the control ring. Returns 0 or a negative error with nothing left. Process context. */
int ctrl_create(struct netfront *nf)
{
	int err;

	init_waitqueue_head(&nf->ctrl_wait);
	INIT_WORK(&nf->pool_work, ctrl_pool_work);
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

/*
 * Nothing is asked any more, and nobody waits for an answer. Idempotent. Process context, without
 * rtnl.
 */
void ctrl_quiet(struct netfront *nf)
{
	if (!nf->ctrl)
		return;
	WRITE_ONCE(nf->ctrl_closing, true);
	wake_up(&nf->ctrl_wait);
	cancel_work_sync(&nf->pool_work);
}

/* Idempotent. Before the queues go: the work looks at them. Process context, without rtnl. */
void ctrl_destroy(struct netfront *nf)
{
	if (!nf->ctrl)
		return;
	ctrl_quiet(nf);
	unbind_from_irqhandler(nf->ctrl_irq, nf);
	xenbus_teardown_ring((void **)&nf->ctrl, 1, &nf->ctrl_ref);
	nf->ctrl = NULL;
}
