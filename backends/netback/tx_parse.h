/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * From the slots of a tx ring, as a frontend wrote them, to the plan of one packet. Pure: see
 * tx_parse.c.
 */
#ifndef SHOJI_NETBACK_TX_PARSE_H
#define SHOJI_NETBACK_TX_PARSE_H

#include "include/xen/io/netif.h"

#define TX_PIECES_MAX   XEN_NETIF_NR_SLOTS_MIN /* requests of a packet that we carry */
#define TX_PIECES_FATAL 64 /* a packet of more requests than this ends the queue */
#define TX_SIZE_MIN     14 /* bytes: an Ethernet header */

struct tx_piece {
	uint32_t gref;
	uint16_t offset, size; /* bytes; offset + size <= a page; size may be 0 */
};

/* What one packet is and which of the slots it takes. */
struct tx_plan {
	uint16_t slots;    /* of the ring, extras included; >= 1 on every result but TX_BROKEN */
	uint16_t extras;   /* slots 1 .. extras are extras */
	uint16_t size;     /* bytes of the packet; the pieces add up to it */
	uint16_t flags;    /* NETTXF_csum_blank, NETTXF_data_validated */
	uint16_t gso_size; /* bytes, 0: not to be segmented */
	uint8_t gso_type;  /* XEN_NETIF_GSO_TYPE_*, NONE with gso_size 0 */
	uint8_t pieces;
	uint8_t mcast_add, mcast_del; /* mcast_addr joins or leaves: such a request is no packet */
	uint8_t mcast_addr[6];
	uint8_t has_hash, hash_type, hash_algorithm;
	uint32_t hash;
	const char *why; /* of TX_DROP and TX_BROKEN */
	struct tx_piece piece[TX_PIECES_MAX];
};

enum tx_verdict {
	TX_PACKET,  /* the plan is a packet to be delivered */
	TX_COMMAND, /* a multicast list command without a packet */
	TX_DROP,    /* a bad packet: answer its slots with an error, go on */
	TX_BROKEN,  /* no sense can be made of what follows: the device is to be shut */
};

/*
 * Parse the packet that begins at @slot[0], of @available private copies, at least 1. @plan is
 * filled for every verdict but TX_BROKEN, which sets only its why.
 */
enum tx_verdict tx_parse(const union netif_tx_slot *slot, unsigned int available,
			 struct tx_plan *plan);

#endif
