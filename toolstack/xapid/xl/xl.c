// SPDX-License-Identifier: GPL-2.0-only
/*
 * The backend that stands on libxl and xenstore. Each operation has a libxl context of its own, so
 * that the error which libxl logs is known to be this operation's, and none waits for another.
 */
#include "xl/xl.h"

#include <poll.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <libxl_utils.h>
#include <xenstore.h>

#include "alloc.h"
#include "log.h"

static struct xs_handle *watcher; /* the monitor's */
static struct xs_handle *reader;
static pthread_mutex_t reading = PTHREAD_MUTEX_INITIALIZER; /* guards `reader` */

static void message(xentoollog_logger *logger, xentoollog_level level, int number,
		    const char *context, const char *format, va_list args)
{
	struct xl *xl = (struct xl *)((char *)logger - offsetof(struct xl, logger));

	(void)number;
	if (level < XTL_ERROR)
		return;
	vsnprintf(xl->error, sizeof(xl->error), format, args);
	log_warning("%s: %s", context ? context : "libxl", xl->error);
}

static void no_destroy(xentoollog_logger *logger)
{
	(void)logger;
}

char *xl_open(struct xl *xl)
{
	/*
	 * There are several contexts at once, and PAM has children, too: each reaps its own. libxl
	 * wants every context set this way.
	 */
	static const libxl_childproc_hooks hooks = {
		.chldowner = libxl_sigchld_owner_libxl_always_selective_reap};

	*xl = (struct xl){.logger = {.vmessage = message, .destroy = no_destroy}};
	if (libxl_ctx_alloc(&xl->ctx, LIBXL_VERSION, 0, &xl->logger))
		return alloc_printf("the hypervisor does not answer: %s", xl->error);
	libxl_childproc_setmode(xl->ctx, &hooks, NULL);
	return NULL;
}

void xl_close(struct xl *xl)
{
	libxl_ctx_free(xl->ctx);
}

char *xl_why(const struct xl *xl, int result, const char *what)
{
	if (!result)
		return NULL;
	return alloc_printf("%s: %s (libxl error %d)", what, *xl->error ? xl->error : "failed",
			    result);
}

static char *open_backend(const char *state)
{
	struct xl xl;
	char *why = xl_open(&xl);

	(void)state;
	if (why)
		return why;
	xl_close(&xl);
	watcher = xs_open(0);
	reader = xs_open(0);
	if (!watcher || !reader || !xs_watch(watcher, "@introduceDomain", "domain") ||
	    !xs_watch(watcher, "@releaseDomain", "domain"))
		return alloc_printf("xenstore does not answer");
	return NULL;
}

static void close_backend(void)
{
	if (watcher)
		xs_close(watcher);
	if (reader)
		xs_close(reader);
	watcher = reader = NULL;
}

static char *host(struct backend_host *h)
{
	const libxl_version_info *version;
	libxl_physinfo info;
	struct xl xl;
	char *why = xl_open(&xl);
	int per_socket;

	*h = (struct backend_host){0};
	if (why)
		return why;
	libxl_physinfo_init(&info);
	version = libxl_get_version_info(xl.ctx);
	why = xl_why(&xl, libxl_get_physinfo(xl.ctx, &info), "the host");
	if (!why && version) {
		h->cpus = (int)info.nr_cpus;
		h->cores_per_socket = (int)info.cores_per_socket;
		h->threads_per_core = (int)info.threads_per_core;
		per_socket = (int)(info.cores_per_socket * info.threads_per_core);
		h->sockets = per_socket ? h->cpus / per_socket : 1;
		h->memory = info.total_pages * (uint64_t)version->pagesize;
		h->memory_free = (info.free_pages + info.scrub_pages) * (uint64_t)version->pagesize;
		h->khz = (int)info.cpu_khz;
		snprintf(h->hypervisor, sizeof(h->hypervisor), "%s", "xen");
		snprintf(h->version, sizeof(h->version), "%d.%d%s", version->xen_version_major,
			 version->xen_version_minor, version->xen_version_extra);
		snprintf(h->capabilities, sizeof(h->capabilities), "%s", version->capabilities);
	}
	libxl_physinfo_dispose(&info);
	xl_close(&xl);
	return why;
}

static enum backend_reason reason_of(libxl_shutdown_reason reason)
{
	switch (reason) {
	case LIBXL_SHUTDOWN_REASON_REBOOT: return REASON_REBOOT;
	case LIBXL_SHUTDOWN_REASON_SUSPEND: return REASON_SUSPEND;
	case LIBXL_SHUTDOWN_REASON_CRASH:
	case LIBXL_SHUTDOWN_REASON_WATCHDOG: return REASON_CRASH;
	default: return REASON_POWEROFF;
	}
}

/* A domain that has a name is one that a toolstack has made. */
static bool describe(struct xl *xl, const libxl_dominfo *info, struct backend_domain *d)
{
	char *name = libxl_domid_to_name(xl->ctx, info->domid);

	if (!name)
		return false;
	*d = (struct backend_domain){.domid = info->domid};
	snprintf(d->name, sizeof(d->name), "%s", name);
	free(name);
	snprintf(d->uuid, sizeof(d->uuid), LIBXL_UUID_FMT, LIBXL_UUID_BYTES(info->uuid));
	d->state = info->shutdown ? DOMAIN_SHUTDOWN : info->paused ? DOMAIN_PAUSED : DOMAIN_RUNNING;
	d->reason = info->shutdown ? reason_of(info->shutdown_reason) : REASON_POWEROFF;
	d->memory = info->current_memkb << 10;
	d->memory_max = info->max_memkb << 10;
	d->vcpus = (int)info->vcpu_online;
	d->vcpus_max = (int)info->vcpu_max_id + 1;
	d->hvm = info->domain_type == LIBXL_DOMAIN_TYPE_HVM;
	d->cpu_ns = info->cpu_time;
	return true;
}

