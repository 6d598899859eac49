/* SPDX-License-Identifier: GPL-2.0-only */
/* Copies by the guest's addresses (x86/memory.S); everybody else calls x86/uaccess.h. */
#ifndef X86_MEMORY_H
#define X86_MEMORY_H

#include <hv/types.h>

/* Copy size bytes. 0, or -EFAULT: a page is not there. The range is the caller's duty. */
int copy_user(void *dst, const void *src, size_t size);
/* Fill size bytes with zeros. As copy_user(). */
int clear_user(void *dst, size_t size);

#endif
