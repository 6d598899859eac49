// SPDX-License-Identifier: GPL-2.0-only
/*
 * Requests that are almost right: each field has a correct value, a value at an edge, or a random
 * one.
 */
#include "include/xen/io/blkif.h"
#include "common/ring.h"
#include "include/xen/io/netif.h"

#include "front.h"

/* Mostly a grant that is good, of the data pages or of a ring. */
static u32 some_ref(struct evil_front *evil)
{
	struct evil_rng *r = &evil->rng;

	switch (evil_below(r, 8)) {
	case 0:
		return evil_ref(r);
	case 1:
		return evil->ring_ref[evil_below(r, evil->rings)];
	default:
		return evil->ref[evil_below(r, EVIL_PAGES)];
	}
}

static u32 mostly(struct evil_rng *r, u32 good)
{
	return evil_below(r, 5) ? good : evil_number(r);
}

static void forge_tx(struct evil_front *evil, struct netif_tx_ring *ring)
{
	struct evil_rng *r = &evil->rng;
	union netif_tx_slot *slot = &ring->slot[evil->prod[0]++ & NET_RING_MASK];
	u32 size = mostly(r, 60 + evil_below(r, 1400));

	if (!evil_below(r, 6)) {
		slot->extra = (struct netif_extra_info){.type = evil_below(r, 8),
							.flags = evil_below(r, 3)};
		slot->extra.u.gso.size = evil_number(r);
		slot->extra.u.gso.type = evil_below(r, 4);
		return;
	}
	slot->req = (struct netif_tx_request){
		.gref = some_ref(evil),
		.offset = mostly(r, evil_below(r, 2000)),
		.flags = mostly(r, evil_below(r, 4) ? 0 : NETTXF_more_data),
		.id = evil_number(r),
		.size = size,
	};
}

static void forge_rx(struct evil_front *evil, struct netif_rx_ring *ring)
{
	union netif_rx_slot *slot = &ring->slot[evil->prod[1]++ & NET_RING_MASK];

	slot->req = (struct netif_rx_request){.id = evil_next(&evil->rng), .gref = some_ref(evil)};
}

static void forge_ctrl(struct evil_front *evil, struct netif_ctrl_ring *ring)
{
	struct evil_rng *r = &evil->rng;
	union netif_ctrl_slot *slot = &ring->slot[evil->prod[2]++ % CTRL_RING_SIZE];

	slot->req = (struct xen_netif_ctrl_request){
		.id = evil_next(r),
		.type = evil_below(r, 13),
		.data = {mostly(r, 0), some_ref(evil), mostly(r, evil_below(r, 520))},
	};
}

static void forge_rw(struct evil_front *evil, struct blk_request_rw *rw)
{
	struct evil_rng *r = &evil->rng;
	unsigned int i;

	rw->nr_segments = mostly(r, 1 + evil_below(r, BLK_SLOT_SEGMENTS));
	rw->sector = mostly(r, evil_below(r, 1000));
	for (i = 0; i < BLK_SLOT_SEGMENTS; i++)
		rw->seg[i] =
			(struct blk_segment){some_ref(evil), mostly(r, 0), mostly(r, 7), {0, 0}};
}

static void forge_indirect(struct evil_front *evil, struct blk_request_indirect *indirect)
{
	struct evil_rng *r = &evil->rng;
	unsigned int i;

	indirect->indirect_op = mostly(r, evil_below(r, 2));
	indirect->nr_segments = mostly(r, 1 + evil_below(r, 600));
	indirect->sector = mostly(r, evil_below(r, 1000));
	for (i = 0; i < BLK_MAX_INDIRECT_PAGES; i++)
		indirect->grefs[i] = some_ref(evil);
}

static void forge_pool(struct evil_front *evil, struct blk_request_pool *pool)
{
	struct evil_rng *r = &evil->rng;
	unsigned int i;

	pool->nr_extents = mostly(r, 1 + evil_below(r, BLK_SLOT_SEGMENTS));
	pool->pool_op = mostly(r, evil_below(r, 2));
	pool->flags = evil_next(r);
	pool->sector = mostly(r, evil_below(r, 1000));
	for (i = 0; i < BLK_SLOT_SEGMENTS; i++)
		pool->extent[i] =
			(struct pool_extent){mostly(r, evil_below(r, 65536)), mostly(r, 4096)};
}

static void forge_blk(struct evil_front *evil, struct ring_shared *ring)
{
	static const u8 operation[] = {BLK_OP_READ,	BLK_OP_WRITE, BLK_OP_WRITE_BARRIER,
				       BLK_OP_FLUSH,	BLK_OP_DISCARD, BLK_OP_INDIRECT,
				       BLK_OP_POOL, BLK_OP_WRITE_ZEROES, BLK_OP_POOL_SIZE};
	struct evil_rng *r = &evil->rng;
	union blk_request *request = (void *)ring + RING_HEADER_BYTES +
				     (evil->prod[0]++ & 31) * BLK_SLOT_BYTES_64;

	request->operation = mostly(r, operation[evil_below(r, ARRAY_SIZE(operation))]);
	switch (request->operation) {
	case BLK_OP_INDIRECT:
		forge_indirect(evil, &request->indirect);
		break;
	case BLK_OP_POOL:
		forge_pool(evil, &request->pool);
		break;
	case BLK_OP_POOL_SIZE:
		request->pool_size.pages = mostly(r, 1 + evil_below(r, EVIL_PAGES));
		break;
	case BLK_OP_DISCARD:
	case BLK_OP_WRITE_ZEROES:
		request->discard.flag = evil_next(r);
		request->discard.sector = mostly(r, evil_below(r, 1000));
		request->discard.nr_sectors = mostly(r, 8);
		break;
	default:
		forge_rw(evil, &request->rw);
	}
	request->rw.id = evil_next(r);
}

/* Put up to eight requests into one of the rings and show them. */
void evil_forge(struct evil_front *evil)
{
	u32 which = evil->vif ? evil_below(&evil->rng, evil->rings) : 0,
	    n = 1 + evil_below(&evil->rng, 8);

	while (n--) {
		if (!evil->vif)
			forge_blk(evil, evil->ring[0]);
		else if (which == 0)
			forge_tx(evil, evil->ring[0]);
		else if (which == 1)
			forge_rx(evil, evil->ring[1]);
		else
			forge_ctrl(evil, evil->ring[2]);
	}
	virt_wmb(); /* as a good frontend does it; no partner needs it here */
	WRITE_ONCE(*(u32 *)evil->ring[which], evil->prod[which]);
}
