/* SPDX-License-Identifier: GPL-2.0-only */
/* The same numbers of Xen 4.17, Debian 12's. */
#define RELEASE 12
#include "abi_reference.h"

/* What ends in _v15 in our headers has the plain name there. */
#define XEN_DOMCTL_INTERFACE_VERSION_v15 XEN_DOMCTL_INTERFACE_VERSION
#define xen_domctl_createdomain_v15	 xen_domctl_createdomain
#define createdomain_v15		 createdomain

#define ABI_OLDER
const struct abi_number abi_reference_4_17[] = {
#include "abi_list.h"
};
const unsigned int abi_reference_4_17_count =
	sizeof(abi_reference_4_17) / sizeof(abi_reference_4_17[0]);
