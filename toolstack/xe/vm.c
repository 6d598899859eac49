/* SPDX-License-Identifier: GPL-2.0-only */
/* Commands about VMs, templates and snapshots, except those about their disks. */
#include <stdlib.h>
#include <string.h>

#include "rpc.h"
#include "store.h"
#include "text.h"
#include "verbs.h"

static bool halted(json_t *record)
{
	return strcmp(record_string(record, "power_state"), "Halted") == 0;
}

static void vm_start(const struct verb *verb, const struct args *args, const struct found *vm)
{
	bool paused = args_flag(args, "paused"), force = args_flag(args, "force");
	const char *on = args_get(args, "on");

	(void)verb;
	if (on)
		rpc_do("VM.start_on", json_pack("[s, s, b, b]", vm->ref,
						store_by_name(model_class("host"), on), paused,
						force));
	else
		rpc_do("VM.start", json_pack("[s, b, b]", vm->ref, paused, force));
}

/* VM.clean_VERB, or VM.hard_VERB with --force: the verb's call is the word. */
static void vm_end(const struct verb *verb, const struct args *args, const struct found *vm)
{
	const char *how = args_flag(args, "force") ? "hard" : "clean";

	rpc_do(text("VM.%s_%s", how, verb->call), json_pack("[s]", vm->ref));
}

/* VM.clone, VM.copy or VM.snapshot, then the new one's description if there is one. */
static void vm_copy(const struct verb *verb, const struct args *args, const struct found *vm)
{
	const char *description = args_get(args, "new-name-description");
	json_t *params = verb_takes(verb->takes, args, false), *new;

	json_array_insert_new(params, 0, json_string(vm->ref));
	new = rpc_call(verb->call, params);
	if (description)
		rpc_do("VM.set_name_description",
		       json_pack("[s, s]", json_string_value(new), description));
	verb_print("VM", new);
	json_decref(new);
}

/* The template that one of the parameters names. */
static const char *template_of(const struct args *args)
{
	static const char *const keys[] = {"template", "template-uuid", "template-name-label",
					   "template-name"};
	const struct shown_class *class = shown_class("template", NULL);
	struct param by = {"template", NULL, NULL};
	struct args filters = {.params = &by, .nparams = 1};
	struct found *found;
	const char *ref;
	size_t count;

	for (size_t i = 0; i < sizeof(keys) / sizeof(keys[0]) && !by.value; i++)
		by.value = args_get(args, keys[i]);
	if (!by.value)
		fail_usage("Required parameter not found: template");
	count = filter_find(class, &filters, "", &found);
	if (count == 0) {	/* snapshots and VMs serve as templates, too */
		free(found);
		return store_by_name(model_class("VM"), by.value);
	}
	if (count > 1)
		fail("several templates have the name '%s': give template-uuid", by.value);
	ref = found->ref;
	free(found);
	return ref;
}

/* The SR for a new VM's disks; NULL: the default one. */
static const char *sr_of(const struct args *args)
{
	const char *given = args_get(args, "sr-uuid");

	if (!given)
		given = args_get(args, "sr-name-label");
	return given ? store_by_name(model_class("SR"), given) : NULL;
}

/*
 * A template says in other_config:disks which disks its VMs get, in XML: each has sr="UUID", or
 * sr="" for the default. Name the chosen SR in all of them.
 */
static void choose_sr(const char *vm, const char *sr)
{
	json_t *config = rpc_call("VM.get_other_config", json_pack("[s]", vm));
	const char *disks = json_string_value(json_object_get(config, "disks"));
	const char *uuid = store_uuid(model_class("SR"), sr), *at, *made = "";

	while (disks && (at = strstr(disks, " sr=\""))) {
		const char *end = strchr(at + 5, '"');

		if (!end)
			break;
		made = text("%s%.*s sr=\"%s", made, (int)(at - disks), disks, uuid);
		disks = end;
	}
	if (disks && *made) {
		rpc_do("VM.remove_from_other_config", json_pack("[s, s]", vm, "disks"));
		rpc_do("VM.add_to_other_config",
		       json_pack("[s, s, s]", vm, "disks", text("%s%s", made, disks)));
	}
	json_decref(config);
}

