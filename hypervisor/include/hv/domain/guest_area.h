/* SPDX-License-Identifier: GPL-2.0-only */
/* Structures that the guest registered for us to write (domain/guest_area.c). */
#ifndef HV_DOMAIN_GUEST_AREA_H
#define HV_DOMAIN_GUEST_AREA_H

#include <hv/domain/vcpu.h>

/*
 * Find the frames of va in the current page table of v and take writable references of them. 0,
 * -EFAULT (not mapped), or what the type says.
 */
int guest_area_set(struct vcpu *v, struct guest_area *a, gaddr_t va, uint32_t size);
/* Forget the registration, give the frames back. */
void guest_area_clear(struct guest_area *a);
/*
 * Write size bytes at offset in the area; nothing happens when it is not registered or shorter. Any
 * context; a->lock is taken inside.
 */
void guest_area_write(struct guest_area *a, uint32_t offset, const void *src, uint32_t size);

#endif
