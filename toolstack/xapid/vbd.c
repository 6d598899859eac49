// SPDX-License-Identifier: GPL-2.0-only
/* VBDs: a VM's disks and drives. While its domain runs, plug and unplug change it at once. */
#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "alloc.h"
#include "device.h"
#include "generic.h"
#include "storage.h"
#include "vm.h"

enum { DEVICES = 16 }; /* xvda to xvdp */

/* The number of "3", "xvdd", "hdd" or "sdd", or -1. */
static int number_of(const char *device)
{
	if (strlen(device) == 4 && !strncmp(device, "xvd", 3) && islower((unsigned char)device[3]))
		return device[3] - 'a';
	if (strlen(device) == 3 && (!strncmp(device, "hd", 2) || !strncmp(device, "sd", 2)) &&
	    islower((unsigned char)device[2]))
		return device[2] - 'a';
	return device_number(device, DEVICES);
}

/* The numbers of a VM's VBDs, but for one of them. */
static unsigned int used_numbers(const struct object *vm, const struct object *except)
{
	struct value *set = store_get(vm, F_VM_VBDs);
	unsigned int used = 0;

	for (size_t i = 0; i < value_size(set); i++) {
		const struct object *vbd = store_find(CLASS(VBD), value_text(value_item(set, i)));
		int n = number_of(store_text(vbd, F_VBD_userdevice));

		if (n >= 0 && vbd != except)
			used |= 1u << n;
	}
	return used;
}

/* Give a new VBD its place; false after a failure. */
static bool place(struct call *call, struct object *vbd, const struct object *vm)
{
	const char *wanted = store_text(vbd, F_VBD_userdevice);
	int n = device_place(call, wanted, number_of(wanted), used_numbers(vm, vbd), DEVICES);
	char name[8];

	if (n < 0)
		return false;
	snprintf(name, sizeof(name), "%d", n);
	store_set_text(vbd, F_VBD_userdevice, name);
	snprintf(name, sizeof(name), "xvd%c", 'a' + n);
	store_set_text(vbd, F_VBD_device, name);
	return true;
}

static struct value *create(struct call *call)
{
	const struct value *record = call_arg(call, 1);
	struct object *vm = device_vm(call, record), *vdi = NULL, *vbd;
	const struct value *ref = value_lookup(record, "VDI");
	bool empty = value_is(value_lookup(record, "empty"));

	if (!vm)
		return NULL;
	if (ref && strcmp(value_text(ref), NULL_REF) && *value_text(ref)) {
		vdi = store_find(CLASS(VDI), value_text(ref));
		if (!vdi)
			return call_fail(call, "HANDLE_INVALID", "VDI", value_text(ref), NULL);
	}
	if (!vdi && !empty)
		return call_fail(call, "HANDLE_INVALID", "VDI", NULL_REF, NULL);
	vbd = store_create(CLASS(VBD));
	generic_fill(vbd, record);
	store_set_bool(vbd, F_VBD_empty, !vdi);
	if (!vdi && strcmp(store_text(vbd, F_VBD_type), "CD"))
		return call_fail(call, "VBD_NOT_REMOVABLE_MEDIA", vbd->ref, NULL);
	if (vdi && store_is(vdi, F_VDI_read_only) && !strcmp(store_text(vbd, F_VBD_mode), "RW") &&
	    strcmp(store_text(vbd, F_VBD_type), "CD"))
		return call_fail(call, "VDI_READONLY", vdi->ref, NULL);
	if (!place(call, vbd, vm))
		return NULL;
	store_set_ref(vbd, F_VBD_metrics, store_create(CLASS(VBD_metrics)));
	return value_string(vbd->ref);
}

/* Whether a disk may be attached as the VBD uses it; or the call failed. */
static bool vdi_is_free(struct call *call, const struct object *vbd, const struct object *vdi)
{
	struct value *users = vdi ? store_get(vdi, F_VDI_VBDs) : NULL;

	if (vdi && operation_busy(vdi->ref)) {
		call_fail(call, "OTHER_OPERATION_IN_PROGRESS", "VDI", vdi->ref, NULL);
		return false;
	}
	for (size_t i = 0; i < value_size(users); i++) {
		const struct object *other =
			store_find(CLASS(VBD), value_text(value_item(users, i)));

		if (other != vbd && store_is(other, F_VBD_currently_attached) &&
		    !store_is(vdi, F_VDI_sharable) &&
		    (!strcmp(store_text(other, F_VBD_mode), "RW") ||
		     !strcmp(store_text(vbd, F_VBD_mode), "RW"))) {
			call_fail(call, "VDI_IN_USE", vdi->ref, "attach", NULL);
			return false;
		}
	}
	return true;
}

/* A PV guest has no empty drive: its domain knows nothing of it. */
static bool in_domain(const struct object *vbd)
{
	return !store_is(vbd, F_VBD_empty) || vm_is_hvm(store_ref(vbd, F_VBD_VM));
}

static struct value *plug(struct call *call)
{
	struct backend_disk disk = {0};
	struct device_work w;
	struct object *vbd;
	bool known;

