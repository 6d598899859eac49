// SPDX-License-Identifier: GPL-2.0-only
/*
 * Copies of VMs: clone, copy, snapshot, checkpoint, and back to a snapshot. The disks are copied
 * first, one by one; the new VM's record comes with all of its devices in one transaction at the
 * end. Until then the journal has the copied disks, and they are removed if the call fails or the
 * daemon dies. The memory of a suspended VM is a disk more, without a VBD.
 */
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "alloc.h"
#include "storage.h"
#include "vm.h"

struct disk {
	char vbd[48], vdi[48]; /* the original ones; no VBD: the memory of a suspended VM */
	char copy[48];         /* the new VDI; the original one for a medium that is shared */
	long long journal;
};

struct copy {
	struct call *call;
	enum vdi_copy_kind kind;
	const char *operation;
	char vm[48], sr[48]; /* sr: "" for the disks' own */
	struct operation op;
	struct disk *disks;
	int n;
	unsigned int paused; /* the domain that was paused for it */
	bool memory;         /* of a VM that runs: with its memory */
};

/* --- Disks --- */

static void list_disks(struct copy *c, const struct object *vm)
{
	struct value *set = store_get(vm, F_VM_VBDs);

	c->disks = alloc_zero((value_size(set) + 1) * sizeof(*c->disks));
	for (size_t i = 0; i < value_size(set); i++) {
		struct object *vbd = store_find(CLASS(VBD), value_text(value_item(set, i)));
		struct disk *d = &c->disks[c->n++];

		strcpy(d->vbd, vbd->ref);
		strcpy(d->vdi, store_text(vbd, F_VBD_VDI));
		if (!strcmp(store_text(vbd, F_VBD_type), "CD") || store_is(vbd, F_VBD_empty))
			strcpy(d->copy, d->vdi);
	}
	if (vm_in(vm, "Suspended"))
		strcpy(c->disks[c->n++].vdi, store_text(vm, F_VM_suspend_VDI));
}

static bool copy_disks(struct copy *c)
{
	for (int i = 0; i < c->n; i++) {
		struct disk *d = &c->disks[i];
		struct value *ref;

		if (*d->copy)
			continue;
		ref = vdi_copy(c->call, d->vdi, *c->sr ? c->sr : NULL, c->kind, true, &d->journal);
		if (!ref)
			return false;
		strcpy(d->copy, value_text(ref));
		value_put(ref);
	}
	return true;
}

/* End the journal's entries of the copies. In a transaction. */
static void keep_disks(struct copy *c)
{
	for (int i = 0; i < c->n; i++)
		if (c->disks[i].journal)
			store_journal_end(c->disks[i].journal);
}

static void remove_disks(struct copy *c)
{
	for (int i = 0; i < c->n; i++)
		if (c->disks[i].journal)
			vdi_drop(c->call, c->disks[i].copy, c->disks[i].journal);
}

/* --- Records --- */

/* Fields that a copy of a VM does not share with it. */
static bool own_field(int i)
{
	static const int own[] = {F_VM_uuid,
				  F_VM_allowed_operations,
				  F_VM_current_operations,
				  F_VM_power_state,
				  F_VM_resident_on,
				  F_VM_domid,
				  F_VM_consoles,
				  F_VM_VIFs,
				  F_VM_VBDs,
				  F_VM_metrics,
				  F_VM_guest_metrics,
				  F_VM_is_a_snapshot,
				  F_VM_snapshot_of,
				  F_VM_snapshots,
				  F_VM_snapshot_time,
				  F_VM_parent,
				  F_VM_children,
				  F_VM_is_default_template,
				  F_VM_is_control_domain,
				  F_VM_crash_dumps,
				  F_VM_suspend_VDI};

	for (size_t n = 0; n < sizeof(own) / sizeof(*own); n++)
		if (own[n] == i)
			return true;
	return false;
}

static void copy_fields(struct object *to, const struct object *from)
{
	for (int i = 0; i < CLASS(VM)->n_fields; i++)
		if (!own_field(i))
			store_set(to, i, value_get(store_get(from, i)));
}

