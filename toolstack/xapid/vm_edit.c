// SPDX-License-Identifier: GPL-2.0-only
/* VMs as records: created, destroyed; memory and CPUs, also of a domain that runs. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "alloc.h"
#include "generic.h"
#include "storage.h"
#include "vm.h"

enum { MAX_VCPUS = 64 };

static bool check_memory(struct call *call, const struct object *vm)
{
	int64_t smin = store_int(vm, F_VM_memory_static_min);
	int64_t smax = store_int(vm, F_VM_memory_static_max);
	int64_t dmin = store_int(vm, F_VM_memory_dynamic_min);
	int64_t dmax = store_int(vm, F_VM_memory_dynamic_max);

	if (0 <= smin && smin <= dmin && dmin <= dmax && dmax <= smax && smax < (1ll << 44))
		return true;
	call_fail(call, "MEMORY_CONSTRAINT_VIOLATION",
		  "static_min <= dynamic_min <= dynamic_max <= static_max has to hold", NULL);
	return false;
}

static bool check_vcpus(struct call *call, const struct object *vm)
{
	int64_t max = store_int(vm, F_VM_VCPUs_max), at = store_int(vm, F_VM_VCPUs_at_startup);
	char text[24];

	if (0 < at && at <= max && max <= MAX_VCPUS)
		return true;
	snprintf(text, sizeof(text), "%lld", (long long)at);
	call_fail(call, "INVALID_VALUE", "VCPUs_at_startup", text, NULL);
	return false;
}

static struct value *create(struct call *call)
{
	struct object *vm = store_create(CLASS(VM));
	const struct value *record = call_arg(call, 1);
	const struct value *type = value_lookup(record, "domain_type");

	generic_fill(vm, record);
	if (type)
		store_set(vm, F_VM_domain_type, value_get((struct value *)type));
	store_set_ref(vm, F_VM_metrics, store_create(CLASS(VM_metrics)));
	return check_memory(call, vm) && check_vcpus(call, vm) ? value_string(vm->ref) : NULL;
}

/* Delete each object of a set of references, and what its `metrics` field names. */
static void delete_all(struct value *set, const struct class *class, int metrics)
{
	value_get(set);
	for (size_t i = 0; i < value_size(set); i++) {
		struct object *o = store_find(class, value_text(value_item(set, i)));
		struct object *m = metrics < 0 ? NULL : store_ref(o, metrics);

		if (m)
			store_delete(m);
		store_delete(o);
	}
	value_put(set);
}

void vm_delete_devices(struct object *vm)
{
	delete_all(store_get(vm, F_VM_VBDs), CLASS(VBD), F_VBD_metrics);
	delete_all(store_get(vm, F_VM_VIFs), CLASS(VIF), F_VIF_metrics);
}

void vm_delete(struct object *vm)
{
	struct object *metrics = store_ref(vm, F_VM_metrics);
	struct object *guest = store_ref(vm, F_VM_guest_metrics);

	vm_delete_devices(vm);
	delete_all(store_get(vm, F_VM_consoles), CLASS(console), -1);
	if (metrics)
		store_delete(metrics);
	if (guest)
		store_delete(guest);
	store_delete(vm);
}

static bool may_go(struct call *call, const struct object *vm)
{
	bool template = store_is(vm, F_VM_is_a_template); /* a checkpoint's memory goes with it */

	if (!vm_check_state(call, vm, template ? "Halted|Suspended" : "Halted"))
		return false;
	if (store_is(vm, F_VM_is_control_domain) || store_is(vm, F_VM_is_default_template))
		call_fail(call, "OPERATION_NOT_ALLOWED", "It belongs to the host", NULL);
	else if (operation_busy(vm->ref))
		call_fail(call, "OTHER_OPERATION_IN_PROGRESS", "VM", vm->ref, NULL);
	return !call_failed(call);
}

/* The disks stay: a client destroys them by itself. */
static struct value *destroy(struct call *call)
{
	struct object *vm, *memory = NULL;
	long long journal = 0;
	char ref[48] = "";

	store_begin();
	vm = call_object(call, 1);
	if (!vm || !may_go(call, vm)) {
		store_abort();
		return NULL;
	}
	memory = store_ref(vm, F_VM_suspend_VDI);
	if (memory) {
		strcpy(ref, memory->ref);
		journal = store_journal_begin(ref, "destroy", "");
	}
	vm_delete(vm);
	if (!store_commit())
		return call_fail(call, "INTERNAL_ERROR", "the database cannot be written", NULL);
	if (*ref)
		vdi_drop(call, ref, journal);
	return NULL;
}

