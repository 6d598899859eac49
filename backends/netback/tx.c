// SPDX-License-Identifier: GPL-2.0-only
/*
 * From the guest to the network stack, in the queue's NAPI context and without another thread.
 *
 * A poll copies the ring's new slots once into private memory, parses packet after packet there,
 * and fills sk_buffs: by plain copies from the pool, by grant copies from any other page, which
 * are collected and done in one hypercall a batch. Then the batch is answered, and delivered as a
 * list. Nothing of the guest's is mapped here, and no sk_buff refers to guest memory: a guest
 * cannot change a packet that was judged, and its pages wait for no receiver.
 *
 * 1. slot[head .. tail) is what is read and not yet parsed. It is refilled only when empty and
 *    after a flush, since packets of a batch find their ids there.
 * 2. Every slot of a parsed packet gets exactly one response, in ring order.
 */
#include "netback.h"

#include <linux/etherdevice.h>
#include <xen/events.h>
#include <xen/page.h>

#include "common/copy.h"
#include "common/net_offload.h"
#include "common/skb_fill.h"

/*
 * Copy what the frontend has put into the ring. Returns false when there is nothing, or nonsense.
 */
static bool tx_fetch(struct queue *q)
{
	struct queue_tx *tx = &q->tx;
	unsigned int count, first, part;
	u32 prod;

	prod = ring_take(&tx->ring->head.req);
	count = ring_unconsumed(tx->req_cons, prod);
	if (!count)
		return false;
	if (ring_unconsumed(tx->rsp_prod, prod) > NET_RING_SIZE) {
		vif_break(q->vif, "impossible producer index of a tx ring");
		return false;
	}
	first = tx->req_cons & NET_RING_MASK;
	part = min(count, NET_RING_SIZE - first);
	copy_words(tx->slot, &tx->ring->slot[first], part * sizeof(tx->slot[0]));
	copy_words(tx->slot + part, tx->ring->slot, (count - part) * sizeof(tx->slot[0]));
	tx->req_cons = prod;
	tx->head = 0;
	tx->tail = count;
	return true;
}

static void tx_grant_copy(struct queue *q, const struct tx_piece *piece, unsigned int offset,
			  u8 *to, unsigned int bytes)
{
	struct gnttab_copy *op = &q->tx.op[q->tx.ops++];

	op->source.u.ref = piece->gref;
	op->source.domid = q->vif->domid;
	op->source.offset = offset;
	op->dest.u.gmfn = virt_to_gfn(to);
	op->dest.domid = DOMID_SELF;
	op->dest.offset = xen_offset_in_page(to);
	op->len = bytes;
	op->flags = GNTCOPY_source_gref;
}

/*
 * Copy a piece, or plan its copies. Returns false without memory. An empty piece is nothing to do
 * (XSA-448).
 */
static bool tx_copy_piece(struct queue *q, struct skb_fill *fill, const struct tx_piece *piece)
{
	const u8 *from = pool_find(rcu_dereference_bh(q->pool), piece->gref, false);
	unsigned int offset = piece->offset, rest = piece->size, n;

	for (; rest; rest -= n, offset += n) {
		if (!skb_fill_room(fill))
			return false;
		n = min(rest, fill->room);
		if (from) {
			copy_bytes(fill->to, from + offset, n);
		} else {
			n = min_t(unsigned int, n, XEN_PAGE_SIZE - xen_offset_in_page(fill->to));
			tx_grant_copy(q, piece, offset, fill->to, n);
		}
		skb_fill_advance(fill, n);
	}
	if (from)
		q->stats.tx_pool_copies++;
	return true;
}

/* Make the packet of a plan. Without memory it is dropped, which the guest sees as sent. */
static void tx_build(struct queue *q, const struct tx_plan *plan, struct tx_packet *packet)
{
	unsigned int i, ops = q->tx.ops;
	struct skb_fill fill;
	bool ok;

	ok = skb_fill_begin(&fill, &q->ev.napi, &q->tx.pages, plan->size);
	for (i = 0; ok && i < plan->pieces; i++)
		ok = tx_copy_piece(q, &fill, &plan->piece[i]);
	if (!ok) {
		/* Its planned copies would go into memory that is freed here. */
		q->tx.ops = ops;
		kfree_skb(fill.skb);
		q->stats.tx_dropped++;
		packet->status = NETIF_RSP_DROPPED;
		return;
	}
	packet->skb = fill.skb;
	packet->ops = q->tx.ops - ops;
	packet->offload = (struct net_offload){
		.blank = plan->flags & NETTXF_csum_blank,
		.valid = plan->flags & NETTXF_data_validated,
		.gso_size = plan->gso_size,
		.gso_type = plan->gso_type,
	};
	packet->has_hash =
		plan->has_hash && plan->hash_algorithm == XEN_NETIF_CTRL_HASH_ALGORITHM_TOEPLITZ;
	packet->hash_type = plan->hash_type;
	packet->hash = plan->hash;
}

static void tx_command(struct queue *q, const struct tx_plan *plan, struct tx_packet *packet)
{
	if (plan->mcast_del)
		mcast_del(q->vif, plan->mcast_addr);
	else if (!mcast_add(q->vif, plan->mcast_addr))
		packet->status = NETIF_RSP_ERROR;
}

/* The copies of a packet: all of them must have worked. */
static bool tx_copied(const struct queue *q, const struct tx_packet *packet)
{
	unsigned int i;

	for (i = 0; i < packet->ops; i++)
		if (q->tx.op[packet->op + i].status != GNTST_okay)
			return false;
	return true;
}

