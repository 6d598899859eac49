/* SPDX-License-Identifier: GPL-2.0-only */
/* The numbers of blk_reference.c. */
#ifndef BLK_REFERENCE_H
#define BLK_REFERENCE_H

#include <stddef.h>

extern const size_t blk_reference[];
extern const unsigned int blk_reference_count;

#endif
