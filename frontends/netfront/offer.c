// SPDX-License-Identifier: GPL-2.0-only
/*
 * What the backend is told over the control ring once it is connected, and again when it was
 * reloaded: each queue's pages, so that it maps them for good (ADD_GREF_MAPPING), and the hash by
 * which it chooses queues (rss.c). A backend that does not know the first message says so, and the
 * same requests name the same pages: it copies or maps them each time.
 *
 * offer_work is the only user of the control ring.
 */
#include "netfront.h"

#include <xen/page.h>

static void fill_list(struct xen_netif_gref *list, const struct page_set *set)
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

		fill_list(list, &q->tx.pages);
		fill_list(list + NET_RING_SIZE, &q->rx.pages);
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

static void offer_work(struct work_struct *work)
{
	struct netfront *nf = container_of(work, struct netfront, offer_work);
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

/**
 * offer_init() - once, before the device is registered
 * @nf: the device
 *
 * Context: process.
 */
void offer_init(struct netfront *nf)
{
	INIT_WORK(&nf->offer_work, offer_work);
}

/**
 * offer_begin() - tell the backend, in the background
 * @nf: the device; without a control ring nothing is told
 *
 * Context: process; the device is connected, and offer_end() comes before it no longer is.
 */
void offer_begin(struct netfront *nf)
{
	if (nf->ctrl)
		schedule_work(&nf->offer_work);
}

/**
 * offer_end() - nothing more is told; idempotent
 * @nf: the device; ctrl_quiet() has been called
 *
 * Context: process, without rtnl; sleeps.
 */
void offer_end(struct netfront *nf)
{
	cancel_work_sync(&nf->offer_work);
}
