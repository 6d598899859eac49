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

bool link_open(const char *who);
int link_get(const char *name, struct link *link);
int link_change(const struct link *link, const struct link_change *change);
int link_no_ipv6_address(const struct link *link);
int link_vlans(const struct link *link, const struct vlan_set *set, unsigned int remove);

#endif
