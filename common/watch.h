/* SPDX-License-Identifier: GPL-2.0-only */
/* The end of a watch that xenbus_watch_pathfmt() began. See watch.c. */
#ifndef SHOJI_COMMON_WATCH_H
#define SHOJI_COMMON_WATCH_H

#include <xen/xenbus.h>

void watch_end(struct xenbus_watch *watch);

#endif
