// SPDX-License-Identifier: GPL-2.0-only
/*
 * The side that offers: pages granted to one other domain, and an event channel that answers.
 *
 * The first page is a header, granted read-only, which names the grants of the others: so one
 * number is enough to meet. Withdrawing never waits for the other domain: a page that it still maps
 * is freed by the kernel's own grant code once the mapping is gone.
 */
#include <linux/err.h>
#include <linux/gfp.h>
#include <linux/mm.h>
#include <linux/slab.h>
#include <xen/grant_table.h>
#include <xen/page.h>
#include <xen/xenbus.h>
#include "internal.h"

struct granted {
	struct page *page;
	int ref; /* below 0: not granted */
};

struct offer {
	unsigned int count; /* pages, the header included */
	int echo_irq;
	struct granted granted[1 + HVBENCH_MAX_PAGES];
};

/* Each 8 bytes of data page `page`: both sides compute it, so a wrong mapping or copy is seen. */
u64 offer_pattern(unsigned int page)
{
	return HVBENCH_MAGIC ^ ((u64)(page + 1) * 0x9e3779b97f4a7c15ULL);
}

static int grant_page(struct granted *granted, domid_t domid, bool readonly)
{
	granted->ref = -1;
	granted->page = alloc_page(GFP_KERNEL | __GFP_ZERO);
	if (!granted->page)
		return -ENOMEM;
	granted->ref = gnttab_grant_foreign_access(domid, xen_page_to_gfn(granted->page), readonly);
	return granted->ref < 0 ? granted->ref : 0;
}

static void ungrant_page(struct granted *granted)
{
	if (granted->ref >= 0)
		gnttab_end_foreign_access(granted->ref, granted->page); /* frees the page too */
	else if (granted->page)
		__free_page(granted->page);
	granted->page = NULL;
	granted->ref = -1;
}

static int grant_all(struct offer *offer, domid_t domid, unsigned int pages)
{
	while (offer->count < 1 + pages) {
		struct granted *granted = &offer->granted[offer->count];
		int err = grant_page(granted, domid, offer->count == 0);

		offer->count++; /* also after an error: destroy gives back what there is */
		if (err)
			return err;
		if (offer->count > 1) {
			u64 *word = page_address(granted->page);

			memset64(word, offer_pattern(offer->count - 2), PAGE_SIZE / sizeof(*word));
		}
	}
	return 0;
}

static int open_echo(struct offer *offer, domid_t domid, evtchn_port_t *port)
{
	int err = port_alloc(domid, port);

	return err ? err : echo_bind(*port, &offer->echo_irq);
}

static void write_header(struct offer *offer, evtchn_port_t port)
{
	struct hvbench_header *header = page_address(offer->granted[0].page);
	unsigned int i;

	BUILD_BUG_ON(sizeof(*header) > PAGE_SIZE);
	header->pages = offer->count - 1;
	header->port = port;
	for (i = 0; i < header->pages; i++)
		header->refs[i] = offer->granted[1 + i].ref;
	wmb(); /* who sees the magic sees the rest; pairs with the copy hypercall in peer.c */
	header->magic = HVBENCH_MAGIC;
}

struct offer *offer_create(struct hvbench_offer *request)
{
	struct offer *offer;
	evtchn_port_t port;
	int err;

	if (request->pages == 0 || request->pages > HVBENCH_MAX_PAGES ||
	    request->domid >= DOMID_FIRST_RESERVED)
		return ERR_PTR(-EINVAL);
	offer = kzalloc(sizeof(*offer), GFP_KERNEL);
	if (!offer)
		return ERR_PTR(-ENOMEM);
	err = grant_all(offer, request->domid, request->pages);
	if (!err)
		err = open_echo(offer, request->domid, &port);
	if (err) {
		offer_destroy(offer);
		return ERR_PTR(err);
	}
	write_header(offer, port);
	request->self = xenbus_read_unsigned("domid", "", DOMID_INVALID);
	request->gref = offer->granted[0].ref;
	request->port = port;
	return offer;
}

void offer_destroy(struct offer *offer)
{
	if (!offer)
		return;
	echo_unbind(&offer->echo_irq);
	while (offer->count > 0)
		ungrant_page(&offer->granted[--offer->count]);
	kfree(offer);
}
