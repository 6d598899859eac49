/* SPDX-License-Identifier: GPL-2.0-only */
/* Commands about the disks and CD drives of VMs. */
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "params.h"
#include "rpc.h"
#include "store.h"
#include "text.h"
#include "verbs.h"

static bool running(json_t *vm)
{
	return strcmp(record_string(vm, "power_state"), "Running") == 0;
}

/* The next VBD of this type of a VM behind the one at *@at; NULL: there are no more. */
static const char *next_vbd(const struct found *vm, const char *type, size_t *at, json_t **record)
{
	json_t *list = json_object_get(vm->record, "VBDs");

	while (*at < json_array_size(list)) {
		const char *ref = json_string_value(json_array_get(list, (*at)++));

		*record = store_record(model_class("VBD"), ref);
		if (*record && strcmp(record_string(*record, "type"), type) == 0)
			return ref;
	}
	return NULL;
}

/* vm-disk-list, vm-cd-list: the verb's call is the type of the VBDs. */
static void list_drives(const struct verb *verb, const struct args *args, const struct found *vm)
{
	const struct shown_class *vbds = shown_class("vbd", NULL), *vdis = shown_class("vdi", NULL);
	bool minimal = args_flag(args, "minimal");
	json_t *record;
	const char *ref;
	int number = 0;

	for (size_t at = 0; (ref = next_vbd(vm, verb->call, &at, &record)); number++) {
		const char *vdi = record_string(record, "VDI");
		struct found one = {ref, record};
		struct found disk = {vdi, store_record(model_class("VDI"), vdi)};

		if (!minimal)
			printf("%s %d VBD:\n", verb->call, number);
		print_records(vbds, args, "uuid vm-name-label userdevice", &one, 1);
		if (!disk.record)
			continue;
		if (!minimal)
			printf("%s %d VDI:\n", verb->call, number);
		print_records(vdis, args, "uuid name-label sr-name-label virtual-size", &disk, 1);
	}
}

/* device=, or the first that is free. */
static const char *free_device(const struct args *args, const struct found *vm, const char *call)
{
	const char *given = args_get(args, "device"), *device;
	json_t *list;

	if (given && strcmp(given, "autodetect") != 0)
		return given;
	list = rpc_call(call, json_pack("[s]", vm->ref));
	if (!json_array_size(list))
		fail("the VM has no free device");
	device = text("%s", json_string_value(json_array_get(list, 0)));
	json_decref(list);
	return device;
}

/* A VBD for @vdi, plugged if the VM runs. */
static json_t *attach(const struct args *args, const struct found *vm, const char *vdi,
		      const char *type, const char *mode)
{
	const char *device = free_device(args, vm, "VM.get_allowed_VBD_devices");
	json_t *vbd = json_pack("{s:s, s:s, s:s, s:b, s:s, s:s, s:b, s:b, s:{}, s:s, s:{}}", "VM",
				vm->ref, "VDI", vdi, "userdevice", device, "bootable", 0, "mode",
				mode, "type", type, "unpluggable", 1, "empty", 0, "other_config",
				"qos_algorithm_type", "", "qos_algorithm_params");

	vbd = rpc_call("VBD.create", json_pack("[o]", vbd));
	if (running(vm->record))
		rpc_do("VBD.plug", json_pack("[O]", vbd));
	return vbd;
}

/* The SR that sr-uuid= names, or the pool's default one. */
static const char *disk_sr(const struct args *args)
{
	const char *given = args_get(args, "sr-uuid"), *ref, *sr = NULL;
	json_t *pool;

	if (given)
		return store_by_name(model_class("SR"), given);
	json_object_foreach(store_records(model_class("pool")), ref, pool)
		sr = record_string(pool, "default_SR");
	if (!sr || strcmp(sr, NULL_REF) == 0)
		fail("there is no default SR: give sr-uuid");
	return sr;
}

static void disk_add(const struct verb *verb, const struct args *args, const struct found *vm)
{
	json_t *size = verb_takes("disk-size@int", args, false), *vdi, *vbd;

	(void)verb;
	vdi = json_pack("{s:s, s:s, s:s, s:O, s:s, s:b, s:b, s:{}, s:{}, s:{}}", "name_label",
			text("%s disk", record_string(vm->record, "name_label")),
			"name_description", "", "SR", disk_sr(args), "virtual_size",
			json_array_get(size, 0), "type", "user", "sharable", 0, "read_only", 0,
			"other_config", "xenstore_data", "sm_config");
	vdi = rpc_call("VDI.create", json_pack("[o]", vdi));
	vbd = attach(args, vm, json_string_value(vdi), "Disk", "RW");
	verb_print("VBD", vbd);
	json_decref(vbd);
	json_decref(vdi);
	json_decref(size);
}

