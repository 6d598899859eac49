/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Where all indirect branches of C code go: GCC calls __x86_indirect_thunk_REG instead of the
 * register (-mindirect-branch=thunk-extern). At boot x86/patch.c writes one of three bodies over
 * each:
 *
 *	retpoline	the target is returned to; the return stack leads speculation into a loop
 *	lfence		the target is known before the jump is predicted
 *	jmp		plain, where the CPU keeps the predictions of guests apart
 *
 * Each thunk fills the upper half of a cache line: indirect branches and returns there are free of
 * ITS.
 */
#include <x86/asm.h>

	.macro BODY_retpoline reg
	call 2f
1:	pause
	lfence
	jmp 1b
2:	mov %\reg, (%rsp)
	ret
	int3
	.endm

	.macro BODY_lfence reg
	lfence
	jmp *%\reg
	int3
	.endm

	.macro BODY_jmp reg
	jmp *%\reg
	int3
	.endm

	/* enum thunk counts the kinds in this order; patch.c knows the size. */
	.section .rodata.thunks, "a"
	.balign 32
GLOBAL(thunk_templates)
	.irp kind, retpoline, lfence, jmp
	.irp reg, rax, rbx, rcx, rdx, rsi, rdi, rbp, r8, r9, r10, r11, r12, r13, r14, r15
	.balign 32, 0xcc
	BODY_\kind \reg
	.endr
	.balign 32, 0xcc
	.endr

	.section .text.thunk, "ax"
	.balign 64, 0xcc
	.skip 32, 0xcc
GLOBAL(thunks_start)
	.irp reg, rax, rbx, rcx, rdx, rsi, rdi, rbp, r8, r9, r10, r11, r12, r13, r14, r15
	.balign 32, 0xcc
GLOBAL(__x86_indirect_thunk_\reg)
	BODY_jmp \reg
	.balign 64, 0xcc
	.skip 32, 0xcc
	.endr