static void vm_install(const struct verb *verb, const struct args *args, const struct found *none)
{
	const char *name = args_get(args, "new-name-label"), *from = template_of(args), *vm;
	const char *sr = sr_of(args), *description = args_get(args, "new-name-description");
	json_t *new, *error, *done;

	(void)verb, (void)none;
	if (!name)
		name = args_need(args, "new-name");
	new = rpc_call("VM.clone", json_pack("[s, s]", from, name));
	vm = json_string_value(new);
	if (description)
		rpc_do("VM.set_name_description", json_pack("[s, s]", vm, description));
	if (sr)
		choose_sr(vm, sr);
	done = rpc_try("VM.provision", json_pack("[s]", vm), &error);
	if (!done) {
		rpc_print_error(error);
		json_decref(error);
		rpc_do("VM.destroy", json_pack("[s]", vm));
		exit(1);
	}
	json_decref(done);
	verb_print("VM", new);
	json_decref(new);
}

/* The VDIs of a VM that go with it: of disks, and in no other VM. */
static json_t *own_disks(const struct found *vm)
{
	const struct model_class *vbds = model_class("VBD"), *vdis = model_class("VDI");
	json_t *own = json_array(), *list = json_object_get(vm->record, "VBDs"), *item;
	size_t i;

	json_array_foreach(list, i, item) {
		json_t *vbd = store_record(vbds, json_string_value(item));
		const char *ref = record_string(vbd, "VDI");
		json_t *vdi = store_record(vdis, ref);

		if (vdi && strcmp(record_string(vbd, "type"), "Disk") == 0 &&
		    json_array_size(json_object_get(vdi, "VBDs")) <= 1)
			json_array_append_new(own, json_string(ref));
	}
	return own;
}

static void vm_uninstall(const struct verb *verb, const struct args *args, const struct found *vm)
{
	const struct model_class *vdis = model_class("VDI");
	json_t *disks = own_disks(vm), *item;
	const char *what = text("The following items are about to be destroyed\nVM : %s (%s)",
				record_string(vm->record, "uuid"),
				record_string(vm->record, "name_label"));
	size_t i;

	(void)verb;
	json_array_foreach(disks, i, item) {
		const char *ref = json_string_value(item);

		what = text("%s\nVDI: %s (%s)", what, store_uuid(vdis, ref),
			    store_name(vdis, ref));
	}
	verb_confirm(args, what);
	/* A snapshot with memory is suspended, and goes as it is. */
	if (!halted(vm->record) && !json_is_true(json_object_get(vm->record, "is_a_template")))
		rpc_do("VM.hard_shutdown", json_pack("[s]", vm->ref));
	rpc_do("VM.destroy", json_pack("[s]", vm->ref));
	json_array_foreach(disks, i, item)
		rpc_do("VDI.destroy", json_pack("[O]", item));
	json_decref(disks);
	puts("All objects destroyed");
}

/* One field of the VM after the other, as the parameters of the command say. */
static void vm_memory_limits(const struct verb *verb, const struct args *args,
			     const struct found *vm)
{
	static const char *const limits[] = {"static-min", "static-max", "dynamic-min",
					     "dynamic-max"};
	json_t *params = json_pack("[s]", vm->ref);

	(void)verb;
	for (size_t i = 0; i < sizeof(limits) / sizeof(limits[0]); i++) {
		const char *field = text_swap(text("memory_%s", limits[i]), '-', '_');
		json_t *given = args_get(args, limits[i]) ?
					verb_takes(text("%s@int", limits[i]), args, false) :
					NULL;

		json_array_append(params, given ? json_array_get(given, 0) :
						  json_object_get(vm->record, field));
		json_decref(given);
	}
	rpc_do("VM.set_memory_limits", params);
}

