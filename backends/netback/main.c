// SPDX-License-Identifier: GPL-2.0-only
/* shoji-netback: the backend of virtual network interfaces. Parameters, load, unload. */
#define pr_fmt(fmt) KBUILD_MODNAME ": " fmt

#include <linux/cpumask.h>
#include <linux/module.h>
#include <xen/xen.h>

#include "common/copy.h"

#include "netback.h"

#define QUEUES_LIMIT 64

unsigned int netback_max_queues;
module_param_named(max_queues, netback_max_queues, uint, 0444);
MODULE_PARM_DESC(max_queues, "Queues that a vif may have (0: as many as CPUs, 8 at most)");

unsigned int netback_drain_ms = 10000;
module_param_named(rx_drain_timeout_msecs, netback_drain_ms, uint, 0644);
MODULE_PARM_DESC(rx_drain_timeout_msecs,
		 "A guest that takes no packet for so long loses those that wait");

unsigned int netback_stall_ms = 60000;
module_param_named(rx_stall_timeout_msecs, netback_stall_ms, uint, 0644);
MODULE_PARM_DESC(rx_stall_timeout_msecs,
		 "A guest that takes no packet for so long loses the carrier (0: never)");

bool netback_pool = true;
module_param_named(pool, netback_pool, bool, 0644);
MODULE_PARM_DESC(pool, "Keep a frontend's pool mapped when it asks for it (GREF mapping messages)");

unsigned int netback_poll_usecs;
module_param_named(poll_usecs, netback_poll_usecs, uint, 0644);
MODULE_PARM_DESC(poll_usecs, "Look for the next packet for so long before sleeping, where it pays");

static int __init netback_init(void)
{
	if (!xen_domain())
		return -ENODEV;
	if (!netback_max_queues)
		netback_max_queues = min(8U, num_online_cpus());
	netback_max_queues = min_t(unsigned int, netback_max_queues, QUEUES_LIMIT);
	copy_choose();
	return netback_xenbus_register();
}

static void __exit netback_exit(void)
{
	netback_xenbus_unregister();
}

module_init(netback_init);
module_exit(netback_exit);
MODULE_DESCRIPTION("Xen network backend of Shoji");
MODULE_LICENSE("GPL");
