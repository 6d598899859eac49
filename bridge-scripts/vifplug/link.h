/* SPDX-License-Identifier: GPL-2.0-only */
/* Network interfaces over rtnetlink: look one up, change it, put it into a bridge. */
#ifndef VIFPLUG_LINK_H
#define VIFPLUG_LINK_H

#include <stdbool.h>

#include "vlan.h"

struct link {
	int index;
	char name[16];
	unsigned int mtu;
	unsigned int flags;		/* IFF_* */
	int master;			/* the bridge that it is in, 0 for none */
	unsigned char mac[6];
	bool is_bridge;
	bool vlan_filtering;		/* of a bridge */
	unsigned int
		vlan_default; /* of a bridge: the VLAN that it gives to each port, 0 for none */
};

/* What link_change() is to set; a field of 0 (or NULL) is left as it is. */
struct link_change {
	const char *name;
	const unsigned char *mac;
	unsigned int mtu;
	int master;			/* -1: out of its bridge */
	unsigned int flags;		/* the values of the flags in flags_mask */
	unsigned int flags_mask;
};

/* Open the netlink socket; @who is named in the message. False: fail() was called. */
bool link_open(const char *who);
/* Look an interface up. 0, -ENODEV when there is none of that name, or another -errno. */
int link_get(const char *name, struct link *link);
/*
 * Change an interface, found by its index: address, MTU, name, bridge, flags, up to the first
 * that the kernel refuses. 0 or -errno.
 */
int link_change(const struct link *link, const struct link_change *change);
/* Let the kernel make no link-local address for a bridge's port. 0 or -errno. */
int link_no_ipv6_address(const struct link *link);
/*
 * Put a bridge's port into the VLANs of @set, not empty, and out of VLAN @remove (0: none). 0 or
 * -errno.
 */
int link_vlans(const struct link *link, const struct vlan_set *set, unsigned int remove);

#endif
