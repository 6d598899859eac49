// SPDX-License-Identifier: GPL-2.0-only
/*
 * From the network stack to the guest, in the sender's context: ndo_start_xmit copies the packet
 * into the guest's pages and answers its requests, so there is no queue of our own and no thread
 * to wake.
 *
 * 1. queue.rx is guarded by the lock of the netdev's queue. The stack takes it around
 *    ndo_start_xmit; rx_resume (NAPI), stall_work, rx_stop and the setters (process) take it
 *    themselves. The pool's table is read under RCU, which BH context is. rx_resume reads
 *    parked, draining, batched and stalled without it, as hints: what it does about them it does
 *    under the lock, or leaves to the stall work. Inside it mcast_lock and credit.lock are taken.
 * 2. A packet takes as many requests as it has pages of data, and one for each extra, in ring
 *    order; its responses stand in the slots of its requests.
 * 3. A packet that does not fit, or is beyond the rate limit, is parked in rx.parked, in order:
 *    while one is parked the next is parked too. From RX_PARKED_BYTES on the netdev's queue is
 *    stopped. Parked packets go on when the queue is polled: by the guest's event for new pages, by
 *    the credit's timer, or by the stall work, which drops them when the guest takes nothing for
 *    long. So a guest that takes nothing costs so many bytes and a short queue above (XSA-392).
 * 4. rx.pending keeps the packets that planned grant copies still read; they are freed after the
 *    copy (rx_flush). rsp_prod is published only after the copies that it covers.
 * 5. The event for what is published may wait for the end of the queue's poll or for the packet
 *    that the stack has announced, no longer (rx_may_wait).
 */
#include "netback.h"

#include <linux/etherdevice.h>
#include <xen/events.h>
#include <xen/page.h>

#include "common/copy.h"
#include "common/net_batch.h"

/* The request that is being filled. */
struct rx_cursor {
	struct queue *q;
	const struct pool_table *pool;
	u8 *to; /* its page, if that is of the pool */
	u32 gref;
	u32 index; /* of the ring */
	u16 id;
	u16 flags;           /* of the response to come, but for more_data */
	unsigned int offset; /* bytes filled */
	unsigned int rest;   /* bytes of the packet that are not copied yet */
	bool failed;         /* a copy of this packet that was done already */
};

/*
 * The type of @skb's hash for the hash extra, a bit number of XEN_NETIF_CTRL_HASH_TYPE_*; -1: none
 * is told.
 */
static int rx_hash_type(const struct queue *q, const struct sk_buff *skb)
{
	if (!q->rx.tell_hash || !skb->sw_hash)
		return -1;
	switch (skb->protocol) {
	case htons(ETH_P_IP):
		return skb->l4_hash ? 1 : 0;
	case htons(ETH_P_IPV6):
		return skb->l4_hash ? 3 : 2;
	default:
		return -1;
	}
}

static unsigned int rx_slots(const struct queue *q, const struct sk_buff *skb)
{
	return DIV_ROUND_UP(skb->len + q->rx.headroom, XEN_PAGE_SIZE) + skb_is_gso(skb) +
	       !!q->rx.headroom + (rx_hash_type(q, skb) >= 0);
}

/* Are there @need requests? Returns false also for a broken ring. */
static bool rx_room(struct queue *q, unsigned int need)
{
	struct queue_rx *rx = &q->rx;

	if (ring_unconsumed(rx->req_cons, rx->req_seen) >= need)
		return true;
	rx->req_seen = ring_take(&rx->ring->head.req);
	if (ring_unconsumed(rx->req_cons, rx->req_seen) > NET_RING_SIZE) {
		rx->req_seen = rx->req_cons;
		vif_break(q->vif, "impossible producer index of an rx ring");
		return false;
	}
	rx->most = max(rx->most, ring_unconsumed(rx->req_cons, rx->req_seen));
	return ring_unconsumed(rx->req_cons, rx->req_seen) >= need;
}