/* Unplug a VBD where it is plugged, and destroy it. */
static void detach(const char *ref, json_t *record)
{
	if (json_is_true(json_object_get(record, "currently_attached")))
		rpc_do("VBD.unplug", json_pack("[s]", ref));
	rpc_do("VBD.destroy", json_pack("[s]", ref));
}

static void disk_remove(const struct verb *verb, const struct args *args, const struct found *vm)
{
	const char *device = args_need(args, "device"), *ref;
	json_t *record;

	(void)verb;
	for (size_t at = 0; (ref = next_vbd(vm, "Disk", &at, &record));) {
		if (strcmp(record_string(record, "userdevice"), device) != 0 &&
		    strcmp(record_string(record, "device"), device) != 0)
			continue;
		detach(ref, record);
		rpc_do("VDI.destroy", json_pack("[s]", record_string(record, "VDI")));
		return;
	}
	fail("the VM has no disk at device %s", device);
}

/* The image of a CD of this name or UUID. */
static const char *cd_of(const char *name)
{
	const struct model_class *srs = model_class("SR");
	const char *ref;
	json_t *record, *sr;

	json_object_foreach(store_records(model_class("VDI")), ref, record) {
		sr = store_record(srs, record_string(record, "SR"));
		if (strcmp(record_string(sr, "content_type"), "iso") == 0 &&
		    (strcmp(record_string(record, "name_label"), name) == 0 ||
		     strcmp(record_string(record, "uuid"), name) == 0))
			return ref;
	}
	fail("there is no CD of this name: %s (xe cd-list shows them)", name);
}

static void cd_add(const struct verb *verb, const struct args *args, const struct found *vm)
{
	json_t *vbd = attach(args, vm, cd_of(args_need(args, "cd-name")), "CD", "RO");

	(void)verb;
	json_decref(vbd);
}

static void cd_remove(const struct verb *verb, const struct args *args, const struct found *vm)
{
	const char *cd = cd_of(args_need(args, "cd-name")), *ref;
	json_t *record;

	(void)verb;
	for (size_t at = 0; (ref = next_vbd(vm, "CD", &at, &record));)
		if (strcmp(record_string(record, "VDI"), cd) == 0) {
			detach(ref, record);
			return;
		}
	fail("no drive of the VM has this CD");
}

/* The one CD drive of a VM that is empty or full. */
static const char *cd_drive(const struct found *vm, bool empty)
{
	const char *ref, *found = NULL;
	json_t *record;

	for (size_t at = 0; (ref = next_vbd(vm, "CD", &at, &record));) {
		if (json_is_true(json_object_get(record, "empty")) != empty)
			continue;
		if (found)
			fail("the VM has several such drives: use xe vbd-%s",
			     empty ? "insert" : "eject");
		found = ref;
	}
	if (!found)
		fail(empty ? "the VM has no empty CD drive" : "no drive of the VM has a CD");
	return found;
}

static void cd_insert(const struct verb *verb, const struct args *args, const struct found *vm)
{
	const char *cd = cd_of(args_need(args, "cd-name"));

	(void)verb;
	rpc_do("VBD.insert", json_pack("[s, s]", cd_drive(vm, true), cd));
}

static void cd_eject(const struct verb *verb, const struct args *args, const struct found *vm)
{
	(void)verb, (void)args;
	rpc_do("VBD.eject", json_pack("[s]", cd_drive(vm, false)));
}

static bool in_iso_sr(json_t *record)
{
	json_t *sr = store_record(model_class("SR"), record_string(record, "SR"));

	return strcmp(record_string(sr, "content_type"), "iso") == 0;
}

static void cd_list(const struct verb *verb, const struct args *args, const struct found *none)
{
	static const struct shown_class cds = {"vdi", "VDI", "uuid name-label", in_iso_sr};
	struct found *found;
	size_t count = filter_find(&cds, args, "", &found);

	(void)verb, (void)none;
	print_records(&cds, args, cds.lists, found, count);
	free(found);
}