static void vm_console(const struct verb *verb, const struct args *args, const struct found *vm)
{
	const struct model_class *class = model_class("console");
	json_t *list = json_object_get(vm->record, "consoles"), *item, *record, *found = NULL;
	const char *location, *path;
	size_t i;

	(void)verb, (void)args;
	json_array_foreach(list, i, item) {
		record = store_record(class, json_string_value(item));
		if (record && (!found || strcmp(record_string(record, "protocol"), "vt100") == 0))
			found = record;
	}
	if (!found)
		fail("the VM %s has no console: does it run?",
		     record_string(vm->record, "name_label"));
	location = strstr(record_string(found, "location"), "://");
	path = location ? strchr(location + 3, '/') : NULL;
	rpc_console(path ? path : text("/console?uuid=%s", record_string(found, "uuid")));
}

#define VM_CREATE                                                                                  \
	"name-label>name_label name-description>name_description? >user_version@int?0 "            \
	">is_a_template@bool?false >affinity@host? >memory_static_max@int?512MiB "                 \
	">memory_dynamic_max@int?512MiB >memory_dynamic_min@int?512MiB "                           \
	">memory_static_min@int?64MiB >VCPUs_params@map >VCPUs_max@int?1 "                         \
	">VCPUs_at_startup@int?1 >actions_after_shutdown?destroy "                                 \
	">actions_after_reboot?restart >actions_after_crash?restart >PV_bootloader? >PV_kernel? "  \
	">PV_ramdisk? >PV_args? >PV_bootloader_args? >PV_legacy_args? >HVM_boot_policy? "          \
	">HVM_boot_params@map >HVM_shadow_multiplier@float?1 >platform@map >PCI_bus? "             \
	">other_config@map >recommendations? >xenstore_data@map >ha_always_run@bool?false "        \
	">ha_restart_priority? >blocked_operations@map"

#define VM(name, optional, help, run, call, takes)                                                 \
	{name, "", optional, help, run, call, takes, "vm"}