static void rx_take(struct rx_cursor *c)
{
	struct queue_rx *rx = &c->q->rx;
	const struct netif_rx_request *req;

	c->index = rx->req_cons++;
	req = &rx->ring->slot[c->index & NET_RING_MASK].req;
	c->id = READ_ONCE(req->id);
	c->gref = READ_ONCE(req->gref);
	c->to = pool_find(c->pool, c->gref, true);
	c->offset = 0;
}

static void rx_put(struct rx_cursor *c)
{
	struct netif_rx_response *rsp = &c->q->rx.ring->slot[c->index & NET_RING_MASK].rsp;

	WRITE_ONCE(rsp->id, c->id);
	WRITE_ONCE(rsp->offset, 0);
	WRITE_ONCE(rsp->flags, c->flags | (c->rest ? NETRXF_more_data : 0));
	WRITE_ONCE(rsp->status, c->failed ? NETIF_RSP_ERROR : (s16)c->offset);
	c->flags = 0;
	if (c->to)
		c->q->stats.rx_pool_copies++;
}

static void rx_put_extra(struct queue *q, struct netif_extra_info extra, bool more)
{
	struct netif_extra_info *slot = &q->rx.ring->slot[q->rx.req_cons++ & NET_RING_MASK].extra;

	extra.flags = more ? XEN_NETIF_EXTRA_FLAG_MORE : 0;
	BUILD_BUG_ON(sizeof(extra) != sizeof(u64));
	WRITE_ONCE(*(u64 *)slot, *(u64 *)&extra);
}

/* The extras, in the slots behind the first piece's. */
static void rx_put_extras(struct queue *q, const struct sk_buff *skb)
{
	struct netif_extra_info xdp = {.type = XEN_NETIF_EXTRA_TYPE_XDP};
	struct netif_extra_info hash = {.type = XEN_NETIF_EXTRA_TYPE_HASH};
	__le32 value = cpu_to_le32(skb_get_hash_raw(skb));
	int type = rx_hash_type(q, skb);

	if (skb_is_gso(skb))
		rx_put_extra(q, net_gso_extra(skb), q->rx.headroom || type >= 0);
	if (q->rx.headroom) {
		xdp.u.xdp.headroom = q->rx.headroom;
		rx_put_extra(q, xdp, type >= 0);
	}
	if (type >= 0) {
		hash.u.hash.type = type;
		hash.u.hash.algorithm = XEN_NETIF_CTRL_HASH_ALGORITHM_TOEPLITZ;
		memcpy(hash.u.hash.value, &value, sizeof(value));
		rx_put_extra(q, hash, false);
	}
}

/*
 * Do the planned copies. A piece that could not be copied is answered with an error; its packet
 * is the guest's loss.
 */
static bool rx_run_ops(struct queue *q)
{
	struct queue_rx *rx = &q->rx;
	bool good = true;
	unsigned int i;

	if (!rx->ops)
		return true;
	gnttab_batch_copy(rx->op, rx->ops);
	q->stats.rx_grant_calls++;
	q->stats.rx_grant_copies += rx->ops;
	for (i = 0; i < rx->ops; i++) {
		if (rx->op[i].status == GNTST_okay)
			continue;
		good = false;
		q->stats.rx_errors++;
		WRITE_ONCE(rx->ring->slot[rx->op_slot[i] & NET_RING_MASK].rsp.status,
			   NETIF_RSP_ERROR);
	}
	rx->ops = 0;
	return good;
}

/*
 * Plan the copy of bytes that lie in one page of ours, or of another domain's that is mapped
 * here.
 */
static void rx_grant_copy(struct rx_cursor *c, const u8 *from, unsigned int bytes)
{
	struct queue_rx *rx = &c->q->rx;
	struct xen_page_foreign *foreign = xen_page_foreign(virt_to_page(from));
	struct gnttab_copy *op;

	/* A packet of very many parts: its first copies are done before its last are planned. */
	if (rx->ops == RX_OPS && !rx_run_ops(c->q))
		c->failed = true;
	op = &rx->op[rx->ops];
	rx->op_slot[rx->ops++] = c->index;
	op->flags = GNTCOPY_dest_gref;
	if (foreign) {
		op->source.domid = foreign->domid;
		op->source.u.ref = foreign->gref;
		op->flags |= GNTCOPY_source_gref;
	} else {
		op->source.domid = DOMID_SELF;
		op->source.u.gmfn = virt_to_gfn(from);
	}
	op->source.offset = xen_offset_in_page(from);
	op->dest.domid = c->q->vif->domid;
	op->dest.u.ref = c->gref;
	op->dest.offset = c->offset;
	op->len = bytes;
}

