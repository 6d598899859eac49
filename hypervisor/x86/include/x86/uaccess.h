/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The only way to a guest's memory by guest virtual address: copy once, then look at the copy.
 * Addresses are those of the current vCPU's loaded page table. The address range is checked
 * (nothing inside HV_VIRT_START..HV_VIRT_END, no wrap); faults end the copy. May be called with
 * locks held: a fault is fixed up, never waited for. Hosted tests link their own two functions.
 */
#ifndef X86_UACCESS_H
#define X86_UACCESS_H

#include <hv/errno.h>
#include <hv/layout.h>
#include <hv/types.h>

/* 0, or -EFAULT when any byte could not be copied (then the destination is undefined). */
int __must_check copy_from_guest(void *dst, gaddr_t src, size_t size);
/* As copy_from_guest(), the other way; some bytes may be written when it fails. */
int __must_check copy_to_guest(gaddr_t dst, const void *src, size_t size);
/* Fill with zeros. */
int __must_check clear_guest(gaddr_t dst, size_t size);

static inline bool guest_range_ok(gaddr_t a, uint64_t size)
{
	if (a + size < a)
		return false;
	return a + size <= HV_VIRT_START || a >= HV_VIRT_END;
}

/*
 * One element of an array in guest memory: index is checked against overflow, not against a bound.
 */
static inline int __must_check copy_item_from_guest(void *dst, gaddr_t array, uint64_t index,
						    size_t size)
{
	gaddr_t off;

	if (__builtin_mul_overflow(index, size, &off) || __builtin_add_overflow(array, off, &off))
		return -EFAULT;
	return copy_from_guest(dst, off, size);
}

static inline int __must_check copy_item_to_guest(gaddr_t array, uint64_t index, const void *src,
						  size_t size)
{
	gaddr_t off;

	if (__builtin_mul_overflow(index, size, &off) || __builtin_add_overflow(array, off, &off))
		return -EFAULT;
	return copy_to_guest(off, src, size);
}

#endif
