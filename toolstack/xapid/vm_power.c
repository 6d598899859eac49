// SPDX-License-Identifier: GPL-2.0-only
/*
 * The life of a VM: start, pause, shut down, reboot. Each call checks and guards the VM in a first
 * transaction, works without the lock, and writes what became of it in a second one.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "alloc.h"
#include "log.h"
#include "task.h"
#include "vm.h"

static int shutdown_seconds = 120;

void vm_power_setup(int seconds)
{
	shutdown_seconds = seconds;
}

/* A call on its way. */
struct work {
	struct call *call;
	struct operation op;
	char vm[48];
	unsigned int domid;
	bool paused;                   /* how a start is to end */
	bool foreign;                  /* another toolstack's domain: its guest may be asked only */
	struct backend_config *config; /* of what starts */
	char *why;                     /* what the backend says of a failure */
	bool timeout, cancelled;
	bool gone; /* the domain that there was */
};

enum { NEEDS_CONFIG = 1, NEEDS_DOMAIN = 2, MAKES_DOMAIN = 4 };

/* What a message is about. */
struct power {
	const char *operation; /* a value of vm_operations */
	const char *from;      /* the states in which it is allowed */
	int needs;
	void (*act)(struct work *w); /* without the lock; sets why if it fails */
};

/* --- What is done --- */

static void do_start(struct work *w)
{
	w->why = backend->create(w->config, w->paused, &w->domid);
}

static void do_pause(struct work *w)
{
	w->why = backend->pause(w->domid);
	w->paused = true;
}

static void do_unpause(struct work *w)
{
	w->why = backend->unpause(w->domid);
}

static void do_destroy(struct work *w)
{
	w->why = backend->destroy(w->domid);
}

/* Whether a domain has ended, or is gone. */
static bool ended(unsigned int domid)
{
	struct backend_domain *domains;
	bool over = true;
	char *why;
	int n;

	why = backend->list(&domains, &n);
	for (int i = 0; i < n; i++)
		if (domains[i].domid == domid)
			over = domains[i].state == DOMAIN_SHUTDOWN;
	free(domains);
	over = over && !why;
	free(why);
	return over;
}

/* Ask the guest and wait for its end. */
static void ask(struct work *w, bool reboot)
{
	struct timespec t;
	time_t until;

	clock_gettime(CLOCK_MONOTONIC, &t);
	until = t.tv_sec + shutdown_seconds;
	w->why = backend->shutdown(w->domid, reboot);
	while (!w->why && !ended(w->domid)) {
		clock_gettime(CLOCK_MONOTONIC, &t);
		w->timeout = t.tv_sec >= until;
		w->cancelled = task_cancelled(w->call);
		if (w->timeout || w->cancelled)
			w->why = alloc_printf("the guest does not shut down");
		else
			backend->wait(200);
	}
}

static void do_clean_shutdown(struct work *w)
{
	ask(w, false);
	if (!w->why)
		free(backend->destroy(w->domid)); /* another toolstack may have done it */
}

static void do_shutdown(struct work *w)
{
	do_clean_shutdown(w);
	if (w->why && !w->cancelled) {
		free(w->why);
		do_destroy(w);
	}
}

static void do_hard_reboot(struct work *w)
{
	do_destroy(w);
	if (!w->why)
		do_start(w);
}

static void do_clean_reboot(struct work *w)
{
	ask(w, true);
	if (!w->why)
		free(backend->destroy(w->domid));
	if (!w->why)
		do_start(w);
}

/* --- Around it --- */

/* Whether the host is enabled, and has the memory that a start needs; or the call failed. */
static bool host_can(struct call *call, const struct object *vm)
{
	struct backend_host host;
	char needed[24], there[24];
	char *why = backend->host(&host);
	uint64_t bytes = (uint64_t)store_int(vm, F_VM_memory_dynamic_max);
	const struct object *here = store_first(CLASS(host));

	free(why);
	if (!store_is(here, F_host_enabled)) {
		call_fail(call, "HOST_DISABLED", here->ref, NULL);
		return false;
	}
	if (why || host.memory_free >= bytes)
		return true;
	snprintf(needed, sizeof(needed), "%llu", (unsigned long long)bytes);
	snprintf(there, sizeof(there), "%llu", (unsigned long long)host.memory_free);
	call_fail(call, "HOST_NOT_ENOUGH_FREE_MEMORY", needed, there, NULL);
	return false;
}

