/* SPDX-License-Identifier: GPL-2.0-only */
/* memcpy, memmove, memset: eight bytes at a time, then the rest. */
#include "asm.h"

	.text
	.balign 16
GLOBAL(memcpy)
	mov %rdi, %rax
	mov %rdx, %rcx
	shr $3, %rcx
	rep movsq
	mov %edx, %ecx
	and $7, %ecx
	rep movsb
	ret

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
	ret

	.balign 16
GLOBAL(memset)
	mov %rdi, %r8
	movzbl %sil, %eax
	movabs $0x0101010101010101, %rcx
	imul %rcx, %rax
	mov %rdx, %rcx
	shr $3, %rcx
	rep stosq
	mov %edx, %ecx
	and $7, %ecx
	rep stosb
	mov %r8, %rax
	ret
