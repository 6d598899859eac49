// SPDX-License-Identifier: GPL-2.0-only
/* Module parameters. */
#include "netback.h"

#include <linux/moduleparam.h>

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
MODULE_PARM_DESC(poll_usecs, "Busy-poll an empty ring for so long before sleeping, where it pays");

/**
 * netback_params_init() - give max_queues its value
 *
 * Context: process, in module_init, before the first vif.
 */
void __init netback_params_init(void)
{
	netback_max_queues = net_queues_limit(netback_max_queues);
}
