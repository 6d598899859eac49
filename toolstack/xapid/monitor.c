// SPDX-License-Identifier: GPL-2.0-only
/*
 * Keeps the store in step with the domains. A domain that is no VM of ours was made by another
 * toolstack (xl): it appears as a VM while it runs. A VM of ours whose guest has ended is ended, or
 * started again, as its actions_after_ fields say. A VM that an operation guards, or did while the
 * domains were listed, is left alone: the operation knows better.
 */
#include "monitor.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

#include "alloc.h"
#include "log.h"
#include "setup.h"
#include "vm.h"

enum { WAIT_MS = 1000, METRICS = 10 }; /* METRICS: rounds between two looks at the host */

static pthread_t thread;
static atomic_bool stopping;

/* What is to be done without the lock, for one VM. */
struct action {
	struct operation op;
	char vm[48];
	unsigned int domid;
	bool destroy, restart;
};

static bool in_list(const struct backend_domain *domains, int n, int domid)
{
	for (int i = 0; i < n; i++)
		if ((int)domains[i].domid == domid)
			return true;
	return false;
}

static struct object *adopt(const struct backend_domain *d)
{
	struct object *vm = store_create(CLASS(VM));

	store_set_text(vm, F_VM_uuid, d->uuid);
	store_set_text(vm, F_VM_name_label, d->name);
	store_set_text(vm, F_VM_name_description, "Made by another toolstack");
	store_set_int(vm, F_VM_memory_static_max, (int64_t)d->memory_max);
	store_set_int(vm, F_VM_memory_dynamic_max, (int64_t)d->memory_max);
	store_set_int(vm, F_VM_memory_dynamic_min, (int64_t)d->memory_max);
	store_set_int(vm, F_VM_VCPUs_max, d->vcpus_max);
	store_set_int(vm, F_VM_VCPUs_at_startup, d->vcpus);
	store_set_text(vm, F_VM_domain_type, d->hvm ? "hvm" : "pv");
	vm_set_foreign(vm);
	log_info("domain %u (%s) was made by another toolstack", d->domid, d->name);
	return vm;
}

/* What a VM wants when its guest ended for this reason. */
static bool wants_restart(const struct object *vm, enum backend_reason reason)
{
	const char *action =
		store_text(vm, reason == REASON_CRASH    ? F_VM_actions_after_crash
			       : reason == REASON_REBOOT ? F_VM_actions_after_reboot
							 : F_VM_actions_after_shutdown);

	return strstr(action, "restart");
}

/* A guest that ended. Return: whether something is to be done. */
static bool ended(struct object *vm, const struct backend_domain *d, struct action *a)
{
	if (vm_foreign(vm) || d->reason == REASON_SUSPEND ||
	    (d->reason == REASON_CRASH &&
	     !strcmp(store_text(vm, F_VM_actions_after_crash), "preserve")) ||
	    !operation_guard(&a->op, vm))
		return false;
	strcpy(a->vm, vm->ref);
	a->domid = d->domid;
	a->destroy = true;
	a->restart = wants_restart(vm, d->reason);
	return true;
}

static void domain(const struct backend_domain *d, struct value *networks, uint64_t mark,
		   struct action *actions, int *n)
{
	struct object *vm = store_by_uuid(CLASS(VM), d->uuid);

	if (vm && operation_since(vm->ref, mark))
		return;
	if (!vm && d->state == DOMAIN_SHUTDOWN)
		return;
	if (!vm)
		vm = adopt(d);
	if (d->state == DOMAIN_SHUTDOWN) {
		if (ended(vm, d, &actions[*n]))
			++*n;
		return;
	}
	vm_mark_running(vm, d->domid, d->state == DOMAIN_PAUSED);
	vm_refresh(vm, d, networks);
}

/* VMs whose domain is gone. */
static void gone(const struct backend_domain *domains, int n, uint64_t mark)
{
	struct object *vm, *next;

	for (vm = store_first(CLASS(VM)); vm; vm = next) {
		next = store_next(vm);
		if (vm_domid(vm) <= 0 || operation_since(vm->ref, mark) ||
		    in_list(domains, n, vm_domid(vm)))
			continue;
		if (vm_foreign(vm))
			vm_delete(vm);
		else
			vm_mark_halted(vm);
	}
}

static void act(struct action *a)
{
	struct object *vm;
	char *why = backend->destroy(a->domid);

	free(why);
	store_begin();
	vm = store_find(CLASS(VM), a->vm);
	if (vm)
		vm_mark_halted(vm);
	if (!a->restart)
		operation_end(&a->op);
	store_commit();
	why = a->restart ? vm_start_now(a->vm) : NULL;
	if (why)
		log_warning("VM %s does not start again: %s", a->vm, why);
	free(why);
	operation_drop(&a->op);
}

void monitor_sync(void)
{
	struct backend_domain *domains;
	struct value **networks;
	struct action *actions;
	int n, todo = 0;
	uint64_t mark;
	char *why;

	store_lock();
	mark = operation_clock();
	store_unlock();
	why = backend->list(&domains, &n);
	if (why) {
		log_error("the domains cannot be listed: %s", why);
		free(why);
		free(domains);
		return;
	}
	actions = alloc_zero(n * sizeof(*actions));
	networks = alloc_zero(n * sizeof(*networks));
	for (int i = 0; i < n; i++)
		networks[i] = vm_networks(domains[i].domid);
	store_begin();
	gone(domains, n, mark);
	for (int i = 0; i < n; i++)
		domain(&domains[i], networks[i], mark, actions, &todo);
	if (!store_commit())
		log_error("the state of the domains cannot be written");
	for (int i = 0; i < todo; i++)
		act(&actions[i]);
	for (int i = 0; i < n; i++)
		value_put(networks[i]);
	free(networks);
	free(actions);
	free(domains);
}

static void *run(void *unused)
{
	(void)unused;
	for (unsigned int i = 0; !stopping; i++) {
		backend->wait(WAIT_MS);
		monitor_sync();
		if (i % METRICS == 0)
			setup_metrics();
	}
	return NULL;
}

bool monitor_start(void)
{
	return !pthread_create(&thread, NULL, run, NULL);
}

void monitor_stop(void)
{
	stopping = true;
	if (thread)
		pthread_join(thread, NULL);
}
