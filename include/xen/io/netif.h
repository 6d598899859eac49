/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The network protocol between a frontend (in a guest) and a backend (in Domain-0): the slots of
 * its three rings.
 *
 *   tx ring    frontend to backend: a request names a piece of a packet, its response gives it back
 *   rx ring    backend to frontend: a request offers a page, its response says what was put there
 *   ctrl ring  questions of the frontend about hashing and the pool, answered one by one
 *
 * A packet is a first request, the extras that it announces, then further requests. On the tx
 * ring the first request carries the size of the whole packet, on the rx ring that of its own
 * piece. Responses of the rx ring stand in the slot of the request that they answer: an extra
 * overlays the id.
 *
 * Each ring is one page: the header of ring.h, then slots. For each, with all indices modulo 2^32,
 *
 *     rsp_cons <= rsp_prod <= req_cons <= req_prod <= rsp_cons + slots
 *
 * and a peer whose index breaks this order breaks the protocol.
 *
 * Xenstore keys, all numbers in decimal.   B: written by the backend before InitWait, F: by the
 * frontend before Connected
 *   B feature-sg, feature-gso-tcpv4, feature-gso-tcpv6, feature-ipv6-csum-offload: 1
 *   B feature-rx-copy: 1
 *   B feature-rx-flip: 0                  B feature-split-event-channels, feature-ctrl-ring: 1
 *   B feature-multicast-control, feature-dynamic-multicast-control: 1     B multi-queue-max-queues
 *   F request-rx-copy, feature-rx-notify: 1 (asked for)
 *   F feature-sg, feature-gso-tcpv4, feature-gso-tcpv6, feature-ipv6-csum-offload
 *   F feature-no-csum-offload (IPv4: the other way round)
 *   F request-multicast-control   F multi-queue-num-queues
 *   F tx-ring-ref, rx-ring-ref, event-channel or event-channel-tx and -rx (below queue-N/ with two
 *     or more queues)
 *   F ctrl-ring-ref, event-channel-ctrl
 *   B feature-xdp-headroom: 1. F xdp-headroom: bytes left free before a packet in its first page;
 *     changed in the states Reconfiguring (F) and Reconfigured (B)
 *   B feature-queue-line: 1, ours (ABI.md 18.4). F queue-line: the rings and event channels of all
 *     queues, in the place of those keys
 *   F feature-requeue: 1, ours (ABI.md 18.3): connects anew when B changes multi-queue-max-queues
 *   toolstack: mac, handle, rate ("bytes,microseconds"), mtu, script, hotplug-status, trusted
 */
#ifndef SHOJI_XEN_IO_NETIF_H
#define SHOJI_XEN_IO_NETIF_H

#include "ring.h"

#define NETIF_KEY_REQUEUES   "feature-requeue"
#define NETIF_KEY_TAKES_LINE "feature-queue-line"
#define NETIF_KEY_QUEUE_LINE "queue-line"
#define NETIF_MAX_PORT	     131071u /* of an event channel (ABI.md 10) */

#define XEN_NETIF_PAGE_SIZE 4096 /* of a grant, whatever the page size of a kernel */
#define XEN_NETIF_NR_SLOTS_MIN 18 /* requests of one packet that every backend takes */
#define XEN_NETIF_MAX_TX_SIZE 0xffff /* bytes of a packet */

/* ---- tx ring --------------------------------------------------------------------------------- */

#define NETTXF_csum_blank     (1U << 0) /* the transport checksum is still to be computed */
#define NETTXF_data_validated (1U << 1) /* the transport checksum is known to be right */
#define NETTXF_more_data      (1U << 2) /* a further request of this packet follows */
#define NETTXF_extra_info     (1U << 3) /* an extra follows (first request only) */

struct netif_tx_request {
	uint32_t gref; /* page that holds the piece */
	uint16_t offset; /* bytes into it */
	uint16_t flags; /* NETTXF_* */
	uint16_t id; /* echoed */
	uint16_t size; /* bytes: of the packet (first), of the piece (others) */
};

struct netif_tx_response {
	uint16_t id;
	int16_t status; /* NETIF_RSP_* */
};

#define NETIF_RSP_DROPPED (-2)
#define NETIF_RSP_ERROR	  (-1)
#define NETIF_RSP_OKAY	  0
#define NETIF_RSP_NULL	  1 /* for the slot of an extra */

/* ---- Extras: in a slot of either ring -------------------------------------------------------- */

#define XEN_NETIF_EXTRA_TYPE_NONE      0
#define XEN_NETIF_EXTRA_TYPE_GSO       1
#define XEN_NETIF_EXTRA_TYPE_MCAST_ADD 2
#define XEN_NETIF_EXTRA_TYPE_MCAST_DEL 3
#define XEN_NETIF_EXTRA_TYPE_HASH      4
#define XEN_NETIF_EXTRA_TYPE_XDP       5 /* of Linux */
#define XEN_NETIF_EXTRA_TYPE_MAX       6

#define XEN_NETIF_EXTRA_FLAG_MORE (1U << 0) /* another extra follows */

#define XEN_NETIF_GSO_TYPE_NONE	 0
#define XEN_NETIF_GSO_TYPE_TCPV4 1
#define XEN_NETIF_GSO_TYPE_TCPV6 2