/* Copy a part of the packet that is contiguous here into the guest's pages, one after the other. */
static void rx_copy(struct rx_cursor *c, const u8 *from, unsigned int bytes)
{
	unsigned int n;

	for (; bytes; bytes -= n, from += n) {
		if (c->offset == XEN_PAGE_SIZE) {
			rx_put(c);
			rx_take(c);
		}
		n = min_t(unsigned int, bytes, XEN_PAGE_SIZE - c->offset);
		if (c->to) {
			copy_bytes(c->to + c->offset, from, n);
		} else {
			n = min_t(unsigned int, n, XEN_PAGE_SIZE - xen_offset_in_page(from));
			rx_grant_copy(c, from, n);
		}
		c->offset += n;
		c->rest -= n;
	}
}

static u16 rx_flags(const struct queue *q, const struct sk_buff *skb)
{
	u16 flags = 0;

	if (skb->ip_summed == CHECKSUM_PARTIAL)
		flags = NETRXF_csum_blank | NETRXF_data_validated;
	else if (skb->ip_summed == CHECKSUM_UNNECESSARY)
		flags = NETRXF_data_validated;
	if (skb_is_gso(skb) || q->rx.headroom || rx_hash_type(q, skb) >= 0)
		flags |= NETRXF_extra_info;
	return flags;
}

/* Copy a packet for which there is room. It is consumed at once or by the flush. */
static void rx_send(struct queue *q, struct sk_buff *skb)
{
	struct queue_rx *rx = &q->rx;
	struct rx_cursor c = {
		.q = q,
		.pool = rcu_dereference_bh(q->pool),
		.flags = rx_flags(q, skb),
		.rest = skb->len,
	};
	unsigned int done = 0, n;
	struct skb_seq_state state;
	const u8 *part;

	q->stats.rx_packets++;
	q->stats.rx_bytes += skb->len;
	rx_take(&c);
	/* The first piece begins behind the headroom, and its size includes it, as in Linux. */
	c.offset = rx->headroom;
	rx_put_extras(q, skb);
	skb_prepare_seq_read(skb, 0, skb->len, &state);
	while ((n = skb_seq_read(done, &part, &state))) {
		rx_copy(&c, part, n);
		done += n;
	}
	rx_put(&c);
	rx->rsp_prod = rx->req_cons;
	/* Planned copies may be of this packet or of earlier ones: all wait for the flush. */
	if (rx->ops)
		__skb_queue_tail(&rx->pending, skb);
	else
		dev_consume_skb_any(skb);
}

/*
 * Do the planned copies, publish the responses, send the event, free the packets. @q is connected;
 * BH, under the lock of the netdev's queue.
 */
static void rx_flush(struct queue *q)
{
	struct queue_rx *rx = &q->rx;
	struct sk_buff *skb;

	WRITE_ONCE(rx->batched, 0);
	rx_run_ops(q);
	if (rx->rsp_prod != rx->rsp_told) {
		if (ring_push_notify(&rx->ring->head.rsp, rx->rsp_told, rx->rsp_prod)) {
			q->stats.rx_notifies++;
			notify_remote_via_irq(q->ev.rx_irq);
		}
		rx->rsp_told = rx->rsp_prod;
	}
	while ((skb = __skb_dequeue(&rx->pending)))
		dev_consume_skb_any(skb);
}

/*
 * Ask to be woken when @need requests are there, or a quarter of what the guest offers at most, so
 * that it is not for every packet. Returns false when they are there already.
 */
static bool rx_arm(struct queue *q, unsigned int need)
{
	need = max(need, q->rx.most / 4);
	ring_final_check(&q->rx.ring->head.req, q->rx.req_cons + need);
	return !rx_room(q, need);
}

