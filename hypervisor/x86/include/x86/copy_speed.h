/* SPDX-License-Identifier: GPL-2.0-only */
/* Which way to copy is fast on this machine (x86/copy_speed.c). */
#ifndef X86_COPY_SPEED_H
#define X86_COPY_SPEED_H

#include <hv/types.h>

/* String instructions are slower than plain moves: x86/memory.S looks. */
extern bool slow_strings;

/*
 * Measure the ways to copy a page, choose ours and what guests are told of ERMS. Boot CPU, after
 * the command line; less than 1 ms.
 */
void copy_speed_init(void);

#endif
