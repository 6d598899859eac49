// SPDX-License-Identifier: GPL-2.0-only
/*
 * What a backend says it has delivered, judged: a frontend trusts its backend no more than the
 * other way round. Pure: no kernel calls, no shared memory, no allocation; built and fuzzed in
 * user space as well.
 *
 * 1. Every slot is looked at in a private copy.
 * 2. Every loop ends with the slots that are there; a packet of more than RX_PIECES_MAX pieces is
 *    counted to its end and dropped; extras come once each.
 * 3. A plan's pieces lie in their pages, and their sizes add up to the packet's.
 */
#include "rx_parse.h"

static const union netif_rx_slot *slot_at(const union netif_rx_slot *ring, uint32_t size,
					  uint32_t index)
{
	return &ring[index & (size - 1)];
}

static enum rx_verdict broken(struct rx_plan *plan, const char *why)
{
	plan->why = why;
	return RX_BROKEN;
}

static void drop(struct rx_plan *plan, const char *why)
{
	if (!plan->why)
		plan->why = why;
}

static void take_extra(const struct netif_extra_info *extra, struct rx_plan *plan)
{
	switch (extra->type) {
	case XEN_NETIF_EXTRA_TYPE_GSO:
		plan->gso_size = extra->u.gso.size;
		plan->gso_type = extra->u.gso.type;
		if (!plan->gso_size)
			drop(plan, "GSO with a segment size of 0");
		if (plan->gso_type != XEN_NETIF_GSO_TYPE_TCPV4 &&
		    plan->gso_type != XEN_NETIF_GSO_TYPE_TCPV6)
			drop(plan, "GSO of an unknown type");
		break;
	case XEN_NETIF_EXTRA_TYPE_HASH:
		plan->has_hash = 1;
		plan->hash_type = extra->u.hash.type;
		plan->hash = extra->u.hash.value[0] | extra->u.hash.value[1] << 8 |
			     extra->u.hash.value[2] << 16 | (uint32_t)extra->u.hash.value[3] << 24;
		break;
	default: /* nothing that we asked for: the packet is what it is */
		break;
	}
}

/* One piece; its response says where its bytes are, or that there are none. */
static void take_piece(const struct netif_rx_response *rsp, uint32_t index, struct rx_plan *plan)
{
	struct rx_piece *piece;

	if (rsp->status < 0) {
		drop(plan, "the backend could not deliver it");
		return;
	}
	if ((unsigned int)rsp->offset + rsp->status > XEN_NETIF_PAGE_SIZE) {
		drop(plan, "a piece that crosses its page");
		return;
	}
	if (plan->pieces == RX_PIECES_MAX) {
		drop(plan, "a packet of too many pieces");
		return;
	}
	piece = &plan->piece[plan->pieces++];
	piece->index = index;
	piece->offset = rsp->offset;
	piece->size = rsp->status;
	plan->size += rsp->status;
}

/**
 * rx_parse() - parse the packet that begins at ring index @first
 * @ring: private copies of the ring's slots
 * @size: how many, a power of two
 * @first: ring index
 * @available: how many slots from @first on hold something, at least 1
 * @plan: filled for RX_PACKET and RX_DROP; its why for RX_BROKEN, too
 *
 * Return: the verdict.
 *
 * Context: any; reads nothing but its arguments.
 */
enum rx_verdict rx_parse(const union netif_rx_slot *ring, uint32_t size, uint32_t first,
			 unsigned int available, struct rx_plan *plan)
{
	const struct netif_rx_response *rsp = &slot_at(ring, size, first)->rsp;
	const struct netif_extra_info *extra;
	unsigned int seen = 0, more;

	plan->size = 0;
	plan->slots = 1;
	plan->flags = rsp->flags & (NETRXF_csum_blank | NETRXF_data_validated);
	plan->gso_size = 0;
	plan->gso_type = XEN_NETIF_GSO_TYPE_NONE;
	plan->pieces = 0;
	plan->has_hash = 0;
	plan->why = (void *)0;
	take_piece(rsp, first, plan);

	for (more = rsp->flags & NETRXF_extra_info; more;
	     more = extra->flags & XEN_NETIF_EXTRA_FLAG_MORE) {
		if (plan->slots == available)
			return available == size ? broken(plan, "a ring of nothing but extras")
						 : RX_MORE;
		extra = &slot_at(ring, size, first + plan->slots)->extra;
		if (extra->type == XEN_NETIF_EXTRA_TYPE_NONE ||
		    extra->type >= XEN_NETIF_EXTRA_TYPE_MAX)
			return broken(plan, "an extra of an unknown type");
		if (seen & 1U << extra->type)
			return broken(plan, "two extras of the same type");
		seen |= 1U << extra->type;
		plan->slots++;
		take_extra(extra, plan);
	}
	for (more = rsp->flags & NETRXF_more_data; more; more = rsp->flags & NETRXF_more_data) {
		if (plan->slots == available)
			return available == size ? broken(plan, "a packet without an end")
						 : RX_MORE;
		rsp = &slot_at(ring, size, first + plan->slots)->rsp;
		take_piece(rsp, first + plan->slots, plan);
		plan->slots++;
	}
	if (!plan->why && plan->size < RX_SIZE_MIN)
		drop(plan, "a packet without a whole Ethernet header");
	if (!plan->why && plan->size > RX_PIECES_MAX * XEN_NETIF_PAGE_SIZE)
		drop(plan, "a packet that is too long");
	return plan->why ? RX_DROP : RX_PACKET;
}
