// SPDX-License-Identifier: GPL-2.0-only
/*
 * What a daemon that died was doing is ended or undone, by the journal:
 *
 *     create, of a VDI       the record and the image go
 *     destroy, of a VDI      the image and the record go
 *     resize, of a VDI       the size is that of the image
 *     plug, of a device      it is unplugged
 *     unplug, of a device    it is unplugged
 *     insert, eject          the drive is empty
 *     start, of a VM         a domain that runs is kept, one that is paused yet is destroyed
 *     suspend, checkpoint    a domain whose memory is not kept in a record goes on
 *     resume, of a VM        the same as start; a domain that runs needs its saved memory no more
 *     else, of a VM          its state is what the hypervisor says
 *
 * The task of the call says what became of it: success where the thing was done, else failure.
 */
#include "recovery.h"

#include <stdlib.h>
#include <string.h>

#include "alloc.h"
#include "log.h"
#include "storage.h"
#include "task.h"
#include "vm.h"

static void drop_image(const struct object *vdi)
{
	struct object *sr = store_ref(vdi, F_VDI_SR);
	const struct storage_driver *driver = sr ? storage_driver(store_text(sr, F_SR_type)) : NULL;
	struct call none = {0};
	char *place = sr ? storage_place(&none, sr) : NULL, *why = NULL;

	if (place && driver && driver->destroy)
		why = driver->destroy(place, store_text(vdi, F_VDI_location));
	if (why)
		log_warning("the image of VDI %s stays: %s", vdi->ref, why);
	free(why);
	free(place);
	value_put(none.error);
}

static void find_size(struct object *vdi)
{
	struct object *sr = store_ref(vdi, F_VDI_SR);
	const struct storage_driver *driver = sr ? storage_driver(store_text(sr, F_SR_type)) : NULL;
	struct storage_image *images = NULL;
	struct call none = {0};
	char *place = sr ? storage_place(&none, sr) : NULL;
	int n = 0;

	if (place && driver)
		free(driver->scan(place, &images, &n));
	for (int i = 0; i < n; i++) {
		if (!strcmp(images[i].location, store_text(vdi, F_VDI_location)))
			store_set_int(vdi, F_VDI_virtual_size, (int64_t)images[i].size);
		free(images[i].location);
	}
	free(images);
	free(place);
	value_put(none.error);
}

/* Whether a VM's operation had done what it was for; the store has the state already. */
static bool vm_done(const struct object *vm, const char *op)
{
	if (!strncmp(op, "start", 5) || !strcmp(op, "unpause") || strstr(op, "reboot"))
		return vm_in(vm, "Running|Paused") && strcmp(op, "unpause") != 0;
	if (strstr(op, "shutdown") || !strcmp(op, "power_state_reset"))
		return vm_in(vm, "Halted");
	if (!strcmp(op, "pause"))
		return vm_in(vm, "Paused");
	if (!strcmp(op, "suspend"))
		return vm_in(vm, "Suspended");
	if (!strncmp(op, "resume", 6))
		return vm_in(vm, "Running|Paused");
	return false;
}

/* The VM's domain, if it is suspended: 0 for none. */
static unsigned int suspended_domain(const struct object *vm)
{
	struct backend_domain *domains;
	unsigned int domid = 0;
	int n;

	free(backend->list(&domains, &n));
	for (int i = 0; i < n; i++)
		if (!strcmp(domains[i].uuid, store_text(vm, F_VM_uuid)) &&
		    domains[i].state == DOMAIN_SHUTDOWN && domains[i].reason == REASON_SUSPEND)
			domid = domains[i].domid;
	free(domains);
	return domid;
}

/* The memory counts once the record has it; until then the domain does. */
static void settle_suspend(const struct object *vm)
{
	unsigned int domid = suspended_domain(vm);

	if (domid)
		free(vm_in(vm, "Suspended") ? backend->destroy(domid) : backend->wake(domid));
}

static void drop_memory(struct object *vm)
{
	struct object *vdi = store_ref(vm, F_VM_suspend_VDI);

	if (vdi) {
		drop_image(vdi);
		store_delete(vdi);
	}
	store_set_ref(vm, F_VM_suspend_VDI, NULL);
}

/* A domain that is paused has not run, if the saved memory is there yet: that one counts. */
static void settle_resume(struct object *vm)
{
	if (vm_in(vm, "Paused") && store_ref(vm, F_VM_suspend_VDI)) {
		free(backend->destroy((unsigned int)vm_domid(vm)));
		vm_mark_suspended(vm);
	} else if (vm_in(vm, "Running|Paused")) {
		drop_memory(vm);
	}
}

