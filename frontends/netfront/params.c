// SPDX-License-Identifier: GPL-2.0-only
/* Module parameters, and how many queues they and others allow. */
#include "netfront.h"

#include <linux/minmax.h>
#include <linux/moduleparam.h>

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
MODULE_PARM_DESC(poll_usecs, "Busy-poll an empty ring for so long before sleeping, where it pays");

/**
 * netfront_params_init() - give max_queues its value
 *
 * Context: process, in module_init, before the first device.
 */
void __init netfront_params_init(void)
{
	netfront_max_queues = net_queues_limit(netfront_max_queues);
}

/**
 * netfront_choose_queues() - how many queues the next connection has
 * @nf: the device
 *
 * Return: as many as the backend, the CPUs, the parameter and the administrator allow, 1 at least.
 *
 * Context: any.
 */
unsigned int netfront_choose_queues(const struct netfront *nf)
{
	unsigned int n = min(READ_ONCE(nf->wanted) ?: netfront_max_queues, netfront_max_queues);

	return clamp(READ_ONCE(nf->back_queues), 1U, n);
}
