/* SPDX-License-Identifier: GPL-2.0-only */
/* What the other half of a network device takes: read from its directory, kept to. */
#ifndef SHOJI_NET_PEER_H
#define SHOJI_NET_PEER_H

#include <linux/netdev_features.h>
#include <xen/xenbus.h>

struct net_peer {
	bool sg, gso_v4, gso_v6, csum_v4, csum_v6;
};

/*
 * Before it is heard of, a peer is taken to take all: whoever sets the interface up then (the
 * hotplug script, with its MTU) must not be refused for what is not known. Connecting corrects it.
 */
#define NET_PEER_UNKNOWN ((struct net_peer){true, true, true, true, true})

/* Process context; may sleep. */
static inline void net_peer_read(struct net_peer *peer, const char *dir)
{
	peer->sg = xenbus_read_unsigned(dir, "feature-sg", 0);
	peer->gso_v4 = xenbus_read_unsigned(dir, "feature-gso-tcpv4", 0);
	peer->gso_v6 = xenbus_read_unsigned(dir, "feature-gso-tcpv6", 0);
	/* IPv4 checksums were there before there was a key for them. */
	peer->csum_v4 = !xenbus_read_unsigned(dir, "feature-no-csum-offload", 0);
	peer->csum_v6 = xenbus_read_unsigned(dir, "feature-ipv6-csum-offload", 0);
}

/* ndo_fix_features: only what the peer takes. */
static inline netdev_features_t net_peer_fix(const struct net_peer *peer,
					     netdev_features_t features)
{
	if (!peer->sg)
		features &= ~(NETIF_F_SG | NETIF_F_FRAGLIST);
	if (!peer->gso_v4)
		features &= ~NETIF_F_TSO;
	if (!peer->gso_v6)
		features &= ~NETIF_F_TSO6;
	if (!peer->csum_v4)
		features &= ~NETIF_F_IP_CSUM;
	if (!peer->csum_v6)
		features &= ~NETIF_F_IPV6_CSUM;
	return features;
}

#endif
