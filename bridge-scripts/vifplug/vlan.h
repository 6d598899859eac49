/* SPDX-License-Identifier: GPL-2.0-only */
/* Which VLANs a vif is in, from the words of its configuration. Pure: no I/O. */
#ifndef VIFPLUG_VLAN_H
#define VIFPLUG_VLAN_H

#include <stdbool.h>
#include <stddef.h>

#define VLAN_MAX 4094
#define VLAN_TERMS 32
#define BRIDGE_NAME_MAX 15		/* IFNAMSIZ without the final zero */

/* VLANs first..last, inclusive. */
struct vlan_term {
	unsigned short first;
	unsigned short last;
	bool pvid;			/* frames without a tag belong to it */
	bool untagged;			/* its frames leave towards the guest without a tag */
};

/* Nothing said: count is 0, and the port keeps what the bridge gives to each. */
struct vlan_set {
	unsigned int count;
	struct vlan_term term[VLAN_TERMS];
};

/* Read the vif key "vlan". False: @why is filled, and @set is empty. */
bool vlan_parse(const char *text, struct vlan_set *set, char *why, size_t why_size);
/*
 * Part a bridge's name (BRIDGE_NAME_MAX + 1 bytes) from the VLANs behind it. False: @why is
 * filled, and @set is empty.
 */
bool vlan_parse_bridge(const char *text, char *name, struct vlan_set *set, char *why,
		       size_t why_size);

#endif
