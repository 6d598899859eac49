// SPDX-License-Identifier: GPL-2.0-only
/*
 * Claim: netback's parser makes a correct plan of every well-formed packet, drops or refuses every
 * other, and stays within its input. The claims name the advisories whose class a pure parser can
 * show.
 */
/* sources: backends/netback/tx_parse.c backends/netback/hash_rules.c */
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/ring.h"
#include "include/xen/io/netif.h"

#include "../../backends/netback/hash_rules.h"
#include "../../backends/netback/tx_parse.h"

static int number, failures;
static struct tx_plan plan;

static void result(bool good, const char *claim)
{
	failures += !good;
	printf("%sok %d - %s\n", good ? "" : "not ", ++number, claim);
}

static union netif_tx_slot request(uint32_t gref, unsigned int offset, unsigned int size,
				   unsigned int flags)
{
	return (union netif_tx_slot){
		.req = {gref, (uint16_t)offset, (uint16_t)flags, (uint16_t)gref, (uint16_t)size}};
}

static union netif_tx_slot gso(unsigned int size, unsigned int type, unsigned int flags)
{
	union netif_tx_slot slot = {
		.extra = {.type = XEN_NETIF_EXTRA_TYPE_GSO, .flags = (uint8_t)flags}};

	slot.extra.u.gso.size = (uint16_t)size;
	slot.extra.u.gso.type = (uint8_t)type;
	return slot;
}

static union netif_tx_slot extra(unsigned int type, unsigned int flags)
{
	union netif_tx_slot slot = {.extra = {.type = (uint8_t)type, .flags = (uint8_t)flags}};

	memcpy(slot.extra.u.mcast.addr, "\x33\x33\0\0\0\1", 6);
	return slot;
}

/*
 * Parse an exact heap copy, so that the sanitizer sees a read beyond it, and the parser's promise
 * to change nothing.
 */
static enum tx_verdict parse(const union netif_tx_slot *slot, unsigned int count)
{
	union netif_tx_slot *copy = malloc(count * sizeof(*copy));
	enum tx_verdict verdict;

	memcpy(copy, slot, count * sizeof(*copy));
	memset(&plan, 0xa5, sizeof(plan));
	verdict = tx_parse(copy, count, &plan);
	if (memcmp(copy, slot, count * sizeof(*copy)))
		verdict = (enum tx_verdict)-1;
	free(copy);
	return verdict;
}

#define PARSE(...)                                        \
	parse((const union netif_tx_slot[]){__VA_ARGS__}, \
	      sizeof((const union netif_tx_slot[]){__VA_ARGS__}) / sizeof(union netif_tx_slot))

static void test_good(void)
{
	result(PARSE(request(7, 100, 60, NETTXF_csum_blank)) == TX_PACKET && plan.slots == 1 &&
		       plan.pieces == 1 && plan.size == 60 && plan.piece[0].gref == 7 &&
		       plan.piece[0].offset == 100 && plan.piece[0].size == 60 &&
		       plan.flags == NETTXF_csum_blank && !plan.gso_size && !plan.has_hash,
	       "a packet of one piece");
	result(PARSE(request(1, 0, 5000, NETTXF_more_data), request(2, 0, 4000, 0)) == TX_PACKET &&
		       plan.slots == 2 && plan.pieces == 2 && plan.piece[0].size == 1000 &&
		       plan.piece[1].size == 4000 && plan.size == 5000,
	       "the first piece has what the others leave of the size");
	result(PARSE(request(1, 0, 4096, NETTXF_extra_info),
		     gso(1448, XEN_NETIF_GSO_TYPE_TCPV6, 0)) == TX_PACKET &&
		       plan.slots == 2 && plan.extras == 1 && plan.gso_size == 1448 &&
		       plan.gso_type == XEN_NETIF_GSO_TYPE_TCPV6,
	       "a GSO extra");
	result(PARSE(request(1, 0, 100, NETTXF_extra_info),
		     gso(500, XEN_NETIF_GSO_TYPE_TCPV4, XEN_NETIF_EXTRA_FLAG_MORE),
		     (union netif_tx_slot){
			     .extra = {.type = XEN_NETIF_EXTRA_TYPE_HASH,
				       .u.hash = {1, 1, {0x78, 0x56, 0x34, 0x92}}}}) == TX_PACKET &&
		       plan.slots == 3 && plan.extras == 2 && plan.has_hash &&
		       plan.hash == 0x92345678 && plan.hash_type == 1 && plan.gso_size == 500,
	       "a GSO and a hash extra");
	result(PARSE(request(1, 4095, 100, NETTXF_more_data), request(2, 3997, 99, 0)) ==
			       TX_PACKET &&
		       plan.piece[0].size == 1,
	       "pieces that end with their pages");
	result(PARSE(request(1, 0, 60, 0), request(2, 0, 60, NETTXF_more_data)) == TX_PACKET &&
		       plan.slots == 1,
	       "what follows a packet is left alone");
}