/* Whether something else uses a disk of the VM in a way that excludes this use. */
static bool disks_are_free(struct call *call, const struct object *vm)
{
	struct value *set = store_get(vm, F_VM_VBDs);

	for (size_t i = 0; i < value_size(set); i++) {
		const struct object *vbd = store_find(CLASS(VBD), value_text(value_item(set, i)));
		const struct object *vdi = store_ref(vbd, F_VBD_VDI);
		struct value *users = vdi ? store_get(vdi, F_VDI_VBDs) : NULL;

		if (vdi && operation_busy(vdi->ref)) {
			call_fail(call, "OTHER_OPERATION_IN_PROGRESS", "VDI", vdi->ref, NULL);
			return false;
		}
		for (size_t u = 0; vdi && u < value_size(users); u++) {
			const struct object *other =
				store_find(CLASS(VBD), value_text(value_item(users, u)));

			if (other != vbd && store_is(other, F_VBD_currently_attached) &&
			    !store_is(vdi, F_VDI_sharable) &&
			    (!strcmp(store_text(other, F_VBD_mode), "RW") ||
			     !strcmp(store_text(vbd, F_VBD_mode), "RW"))) {
				call_fail(call, "VDI_IN_USE", vdi->ref, "attach", NULL);
				return false;
			}
		}
	}
	return true;
}

bool vm_can_start(struct call *call, const struct object *vm)
{
	return host_can(call, vm) && disks_are_free(call, vm);
}

bool vm_blocked(struct call *call, const struct object *vm, const char *operation)
{
	struct value *reason = value_lookup(store_get(vm, F_VM_blocked_operations), operation);

	if (reason)
		call_fail(call, "OPERATION_BLOCKED", vm->ref, value_text(reason), NULL);
	return reason;
}

static bool check(struct work *w, struct object *vm, const struct power *p)
{
	if (!vm_check_real(w->call, vm) || vm_blocked(w->call, vm, p->operation) ||
	    !operation_begin(w->call, &w->op, vm, vm, p->operation))
		return false;
	if (!vm_check_state(w->call, vm, p->from))
		return false;
	w->foreign = vm_foreign(vm);
	if (w->foreign && (p->needs & NEEDS_CONFIG)) {
		call_fail(w->call, "OPERATION_NOT_ALLOWED", "Another toolstack made this domain",
			  NULL);
		return false;
	}
	if (p->needs & MAKES_DOMAIN && !(p->needs & NEEDS_DOMAIN) && !vm_can_start(w->call, vm))
		return false;
	if (p->needs & NEEDS_CONFIG)
		w->config = vm_config(w->call, vm);
	if (p->needs & NEEDS_DOMAIN)
		w->domid = (unsigned int)vm_domid(vm);
	strcpy(w->vm, vm->ref);
	return !call_failed(w->call);
}

static bool begin(struct work *w, const struct power *p)
{
	struct object *vm;

	store_begin();
	vm = call_object(w->call, 1);
	if (vm && check(w, vm, p)) {
		if (store_commit())
			return true;
		call_fail(w->call, "INTERNAL_ERROR", "the database cannot be written", NULL);
	} else {
		store_abort();
	}
	operation_drop(&w->op);
	return false;
}

static void fail(struct work *w, const struct power *p)
{
	if (w->cancelled)
		call_fail(w->call, "TASK_CANCELLED", w->call->task, NULL);
	else if (w->timeout)
		call_fail(w->call, "VM_FAILED_SHUTDOWN_ACKNOWLEDGMENT", w->vm, NULL);
	else if (p->needs & MAKES_DOMAIN)
		call_fail(w->call, "BOOTLOADER_FAILED", w->vm, w->why, NULL);
	else
		call_fail(w->call, "INTERNAL_ERROR", w->why, NULL);
	log_warning("VM %s: %s: %s", w->vm, p->operation, w->why);
}