static void tx_finish(struct queue *q, struct tx_packet *packet, struct list_head *list)
{
	struct sk_buff *skb = packet->skb;

	if (!skb)
		return;
	if (!tx_copied(q, packet)) {
		packet->status = NETIF_RSP_ERROR;
		q->stats.tx_errors++;
		kfree_skb(skb);
		return;
	}
	q->stats.tx_packets++;
	q->stats.tx_bytes += skb->len;
	skb->protocol = eth_type_trans(skb, q->vif->dev);
	skb_reset_network_header(skb);
	if (!net_offload_take(skb, &packet->offload, &q->stats.tx_gso_fixed)) {
		q->stats.tx_dropped++;
		kfree_skb(skb);
		return;
	}
	skb_record_rx_queue(skb, q->index);
	if (packet->has_hash)
		skb_set_hash(skb, packet->hash, net_hash_type(packet->hash_type));
	list_add_tail(&skb->list, list);
}

/* One response for each slot of the packet. An extra has no id: its response says nothing. */
static void tx_respond(struct queue_tx *tx, const struct tx_packet *packet)
{
	unsigned int i;

	for (i = 0; i < packet->slots; i++) {
		struct netif_tx_response *rsp = &tx->ring->slot[tx->rsp_prod++ & NET_RING_MASK].rsp;

		if (i && i <= packet->extras) {
			WRITE_ONCE(rsp->status, NETIF_RSP_NULL);
		} else {
			WRITE_ONCE(rsp->id, tx->slot[packet->slot + i].req.id);
			WRITE_ONCE(rsp->status, packet->status);
		}
	}
}

/* Copy, answer and deliver what was parsed. */
static void tx_flush(struct queue *q)
{
	struct queue_tx *tx = &q->tx;
	LIST_HEAD(list);
	unsigned int i;

	if (tx->ops) {
		gnttab_batch_copy(tx->op, tx->ops);
		q->stats.tx_grant_calls++;
		q->stats.tx_grant_copies += tx->ops;
	}
	for (i = 0; i < tx->packets; i++) {
		tx_finish(q, &tx->packet[i], &list);
		tx_respond(tx, &tx->packet[i]);
	}
	tx->packets = 0;
	tx->ops = 0;
	if (tx->rsp_prod != tx->rsp_published) {
		if (ring_push_notify(&tx->ring->head.rsp, tx->rsp_published, tx->rsp_prod)) {
			q->stats.tx_notifies++;
			notify_remote_via_irq(q->ev.tx_irq);
		}
		tx->rsp_published = tx->rsp_prod;
	}
	if (!list_empty(&list))
		netif_receive_skb_list(&list);
}

/*
 * Parse the packet at head and begin its copies. Returns false when the poll is to end: no
 * credit, or broken.
 */
static bool tx_next(struct queue *q)
{
	struct queue_tx *tx = &q->tx;
	struct tx_packet *packet;
	enum tx_verdict verdict;
	struct tx_plan plan;

	verdict = tx_parse(&tx->slot[tx->head], tx->tail - tx->head, &plan);
	if (verdict == TX_BROKEN) {
		vif_break(q->vif, plan.why);
		return false;
	}
	if (verdict == TX_PACKET && !credit_take(q->vif, &q->vif->credit_tx, plan.size)) {
		q->stats.tx_throttled++;
		return false;
	}
	packet = &tx->packet[tx->packets++];
	*packet = (struct tx_packet){
		.slot = tx->head,
		.slots = plan.slots,
		.extras = plan.extras,
		.op = tx->ops,
		.status = NETIF_RSP_OKAY,
	};
	tx->head += plan.slots;
	switch (verdict) {
	case TX_PACKET:
		tx_build(q, &plan, packet);
		break;
	case TX_COMMAND:
		tx_command(q, &plan, packet);
		break;
	default:
		net_dbg_ratelimited("%s: dropped: %s\n", q->name, plan.why);
		q->stats.tx_errors++;
		packet->status = NETIF_RSP_ERROR;
	}
	return true;
}

/**
 * tx_poll() - take packets from the guest
 * @q: a started queue
 * @budget: how many at most
 *
 * Return: how many were taken.
 *
 * Context: the queue's NAPI context.
 */
int tx_poll(struct queue *q, int budget)
{
	struct queue_tx *tx = &q->tx;
	int done = 0;

	q->stats.tx_polls++;
	while (done < budget && !vif_is_broken(q->vif)) {
		if (tx->head == tx->tail) {
			tx_flush(q);
			if (!tx_fetch(q))
				break;
		}
		if (!tx_next(q))
			break;
		done++;
		if (tx->packets == TX_BATCH || tx->ops > TX_OPS - TX_OPS_MAX)
			tx_flush(q);
	}
	tx_flush(q);
	net_window_found(&tx->window, done);
	return done;
}

/**
 * tx_idle() - is the ring what the queue waits for?
 * @q: a started queue
 *
 * Return: false while it waits for credit, and when it is broken.
 *
 * Context: the queue's NAPI context.
 */
bool tx_idle(const struct queue *q)
{
	return !vif_is_broken(q->vif) && q->tx.head == q->tx.tail;
}

/**
 * tx_arm() - ask for an event with the next window of requests
 * @q: a started queue; one that waits for credit is polled by the credit's timer instead
 *
 * Return: true when the window is full already: poll again.
 *
 * Context: the queue's NAPI context, at the end of a poll.
 */
bool tx_arm(struct queue *q)
{
	struct queue_tx *tx = &q->tx;

	if (!tx_idle(q))
		return false;
	return ring_final_check(&tx->ring->head.req,
				tx->req_cons + net_window_next(&tx->window));
}