static void test_multicast(void)
{
	result(PARSE(request(0, 0, 0, NETTXF_extra_info),
		     extra(XEN_NETIF_EXTRA_TYPE_MCAST_ADD, 0)) == TX_COMMAND &&
		       plan.mcast_add && !plan.mcast_del && plan.slots == 2 &&
		       !memcmp(plan.mcast_addr, "\x33\x33\0\0\0\1", 6),
	       "a multicast address joins by a request without a packet");
	result(PARSE(request(0, 9999, 0, NETTXF_extra_info),
		     extra(XEN_NETIF_EXTRA_TYPE_MCAST_DEL, 0)) == TX_COMMAND &&
		       plan.mcast_del && !plan.mcast_add,
	       "and leaves; the other fields of the request mean nothing");
	result(PARSE(request(0, 0, 0, NETTXF_extra_info), extra(XEN_NETIF_EXTRA_TYPE_MCAST_ADD, 1),
		     extra(XEN_NETIF_EXTRA_TYPE_MCAST_DEL, 0)) == TX_BROKEN, "not both at once");
	result(PARSE(request(0, 0, 0, NETTXF_extra_info | NETTXF_more_data),
		     extra(XEN_NETIF_EXTRA_TYPE_MCAST_ADD, 0), request(1, 0, 60, 0)) == TX_BROKEN,
	       "nor with data behind it");
}

static void test_broken(void)
{
	union netif_tx_slot endless[256];
	unsigned int i;

	for (i = 0; i < 256; i++)
		endless[i] = request(i, 0, 0xffff, NETTXF_more_data);
	endless[1].req.size = 1;
	for (i = 2; i < 256; i++)
		endless[i].req.size = 0;
	result(parse(endless, 256) == TX_BROKEN && plan.why,
	       "XSA-39: a packet without an end is refused after a bounded look");
	result(parse(endless, 5) == TX_BROKEN,
	       "XSA-39: a piece that is announced and not in the ring");
	result(PARSE(request(1, 0, 60, NETTXF_extra_info)) == TX_BROKEN,
	       "XSA-39: an extra that is announced and not in the ring");
	for (i = 1; i < 256; i++)
		endless[i] = extra(XEN_NETIF_EXTRA_TYPE_HASH, XEN_NETIF_EXTRA_FLAG_MORE);
	endless[0].req.flags = NETTXF_extra_info;
	result(parse(endless, 256) == TX_BROKEN, "extras without an end: a type comes once");
	result(PARSE(request(1, 0, 60, NETTXF_extra_info),
		     extra(XEN_NETIF_EXTRA_TYPE_HASH, XEN_NETIF_EXTRA_FLAG_MORE),
		     extra(XEN_NETIF_EXTRA_TYPE_HASH, 0)) == TX_BROKEN,
	       "even when the second one ends them");
	for (i = 0; i < 256; i++) {
		bool known = i != XEN_NETIF_EXTRA_TYPE_NONE && i < XEN_NETIF_EXTRA_TYPE_MAX;

		if ((PARSE(request(1, 0, 60, NETTXF_extra_info),
			   i == XEN_NETIF_EXTRA_TYPE_GSO ? gso(1, XEN_NETIF_GSO_TYPE_TCPV4, 0)
							 : extra(i, 0)) == TX_BROKEN) == known)
			break;
	}
	result(i == 256, "XSA-155: extra types outside the table are refused, the others not");
	result(PARSE(request(1, 0, 60, NETTXF_extra_info), gso(0, XEN_NETIF_GSO_TYPE_TCPV4, 0)) ==
			       TX_BROKEN &&
		       PARSE(request(1, 0, 60, NETTXF_extra_info),
			     gso(9, XEN_NETIF_GSO_TYPE_NONE, 0)) == TX_BROKEN &&
		       PARSE(request(1, 0, 60, NETTXF_extra_info), gso(9, 3, 0)) == TX_BROKEN,
	       "GSO of size 0 or an unknown type");
	result(PARSE(request(1, 4096, 60, 0)) == TX_BROKEN &&
		       PARSE(request(1, 0xffff, 60, 0)) == TX_BROKEN &&
		       PARSE(request(1, 4037, 60, 0)) == TX_BROKEN &&
		       PARSE(request(1, 4036, 60, 0)) == TX_PACKET &&
		       PARSE(request(1, 0, 4097, 0)) == TX_BROKEN,
	       "a piece that crosses its page, as the only one");
	result(PARSE(request(1, 0, 200, NETTXF_more_data), request(2, 0xffff, 0xffff, 0)) ==
			       TX_BROKEN &&
		       PARSE(request(1, 0, 200, NETTXF_more_data), request(2, 4000, 97, 0)) ==
			       TX_BROKEN,
	       "or as a later one; the sum does not wrap");
	result(PARSE(request(1, 0, 200, NETTXF_more_data), request(2, 0, 60, NETTXF_extra_info)) ==
		       TX_BROKEN,
	       "an extra behind a later request");
}

