// SPDX-License-Identifier: GPL-2.0-only
/*
 * What is measured: CPUs and memory by the backend, the interfaces and disks of VMs by the counters
 * of Domain-0's drivers, class/net/vifDOMAIN.N and bus/xen-backend/devices/vbd-DOMAIN-N in /sys.
 */
#include "rrd_sample.h"

#include <dirent.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "alloc.h"
#include "backend.h"

enum { CPUS = 256, FIGURES = 2048 };

static const char *sys = "/sys";

static const struct rrd_kind cpu = {
	"Share of the time that the CPU ran", "(fraction)", true, 1e-9, 0, 1};
static const struct rrd_kind average = {"Mean of the CPUs", "(fraction)", false, 1, 0, 1};
static const struct rrd_kind memory = {"Memory", "B", false, 1, 0, INFINITY};
static const struct rrd_kind kib = {"Memory", "KiB", false, 1.0 / 1024, 0, INFINITY};
static const struct rrd_kind load = {
	"Domain-0's load of a minute", "(fraction)", false, 1, 0, INFINITY};
static const struct rrd_kind bytes = {"Bytes in a second", "B/s", true, 1, 0, INFINITY};
static const struct rrd_kind sectors = {"Bytes in a second", "B/s", true, 512, 0, INFINITY};
static const struct rrd_kind requests = {
	"Requests in a second", "requests/s", true, 1, 0, INFINITY};

struct figure {
	int owner; /* a domain's place in the list, -1 for the host */
	char name[40];
	const struct rrd_kind *kind;
	double sample;
};

struct rrd_figures {
	char host[37];
	struct backend_domain *domains;
	int n_domains, n;
	struct figure all[FIGURES];
};

void rrd_measure_setup(const char *folder)
{
	sys = folder;
}

static void add(struct rrd_figures *f, int owner, const char *name, const struct rrd_kind *kind,
		double sample)
{
	struct figure *one;

	if (f->n == FIGURES)
		return;
	one = &f->all[f->n++];
	*one = (struct figure){.owner = owner, .kind = kind, .sample = sample};
	snprintf(one->name, sizeof(one->name), "%s", name);
}

static void add_cpus(struct rrd_figures *f, int owner, const uint64_t *ns, int n)
{
	char name[16];

	for (int i = 0; i < n; i++) {
		snprintf(name, sizeof(name), "cpu%d", i);
		add(f, owner, name, &cpu, (double)ns[i]);
	}
}

/* --- The kernel's counters --- */

/* The number in a file below /sys; false if there is none. */
static bool counter(const char *path, double *number)
{
	FILE *f = fopen(path, "re");
	bool found = f && fscanf(f, "%lf", number) == 1;

	if (f)
		fclose(f);
	return found;
}

static void add_counter(struct rrd_figures *f, int owner, const char *folder, const char *device,
			const char *file, const char *name, const struct rrd_kind *kind)
{
	char *path = alloc_printf("%s/%s/%s/statistics/%s", sys, folder, device, file);
	double number;

	if (counter(path, &number))
		add(f, owner, name, kind, number);
	free(path);
}

/* A domain's place in the list, or -1. */
static int place(const struct rrd_figures *f, unsigned int domid)
{
	for (int i = 0; i < f->n_domains; i++)
		if (f->domains[i].domid == domid)
			return i;
	return -1;
}

static bool is_card(const char *device)
{
	char *path = alloc_printf("%s/class/net/%s/device", sys, device);
	FILE *f = fopen(path, "re"); /* a folder can be opened for reading, too */

	free(path);
	if (f)
		fclose(f);
	return f;
}

/* What Domain-0 receives from a vif, the guest has sent. */
static void add_interface(struct rrd_figures *f, const char *device)
{
	static const char folder[] = "class/net";
	unsigned int domid, number;
	char rx[40], tx[40];
	int owner, end = 0;

	if (sscanf(device, "vif%u.%u%n", &domid, &number, &end) == 2 && !device[end]) {
		owner = place(f, domid);
		if (owner < 0)
			return;
		snprintf(rx, sizeof(rx), "vif_%u_rx", number);
		snprintf(tx, sizeof(tx), "vif_%u_tx", number);
		add_counter(f, owner, folder, device, "tx_bytes", rx, &bytes);
		add_counter(f, owner, folder, device, "rx_bytes", tx, &bytes);
	} else if (is_card(device)) {
		snprintf(rx, sizeof(rx), "pif_%.16s_rx", device);
		snprintf(tx, sizeof(tx), "pif_%.16s_tx", device);
		add_counter(f, -1, folder, device, "rx_bytes", rx, &bytes);
		add_counter(f, -1, folder, device, "tx_bytes", tx, &bytes);
	}
}