static void rx_drop(struct queue *q, struct sk_buff *skb)
{
	q->stats.rx_dropped++;
	dev_kfree_skb_any(skb);
}

/*
 * No room for @skb: it waits, or is dropped if the guest has taken nothing for long. A packet
 * that waits is still its sender's: a local socket stops at its limit, and the netdev's queue
 * stops at ours.
 */
static void rx_park(struct queue *q, struct sk_buff *skb)
{
	struct queue_rx *rx = &q->rx;

	if (rx->draining || vif_is_broken(q->vif)) {
		q->stats.rx_drained++;
		rx_drop(q, skb);
		return;
	}
	if (skb_queue_empty(&rx->parked)) {
		rx->parked_since = jiffies;
		schedule_delayed_work(&q->vif->stall_work,
				      msecs_to_jiffies(q->vif->rx_notify ? 1000 : 10));
	}
	__skb_queue_tail(&rx->parked, skb);
	rx->parked_bytes += skb->truesize;
	q->stats.rx_parked++;
	if (rx->parked_bytes >= RX_PARKED_BYTES)
		netif_tx_stop_queue(netdev_get_tx_queue(q->vif->dev, q->index));
}

/*
 * May the guest be told of what is in the ring later, together with more? Either the stack says
 * that more comes, or the end of the queue's poll flushes (rx_resume). Only the event waits: a
 * guest that polls already sees the packet at once, unless it is yet to be copied, and needs no
 * event then.
 */
static bool rx_may_wait(struct queue *q)
{
	struct queue_rx *rx = &q->rx;

	if (netdev_xmit_more())
		return true;
	if (rx->rsp_prod == rx->rsp_told)
		return false;
	if (!net_batch(&q->ev.napi, &q->ev.poll_cpu, &rx->batched))
		return false;
	if (!rx->ops)
		ring_push(&rx->ring->head.rsp, rx->rsp_prod);
	return true;
}

/**
 * rx_start_xmit() - ndo_start_xmit of the vif: send a packet to the guest
 * @skb: the packet; its queue mapping names the queue
 * @dev: the vif's network device
 *
 * Return: NETDEV_TX_OK: the packet was sent, parked or dropped.
 *
 * Context: BH, under the lock of the netdev's queue.
 */
netdev_tx_t rx_start_xmit(struct sk_buff *skb, struct net_device *dev)
{
	struct vif *vif = netdev_priv(dev);
	unsigned int index = skb_get_queue_mapping(skb);
	struct queue *q;

	/* Packets may still come while the device is being taken down. */
	if (index >= vif->queues.nr || !vif->queues.queue[index]->rx.running) {
		dev->stats.tx_dropped++;
		dev_kfree_skb_any(skb);
		return NETDEV_TX_OK;
	}
	q = vif->queues.queue[index];
	if (q->rx.fill_hash)
		hash_of(vif, skb);
	if (rx_slots(q, skb) > RX_SLOTS_MAX || !mcast_wanted(vif, skb->data)) {
		rx_drop(q, skb);
	} else if (skb_queue_empty(&q->rx.parked) &&
		   (rx_room(q, rx_slots(q, skb)) || !rx_arm(q, rx_slots(q, skb))) &&
		   credit_take(vif, &vif->credit_rx, skb->len)) {
		q->rx.draining = false;
		skb_tx_timestamp(skb);
		rx_send(q, skb);
	} else {
		rx_park(q, skb);
	}
	if (!rx_may_wait(q) || q->rx.ops > RX_OPS / 2 ||
	    netif_xmit_stopped(netdev_get_tx_queue(dev, index)))
		rx_flush(q);
	return NETDEV_TX_OK;
}

/*
 * Send what waits, as far as there is room; else ask to be told. Returns true when nothing waits
 * any more.
 */
