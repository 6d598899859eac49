/* SPDX-License-Identifier: GPL-2.0-only */
/* The objects that are there without a client's making them. */
#ifndef XAPID_SETUP_H
#define XAPID_SETUP_H

#include <stdbool.h>

struct setup_options {
	const char *state; /* the daemon's folder */
	const char *sys;   /* the kernel's, /sys */
};

/** setup_objects(): Bring pool, host, CPUs, Domain-0, templates and local storage up to date. */
bool setup_objects(const struct setup_options *options);
/** setup_metrics(): Refresh host_metrics; makes a transaction if anything changed. */
void setup_metrics(void);

#endif
