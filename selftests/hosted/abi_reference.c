/* SPDX-License-Identifier: GPL-2.0-only */
/* The same numbers of Debian's libxen-dev, at its latest interface version. */
#include <stddef.h>
#include <stdint.h>

#define __XEN_TOOLS__ 1
#define __XEN_INTERFACE_VERSION__ __XEN_LATEST_INTERFACE_VERSION__

#pragma GCC diagnostic ignored "-Wundef"
#pragma GCC diagnostic ignored "-Wpedantic"
#include "/usr/include/xen/xen-compat.h"
#include "/usr/include/xen/xen.h"
#include "/usr/include/xen/callback.h"
#include "/usr/include/xen/domctl.h"
#include "/usr/include/xen/elfnote.h"
#include "/usr/include/xen/event_channel.h"
#include "/usr/include/xen/features.h"
#include "/usr/include/xen/grant_table.h"
#include "/usr/include/xen/memory.h"
#include "/usr/include/xen/physdev.h"
#include "/usr/include/xen/platform.h"
#include "/usr/include/xen/sched.h"
#include "/usr/include/xen/sysctl.h"
#include "/usr/include/xen/vcpu.h"
#include "/usr/include/xen/version.h"
#include "/usr/include/xen/arch-x86/xen-mca.h"
#include "abi_table.h"

const struct abi_number abi_reference[] = {
#include "abi_list.h"
};
const unsigned int abi_reference_count = sizeof(abi_reference) / sizeof(abi_reference[0]);
