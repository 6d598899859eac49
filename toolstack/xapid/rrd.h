/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Figures over time: of the host and of each VM that runs, every five seconds. They are kept in
 * memory, in archives of a fixed number of rows, and are gone when the daemon ends.
 */
#ifndef XAPID_RRD_H
#define XAPID_RRD_H

#include <stdbool.h>
#include <stdint.h>

#include "call.h"

enum {
	RRD_STEP = 5, /* seconds between two samples */
	RRD_ARCHIVES = 4,
	RRD_ROWS = 120 + 120 + 168 + 366,
};

struct rrd_archive {
	int64_t ticks; /* samples of one row */
	int rows, at;  /* at: the place of its first row among all rows of a source */
};

extern const struct rrd_archive rrd_archives[RRD_ARCHIVES];

struct rrd_kind {
	const char *description, *units;
	bool rate;       /* what is sampled counts up; the figure is what it grows by in a second */
	double scale;    /* of what is sampled */
	double min, max; /* of the figure; max: INFINITY for no limit */
};

/* A figure of an owner. */
struct rrd_source {
	char name[40];
	const struct rrd_kind *kind;
	double counter, value; /* the last sample, and the figure that it gave: NAN for unknown */
	bool counted, sampled;
	struct {
		double sum;
		int n;
	} part[RRD_ARCHIVES]; /* of the rows that are not complete */
	double row[RRD_ROWS];
};

struct rrd_owner {
	char uuid[37];
	bool host, live; /* live: sampled the last time */
	int64_t seen;    /* the last tick when it was */
	struct rrd_source **sources;
	int n;
};

/** rrd_start(): Begin to sample. sys: the kernel's folder, /sys. Return: success. */
bool rrd_start(const char *sys);
/** rrd_stop(): End it, and forget everything. */
void rrd_stop(void);

/** rrd_lock(): Begin to read; what follows needs it. */
void rrd_lock(void);
/** rrd_unlock(): End it. */
void rrd_unlock(void);
/** rrd_owner(): Return: owner i, or NULL. */
const struct rrd_owner *rrd_owner(int i);
/** rrd_find(): Return: the owner of this uuid, or NULL. */
struct rrd_owner *rrd_find(const char *uuid);
/** rrd_source(): Return: an owner's source of this name, or NULL. */
struct rrd_source *rrd_source(const struct rrd_owner *owner, const char *name);
/** rrd_last(): Return: the last tick: the time since 1970 in units of RRD_STEP. */
int64_t rrd_last(void);
/** rrd_value(): Return: a row of an archive, by its number: the time divided by its length. */
double rrd_value(const struct rrd_source *source, int archive, int64_t row);

struct rrd_request {
	const char *url;             /* /rrd_updates, /host_rrd, /vm_rrd */
	const char *session;         /* NULL if none is wanted of this client */
	const char *start, *cf;      /* of updates; NULL where not given, as what follows */
	const char *interval, *host; /* seconds of a row at least; "true": the host's, too */
	const char *vm;              /* the only VM's uuid; of /vm_rrd the one */
	const char *json;            /* "true" for JSON, else XML */
};

/**
 * rrd_answer() - a request for figures
 * @status: the HTTP status
 * @type: the media type
 *
 * Takes both locks. Return: the text, to be freed.
 */
char *rrd_answer(const struct rrd_request *request, unsigned int *status, const char **type);

extern const struct api rrd_api[];

#endif
