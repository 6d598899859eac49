// SPDX-License-Identifier: GPL-2.0-only
/* A VM's fields as what the backend needs to build it. Every text is a copy. */
#include <stdlib.h>
#include <string.h>

#include "alloc.h"
#include "network.h"
#include "storage.h"
#include "vm.h"

static const char *copy(const char *s)
{
	return alloc_text(s, strlen(s));
}

static void drop(const char *s)
{
	free((char *)s);
}

bool vm_medium(struct call *call, struct object *vbd, struct object *vdi, struct backend_disk *disk)
{
	char *path;

	*disk = (struct backend_disk){0};
	disk->cdrom = !strcmp(store_text(vbd, F_VBD_type), "CD");
	disk->read_only = disk->cdrom || !strcmp(store_text(vbd, F_VBD_mode), "RO");
	path = vdi ? storage_path(call, vdi, &disk->block) : alloc_text("", 0);
	if (!path)
		return false;
	disk->path = path;
	disk->device = copy(store_text(vbd, F_VBD_device));
	return true;
}

bool vm_disk(struct call *call, struct object *vbd, struct backend_disk *disk)
{
	struct object *vdi = store_ref(vbd, F_VBD_VDI);

	*disk = (struct backend_disk){0};
	if (store_is(vbd, F_VBD_empty))
		return vm_medium(call, vbd, NULL, disk);
	if (vdi)
		return vm_medium(call, vbd, vdi, disk);
	call_fail(call, "HANDLE_INVALID", "VDI", store_text(vbd, F_VBD_VDI), NULL);
	return false;
}

void vm_disk_free(struct backend_disk *disk)
{
	drop(disk->path);
	drop(disk->device);
}

/* The addresses that a locked VIF is held to, blanks between. */
static char *allowed(const struct object *vif)
{
	const struct object *network = store_ref(vif, F_VIF_network);
	const char *mode = store_text(vif, F_VIF_locking_mode);
	struct value *sets[] = {store_get(vif, F_VIF_ipv4_allowed),
				store_get(vif, F_VIF_ipv6_allowed)};
	char *text = alloc_text("", 0);

	if (!strcmp(mode, "network_default"))
		mode = network ? store_text(network, F_network_default_locking_mode) : "unlocked";
	for (int s = 0; s < 2 && !strcmp(mode, "locked"); s++)
		for (size_t i = 0; i < value_size(sets[s]); i++) {
			char *longer = alloc_printf("%s%s%s", text, *text ? " " : "",
						    value_text(value_item(sets[s], i)));

			free(text);
			text = longer;
		}
	return text;
}

bool vm_nic(struct call *call, struct object *vif, struct backend_nic *nic)
{
	struct object *network = store_ref(vif, F_VIF_network);
	struct value *kbps = value_lookup(store_get(vif, F_VIF_qos_algorithm_params), "kbps");
	char *why = NULL;

	*nic = (struct backend_nic){0};
	if (!network) {
		call_fail(call, "HANDLE_INVALID", "network", store_text(vif, F_VIF_network), NULL);
		return false;
	}
	if (network_own(store_text(network, F_network_bridge)))
		why = backend->add_bridge(store_text(network, F_network_bridge));
	if (why) {
		call_fail(call, "INTERNAL_ERROR", why, NULL);
		free(why);
		return false;
	}
	nic->device = atoi(store_text(vif, F_VIF_device));
	nic->mtu = (int)store_int(vif, F_VIF_MTU);
	if (kbps && !strcmp(store_text(vif, F_VIF_qos_algorithm_type), "ratelimit"))
		nic->rate = (unsigned int)(strtoul(value_text(kbps), NULL, 10) * 1024 / 20);
	nic->mac = copy(store_text(vif, F_VIF_MAC));
	nic->bridge = copy(store_text(network, F_network_bridge));
	nic->addresses = allowed(vif);
	return true;
}

void vm_nic_free(struct backend_nic *nic)
{
	drop(nic->mac);
	drop(nic->bridge);
	drop(nic->addresses);
}

