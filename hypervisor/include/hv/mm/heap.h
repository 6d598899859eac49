/* SPDX-License-Identifier: GPL-2.0-only */
/* Small objects of the hypervisor's own (mm/heap.c). Any context except interrupt handlers. */
#ifndef HV_MM_HEAP_H
#define HV_MM_HEAP_H

#include <hv/types.h>

/*
 * size bytes, zeroed: up to 2 KiB aligned to the next power of two, more aligned to a page. NULL:
 * no memory. Takes heap_lock, and the frame allocator's inside it.
 */
void *hv_alloc(size_t size);
/* Give back what hv_alloc() gave. NULL is allowed. Takes heap_lock. */
void hv_free(void *object);

#endif