static bool rx_send_parked(struct queue *q)
{
	struct queue_rx *rx = &q->rx;
	struct sk_buff *skb;

	while ((skb = skb_peek(&rx->parked))) {
		if (!rx_room(q, rx_slots(q, skb)) && rx_arm(q, rx_slots(q, skb)))
			return false;
		if (!credit_take(q->vif, &q->vif->credit_rx, skb->len)) {
			rx->parked_since = jiffies; /* the guest does what it should */
			return false;
		}
		__skb_unlink(skb, &rx->parked);
		rx->parked_bytes -= skb->truesize;
		rx->parked_since = jiffies;
		rx_send(q, skb);
		if (rx->ops > RX_OPS / 2)
			rx_flush(q);
	}
	return true;
}

/**
 * rx_resume() - send parked packets where there is room, tell of the batch, let the stack send on
 * @q: a queue
 *
 * Context: the queue's NAPI context; takes the lock of the netdev's queue.
 */
void rx_resume(struct queue *q)
{
	struct netdev_queue *txq = netdev_get_tx_queue(q->vif->dev, q->index);
	struct queue_rx *rx = &q->rx;

	if (skb_queue_empty_lockless(&rx->parked) && !READ_ONCE(rx->draining) &&
	    !READ_ONCE(rx->batched))
		return;
	__netif_tx_lock(txq, smp_processor_id());
	if (rx->running) {
		if (rx_send_parked(q) && rx->draining &&
		    (rx_room(q, RX_SLOTS_MAX) || !rx_arm(q, RX_SLOTS_MAX)))
			rx->draining = false;
		rx_flush(q);
		if (rx->parked_bytes < RX_PARKED_BYTES / 2 && netif_tx_queue_stopped(txq))
			netif_tx_wake_queue(txq);
	}
	__netif_tx_unlock(txq);
	if (READ_ONCE(rx->stalled) && !READ_ONCE(rx->draining))
		schedule_delayed_work(&q->vif->stall_work, 0);
}

/**
 * rx_init() - nothing is parked
 * @q: a queue that is being made
 *
 * Context: process.
 */
void rx_init(struct queue *q)
{
	__skb_queue_head_init(&q->rx.pending);
	__skb_queue_head_init(&q->rx.parked);
}

/**
 * rx_drop_parked() - drop the parked packets
 * @q: a queue
 *
 * Context: BH, under the lock of the netdev's queue.
 */
void rx_drop_parked(struct queue *q)
{
	struct sk_buff *skb;

	while ((skb = __skb_dequeue(&q->rx.parked)))
		rx_drop(q, skb);
	q->rx.parked_bytes = 0;
}

/**
 * rx_stop() - nothing is sent any more: publish what was sent, drop what is parked
 * @q: a queue; the stack is locked out of the netdev's queue, its NAPI context is disabled
 *
 * Context: process; takes the lock of the netdev's queue.
 */
void rx_stop(struct queue *q)
{
	struct netdev_queue *txq = netdev_get_tx_queue(q->vif->dev, q->index);
	struct queue_rx *rx = &q->rx;

	__netif_tx_lock_bh(txq);
	rx->running = false;
	if (rx->ring)
		rx_flush(q);
	rx_drop_parked(q);
	rx->draining = false;
	rx->stalled = false;
	__netif_tx_unlock_bh(txq);
}

/**
 * rx_set_headroom() - leave bytes free in the first page of each packet
 * @q: a queue
 * @bytes: how many
 *
 * Context: process; takes the lock of the netdev's queue.
 */
void rx_set_headroom(struct queue *q, unsigned int bytes)
{
	struct netdev_queue *txq = netdev_get_tx_queue(q->vif->dev, q->index);

	__netif_tx_lock_bh(txq);
	q->rx.headroom = bytes;
	__netif_tx_unlock_bh(txq);
}

/**
 * rx_set_hash() - name the hash of each packet that has one
 * @q: a queue
 * @tell: name it
 * @fill: make it first
 *
 * Context: process; takes the lock of the netdev's queue.
 */
void rx_set_hash(struct queue *q, bool tell, bool fill)
{
	struct netdev_queue *txq = netdev_get_tx_queue(q->vif->dev, q->index);

	__netif_tx_lock_bh(txq);
	q->rx.tell_hash = tell;
	q->rx.fill_hash = tell && fill;
	__netif_tx_unlock_bh(txq);
}
