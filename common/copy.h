/* SPDX-License-Identifier: GPL-2.0-only */
/* Copying packets, the faster of two ways. See copy.c. */
#ifndef SHOJI_COMMON_COPY_H
#define SHOJI_COMMON_COPY_H

#include <linux/types.h>

void copy_choose(void);
void copy_bytes(void *to, const void *from, size_t bytes);
void copy_words(void *to, const void *from, size_t bytes);

#endif
