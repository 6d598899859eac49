// SPDX-License-Identifier: GPL-2.0-only
/*
 * A frontend that breaks the protocol. Every loop looks at the flag and does nothing more; the
 * interrupts stay masked, since nothing ends them; broken_work (interface.c) stops the queues.
 */
#include "netback.h"

/**
 * vif_break() - the frontend broke the protocol: it loses the device, with one line in the log
 * @vif: the device
 * @why: what the frontend did
 *
 * Context: any.
 */
void vif_break(struct vif *vif, const char *why)
{
	if (test_and_set_bit(0, &vif->broken))
		return;
	schedule_work(&vif->broken_work);
	if (!__ratelimit(&vif->complaints))
		return; /* it connects and breaks again and again */
	netdev_err(vif->dev,
		   "domain %u broke the protocol (%s): the vif is shut until it is detached or "
		   "reconnected\n",
		   vif->domid, why);
}
