/* SPDX-License-Identifier: GPL-2.0-only */
/* Commands about networks, the host's interfaces and those of VMs. */
#include <stdlib.h>
#include <string.h>

#include "params.h"
#include "rpc.h"
#include "store.h"
#include "text.h"
#include "verbs.h"

/* A VIF for VMs: device=autodetect is the first that is free. */
static void vif_create(const struct verb *verb, const struct args *args, const struct found *none)
{
	const char *device = args_need(args, "device"), *mac = args_get(args, "mac");
	json_t *record = verb_takes(verb->takes, args, true), *free = NULL;

	(void)none;
	if (strcmp(device, "autodetect") == 0) {
		free = rpc_call("VM.get_allowed_VIF_devices",
				json_pack("[O]", json_object_get(record, "VM")));
		device = json_string_value(json_array_get(free, 0));
		if (!device)
			fail("the VM has no free device");
	}
	json_object_set_new(record, "device", json_string(device));
	json_object_set_new(record, "MAC",
			    json_string(!mac || strcmp(mac, "random") == 0 ? "" : mac));
	json_decref(free);
	record = rpc_call("VIF.create", json_pack("[o]", record));
	verb_print("VIF", record);
	json_decref(record);
}

static void vif_list(const struct verb *verb, const struct args *args, const struct found *vm)
{
	const struct shown_class *class = shown_class("vif", NULL);
	struct param of = {"vm-uuid", NULL, record_string(vm->record, "uuid")};
	struct args filters = {.params = &of, .nparams = 1};
	struct found *found;
	size_t count = filter_find(class, &filters, "", &found);

	(void)verb;
	print_records(class, args, class->lists, found, count);
	free(found);
}

/* Prints the UUID of the interface that has the VLAN, as administrators know the command. */
static void vlan_create(const struct verb *verb, const struct args *args, const struct found *none)
{
	json_t *vlan = rpc_call("VLAN.create", verb_takes(verb->takes, args, false)), *pif;

	(void)none;
	pif = rpc_call("VLAN.get_untagged_PIF", json_pack("[o]", vlan));
	verb_print("PIF", pif);
	json_decref(pif);
}

/* uuid= is the VLAN's, or that of the interface that has it. */
static void vlan_destroy(const struct verb *verb, const struct args *args, const struct found *none)
{
	const char *uuid = args_need(args, "uuid"), *ref;
	const struct model_class *class = model_class("VLAN"), *pifs = model_class("PIF");
	json_t *record;

	(void)verb, (void)none;
	json_object_foreach(store_records(class), ref, record) {
		const char *pif = record_string(record, "untagged_PIF");

		if (strcmp(record_string(record, "uuid"), uuid) == 0 ||
		    strcmp(store_uuid(pifs, pif), uuid) == 0) {
			rpc_do("VLAN.destroy", json_pack("[s]", ref));
			return;
		}
	}
	fail("there is no VLAN of this UUID: %s", uuid);
}

#define ONE(name, help, call, takes)                                                               \
	{name, "uuid", "", help, verb_call, call, takes, NULL}

const struct verb net_verbs[] = {
	{"network-create", "name-label", "name-description MTU bridge managed other-config:",
	 "Create a network", verb_create, "network.create",
	 "name-label>name_label name-description>name_description? MTU>MTU@int?1500 "
	 "bridge>bridge? managed>managed@bool?true other-config>other_config@map", NULL},
	ONE("network-destroy", "Destroy a network", "network.destroy", "uuid@network"),
	{"network-set-default-locking-mode", "network-uuid default-locking-mode", "",
	 "Set what VIFs of the network may send: unlocked or disabled", verb_call,
	 "network.set_default_locking_mode", "network-uuid@network default-locking-mode", NULL},
	{"vm-vif-list", "", "params", "List the VIFs of VMs", vif_list, NULL, NULL, "vm"},
	{"vif-create", "vm-uuid network-uuid device",
	 "mac mtu other-config: locking-mode ipv4-allowed ipv6-allowed",
	 "Give a VM an interface", vif_create, NULL,
	 "vm-uuid>VM@VM network-uuid>network@network mtu>MTU@int?1500 "
	 "other-config>other_config@map locking-mode>locking_mode?network_default "
	 "ipv4-allowed>ipv4_allowed@set ipv6-allowed>ipv6_allowed@set "
	 ">qos_algorithm_type? >qos_algorithm_params@map", NULL},
	ONE("vif-destroy", "Destroy a VIF", "VIF.destroy", "uuid@VIF"),
	ONE("vif-plug", "Attach a VIF to its running VM", "VIF.plug", "uuid@VIF"),
	{"vif-move", "uuid network-uuid", "", "Move a VIF to another network", verb_call,
	 "VIF.move", "uuid@VIF network-uuid@network", NULL},
	{"vif-configure-ipv4", "uuid mode", "address gateway",
	 "Tell the guest how its VIF gets an address: none or static", verb_call,
	 "VIF.configure_ipv4", "uuid@VIF mode address? gateway?", NULL},
	{"vif-configure-ipv6", "uuid mode", "address gateway",
	 "Tell the guest how its VIF gets an address: none or static", verb_call,
	 "VIF.configure_ipv6", "uuid@VIF mode address? gateway?", NULL},
	ONE("pif-plug", "Bring an interface of the host up", "PIF.plug", "uuid@PIF"),
	ONE("pif-unplug", "Take an interface of the host down", "PIF.unplug", "uuid@PIF"),
	ONE("pif-forget", "Forget an interface of the host", "PIF.forget", "uuid@PIF"),
	{"pif-scan", "host-uuid", "", "Look which interfaces the host has", verb_call, "PIF.scan",
	 "host-uuid@host", NULL},
	{"pif-introduce", "host-uuid device", "mac managed", "Make an interface known", verb_call,
	 "PIF.introduce", "host-uuid@host mac? device managed@bool?true", NULL},
	{"pif-reconfigure-ip", "uuid mode", "IP netmask gateway DNS",
	 "Set how an interface gets its address: none, dhcp or static", verb_call,
	 "PIF.reconfigure_ip", "uuid@PIF mode IP? netmask? gateway? DNS?", NULL},
	{"vlan-create", "pif-uuid vlan network-uuid", "", "Create a VLAN on an interface",
	 vlan_create, NULL, "pif-uuid@PIF vlan@int network-uuid@network", NULL},
	{"vlan-destroy", "uuid", "", "Destroy a VLAN", vlan_destroy, NULL, NULL, NULL},
	{"pool-vlan-create", "pif-uuid vlan network-uuid", "",
	 "Create a VLAN on an interface of each host", verb_call, "pool.create_VLAN_from_PIF",
	 "pif-uuid@PIF network-uuid@network vlan@int", NULL},
	{NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL},
};