/* xvda is 202 << 8, xvdb is 16 more. */
static void add_disk(struct rrd_figures *f, const char *device)
{
	static const struct {
		const char *file, *name;
		const struct rrd_kind *kind;
	} parts[] = {{"rd_sect", "read", &sectors},
		     {"wr_sect", "write", &sectors},
		     {"rd_req", "iops_read", &requests},
		     {"wr_req", "iops_write", &requests}};
	unsigned int domid, number;
	int owner, end = 0;
	char name[40];

	if (sscanf(device, "vbd-%u-%u%n", &domid, &number, &end) != 2 || device[end] ||
	    number >> 8 != 202)
		return;
	owner = place(f, domid);
	for (size_t i = 0; owner >= 0 && i < sizeof(parts) / sizeof(*parts); i++) {
		snprintf(name, sizeof(name), "vbd_xvd%c_%s", 'a' + (int)(number & 255) / 16,
			 parts[i].name);
		add_counter(f, owner, "bus/xen-backend/devices", device, parts[i].file, name,
			    parts[i].kind);
	}
}

static void each(struct rrd_figures *f, const char *folder,
		 void (*fn)(struct rrd_figures *f, const char *name))
{
	char *path = alloc_printf("%s/%s", sys, folder);
	DIR *dir = opendir(path);
	struct dirent *entry;

	free(path);
	while (dir && (entry = readdir(dir)))
		if (*entry->d_name != '.')
			fn(f, entry->d_name);
	if (dir)
		closedir(dir);
}

/* --- All --- */

static void measure_host(struct rrd_figures *f)
{
	uint64_t ns[CPUS];
	struct backend_host host;
	double loads[1];
	char *why;
	int n = 0;

	why = backend->cpu_times(-1, ns, CPUS, &n);
	free(why);
	if (!why)
		add_cpus(f, -1, ns, n);
	why = backend->host(&host);
	free(why);
	if (!why) {
		add(f, -1, "memory_total_kib", &kib, (double)host.memory);
		add(f, -1, "memory_free_kib", &kib, (double)host.memory_free);
	}
	if (getloadavg(loads, 1) == 1)
		add(f, -1, "loadavg", &load, loads[0]);
}

static void measure_domain(struct rrd_figures *f, int i)
{
	uint64_t ns[CPUS];
	char *why;
	int n = 0;

	if (f->domains[i].state == DOMAIN_SHUTDOWN)
		return;
	why = backend->cpu_times((int)f->domains[i].domid, ns, CPUS, &n);
	free(why);
	if (!why)
		add_cpus(f, i, ns, n);
	add(f, i, "memory", &memory, (double)f->domains[i].memory);
}

struct rrd_figures *rrd_measure(void)
{
	struct rrd_figures *f = alloc_zero(sizeof(*f));
	const struct object *host;

	store_lock();
	host = store_first(CLASS(host));
	snprintf(f->host, sizeof(f->host), "%s", host ? store_text(host, F_host_uuid) : "");
	store_unlock();
	free(backend->list(&f->domains, &f->n_domains));
	measure_host(f);
	for (int i = 0; i < f->n_domains; i++)
		measure_domain(f, i);
	each(f, "class/net", add_interface);
	each(f, "bus/xen-backend/devices", add_disk);
	return f;
}

/* The host's CPUs together. */
static void put_average(struct rrd_owner *host)
{
	double sum = 0;
	int n = 0;

	for (int i = 0; i < host->n; i++)
		if (host->sources[i]->kind == &cpu && host->sources[i]->sampled) {
			sum += host->sources[i]->value;
			n++;
		}
	if (n)
		rrd_put(host, "cpu_avg", &average, sum / n, 0);
}

void rrd_put_all(struct rrd_figures *f, double seconds)
{
	struct rrd_owner *host = *f->host ? rrd_sampled(f->host, true) : NULL;

	for (int i = 0; i < f->n; i++) {
		const struct figure *one = &f->all[i];
		struct rrd_owner *owner =
			one->owner < 0 ? host : rrd_sampled(f->domains[one->owner].uuid, false);

		rrd_put(owner, one->name, one->kind, one->sample, seconds);
	}
	if (host)
		put_average(host);
	free(f->domains);
	free(f);
}
