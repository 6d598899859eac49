/* SPDX-License-Identifier: GPL-2.0-only */
/* Networks, which are bridges, and PIFs, the host's network cards. */
#ifndef XAPID_NETWORK_H
#define XAPID_NETWORK_H

#include "call.h"

/** network_setup(): Where the kernel describes its interfaces: "/sys". */
void network_setup(const char *sys);
/** network_scan(): Make objects of the host's bridges and cards. In a transaction. */
void network_scan(struct object *host);
/** network_api: the messages of the classes network and PIF. */
extern const struct api network_api[];
/** vlan_api: the messages of the class VLAN. */
extern const struct api vlan_api[];

/** network_own(): Return: whether the daemon itself makes a bridge of this name, without a card. */
bool network_own(const char *bridge);

#endif
