// SPDX-License-Identifier: GPL-2.0-only
/*
 * From the network stack to the backend. A packet is copied into pages that are granted for good,
 * one request a page, and is done with: no grant is made or ended, and no sk_buff waits for the
 * backend. A backend that knows the pool reads the pages where they are; any other copies or maps
 * them as ever.
 *
 * 1. Everything here is guarded by the lock of the netdev's queue.
 * 2. id[0 .. free) are the ids (and pages) that are free; busy has a bit for each that the
 *    backend has. A response gives back an id that is busy, or the backend is broken.
 * 3. Responses are wanted for their pages only, so they are read when room runs short, and an
 *    event is asked for only when the netdev's queue stops.
 */
#include "netfront.h"

#include <linux/nospec.h>
#include <linux/skbuff.h>
#include <xen/events.h>

#include "common/copy.h"
#include "common/net_batch.h"
#include "common/net_offload.h"

/**
 * tx_init() - all ids are free, and no event is wanted
 * @q: a queue that is being made
 *
 * Context: process.
 */
void tx_init(struct queue *q)
{
	struct queue_tx *tx = &q->tx;
	unsigned int i;

	for (i = 0; i < NET_RING_SIZE; i++)
		tx->id[i] = NET_RING_SIZE - 1 - i;
	tx->free = NET_RING_SIZE;
	/* No event: the netdev's queue is not stopped. */
	WRITE_ONCE(tx->ring->head.rsp.event, tx->rsp_cons + NET_RING_SIZE);
	WRITE_ONCE(tx->ring->head.req.event, 1);
}

static unsigned int tx_room(const struct queue_tx *tx)
{
	return min(NET_RING_SIZE - ring_unconsumed(tx->rsp_cons, tx->req_prod), tx->free);
}

/* Take back what the backend has answered. */
static void tx_reap(struct queue *q)
{
	struct queue_tx *tx = &q->tx;
	u32 prod = ring_take(&tx->ring->head.rsp);

	if (ring_unconsumed(tx->rsp_cons, prod) >
	    ring_unconsumed(tx->rsp_cons, tx->req_published)) {
		netfront_break(q->nf, "impossible producer index of a tx ring");
		return;
	}
	for (; tx->rsp_cons != prod; tx->rsp_cons++) {
		const struct netif_tx_response *rsp =
			&tx->ring->slot[tx->rsp_cons & NET_RING_MASK].rsp;
		u16 id = READ_ONCE(rsp->id);

		if (READ_ONCE(rsp->status) == NETIF_RSP_NULL)
			continue;
		if (id >= NET_RING_SIZE ||
		    !__test_and_clear_bit(array_index_nospec(id, NET_RING_SIZE), tx->busy)) {
			netfront_break(q->nf, "an answer to a request that was never made");
			return;
		}
		tx->id[tx->free++] = id;
	}
}

/* Copy the packet into the pages of @id, one after the other. */
static void tx_copy(struct queue *q, struct sk_buff *skb, const u16 *id)
{
	unsigned int done = 0, part, n;
	struct skb_seq_state state;
	const u8 *from;

	skb_prepare_seq_read(skb, 0, skb->len, &state);
	while ((part = skb_seq_read(done, &from, &state))) {
		for (; part; part -= n, from += n, done += n) {
			unsigned int offset = xen_offset_in_page(done);
			u8 *to = q->tx.pages.addr[id[done / XEN_PAGE_SIZE]];

			n = min_t(unsigned int, part, XEN_PAGE_SIZE - offset);
			copy_bytes(to + offset, from, n);
		}
	}
}

static void tx_request(struct queue *q, struct netif_tx_request req)
{
	struct queue_tx *tx = &q->tx;
	struct netif_tx_request *slot = &tx->ring->slot[tx->req_prod++ & NET_RING_MASK].req;

	*(volatile struct netif_tx_request *)slot = req;
}

static void tx_extra(struct queue_tx *tx, struct netif_extra_info extra)
{
	*(volatile struct netif_extra_info *)&tx->ring->slot[tx->req_prod++ & NET_RING_MASK].extra =
		extra;
}

