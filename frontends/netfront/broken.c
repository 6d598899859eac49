// SPDX-License-Identifier: GPL-2.0-only
/*
 * A backend that breaks the protocol. The device stops where it is: each loop looks at the flag,
 * nothing of the rings is read any more, and the interrupts stay masked since nothing ends them.
 */
#include "netfront.h"

/**
 * netfront_break() - the backend broke the protocol: the device stops, with one line in the log
 * @nf: the device
 * @why: what the backend did
 *
 * Context: any.
 */
void netfront_break(struct netfront *nf, const char *why)
{
	if (test_and_set_bit(0, &nf->broken))
		return;
	netif_carrier_off(nf->dev);
	if (!__ratelimit(&nf->complaints))
		return; /* it connects and breaks again and again */
	netdev_err(nf->dev,
		   "the backend (domain %d) broke the protocol (%s): the device is stopped until "
		   "it is attached anew\n",
		   nf->xdev->otherend_id, why);
}
