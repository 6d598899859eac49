/* SPDX-License-Identifier: GPL-2.0-only */
/* Copying packets, the faster of two ways. See copy.c. */
#ifndef SHOJI_COMMON_COPY_H
#define SHOJI_COMMON_COPY_H

#include <linux/types.h>

/* Measure both ways and let copy_bytes() take the faster one. Process context, in module_init. */
void copy_choose(void);
/*
 * Copy @bytes between buffers that do not overlap, the way that copy_choose() chose. Any
 * context.
 */
void copy_bytes(void *to, const void *from, size_t bytes);
/*
 * Copy @bytes between buffers that do not overlap; each word of @from, which a peer may write
 * meanwhile, is read once. Any context.
 */
void copy_words(void *to, const void *from, size_t bytes);

#endif
