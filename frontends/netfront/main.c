// SPDX-License-Identifier: GPL-2.0-only
/* shoji-netfront: a guest's virtual network interfaces. Load and unload. */
#include "netfront.h"

#include <linux/module.h>
#include <xen/xen.h>

#include "common/copy.h"

static int __init netfront_init(void)
{
	if (!xen_domain())
		return -ENODEV;
	netfront_params_init();
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
