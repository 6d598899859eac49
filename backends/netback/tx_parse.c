// SPDX-License-Identifier: GPL-2.0-only
/*
 * What a frontend asks to be sent, judged. Pure: no kernel calls, no shared memory, no
 * allocation; built and fuzzed in user space as well.
 *
 * 1. Every slot is looked at once, in a private copy.
 * 2. Every loop ends with the slots that are there, and a packet of more than TX_PIECES_FATAL
 *    requests is no packet.
 * 3. A plan's pieces lie in their pages, their sizes add up to the packet's size, and there are
 *    TX_PIECES_MAX at most.
 * 4. A request of the right shape that we do not like is dropped (its slots are known, so they
 *    can be answered). One whose end is unknown, or that could only come from a broken or hostile
 *    peer, breaks the device.
 */
#include "tx_parse.h"

static enum tx_verdict broken(struct tx_plan *plan, const char *why)
{
	plan->why = why;
	return TX_BROKEN;
}

/* The first reason to drop stays; the slots are counted on. */
static void drop(struct tx_plan *plan, const char *why)
{
	if (!plan->why)
		plan->why = why;
}

static enum tx_verdict take_gso(const struct netif_extra_info *extra, struct tx_plan *plan)
{
	if (plan->gso_size)
		return broken(plan, "two GSO extras for one packet");
	if (!extra->u.gso.size)
		return broken(plan, "GSO with a segment size of 0");
	if (extra->u.gso.type != XEN_NETIF_GSO_TYPE_TCPV4 &&
	    extra->u.gso.type != XEN_NETIF_GSO_TYPE_TCPV6)
		return broken(plan, "GSO of an unknown type");
	plan->gso_size = extra->u.gso.size;
	plan->gso_type = extra->u.gso.type;
	return TX_PACKET;
}

static void take_mcast(const struct netif_extra_info *extra, struct tx_plan *plan)
{
	unsigned int i;

	plan->mcast_add = extra->type == XEN_NETIF_EXTRA_TYPE_MCAST_ADD;
	plan->mcast_del = extra->type == XEN_NETIF_EXTRA_TYPE_MCAST_DEL;
	for (i = 0; i < 6; i++)
		plan->mcast_addr[i] = extra->u.mcast.addr[i];
}

static void take_hash(const struct netif_extra_info *extra, struct tx_plan *plan)
{
	plan->has_hash = 1;
	plan->hash_type = extra->u.hash.type;
	plan->hash_algorithm = extra->u.hash.algorithm;
	plan->hash = extra->u.hash.value[0] | extra->u.hash.value[1] << 8 |
		     extra->u.hash.value[2] << 16 | (uint32_t)extra->u.hash.value[3] << 24;
}

/*
 * The extras behind the first request. Each type once, so there are XEN_NETIF_EXTRA_TYPE_MAX at
 * most.
 */
static enum tx_verdict take_extras(const union netif_tx_slot *slot, unsigned int available,
				   struct tx_plan *plan)
{
	unsigned int seen = 0;
	const struct netif_extra_info *extra;

	do {
		if (plan->slots == available)
			return broken(plan, "an extra was announced and is not there");
		extra = &slot[plan->slots].extra;
		if (extra->type == XEN_NETIF_EXTRA_TYPE_NONE ||
		    extra->type >= XEN_NETIF_EXTRA_TYPE_MAX)
			return broken(plan, "an extra of an unknown type");
		if (seen & 1U << extra->type)
			return broken(plan, "two extras of the same type");
		seen |= 1U << extra->type;
		plan->slots++;
		plan->extras++;
		switch (extra->type) {
		case XEN_NETIF_EXTRA_TYPE_GSO:
			if (take_gso(extra, plan) == TX_BROKEN)
				return TX_BROKEN;
			break;
		case XEN_NETIF_EXTRA_TYPE_MCAST_ADD:
		case XEN_NETIF_EXTRA_TYPE_MCAST_DEL:
			if (plan->mcast_add || plan->mcast_del)
				return broken(plan, "two multicast commands in one request");
			take_mcast(extra, plan);
			break;
		case XEN_NETIF_EXTRA_TYPE_HASH:
			take_hash(extra, plan);
			break;
		default: /* XDP: for the other direction, of no meaning here */
			break;
		}
	} while (extra->flags & XEN_NETIF_EXTRA_FLAG_MORE);
	return TX_PACKET;
}

