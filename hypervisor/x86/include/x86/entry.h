/* SPDX-License-Identifier: GPL-2.0-only */
/* What entry.S offers to C. */
#ifndef X86_ENTRY_H
#define X86_ENTRY_H

#include <hv/compiler.h>
#include <hv/types.h>

#define SYSCALL_STUB_SIZE 32	/* bytes */
#define TRAP_SYSCALL	256	/* regs.vector of a SYSCALL */

/* 256 stubs of 16 bytes: what the IDT points to. */
extern const uint64_t vector_stubs;
/* What LSTAR and CSTAR point to: SYSCALL_STUB_SIZE bytes a CPU. */
extern char syscall_stubs[], syscall32_stubs[];
/* What LSTAR points to while a guest is loaded whose kernel is in ring 1. */
extern char ring1_syscall_stubs[];

/* Forget this stack, go on with current: its guest, or the idle loop. Interrupts off. */
void resume_current(void) __noreturn;

/* Load a segment register. 0, or not 0: the selector is bad, and the register is null. */
int load_ds(uint32_t sel);
/* As load_ds(). */
int load_es(uint32_t sel);
/* As load_ds(). */
int load_fs(uint32_t sel);
/* As load_ds(); the hidden base of GS becomes the descriptor's. */
int load_gs(uint32_t sel);
/* Read an MSR that may not be there. 0, or -EFAULT: #GP, *value is as it was. Any context. */
int rdmsr_safe(uint32_t msr, uint64_t *value);
/* Write an MSR. 0, or -EFAULT: #GP. Any context. */
int wrmsr_safe(uint32_t msr, uint64_t value);

#endif