	vbd = device_begin(call, &w, "plug", false);
	if (!vbd)
		return NULL;
	known = in_domain(vbd);
	if (!vdi_is_free(call, vbd, store_ref(vbd, F_VBD_VDI)) || !vm_disk(call, vbd, &disk)) {
		vm_disk_free(&disk);
		return device_abort(&w);
	}
	if (device_run(&w))
		device_end(&w, known ? backend->plug_disk(w.domid, &disk) : NULL, true);
	vm_disk_free(&disk);
	return NULL;
}

static struct value *unplug_disk(struct call *call, bool force)
{
	struct device_work w;
	struct object *vbd;
	char name[16];
	bool known;

	vbd = device_begin(call, &w, force ? "unplug_force" : "unplug", true);
	if (!vbd)
		return NULL;
	known = in_domain(vbd);
	snprintf(name, sizeof(name), "%s", store_text(vbd, F_VBD_device));
	if (device_run(&w))
		device_end(&w, known ? backend->unplug_disk(w.domid, name, force) : NULL, false);
	return NULL;
}

static struct value *unplug(struct call *call)
{
	return unplug_disk(call, false);
}

static struct value *unplug_force(struct call *call)
{
	return unplug_disk(call, true);
}

/* Whether the medium may be changed; or the call failed. */
static bool changeable(struct call *call, const struct object *vbd, const struct object *vdi)
{
	if (strcmp(store_text(vbd, F_VBD_type), "CD"))
		call_fail(call, "VBD_NOT_REMOVABLE_MEDIA", vbd->ref, NULL);
	else if (vdi && !store_is(vbd, F_VBD_empty))
		call_fail(call, "VBD_NOT_EMPTY", vbd->ref, NULL);
	else if (!vdi && store_is(vbd, F_VBD_empty))
		call_fail(call, "VBD_IS_EMPTY", vbd->ref, NULL);
	return !call_failed(call) && vdi_is_free(call, vbd, vdi);
}

/* In the drive of a domain. */
static struct value *change_live(struct call *call, bool insert)
{
	struct backend_disk disk = {0};
	struct device_work w;
	struct object *vbd, *vdi;

	vbd = device_begin(call, &w, insert ? "insert" : "eject", true);
	if (!vbd)
		return NULL;
	vdi = insert ? call_object(call, 2) : NULL;
	if (call_failed(call) || !changeable(call, vbd, vdi) || !vm_medium(call, vbd, vdi, &disk)) {
		vm_disk_free(&disk);
		return device_abort(&w);
	}
	w.medium = true;
	strcpy(w.inserted, vdi ? vdi->ref : "");
	if (device_run(&w))
		device_end(&w, backend->change_disk(w.domid, &disk, insert), true);
	vm_disk_free(&disk);
	return NULL;
}

/* Return: whether that was all: no domain has the drive. */
static bool change_record(struct call *call, bool insert)
{
	struct object *vbd, *vdi = NULL;

	store_begin();
	vbd = call_object(call, 1);
	if (vbd && store_is(vbd, F_VBD_currently_attached)) {
		store_abort();
		return false;
	}
	if (vbd && insert)
		vdi = call_object(call, 2);
	if (call_failed(call) || !changeable(call, vbd, vdi)) {
		store_abort();
		return true;
	}
	store_set_ref(vbd, F_VBD_VDI, vdi);
	store_set_bool(vbd, F_VBD_empty, !vdi);
	store_commit();
	return true;
}

static struct value *insert(struct call *call)
{
	return change_record(call, true) ? NULL : change_live(call, true);
}

static struct value *eject(struct call *call)
{
	return change_record(call, false) ? NULL : change_live(call, false);
}

static struct value *set_mode(struct call *call)
{
	struct object *vbd = call_object(call, 1);

	if (vbd && store_is(vbd, F_VBD_currently_attached))
		return call_fail(call, "OPERATION_NOT_ALLOWED", "The VBD is attached", NULL);
	if (vbd)
		store_set(vbd, F_VBD_mode, value_get(call_arg(call, 2)));
	return NULL;
}

static struct value *assert_attachable(struct call *call)
{
	struct object *vbd = call_object(call, 1);

	if (vbd && store_is(vbd, F_VBD_currently_attached))
		return call_fail(call, "DEVICE_ALREADY_ATTACHED", vbd->ref, NULL);
	if (vbd)
		vdi_is_free(call, vbd, store_ref(vbd, F_VBD_VDI));
	return NULL;
}

static struct value *get_allowed_VBD_devices(struct call *call)
{
	struct object *vm = call_object(call, 1);
	struct value *set;

	if (!vm)
		return NULL;
	set = value_set();
	for (int n = 0; n < DEVICES; n++)
		if (!(used_numbers(vm, NULL) & (1u << n)))
			value_add(set, value_format("%d", n));
	return set;
}

const struct api vbd_api[] = {
	{"VBD.create", create, CALL_WRITE},
	{"VBD.destroy", device_destroy, CALL_WRITE},
	{"VBD.plug", plug, CALL_FREE},
	{"VBD.unplug", unplug, CALL_FREE},
	{"VBD.unplug_force", unplug_force, CALL_FREE},
	{"VBD.insert", insert, CALL_FREE},
	{"VBD.eject", eject, CALL_FREE},
	{"VBD.set_mode", set_mode, CALL_WRITE},
	{"VBD.assert_attachable", assert_attachable, CALL_READ},
	{"VM.get_allowed_VBD_devices", get_allowed_VBD_devices, CALL_READ},
	{0},
};
