/* SPDX-License-Identifier: GPL-2.0-only */
/* What the peer of a network device takes. See net_peer.c. */
#ifndef SHOJI_COMMON_NET_PEER_H
#define SHOJI_COMMON_NET_PEER_H

#include <linux/netdev_features.h>
#include <linux/types.h>

/**
 * struct net_peer - what the peer takes; written while disconnected
 * @sg: packets of several pieces
 * @gso_v4: TCP over IPv4 to be segmented
 * @gso_v6: TCP over IPv6 to be segmented
 * @csum_v4: IPv4 packets without a transport checksum
 * @csum_v6: IPv6 packets without a transport checksum
 */
struct net_peer {
	bool sg, gso_v4, gso_v6, csum_v4, csum_v6;
};

/*
 * Until its directory is read a peer is taken to take all: the hotplug script, which sets the
 * interface up then (with its MTU), must not be refused for what is not known. Connecting corrects
 * it.
 */
#define NET_PEER_UNKNOWN ((struct net_peer){true, true, true, true, true})

/* Read what the peer takes from @dir, its directory in xenstore. Process context; may sleep. */
void net_peer_read(struct net_peer *peer, const char *dir);
/* For ndo_fix_features: those of @features that the peer takes. Under rtnl. */
netdev_features_t net_peer_fix(const struct net_peer *peer, netdev_features_t features);

#endif
