/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Copies and fills. Short ones, and those of machines whose string instructions are slow
 * (copy_speed.c), go by plain moves, 32 bytes at a time; the others by string instructions of eight
 * bytes.
 *
 * What touches a guest's page by the guest's address names a way out for the fault; the range is
 * checked in uaccess.c.
 */
#include <x86/asm.h>

#define LONG 256	/* bytes from which a string instruction is worth its start */

	/* One instruction that may fault: then it goes on at \fault. */
	.macro TOUCH fault, insn:vararg
9:	\insn
	.ifnb \fault
	EXTABLE(9b, \fault)
	.endif
	.endm

	/* rdx bytes from rsi to rdi, forwards. Changes rcx, rdx, rsi, rdi, r8 to r10. */
	.macro COPY fault
	cmp $LONG, %rdx
	jae 5f
1:	sub $32, %rdx
	jb 2f
	TOUCH \fault, mov (%rsi), %rcx
	TOUCH \fault, mov 8(%rsi), %r8
	TOUCH \fault, mov 16(%rsi), %r9
	TOUCH \fault, mov 24(%rsi), %r10
	TOUCH \fault, mov %rcx, (%rdi)
	TOUCH \fault, mov %r8, 8(%rdi)
	TOUCH \fault, mov %r9, 16(%rdi)
	TOUCH \fault, mov %r10, 24(%rdi)
	add $32, %rsi
	add $32, %rdi
	jmp 1b
2:	add $32, %rdx
3:	sub $8, %rdx
	jb 4f
	TOUCH \fault, mov (%rsi), %rcx
	TOUCH \fault, mov %rcx, (%rdi)
	add $8, %rsi
	add $8, %rdi
	jmp 3b
4:	add $8, %rdx
	jz 7f
6:	TOUCH \fault, movb (%rsi), %cl
	TOUCH \fault, movb %cl, (%rdi)
	inc %rsi
	inc %rdi
	dec %rdx
	jnz 6b
	jmp 7f
5:	cmpb $0, slow_strings(%rip)
	jne 1b
	mov %rdx, %rcx
	shr $3, %rcx
	TOUCH \fault, rep movsq
	mov %edx, %ecx
	and $7, %ecx
	TOUCH \fault, rep movsb
7:
	.endm

	/* rsi bytes at rdi become those of rax. Changes rcx, rsi, rdi. */
	.macro FILL fault
	cmp $LONG, %rsi
	jae 5f
1:	sub $32, %rsi
	jb 2f
	TOUCH \fault, mov %rax, (%rdi)
	TOUCH \fault, mov %rax, 8(%rdi)
	TOUCH \fault, mov %rax, 16(%rdi)
	TOUCH \fault, mov %rax, 24(%rdi)
	add $32, %rdi
	jmp 1b
2:	add $32, %rsi
	jz 7f
6:	TOUCH \fault, movb %al, (%rdi)
	inc %rdi
	dec %rsi
	jnz 6b
	jmp 7f
5:	cmpb $0, slow_strings(%rip)
	jne 1b
	mov %rsi, %rcx
	shr $3, %rcx
	TOUCH \fault, rep stosq
	mov %esi, %ecx
	and $7, %ecx
	TOUCH \fault, rep stosb
7:
	.endm

	.section .text.entry, "ax"
/* copy_user(dst, src, size), clear_user(dst, size): 0, or -14 (EFAULT). */
	.balign 16
GLOBAL(copy_user)
	STAC
	COPY 8f
	CLAC
	xor %eax, %eax
	RET
8:	CLAC
	mov $-14, %eax
	RET

	.balign 16
GLOBAL(memcpy)
	mov %rdi, %rax
	COPY
	RET

	.balign 16
GLOBAL(memmove)
	mov %rdi, %rax
	mov %rdi, %rcx
	sub %rsi, %rcx
	cmp %rdx, %rcx		/* destination starts inside the source: copy backwards */
	jae memcpy
	mov %rdx, %rcx
	lea -1(%rdi, %rdx), %rdi
	lea -1(%rsi, %rdx), %rsi
	std
	rep movsb
	cld
	RET

	.balign 16
GLOBAL(memset)
	mov %rdi, %r8
	movzbl %sil, %eax
	movabs $0x0101010101010101, %rcx
	imul %rcx, %rax
	mov %rdx, %rsi
	FILL
	mov %r8, %rax
	RET

	.balign 16
GLOBAL(clear_user)
	xor %eax, %eax
	STAC
	FILL 8f
	CLAC
	RET
8:	CLAC
	mov $-14, %eax
	RET