/* Put a packet for which there is room into the ring. */
static void tx_put(struct queue *q, struct sk_buff *skb)
{
	struct queue_tx *tx = &q->tx;
	u16 flags = 0, id[TX_SLOTS_MAX];
	unsigned int at, n, i = 0;

	if (skb->ip_summed == CHECKSUM_PARTIAL)
		flags = NETTXF_csum_blank | NETTXF_data_validated;
	else if (skb->ip_summed == CHECKSUM_UNNECESSARY)
		flags = NETTXF_data_validated;
	if (skb_is_gso(skb))
		flags |= NETTXF_extra_info;
	for (at = 0; at < skb->len; at += n) {
		n = min_t(unsigned int, skb->len - at, XEN_PAGE_SIZE);
		id[i] = tx->id[--tx->free];
		__set_bit(id[i], tx->busy);
		if (at + n < skb->len)
			flags |= NETTXF_more_data;
		/* The first request names the size of the whole packet. */
		tx_request(q, (struct netif_tx_request){
			.gref = tx->pages.ref[id[i]],
			.flags = flags,
			.id = id[i],
			.size = at ? n : skb->len,
		});
		if (!at && skb_is_gso(skb))
			tx_extra(tx, net_gso_extra(skb));
		flags = 0;
		i++;
	}
	tx_copy(q, skb, id);
	q->stats.tx_packets++;
	q->stats.tx_bytes += skb->len;
}

/* Show the backend what is in the ring, and tell it if it asked to be. */
static void tx_push(struct queue *q)
{
	struct queue_tx *tx = &q->tx;

	WRITE_ONCE(tx->batched, 0);
	if (tx->req_prod == tx->req_told)
		return;
	if (ring_push_notify(&tx->ring->head.req, tx->req_told, tx->req_prod)) {
		q->stats.tx_notifies++;
		notify_remote_via_irq(q->ev.tx_irq);
	}
	tx->req_published = tx->req_prod;
	tx->req_told = tx->req_prod;
}

/**
 * tx_pause() - the stack sends no more: tell the backend of what is in the ring
 * @q: a queue that stops
 *
 * Context: process; takes the lock of the netdev's queue.
 */
void tx_pause(struct queue *q)
{
	struct netdev_queue *txq = netdev_get_tx_queue(q->nf->dev, q->index);

	__netif_tx_lock_bh(txq);
	if (!netfront_is_broken(q->nf))
		tx_push(q);
	__netif_tx_unlock_bh(txq);
}

/*
 * Is there no room for another packet, even after a look at the answers? Then ask to be told when
 * half are free.
 */
static bool tx_full(struct queue *q)
{
	struct queue_tx *tx = &q->tx;
	unsigned int busy;

	if (tx_room(tx) >= TX_SLOTS_MAX)
		return false;
	tx_reap(q);
	if (tx_room(tx) >= TX_SLOTS_MAX || netfront_is_broken(q->nf))
		return false;
	busy = ring_unconsumed(tx->rsp_cons, tx->req_prod);
	ring_final_check(&tx->ring->head.rsp, tx->rsp_cons + max(busy / 2, 1U));
	tx_reap(q);
	return tx_room(tx) < TX_SLOTS_MAX;
}

/* Stop the netdev's queue until there is room. Returns false when there is no need to any more. */
static bool tx_stop(struct queue *q, struct netdev_queue *txq)
{
	q->stats.tx_stops++;
	tx_push(q);
	netif_tx_stop_queue(txq);
	/* The backend may have answered everything between the last look and here. */
	if (tx_full(q))
		return true;
	netif_tx_wake_queue(txq);
	return false;
}

/*
 * May the backend be told of what is in the ring later, together with more? Either the stack says
 * that more comes, or the end of the queue's poll pushes (tx_resume). Only the event waits: a
 * backend that polls already sees the packet at once, and needs no event then.
 */
