// SPDX-License-Identifier: GPL-2.0-only
/*
 * The objects that are there without a client's making them. At the first start they are made; at
 * each start those fields that describe the host are set anew, and what a user may have changed
 * (names, descriptions, default SR) stays.
 */
#include "setup.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/utsname.h>
#include <time.h>
#include <unistd.h>

#include "alloc.h"
#include "backend.h"
#include "log.h"
#include "network.h"
#include "storage.h"
#include "store.h"

#define VERSION "0.1"
#define GIB     (1ll << 30)
#define MIB     (1ll << 20)

const struct backend *backend;

static struct object *only(const struct class *class)
{
	struct object *object = store_first(class);

	return object ? object : store_create(class);
}

/* A map of pairs of texts, NULL behind the last one. */
static struct value *map_of(const char *const *pairs)
{
	struct value *map = value_map();

	for (; *pairs; pairs += 2)
		value_map_add(map, pairs[0], value_string(pairs[1]));
	value_map_seal(map);
	return map;
}

/* The value of the first line of /proc/cpuinfo that begins with a key. */
static void cpu_line(const char *key, char *text, size_t n)
{
	FILE *f = fopen("/proc/cpuinfo", "re");
	char line[4096];

	*text = 0;
	while (f && fgets(line, sizeof(line), f)) {
		size_t end = strcspn(line, "\t:\n");
		const char *colon = strchr(line, ':');

		if (end != strlen(key) || strncmp(line, key, end) || !colon)
			continue;
		snprintf(text, n, "%s", colon + 1 + (colon[1] == ' '));
		text[strcspn(text, "\n")] = 0;
		break;
	}
	if (f)
		fclose(f);
}

static void make_cpus(struct object *host, const struct backend_host *b)
{
	char vendor[64], model[128], flags[4000], number[16];

	cpu_line("vendor_id", vendor, sizeof(vendor));
	cpu_line("model name", model, sizeof(model));
	cpu_line("flags", flags, sizeof(flags));
	while (store_count(CLASS(host_cpu)) > b->cpus)
		store_delete(store_first(CLASS(host_cpu)));
	while (store_count(CLASS(host_cpu)) < b->cpus)
		store_create(CLASS(host_cpu));
	for (struct object *cpu = store_first(CLASS(host_cpu)); cpu; cpu = store_next(cpu)) {
		store_set_ref(cpu, F_host_cpu_host, host);
		store_set_text(cpu, F_host_cpu_vendor, vendor);
		store_set_text(cpu, F_host_cpu_modelname, model);
		store_set_text(cpu, F_host_cpu_flags, flags);
		store_set_int(cpu, F_host_cpu_speed, b->khz / 1000);
	}
	int n = 0;
	for (struct object *cpu = store_first(CLASS(host_cpu)); cpu; cpu = store_next(cpu))
		store_set_int(cpu, F_host_cpu_number, n++);
	snprintf(number, sizeof(number), "%d", b->cpus);
	char sockets[16], speed[16];
	snprintf(sockets, sizeof(sockets), "%d", b->sockets);
	snprintf(speed, sizeof(speed), "%d", b->khz / 1000);
	store_set(host, F_host_cpu_info,
		  map_of((const char *[]){"cpu_count", number, "socket_count", sockets, "vendor",
					  vendor, "modelname", model, "speed", speed, "flags",
					  flags, NULL}));
}

static void make_software(struct object *host, const struct backend_host *b)
{
	struct utsname kernel;
	struct value *capabilities = value_set();
	char *words = alloc_text(b->capabilities, strlen(b->capabilities)), *rest = words, *word;

	uname(&kernel);
	store_set(host, F_host_software_version,
		  map_of((const char *[]){"product_brand", "Shoji", "product_version", VERSION,
					  "xapi", VERSION, "xen", b->version, "hypervisor",
					  b->hypervisor, "linux", kernel.release, NULL}));
	while ((word = strsep(&rest, " ")))
		if (*word)
			value_add(capabilities, value_string(word));
	free(words);
	store_set(host, F_host_capabilities, capabilities);
}

static void make_host(struct object *host, const struct backend_host *b)
{
	struct object *metrics = only(CLASS(host_metrics));
	char name[256] = "localhost";

	gethostname(name, sizeof(name) - 1);
	if (!*store_text(host, F_host_name_label)) {
		store_set_text(host, F_host_name_label, name);
		store_set_text(host, F_host_name_description, "");
	}
	store_set_text(host, F_host_hostname, name);
	store_set_int(host, F_host_API_version_major, 2);
	store_set_int(host, F_host_API_version_minor, 15);
	store_set_text(host, F_host_API_version_vendor, "Shoji");
	store_set_text(host, F_host_sched_policy, "credit2");
	store_set_text(host, F_host_edition, "free");
	store_set_ref(host, F_host_metrics, metrics);
	store_set_bool(metrics, F_host_metrics_live, true);
	store_set_int(metrics, F_host_metrics_memory_total, (int64_t)b->memory);
	store_set_int(metrics, F_host_metrics_memory_free, (int64_t)b->memory_free);
	make_software(host, b);
	make_cpus(host, b);
}

static void make_pool(struct object *host)
{
	struct object *pool = only(CLASS(pool));

	store_set_ref(pool, F_pool_master, host);
	store_set(pool, F_pool_cpu_info, value_get(store_get(host, F_host_cpu_info)));
}

