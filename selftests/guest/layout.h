/* SPDX-License-Identifier: GPL-2.0-only */
/* Numbers that the assembly and the C of the test kernel share. */
#ifndef GUEST_LAYOUT_H
#define GUEST_LAYOUT_H

#define VIRT_BASE     0xffffffff80000000
#define STACK_SIZE    16384
#define TRAP_SYSCALL  256 /* vectors beyond the hardware's: what else can come in */
#define TRAP_EVENT    257
#define TRAP_FAILSAFE 258

#endif
