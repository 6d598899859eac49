/* SPDX-License-Identifier: GPL-2.0-only */
/* What the compiler calls without being asked (mem.c); as in the C library. */
#ifndef GUEST_MEM_H
#define GUEST_MEM_H

#include <stddef.h>

void *memset(void *to, int c, size_t n);
void *memcpy(void *to, const void *from, size_t n);
int memcmp(const void *a, const void *b, size_t n);

#endif
