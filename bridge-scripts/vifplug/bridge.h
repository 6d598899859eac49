/* SPDX-License-Identifier: GPL-2.0-only */
/* The bridge that a vif is meant for, and the port that it becomes there. */
#ifndef VIFPLUG_BRIDGE_H
#define VIFPLUG_BRIDGE_H

#include <stdbool.h>

#include "link.h"

/* What the configuration asks for, checked. */
struct bridge_plan {
	struct link bridge;
	struct vlan_set vlans;
	unsigned int mtu;
	bool mtu_given;			/* by mtu=; else it is the bridge's */
};

/* Read and check what the configuration asks for; changes nothing. False: fail() was called. */
bool bridge_plan(const char *who, struct bridge_plan *plan);
/*
 * Make the interface a port of the bridge, and start it, under the bridge's lock. False: fail() was
 * called, and bridge_leave() undoes what was done.
 */
bool bridge_join(const struct link *port, struct bridge_plan *plan);
/*
 * Stop the interface and take it out of its bridge; true where it is gone. False: fail() was
 * called.
 */
bool bridge_leave(const struct link *port);

#endif