/* --- Memory --- */

/* Let a running domain have what the fields say; a field that only a start can change waits. */
static struct value *set_memory_fields(struct call *call, const int *fields, int n)
{
	struct object *vm;
	unsigned int domid = 0;
	uint64_t target = 0;
	bool halted;
	char *why;

	store_begin();
	vm = call_object(call, 1);
	halted = vm && vm_in(vm, "Halted");
	for (int i = 0; vm && i < n; i++) {
		bool fixed =
			fields[i] == F_VM_memory_static_max || fields[i] == F_VM_memory_static_min;

		if (fixed && !halted &&
		    store_int(vm, fields[i]) != value_number(call_arg(call, i + 2)))
			vm_check_state(call, vm, "Halted");
		store_set(vm, fields[i], value_get(call_arg(call, i + 2)));
	}
	if (vm && !call_failed(call))
		vm_check_state(call, vm, "Halted|Running|Paused");
	if (vm && !call_failed(call) && check_memory(call, vm) && !halted) {
		domid = (unsigned int)vm_domid(vm);
		target = (uint64_t)store_int(vm, F_VM_memory_dynamic_max);
	}
	if (call_failed(call)) {
		store_abort();
		return NULL;
	}
	store_commit();
	why = domid ? backend->set_memory(domid, target) : NULL;
	if (why)
		call_fail(call, "INTERNAL_ERROR", why, NULL);
	free(why);
	return NULL;
}

#define MEMORY(name, ...)                                                                 \
	static struct value *name(struct call *call)                                      \
	{                                                                                 \
		static const int fields[] = {__VA_ARGS__};                                \
                                                                                          \
		return set_memory_fields(call, fields, sizeof(fields) / sizeof(*fields)); \
	}

MEMORY(set_memory_limits, F_VM_memory_static_min, F_VM_memory_static_max, F_VM_memory_dynamic_min,
       F_VM_memory_dynamic_max)
MEMORY(set_memory_static_range, F_VM_memory_static_min, F_VM_memory_static_max)
MEMORY(set_memory_dynamic_range, F_VM_memory_dynamic_min, F_VM_memory_dynamic_max)
MEMORY(set_memory_static_min, F_VM_memory_static_min)
MEMORY(set_memory_static_max, F_VM_memory_static_max)
MEMORY(set_memory_dynamic_min, F_VM_memory_dynamic_min)
MEMORY(set_memory_dynamic_max, F_VM_memory_dynamic_max)

/* One number for all but the least; the domain has to be halted. */
static struct value *set_memory(struct call *call)
{
	static const int fields[] = {F_VM_memory_static_max, F_VM_memory_dynamic_min,
				     F_VM_memory_dynamic_max};
	struct object *vm = call_object(call, 1);

	if (!vm || !vm_check_state(call, vm, "Halted"))
		return NULL;
	for (int i = 0; i < 3; i++)
		store_set(vm, fields[i], value_get(call_arg(call, 2)));
	check_memory(call, vm);
	return NULL;
}

static struct value *set_memory_target_live(struct call *call)
{
	struct object *vm;
	unsigned int domid = 0;
	char *why;

	store_lock();
	vm = call_object(call, 1);
	if (vm && vm_check_state(call, vm, "Running|Paused"))
		domid = (unsigned int)vm_domid(vm);
	store_unlock();
	if (call_failed(call))
		return NULL;
	why = backend->set_memory(domid, (uint64_t)value_number(call_arg(call, 2)));
	if (why)
		call_fail(call, "INTERNAL_ERROR", why, NULL);
	free(why);
	return NULL;
}

static struct value *compute_memory_overhead(struct call *call)
{
	struct object *vm = call_object(call, 1);

	/* A shadow of the page tables and the domain's own pages: a 128th, and a megabyte. */
	return vm ? value_int((store_int(vm, F_VM_memory_static_max) >> 7) + (1 << 20)) : NULL;
}

/* --- CPUs --- */

static struct value *set_vcpus(struct call *call, int field)
{
	struct object *vm = call_object(call, 1);

	if (!vm || !vm_check_state(call, vm, "Halted"))
		return NULL;
	store_set(vm, field, value_get(call_arg(call, 2)));
	check_vcpus(call, vm);
	return NULL;
}

static struct value *set_VCPUs_max(struct call *call)
{
	return set_vcpus(call, F_VM_VCPUs_max);
}

