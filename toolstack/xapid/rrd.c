// SPDX-License-Identifier: GPL-2.0-only
/* Archives of figures: a ring of rows for each length of row. `lock` guards all of them. */
#include "rrd.h"

#include <math.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "alloc.h"
#include "rrd_sample.h"

enum { OWNERS = 512, SOURCES = 2048 };

const struct rrd_archive rrd_archives[RRD_ARCHIVES] = {
	{1, 120, 0},       /* ten minutes */
	{12, 120, 120},    /* two hours, by minutes */
	{720, 168, 240},   /* a week, by hours */
	{17280, 366, 408}, /* a year, by days */
};

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t end = PTHREAD_COND_INITIALIZER;
static pthread_t thread;
static bool stopping, started;
static struct rrd_owner *owners[OWNERS];
static int n_owners, n_sources;
static int64_t last;
static double last_time; /* of CLOCK_MONOTONIC */

void rrd_lock(void)
{
	pthread_mutex_lock(&lock);
}

void rrd_unlock(void)
{
	pthread_mutex_unlock(&lock);
}

const struct rrd_owner *rrd_owner(int i)
{
	return i < n_owners ? owners[i] : NULL;
}

struct rrd_owner *rrd_find(const char *uuid)
{
	for (int i = 0; i < n_owners; i++)
		if (!strcmp(owners[i]->uuid, uuid))
			return owners[i];
	return NULL;
}

struct rrd_source *rrd_source(const struct rrd_owner *owner, const char *name)
{
	for (int i = 0; i < owner->n; i++)
		if (!strcmp(owner->sources[i]->name, name))
			return owner->sources[i];
	return NULL;
}

int64_t rrd_last(void)
{
	return last;
}

double rrd_value(const struct rrd_source *s, int archive, int64_t row)
{
	const struct rrd_archive *a = &rrd_archives[archive];
	int64_t newest = last / a->ticks;

	return row > newest - a->rows && row <= newest ? s->row[a->at + row % a->rows] : NAN;
}

static void forget(struct rrd_source *s)
{
	for (int i = 0; i < RRD_ROWS; i++)
		s->row[i] = NAN;
	memset(s->part, 0, sizeof(s->part));
}

static void free_owner(int i)
{
	struct rrd_owner *o = owners[i];

	for (int s = 0; s < o->n; s++)
		free(o->sources[s]);
	n_sources -= o->n;
	free(o->sources);
	free(o);
	owners[i] = owners[--n_owners];
}

/* The VM that has not run for longest gives its place. Return: whether there is one. */
static bool drop_oldest(void)
{
	int oldest = -1;

	for (int i = 0; i < n_owners; i++)
		if (!owners[i]->live && (oldest < 0 || owners[i]->seen < owners[oldest]->seen))
			oldest = i;
	if (oldest >= 0)
		free_owner(oldest);
	return oldest >= 0;
}

struct rrd_owner *rrd_sampled(const char *uuid, bool host)
{
	struct rrd_owner *o = rrd_find(uuid);

	if (!o && n_owners == OWNERS && !drop_oldest())
		return NULL;
	if (!o) {
		o = owners[n_owners++] = alloc_zero(sizeof(*o));
		snprintf(o->uuid, sizeof(o->uuid), "%s", uuid);
		o->host = host;
	}
	o->live = true;
	return o;
}

/* A name becomes a part of XML and of a legend. */
static bool good_name(const char *name)
{
	return *name && !name[strspn(name, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
					   "0123456789_.-")];
}

static struct rrd_source *make(struct rrd_owner *o, const char *name, const struct rrd_kind *kind)
{
	struct rrd_source *s;

	if (!good_name(name) || (n_sources >= SOURCES && !drop_oldest()))
		return NULL;
	s = alloc_zero(sizeof(*s));
	snprintf(s->name, sizeof(s->name), "%s", name);
	s->kind = kind;
	forget(s);
	o->sources = alloc_resize(o->sources, (o->n + 1) * sizeof(*o->sources));
	o->sources[o->n++] = s;
	n_sources++;
	return s;
}

void rrd_put(struct rrd_owner *o, const char *name, const struct rrd_kind *kind, double sample,
	     double seconds)
{
	struct rrd_source *s = o ? rrd_source(o, name) : NULL;

	if (o && !s)
		s = make(o, name, kind);
	if (!s)
		return;
	if (!kind->rate)
		s->value = sample * kind->scale;
	else if (s->counted && sample >= s->counter && seconds > 0)
		s->value = (sample - s->counter) * kind->scale / seconds;
	else
		s->value = NAN;
	if (s->value > kind->max)
		s->value = kind->max;
	s->counter = sample;
	s->counted = s->sampled = true;
}

static void add_row(struct rrd_source *s, int64_t tick, double value)
{
	for (int i = 0; i < RRD_ARCHIVES; i++) {
		const struct rrd_archive *a = &rrd_archives[i];

		if (!isnan(value)) {
			s->part[i].sum += value;
			s->part[i].n++;
		}
		if (tick % a->ticks)
			continue;
		s->row[a->at + tick / a->ticks % a->rows] =
			s->part[i].n ? s->part[i].sum / s->part[i].n : NAN;
		s->part[i].sum = s->part[i].n = 0;
	}
}

static void add_rows(struct rrd_source *s, int64_t tick)
{
	bool jump = tick < last || tick - last > rrd_archives[RRD_ARCHIVES - 1].ticks;

	if (jump) /* of the clock, or a daemon that stood still for a day */
		forget(s);
	else
		for (int64_t t = last + 1; t < tick; t++)
			add_row(s, t, NAN);
	if (!s->sampled) {
		s->value = NAN;
		s->counted = false;
	}
	add_row(s, tick, s->value);
	s->sampled = false;
}

/* Take a sample of everything. The lock is not held. */
static void sample(int64_t tick)
{
	struct rrd_figures *figures = rrd_measure();
	struct timespec t;
	double now;

	clock_gettime(CLOCK_MONOTONIC, &t);
	now = (double)t.tv_sec + (double)t.tv_nsec / 1e9;
	rrd_lock();
	for (int i = 0; i < n_owners; i++)
		owners[i]->live = false;
	rrd_put_all(figures, last_time > 0 ? now - last_time : 0);
	for (int i = 0; i < n_owners; i++) {
		if (owners[i]->live)
			owners[i]->seen = tick;
		for (int s = 0; s < owners[i]->n; s++)
			add_rows(owners[i]->sources[s], tick);
	}
	last = tick;
	last_time = now;
	rrd_unlock();
}

static void *run(void *unused)
{
	struct timespec until = {0};

	(void)unused;
	rrd_lock();
	while (!stopping) {
		rrd_unlock();
		if (until.tv_sec && until.tv_sec / RRD_STEP != last)
			sample(until.tv_sec / RRD_STEP);
		until.tv_sec = (time(NULL) / RRD_STEP + 1) * RRD_STEP;
		rrd_lock();
		while (!stopping && time(NULL) < until.tv_sec)
			pthread_cond_timedwait(&end, &lock, &until);
	}
	rrd_unlock();
	return NULL;
}

bool rrd_start(const char *sys)
{
	rrd_measure_setup(sys);
	started = !pthread_create(&thread, NULL, run, NULL);
	return started;
}

void rrd_stop(void)
{
	rrd_lock();
	stopping = true;
	pthread_cond_signal(&end);
	rrd_unlock();
	if (started)
		pthread_join(thread, NULL);
	while (n_owners)
		free_owner(0);
}