/* A suspended VM's devices are those that it had. */
static void copy_attached(const struct object *to, struct object *new, const struct object *device,
			  int field)
{
	if (vm_in(to, "Suspended"))
		store_set_bool(new, field, store_is(device, field));
}

/* The copy is of the memory, too, if there is one. */
static void copy_memory(const struct copy *c, struct object *to)
{
	for (int i = 0; i < c->n; i++)
		if (!*c->disks[i].vbd) {
			store_set_text(to, F_VM_power_state, "Suspended");
			store_set_ref(to, F_VM_suspend_VDI,
				      store_find(CLASS(VDI), c->disks[i].copy));
		}
}

static void copy_vbd(const struct disk *d, struct object *to)
{
	static const int fields[] = {F_VBD_device,
				     F_VBD_userdevice,
				     F_VBD_bootable,
				     F_VBD_mode,
				     F_VBD_type,
				     F_VBD_unpluggable,
				     F_VBD_empty,
				     F_VBD_other_config,
				     F_VBD_qos_algorithm_type,
				     F_VBD_qos_algorithm_params};
	const struct object *vbd = store_find(CLASS(VBD), d->vbd);
	struct object *new;

	if (!vbd)
		return;
	new = store_create(CLASS(VBD));
	for (size_t i = 0; i < sizeof(fields) / sizeof(*fields); i++)
		store_set(new, fields[i], value_get(store_get(vbd, fields[i])));
	store_set_ref(new, F_VBD_metrics, store_create(CLASS(VBD_metrics)));
	store_set_ref(new, F_VBD_VDI, store_find(CLASS(VDI), d->copy));
	copy_attached(to, new, vbd, F_VBD_currently_attached);
	store_set_ref(new, F_VBD_VM, to);
}

/* A clone's address is another one, a snapshot keeps it. */
static void copy_vif(const struct object *vif, struct object *to, bool same_mac)
{
	static const int fields[] = {F_VIF_device,
				     F_VIF_MTU,
				     F_VIF_other_config,
				     F_VIF_network,
				     F_VIF_qos_algorithm_type,
				     F_VIF_qos_algorithm_params,
				     F_VIF_locking_mode,
				     F_VIF_ipv4_allowed,
				     F_VIF_ipv6_allowed};
	struct object *new = store_create(CLASS(VIF));
	const char *uuid = store_text(new, F_VIF_uuid);
	char *mac = alloc_printf("02:%.2s:%.2s:%.2s:%.2s:%.2s", uuid, uuid + 2, uuid + 4, uuid + 6,
				 uuid + 24);

	for (size_t i = 0; i < sizeof(fields) / sizeof(*fields); i++)
		store_set(new, fields[i], value_get(store_get(vif, fields[i])));
	store_set_text(new, F_VIF_MAC, same_mac ? store_text(vif, F_VIF_MAC) : mac);
	store_set_bool(new, F_VIF_MAC_autogenerated, !same_mac);
	store_set_ref(new, F_VIF_metrics, store_create(CLASS(VIF_metrics)));
	store_set_ref(new, F_VIF_VM, to);
	copy_attached(to, new, vif, F_VIF_currently_attached);
	free(mac);
}

static void copy_vifs(const struct object *from, struct object *to, bool same_mac)
{
	struct value *set = value_get(store_get(from, F_VM_VIFs));

	for (size_t i = 0; i < value_size(set); i++)
		copy_vif(store_find(CLASS(VIF), value_text(value_item(set, i))), to, same_mac);
	value_put(set);
}

static struct object *copy_record(struct copy *c, const struct object *vm, const char *name)
{
	struct object *new = store_create(CLASS(VM));

	copy_fields(new, vm);
	store_set_text(new, F_VM_name_label, name);
	store_set_ref(new, F_VM_metrics, store_create(CLASS(VM_metrics)));
	if (c->kind == VDI_SNAPSHOT) {
		store_set_bool(new, F_VM_is_a_snapshot, true);
		store_set_bool(new, F_VM_is_a_template, true);
		store_set_ref(new, F_VM_snapshot_of, vm);
		store_set(new, F_VM_snapshot_time, value_time(time(NULL)));
	}
	copy_memory(c, new);
	for (int i = 0; i < c->n; i++)
		copy_vbd(&c->disks[i], new);
	copy_vifs(vm, new, c->kind == VDI_SNAPSHOT);
	return new;
}

