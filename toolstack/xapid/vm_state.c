// SPDX-License-Identifier: GPL-2.0-only
/* What the fields of a VM, and of what belongs to it, say while a domain runs and after it. */
#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "alloc.h"
#include "vm.h"

#define FOREIGN "xapid:foreign"

int vm_domid(const struct object *vm)
{
	return (int)store_int(vm, F_VM_domid);
}

bool vm_in(const struct object *vm, const char *states)
{
	const char *state = store_text(vm, F_VM_power_state);
	const char *found = strstr(states, state);

	return found && (found[strlen(state)] == '|' || !found[strlen(state)]);
}

static void lower(const char *from, char *to, size_t n)
{
	size_t i;

	for (i = 0; from[i] && i + 1 < n; i++)
		to[i] = (char)tolower((unsigned char)from[i]);
	to[i] = 0;
}

bool vm_check_state(struct call *call, const struct object *vm, const char *states)
{
	char expected[64], actual[32];

	if (vm_in(vm, states))
		return true;
	lower(states, expected, sizeof(expected));
	lower(store_text(vm, F_VM_power_state), actual, sizeof(actual));
	for (char *c = expected; *c; c++)
		if (*c == '|')
			*c = ',';
	call_fail(call, "VM_BAD_POWER_STATE", vm->ref, expected, actual, NULL);
	return false;
}

bool vm_check_real(struct call *call, const struct object *vm)
{
	if (store_is(vm, F_VM_is_a_snapshot))
		call_fail(call, "VM_IS_SNAPSHOT", vm->ref, NULL);
	else if (store_is(vm, F_VM_is_a_template))
		call_fail(call, "VM_IS_TEMPLATE", vm->ref, NULL);
	else if (store_is(vm, F_VM_is_control_domain))
		call_fail(call, "OPERATION_NOT_ALLOWED", "This is the control domain", NULL);
	return !call_failed(call);
}

bool vm_foreign(const struct object *vm)
{
	return value_lookup(store_get(vm, F_VM_other_config), FOREIGN);
}

void vm_set_foreign(struct object *vm)
{
	store_set(vm, F_VM_other_config,
		  value_map_with(store_get(vm, F_VM_other_config), FOREIGN, value_string("true")));
}

static struct object *metrics_of(struct object *vm)
{
	struct object *metrics = store_ref(vm, F_VM_metrics);

	if (!metrics) {
		metrics = store_create(CLASS(VM_metrics));
		store_set_ref(vm, F_VM_metrics, metrics);
	}
	return metrics;
}

bool vm_vif_wanted(const struct object *vif)
{
	const struct object *network = store_ref(vif, F_VIF_network);
	const char *mode = store_text(vif, F_VIF_locking_mode);

	if (!strcmp(mode, "network_default") && network)
		mode = store_text(network, F_network_default_locking_mode);
	return strcmp(mode, "disabled");
}

/* The devices of a VM whose domain begins or ends. */
static void mark_devices(struct object *vm, bool attached)
{
	struct value *set = store_get(vm, F_VM_VBDs);

	for (size_t i = 0; i < value_size(set); i++) {
		struct object *vbd = store_find(CLASS(VBD), value_text(value_item(set, i)));

		store_set_bool(vbd, F_VBD_currently_attached, attached);
	}
	set = store_get(vm, F_VM_VIFs);
	for (size_t i = 0; i < value_size(set); i++) {
		struct object *vif = store_find(CLASS(VIF), value_text(value_item(set, i)));

		store_set_bool(vif, F_VIF_currently_attached, attached && vm_vif_wanted(vif));
	}
}

static void make_console(struct object *vm)
{
	struct object *console = store_create(CLASS(console)), *host = store_first(CLASS(host));
	char *location =
		alloc_printf("https://%s/console?uuid=%s", store_text(host, F_host_address),
			     store_text(console, F_console_uuid));

	store_set_text(console, F_console_protocol, "vt100");
	store_set_text(console, F_console_location, location);
	store_set_ref(console, F_console_VM, vm);
	free(location);
}

