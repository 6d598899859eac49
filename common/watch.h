/* SPDX-License-Identifier: GPL-2.0-only */
/* The end of a watch that xenbus_watch_pathfmt() began. See watch.c. */
#ifndef SHOJI_COMMON_WATCH_H
#define SHOJI_COMMON_WATCH_H

#include <xen/xenbus.h>

/*
 * End a watch and free its path; nothing is done for one that never began or has ended. The
 * callback has run for the last time when this returns. May sleep; not from the callback.
 */
void watch_end(struct xenbus_watch *watch);

#endif
