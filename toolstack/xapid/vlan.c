// SPDX-License-Identifier: GPL-2.0-only
/*
 * VLANs. A VLAN of a card is a network whose VIFs join that card's bridge with the VLAN's number:
 * the network's bridge is then "xenbr0.10", which the hotplug scripts understand (bridge-scripts).
 * The PIF that stands for it is no interface of the host's. When the VLAN goes the network gets the
 * bridge back that it had.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "alloc.h"
#include "network.h"
#include "store.h"

#define BRIDGE_BEFORE "xapid:bridge"

enum { TAG_MAX = 4094 };

/* Whether the VLAN can be made; or the call failed. */
static bool possible(struct call *call, const struct object *card, const struct object *network,
		     int64_t tag)
{
	const struct object *base = store_ref(card, F_PIF_network);
	char text[24];

	snprintf(text, sizeof(text), "%lld", (long long)tag);
	if (tag < 1 || tag > TAG_MAX) {
		call_fail(call, "VLAN_TAG_INVALID", text, NULL);
	} else if (!store_is(card, F_PIF_physical)) {
		call_fail(call, "PIF_IS_VLAN", card->ref, NULL);
	} else if (!base || !*store_text(base, F_network_bridge)) {
		call_fail(call, "OPERATION_NOT_ALLOWED", "The card is on no bridge", NULL);
	} else if (value_size(store_get(network, F_network_PIFs))) {
		call_fail(call, "NETWORK_ALREADY_CONNECTED", store_first(CLASS(host))->ref,
			  value_text(value_item(store_get(network, F_network_PIFs), 0)), NULL);
	}
	for (const struct object *v = store_first(CLASS(VLAN)); v; v = store_next(v))
		if (store_ref(v, F_VLAN_tagged_PIF) == card && store_int(v, F_VLAN_tag) == tag)
			call_fail(call, "PIF_VLAN_EXISTS", card->ref, text, NULL);
	return !call_failed(call);
}

static void set_bridge(struct object *vlan, struct object *network, const struct object *card,
		       int64_t tag)
{
	const struct object *base = store_ref(card, F_PIF_network);
	char *bridge = alloc_printf("%s.%lld", store_text(base, F_network_bridge), (long long)tag);

	store_set(vlan, F_VLAN_other_config,
		  value_map_with(store_get(vlan, F_VLAN_other_config), BRIDGE_BEFORE,
				 value_string(store_text(network, F_network_bridge))));
	store_set_text(network, F_network_bridge, bridge);
	free(bridge);
}

/* Return: the VLAN, or NULL after a failure. */
static struct object *make(struct call *call, struct object *card, int64_t tag,
			   struct object *network)
{
	struct object *vlan, *pif;

	if (!possible(call, card, network, tag))
		return NULL;
	vlan = store_create(CLASS(VLAN));
	pif = store_create(CLASS(PIF));
	store_set(pif, F_PIF_device, value_get(store_get(card, F_PIF_device)));
	store_set(pif, F_PIF_MAC, value_get(store_get(card, F_PIF_MAC)));
	store_set(pif, F_PIF_MTU, value_get(store_get(card, F_PIF_MTU)));
	store_set_int(pif, F_PIF_VLAN, tag);
	store_set_bool(pif, F_PIF_currently_attached, true);
	store_set_ref(pif, F_PIF_host, store_ref(card, F_PIF_host));
	store_set_ref(pif, F_PIF_network, network);
	store_set_ref(pif, F_PIF_VLAN_master_of, vlan);
	store_set_ref(pif, F_PIF_metrics, store_create(CLASS(PIF_metrics)));
	store_set_ref(vlan, F_VLAN_tagged_PIF, card);
	store_set_ref(vlan, F_VLAN_untagged_PIF, pif);
	store_set_int(vlan, F_VLAN_tag, tag);
	set_bridge(vlan, network, card, tag);
	return vlan;
}

static struct value *create(struct call *call)
{
	struct object *card = call_object(call, 1), *network = card ? call_object(call, 3) : NULL;
	struct object *vlan;

	vlan = network ? make(call, card, value_number(call_arg(call, 2)), network) : NULL;
	return vlan ? value_string(vlan->ref) : NULL;
}

static struct value *destroy(struct call *call)
{
	struct object *vlan = call_object(call, 1), *pif, *network, *metrics;
	struct value *before;

	if (!vlan)
		return NULL;
	pif = store_ref(vlan, F_VLAN_untagged_PIF);
	network = pif ? store_ref(pif, F_PIF_network) : NULL;
	before = value_lookup(store_get(vlan, F_VLAN_other_config), BRIDGE_BEFORE);
	if (network && before)
		store_set(network, F_network_bridge, value_get(before));
	metrics = pif ? store_ref(pif, F_PIF_metrics) : NULL;
	if (metrics)
		store_delete(metrics);
	if (pif)
		store_delete(pif);
	store_delete(vlan);
	return NULL;
}

static struct value *pif_of(const struct object *vlan)
{
	return value_get(store_get(vlan, F_VLAN_untagged_PIF));
}

static struct value *one(struct value *ref)
{
	struct value *set = value_set();

	value_add(set, ref);
	return set;
}

/* The card of this name, or NULL after a failure. */
static struct object *card_of(struct call *call, const char *device)
{
	for (struct object *pif = store_first(CLASS(PIF)); pif; pif = store_next(pif))
		if (store_is(pif, F_PIF_physical) && !strcmp(store_text(pif, F_PIF_device), device))
			return pif;
	return call_fail(call, "INVALID_VALUE", "device", device, NULL);
}

static struct value *pool_create_VLAN(struct call *call)
{
	struct object *card = card_of(call, call_text(call, 1));
	struct object *network = card ? call_object(call, 2) : NULL;
	struct object *vlan;

	vlan = network ? make(call, card, value_number(call_arg(call, 3)), network) : NULL;
	return vlan ? one(pif_of(vlan)) : NULL;
}

static struct value *pool_create_VLAN_from_PIF(struct call *call)
{
	struct object *card = call_object(call, 1), *network = card ? call_object(call, 2) : NULL;
	struct object *vlan;

	vlan = network ? make(call, card, value_number(call_arg(call, 3)), network) : NULL;
	return vlan ? one(pif_of(vlan)) : NULL;
}

static struct value *pif_create_VLAN(struct call *call)
{
	struct object *card = card_of(call, call_text(call, 1));
	struct object *network = card ? call_object(call, 2) : NULL;
	struct object *vlan;

	vlan = network ? make(call, card, value_number(call_arg(call, 4)), network) : NULL;
	return vlan ? pif_of(vlan) : NULL;
}

const struct api vlan_api[] = {
	{"VLAN.create", create, CALL_WRITE},
	{"VLAN.destroy", destroy, CALL_WRITE},
	{"pool.create_VLAN", pool_create_VLAN, CALL_WRITE},
	{"pool.create_VLAN_from_PIF", pool_create_VLAN_from_PIF, CALL_WRITE},
	{"PIF.create_VLAN", pif_create_VLAN, CALL_WRITE},
	{0},
};
