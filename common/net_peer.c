// SPDX-License-Identifier: GPL-2.0-only
/* What the peer of a network device takes: read from its directory in xenstore, and kept to. */
#include "net_peer.h"

#include <xen/xenbus.h>

/**
 * net_peer_read() - read what the peer takes
 * @peer: is filled
 * @dir: the peer's directory in xenstore
 *
 * Context: process; may sleep. Source: the keys of include/xen/io/netif.h.
 */
void net_peer_read(struct net_peer *peer, const char *dir)
{
	peer->sg = xenbus_read_unsigned(dir, "feature-sg", 0);
	peer->gso_v4 = xenbus_read_unsigned(dir, "feature-gso-tcpv4", 0);
	peer->gso_v6 = xenbus_read_unsigned(dir, "feature-gso-tcpv6", 0);
	/* Blank IPv4 checksums are older than their key, which therefore says no. */
	peer->csum_v4 = !xenbus_read_unsigned(dir, "feature-no-csum-offload", 0);
	peer->csum_v6 = xenbus_read_unsigned(dir, "feature-ipv6-csum-offload", 0);
}

/**
 * net_peer_fix() - for ndo_fix_features: keep to what the peer takes
 * @peer: as it was read
 * @features: that are wished for
 *
 * Return: those of @features that the peer takes.
 *
 * Context: under rtnl.
 */
netdev_features_t net_peer_fix(const struct net_peer *peer, netdev_features_t features)
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
