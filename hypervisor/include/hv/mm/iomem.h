/* SPDX-License-Identifier: GPL-2.0-only */
/* Machine memory that is not RAM: who may map it (mm/iomem.c). */
#ifndef HV_MM_IOMEM_H
#define HV_MM_IOMEM_H

#include <hv/types.h>

/* May d map this frame, which is not RAM? Any context, no lock. */
bool iomem_allowed(const struct domain *d, mfn_t m);
/*
 * No guest may map these size bytes from machine address start on (local APIC, IO-APICs). Start-up
 * only; panics when the list is full.
 */
void iomem_deny(maddr_t start, uint64_t size);

#endif