struct netif_extra_info {
	uint8_t type; /* XEN_NETIF_EXTRA_TYPE_* */
	uint8_t flags; /* XEN_NETIF_EXTRA_FLAG_* */
	union {
		struct {
			uint16_t size; /* payload bytes of a segment */
			uint8_t type; /* XEN_NETIF_GSO_TYPE_* */
			uint8_t pad;
			uint16_t features; /* none is defined */
		} gso;
		struct {
			uint8_t addr[6];
		} mcast;
		struct {
			uint8_t type; /* XEN_NETIF_HASH_* */
			uint8_t algorithm; /* XEN_NETIF_CTRL_HASH_ALGORITHM_* */
			uint8_t value[4]; /* lowest byte first */
		} hash;
		struct {
			uint16_t headroom; /* bytes */
			uint16_t pad[2];
		} xdp;
		uint16_t pad[3];
	} u;
};

/* What a slot of the tx ring may hold, as the backend reads it. */
union netif_tx_slot {
	struct netif_tx_request req;
	struct netif_extra_info extra;
	struct netif_tx_response rsp;
};

/* ---- rx ring --------------------------------------------------------------------------------- */

#define NETRXF_data_validated (1U << 0)
#define NETRXF_csum_blank     (1U << 1)
#define NETRXF_more_data      (1U << 2)
#define NETRXF_extra_info     (1U << 3)

struct netif_rx_request {
	uint16_t id; /* echoed */
	uint16_t pad;
	uint32_t gref; /* an empty page, writable */
};

struct netif_rx_response {
	uint16_t id;
	uint16_t offset; /* of the piece in its page */
	uint16_t flags; /* NETRXF_* */
	int16_t status; /* bytes of the piece, or NETIF_RSP_* below zero */
};

union netif_rx_slot {
	struct netif_rx_request req;
	struct netif_rx_response rsp;
	struct netif_extra_info extra;
};

/* ---- ctrl ring ------------------------------------------------------------------------------- */

struct xen_netif_ctrl_request {
	uint16_t id;
	uint16_t type; /* XEN_NETIF_CTRL_TYPE_* */
	uint32_t data[3];
};

struct xen_netif_ctrl_response {
	uint16_t id;
	uint16_t type;
	uint32_t status; /* XEN_NETIF_CTRL_STATUS_* */
	uint32_t data;
};

union netif_ctrl_slot {
	struct xen_netif_ctrl_request req;
	struct xen_netif_ctrl_response rsp;
};

#define XEN_NETIF_CTRL_TYPE_INVALID		  0
#define XEN_NETIF_CTRL_TYPE_GET_HASH_FLAGS	  1
#define XEN_NETIF_CTRL_TYPE_SET_HASH_FLAGS	  2
#define XEN_NETIF_CTRL_TYPE_SET_HASH_KEY	  3
#define XEN_NETIF_CTRL_TYPE_GET_HASH_MAPPING_SIZE 4
#define XEN_NETIF_CTRL_TYPE_SET_HASH_MAPPING_SIZE 5
#define XEN_NETIF_CTRL_TYPE_SET_HASH_MAPPING	  6
#define XEN_NETIF_CTRL_TYPE_SET_HASH_ALGORITHM	  7
#define XEN_NETIF_CTRL_TYPE_GET_GREF_MAPPING_SIZE 8 /* of queue data[0] */
#define XEN_NETIF_CTRL_TYPE_ADD_GREF_MAPPING	  9 /* data: queue, grant of list, entries */
#define XEN_NETIF_CTRL_TYPE_DEL_GREF_MAPPING	  10 /* the same; answer: entries undone */

#define XEN_NETIF_CTRL_STATUS_SUCCESS		0
#define XEN_NETIF_CTRL_STATUS_NOT_SUPPORTED	1
#define XEN_NETIF_CTRL_STATUS_INVALID_PARAMETER 2
#define XEN_NETIF_CTRL_STATUS_BUFFER_OVERFLOW	3

#define XEN_NETIF_CTRL_HASH_ALGORITHM_NONE     0
#define XEN_NETIF_CTRL_HASH_ALGORITHM_TOEPLITZ 1

#define XEN_NETIF_CTRL_HASH_TYPE_IPV4	  (1U << 0)
#define XEN_NETIF_CTRL_HASH_TYPE_IPV4_TCP (1U << 1)
#define XEN_NETIF_CTRL_HASH_TYPE_IPV6	  (1U << 2)
#define XEN_NETIF_CTRL_HASH_TYPE_IPV6_TCP (1U << 3)

/* An entry of the list that ADD and DEL_GREF_MAPPING name. */
struct xen_netif_gref {
	uint32_t ref;
	uint16_t flags; /* XEN_NETIF_CTRLF_GREF_* */
	uint16_t status; /* out, DEL only: XEN_NETIF_CTRL_STATUS_* */
};

#define XEN_NETIF_CTRLF_GREF_readonly (1U << 0)

#define NETIF_GREFS_A_PAGE (XEN_NETIF_PAGE_SIZE / 8) /* entries of one list */

/* ---- the rings' pages ------------------------------------------------------------------------ */

#define NET_RING_SIZE  256 /* slots of a tx or rx ring: 64 + 256 * 12 or 8 bytes */
#define NET_RING_MASK  (NET_RING_SIZE - 1)
#define CTRL_RING_SIZE 128 /* 64 + 128 * 16 bytes */

struct netif_tx_ring {
	struct ring_shared head;
	union netif_tx_slot slot[NET_RING_SIZE];
};

struct netif_rx_ring {
	struct ring_shared head;
	union netif_rx_slot slot[NET_RING_SIZE];
};

struct netif_ctrl_ring {
	struct ring_shared head;
	union netif_ctrl_slot slot[CTRL_RING_SIZE];
};

#endif
