// SPDX-License-Identifier: GPL-2.0-only
/*
 * A simulated hypervisor, for the tests: a domain is a file in STATE/domains, so that domains
 * outlive the daemon as real ones do. A guest obeys a request to shut down after 0.2 s. Words of
 * its kernel's arguments change that: sim=deaf never obeys, sim=crash crashes 0.2 s after its
 * start, sim=fail cannot be built, and sim=slow takes a second to build.
 */
#include "backend.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "alloc.h"
#include "codec_jsonrpc.h"

#define MEMORY (16ull << 30)

static char *folder;
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER; /* guards the files */

static int64_t now_ms(void)
{
	struct timespec t;

	clock_gettime(CLOCK_REALTIME, &t);
	return t.tv_sec * 1000ll + t.tv_nsec / 1000000;
}

static char *path_of(unsigned int domid)
{
	return alloc_printf("%s/%u", folder, domid);
}

/* The record of a domain, or NULL. The lock is held. */
static struct value *load(unsigned int domid)
{
	char *path = path_of(domid), text[16384];
	struct value *v = NULL;
	FILE *f = fopen(path, "r");
	size_t n;

	if (f) {
		n = fread(text, 1, sizeof(text), f);
		v = json_read(text, n);
		fclose(f);
	}
	free(path);
	return v;
}

/* Write the record whole, or not at all; it is taken over. The lock is held. */
static void save(unsigned int domid, struct value *v)
{
	char *path = path_of(domid), *made = alloc_printf("%s/.%u", folder, domid);
	char *text = json_write(v);
	FILE *f = fopen(made, "w");

	if (!f || fputs(text, f) < 0 || fclose(f) || rename(made, path))
		abort();
	free(text);
	free(made);
	free(path);
	value_put(v);
}

static void with(struct value **v, const char *key, struct value *item)
{
	struct value *old = *v;

	*v = value_map_with(old, key, item);
	value_put(old);
}

/* Change one entry of a domain's record. */
static char *set(unsigned int domid, const char *key, struct value *item)
{
	struct value *v;

	pthread_mutex_lock(&lock);
	v = load(domid);
	if (v) {
		with(&v, key, item);
		save(domid, v);
	} else {
		value_put(item);
	}
	pthread_mutex_unlock(&lock);
	return v ? NULL : alloc_printf("there is no domain %u", domid);
}

static char *sim_open(const char *state)
{
	folder = alloc_printf("%s/domains", state);
	if (mkdir(folder, 0700) && errno != EEXIST)
		return alloc_printf("%s: %m", folder);
	return NULL;
}

static void sim_close(void)
{
	free(folder);
	folder = NULL;
}

/* What time has done to a domain. */
static enum backend_state state_of(const struct value *v, enum backend_reason *reason)
{
	int64_t end = value_number(value_lookup(v, "end"));
	const char *state = value_text(value_lookup(v, "state"));

	*reason = (enum backend_reason)value_number(value_lookup(v, "reason"));
	if (end && now_ms() >= end)
		return DOMAIN_SHUTDOWN;
	return !strcmp(state, "paused") ? DOMAIN_PAUSED : DOMAIN_RUNNING;
}

static void describe(unsigned int domid, const struct value *v, struct backend_domain *d)
{
	*d = (struct backend_domain){.domid = domid};
	snprintf(d->uuid, sizeof(d->uuid), "%s", value_text(value_lookup(v, "uuid")));
	snprintf(d->name, sizeof(d->name), "%s", value_text(value_lookup(v, "name")));
	d->state = state_of(v, &d->reason);
	d->memory = value_number(value_lookup(v, "memory"));
	d->memory_max = value_number(value_lookup(v, "memory_max"));
	d->vcpus = value_number(value_lookup(v, "vcpus"));
	d->vcpus_max = value_number(value_lookup(v, "vcpus_max"));
	d->hvm = value_is(value_lookup(v, "hvm"));
}

static char *sim_list(struct backend_domain **domains, int *n)
{
	DIR *dir = opendir(folder);
	struct dirent *entry;

	*domains = alloc_zero(1);
	*n = 0;
	if (!dir)
		return alloc_printf("%s: %m", folder);
	pthread_mutex_lock(&lock);
	while ((entry = readdir(dir))) {
		struct value *v;

		if (*entry->d_name == '.' || !(v = load(atoi(entry->d_name))))
			continue;
		*domains = alloc_resize(*domains, (*n + 1) * sizeof(**domains));
		describe(atoi(entry->d_name), v, &(*domains)[(*n)++]);
		value_put(v);
	}
	pthread_mutex_unlock(&lock);
	closedir(dir);
	return NULL;
}

