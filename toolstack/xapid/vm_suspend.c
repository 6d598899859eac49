// SPDX-License-Identifier: GPL-2.0-only
/*
 * A VM's memory in a VDI: suspend, resume, and the end of a suspended VM.
 *
 * The image is on the disk, and the record says Suspended, before the domain goes; the domain runs
 * before the image goes. So at any time one of both has the guest's memory, and the journal's entry
 * says which one counts (recovery.c).
 */
#include <stdlib.h>
#include <string.h>

#include "alloc.h"
#include "log.h"
#include "storage.h"
#include "vm.h"

#define MIB (1ll << 20)

/* Where suspended VMs go: the VM's own choice, the host's, the pool's. NULL after a failure. */
static struct object *suspend_sr(struct call *call, const struct object *vm)
{
	const struct object *host = store_first(CLASS(host)), *pool = store_first(CLASS(pool));
	struct object *srs[] = {
		store_ref(vm, F_VM_suspend_SR), store_ref(host, F_host_suspend_image_sr),
		store_ref(pool, F_pool_suspend_image_SR), store_ref(pool, F_pool_default_SR)};

	for (size_t i = 0; i < sizeof(srs) / sizeof(*srs); i++)
		if (srs[i])
			return srs[i];
	return call_fail(call, "VM_NO_SUSPEND_SR", vm->ref, NULL);
}

/* The record of the VDI; NULL after a failure. Takes the lock. */
static struct value *image_record(struct call *call, const char *ref)
{
	struct value *record = NULL;
	const struct object *vm, *sr;
	int64_t memory;

	store_lock();
	vm = store_find(CLASS(VM), ref);
	sr = vm ? suspend_sr(call, vm) : NULL;
	if (sr) {
		memory = store_int(vm, F_VM_memory_static_max);
		record = value_map();
		value_map_add(record, "SR", value_string(sr->ref));
		value_map_add(record, "name_label", value_string("Suspend image"));
		value_map_add(record, "name_description",
			      value_format("Memory of %s", store_text(vm, F_VM_name_label)));
		value_map_add(record, "type", value_string("suspend"));
		/* Each page has a header of eight bytes; a device model has its own state. */
		value_map_add(record, "virtual_size", value_int(memory + memory / 64 + 64 * MIB));
		value_map_seal(record);
	}
	store_unlock();
	return record;
}

/* The path of a VDI, to be freed; NULL after a failure. Takes the lock. */
static char *path_of(struct call *call, const char *ref)
{
	struct object *vdi;
	char *path;

	store_lock();
	vdi = store_find(CLASS(VDI), ref);
	path = vdi ? storage_path(call, vdi, NULL)
		   : call_fail(call, "HANDLE_INVALID", "VDI", ref, NULL);
	store_unlock();
	return path;
}

struct value *vm_save(struct call *call, const char *vm, unsigned int domid, long long *journal)
{
	struct value *record = image_record(call, vm), *vdi = NULL;
	char *path, *why = NULL;

	*journal = 0;
	if (record)
		vdi = vdi_create(call, record, journal);
	value_put(record);
	if (!vdi)
		return NULL;
	path = path_of(call, value_text(vdi));
	if (path)
		why = backend->save(domid, path);
	free(path);
	if (why)
		call_fail(call, "INTERNAL_ERROR", "the guest is not saved", why, NULL);
	free(why);
	if (!call_failed(call))
		return vdi;
	vdi_drop(call, value_text(vdi), *journal);
	*journal = 0;
	value_put(vdi);
	return NULL;
}

/* A call on its way. */
struct work {
	struct call *call;
	struct operation op;
	char vm[48], vdi[48]; /* vdi: the memory */
	unsigned int domid;
	struct backend_config *config; /* of what is resumed */
};

/* Check and guard the VM of argument 1. Return: it, in a transaction; NULL in none. */
static struct object *begin(struct work *w, const char *operation, const char *state)
{
	struct object *vm;

	store_begin();
	vm = call_object(w->call, 1);
	if (vm && vm_check_real(w->call, vm) && vm_check_state(w->call, vm, state) &&
	    !vm_blocked(w->call, vm, operation)) {
		if (vm_foreign(vm))
			call_fail(w->call, "OPERATION_NOT_ALLOWED",
				  "Another toolstack made this domain", NULL);
		else if (operation_begin(w->call, &w->op, vm, vm, operation)) {
			strcpy(w->vm, vm->ref);
			strcpy(w->vdi, store_text(vm, F_VM_suspend_VDI));
			w->domid = (unsigned int)vm_domid(vm);
			return vm;
		}
	}
	store_abort();
	return NULL;
}

