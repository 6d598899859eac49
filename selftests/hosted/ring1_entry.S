/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * hypervisor/x86/ring1.S for test_ring1.c: SWAPGS is counted, and each way out is noted, with the
 * registers as they are there. run_ring1(registers, end) enters with registers[] and RSP at `end`.
 */
#include <x86/asm.h>

	.macro swapgs
	incl gs_swaps(%rip)
	.endm
	.macro sysretq
	jmp left_by_sysret
	.endm

	.section .extable, "a"
	.balign 8
GLOBAL(extable_start)

#include "../../hypervisor/x86/ring1.S"

	.section .extable, "a"
GLOBAL(extable_end)

	.text
	/* In the order of `struct guest` in test_ring1.c. */
	.macro EACH_REGISTER op
	.set at, 0
	.irp reg, rax, rbx, rcx, rdx, rsi, rdi, rbp, r8, r9, r10, r11, r12, r13, r14, r15
	\op \reg, at
	.set at, at + 8
	.endr
	.endm

	.macro TAKE reg, at
	mov wanted + \at(%rip), %\reg
	.endm
	.macro NOTE reg, at
	mov %\reg, seen + \at(%rip)
	.endm

GLOBAL(run_ring1)
	push %rbx
	push %rbp
	push %r12
	push %r13
	push %r14
	push %r15
	mov %rsp, own_stack(%rip)
	mov %rdi, %rsp
	EACH_REGISTER TAKE
	jmp ring1_syscall_entry

	.macro WAY_OUT name, number
GLOBAL(\name)
	EACH_REGISTER NOTE
	mov %rsp, seen + 15 * 8(%rip)
	mov $\number, %eax
	jmp back
	.endm
	WAY_OUT guest_iretq, 1
	WAY_OUT left_by_sysret, 2
	WAY_OUT ring1_kernel_call, 3
	WAY_OUT ring1_user_call, 4

back:	mov own_stack(%rip), %rsp
	pop %r15
	pop %r14
	pop %r13
	pop %r12
	pop %rbp
	pop %rbx
	ret

	.bss
	.balign 8
GLOBAL(wanted)
	.skip 16 * 8
GLOBAL(seen)
	.skip 16 * 8
own_stack:
	.skip 8
GLOBAL(gs_swaps)
	.skip 4

	.section .note.GNU-stack, "", @progbits