static void vbd_create(const struct verb *verb, const struct args *args, const struct found *none)
{
	const char *vm = store_by_name(model_class("VM"), args_need(args, "vm-uuid"));
	const char *type = args_get(args, "type"), *mode = args_get(args, "mode");
	struct found on = {vm, store_record(model_class("VM"), vm)};
	json_t *record = verb_takes(verb->takes, args, true);

	(void)none;
	type = type && strcmp(type, "CD") == 0 ? "CD" : "Disk";
	if (!mode)
		mode = strcmp(type, "CD") == 0 ? "RO" : "RW";
	json_object_set_new(record, "userdevice",
			    json_string(free_device(args, &on, "VM.get_allowed_VBD_devices")));
	json_object_set_new(record, "type", json_string(type));
	json_object_set_new(record, "mode", json_string(strcmp(mode, "RO") ? "RW" : "RO"));
	json_object_set_new(record, "empty", json_boolean(!args_get(args, "vdi-uuid")));
	record = rpc_call("VBD.create", json_pack("[o]", record));
	verb_print("VBD", record);
	json_decref(record);
}

/*
 * VBD.unplug, VIF.unplug, or the call that does not wait for the guest: by the verb's call. While
 * the guest refuses, it is asked again each second, for timeout= seconds.
 */
static void unplug(const struct verb *verb, const struct args *args, const struct found *none)
{
	const char *method = text("%s%s", verb->call, args_flag(args, "force") ? "_force" : "");
	json_t *params = verb_takes(verb->takes, args, false), *error, *result;
	json_t *seconds = verb_takes("timeout@int?0", args, false);
	long long left = json_integer_value(json_array_get(seconds, 0));

	(void)none;
	while (!(result = rpc_try(method, json_copy(params), &error))) {
		const char *code = json_string_value(json_array_get(error, 0));

		if (left-- <= 0 || strncmp(code, "DEVICE_DETACH_", 14) != 0) {
			rpc_print_error(error);
			exit(1);
		}
		json_decref(error);
		sleep(1);
	}
	json_decref(result);
	json_decref(seconds);
	json_decref(params);
}

#define VM(name, required, optional, help, run, call)                                              \
	{name, required, optional, help, run, call, NULL, "vm"}

const struct verb disk_verbs[] = {
	VM("vm-disk-list", "", "params", "List the disks of VMs", list_drives, "Disk"),
	VM("vm-disk-add", "disk-size device", "sr-uuid", "Make a disk, and attach it to VMs",
	   disk_add, NULL),
	VM("vm-disk-remove", "device", "", "Detach a disk of VMs, and destroy it", disk_remove,
	   NULL),
	VM("vm-cd-list", "", "params", "List the CD drives of VMs", list_drives, "CD"),
	VM("vm-cd-add", "cd-name device", "", "Add a CD drive with a CD to VMs", cd_add, NULL),
	VM("vm-cd-remove", "cd-name", "", "Remove the CD drive that has this CD", cd_remove, NULL),
	VM("vm-cd-insert", "cd-name", "", "Put a CD into the empty drive of VMs", cd_insert, NULL),
	VM("vm-cd-eject", "", "", "Eject the CD of VMs", cd_eject, NULL),
	{"cd-list", "", "params FIELD", "List the images in storage repositories of CDs", cd_list,
	 NULL, NULL, NULL},
	{"snapshot-disk-list", "", "params", "List the disks of snapshots", list_drives, "Disk",
	 NULL, "snapshot"},
	{"template-disk-list", "", "params", "List the disks of templates", list_drives, "Disk",
	 NULL, "template"},
	{"vbd-create", "vm-uuid device", "vdi-uuid bootable type mode unpluggable",
	 "Give a VM a disk or a CD drive; without vdi-uuid the drive is empty", vbd_create, NULL,
	 "vm-uuid>VM@VM vdi-uuid>VDI@VDI? bootable>bootable@bool?false "
	 "unpluggable>unpluggable@bool?true >other_config@map >qos_algorithm_type? "
	 ">qos_algorithm_params@map", NULL},
	{"vbd-destroy", "uuid", "", "Destroy a VBD, and keep its VDI", verb_call, "VBD.destroy",
	 "uuid@VBD", NULL},
	{"vbd-plug", "uuid", "", "Attach a VBD to its running VM", verb_call, "VBD.plug",
	 "uuid@VBD", NULL},
	{"vbd-unplug", "uuid", "timeout --force", "Detach a VBD from its running VM", unplug,
	 "VBD.unplug", "uuid@VBD", NULL},
	{"vbd-insert", "uuid vdi-uuid", "", "Put a CD into a drive", verb_call, "VBD.insert",
	 "uuid@VBD vdi-uuid@VDI", NULL},
	{"vbd-eject", "uuid", "", "Eject the CD of a drive", verb_call, "VBD.eject", "uuid@VBD",
	 NULL},
	{"vif-unplug", "uuid", "timeout --force", "Detach a VIF from its running VM", unplug,
	 "VIF.unplug", "uuid@VIF", NULL},
	{NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL},
};