static void test_dropped(void)
{
	result(PARSE(request(1, 0, 100, NETTXF_more_data), request(2, 0, 101, NETTXF_more_data),
		     request(3, 0, 1, 0)) == TX_DROP &&
		       plan.slots == 3,
	       "pieces larger than the packet: all its slots are known and answered");
	result(PARSE(request(1, 0, 13, 0)) == TX_DROP && plan.slots == 1 &&
		       PARSE(request(1, 0, 14, 0)) == TX_PACKET,
	       "a packet without a whole Ethernet header");
	result(PARSE(request(1, 0, 0, NETTXF_extra_info), gso(1, XEN_NETIF_GSO_TYPE_TCPV4, 0)) ==
			       TX_DROP &&
		       plan.slots == 2,
	       "an empty packet with extras");
}

/* A packet of @pieces, of @bytes each but for the first, which has @first. */
static enum tx_verdict chain(unsigned int pieces, unsigned int bytes, unsigned int first)
{
	union netif_tx_slot slot[80];
	unsigned int i;

	for (i = 0; i < pieces; i++)
		slot[i] = request(i, 0, bytes, i + 1 < pieces ? NETTXF_more_data : 0);
	slot[0].req.size = (uint16_t)(first + (pieces - 1) * bytes);
	return parse(slot, pieces);
}

static bool adds_up(void)
{
	unsigned int i, sum = 0;

	for (i = 0; i < plan.pieces; i++) {
		if (plan.piece[i].offset + plan.piece[i].size > XEN_NETIF_PAGE_SIZE)
			return false;
		sum += plan.piece[i].size;
	}
	return sum == plan.size;
}

static void test_many(void)
{
	result(chain(18, 1, 1) == TX_PACKET && plan.pieces == 18 && adds_up(),
	       "XSA-432: a tiny packet in the largest number of pieces");
	result(chain(18, 3855, 0) == TX_PACKET && plan.piece[0].size == 0 && adds_up(),
	       "XSA-448: an empty first piece, a packet of 65535 bytes");
	result(chain(18, 0, 60) == TX_PACKET && plan.piece[17].size == 0 && adds_up(),
	       "XSA-448: empty later pieces");
	result(chain(18, 12, 1) == TX_PACKET && plan.piece[0].size == 1 && adds_up(),
	       "XSA-423: headers in many pieces; the sizes add up (the linear part is filled "
	       "across pieces)");
	result(chain(19, 10, 10) == TX_DROP && plan.slots == 19 && plan.pieces <= TX_PIECES_MAX,
	       "a piece too many: dropped, its slots known");
	result(chain(TX_PIECES_FATAL, 10, 10) == TX_DROP && plan.slots == TX_PIECES_FATAL,
	       "and so up to a bound");
	result(chain(TX_PIECES_FATAL + 1, 10, 10) == TX_BROKEN, "beyond it the device is shut");
}

static void test_wire(void)
{
	result(sizeof(struct netif_tx_request) == 12 && sizeof(union netif_tx_slot) == 12 &&
		       sizeof(union netif_rx_slot) == 8 &&
		       sizeof(struct xen_netif_ctrl_request) == 16 &&
		       sizeof(union netif_ctrl_slot) == 16 &&
		       sizeof(struct netif_extra_info) == 8 && sizeof(struct xen_netif_gref) == 8 &&
		       sizeof(struct netif_tx_ring) <= 4096 &&
		       sizeof(struct netif_rx_ring) <= 4096 &&
		       sizeof(struct netif_ctrl_ring) <= 4096,
	       "sizes of the wire");
	result(sizeof(struct netif_tx_response) == 2 + 2 &&
		       sizeof(struct netif_rx_response) == 2 + 2 + 2 + 2 &&
		       sizeof(struct xen_netif_ctrl_response) == 2 + 2 + 4 + 4,
	       "XSA-216: no response has padding that could leak");
	result(ring_unconsumed(0xfffffff0, 0x10) == 0x20 && ring_unconsumed(5, 5) == 0 &&
		       ring_unconsumed(5, 4) > NET_RING_SIZE,
	       "indices wrap; a producer behind the consumer is far ahead of it");
	result(hash_range_fits(0, 128, 128) && !hash_range_fits(1, 128, 128) &&
		       !hash_range_fits(0xffffffff, 1, 128) &&
		       !hash_range_fits(1, 0xffffffff, 128) && hash_range_fits(128, 0, 128) &&
		       !hash_range_fits(129, 0, 128),
	       "XSA-270: an offset and a count are checked without a sum that wraps");
}

int main(void)
{
	printf("1..34\n");
	test_good();
	test_multicast();
	test_broken();
	test_dropped();
	test_many();
	test_wire();
	return failures != 0;
}
