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
 * XENMEM_exchange (mm/exchange.c): 0; -ENOMEM, -EINVAL, -EBUSY, -EPERM with *nr_exchanged in the
 * argument.
 */
long memory_exchange(uint64_t cmd, gaddr_t arg);

#endif