static char *sim_host(struct backend_host *host)
{
	struct backend_domain *domains;
	uint64_t used = 1ull << 30;
	int n;

	free(sim_list(&domains, &n));
	for (int i = 0; i < n; i++)
		used += domains[i].memory;
	free(domains);
	*host = (struct backend_host){.cpus = 4,
				      .sockets = 1,
				      .cores_per_socket = 4,
				      .threads_per_core = 1,
				      .memory = MEMORY,
				      .memory_free = used < MEMORY ? MEMORY - used : 0,
				      .khz = 2000000,
				      .hypervisor = "simulated",
				      .version = "1",
				      .capabilities = "xen-3.0-x86_64"};
	return NULL;
}

static void sim_wait(int milliseconds)
{
	int ms = milliseconds < 50 ? milliseconds : 50;

	nanosleep(&(struct timespec){.tv_nsec = ms * 1000000l}, NULL);
}

static struct value *disks_of(const struct backend_config *config)
{
	struct value *map = value_map();

	for (int i = 0; i < config->n_disks; i++)
		if (*config->disks[i].path || config->hvm) /* a PV guest has no empty drive */
			value_map_add(map, config->disks[i].device,
				      value_string(config->disks[i].path));
	value_map_seal(map);
	return map;
}

static struct value *nics_of(const struct backend_config *config)
{
	struct value *map = value_map();
	char device[16];

	for (int i = 0; i < config->n_nics; i++) {
		snprintf(device, sizeof(device), "%d", config->nics[i].device);
		value_map_add(map, device, value_string(config->nics[i].mac));
	}
	value_map_seal(map);
	return map;
}

static bool word(const struct backend_config *config, const char *name)
{
	return strstr(config->arguments, name);
}

static struct value *record(const struct backend_config *config, bool paused)
{
	struct value *v = value_map();

	value_map_add(v, "uuid", value_string(config->uuid));
	value_map_add(v, "name", value_string(config->name));
	value_map_add(v, "state", value_string(paused ? "paused" : "running"));
	value_map_add(v, "memory", value_int((int64_t)config->memory_target));
	value_map_add(v, "memory_max", value_int((int64_t)config->memory_max));
	value_map_add(v, "vcpus", value_int(config->vcpus));
	value_map_add(v, "vcpus_max", value_int(config->vcpus_max));
	value_map_add(v, "hvm", value_bool(config->hvm));
	value_map_add(v, "deaf", value_bool(word(config, "sim=deaf")));
	value_map_add(v, "disks", disks_of(config));
	value_map_add(v, "nics", nics_of(config));
	value_map_add(v, "end", value_int(word(config, "sim=crash") ? now_ms() + 200 : 0));
	value_map_add(v, "reason", value_int(REASON_CRASH));
	value_map_seal(v);
	return v;
}

/* A number that no domain has had, as Xen counts them. The lock is held. */
static unsigned int new_domid(void)
{
	char *path = alloc_printf("%s/.last", folder), *made = alloc_printf("%s/.new", folder);
	unsigned int last = 0;
	FILE *f = fopen(path, "re");

	if (f && fscanf(f, "%u", &last) != 1)
		last = 0;
	if (f)
		fclose(f);
	f = fopen(made, "we");
	if (!f || fprintf(f, "%u", ++last) < 0 || fclose(f) || rename(made, path))
		abort();
	free(path);
	free(made);
	return last;
}

static char *sim_create(const struct backend_config *config, bool paused, unsigned int *domid)
{
	if (word(config, "sim=slow"))
		nanosleep(&(struct timespec){.tv_sec = 1}, NULL);
	if (word(config, "sim=fail"))
		return alloc_printf("the kernel cannot be loaded");
	pthread_mutex_lock(&lock);
	*domid = new_domid();
	save(*domid, record(config, paused));
	pthread_mutex_unlock(&lock);
	return NULL;
}