static void add_piece(const struct netif_tx_request *req, struct tx_plan *plan, unsigned int count)
{
	struct tx_piece *piece;

	if (count >= TX_PIECES_MAX) {
		drop(plan, "a packet of too many pieces");
		return;
	}
	piece = &plan->piece[count];
	piece->gref = req->gref;
	piece->offset = req->offset;
	piece->size = req->size;
	plan->pieces = count + 1;
}

static int crosses_page(const struct tx_piece *piece)
{
	return (unsigned int)piece->offset + piece->size > XEN_NETIF_PAGE_SIZE;
}

/*
 * The requests behind the first and its extras. The first piece gets what the others leave of the
 * size.
 */
static enum tx_verdict take_pieces(const union netif_tx_slot *slot, unsigned int available,
				   struct tx_plan *plan)
{
	unsigned int count = 1, rest = slot[0].req.size;
	uint16_t flags = slot[0].req.flags;

	add_piece(&slot[0].req, plan, 0);
	while (flags & NETTXF_more_data) {
		const struct netif_tx_request *req = &slot[plan->slots].req;

		if (plan->slots == available)
			return broken(plan, "a further request was announced and is not there");
		if (count == TX_PIECES_FATAL)
			return broken(plan, "a packet without an end");
		flags = req->flags;
		if (flags & NETTXF_extra_info)
			return broken(plan, "an extra behind a later request");
		add_piece(req, plan, count);
		plan->slots++;
		count++;
		if ((unsigned int)req->offset + req->size > XEN_NETIF_PAGE_SIZE)
			return broken(plan, "a piece that crosses its page");
		if (req->size > rest) {
			drop(plan, "pieces larger than the packet");
			continue;
		}
		rest -= req->size;
	}
	if (plan->why)
		return TX_DROP;
	plan->piece[0].size = rest;
	if (crosses_page(&plan->piece[0]))
		return broken(plan, "a first piece that crosses its page");
	return TX_PACKET;
}

/**
 * tx_parse() - parse the packet that begins at @slot[0]
 * @slot: private copies of ring slots, in ring order
 * @available: how many, at least 1
 * @plan: filled for every verdict but TX_BROKEN, which sets only its why
 *
 * Return: the verdict.
 *
 * Context: any; reads nothing but its arguments.
 */
enum tx_verdict tx_parse(const union netif_tx_slot *slot, unsigned int available,
			 struct tx_plan *plan)
{
	const struct netif_tx_request *first = &slot[0].req;
	enum tx_verdict verdict;

	plan->slots = 1;
	plan->extras = 0;
	plan->size = first->size;
	plan->flags = first->flags & (NETTXF_csum_blank | NETTXF_data_validated);
	plan->gso_size = 0;
	plan->gso_type = XEN_NETIF_GSO_TYPE_NONE;
	plan->pieces = 0;
	plan->mcast_add = 0;
	plan->mcast_del = 0;
	plan->has_hash = 0;
	plan->why = (void *)0;

	if ((first->flags & NETTXF_extra_info) && take_extras(slot, available, plan) == TX_BROKEN)
		return TX_BROKEN;
	if (plan->mcast_add || plan->mcast_del) {
		/* A dummy: its own fields mean nothing, but it cannot go on. */
		if (first->flags & NETTXF_more_data)
			return broken(plan, "a multicast command with data behind it");
		return TX_COMMAND;
	}
	verdict = take_pieces(slot, available, plan);
	if (verdict == TX_PACKET && plan->size < TX_SIZE_MIN) {
		drop(plan, "a packet without a whole Ethernet header");
		return TX_DROP;
	}
	return verdict;
}
