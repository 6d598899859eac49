// SPDX-License-Identifier: GPL-2.0-only
/* Figures in Prometheus' text format, version 0.0.4. */
#include "metrics.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "alloc.h"
#include "backend.h"
#include "session.h"
#include "text.h"

static void line(struct text *out, const char *format, ...) __attribute__((format(printf, 2, 3)));

static void line(struct text *out, const char *format, ...)
{
	va_list args;
	char *made;

	va_start(args, format);
	made = alloc_vprintf(format, args);
	va_end(args);
	text_add(out, made, strlen(made));
	text_add(out, "\n", 1);
	free(made);
}

static void head(struct text *out, const char *name, const char *type, const char *help)
{
	line(out, "# HELP xapid_%s %s", name, help);
	line(out, "# TYPE xapid_%s %s", name, type);
}

/* A domain's labels; a backslash before what would end a label. */
static char *labels(const struct backend_domain *d)
{
	struct text name = {0};
	char *text;

	text_add(&name, "", 0);
	for (const char *c = d->name; *c; c++) {
		if (*c == '"' || *c == '\\')
			text_add(&name, "\\", 1);
		text_add(&name, *c == '\n' ? " " : c, 1);
	}
	text_clean(name.s, name.n);
	text = alloc_printf("{uuid=\"%s\",name=\"%s\"}", d->uuid, name.s);
	free(name.s);
	return text;
}

static const struct {
	const char *name, *type, *help;
} families[] = {
	{"vm_memory_bytes", "gauge", "Memory that the domain has."},
	{"vm_vcpus", "gauge", "Virtual CPUs that are on."},
	{"vm_cpu_seconds_total", "counter", "Time that the domain's CPUs ran."},
	{"vm_paused", "gauge", "1 if the domain is paused."},
};

static double figure(const struct backend_domain *d, int family)
{
	switch (family) {
	case 0: return (double)d->memory;
	case 1: return d->vcpus;
	case 2: return (double)d->cpu_ns / 1e9;
	default: return d->state == DOMAIN_PAUSED;
	}
}

static void add_domains(struct text *out)
{
	struct backend_domain *domains;
	int n;

	free(backend->list(&domains, &n));
	for (size_t f = 0; f < sizeof(families) / sizeof(*families); f++) {
		head(out, families[f].name, families[f].type, families[f].help);
		for (int i = 0; i < n; i++) {
			char *of = labels(&domains[i]);

			line(out, "xapid_%s%s %.15g", families[f].name, of,
			     figure(&domains[i], (int)f));
			free(of);
		}
	}
	free(domains);
}

static void add_host(struct text *out)
{
	struct backend_host h;
	char *why = backend->host(&h);

	if (!why) {
		head(out, "host_memory_bytes", "gauge", "Memory of the host.");
		line(out, "xapid_host_memory_bytes %" PRIu64, h.memory);
		head(out, "host_memory_free_bytes", "gauge", "Memory that no domain has.");
		line(out, "xapid_host_memory_free_bytes %" PRIu64, h.memory_free);
		head(out, "host_cpus", "gauge", "Physical CPUs.");
		line(out, "xapid_host_cpus %d", h.cpus);
	}
	free(why);
}

char *metrics_text(const char *session)
{
	struct text out = {0};
	bool known;

	store_lock();
	known = !session || session_use(session);
	store_unlock();
	if (!known)
		return NULL;
	add_host(&out);
	add_domains(&out);
	return out.s;
}
