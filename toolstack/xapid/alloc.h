/* SPDX-License-Identifier: GPL-2.0-only */
/* Memory, or the end of the process: what is returned is never NULL, and free() frees it. */
#ifndef XAPID_ALLOC_H
#define XAPID_ALLOC_H

#include <stdarg.h>
#include <stddef.h>

/** alloc_zero(): Return: n bytes of zeros. */
void *alloc_zero(size_t n);
/** alloc_resize(): Return: what is at p, moved to a place of n bytes. */
void *alloc_resize(void *p, size_t n);
/** alloc_text(): Return: a copy of n bytes at s, with a zero behind. */
char *alloc_text(const char *s, size_t n);
/** alloc_printf(): Return: the text that printf would print. */
char *alloc_printf(const char *format, ...) __attribute__((format(printf, 1, 2)));
/** alloc_vprintf(): Return: the text that vprintf would print. */
char *alloc_vprintf(const char *format, va_list args) __attribute__((format(printf, 1, 0)));

#endif