static bool add_disks(struct call *call, struct object *vm, struct backend_config *c)
{
	struct value *set = store_get(vm, F_VM_VBDs);

	c->disks = alloc_zero(value_size(set) * sizeof(*c->disks));
	for (size_t i = 0; i < value_size(set); i++) {
		struct object *vbd = store_find(CLASS(VBD), value_text(value_item(set, i)));

		if (vm_in(vm, "Suspended") && !store_is(vbd, F_VBD_currently_attached))
			continue;
		if (!vm_disk(call, vbd, &c->disks[c->n_disks]))
			return false;
		c->n_disks++;
	}
	return true;
}

static bool add_nics(struct call *call, struct object *vm, struct backend_config *c)
{
	struct value *set = store_get(vm, F_VM_VIFs);

	c->nics = alloc_zero(value_size(set) * sizeof(*c->nics));
	for (size_t i = 0; i < value_size(set); i++) {
		struct object *vif = store_find(CLASS(VIF), value_text(value_item(set, i)));

		if (vm_in(vm, "Suspended") ? !store_is(vif, F_VIF_currently_attached)
					   : !vm_vif_wanted(vif))
			continue;
		if (!vm_nic(call, vif, &c->nics[c->n_nics]))
			return false;
		c->n_nics++;
	}
	return true;
}

static void add_xenstore(struct object *vm, struct backend_config *c)
{
	struct value *map = store_get(vm, F_VM_xenstore_data);

	c->xenstore = alloc_zero(value_size(map) * sizeof(*c->xenstore));
	for (size_t i = 0; i < value_size(map); i++)
		if (!strncmp(value_key(map, i), "vm-data/", 8)) /* nothing but the guest's own */
			c->xenstore[c->n_xenstore++] = (struct backend_pair){
				copy(value_key(map, i)), copy(value_text(value_item(map, i)))};
}

bool vm_is_hvm(const struct object *vm)
{
	const char *type = store_text(vm, F_VM_domain_type);

	if (!strcmp(type, "unspecified"))
		return *store_text(vm, F_VM_HVM_boot_policy);
	return !strcmp(type, "hvm");
}

struct backend_config *vm_config(struct call *call, struct object *vm)
{
	struct backend_config *c = alloc_zero(sizeof(*c));
	struct value *order = value_lookup(store_get(vm, F_VM_HVM_boot_params), "order");

	c->uuid = copy(store_text(vm, F_VM_uuid));
	c->name = copy(store_text(vm, F_VM_name_label));
	c->memory_max = (uint64_t)store_int(vm, F_VM_memory_static_max);
	c->memory_target = (uint64_t)store_int(vm, F_VM_memory_dynamic_max);
	c->vcpus_max = (int)store_int(vm, F_VM_VCPUs_max);
	c->vcpus = (int)store_int(vm, F_VM_VCPUs_at_startup);
	c->hvm = vm_is_hvm(vm);
	c->kernel = copy(store_text(vm, F_VM_PV_kernel));
	c->ramdisk = copy(store_text(vm, F_VM_PV_ramdisk));
	c->arguments = copy(store_text(vm, F_VM_PV_args));
	c->bootloader = copy(store_text(vm, F_VM_PV_bootloader));
	c->bootloader_arguments = copy(store_text(vm, F_VM_PV_bootloader_args));
	c->boot_order = copy(order ? value_text(order) : "cd");
	add_xenstore(vm, c);
	if (add_disks(call, vm, c) && add_nics(call, vm, c))
		return c;
	vm_config_free(c);
	return NULL;
}

void vm_config_free(struct backend_config *c)
{
	if (!c)
		return;
	for (int i = 0; i < c->n_disks; i++)
		vm_disk_free(&c->disks[i]);
	for (int i = 0; i < c->n_nics; i++)
		vm_nic_free(&c->nics[i]);
	for (int i = 0; i < c->n_xenstore; i++) {
		drop(c->xenstore[i].key);
		drop(c->xenstore[i].value);
	}
	free(c->disks);
	free(c->nics);
	free(c->xenstore);
	drop(c->uuid);
	drop(c->name);
	drop(c->kernel);
	drop(c->ramdisk);
	drop(c->arguments);
	drop(c->bootloader);
	drop(c->bootloader_arguments);
	drop(c->boot_order);
	free(c);
}