static void drop_consoles(struct object *vm)
{
	struct value *set = value_get(store_get(vm, F_VM_consoles));

	for (size_t i = 0; i < value_size(set); i++)
		store_delete(store_find(CLASS(console), value_text(value_item(set, i))));
	value_put(set);
}

void vm_mark_running(struct object *vm, unsigned int domid, bool paused)
{
	struct object *metrics = metrics_of(vm);

	if (vm_domid(vm) != (int)domid) {
		store_set(metrics, F_VM_metrics_start_time, value_time(time(NULL)));
		drop_consoles(vm);
		make_console(vm);
		if (!vm_in(vm, "Suspended")) /* which has the devices that it had */
			mark_devices(vm, true);
	}
	store_set_int(vm, F_VM_domid, domid);
	store_set_text(vm, F_VM_power_state, paused ? "Paused" : "Running");
	store_set_ref(vm, F_VM_resident_on, store_first(CLASS(host)));
}

/* What a VM without a domain has not. */
static void mark_gone(struct object *vm, const char *state)
{
	struct object *guest = store_ref(vm, F_VM_guest_metrics), *metrics = metrics_of(vm);

	store_set_int(vm, F_VM_domid, -1);
	store_set_text(vm, F_VM_power_state, state);
	store_set_ref(vm, F_VM_resident_on, NULL);
	store_set_int(metrics, F_VM_metrics_memory_actual, 0);
	store_set_int(metrics, F_VM_metrics_VCPUs_number, 0);
	drop_consoles(vm);
	if (guest) {
		store_delete(guest);
		store_set_ref(vm, F_VM_guest_metrics, NULL);
	}
}

void vm_mark_halted(struct object *vm)
{
	mark_gone(vm, "Halted");
	store_set_bool(vm, F_VM_requires_reboot, false);
	store_set_ref(vm, F_VM_suspend_VDI, NULL);
	mark_devices(vm, false);
}

void vm_mark_suspended(struct object *vm)
{
	mark_gone(vm, "Suspended");
}

struct value *vm_networks(unsigned int domid)
{
	struct value *map = value_map();

	for (int i = 0; i < 8; i++) {
		char *path = alloc_printf("attr/vif/%d/ipv4/0", i);
		char *key = alloc_printf("%d/ip", i), *key4 = alloc_printf("%d/ipv4/0", i);
		char *address = backend->read_guest(domid, path);

		if (address) {
			value_map_add(map, key, value_string(address));
			value_map_add(map, key4, value_string(address));
		}
		free(address);
		free(path);
		free(key);
		free(key4);
	}
	value_map_seal(map);
	return map;
}

static void refresh_guest(struct object *vm, struct value *map)
{
	struct object *guest = store_ref(vm, F_VM_guest_metrics);

	if (!guest && value_size(map)) {
		guest = store_create(CLASS(VM_guest_metrics));
		store_set_ref(vm, F_VM_guest_metrics, guest);
		store_set_bool(guest, F_VM_guest_metrics_live, true);
		store_set_text(guest, F_VM_guest_metrics_can_use_hotplug_vbd, "yes");
		store_set_text(guest, F_VM_guest_metrics_can_use_hotplug_vif, "yes");
	}
	if (!guest)
		return;
	if (!value_equal(map, store_get(guest, F_VM_guest_metrics_networks)))
		store_set(guest, F_VM_guest_metrics_last_updated, value_time(time(NULL)));
	store_set(guest, F_VM_guest_metrics_networks, value_get(map));
}

void vm_refresh(struct object *vm, const struct backend_domain *d, struct value *networks)
{
	struct object *metrics = metrics_of(vm);

	store_set_int(metrics, F_VM_metrics_memory_actual, (int64_t)d->memory);
	store_set_int(metrics, F_VM_metrics_VCPUs_number, d->vcpus);
	store_set_bool(metrics, F_VM_metrics_hvm, d->hvm);
	store_set_text(metrics, F_VM_metrics_current_domain_type, d->hvm ? "hvm" : "pv");
	refresh_guest(vm, networks);
}
