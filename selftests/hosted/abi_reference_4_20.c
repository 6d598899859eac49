/* SPDX-License-Identifier: GPL-2.0-only */
/* The same numbers of Xen 4.20, Debian 13's. */
#define RELEASE 13
#include "abi_reference.h"

#define ABI_NEWER
const struct abi_number abi_reference_4_20[] = {
#include "abi_list.h"
};
const unsigned int abi_reference_4_20_count =
	sizeof(abi_reference_4_20) / sizeof(abi_reference_4_20[0]);
