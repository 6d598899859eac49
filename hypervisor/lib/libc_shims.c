// SPDX-License-Identifier: GPL-2.0-only
/*
 * What liblzma, libzstd and libz want of libc beside mem*(), which lib/string.c and x86/memory.S
 * have. All their memory comes from allocators that are passed to them, so malloc() has nothing to
 * give.
 */
#include <hv/console/printk.h>
#include <hv/lib/lib.h>

void *malloc(size_t size);
void *calloc(size_t count, size_t size);
void free(void *p);

void *malloc(size_t size)
{
	(void)size;
	return NULL;
}

void *calloc(size_t count, size_t size)
{
	(void)count;
	(void)size;
	return NULL;
}

void free(void *p)
{
	ASSERT(!p);
}
