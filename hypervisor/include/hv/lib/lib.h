/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What would be libc: lib/string.c, lib/printf.c, x86/memory.S. The compiler calls some of it.
 */
#ifndef HV_LIB_LIB_H
#define HV_LIB_LIB_H

#include <stdarg.h>

#include <hv/types.h>

#ifdef HOSTED
#include <stdio.h>
#include <string.h>
#else
/* memory.S: as in C, in whatever way is fast on this machine (x86/copy_speed.h). */
void *memcpy(void *dst, const void *src, size_t n);
/* memory.S: as in C. */
void *memmove(void *dst, const void *src, size_t n);
/* memory.S: as in C. */
void *memset(void *dst, int c, size_t n);

/* --- string.c: as in C --- */

/* < 0, 0 or > 0, as the first n bytes compare. */
int memcmp(const void *a, const void *b, size_t n);
/* The first byte c of n, or NULL. */
void *memchr(const void *s, int c, size_t n);
/* Bytes before the NUL. */
size_t strlen(const char *s);
/* The same, at most max, and no byte beyond is read. */
size_t strnlen(const char *s, size_t max);
/* < 0, 0 or > 0, as the strings compare. */
int strcmp(const char *a, const char *b);
/* The same, of their first n bytes at most. */
int strncmp(const char *a, const char *b, size_t n);
/* The first character c, the NUL counted, or NULL. */
char *strchr(const char *s, int c);
/* Where `what` begins first, or NULL. */
char *strstr(const char *s, const char *what);

/* printf.c: size bytes with the NUL; returns the length without a limit. Formats: printk.h. */
int snprintf(char *buf, size_t size, const char *fmt, ...) __printf(3, 4);
/* printf.c: as snprintf(). */
int vsnprintf(char *buf, size_t size, const char *fmt, va_list ap);
#endif

/* Copy at most size-1 bytes and always end with NUL (size > 0). Returns the length copied. */
size_t copy_string(char *dst, const char *src, size_t size);

/*
 * Keep a bound-checked index from being used speculatively beyond the bound: index if index <
 * bound, else 0.
 */
static inline uint64_t index_nospec(uint64_t index, uint64_t bound)
{
	uint64_t mask;

	/*
	 * After the check the compiler knows that index < bound, and would leave all of this out.
	 */
	HIDE_VALUE(index);
	/*
	 * bound - 1 - index is negative when index is beyond, but for one so large that its own top
	 * bit is set.
	 */
	mask = ~(uint64_t)((int64_t)(index | (bound - 1 - index)) >> 63);
	return index & mask;
}

#endif
