/* SPDX-License-Identifier: GPL-2.0-only */
/* Checksums, segmentation and hashes of packets, between wire and sk_buff. See net_offload.c. */
#ifndef SHOJI_COMMON_NET_OFFLOAD_H
#define SHOJI_COMMON_NET_OFFLOAD_H

#include <linux/skbuff.h>

#include "../include/xen/io/netif.h"

/**
 * struct net_offload - what the peer declared of a packet
 * @blank: the transport checksum is to be computed
 * @valid: the transport checksum is known to be right
 * @gso_size: payload bytes of a segment; 0: not to be segmented
 * @gso_type: XEN_NETIF_GSO_TYPE_*
 */
struct net_offload {
	bool blank;
	bool valid;
	u16 gso_size;
	u8 gso_type;
};

/*
 * Give a received packet the checksum and segmentation state that its sender declared; adds to
 * @fixed where a packet to be segmented came with a checksum. False: the declaration is wrong,
 * and the caller drops the packet. Any context.
 */
bool net_offload_take(struct sk_buff *skb, const struct net_offload *offload, u64 *fixed);
/* The network stack's type of a hash extra's @type, which the peer wrote. Any context. */
enum pkt_hash_types net_hash_type(unsigned int type);
/* The extra that goes with a GSO packet, without XEN_NETIF_EXTRA_FLAG_MORE. Any context. */
struct netif_extra_info net_gso_extra(const struct sk_buff *skb);

#endif
