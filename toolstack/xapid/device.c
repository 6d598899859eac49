// SPDX-License-Identifier: GPL-2.0-only
/* What plugging and unplugging of VBDs and VIFs has in common. */
#include "device.h"

#include <stdlib.h>
#include <string.h>

#include "vm.h"

static int vm_field(const struct object *device)
{
	return device->class == CLASS(VBD) ? F_VBD_VM : F_VIF_VM;
}

static int attached_field(const struct object *device)
{
	return device->class == CLASS(VBD) ? F_VBD_currently_attached : F_VIF_currently_attached;
}

struct object *device_vm(struct call *call, const struct value *record)
{
	const struct value *ref = value_lookup(record, "VM");
	struct object *vm = ref ? store_find(CLASS(VM), value_text(ref)) : NULL;

	if (!vm)
		call_fail(call, "HANDLE_INVALID", "VM", ref ? value_text(ref) : NULL_REF, NULL);
	else if (store_is(vm, F_VM_is_control_domain))
		return call_fail(call, "NOT_IMPLEMENTED", "devices of Domain-0", NULL);
	return vm;
}

int device_number(const char *text, unsigned int limit)
{
	char *end;
	long n = strtol(text, &end, 10);

	return *text && !*end && n >= 0 && n < (long)limit ? (int)n : -1;
}

int device_place(struct call *call, const char *wanted, int n, unsigned int used,
		 unsigned int limit)
{
	if (!strcmp(wanted, "autodetect") || !*wanted)
		for (n = 0; n < (int)limit && (used & (1u << n)); n++)
			;
	if (n < 0 || n >= (int)limit)
		call_fail(call, "INVALID_DEVICE", wanted, NULL);
	else if (used & (1u << n))
		call_fail(call, "DEVICE_ALREADY_EXISTS", wanted, NULL);
	else
		return n;
	return -1;
}

struct value *device_destroy(struct call *call)
{
	struct object *device = call_object(call, 1), *metrics;
	bool disk = device && device->class == CLASS(VBD);

	if (!device)
		return NULL;
	if (store_is(device, attached_field(device)) ||
	    operation_busy(store_text(device, vm_field(device))))
		return call_fail(call, "OPERATION_NOT_ALLOWED",
				 disk ? "The VBD is attached" : "The VIF is attached", NULL);
	metrics = store_ref(device, disk ? F_VBD_metrics : F_VIF_metrics);
	if (metrics)
		store_delete(metrics);
	store_delete(device);
	return NULL;
}

static bool check(struct device_work *w, struct object *device, struct object *vm, bool attached)
{
	bool is = store_is(device, attached_field(device));

	if (!vm)
		call_fail(w->call, "HANDLE_INVALID", "VM", NULL_REF, NULL);
	else if (is != attached)
		call_fail(w->call, is ? "DEVICE_ALREADY_ATTACHED" : "DEVICE_ALREADY_DETACHED",
			  device->ref, NULL);
	else
		vm_check_state(w->call, vm, "Running|Paused");
	return !call_failed(w->call);
}

struct object *device_begin(struct call *call, struct device_work *w, const char *operation,
			    bool attached)
{
	struct object *device, *vm;

	*w = (struct device_work){.call = call};
	store_begin();
	device = call_object(call, 1);
	if (!device) {
		store_abort();
		return NULL;
	}
	vm = store_ref(device, vm_field(device));
	if (!check(w, device, vm, attached) ||
	    !operation_begin(call, &w->op, vm, device, operation))
		return device_abort(w);
	strcpy(w->device, device->ref);
	w->domid = (unsigned int)vm_domid(vm);
	return device;
}

void *device_abort(struct device_work *w)
{
	store_abort();
	operation_drop(&w->op);
	return NULL;
}

bool device_run(struct device_work *w)
{
	if (store_commit())
		return true;
	call_fail(w->call, "INTERNAL_ERROR", "the database cannot be written", NULL);
	operation_drop(&w->op);
	return false;
}

void device_end(struct device_work *w, char *why, bool attached)
{
	const char *class = "device";
	struct object *device;

	store_begin();
	device = store_find(NULL, w->device);
	if (device)
		class = device->class->name;
	if (device && !why && w->medium) {
		store_set_ref(device, F_VBD_VDI, store_find(CLASS(VDI), w->inserted));
		store_set_bool(device, F_VBD_empty, !*w->inserted);
	} else if (device && !why) {
		store_set_bool(device, attached_field(device), attached);
	}
	operation_end(&w->op);
	store_commit();
	operation_drop(&w->op);
	if (why)
		call_fail(w->call, attached ? "INTERNAL_ERROR" : "DEVICE_DETACH_REJECTED", class,
			  w->device, why, NULL);
	free(why);
}
