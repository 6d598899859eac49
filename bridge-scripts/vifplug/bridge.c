// SPDX-License-Identifier: GPL-2.0-only
/*
 * plan (reads, checks, changes nothing) -> join (the port is up when it returns) -> leave.
 *
 * A port joins while it is down, then gets its VLANs, then comes up: at no time does it pass a
 * frame that its configuration does not allow. A bridge that is missing is never guessed: a guest
 * in the wrong network is worse than one without.
 */
#include "bridge.h"

#include <errno.h>
#include <net/if.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "plug/report.h"
#include "plug/store.h"

/* The address of every vif: the highest there is, so that a bridge never takes it for its own. */
static const unsigned char port_mac[6] = { 0xfe, 0xff, 0xff, 0xff, 0xff, 0xff };

static bool not_a_bridge(const char *who, const char *name)
{
	return fail("%s: %s is not a bridge (name one with bridge= in the guest's vif line)", who,
		    name);
}

/* "bridge" and "vlan" of the configuration: the bridge's interface and the VLANs. */
static bool find_bridge(const char *who, struct bridge_plan *plan)
{
	const char *text = store_read("bridge"), *vlan = store_read("vlan");
	char name[BRIDGE_NAME_MAX + 1], why[160];

	if (!*text)
		return fail("%s: no bridge is named (set bridge= in the guest's vif line)", who);
	memset(&plan->vlans, 0, sizeof(plan->vlans));
	/*
	 * A VLAN interface may stand on the bridge under the very name that means the bridge and a
	 * VLAN.
	 */
	if (link_get(text, &plan->bridge) || !plan->bridge.is_bridge) {
		bool there = plan->bridge.index;

		if (!vlan_parse_bridge(text, name, &plan->vlans, why, sizeof(why)))
			return there ? not_a_bridge(who, text)
				     : fail("%s: bridge=%s (correct the guest's vif line)", who,
					    why);
		if (link_get(name, &plan->bridge))
			return there ? not_a_bridge(who, text)
				     : fail("%s: bridge %s does not exist "
					    "(create it, or set bridge= in the guest's vif line)",
					    who, name);
	}
	if (!plan->bridge.is_bridge)
		return not_a_bridge(who, plan->bridge.name);
	if (*vlan && plan->vlans.count)
		return fail("%s: bridge=%.64s and vlan=%.64s both name VLANs (keep one of them)",
			    who, text, vlan);
	if (*vlan && !vlan_parse(vlan, &plan->vlans, why, sizeof(why)))
		return fail("%s: vlan=%s (correct the guest's vif line)", who, why);
	if (plan->vlans.count && !plan->bridge.vlan_filtering)
		return fail("%s: bridge %s does not filter VLANs (ip link set %s type bridge "
			    "vlan_filtering 1)",
			    who, plan->bridge.name, plan->bridge.name);
	return true;
}

/**
 * bridge_plan() - read and check what the configuration asks for
 * @who: the interface, for messages
 * @plan: filled on success
 *
 * Return: true, or false with fail() called; nothing was changed either way.
 */
bool bridge_plan(const char *who, struct bridge_plan *plan)
{
	const char *mtu = store_read("mtu");
	char *end;

	if (!find_bridge(who, plan))
		return false;
	plan->mtu = plan->bridge.mtu;
	plan->mtu_given = *mtu;
	if (*mtu) {
		unsigned long value = strtoul(mtu, &end, 10);

		if (*end || value < 68 || value > 65535)
			return fail("%s: mtu=%.16s is no number from 68 to 65535 (correct the "
				    "guest's vif line)",
				    who, mtu);
		plan->mtu = value;
	}
	return true;
}

/*
 * A bridge whose MTU nobody set takes the smallest of its ports': one guest's small MTU is not the
 * others' matter.
 */
static void keep_bridge_mtu(const char *who, const struct link *bridge)
{
	const struct link_change back = { .mtu = bridge->mtu };
	struct link now;

	if (link_get(bridge->name, &now) || now.mtu == bridge->mtu)
		return;
	note("%s: its MTU took that of bridge %s from %u to %u; set back", who, bridge->name,
	     bridge->mtu, now.mtu);
	link_change(bridge, &back);
}

/*
 * The bridge's MTU may be another port's for a moment, until that one has put it back: only under
 * the lock is it the bridge's own.
 */
static void read_bridge_mtu(struct bridge_plan *plan)
{
	struct link now;

	if (link_get(plan->bridge.name, &now))
		return; /* it has gone: joining it says so */
	plan->bridge.mtu = now.mtu;
	if (!plan->mtu_given)
		plan->mtu = now.mtu;
}

/**
 * bridge_join() - make the interface a port of the bridge, and start it
 * @port: the interface, down
 * @plan: where to, and how; its MTU is read again
 *
 * The caller holds the bridge's lock. Return: true, or false with fail() called; the caller undoes
 * with bridge_leave().
 */
bool bridge_join(const struct link *port, struct bridge_plan *plan)
{
	struct link_change change = { 0 };
	const struct link_change up = {.flags = IFF_UP | IFF_NOARP,
				       .flags_mask = IFF_UP | IFF_NOARP};
	int error;

	read_bridge_mtu(plan);
	if (plan->mtu != port->mtu)
		change.mtu = plan->mtu;
	if (memcmp(port->mac, port_mac, 6))
		change.mac = port_mac;
	error = change.mtu || change.mac ? link_change(port, &change) : 0;
	if (error)
		return fail("%s: MTU %u%s cannot be set: %s (the bridge's, unless mtu= is in the "
			    "guest's vif line)",
			    port->name, plan->mtu, change.mac ? " and the port's address" : "",
			    strerror(-error));
	change = (struct link_change){ .master = plan->bridge.index };
	error = port->master == plan->bridge.index ? 0 : link_change(port, &change);
	if (error)
		return fail("%s: the kernel does not take it into bridge %s: %s", port->name,
			    plan->bridge.name, strerror(-error));
	/*
	 * Without IPv6 in the kernel there is nothing to forbid, and no other reason to be refused.
	 */
	link_no_ipv6_address(port);
	error = plan->vlans.count ? link_vlans(port, &plan->vlans, plan->bridge.vlan_default) : 0;
	if (error)
		return fail("%s: bridge %s does not give it its VLANs: %s", port->name,
			    plan->bridge.name, strerror(-error));
	error = link_change(port, &up);
	if (error)
		return fail("%s: it cannot be started: %s", port->name, strerror(-error));
	if (plan->mtu < plan->bridge.mtu)
		keep_bridge_mtu(port->name, &plan->bridge);
	return true;
}

/**
 * bridge_leave() - stop the interface and take it out of its bridge
 * @port: the interface
 *
 * Return: true, also when the interface is gone meanwhile; false with fail() called.
 */
bool bridge_leave(const struct link *port)
{
	const struct link_change out = { .master = -1, .flags_mask = IFF_UP };
	int error = link_change(port, &out);

	if (error && error != -ENODEV)
		return fail("%s: it cannot be taken out of its bridge: %s", port->name,
			    strerror(-error));
	return true;
}
