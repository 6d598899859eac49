// SPDX-License-Identifier: GPL-2.0-only
/*
 * Figures over HTTP, as XenServer's clients read them: GET /rrd_updates gives the rows since a
 * time, the newest one first; GET /host_rrd and /vm_rrd give the archives of one owner.
 */
#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "alloc.h"
#include "rrd.h"
#include "session.h"
#include "text.h"

static void print(struct text *out, const char *format, ...) __attribute__((format(printf, 2, 3)));

static void print(struct text *out, const char *format, ...)
{
	char line[512];
	va_list args;
	int n;

	va_start(args, format);
	n = vsnprintf(line, sizeof(line), format, args);
	va_end(args);
	text_add(out, line, n < (int)sizeof(line) ? (size_t)n : sizeof(line) - 1);
}

/* A figure that is not known is NaN in XML, and null in JSON, which has no NaN. */
static void print_value(struct text *out, double value, bool json)
{
	if (isnan(value))
		print(out, json ? "null" : "NaN");
	else
		print(out, "%.12g", value);
}

/* --- Updates --- */

struct updates {
	int archive;
	int64_t first, newest; /* rows */
	bool host, json;
	const char *vm; /* NULL for all */
};

/* The archive with rows as long as is wanted; if that is not said, one that goes back enough. */
static int choose(int64_t start, int64_t interval)
{
	for (int i = 0; i < RRD_ARCHIVES; i++) {
		int64_t length = rrd_archives[i].ticks * RRD_STEP;

		if (interval > 0 ? length >= interval
				 : rrd_last() * RRD_STEP - start <= length * rrd_archives[i].rows)
			return i;
	}
	return RRD_ARCHIVES - 1;
}

static bool wanted(const struct updates *u, const struct rrd_owner *o)
{
	if (o->host)
		return u->host;
	return o->live && (!u->vm || !strcmp(o->uuid, u->vm));
}

/* The next source that is wanted, of both places; NULL behind the last one. */
static const struct rrd_source *next(const struct updates *u, int *owner, int *source,
				     const struct rrd_owner **of)
{
	for (; (*of = rrd_owner(*owner)); ++*owner, *source = 0)
		if (wanted(u, *of) && *source < (*of)->n)
			return (*of)->sources[(*source)++];
	return NULL;
}

static int print_legend(struct text *out, const struct updates *u)
{
	const struct rrd_source *s;
	const struct rrd_owner *o;
	int owner = 0, source = 0, n = 0;

	while ((s = next(u, &owner, &source, &o))) {
		print(out, u->json ? "%s\"AVERAGE:%s:%s:%s\"" : "%s<entry>AVERAGE:%s:%s:%s</entry>",
		      u->json && n ? "," : "", o->host ? "host" : "vm", o->uuid, s->name);
		n++;
	}
	return n;
}

static void print_row(struct text *out, const struct updates *u, int64_t row)
{
	long long t = (long long)(row * rrd_archives[u->archive].ticks * RRD_STEP);
	const struct rrd_source *s;
	const struct rrd_owner *o;
	int owner = 0, source = 0, n = 0;

	print(out, u->json ? "%s{\"t\":%lld,\"values\":[" : "%s<row><t>%lld</t>",
	      u->json && row != u->newest ? "," : "", t);
	while ((s = next(u, &owner, &source, &o))) {
		print(out, "%s", u->json ? n++ ? "," : "" : "<v>");
		print_value(out, rrd_value(s, u->archive, row), u->json);
		print(out, "%s", u->json ? "" : "</v>");
	}
	print(out, "%s", u->json ? "]}" : "</row>");
}

static void print_updates(struct text *out, const struct updates *u)
{
	int64_t length = rrd_archives[u->archive].ticks * RRD_STEP;
	long long begins = u->first * length, ends = u->newest * length;
	int rows = (int)(u->newest - u->first + 1), columns;
	struct text legend = {0};

	text_add(&legend, "", 0);
	columns = print_legend(&legend, u);
	print(out,
	      u->json ? "{\"meta\":{\"start\":%lld,\"step\":%d,\"end\":%lld,\"rows\":%d,"
			"\"columns\":%d,\"legend\":["
		      : "<?xml version=\"1.0\"?>\n<xport><meta><start>%lld</start>"
			"<step>%d</step><end>%lld</end><rows>%d</rows><columns>%d</columns>"
			"<legend>",
	      begins, (int)length, ends, rows, columns);
	text_add(out, legend.s, legend.n);
	free(legend.s);
	print(out, "%s", u->json ? "]},\"data\":[" : "</legend></meta><data>");
	for (int64_t row = u->newest; row >= u->first; row--)
		print_row(out, u, row);
	print(out, "%s", u->json ? "]}" : "</data></xport>\n");
}

