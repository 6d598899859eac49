/* SPDX-License-Identifier: GPL-2.0-only */
/* The stacks of the CPUs, each with a page below it that is not mapped (x86/stack.c). */
#ifndef X86_STACK_H
#define X86_STACK_H

#include <hv/types.h>

struct cpu_info;

/* The boot CPU's stack is in the image (boot/head.S). */
extern char boot_stack[];

/* The boot CPU's stack is boot_stack[]. Boot CPU, first of all. */
void stack_init_boot(void);
/* A stack for another CPU: what stands at its top. NULL: no memory. Start-up only. */
struct cpu_info *stack_make(unsigned int cpu);
/* Address of the page below the CPU's stack that is not mapped. */
uint64_t stack_guard(unsigned int cpu);
/* Are these size bytes at address all on the CPU's stack? Any context. */
bool stack_holds(unsigned int cpu, uint64_t address, uint64_t size);
/*
 * Bytes of the CPU's stack that were ever used, and *size, all there are. A stack begins as zeros.
 */
uint64_t stack_deepest(unsigned int cpu, uint64_t *size);
/* Did a fault of this CPU with these values of RSP and CR2 find its stack full? Any context. */
bool stack_overflowed(uint64_t rsp, uint64_t cr2);

#endif
