// SPDX-License-Identifier: GPL-2.0-only
/*
 * Filling a received packet's sk_buff from pieces of unknown sizes: a short packet goes into the
 * linear part as a whole; of a long one the headers do, and the rest into large pages that many
 * packets share.
 *
 *     skb_fill_begin(), then until all bytes are there: skb_fill_room(), copy, skb_fill_advance()
 *
 * Context: the NAPI context of the queue, to which the shared page belongs.
 */
#include "skb_fill.h"

#include <linux/sched.h>
#include <net/sock.h>

#define SKB_FILL_WHOLE 1600 /* bytes: a packet up to here has no fragments */
#define SKB_FILL_HEAD  256  /* bytes of a longer one that become linear: more than its headers */

/**
 * skb_fill_begin() - begin a packet
 * @fill: is filled
 * @napi: of the queue
 * @pages: of the queue: where fragments come from
 * @bytes: of the packet, 1 or more
 *
 * Return: false without memory; @fill->skb is NULL then.
 *
 * Context: NAPI context of @napi.
 */
bool skb_fill_begin(struct skb_fill *fill, struct napi_struct *napi, struct page_frag *pages,
		    unsigned int bytes)
{
	unsigned int linear = bytes <= SKB_FILL_WHOLE ? bytes : SKB_FILL_HEAD;

	fill->skb = napi_alloc_skb(napi, linear);
	if (!fill->skb)
		return false;
	fill->pages = pages;
	fill->to = __skb_put(fill->skb, linear);
	fill->room = linear;
	fill->rest = bytes - linear;
	return true;
}

/**
 * skb_fill_room() - make @fill->room positive
 * @fill: of a packet that has bytes left
 *
 * Return: false without memory, and when the packet is full: the caller frees the sk_buff.
 *
 * Context: NAPI context of the queue.
 */
bool skb_fill_room(struct skb_fill *fill)
{
	struct page_frag *p = fill->pages;
	int n = skb_shinfo(fill->skb)->nr_frags;

	if (fill->room)
		return true;
	if (!fill->rest || n == MAX_SKB_FRAGS ||
	    !skb_page_frag_refill(1, p, GFP_ATOMIC | __GFP_NOWARN))
		return false;
	fill->room = min(fill->rest, p->size - p->offset);
	fill->to = page_address(p->page) + p->offset;
	get_page(p->page);
	skb_add_rx_frag(fill->skb, n, p->page, p->offset, fill->room, fill->room);
	p->offset += fill->room;
	fill->rest -= fill->room;
	return true;
}

/**
 * skb_fill_advance() - bytes have been written to @fill->to
 * @fill: of the packet
 * @bytes: how many, @fill->room at most
 *
 * Context: NAPI context of the queue.
 */
void skb_fill_advance(struct skb_fill *fill, unsigned int bytes)
{
	fill->to += bytes;
	fill->room -= bytes;
}

/**
 * skb_fill_release() - give the shared page back, when the queue ends
 * @pages: of the queue; may have no page
 *
 * Context: process; the queue is stopped.
 */
void skb_fill_release(struct page_frag *pages)
{
	if (pages->page)
		put_page(pages->page);
	pages->page = NULL;
}
