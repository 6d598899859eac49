/* SPDX-License-Identifier: GPL-2.0-only */
/* The end of a watch that xenbus_watch_pathfmt() began. */
#ifndef SHOJI_WATCH_H
#define SHOJI_WATCH_H

#include <linux/slab.h>
#include <xen/xenbus.h>

/*
 * A watch that is not there, since it never began, failed to, or has ended, has no node: then
 * nothing is done. Returns when its callback has run for the last time. Process context; may sleep.
 */
static inline void shoji_unwatch(struct xenbus_watch *watch)
{
	if (!watch->node)
		return;
	unregister_xenbus_watch(watch);
	kfree(watch->node);
	watch->node = NULL;
}

#endif
