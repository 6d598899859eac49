/* SPDX-License-Identifier: GPL-2.0-only */
/* What a guest may say in a segment descriptor. Pure. */
#ifndef HV_MM_DESC_RULES_H
#define HV_MM_DESC_RULES_H

#include <hv/types.h>

#define DESCS_PER_PAGE 512

/*
 * May this stand in a GDT or LDT? *out receives what is to be written: privilege level 3, or, for
 * what is below that where the guest's kernel is in ring 1, level 1; accessed bit set (so that the
 * CPU never writes to the page). Source: ABI.md 4.
 */
bool desc_check(bool ring1, uint64_t desc, uint64_t *out);

#endif
