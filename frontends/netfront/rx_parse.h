/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * From the slots of an rx ring, as a backend wrote them, to the plan of one packet. Pure: see
 * rx_parse.c.
 */
#ifndef SHOJI_NETFRONT_RX_PARSE_H
#define SHOJI_NETFRONT_RX_PARSE_H

#include "include/xen/io/netif.h"

#define RX_PIECES_MAX 20 /* responses of a packet that we take */
#define RX_SIZE_MIN   14 /* bytes: an Ethernet header */

struct rx_piece {
	uint32_t index;        /* of the ring: names the page */
	uint16_t offset, size; /* bytes; offset + size <= a page */
};

struct rx_plan {
	uint32_t size;     /* bytes of the packet */
	uint16_t slots;    /* of the ring, extras included */
	uint16_t flags;    /* NETRXF_csum_blank, NETRXF_data_validated */
	uint16_t gso_size; /* bytes, 0: not to be segmented */
	uint8_t gso_type;  /* XEN_NETIF_GSO_TYPE_* */
	uint8_t pieces;
	uint8_t has_hash, hash_type;
	uint32_t hash;
	const char *why; /* of RX_DROP and RX_BROKEN */
	struct rx_piece piece[RX_PIECES_MAX];
};

enum rx_verdict {
	RX_PACKET,
	RX_MORE,   /* the packet's end is not there yet */
	RX_DROP,   /* a bad packet: offer its pages again, go on */
	RX_BROKEN, /* no sense can be made of what follows */
};

/*
 * Parse the packet that begins at ring index @first; @available slots of the private copies, at
 * least 1, hold something. @plan is filled for RX_PACKET and RX_DROP; its why for RX_BROKEN,
 * too.
 */
enum rx_verdict rx_parse(const union netif_rx_slot *ring, uint32_t size, uint32_t first,
			 unsigned int available, struct rx_plan *plan);

#endif