static void updates(struct text *out, const struct rrd_request *r)
{
	int64_t start = r->start ? strtoll(r->start, NULL, 10) : 0;
	int64_t interval = r->interval ? strtoll(r->interval, NULL, 10) : 0;
	struct updates u = {.json = r->json && !strcmp(r->json, "true"),
			    .host = r->host && !strcmp(r->host, "true"),
			    .vm = r->vm};
	const struct rrd_archive *a;

	if (start < 0) /* that long ago */
		start += rrd_last() * RRD_STEP;
	start = start < 0 ? 0 : start > rrd_last() * RRD_STEP ? rrd_last() * RRD_STEP : start;
	u.archive = choose(start, interval);
	a = &rrd_archives[u.archive];
	u.newest = rrd_last() / a->ticks;
	u.first = u.newest - a->rows + 1;
	if (start / (a->ticks * RRD_STEP) + 1 > u.first)
		u.first = start / (a->ticks * RRD_STEP) + 1;
	if (u.first > u.newest)
		u.first = u.newest + 1;
	print_updates(out, &u);
}

/* --- Archives --- */

static void print_sources(struct text *out, const struct rrd_owner *o)
{
	for (int i = 0; i < o->n; i++) {
		const struct rrd_source *s = o->sources[i];

		print(out,
		      "<ds><name>%s</name><type>%s</type>"
		      "<minimal_heartbeat>300.0000</minimal_heartbeat><min>%.4f</min>"
		      "<max>",
		      s->name, s->kind->rate ? "DERIVE" : "GAUGE", s->kind->min);
		print(out, isinf(s->kind->max) ? "Infinity" : "%.4f", s->kind->max);
		print(out, "</max><last_ds>%.12g</last_ds><value>", s->counter);
		print_value(out, s->value, false);
		print(out, "</value><unknown_sec>0</unknown_sec></ds>");
	}
}

static void print_archive(struct text *out, const struct rrd_owner *o, int archive)
{
	const struct rrd_archive *a = &rrd_archives[archive];
	int64_t newest = rrd_last() / a->ticks;

	print(out,
	      "<rra><cf>AVERAGE</cf><pdp_per_row>%d</pdp_per_row><params><xff>0.5000</xff>"
	      "</params><cdp_prep>",
	      (int)a->ticks);
	for (int i = 0; i < o->n; i++)
		print(out,
		      "<ds><primary_value>0.0</primary_value>"
		      "<secondary_value>0.0</secondary_value><value>%.12g</value>"
		      "<unknown_datapoints>0</unknown_datapoints></ds>",
		      o->sources[i]->part[archive].sum);
	print(out, "</cdp_prep><database>");
	for (int64_t row = newest - a->rows + 1; row <= newest; row++) {
		print(out, "<row>");
		for (int i = 0; i < o->n; i++) {
			print(out, "<v>");
			print_value(out, rrd_value(o->sources[i], archive, row), false);
			print(out, "</v>");
		}
		print(out, "</row>");
	}
	print(out, "</database></rra>");
}

static bool archives(struct text *out, const char *uuid)
{
	const struct rrd_owner *o = rrd_find(uuid);

	if (!o)
		return false;
	print(out,
	      "<?xml version=\"1.0\"?>\n<rrd><version>0003</version><step>%d</step>"
	      "<lastupdate>%lld</lastupdate>",
	      RRD_STEP, (long long)(rrd_last() * RRD_STEP));
	print_sources(out, o);
	for (int i = 0; i < RRD_ARCHIVES; i++)
		print_archive(out, o, i);
	print(out, "</rrd>\n");
	return true;
}

/* --- The request --- */

/* Whether the client may know; the host's uuid. Takes the store's lock. */
static bool enter(const char *session, char host[37])
{
	const struct object *object;
	bool known;

	store_lock();
	known = !session || session_use(session);
	object = store_first(CLASS(host));
	snprintf(host, 37, "%s", object ? store_text(object, F_host_uuid) : "");
	store_unlock();
	return known;
}

static char *refusal(const char *text, unsigned int code, unsigned int *status, const char **type)
{
	*status = code;
	*type = "text/plain";
	return alloc_text(text, strlen(text));
}

char *rrd_answer(const struct rrd_request *r, unsigned int *status, const char **type)
{
	bool update = !strcmp(r->url, "/rrd_updates"), found = true;
	const char *uuid = r->vm ? r->vm : "";
	struct text out = {0};
	char host[37];

	if (!enter(r->session, host))
		return refusal("log in first\n", 403, status, type);
	if (r->cf && strcmp(r->cf, "AVERAGE"))
		return refusal("the archives have AVERAGE alone\n", 501, status, type);
	if (!strcmp(r->url, "/host_rrd"))
		uuid = host;
	rrd_lock();
	if (update)
		updates(&out, r);
	else
		found = archives(&out, uuid);
	rrd_unlock();
	if (!found)
		return refusal("there are no figures of it\n", 404, status, type);
	*status = 200;
	*type = update && r->json && !strcmp(r->json, "true") ? "application/json" : "text/xml";
	return out.s;
}
