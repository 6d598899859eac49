/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Filling a received packet's sk_buff from pieces of unknown sizes: a short packet whole into the
 * linear part, of a long one the headers, and the rest into large pages that many packets share.
 */
#ifndef SHOJI_SKB_FILL_H
#define SHOJI_SKB_FILL_H

#include <linux/netdevice.h>
#include <linux/sched.h>
#include <linux/skbuff.h>
#include <net/sock.h>

#define SKB_FILL_WHOLE 1600 /* bytes: a packet up to here has no fragments */
#define SKB_FILL_HEAD  256  /* bytes of a longer one that become linear: more than its headers */

struct skb_fill {
	struct sk_buff *skb;
	struct page_frag *pages; /* where fragments come from: the queue's */
	u8 *to;                  /* the next @room bytes go here */
	unsigned int room;
	unsigned int rest; /* bytes of the packet that have no place yet, behind @room */
};

/*
 * Begin a packet of @bytes, 1 or more. Returns false without memory. NAPI context of @napi.
 */
static inline bool skb_fill_begin(struct skb_fill *f, struct napi_struct *napi,
				  struct page_frag *pages, unsigned int bytes)
{
	unsigned int linear = bytes <= SKB_FILL_WHOLE ? bytes : SKB_FILL_HEAD;

	f->skb = napi_alloc_skb(napi, linear);
	if (!f->skb)
		return false;
	f->pages = pages;
	f->to = __skb_put(f->skb, linear);
	f->room = linear;
	f->rest = bytes - linear;
	return true;
}

/*
 * Make @room positive while the packet has bytes left. Returns false without memory: the caller
 * frees the skb.
 */
static inline bool skb_fill_room(struct skb_fill *f)
{
	struct page_frag *p = f->pages;
	int n = skb_shinfo(f->skb)->nr_frags;

	if (f->room)
		return true;
	if (!f->rest || n == MAX_SKB_FRAGS ||
	    !skb_page_frag_refill(1, p, GFP_ATOMIC | __GFP_NOWARN))
		return false;
	f->room = min(f->rest, p->size - p->offset);
	f->to = page_address(p->page) + p->offset;
	get_page(p->page);
	skb_add_rx_frag(f->skb, n, p->page, p->offset, f->room, f->room);
	p->offset += f->room;
	f->rest -= f->room;
	return true;
}

static inline void skb_fill_advance(struct skb_fill *f, unsigned int bytes)
{
	f->to += bytes;
	f->room -= bytes;
}

/* Give the shared page back, when the queue ends. */
static inline void skb_fill_release(struct page_frag *pages)
{
	if (pages->page)
		put_page(pages->page);
	pages->page = NULL;
}

#endif
