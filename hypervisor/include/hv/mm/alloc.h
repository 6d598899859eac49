/* SPDX-License-Identifier: GPL-2.0-only */
/* The frame allocator's start-up. What everybody uses of it is in hv/mm/mm.h. */
#ifndef HV_MM_ALLOC_H
#define HV_MM_ALLOC_H

#include <hv/mm/buddy.h>
#include <hv/types.h>

extern struct buddy frame_buddy;

/* Records of `frames` frames from `base` on, all zeroed or in use. Start-up only. */
void alloc_boot_init(void *base, uint64_t frames);
/* Frames [start, end) are free from now on (refs 0). Start-up only. */
void alloc_boot_add(uint64_t start, uint64_t end);

#endif
