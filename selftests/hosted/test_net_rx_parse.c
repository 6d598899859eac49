// SPDX-License-Identifier: GPL-2.0-only
/*
 * Claim: netfront's parser makes a correct plan of every valid packet at any ring index, waits for
 * a packet that is not complete, and accepts nothing by which a hostile backend could gain
 * (XSA-376: frontends are hardened).
 */
/* sources: frontends/netfront/rx_parse.c */
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include "../../frontends/netfront/rx_parse.h"

#define SIZE 256

static int number, failures;
static union netif_rx_slot ring[SIZE];
static struct rx_plan plan;

static void result(bool good, const char *claim)
{
	failures += !good;
	printf("%sok %d - %s\n", good ? "" : "not ", ++number, claim);
}

static void put(uint32_t at, unsigned int offset, unsigned int flags, int status)
{
	ring[at % SIZE].rsp = (struct netif_rx_response){(uint16_t)at, (uint16_t)offset,
							 (uint16_t)flags, (int16_t)status};
}

static void put_gso(uint32_t at, unsigned int size, unsigned int type, unsigned int flags)
{
	struct netif_extra_info *extra = &ring[at % SIZE].extra;

	memset(extra, 0, sizeof(*extra));
	extra->type = XEN_NETIF_EXTRA_TYPE_GSO;
	extra->flags = (uint8_t)flags;
	extra->u.gso.size = (uint16_t)size;
	extra->u.gso.type = (uint8_t)type;
}

static enum rx_verdict parse(uint32_t first, unsigned int available)
{
	memset(&plan, 0xa5, sizeof(plan));
	return rx_parse(ring, SIZE, first, available, &plan);
}

static void test_good(void)
{
	uint32_t i;

	put(0, 2, NETRXF_csum_blank | NETRXF_data_validated, 60);
	result(parse(0, 1) == RX_PACKET && plan.slots == 1 && plan.size == 60 && plan.pieces == 1 &&
		       plan.piece[0].offset == 2 &&
		       plan.flags == (NETRXF_csum_blank | NETRXF_data_validated),
	       "a packet of one piece");
	put(0xffffffff, 0, NETRXF_extra_info | NETRXF_more_data, 4096);
	put_gso(0, 1448, XEN_NETIF_GSO_TYPE_TCPV4, 0);
	for (i = 1; i < 16; i++)
		put(i, 0, i < 15 ? NETRXF_more_data : 0, 4096);
	result(parse(0xffffffff, 17) == RX_PACKET && plan.slots == 17 && plan.pieces == 16 &&
		       plan.size == 65536 && plan.gso_size == 1448 && plan.piece[1].index == 1,
	       "a segmented one of 16 pages across the end of the indices");
	for (i = 1; i < 17; i++)
		if (parse(0xffffffff, i) != RX_MORE)
			break;
	result(i == 17, "as long as it is not whole, it is waited for");
}

static void test_bad(void)
{
	uint32_t i;

	put(0, 0, NETRXF_more_data, 60);
	put(1, 0, 0, NETIF_RSP_ERROR);
	result(parse(0, 2) == RX_DROP && plan.slots == 2,
	       "a piece that the backend could not deliver drops the packet");
	put(0, 100, NETRXF_more_data, 60);
	put(1, 100, 0, NETIF_RSP_ERROR);
	result(parse(0, 2) == RX_DROP && plan.pieces == 1,
	       "also at an offset that would hide the sign");
	put(0, 4000, 0, 97);
	result(parse(0, 1) == RX_DROP, "a piece that crosses its page");
	put(0, 0xffff, 0, 0x7fff);
	result(parse(0, 1) == RX_DROP, "offset and size do not wrap");
	put(0, 0, 0, 13);
	result(parse(0, 1) == RX_DROP, "a packet without a whole Ethernet header");
	put(0, 0, 0, 0);
	result(parse(0, 1) == RX_DROP, "an empty packet");
	for (i = 0; i < SIZE; i++)
		put(i, 0, i < 20 ? NETRXF_more_data : 0, 60);
	result(parse(0, SIZE) == RX_DROP && plan.slots == 21 && plan.pieces <= RX_PIECES_MAX,
	       "too many pieces, counted to their end");
	for (i = 0; i < SIZE; i++)
		put(i, 0, NETRXF_more_data, 60);
	result(parse(3, SIZE) == RX_BROKEN, "a packet that is the whole ring has no end");
	put(0, 0, NETRXF_extra_info, 60);
	put_gso(1, 9, XEN_NETIF_GSO_TYPE_TCPV4, XEN_NETIF_EXTRA_FLAG_MORE);
	put_gso(2, 9, XEN_NETIF_GSO_TYPE_TCPV4, 0);
	result(parse(0, 3) == RX_BROKEN, "two extras of the same type");
	put_gso(1, 0, XEN_NETIF_GSO_TYPE_TCPV4, 0);
	result(parse(0, 3) == RX_DROP && plan.slots == 2, "GSO of size 0");
	put_gso(1, 9, 7, 0);
	result(parse(0, 3) == RX_DROP, "GSO of an unknown type");
	put_gso(1, 9, 1, 0);
	ring[1].extra.type = XEN_NETIF_EXTRA_TYPE_MAX;
	result(parse(0, 3) == RX_BROKEN, "an extra of an unknown type");
}

int main(void)
{
	printf("1..15\n");
	test_good();
	test_bad();
	return failures != 0;
}