/* What the VM's state is, given what was done and whether it failed. */
static void mark(struct work *w, struct object *vm, const struct power *p)
{
	bool made = !w->why && p->needs & MAKES_DOMAIN;

	/* A new domain has all devices, whatever had been unplugged from the one before it. */
	if (made || (!w->why && p->act != do_pause && p->act != do_unpause) ||
	    (w->gone && p->needs & MAKES_DOMAIN))
		vm_mark_halted(vm);
	if (made || (!w->why && (p->act == do_pause || p->act == do_unpause)))
		vm_mark_running(vm, w->domid, w->paused);
}

static struct value *power(struct call *call, const struct power *p, bool paused)
{
	struct work w = {.call = call, .paused = paused};
	struct object *vm;
	unsigned int before;

	if (!begin(&w, p)) {
		vm_config_free(w.config);
		return NULL;
	}
	before = w.domid;
	p->act(&w);
	w.gone = !(p->needs & NEEDS_DOMAIN) || ended(before);
	store_begin();
	vm = store_find(CLASS(VM), w.vm);
	if (vm)
		mark(&w, vm, p);
	if (w.why)
		fail(&w, p);
	operation_end(&w.op);
	if (!store_commit())
		call_fail(call, "INTERNAL_ERROR", "the database cannot be written", NULL);
	operation_drop(&w.op);
	vm_config_free(w.config);
	free(w.why);
	return NULL;
}

static struct value *start(struct call *call)
{
	static const struct power p = {"start", "Halted", NEEDS_CONFIG | MAKES_DOMAIN, do_start};

	return power(call, &p, value_is(call_arg(call, 2)));
}

static struct value *start_on(struct call *call)
{
	static const struct power p = {"start_on", "Halted", NEEDS_CONFIG | MAKES_DOMAIN, do_start};

	store_lock();
	call_object(call, 2);
	store_unlock();
	return call_failed(call) ? NULL : power(call, &p, value_is(call_arg(call, 3)));
}

static struct value *pause_vm(struct call *call)
{
	static const struct power p = {"pause", "Running", NEEDS_DOMAIN, do_pause};

	return power(call, &p, false);
}

static struct value *unpause(struct call *call)
{
	static const struct power p = {"unpause", "Paused", NEEDS_DOMAIN, do_unpause};

	return power(call, &p, false);
}

static struct value *clean_shutdown(struct call *call)
{
	static const struct power p = {"clean_shutdown", "Running", NEEDS_DOMAIN,
				       do_clean_shutdown};

	return power(call, &p, false);
}

static struct value *shutdown_vm(struct call *call)
{
	static const struct power p = {"shutdown", "Running|Paused", NEEDS_DOMAIN, do_shutdown};

	return power(call, &p, false);
}

/* Whether the VM of argument 1 is suspended. */
static bool suspended(struct call *call)
{
	struct object *vm;
	bool is;

	store_lock();
	vm = store_find(CLASS(VM), call_text(call, 1));
	is = vm && vm_in(vm, "Suspended") && !store_is(vm, F_VM_is_a_snapshot);
	store_unlock();
	return is;
}

static struct value *hard_shutdown(struct call *call)
{
	static const struct power p = {"hard_shutdown", "Running|Paused", NEEDS_DOMAIN, do_destroy};

	return suspended(call) ? vm_discard(call) : power(call, &p, false);
}

static struct value *clean_reboot(struct call *call)
{
	static const struct power p = {"clean_reboot", "Running",
				       NEEDS_CONFIG | NEEDS_DOMAIN | MAKES_DOMAIN, do_clean_reboot};

	return power(call, &p, false);
}

static struct value *hard_reboot(struct call *call)
{
	static const struct power p = {"hard_reboot", "Running|Paused",
				       NEEDS_CONFIG | NEEDS_DOMAIN | MAKES_DOMAIN, do_hard_reboot};

	return power(call, &p, false);
}

