// SPDX-License-Identifier: GPL-2.0-only
/* The end of a watch that xenbus_watch_pathfmt() began: xenbus begins one, and frees no path. */
#include "watch.h"

#include <linux/slab.h>

/**
 * watch_end() - end a watch, and free its path
 * @watch: zeroed, or given to xenbus_watch_pathfmt() before
 *
 * A watch that never began, failed to, or has ended has no node: nothing is done then. The callback
 * has run for the last time when this returns.
 *
 * Context: process; may sleep. Not from the watch's own callback.
 */
void watch_end(struct xenbus_watch *watch)
{
	if (!watch->node)
		return;
	unregister_xenbus_watch(watch);
	kfree(watch->node);
	watch->node = NULL;
}
