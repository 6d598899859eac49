/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The entry, the notes for the builder, and the assembly ends of traps: frames as ABI.md 3.3 has
 * them come in, the iret hypercall (ABI.md 3.5) takes them back.
 */
#include "layout.h"

	.section .text.head, "ax"
	.globl _start
_start:
	cld
	lea cpu0_stack + STACK_SIZE(%rip), %rdi
	mov %rsp, boot_stack(%rip)
	mov %rdi, %rsp
	mov %rsi, %rdi
	xor %ebp, %ebp
	call guest_main
1:	jmp 1b

	.balign 4096
	.globl hypercall_page
hypercall_page:
	.fill 4096, 1, 0xcc

	.text
	.macro PUSH_REGS
	push %rdi
	push %rsi
	push %rdx
	push %rcx
	push %rax
	push %r8
	push %r9
	push %r10
	push %r11
	push %rbx
	push %rbp
	push %r12
	push %r13
	push %r14
	push %r15
	.endm

	.macro POP_REGS
	pop %r15
	pop %r14
	pop %r13
	pop %r12
	pop %rbp
	pop %rbx
	pop %r11
	pop %r10
	pop %r9
	pop %r8
	pop %rax
	pop %rcx
	pop %rdx
	pop %rsi
	pop %rdi
	.endm

	/* Frame: RCX, R11, [error code], RIP, CS, RFLAGS, RSP, SS. */
	.macro STUB number has_error
	.balign 32
	mov (%rsp), %rcx
	mov 8(%rsp), %r11
	add $16, %rsp
	.if \has_error == 0
	push $0
	.endif
	push $\number
	jmp trap_common
	.endm

	.balign 32
	.globl trap_stubs
trap_stubs:
	.set i, 0
	.rept 32
	.if i == 8 || (i >= 10 && i <= 14) || i == 17 || i == 21
	STUB i 1
	.else
	STUB i 0
	.endif
	.set i, i + 1
	.endr

	.balign 32
	.globl int80_entry
int80_entry:
	STUB 0x80 0
	.globl syscall_entry
	.balign 32
syscall_entry:
	STUB TRAP_SYSCALL 0
	.globl event_entry
	.balign 32
event_entry:
	STUB TRAP_EVENT 0
	/* The failsafe frame has DS, ES, FS and GS where an error code would be. */
	.globl failsafe_entry
	.balign 32
failsafe_entry:
	mov (%rsp), %rcx
	mov 8(%rsp), %r11
	add $48, %rsp
	push $0
	push $TRAP_FAILSAFE
	jmp trap_common

trap_common:
	PUSH_REGS
	mov %rsp, %rdi
	mov %rsp, %rbx
	and $-16, %rsp
	cld
	call trap_handler
	mov %rbx, %rsp
	POP_REGS
	add $16, %rsp
	push $0				/* flags: RCX and R11 count */
	push %rcx
	push %r11
	push %rax
	mov $23, %eax
	syscall
	ud2

	/* do_iret(frame): the hypercall with the stack at a frame of the caller's making. */
	.globl do_iret
do_iret:
	mov %rdi, %rsp
	mov $23, %eax
	syscall
	ud2

	/*
	 * catch_enter(struct catch *c, fn, arg): call fn(arg); a trap inside continues at
	 * catch_leave with the registers that were saved in c (rbx, rbp, r12-r15, rsp).
	 */
	.globl catch_enter
catch_enter:
	mov %rbx, 0(%rdi)
	mov %rbp, 8(%rdi)
	mov %r12, 16(%rdi)
	mov %r13, 24(%rdi)
	mov %r14, 32(%rdi)
	mov %r15, 40(%rdi)
	mov %rsp, 48(%rdi)
	mov %rsi, %rax
	mov %rdx, %rdi
	sub $8, %rsp
	call *%rax
	add $8, %rsp
	ret

	/* RDI: the struct catch. */
	.globl catch_leave
catch_leave:
	mov 0(%rdi), %rbx
	mov 8(%rdi), %rbp
	mov 16(%rdi), %r12
	mov 24(%rdi), %r13
	mov 32(%rdi), %r14
	mov 40(%rdi), %r15
	mov 48(%rdi), %rsp
	ret

	/* call_page(number, a1, a2): a hypercall through the page that the builder filled. */
	.globl call_page
call_page:
	mov %edi, %eax
	shl $5, %eax
	lea hypercall_page(%rip), %rcx
	add %rcx, %rax
	mov %rsi, %rdi
	mov %rdx, %rsi
	jmp *%rax

	/*
	 * What user mode runs, copied to a page of its own: the byte at USER_CODE chooses nothing,
	 * RAX does.
	 */
	.globl user_blob, user_blob_end
user_blob:
	cmp $1, %eax
	je 1f
	cmp $2, %eax
	je 2f
	cmp $3, %eax
	je 3f
	cmp $4, %eax
	je 4f
	cmp $5, %eax
	je 5f
	cmp $6, %eax
	je 6f
	cmp $7, %eax
	je 7f
	cmp $8, %eax
	je 8f
	syscall
1:	mov (%rdi), %rax		/* read an address */
	syscall
2:	cli
	syscall
3:	int $0x80
	syscall
4:	mov $0x3f8, %dx
	in %dx, %al
	syscall
5:	mov %rax, (%rdi)		/* write to it */
	syscall
6:	wrgsbase %rdi
	syscall
7:	rdgsbase %rax
	syscall
8:	rdtsc
	syscall
	.globl user_blob_esp
user_blob_esp:				/* 32-bit code: mov %esp, %eax; int $0x80 */
	.byte 0x89, 0xe0, 0xcd, 0x80
user_blob_end:

	/* Where vCPU 1 starts: RSP and RDI are set by its context. */
	.globl cpu1_start
cpu1_start:
	xor %ebp, %ebp
	call cpu1_main
1:	jmp 1b

	.section .note.Xen, "a"
	.macro NOTE type, size, value:vararg
	.balign 4
	.long 4, 2f - 1f, \type
	.asciz "Xen"
1:	.\size \value
2:	.balign 4
	.endm
	NOTE 6, asciz, "shoji-guest-kit"
	NOTE 7, asciz, "1"
	NOTE 5, asciz, "xen-3.0"
	NOTE 3, quad, VIRT_BASE
	NOTE 4, quad, 0
	NOTE 1, quad, _start
	NOTE 2, quad, hypercall_page
	NOTE 10, asciz, "!writable_page_tables|pae_pgdir_above_4gb"
	NOTE 9, asciz, "yes"
	NOTE 8, asciz, "generic"
	NOTE 13, quad, 1, 1
#ifdef INIT_P2M
	NOTE 15, quad, INIT_P2M
	NOTE 16, quad, 1
#endif

	.bss
	.balign STACK_SIZE
	.globl cpu0_stack, cpu1_stack
cpu0_stack:
	.skip STACK_SIZE
cpu1_stack:
	.skip STACK_SIZE
	.globl boot_stack
boot_stack:
	.skip 8
	.section .note.GNU-stack, "", @progbits
