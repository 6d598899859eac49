/* SPDX-License-Identifier: GPL-2.0-only */
/* The numbers of include/xen: those that are compared with Xen 4.17, and with 4.20. */
#include "../../include/xen/callback.h"
#include "../../include/xen/domctl.h"
#include "../../include/xen/elfnote.h"
#include "../../include/xen/event_channel.h"
#include "../../include/xen/features.h"
#include "../../include/xen/grant_table.h"
#include "../../include/xen/hvm.h"
#include "../../include/xen/hypfs.h"
#include "../../include/xen/mca.h"
#include "../../include/xen/memory.h"
#include "../../include/xen/physdev.h"
#include "../../include/xen/platform.h"
#include "../../include/xen/sched.h"
#include "../../include/xen/sysctl.h"
#include "../../include/xen/trace.h"
#include "../../include/xen/vcpu.h"
#include "../../include/xen/version.h"
#include "../../include/xen/xen.h"
#include "abi_table.h"

#define ABI_OLDER
const struct abi_number abi_ours_4_17[] = {
#include "abi_list.h"
};
const unsigned int abi_ours_4_17_count = sizeof(abi_ours_4_17) / sizeof(abi_ours_4_17[0]);

#undef ABI_OLDER
#define ABI_NEWER
const struct abi_number abi_ours_4_20[] = {
#include "abi_list.h"
};
const unsigned int abi_ours_4_20_count = sizeof(abi_ours_4_20) / sizeof(abi_ours_4_20[0]);