static bool tx_may_wait(struct queue *q)
{
	struct queue_tx *tx = &q->tx;

	if (netdev_xmit_more())
		return true;
	if (tx->req_prod == tx->req_told)
		return false;
	if (!net_batch(&q->ev.napi, &q->ev.poll_cpu, &tx->batched))
		return false;
	ring_push(&tx->ring->head.req, tx->req_prod);
	tx->req_published = tx->req_prod;
	return true;
}

/**
 * tx_command() - tell the backend something, with a packet that is none
 * @q: of a started device
 * @extra: what; the last extra of its packet
 *
 * Return: false when there is no room now. Process context.
 */
bool tx_command(struct queue *q, struct netif_extra_info extra)
{
	struct netdev_queue *txq = netdev_get_tx_queue(q->nf->dev, q->index);
	struct queue_tx *tx = &q->tx;
	bool sent = false;
	u16 id;

	__netif_tx_lock_bh(txq);
	if (READ_ONCE(q->nf->started) && !netif_tx_queue_stopped(txq) &&
	    !netfront_is_broken(q->nf) && !tx_full(q)) {
		id = tx->id[--tx->free];
		__set_bit(id, tx->busy);
		tx_request(q, (struct netif_tx_request){.gref = tx->pages.ref[id],
							.flags = NETTXF_extra_info,
							.id = id});
		tx_extra(tx, extra);
		tx_push(q);
		sent = true;
	}
	__netif_tx_unlock_bh(txq);
	return sent;
}

/**
 * tx_start_xmit() - ndo_start_xmit: send a packet
 * @skb: the packet; its queue mapping names the queue
 * @dev: the network device
 *
 * Return: NETDEV_TX_OK, or NETDEV_TX_BUSY for a queue that had no room when it was started.
 *
 * Context: BH or process, under the lock of the netdev's queue.
 */
netdev_tx_t tx_start_xmit(struct sk_buff *skb, struct net_device *dev)
{
	struct netfront *nf = netdev_priv(dev);
	unsigned int index = skb_get_queue_mapping(skb);
	struct netdev_queue *txq = netdev_get_tx_queue(dev, index);
	struct queue *q;

	/* Packets may still come while the device is being taken down. */
	if (!READ_ONCE(nf->started) || index >= nf->queues.nr || netfront_is_broken(nf)) {
		dev->stats.tx_dropped++;
		dev_kfree_skb_any(skb);
		return NETDEV_TX_OK;
	}
	q = nf->queues.queue[index];
	/*
	 * The queue of a device that was down and is up again was started, whatever the backend has
	 * answered meanwhile (maybe nothing).
	 */
	if (unlikely(tx_room(&q->tx) < TX_SLOTS_MAX) && tx_stop(q, txq))
		return NETDEV_TX_BUSY;
	/* Shorter than an Ethernet header: a raw socket's nonsense, which backends refuse. */
	if (skb->len > XEN_NETIF_MAX_TX_SIZE || skb->len < ETH_HLEN || netfront_is_broken(nf)) {
		q->stats.tx_dropped++;
		dev_kfree_skb_any(skb);
	} else {
		skb_tx_timestamp(skb);
		tx_put(q, skb);
		dev_consume_skb_any(skb);
	}
	if (tx_full(q))
		tx_stop(q, txq);
	else if (!tx_may_wait(q))
		tx_push(q);
	return NETDEV_TX_OK;
}

/**
 * tx_resume() - the end of a poll: tell the backend of the batch, and let the stack send on
 * @q: a queue
 *
 * Context: the queue's NAPI context; takes the lock of the netdev's queue.
 */
void tx_resume(struct queue *q)
{
	struct netdev_queue *txq = netdev_get_tx_queue(q->nf->dev, q->index);

	if (!netif_tx_queue_stopped(txq) && !READ_ONCE(q->tx.batched))
		return;
	__netif_tx_lock(txq, smp_processor_id());
	if (READ_ONCE(q->nf->started) && !netfront_is_broken(q->nf)) {
		tx_push(q);
		if (netif_tx_queue_stopped(txq) && !tx_full(q) && !netfront_is_broken(q->nf))
			netif_tx_wake_queue(txq);
	}
	__netif_tx_unlock(txq);
}
