// SPDX-License-Identifier: GPL-2.0-only
/* shoji-netback: the backend of virtual network interfaces. Load and unload. */
#include "netback.h"

#include <linux/module.h>
#include <xen/xen.h>

#include "common/copy.h"

static int __init netback_init(void)
{
	if (!xen_domain())
		return -ENODEV;
	netback_params_init();
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
