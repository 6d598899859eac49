// SPDX-License-Identifier: GPL-2.0-only
/*
 * Checksums, segmentation and hashes: what the peer declares of a packet, checked, and what is
 * declared to the peer.
 *
 * Source: include/xen/io/netif.h. Context: any; the packet belongs to the caller.
 */
#include "net_offload.h"

#include <linux/ip.h>
#include <linux/ipv6.h>
#include <linux/tcp.h>

/*
 * Is what follows the Ethernet header what the GSO extra says? The headers are linear and parsed
 * already.
 */
static bool gso_fits(const struct sk_buff *skb, unsigned int type)
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

/**
 * net_offload_take() - give a received packet what its sender declared
 * @skb: the packet; its protocol and network header are set
 * @offload: the declaration
 * @fixed: counts packets that were to be segmented and carried a checksum all the same
 *
 * Return: false for a packet that is not what it is declared to be: the caller drops it.
 *
 * Context: any.
 */
bool net_offload_take(struct sk_buff *skb, const struct net_offload *offload, u64 *fixed)
{
	bool recalculate = false;

	if (offload->blank) {
		skb->ip_summed = CHECKSUM_PARTIAL;
	} else if (offload->gso_size) {
		++*fixed; /* the sum is made blank again */
		skb->ip_summed = CHECKSUM_PARTIAL;
		recalculate = true;
	} else if (offload->valid) {
		skb->ip_summed = CHECKSUM_UNNECESSARY;
	}
	if (skb->ip_summed == CHECKSUM_PARTIAL && skb_checksum_setup(skb, recalculate))
		return false;
	if (!offload->gso_size)
		return true;
	if (!gso_fits(skb, offload->gso_type))
		return false;
	/* DODGY: the code that segments it checks the headers again and counts the segments. */
	skb_shinfo(skb)->gso_size = offload->gso_size;
	skb_shinfo(skb)->gso_type =
		SKB_GSO_DODGY |
		(offload->gso_type == XEN_NETIF_GSO_TYPE_TCPV4 ? SKB_GSO_TCPV4 : SKB_GSO_TCPV6);
	skb_shinfo(skb)->gso_segs = 0;
	return true;
}

/**
 * net_hash_type() - what a hash extra's type is for the network stack
 * @type: of the extra: a bit number of XEN_NETIF_CTRL_HASH_TYPE_*, as the peer wrote it
 *
 * Return: PKT_HASH_TYPE_NONE for an unknown type.
 *
 * Context: any.
 */
enum pkt_hash_types net_hash_type(unsigned int type)
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

/**
 * net_gso_extra() - the extra that goes with a packet to be segmented
 * @skb: a GSO packet (skb_is_gso())
 *
 * Return: the extra, without XEN_NETIF_EXTRA_FLAG_MORE.
 *
 * Context: any.
 */
struct netif_extra_info net_gso_extra(const struct sk_buff *skb)
{
	return (struct netif_extra_info){
		.type = XEN_NETIF_EXTRA_TYPE_GSO,
		.u.gso.size = skb_shinfo(skb)->gso_size,
		.u.gso.type = skb_shinfo(skb)->gso_type & SKB_GSO_TCPV6 ? XEN_NETIF_GSO_TYPE_TCPV6
									: XEN_NETIF_GSO_TYPE_TCPV4,
	};
}
