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
};

bool bridge_plan(const char *who, struct bridge_plan *plan);
bool bridge_join(const struct link *port, const struct bridge_plan *plan);
bool bridge_leave(const struct link *port);

#endif
