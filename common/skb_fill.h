/* SPDX-License-Identifier: GPL-2.0-only */
/* Filling a received packet's sk_buff from pieces of unknown sizes. See skb_fill.c. */
#ifndef SHOJI_COMMON_SKB_FILL_H
#define SHOJI_COMMON_SKB_FILL_H

#include <linux/netdevice.h>
#include <linux/skbuff.h>

/**
 * struct skb_fill - a packet that is being filled
 * @skb: the packet
 * @pages: where its fragments come from: the queue's
 * @to: the next @room bytes go here
 * @room: bytes at @to
 * @rest: bytes of the packet that have no place yet, beyond @room
 */
struct skb_fill {
	struct sk_buff *skb;
	struct page_frag *pages;
	u8 *to;
	unsigned int room;
	unsigned int rest;
};

/*
 * Begin a packet of @bytes, 1 or more; fragments come from @pages. False without memory:
 * @fill->skb is NULL then. NAPI context of @napi.
 */
bool skb_fill_begin(struct skb_fill *fill, struct napi_struct *napi, struct page_frag *pages,
		    unsigned int bytes);
/*
 * Make @fill->room positive. False without memory, and when the packet is full: the caller frees
 * the sk_buff. NAPI context.
 */
bool skb_fill_room(struct skb_fill *fill);
/* @bytes, @fill->room at most, have been written to @fill->to. NAPI context. */
void skb_fill_advance(struct skb_fill *fill, unsigned int bytes);
/* Give the shared page of a stopped queue back, if there is one. Process context. */
void skb_fill_release(struct page_frag *pages);

#endif
