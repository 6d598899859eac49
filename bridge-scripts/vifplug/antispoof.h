/* SPDX-License-Identifier: GPL-2.0-only */
/* nftables rules of the bridge family that keep a guest to its own addresses. Pure: text only. */
#ifndef VIFPLUG_ANTISPOOF_H
#define VIFPLUG_ANTISPOOF_H

#include <stdbool.h>
#include <stddef.h>

/*
 * Whose rules: the chain is named by the domain and the device, which never change, not by the
 * interface.
 */
struct antispoof {
	unsigned int domain;
	unsigned int device;
	const char *suffix; /* of the chain's name: "" for a vif, "-emu" for the tap of the same
			       device */
	const char *interface;
	const char *mac;		/* aa:bb:cc:dd:ee:ff */
	const char
		*addresses; /* of "ip=": parted by spaces or commas; "" restricts the MAC alone */
};

/*
 * Write the `nft -f -` transaction with the rules for one vif. False with @why filled: the MAC
 * or an address is none, or @text has no room.
 */
bool antispoof_rules(const struct antispoof *who, char *text, size_t size, char *why,
		     size_t why_size);
/* Write the transaction that takes them away, and succeeds where there are none. False: no room. */
bool antispoof_removal(const struct antispoof *who, char *text, size_t size);

#endif