static char *sim_destroy(unsigned int domid)
{
	char *path = path_of(domid), *error = NULL;

	pthread_mutex_lock(&lock);
	if (unlink(path))
		error = alloc_printf("there is no domain %u", domid);
	pthread_mutex_unlock(&lock);
	free(path);
	return error;
}

static char *sim_pause(unsigned int domid)
{
	return set(domid, "state", value_string("paused"));
}

static char *sim_unpause(unsigned int domid)
{
	return set(domid, "state", value_string("running"));
}

static char *sim_shutdown(unsigned int domid, bool reboot)
{
	struct value *v;
	bool found;

	pthread_mutex_lock(&lock);
	v = load(domid);
	found = v;
	if (v && !value_is(value_lookup(v, "deaf"))) {
		with(&v, "end", value_int(now_ms() + 200));
		with(&v, "reason", value_int(reboot ? REASON_REBOOT : REASON_POWEROFF));
		save(domid, v);
	} else {
		value_put(v);
	}
	pthread_mutex_unlock(&lock);
	return found ? NULL : alloc_printf("there is no domain %u", domid);
}

/* A domain that is suspended; wake() takes it back. */
static char *suspend(unsigned int domid, bool suspended)
{
	struct value *v;

	pthread_mutex_lock(&lock);
	v = load(domid);
	if (v) {
		with(&v, "end", value_int(suspended ? 1 : 0));
		with(&v, "reason", value_int(suspended ? REASON_SUSPEND : REASON_CRASH));
		save(domid, v);
	}
	pthread_mutex_unlock(&lock);
	return v ? NULL : alloc_printf("there is no domain %u", domid);
}

/* The domain's record is its memory: a line in a file that may be longer. */
static char *sim_save(unsigned int domid, const char *path)
{
	struct value *v;
	char *text = NULL;
	FILE *f;
	bool deaf;

	pthread_mutex_lock(&lock);
	v = load(domid);
	deaf = !v || value_is(value_lookup(v, "deaf"));
	text = v ? json_write(v) : NULL;
	pthread_mutex_unlock(&lock);
	value_put(v);
	f = deaf ? NULL : fopen(path, "r+e");
	if (f && fprintf(f, "%s\n", text) > 0 && !fclose(f)) {
		free(text);
		return suspend(domid, true);
	}
	free(text);
	return alloc_printf(deaf ? "the guest does not obey" : "%s: %m", path);
}

static char *sim_wake(unsigned int domid)
{
	return suspend(domid, false);
}

/* The memory of a file, or NULL if it has none of this VM. */
static struct value *saved(const char *path, const char *uuid)
{
	FILE *f = fopen(path, "re");
	struct value *v = NULL;
	char text[16384];

	if (f && fgets(text, sizeof(text), f))
		v = json_read(text, strcspn(text, "\n"));
	if (f)
		fclose(f);
	if (v && strcmp(value_text(value_lookup(v, "uuid")), uuid)) {
		value_put(v);
		v = NULL;
	}
	return v;
}

static char *sim_restore(const struct backend_config *config, const char *path, unsigned int *domid)
{
	struct value *v = saved(path, config->uuid);

	if (!v)
		return alloc_printf("%s has no memory of this VM", path);
	with(&v, "state", value_string("paused"));
	with(&v, "disks", disks_of(config));
	with(&v, "nics", nics_of(config));
	pthread_mutex_lock(&lock);
	*domid = new_domid();
	save(*domid, v);
	pthread_mutex_unlock(&lock);
	return NULL;
}

static char *sim_set_memory(unsigned int domid, uint64_t bytes)
{
	return set(domid, "memory", value_int((int64_t)bytes));
}

static char *sim_set_vcpus(unsigned int domid, int vcpus)
{
	return set(domid, "vcpus", value_int(vcpus));
}

/* Put an entry into, or with NULL take it from, one of the maps of a domain's devices. */
static char *device(unsigned int domid, const char *map, const char *key, const char *text)
{
	struct value *v, *devices;
	char *error = NULL;
	bool there;

	pthread_mutex_lock(&lock);
	v = load(domid);
	devices = value_lookup(v, map);
	there = value_lookup(devices, key);
	if (!v) {
		error = alloc_printf("there is no domain %u", domid);
	} else if (there != !text) {
		error = alloc_printf("device %s is %s", key, there ? "there already" : "not there");
		value_put(v);
	} else {
		with(&v, map,
		     text ? value_map_with(devices, key, value_string(text))
			  : value_map_without(devices, key));
		save(domid, v);
	}
	pthread_mutex_unlock(&lock);
	return error;
}

