/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Checksums and segmentation: what the other half says of a packet, checked; and what we say of
 * one.
 */
#ifndef SHOJI_NET_OFFLOAD_H
#define SHOJI_NET_OFFLOAD_H

#include <linux/ip.h>
#include <linux/ipv6.h>
#include <linux/skbuff.h>
#include <linux/tcp.h>
#include "../xen/io/netif.h"

struct net_offload {
	bool blank; /* the transport checksum is to be computed */
	bool valid; /* it is known to be right */
	u16 gso_size; /* 0: not to be segmented */
	u8 gso_type;  /* XEN_NETIF_GSO_TYPE_* */
};

/*
 * Is what follows the Ethernet header what the GSO extra says? The headers are linear and parsed
 * already.
 */
static inline bool net_gso_fits(const struct sk_buff *skb, unsigned int type)
{
	if (type == XEN_NETIF_GSO_TYPE_TCPV4)
		return skb->protocol == htons(ETH_P_IP) && ip_hdr(skb)->protocol == IPPROTO_TCP;
	/*
	 * skb_checksum_setup() walked IPv6's headers to the transport's: its checksum field tells
	 * TCP from UDP.
	 */
	return skb->protocol == htons(ETH_P_IPV6) &&
	       skb->csum_offset == offsetof(struct tcphdr, check);
}

/*
 * Give a received packet, whose protocol and network header are set, what its sender declared.
 * *@fixed counts those that were to be segmented and had a checksum all the same. Returns false for
 * a packet that lies: drop it. Any context.
 */
static inline bool net_offload_take(struct sk_buff *skb, const struct net_offload *o, u64 *fixed)
{
	bool recalculate = false;

	if (o->blank) {
		skb->ip_summed = CHECKSUM_PARTIAL;
	} else if (o->gso_size) {
		++*fixed; /* the sum is made blank again */
		skb->ip_summed = CHECKSUM_PARTIAL;
		recalculate = true;
	} else if (o->valid) {
		skb->ip_summed = CHECKSUM_UNNECESSARY;
	}
	if (skb->ip_summed == CHECKSUM_PARTIAL && skb_checksum_setup(skb, recalculate))
		return false;
	if (!o->gso_size)
		return true;
	if (!net_gso_fits(skb, o->gso_type))
		return false;
	/* DODGY: whoever segments it looks at the headers again and counts the segments. */
	skb_shinfo(skb)->gso_size = o->gso_size;
	skb_shinfo(skb)->gso_type =
		SKB_GSO_DODGY |
		(o->gso_type == XEN_NETIF_GSO_TYPE_TCPV4 ? SKB_GSO_TCPV4 : SKB_GSO_TCPV6);
	skb_shinfo(skb)->gso_segs = 0;
	return true;
}

/*
 * What a hash extra's type (a bit number of XEN_NETIF_CTRL_HASH_TYPE_*) is for the network stack.
 */
static inline enum pkt_hash_types net_hash_type(unsigned int type)
{
	switch (type) {
	case 0:
	case 2:
		return PKT_HASH_TYPE_L3;
	case 1:
	case 3:
		return PKT_HASH_TYPE_L4;
	default:
		return PKT_HASH_TYPE_NONE;
	}
}

/* The extra that goes with a packet to be segmented. */
static inline struct netif_extra_info net_gso_extra(const struct sk_buff *skb)
{
	return (struct netif_extra_info){
		.type = XEN_NETIF_EXTRA_TYPE_GSO,
		.u.gso.size = skb_shinfo(skb)->gso_size,
		.u.gso.type = skb_shinfo(skb)->gso_type & SKB_GSO_TCPV6 ? XEN_NETIF_GSO_TYPE_TCPV6
									: XEN_NETIF_GSO_TYPE_TCPV4,
	};
}

#endif
