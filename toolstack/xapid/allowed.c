// SPDX-License-Identifier: GPL-2.0-only
/* The fields allowed_operations, by tables of states. */
#include "allowed.h"

#include <string.h>

#include "storage.h"
#include "store.h"
#include "vm.h"

struct rule {
	const char *operation, *states; /* of a VM */
};

static const struct rule vm_rules[] = {
	{"changing_dynamic_range", "Halted|Running|Paused"},
	{"changing_VCPUs", "Halted"},
	{"changing_VCPUs_live", "Running"},
	{"changing_static_range", "Halted"},
	{"checkpoint", "Running"},
	{"clean_reboot", "Running"},
	{"clean_shutdown", "Running"},
	{"clone", "Halted|Suspended"},
	{"copy", "Halted|Suspended"},
	{"destroy", "Halted"},
	{"hard_reboot", "Running|Paused"},
	{"hard_shutdown", "Running|Paused|Suspended"},
	{"make_into_template", "Halted"},
	{"pause", "Running"},
	{"resume", "Suspended"},
	{"resume_on", "Suspended"},
	{"snapshot", "Halted|Running|Paused|Suspended"},
	{"start", "Halted"},
	{"start_on", "Halted"},
	{"suspend", "Running"},
	{"unpause", "Paused"},
};

static const char *const template_rules[] = {"clone", "copy", "destroy", "provision", NULL};
static const char *const snapshot_rules[] = {"clone", "copy", "destroy", "revert", NULL};

static struct value *set_of(const char *const *names)
{
	struct value *set = value_set();

	for (; *names; names++)
		value_add(set, value_string(*names));
	return set;
}

static struct value *by_rules(const struct object *vm)
{
	struct value *set = value_set();

	for (size_t i = 0; i < sizeof(vm_rules) / sizeof(*vm_rules); i++)
		if (vm_in(vm, vm_rules[i].states))
			value_add(set, value_string(vm_rules[i].operation));
	return set;
}

static bool busy(const struct object *object)
{
	return value_size(store_get(object, model_field(object->class, "current_operations")));
}

static void device(struct object *object, int vm_field, int attached, int allowed)
{
	const struct object *vm = store_ref(object, vm_field);
	const char *names[4] = {"attach"};
	int n = 1;

	if (vm && vm_in(vm, "Running|Paused") && !busy(vm) && !busy(object)) {
		if (store_is(object, attached)) {
			names[n++] = "unplug";
			if (object->class == CLASS(VBD))
				names[n++] = "unplug_force";
		} else {
			names[n++] = "plug";
		}
	}
	names[n] = NULL;
	store_set(object, allowed, set_of(names));
}

static void vbd(struct object *object)
{
	device(object, F_VBD_VM, F_VBD_currently_attached, F_VBD_allowed_operations);
}

static void vif(struct object *object)
{
	device(object, F_VIF_VM, F_VIF_currently_attached, F_VIF_allowed_operations);
}

static void vm(struct object *object)
{
	struct value *set;

	if (busy(object) || store_is(object, F_VM_is_control_domain))
		set = value_set();
	else if (store_is(object, F_VM_is_a_snapshot))
		set = set_of(snapshot_rules);
	else if (store_is(object, F_VM_is_a_template))
		set = set_of(template_rules);
	else
		set = by_rules(object);
	store_set(object, F_VM_allowed_operations, set);
	set = store_get(object, F_VM_VBDs);
	for (size_t i = 0; i < value_size(set); i++)
		vbd(store_find(CLASS(VBD), value_text(value_item(set, i))));
	set = store_get(object, F_VM_VIFs);
	for (size_t i = 0; i < value_size(set); i++)
		vif(store_find(CLASS(VIF), value_text(value_item(set, i))));
}

static void vdi(struct object *object)
{
	static const char *const all[] = {"clone",    "copy",   "destroy",
					  "forget",   "resize", "resize_online",
					  "snapshot", "update", NULL};
	static const char *const used[] = {"resize_online", "snapshot", "update", NULL};
	static const char *const fixed[] = {"copy", "forget", "update", NULL};
	static const char *const none[] = {NULL};
	const struct object *sr = store_ref(object, F_VDI_SR);
	const struct storage_driver *d = sr ? storage_driver(store_text(sr, F_SR_type)) : NULL;

	store_set(object, F_VDI_allowed_operations,
		  set_of(busy(object)         ? none
			 : !d || d->read_only ? fixed
			 : vdi_in_use(object) ? used
					      : all));
}

static void sr(struct object *object)
{
	static const char *const all[] = {
		"destroy",    "forget",       "plug",       "scan",        "unplug",
		"update",     "vdi_clone",    "vdi_create", "vdi_destroy", "vdi_introduce",
		"vdi_resize", "vdi_snapshot", NULL};
	static const char *const fixed[] = {"forget", "plug", "scan", "unplug", "update", NULL};
	const struct storage_driver *d = storage_driver(store_text(object, F_SR_type));

	store_set(object, F_SR_allowed_operations, set_of(d && !d->read_only ? all : fixed));
}

void allowed_setup(void)
{
	store_hook(CLASS(VM), vm);
	store_hook(CLASS(VBD), vbd);
	store_hook(CLASS(VIF), vif);
	store_hook(CLASS(VDI), vdi);
	store_hook(CLASS(SR), sr);
}
