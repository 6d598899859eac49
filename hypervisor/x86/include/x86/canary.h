/* SPDX-License-Identifier: GPL-2.0-only */
/* The canary of overwritten stacks (x86/canary.c). */
#ifndef X86_CANARY_H
#define X86_CANARY_H

#include <hv/types.h>

/* The compiler's name for it. */
extern uint64_t __stack_chk_guard;

/* Draw a new one: the first thing that the boot CPU does in C. */
void canary_init(void);

#endif
