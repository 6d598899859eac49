// SPDX-License-Identifier: GPL-2.0-only
/*
 * From the backend to the network stack, in the queue's NAPI context. A packet is copied out of
 * the pages that the backend has written, and only then looked at; its pages are offered again at
 * once, in the slots that they came back in. So the ring is always full of pages, and no page
 * that the backend can write to is ever part of an sk_buff.
 *
 *     rsp_cons <= rsp_read <= rsp_cons + NET_RING_SIZE;  slot[] holds the responses between the two
 */
#include "netfront.h"

#include <linux/etherdevice.h>
#include <xen/events.h>

#include "common/copy.h"
#include "common/net_offload.h"
#include "common/skb_fill.h"

/* Offer the page of each slot that is free. */
static void rx_offer(struct queue *q)
{
	struct queue_rx *rx = &q->rx;
	u32 old = rx->req_prod, end = rx->rsp_cons + NET_RING_SIZE;

	if (old == end)
		return;
	for (; rx->req_prod != end; rx->req_prod++) {
		unsigned int at = rx->req_prod & NET_RING_MASK;
		struct netif_rx_request *req = &rx->ring->slot[at].req;

		WRITE_ONCE(req->id, at);
		WRITE_ONCE(req->gref, rx->pages.ref[at]);
	}
	if (ring_push_notify(&rx->ring->head.req, old, end)) {
		q->stats.rx_notifies++;
		notify_remote_via_irq(q->ev.rx_irq);
	}
}

/**
 * rx_init() - offer all pages
 * @q: a queue that is being made
 *
 * Context: process.
 */
void rx_init(struct queue *q)
{
	WRITE_ONCE(q->rx.ring->head.rsp.event, 1);
	rx_offer(q);
}

/* Copy the new responses. Returns false when there are none, or nonsense. */
static bool rx_fetch(struct queue *q)
{
	struct queue_rx *rx = &q->rx;
	u32 prod = ring_take(&rx->ring->head.rsp);

	if (prod == rx->rsp_read)
		return false;
	if (ring_unconsumed(rx->rsp_read, prod) > ring_unconsumed(rx->rsp_read, rx->req_prod)) {
		netfront_break(q->nf, "impossible producer index of an rx ring");
		return false;
	}
	for (; rx->rsp_read != prod; rx->rsp_read++) {
		unsigned int at = rx->rsp_read & NET_RING_MASK;

		*(u64 *)&rx->slot[at] = READ_ONCE(*(const u64 *)&rx->ring->slot[at]);
	}
	return true;
}

/* Copy a packet out of its pages. NULL without memory. */
static struct sk_buff *rx_build(struct queue *q, const struct rx_plan *plan)
{
	struct skb_fill fill;
	unsigned int i, n;

	if (!skb_fill_begin(&fill, &q->ev.napi, &q->rx.frags, plan->size))
		return NULL;
	for (i = 0; i < plan->pieces; i++) {
		const struct rx_piece *piece = &plan->piece[i];
		const u8 *from = q->rx.pages.addr[piece->index & NET_RING_MASK] + piece->offset;
		unsigned int rest = piece->size;

		for (; rest; rest -= n, from += n) {
			if (!skb_fill_room(&fill)) {
				kfree_skb(fill.skb);
				return NULL;
			}
			n = min(rest, fill.room);
			copy_bytes(fill.to, from, n);
			skb_fill_advance(&fill, n);
		}
	}
	return fill.skb;
}

/*
 * Take the hash that the backend names. It decides only which CPU goes on with the packet and what
 * GRO compares.
 */
static void rx_take_hash(struct queue *q, struct sk_buff *skb, const struct rx_plan *plan)
{
	enum pkt_hash_types type = PKT_HASH_TYPE_NONE;

	if (plan->has_hash)
		type = net_hash_type(plan->hash_type);
	if (type == PKT_HASH_TYPE_NONE || !(q->nf->dev->features & NETIF_F_RXHASH))
		return;
	skb_set_hash(skb, plan->hash, type);
	q->stats.rx_hashes++;
}

static void rx_deliver(struct queue *q, const struct rx_plan *plan)
{
	struct sk_buff *skb = rx_build(q, plan);
	struct net_offload offload = {
		.blank = plan->flags & NETRXF_csum_blank,
		.valid = plan->flags & NETRXF_data_validated,
		.gso_size = plan->gso_size,
		.gso_type = plan->gso_type,
	};

	if (!skb) {
		q->stats.rx_dropped++;
		return;
	}
	q->stats.rx_packets++;
	q->stats.rx_bytes += skb->len;
	skb->protocol = eth_type_trans(skb, q->nf->dev);
	skb_reset_network_header(skb);
	if (!net_offload_take(skb, &offload, &q->stats.rx_gso_fixed)) {
		q->stats.rx_errors++;
		kfree_skb(skb);
		return;
	}
	rx_take_hash(q, skb, plan);
	skb_record_rx_queue(skb, q->index);
	napi_gro_receive(&q->ev.napi, skb);
}

/**
 * rx_poll() - take packets from the backend
 * @q: a started queue
 * @budget: how many at most
 *
 * Return: how many.
 *
 * Context: the queue's NAPI context.
 */
int rx_poll(struct queue *q, int budget)
{
	struct queue_rx *rx = &q->rx;
	enum rx_verdict verdict;
	struct rx_plan plan;
	int done = 0;

	q->stats.rx_polls++;
	while (done < budget && !netfront_is_broken(q->nf)) {
		if (rx->rsp_cons == rx->rsp_read && !rx_fetch(q))
			break;
		verdict = rx_parse(rx->slot, NET_RING_SIZE, rx->rsp_cons,
				   rx->rsp_read - rx->rsp_cons, &plan);
		if (verdict == RX_MORE && rx_fetch(q))
			continue;
		if (verdict == RX_MORE)
			break;
		if (verdict == RX_BROKEN) {
			netfront_break(q->nf, plan.why);
			break;
		}
		if (verdict == RX_PACKET)
			rx_deliver(q, &plan);
		else
			q->stats.rx_errors++;
		rx->rsp_cons += plan.slots;
		done++;
		/* A backend that waits for pages gets them before the poll ends. */
		if (rx->rsp_cons + NET_RING_SIZE - rx->req_prod >= NET_RING_SIZE / 4)
			rx_offer(q);
	}
	rx_offer(q);
	net_window_found(&rx->window, done);
	return done;
}

/**
 * rx_arm() - ask for an event with the next window of responses
 * @q: a queue whose ring is empty
 *
 * Return: true when the window is full already: poll again.
 *
 * Context: the queue's NAPI context, at the end of a poll.
 */
bool rx_arm(struct queue *q)
{
	struct queue_rx *rx = &q->rx;

	if (netfront_is_broken(q->nf))
		return false;
	return ring_final_check(&rx->ring->head.rsp,
				rx->rsp_read + net_window_next(&rx->window));
}