/* Whoever may log in may do everything: the one role that there is. */
static void make_role(void)
{
	struct object *role = only(CLASS(role));

	store_set_text(role, F_role_name_label, "pool-admin");
	store_set_text(role, F_role_name_description, "May do everything");
}

/* Domain-0 is a VM, too, which clients leave out of their lists by is_control_domain. */
static void make_dom0(struct object *host, const struct backend_host *b)
{
	struct object *vm = store_ref(host, F_host_control_domain), *metrics;
	char *name;

	if (!vm) {
		vm = store_create(CLASS(VM));
		metrics = store_create(CLASS(VM_metrics));
		store_set_ref(vm, F_VM_metrics, metrics);
		name = alloc_printf("Control domain on host: %s",
				    store_text(host, F_host_name_label));
		store_set_text(vm, F_VM_name_label, name);
		free(name);
		store_set_ref(host, F_host_control_domain, vm);
	}
	store_set_bool(vm, F_VM_is_control_domain, true);
	store_set_text(vm, F_VM_power_state, "Running");
	store_set_text(vm, F_VM_domain_type, "pv");
	store_set_int(vm, F_VM_domid, 0);
	store_set_int(vm, F_VM_VCPUs_max, b->cpus);
	store_set_int(vm, F_VM_VCPUs_at_startup, b->cpus);
	store_set_ref(vm, F_VM_resident_on, host);
}

static struct object *template(const char *name, const char *description)
{
	struct object *vm;

	for (vm = store_first(CLASS(VM)); vm; vm = store_next(vm))
		if (store_is(vm, F_VM_is_default_template) &&
		    !strcmp(store_text(vm, F_VM_name_label), name))
			return NULL;
	vm = store_create(CLASS(VM));
	store_set_text(vm, F_VM_name_label, name);
	store_set_text(vm, F_VM_name_description, description);
	store_set_bool(vm, F_VM_is_a_template, true);
	store_set_bool(vm, F_VM_is_default_template, true);
	store_set_int(vm, F_VM_memory_static_min, 64 * MIB);
	store_set_int(vm, F_VM_memory_static_max, 512 * MIB);
	store_set_int(vm, F_VM_memory_dynamic_min, 512 * MIB);
	store_set_int(vm, F_VM_memory_dynamic_max, 512 * MIB);
	return vm;
}

static void make_templates(void)
{
	struct object *vm = template("Linux PV guest", "A Linux kernel from the guest's own disk "
						       "(pygrub), or from Domain-0 (PV_kernel)");

	if (vm) {
		store_set_text(vm, F_VM_PV_bootloader, "pygrub");
		store_set_text(vm, F_VM_PV_args, "console=hvc0");
		store_set_text(vm, F_VM_domain_type, "pv");
	}
	vm = template("Other install media", "An operating system that boots from an ISO image");
	if (vm) {
		store_set_text(vm, F_VM_HVM_boot_policy, "BIOS order");
		store_set(vm, F_VM_HVM_boot_params, map_of((const char *[]){"order", "dc", NULL}));
		store_set_text(vm, F_VM_domain_type, "hvm");
		store_set_int(vm, F_VM_memory_static_max, GIB);
		store_set_int(vm, F_VM_memory_dynamic_min, GIB);
		store_set_int(vm, F_VM_memory_dynamic_max, GIB);
	}
}

/* A folder for disks, so that a first VM needs no SR.create. */
static void make_storage(struct object *host, const char *state)
{
	char *place = alloc_printf("%s/storage", state), *why;
	struct object *sr, *pbd;

	why = storage_file.attach(place, true);
	if (why) {
		log_error("no local storage: %s", why);
	} else {
		sr = store_create(CLASS(SR));
		pbd = store_create(CLASS(PBD));
		store_set_text(sr, F_SR_name_label, "Local storage");
		store_set_text(sr, F_SR_type, "file");
		store_set_text(sr, F_SR_content_type, "user");
		store_set_ref(pbd, F_PBD_SR, sr);
		store_set_ref(pbd, F_PBD_host, host);
		store_set(pbd, F_PBD_device_config,
			  map_of((const char *[]){"location", place, NULL}));
		store_set_bool(pbd, F_PBD_currently_attached, true);
		store_set_ref(store_first(CLASS(pool)), F_pool_default_SR, sr);
	}
	free(why);
	free(place);
}

bool setup_objects(const struct setup_options *options)
{
	struct backend_host b;
	struct object *host;
	bool first;
	char *why = backend->host(&b);

	if (why) {
		log_error("the hypervisor does not say what the host has: %s", why);
		free(why);
		return false;
	}
	network_setup(options->sys);
	store_begin();
	first = !store_first(CLASS(host));
	host = only(CLASS(host));
	make_host(host, &b);
	make_pool(host);
	make_role();
	make_dom0(host, &b);
	make_templates();
	network_scan(host);
	if (first)
		make_storage(host, options->state);
	return store_commit();
}

void setup_metrics(void)
{
	struct object *metrics;
	struct backend_host b;
	char *why = backend->host(&b);

	free(why);
	if (why)
		return;
	store_begin();
	metrics = store_first(CLASS(host_metrics));
	store_set_int(metrics, F_host_metrics_memory_free, (int64_t)b.memory_free);
	store_commit();
}