const struct verb vm_verbs[] = {
	{"vm-create", "name-label", "name-description", "Create a VM without disks and interfaces",
	 verb_create, "VM.create", VM_CREATE, NULL},
	{"vm-install", "",
	 "new-name-label new-name new-name-description template template-uuid template-name "
	 "template-name-label sr-uuid sr-name-label",
	 "Create a VM from a template, with the disks that the template names", vm_install, NULL,
	 NULL, NULL},
	VM("vm-start", "--paused --force on", "Start VMs", vm_start, NULL, NULL),
	VM("vm-shutdown", "--force", "Ask guests to shut down; --force takes their power", vm_end,
	   "shutdown", NULL),
	VM("vm-reboot", "--force", "Ask guests to reboot; --force resets them", vm_end, "reboot",
	   NULL),
	VM("vm-pause", "", "Pause running VMs", verb_call, "VM.pause", ""),
	VM("vm-unpause", "", "Let paused VMs go on", verb_call, "VM.unpause", ""),
	VM("vm-suspend", "", "Save VMs to disk, and stop them", verb_call, "VM.suspend", ""),
	VM("vm-resume", "--paused --force", "Restore suspended VMs", verb_call, "VM.resume",
	   "paused@bool?false force@bool?false"),
	VM("vm-reset-powerstate", "--force", "Take VMs for halted, whatever runs", verb_call,
	   "VM.power_state_reset", ""),
	{"vm-destroy", "uuid", "", "Destroy a VM, and keep its disks", verb_call, "VM.destroy",
	 "uuid@VM", NULL},
	VM("vm-uninstall", "--force", "Destroy VMs and their disks", vm_uninstall, NULL, NULL),
	{"vm-clone", "new-name-label", "new-name-description",
	 "Clone VMs, with copies of their disks that share blocks where the storage can", vm_copy,
	 "VM.clone", "new-name-label", "vm"},
	{"vm-copy", "new-name-label", "new-name-description sr-uuid",
	 "Copy VMs, with full copies of their disks", vm_copy, "VM.copy",
	 "new-name-label sr-uuid@SR?", "vm"},
	{"vm-snapshot", "new-name-label", "new-name-description", "Take a snapshot of VMs", vm_copy,
	 "VM.snapshot", "new-name-label", "vm"},
	{"vm-snapshot-with-quiesce", "new-name-label", "new-name-description",
	 "Take a snapshot of VMs whose guests write all out before", vm_copy,
	 "VM.snapshot_with_quiesce", "new-name-label", "vm"},
	{"vm-checkpoint", "new-name-label", "new-name-description",
	 "Take a snapshot of VMs with their memory", vm_copy, "VM.checkpoint", "new-name-label",
	 "vm"},
	VM("vm-memory-limits-set", "static-min static-max dynamic-min dynamic-max",
	   "Set the limits of VMs' memory", vm_memory_limits, NULL, NULL),
	{"vm-memory-static-range-set", "min max", "", "Set the range that needs a reboot",
	 verb_call, "VM.set_memory_static_range", "min@int max@int", "vm"},
	{"vm-memory-dynamic-range-set", "min max", "", "Set the range of the balloon", verb_call,
	 "VM.set_memory_dynamic_range", "min@int max@int", "vm"},
	{"vm-memory-target-set", "target", "", "Set the balloon's target of VMs", verb_call,
	 "VM.set_memory_target_live", "target@int", "vm"},
	{"vm-memory-set", "memory", "", "Set all limits of VMs' memory to one value", verb_call,
	 "VM.set_memory", "memory@int", "vm"},
	VM("vm-memory-target-wait", "", "Wait until VMs have their memory target", verb_call,
	   "VM.wait_memory_target_live", ""),
	{"vm-memory-shadow-multiplier-set", "multiplier", "", "Set the shadow multiplier of VMs",
	 verb_call, "VM.set_shadow_multiplier_live", "multiplier@float", "vm"},
	{"vm-vcpu-hotplug", "new-vcpus", "", "Change the number of vCPUs of running VMs", verb_call,
	 "VM.set_VCPUs_number_live", "new-vcpus@int", "vm"},
	VM("vm-compute-memory-overhead", "", "Print the memory that VMs take beside their own",
	   verb_call, "VM.compute_memory_overhead", ""),
	{"vm-compute-maximum-memory", "total", "--approximate",
	 "Print what a VM can have of the given memory", verb_call, "VM.maximise_memory",
	 "total@int approximate@bool?false", "vm"},
	{"vm-data-source-query", "data-source", "", "Print one measure of VMs", verb_call,
	 "VM.query_data_source", "data-source", "vm"},
	{"vm-data-source-record", "data-source", "", "Keep a history of a measure of VMs",
	 verb_call, "VM.record_data_source", "data-source", "vm"},
	{"vm-data-source-forget", "data-source", "", "Drop the history of a measure of VMs",
	 verb_call, "VM.forget_data_source_archives", "data-source", "vm"},
	{"vm-send-sysrq", "key", "", "Send a SysRq key to VMs", verb_call, "VM.send_sysrq", "key",
	 "vm"},
	VM("console", "", "Connect the terminal with a VM's console", vm_console, NULL, NULL),
	{"template-uninstall", "", "--force", "Destroy templates and their disks", vm_uninstall,
	 NULL, NULL, "template"},
	{"snapshot-clone", "new-name-label", "new-name-description", "Clone a snapshot", vm_copy,
	 "VM.clone", "new-name-label", "snapshot"},
	{"snapshot-copy", "new-name-label", "new-name-description sr-uuid",
	 "Copy a snapshot, with full copies of its disks", vm_copy, "VM.copy",
	 "new-name-label sr-uuid@SR?", "snapshot"},
	{"snapshot-revert", "", "", "Make a VM what it was at a snapshot", verb_call, "VM.revert",
	 "", "snapshot"},
	{"snapshot-destroy", "", "", "Destroy a snapshot, and keep its disks", verb_call,
	 "VM.destroy", "", "snapshot"},
	{"snapshot-uninstall", "", "--force", "Destroy snapshots and their disks", vm_uninstall,
	 NULL, NULL, "snapshot"},
	{NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL},
};