char *vm_start_now(const char *ref)
{
	struct call none = {.origin = NULL};
	struct backend_config *config = NULL;
	struct object *vm;
	unsigned int domid;
	char *why;

	store_lock();
	vm = store_find(CLASS(VM), ref);
	if (vm)
		config = vm_config(&none, vm);
	store_unlock();
	value_put(none.error);
	if (!config)
		return alloc_printf("its disks or networks are not there");
	why = backend->create(config, false, &domid);
	vm_config_free(config);
	store_begin();
	vm = store_find(CLASS(VM), ref);
	if (vm && !why)
		vm_mark_running(vm, domid, false);
	store_commit();
	return why;
}

/* Whether the host has been started since this was last asked. */
static bool new_boot(const char *state)
{
	char *path = alloc_printf("%s/boot", state), now[64] = "", then[64] = "";
	FILE *f = fopen("/proc/sys/kernel/random/boot_id", "re");

	if (f && !fgets(now, sizeof(now), f))
		*now = 0;
	if (f)
		fclose(f);
	f = fopen(path, "re");
	if (f && !fgets(then, sizeof(then), f))
		*then = 0;
	if (f)
		fclose(f);
	f = strcmp(now, then) ? fopen(path, "we") : NULL;
	if (f) {
		fputs(now, f);
		fclose(f);
	}
	free(path);
	return strcmp(now, then);
}

static bool wants_power(const struct object *object, int other_config)
{
	const struct value *v = value_lookup(store_get(object, other_config), "auto_poweron");

	return v && !strcmp(value_text(v), "true");
}

/* The references of the VMs that are to start: a set, a new one. */
static struct value *to_start(void)
{
	struct value *set = value_set();
	struct object *pool, *vm;

	store_lock();
	pool = store_first(CLASS(pool));
	for (vm = store_first(CLASS(VM)); vm; vm = store_next(vm))
		if (wants_power(pool, F_pool_other_config) && vm_in(vm, "Halted") &&
		    !store_is(vm, F_VM_is_a_template) && wants_power(vm, F_VM_other_config))
			value_add(set, value_string(vm->ref));
	store_unlock();
	return set;
}

static void start_with_host(const char *ref)
{
	struct operation op;
	struct object *vm;
	char *why;
	bool guarded;

	store_lock();
	vm = store_find(CLASS(VM), ref);
	guarded = vm && vm_in(vm, "Halted") && operation_guard(&op, vm);
	store_unlock();
	if (!guarded)
		return;
	why = vm_start_now(ref);
	if (why)
		log_warning("VM %s does not start with the host: %s", ref, why);
	free(why);
	operation_drop(&op);
}

void vm_power_on(const char *state)
{
	struct value *set;

	if (!new_boot(state))
		return;
	set = to_start();
	for (size_t i = 0; i < value_size(set); i++)
		start_with_host(value_text(value_item(set, i)));
	value_put(set);
}

/* The domain is ended whatever it does, and no error is given if there is none. */
static struct value *power_state_reset(struct call *call)
{
	static const struct power p = {"power_state_reset", "Running|Paused|Suspended|Halted",
				       NEEDS_DOMAIN, do_destroy};
	struct object *vm;
	bool runs;

	store_lock();
	vm = call_object(call, 1);
	runs = vm && vm_domid(vm) > 0;
	store_unlock();
	return runs ? power(call, &p, false) : suspended(call) ? vm_discard(call) : NULL;
}

const struct api vm_power_api[] = {
	{"VM.start", start, CALL_FREE},
	{"VM.start_on", start_on, CALL_FREE},
	{"VM.pause", pause_vm, CALL_FREE},
	{"VM.unpause", unpause, CALL_FREE},
	{"VM.clean_shutdown", clean_shutdown, CALL_FREE},
	{"VM.shutdown", shutdown_vm, CALL_FREE},
	{"VM.hard_shutdown", hard_shutdown, CALL_FREE},
	{"VM.clean_reboot", clean_reboot, CALL_FREE},
	{"VM.hard_reboot", hard_reboot, CALL_FREE},
	{"VM.power_state_reset", power_state_reset, CALL_FREE},
	{0},
};