static char *list(struct backend_domain **domains, int *n)
{
	libxl_dominfo *info;
	struct xl xl;
	char *why = xl_open(&xl);
	int all = 0;

	*domains = alloc_zero(1);
	*n = 0;
	if (why)
		return why;
	info = libxl_list_domain(xl.ctx, &all);
	if (!info) {
		why = xl_why(&xl, -1, "the list of domains");
		xl_close(&xl);
		return why;
	}
	*domains = alloc_resize(*domains, all * sizeof(**domains));
	for (int i = 0; i < all; i++)
		if (info[i].domid && !info[i].dying && describe(&xl, &info[i], &(*domains)[*n]))
			++*n;
	libxl_dominfo_list_free(info, all);
	xl_close(&xl);
	return NULL;
}

static void wait_for_change(int milliseconds)
{
	struct pollfd fd = {.fd = xs_fileno(watcher), .events = POLLIN};
	char **event;

	if (poll(&fd, 1, milliseconds) <= 0)
		return;
	while ((event = xs_check_watch(watcher)))
		free(event);
}

static char *create(const struct backend_config *config, bool paused, unsigned int *domid)
{
	libxl_domain_config d;
	struct xl xl;
	char *why = xl_open(&xl);
	uint32_t id = (uint32_t)INVALID_DOMID;

	if (why)
		return why;
	xl_build(&xl, config, &d);
	why = xl_why(&xl, libxl_domain_create_new(xl.ctx, &d, &id, NULL, NULL), "the domain");
	if (!why && !paused)
		why = xl_why(&xl, libxl_domain_unpause(xl.ctx, id, NULL), "the domain");
	if (why && id != (uint32_t)INVALID_DOMID)
		libxl_domain_destroy(xl.ctx, id, NULL);
	libxl_domain_config_dispose(&d);
	xl_close(&xl);
	*domid = id;
	return why;
}

/* Do one thing with a domain. */
static char *with_domain(unsigned int domid,
			 int (*fn)(libxl_ctx *, uint32_t, const libxl_asyncop_how *))
{
	struct xl xl;
	char *why = xl_open(&xl);

	if (why)
		return why;
	why = xl_why(&xl, fn(xl.ctx, domid, NULL), "the domain");
	xl_close(&xl);
	return why;
}

static char *destroy(unsigned int domid)
{
	return with_domain(domid, libxl_domain_destroy);
}

static char *pause_domain(unsigned int domid)
{
	return with_domain(domid, libxl_domain_pause);
}

static char *unpause(unsigned int domid)
{
	return with_domain(domid, libxl_domain_unpause);
}

static char *shutdown_domain(unsigned int domid, bool reboot)
{
	return with_domain(domid, reboot ? libxl_domain_reboot : libxl_domain_shutdown);
}

static char *set_memory(unsigned int domid, uint64_t bytes)
{
	struct xl xl;
	char *why = xl_open(&xl);

	if (why)
		return why;
	why = xl_why(&xl, libxl_set_memory_target(xl.ctx, domid, (int64_t)(bytes >> 10), 0, 1),
		     "the memory");
	xl_close(&xl);
	return why;
}

static char *set_vcpus(unsigned int domid, int vcpus)
{
	libxl_bitmap map;
	struct xl xl;
	char *why = xl_open(&xl);

	if (why)
		return why;
	libxl_bitmap_init(&map);
	libxl_cpu_bitmap_alloc(xl.ctx, &map, vcpus);
	for (int i = 0; i < vcpus; i++)
		libxl_bitmap_set(&map, i);
	why = xl_why(&xl, libxl_set_vcpuonline(xl.ctx, domid, &map, NULL), "the vCPUs");
	libxl_bitmap_dispose(&map);
	xl_close(&xl);
	return why;
}

static char *read_guest(unsigned int domid, const char *path)
{
	char *whole = alloc_printf("/local/domain/%u/%s", domid, path), *text;
	unsigned int n;

	pthread_mutex_lock(&reading);
	text = xs_read(reader, XBT_NULL, whole, &n);
	pthread_mutex_unlock(&reading);
	free(whole);
	return text;
}

static char *terminal(unsigned int domid)
{
	struct xl xl;
	char *why = xl_open(&xl), *path = NULL;

	free(why);
	if (why)
		return NULL;
	if (libxl_primary_console_get_tty(xl.ctx, domid, &path))
		path = NULL;
	xl_close(&xl);
	return path;
}

const struct backend backend_xl = {
	.name = "xl",
	.open = open_backend,
	.close = close_backend,
	.host = host,
	.list = list,
	.wait = wait_for_change,
	.create = create,
	.destroy = destroy,
	.pause = pause_domain,
	.unpause = unpause,
	.save = xl_save,
	.wake = xl_wake,
	.restore = xl_restore,
	.shutdown = shutdown_domain,
	.set_memory = set_memory,
	.set_vcpus = set_vcpus,
	.plug_disk = xl_plug_disk,
	.unplug_disk = xl_unplug_disk,
	.change_disk = xl_change_disk,
	.add_bridge = xl_add_bridge,
	.drop_bridge = xl_drop_bridge,
	.plug_nic = xl_plug_nic,
	.unplug_nic = xl_unplug_nic,
	.cpu_times = xl_cpu_times,
	.log = xl_log,
	.read_guest = read_guest,
	.terminal = terminal,
};