/* --- The calls --- */

static bool begin(struct copy *c, const char *states)
{
	struct object *vm;

	store_begin();
	vm = call_object(c->call, 1);
	if (vm && store_is(vm, F_VM_is_control_domain))
		call_fail(c->call, "OPERATION_NOT_ALLOWED", "This is the control domain", NULL);
	if (vm && vm_foreign(vm)) /* its disks are not known here */
		call_fail(c->call, "OPERATION_NOT_ALLOWED", "Another toolstack made this domain",
			  NULL);
	if (vm && !call_failed(c->call) && vm_check_state(c->call, vm, states) &&
	    operation_begin(c->call, &c->op, vm, vm, c->operation)) {
		strcpy(c->vm, vm->ref);
		list_disks(c, vm);
		c->paused = vm_in(vm, "Running") ? (unsigned int)vm_domid(vm) : 0;
		if (store_commit())
			return true;
		call_fail(c->call, "INTERNAL_ERROR", "the database cannot be written", NULL);
	} else {
		store_abort();
	}
	operation_drop(&c->op);
	return false;
}

/* A checkpoint: the guest is suspended while its disks are copied, behind its memory. */
static bool copy_all(struct copy *c)
{
	struct disk *d = &c->disks[c->n];
	struct value *ref = vm_save(c->call, c->vm, c->paused, &d->journal);
	char *why;
	bool copied;

	if (!ref)
		return false;
	strcpy(d->copy, value_text(ref));
	value_put(ref);
	c->n++;
	copied = copy_disks(c);
	why = backend->wake(c->paused);
	if (why)
		call_fail(c->call, "INTERNAL_ERROR", why, NULL);
	free(why);
	return copied && !call_failed(c->call);
}

/* A snapshot of a VM that runs: the guest is paused while its disks are copied. */
static bool copy_still(struct copy *c)
{
	char *why = c->paused ? backend->pause(c->paused) : NULL;
	bool copied;

	if (why) {
		call_fail(c->call, "INTERNAL_ERROR", why, NULL);
		free(why);
		return false;
	}
	copied = copy_disks(c);
	free(c->paused ? backend->unpause(c->paused) : NULL);
	return copied;
}

static struct value *run(struct copy *c, const char *states, const char *name)
{
	struct object *vm;
	struct value *ref = NULL;
	bool copied;

	if (!begin(c, states)) {
		free(c->disks);
		return NULL;
	}
	copied = c->memory ? copy_all(c) : copy_still(c);
	store_begin();
	vm = store_find(CLASS(VM), c->vm);
	if (vm && copied) {
		ref = value_string(copy_record(c, vm, name)->ref);
		keep_disks(c);
	}
	operation_end(&c->op);
	if (!store_commit()) {
		value_put(ref);
		ref = NULL;
		call_fail(c->call, "INTERNAL_ERROR", "the database cannot be written", NULL);
	}
	operation_drop(&c->op);
	if (!ref)
		remove_disks(c);
	free(c->disks);
	return ref;
}

static struct value *clone_vm(struct call *call)
{
	struct copy c = {.call = call, .kind = VDI_CLONE, .operation = "clone"};

	return run(&c, "Halted|Suspended", call_text(call, 2));
}

static struct value *copy_vm(struct call *call)
{
	struct copy c = {.call = call, .kind = VDI_COPY, .operation = "copy"};

	if (strcmp(call_text(call, 3), NULL_REF)) {
		struct object *sr;

		store_lock();
		sr = call_object(call, 3);
		if (sr)
			strcpy(c.sr, sr->ref);
		store_unlock();
		if (!sr)
			return NULL;
	}
	return run(&c, "Halted|Suspended", call_text(call, 2));
}

static struct value *snapshot(struct call *call)
{
	struct copy c = {.call = call, .kind = VDI_SNAPSHOT, .operation = "snapshot"};

	return run(&c, "Halted|Running|Paused|Suspended", call_text(call, 2));
}

static struct value *checkpoint(struct call *call)
{
	struct copy c = {.call = call,
			 .kind = VDI_SNAPSHOT,
			 .operation = "checkpoint",
			 .memory = true};