static char *sim_plug_disk(unsigned int domid, const struct backend_disk *disk)
{
	return device(domid, "disks", disk->device, disk->path);
}

static char *sim_unplug_disk(unsigned int domid, const char *name, bool force)
{
	(void)force;
	return device(domid, "disks", name, NULL);
}

/* The drive of a PV guest comes and goes with its medium. */
static char *sim_change_disk(unsigned int domid, const struct backend_disk *disk, bool was_empty)
{
	struct value *v;
	bool hvm;

	pthread_mutex_lock(&lock);
	v = load(domid);
	hvm = value_is(value_lookup(v, "hvm"));
	value_put(v);
	pthread_mutex_unlock(&lock);
	if (hvm || !was_empty)
		free(device(domid, "disks", disk->device, NULL));
	return hvm || *disk->path ? device(domid, "disks", disk->device, disk->path) : NULL;
}

/* A bridge is an empty file. */
static char *sim_add_bridge(const char *name)
{
	char *path = alloc_printf("%s/.bridge-%s", folder, name), *error = NULL;
	FILE *f = fopen(path, "ae");

	if (f)
		fclose(f);
	else
		error = alloc_printf("%s: %m", path);
	free(path);
	return error;
}

static char *sim_drop_bridge(const char *name)
{
	char *path = alloc_printf("%s/.bridge-%s", folder, name), *error = NULL;

	if (unlink(path) && errno != ENOENT)
		error = alloc_printf("%s: %m", path);
	free(path);
	return error;
}

static char *sim_plug_nic(unsigned int domid, const struct backend_nic *nic)
{
	char name[16];

	snprintf(name, sizeof(name), "%d", nic->device);
	return device(domid, "nics", name, nic->mac);
}

static char *sim_unplug_nic(unsigned int domid, int number, bool force)
{
	char name[16];

	(void)force;
	snprintf(name, sizeof(name), "%d", number);
	return device(domid, "nics", name, NULL);
}

/* Two CPUs: the first one is busy half of the time, the second one a quarter. */
static char *sim_cpu_times(int domid, uint64_t *ns, int max, int *n)
{
	(void)domid;
	for (*n = 0; *n < 2 && *n < max; ++*n)
		ns[*n] = (uint64_t)now_ms() * 1000000 / (*n ? 4 : 2);
	return NULL;
}

static char *sim_log(bool clear, char **text)
{
	static bool cleared;

	*text = alloc_printf("%s", cleared ? "" : "(SIM) a log of one line\n");
	cleared = cleared || clear;
	return NULL;
}

/* Every simulated guest has the address 192.0.2.DOMID on its first interface. */
static char *sim_read_guest(unsigned int domid, const char *path)
{
	if (!strcmp(path, "attr/vif/0/ipv4/0"))
		return alloc_printf("192.0.2.%u", domid % 256);
	return NULL;
}

/* A terminal that a test has put into the folder. */
static char *sim_terminal(unsigned int domid)
{
	char *path = alloc_printf("%s/.terminal-%u", folder, domid);

	if (!access(path, F_OK))
		return path;
	free(path);
	return NULL;
}

const struct backend backend_sim = {
	.name = "sim",
	.open = sim_open,
	.close = sim_close,
	.host = sim_host,
	.list = sim_list,
	.wait = sim_wait,
	.create = sim_create,
	.destroy = sim_destroy,
	.pause = sim_pause,
	.unpause = sim_unpause,
	.save = sim_save,
	.wake = sim_wake,
	.restore = sim_restore,
	.shutdown = sim_shutdown,
	.set_memory = sim_set_memory,
	.set_vcpus = sim_set_vcpus,
	.plug_disk = sim_plug_disk,
	.unplug_disk = sim_unplug_disk,
	.change_disk = sim_change_disk,
	.add_bridge = sim_add_bridge,
	.drop_bridge = sim_drop_bridge,
	.plug_nic = sim_plug_nic,
	.unplug_nic = sim_unplug_nic,
	.cpu_times = sim_cpu_times,
	.log = sim_log,
	.read_guest = sim_read_guest,
	.terminal = sim_terminal,
};
