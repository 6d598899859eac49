/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The blocks of x86/include/x86/spec.h for test_spec_entry.c: RDMSR, WRMSR and VERW become notes of
 * what they would have done. Each run_BLOCK(vcpu, registers) leaves rax, rcx, rdx, r12 and how far
 * rsp has moved in registers[].
 */
	.macro wrmsr
	call note_wrmsr
	.endm
	.macro rdmsr
	mov $0x77, %eax
	xor %edx, %edx
	.endm
	.macro verw operand:vararg
	mov %rax, saved_rax(%rip)
	mov \operand, %ax
	mov %ax, verw_operand(%rip)
	mov saved_rax(%rip), %rax
	.endm

#include <x86/spec.h>

	.section .patch_sites, "a"
GLOBAL(patch_sites_start)

	.text
note_wrmsr:
	push %rsi
	push %rdi
	lea noted(%rip), %rdi
	mov noted_count(%rip), %rsi
	and $15, %rsi
	mov %ecx, (%rdi, %rsi, 8)
	mov %eax, 4(%rdi, %rsi, 8)
	incq noted_count(%rip)
	pop %rdi
	pop %rsi
	ret

	.macro RUN block, arg
GLOBAL(run_\block)
	push %rbx
	push %r12
	push %rsi
	mov %rdi, %rbx
	mov $0x1234, %r12d
	mov $0x5555, %ecx
	mov %ecx, %eax
	mov %ecx, %edx
	mov %rsp, %rdi
	\block \arg
	sub %rsp, %rdi
	mov (%rsp), %rsi
	mov %rax, (%rsi)
	mov %rcx, 8(%rsi)
	mov %rdx, 16(%rsi)
	mov %r12, 24(%rsi)
	mov %rdi, 32(%rsi)
	pop %rsi
	pop %r12
	pop %rbx
	ret
	.endm

	.balign 4096
GLOBAL(blocks_start)
	RUN SPEC_ENTER_GUEST
	RUN SPEC_EXIT_GUEST
	RUN SPEC_ENTER_IST
	RUN SPEC_EXIT_IST

	/* rsp stands 64 bytes above a copy of the vCPU that was pushed. */
GLOBAL(run_exit_last)
	sub $48, %rsp
	push 8(%rdi)
	push (%rdi)
	add $64, %rsp
	SPEC_EXIT_LAST 64
	ret
	.balign 4096
GLOBAL(blocks_end)

	/* call_through(n): through the thunk of register n to `target`. */
target:
	incq target_calls(%rip)
	ret

	.macro CALL_THROUGH reg
	push %\reg
	lea target(%rip), %\reg
	call __x86_indirect_thunk_\reg
	pop %\reg
	.endm
GLOBAL(call_through_all)
	.irp reg, rax, rbx, rcx, rdx, rsi, rdi, rbp, r8, r9, r10, r11, r12, r13, r14, r15
	CALL_THROUGH \reg
	.endr
	ret

	.section .patch_sites, "a"
GLOBAL(patch_sites_end)

	.bss
	.balign 8
GLOBAL(noted)
	.skip 16 * 8
GLOBAL(noted_count)
	.skip 8
GLOBAL(target_calls)
	.skip 8
saved_rax:
	.skip 8
GLOBAL(verw_operand)
	.skip 8

	.data
	.balign 8
GLOBAL(protection)
	.long 0, 0, 0x408, 0	/* the test's PROTECTION_spec_ctrl */

	.section .note.GNU-stack, "", @progbits