static void settle_vm(struct object *vm, const char *op)
{
	if (!strcmp(op, "suspend") || !strcmp(op, "checkpoint")) {
		settle_suspend(vm);
	} else if (!strncmp(op, "resume", 6)) {
		settle_resume(vm);
	} else if (!strcmp(op, "hard_shutdown") && vm_in(vm, "Suspended")) {
		drop_memory(vm);
		vm_mark_halted(vm);
	}
}

/* A medium that was about to be changed: the drive is empty. */
static bool settle_medium(struct object *vbd, const char *op)
{
	struct object *vm = store_ref(vbd, F_VBD_VM);
	struct backend_disk none = {.path = "",
				    .device = store_text(vbd, F_VBD_device),
				    .read_only = true,
				    .cdrom = true};

	if (vm && vm_in(vm, "Running|Paused"))
		free(backend->change_disk((unsigned int)vm_domid(vm), &none, false));
	store_set_ref(vbd, F_VBD_VDI, NULL);
	store_set_bool(vbd, F_VBD_empty, true);
	return !strcmp(op, "eject");
}

/*
 * A domain that is paused in the middle of its start may lack anything: it goes. One that runs is
 * whole; if it is a new one, the monitor has seen so by its number.
 */
static void settle_start(struct object *vm, const char *op)
{
	if ((strncmp(op, "start", 5) && !strstr(op, "reboot")) || !vm_in(vm, "Paused"))
		return;
	free(backend->destroy((unsigned int)vm_domid(vm)));
	vm_mark_halted(vm);
}

/* Whether a device was plugged or not: it is unplugged. Return: whether that was wanted. */
static bool settle_device(struct object *device, const char *op)
{
	bool vbd = device->class == CLASS(VBD);
	struct object *vm = store_ref(device, vbd ? F_VBD_VM : F_VIF_VM);

	if (vm && vm_in(vm, "Running|Paused")) {
		unsigned int domid = (unsigned int)vm_domid(vm);

		free(vbd ? backend->unplug_disk(domid, store_text(device, F_VBD_device), true)
			 : backend->unplug_nic(domid, atoi(store_text(device, F_VIF_device)),
					       true));
	}
	store_set_bool(device, vbd ? F_VBD_currently_attached : F_VIF_currently_attached, false);
	return !strncmp(op, "unplug", 6);
}

/* Return: whether the thing was done. */
static bool settle(struct object *object, const char *op)
{
	if (object->class == CLASS(VM)) {
		settle_start(object, op);
		settle_vm(object, op);
		return vm_done(object, op);
	}
	if (!strcmp(op, "insert") || !strcmp(op, "eject"))
		return settle_medium(object, op);
	if (object->class == CLASS(VBD) || object->class == CLASS(VIF))
		return settle_device(object, op);
	if (object->class != CLASS(VDI))
		return false;
	if (!strcmp(op, "create") || !strcmp(op, "destroy")) {
		drop_image(object);
		store_delete(object);
		return !strcmp(op, "destroy");
	}
	if (!strncmp(op, "resize", 6))
		find_size(object);
	return false;
}

static void end_task(const char *ref, bool done)
{
	struct object *task = store_find(CLASS(task), ref);
	struct value *error = NULL, *result = value_void();

	if (task) {
		if (!done) {
			error = value_set();
			value_add(error, value_string("INTERNAL_ERROR"));
			value_add(error, value_string("xapid was stopped before the call ended"));
		}
		task_end(task, error, result);
		value_put(error);
	}
	value_put(result);
}

static void entry(long long id, const char *ref, const char *op, const char *task)
{
	struct object *object = store_find(NULL, ref);
	bool done = object ? settle(object, op) : false;

	log_warning("%s of %s was interrupted: it is %s", op, ref, done ? "ended" : "undone");
	end_task(task, done);
	store_journal_end(id);
}

/* Nothing runs now: what is left of current_operations is stale. */
static void clear_operations(const struct class *class)
{
	int field = model_field(class, "current_operations");

	for (struct object *o = field < 0 ? NULL : store_first(class); o; o = store_next(o))
		if (class != CLASS(task) && value_size(store_get(o, field)))
			store_set(o, field, value_map());
}

void recovery_run(void)
{
	struct object *task;

	store_begin();
	store_journal(entry);
	for (int i = 0; i < CLASSES; i++)
		clear_operations(&model_classes[i]);
	for (task = store_first(CLASS(task)); task; task = store_next(task))
		if (!strncmp(store_text(task, F_task_name_label), "Async.", 6) &&
		    (!strcmp(store_text(task, F_task_status), "pending") ||
		     !strcmp(store_text(task, F_task_status), "cancelling")))
			end_task(task->ref, false);
	if (!store_commit())
		log_error("what was interrupted cannot be settled");
}
