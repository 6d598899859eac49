/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The direct map: all RAM at DIRECTMAP_VIRT, read-write, in every address space (mm/map.c builds
 * it). Hosted tests have functions of their own in the place of the first two.
 */
#ifndef HV_MM_DIRECTMAP_H
#define HV_MM_DIRECTMAP_H

#include <hv/mm/frame.h>
#include <hv/types.h>

#ifndef HOSTED
static inline void *maddr_to_virt(maddr_t a)
{
	return (void *)(DIRECTMAP_VIRT + a);
}

/* Only for pointers into the direct map; the image has image_maddr() in x86/image.h. */
static inline maddr_t virt_to_maddr(const void *p)
{
	return (uint64_t)p - DIRECTMAP_VIRT;
}
#else
/* The test's: where it keeps the byte at machine address a. */
void *maddr_to_virt(maddr_t a);
/* The test's: the machine address of what maddr_to_virt() gave. */
maddr_t virt_to_maddr(const void *p);
#endif

static inline void *mfn_to_virt(mfn_t m)
{
	return maddr_to_virt(mfn_to_maddr(m));
}

static inline mfn_t virt_to_mfn(const void *p)
{
	return maddr_to_mfn(virt_to_maddr(p));
}

static inline struct frame *virt_to_frame(const void *p)
{
	return mfn_to_frame(virt_to_mfn(p));
}

#endif
