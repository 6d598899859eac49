// SPDX-License-Identifier: GPL-2.0-only
/* Every table of handlers. */
#include "api.h"

#include <stddef.h>

#include "device.h"
#include "events.h"
#include "host.h"
#include "network.h"
#include "rrd.h"
#include "session.h"
#include "storage.h"
#include "task.h"
#include "vm.h"

const struct api *const api_tables[] = {
	session_api, task_api, events_api,     host_api,         message_api, network_api,
	vlan_api,    sr_api,   vdi_api,        vm_power_api,     vm_edit_api, vm_copy_api,
	vbd_api,     vif_api,  vm_suspend_api, vm_provision_api, rrd_api,     NULL,
};
