/* SPDX-License-Identifier: GPL-2.0-only */
/* The two halves of memory_op. */
#ifndef HV_MM_MEMORY_OP_H
#define HV_MM_MEMORY_OP_H

#include <hv/types.h>

/* An entry of a guest's memory map: 20 bytes, packed. */
struct e820_entry {
	uint64_t addr, size;
	uint32_t type;
} __packed;

/* The largest extents that a guest, and Domain-0 for itself, may ask for. */
#define GUEST_MAX_ORDER		9U
#define PRIVILEGED_MAX_ORDER	12U

/*
 * Domain of a reservation call: the caller, or for a privileged caller another. NULL: -EPERM or
 * -ESRCH in *err. memory_domain_put() when done.
 */
struct domain *memory_domain_get(domid_t id, int *err);
void memory_domain_put(struct domain *d);

/*
 * XENMEM_exchange (mm/exchange.c): 0; -ENOMEM, -EINVAL, -EBUSY, -EPERM with *nr_exchanged in the
 * argument.
 */
long memory_exchange(uint64_t cmd, gaddr_t arg);

#endif
