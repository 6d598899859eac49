// SPDX-License-Identifier: GPL-2.0-only
/* shoji-netfront: a guest's virtual network interfaces. Parameters, load, unload. */
#define pr_fmt(fmt) KBUILD_MODNAME ": " fmt

#include <linux/cpumask.h>
#include <linux/module.h>
#include <xen/xen.h>

#include "common/copy.h"

#include "netfront.h"

#define QUEUES_LIMIT 64

unsigned int netfront_max_queues;
module_param_named(max_queues, netfront_max_queues, uint, 0444);
MODULE_PARM_DESC(max_queues, "Queues of a device (0: as many as CPUs, 8 at most)");

bool netfront_split = true;
module_param_named(split, netfront_split, bool, 0644);
MODULE_PARM_DESC(split, "Use an event channel for each direction, where the backend can");

bool netfront_pool = true;
module_param_named(pool, netfront_pool, bool, 0644);
MODULE_PARM_DESC(pool, "Offer the backend to keep our pages mapped (GREF mapping messages)");

unsigned int netfront_poll_usecs;
module_param_named(poll_usecs, netfront_poll_usecs, uint, 0644);
MODULE_PARM_DESC(poll_usecs, "Look for the next packet for so long before sleeping, where it pays");

static int __init netfront_init(void)
{
	if (!xen_domain())
		return -ENODEV;
	if (!netfront_max_queues)
		netfront_max_queues = min(8U, num_online_cpus());
	netfront_max_queues = min_t(unsigned int, netfront_max_queues, QUEUES_LIMIT);
	copy_choose();
	return netfront_xenbus_register();
}

static void __exit netfront_exit(void)
{
	netfront_xenbus_unregister();
}

module_init(netfront_init);
module_exit(netfront_exit);
MODULE_DESCRIPTION("Xen network frontend of Shoji");
MODULE_LICENSE("GPL");