static bool commit(struct work *w)
{
	if (store_commit())
		return true;
	call_fail(w->call, "INTERNAL_ERROR", "the database cannot be written", NULL);
	return false;
}

/* The operation ends; the VM is as fn says, if there is one. */
static void end(struct work *w, void (*fn)(struct work *w, struct object *vm))
{
	struct object *vm;

	store_begin();
	vm = store_find(CLASS(VM), w->vm);
	if (vm && fn)
		fn(w, vm);
	operation_end(&w->op);
	commit(w);
	operation_drop(&w->op);
}

/* --- Suspend --- */

/* The record has the memory. Return: success. */
static bool keep(struct work *w, const char *vdi, long long journal)
{
	struct object *vm;

	store_begin();
	vm = store_find(CLASS(VM), w->vm);
	vm_mark_suspended(vm);
	store_set_ref(vm, F_VM_suspend_VDI, store_find(CLASS(VDI), vdi));
	store_journal_end(journal);
	return commit(w);
}

static struct value *suspend(struct call *call)
{
	struct work w = {.call = call};
	struct value *vdi = NULL;
	long long journal;
	char *why = NULL;

	if (!begin(&w, "suspend", "Running"))
		return NULL;
	if (commit(&w))
		vdi = vm_save(call, w.vm, w.domid, &journal);
	if (vdi && keep(&w, value_text(vdi), journal)) {
		why = backend->destroy(w.domid);
	} else if (vdi) {
		why = backend->wake(w.domid);
		vdi_drop(call, value_text(vdi), journal);
	}
	if (why)
		log_warning("VM %s: the domain that was saved: %s", w.vm, why);
	free(why);
	value_put(vdi);
	end(&w, NULL);
	return NULL;
}

/* --- Resume --- */

static bool begin_resume(struct work *w)
{
	struct object *vm = begin(w, "resume", "Suspended");

	if (!vm)
		return false;
	if (!store_find(CLASS(VDI), w->vdi))
		call_fail(w->call, "VM_HAS_NO_SUSPEND_VDI", w->vm, NULL);
	else if (vm_can_start(w->call, vm))
		w->config = vm_config(w->call, vm);
	if (call_failed(w->call))
		store_abort();
	else if (commit(w))
		return true;
	operation_drop(&w->op);
	return false;
}

static void resumed(struct work *w, struct object *vm)
{
	store_set_ref(vm, F_VM_suspend_VDI, NULL);
	vm_mark_running(vm, w->domid, false);
}

static void resumed_paused(struct work *w, struct object *vm)
{
	store_set_ref(vm, F_VM_suspend_VDI, NULL);
	vm_mark_running(vm, w->domid, true);
}

static struct value *resume_vm(struct call *call, bool paused)
{
	struct work w = {.call = call};
	char *path, *why = NULL;

	if (!begin_resume(&w)) {
		vm_config_free(w.config);
		return NULL;
	}
	path = path_of(call, w.vdi);
	if (path)
		why = backend->restore(w.config, path, &w.domid);
	free(path);
	if (!call_failed(call) && !why && !paused && (why = backend->unpause(w.domid)))
		free(backend->destroy(w.domid));
	if (why)
		call_fail(call, "VM_RESUME_FAILED", w.vm, why, NULL);
	free(why);
	if (!call_failed(call))
		vdi_drop(call, w.vdi, 0);
	end(&w, call_failed(call) ? NULL : paused ? resumed_paused : resumed);
	vm_config_free(w.config);
	return NULL;
}

static struct value *resume(struct call *call)
{
	return resume_vm(call, value_is(call_arg(call, 2)));
}

static struct value *resume_on(struct call *call)
{
	store_lock();
	call_object(call, 2);
	store_unlock();
	return call_failed(call) ? NULL : resume_vm(call, value_is(call_arg(call, 3)));
}

/* --- Its end --- */

static void discarded(struct work *w, struct object *vm)
{
	(void)w;
	vm_mark_halted(vm);
}

struct value *vm_discard(struct call *call)
{
	struct work w = {.call = call};

	if (!begin(&w, "hard_shutdown", "Suspended"))
		return NULL;
	if (commit(&w))
		vdi_drop(call, w.vdi, 0);
	end(&w, call_failed(call) ? NULL : discarded);
	return NULL;
}

const struct api vm_suspend_api[] = {
	{"VM.suspend", suspend, CALL_FREE},
	{"VM.resume", resume, CALL_FREE},
	{"VM.resume_on", resume_on, CALL_FREE},
	{0},
};