	return run(&c, "Running", call_text(call, 2));
}

/* --- Back to a snapshot --- */

/* Take a VM's devices away, and list its disks' VDIs, which the new ones replace. */
static struct value *strip(struct object *vm)
{
	struct value *old = value_set(), *set = value_get(store_get(vm, F_VM_VBDs));

	for (size_t i = 0; i < value_size(set); i++) {
		struct object *vbd = store_find(CLASS(VBD), value_text(value_item(set, i)));

		if (strcmp(store_text(vbd, F_VBD_type), "CD"))
			value_add(old, value_string(store_text(vbd, F_VBD_VDI)));
	}
	value_put(set);
	vm_delete_devices(vm);
	return old;
}

/* The snapshot's record and devices become the VM's. In a transaction. */
static struct value *restore(struct copy *c, struct object *vm, const struct object *snapshot)
{
	struct value *old = strip(vm);
	char *name = alloc_text(store_text(vm, F_VM_name_label),
				strlen(store_text(vm, F_VM_name_label)));

	copy_fields(vm, snapshot);
	store_set_text(vm, F_VM_name_label, name);
	store_set_bool(vm, F_VM_is_a_template, false);
	free(name);
	copy_memory(c, vm);
	for (int i = 0; i < c->n; i++)
		copy_vbd(&c->disks[i], vm);
	copy_vifs(snapshot, vm, true);
	keep_disks(c);
	return old;
}

static void remove_all(const struct message *message, struct value *vdis)
{
	for (size_t i = 0; i < value_size(vdis); i++) {
		struct call quiet = {.message = message};

		vdi_remove(&quiet, value_text(value_item(vdis, i)));
		value_put(quiet.error);
	}
	value_put(vdis);
}

/* Guard the VM that a snapshot is of; the snapshot itself is guarded already. */
static bool guard_vm(struct copy *c, struct operation *op, char ref[48])
{
	struct object *snapshot, *vm = NULL;

	store_begin();
	snapshot = store_find(CLASS(VM), c->vm);
	if (snapshot && !store_is(snapshot, F_VM_is_a_snapshot))
		call_fail(c->call, "OPERATION_NOT_ALLOWED", "This is no snapshot", NULL);
	else if (snapshot && !(vm = store_ref(snapshot, F_VM_snapshot_of)))
		call_fail(c->call, "VM_REVERT_FAILED", c->vm, NULL_REF, NULL);
	if (vm && vm_check_state(c->call, vm, "Halted") &&
	    operation_begin(c->call, op, vm, vm, "reverting")) {
		strcpy(ref, vm->ref);
		store_commit();
		return true;
	}
	store_abort();
	return false;
}

static void finish_revert(struct copy *c, struct operation *op, const char *ref, bool copied)
{
	struct object *vm, *snapshot;
	struct value *old = NULL;

	store_begin();
	vm = store_find(CLASS(VM), ref);
	snapshot = store_find(CLASS(VM), c->vm);
	if (vm && snapshot && copied)
		old = restore(c, vm, snapshot);
	operation_end(op);
	if (!store_commit() || !old) {
		value_put(old);
		old = NULL;
		remove_disks(c);
	}
	operation_drop(op);
	remove_all(c->call->message, old);
}

static struct value *revert(struct call *call)
{
	struct copy c = {.call = call, .kind = VDI_CLONE, .operation = "revert"};
	struct operation op = {0};
	char vm[48];

	if (begin(&c, "Halted|Suspended")) {
		if (guard_vm(&c, &op, vm))
			finish_revert(&c, &op, vm, copy_disks(&c));
		store_begin();
		operation_end(&c.op);
		store_commit();
		operation_drop(&c.op);
	}
	free(c.disks);
	return NULL;
}

const struct api vm_copy_api[] = {
	{"VM.clone", clone_vm, CALL_FREE},
	{"VM.copy", copy_vm, CALL_FREE},
	{"VM.snapshot", snapshot, CALL_FREE},
	{"VM.checkpoint", checkpoint, CALL_FREE},
	{"VM.revert", revert, CALL_FREE},
	{0},
};