static struct value *set_VCPUs_at_startup(struct call *call)
{
	return set_vcpus(call, F_VM_VCPUs_at_startup);
}

static struct value *set_VCPUs_number_live(struct call *call)
{
	int64_t n = value_number(call_arg(call, 2));
	struct object *vm;
	unsigned int domid = 0;
	char *why;

	store_lock();
	vm = call_object(call, 1);
	if (vm && (n < 1 || n > store_int(vm, F_VM_VCPUs_max)))
		call_fail(call, "INVALID_VALUE", "VCPU values must satisfy: 0 < VCPUs <= VCPUs_max",
			  "VCPUs_number_live", NULL);
	else if (vm && vm_check_state(call, vm, "Running"))
		domid = (unsigned int)vm_domid(vm);
	store_unlock();
	if (call_failed(call))
		return NULL;
	why = backend->set_vcpus(domid, (int)n);
	if (why)
		call_fail(call, "INTERNAL_ERROR", why, NULL);
	free(why);
	return NULL;
}

/* --- Questions --- */

static struct value *get_possible_hosts(struct call *call)
{
	struct value *set;

	if (!call_object(call, 1))
		return NULL;
	set = value_set();
	value_add(set, value_string(store_first(CLASS(host))->ref));
	return set;
}

static struct value *assert_operation_valid(struct call *call)
{
	struct object *vm = call_object(call, 1);

	if (vm && !value_has(store_get(vm, F_VM_allowed_operations), call_text(call, 2)))
		return call_fail(call, "OPERATION_NOT_ALLOWED", call_text(call, 2), NULL);
	return NULL;
}

static struct value *update_allowed_operations(struct call *call)
{
	struct object *vm = call_object(call, 1);

	if (vm)
		store_touch(vm); /* the commit computes them */
	return NULL;
}

static struct value *get_boot_record(struct call *call)
{
	struct object *vm = call_object(call, 1);

	return vm ? store_record(vm) : NULL;
}

/* The only host can start what it has memory for, which VM.start checks. */
static struct value *assert_can_boot_here(struct call *call)
{
	if (call_object(call, 1))
		call_object(call, 2);
	return NULL;
}

const struct api vm_edit_api[] = {
	{"VM.create", create, CALL_WRITE},
	{"VM.destroy", destroy, CALL_FREE},
	{"VM.set_memory_limits", set_memory_limits, CALL_FREE},
	{"VM.set_memory_static_range", set_memory_static_range, CALL_FREE},
	{"VM.set_memory_dynamic_range", set_memory_dynamic_range, CALL_FREE},
	{"VM.set_memory_static_min", set_memory_static_min, CALL_FREE},
	{"VM.set_memory_static_max", set_memory_static_max, CALL_FREE},
	{"VM.set_memory_dynamic_min", set_memory_dynamic_min, CALL_FREE},
	{"VM.set_memory_dynamic_max", set_memory_dynamic_max, CALL_FREE},
	{"VM.set_memory", set_memory, CALL_WRITE},
	{"VM.set_memory_target_live", set_memory_target_live, CALL_FREE},
	{"VM.compute_memory_overhead", compute_memory_overhead, CALL_READ},
	{"VM.set_VCPUs_max", set_VCPUs_max, CALL_WRITE},
	{"VM.set_VCPUs_at_startup", set_VCPUs_at_startup, CALL_WRITE},
	{"VM.set_VCPUs_number_live", set_VCPUs_number_live, CALL_FREE},
	{"VM.get_possible_hosts", get_possible_hosts, CALL_READ},
	{"VM.assert_operation_valid", assert_operation_valid, CALL_READ},
	{"VM.assert_can_boot_here", assert_can_boot_here, CALL_READ},
	{"VM.update_allowed_operations", update_allowed_operations, CALL_WRITE},
	{"VM.get_boot_record", get_boot_record, CALL_READ},
	{"VM.set_actions_after_crash", generic_set, CALL_WRITE},
	{"VM.set_HVM_shadow_multiplier", generic_set, CALL_WRITE},
	{"VM.set_domain_type", generic_set, CALL_WRITE},
	{"VM.set_start_delay", generic_set, CALL_WRITE},
	{"VM.set_shutdown_delay", generic_set, CALL_WRITE},
	{"VM.set_order", generic_set, CALL_WRITE},
	{"VM.set_has_vendor_device", generic_set, CALL_WRITE},
	{0},
};
