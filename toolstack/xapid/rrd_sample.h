/* SPDX-License-Identifier: GPL-2.0-only */
/* What rrd.c and rrd_sample.c have between them: measuring, without and with the lock. */
#ifndef XAPID_RRD_SAMPLE_H
#define XAPID_RRD_SAMPLE_H

#include "rrd.h"

struct rrd_figures;

/** rrd_measure_setup(): Where the kernel's figures are: "/sys". */
void rrd_measure_setup(const char *sys);
/** rrd_measure(): Ask the backend and the kernel; rrd_put_all() takes what it returns. */
struct rrd_figures *rrd_measure(void);
/** rrd_put_all(): Give all figures to rrd_put(). seconds: since the last time, 0 for none. */
void rrd_put_all(struct rrd_figures *figures, double seconds);

/** rrd_sampled(): Return: the owner, made if there is none; NULL if there is no room. */
struct rrd_owner *rrd_sampled(const char *uuid, bool host);
/** rrd_put(): A sample of a figure; dropped without an owner, or without room for the source. */
void rrd_put(struct rrd_owner *owner, const char *name, const struct rrd_kind *kind, double sample,
	     double seconds);

#endif
