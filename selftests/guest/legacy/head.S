/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The entry, what the kernel says of itself, and the assembly ends of callbacks. Every hypercall
 * goes through the page that the builder fills.
 */
	.section .text.head, "ax"
	.globl _start
_start:
	cld
	mov %rsi, %rdi
	mov %rsp, %rsi
	xor %ebp, %ebp
	call legacy_main
1:	jmp 1b

	/* hypercall(number, a1, a2, a3, a4, a5) */
	.globl hypercall
hypercall:
	mov %edi, %eax
	shl $5, %eax
	mov %rsi, %rdi
	mov %rdx, %rsi
	mov %rcx, %rdx
	mov %r8, %r10
	mov %r9, %r8
	add $hypercall_page, %rax
	jmp *%rax

	/* On the stack: RCX, R11, RIP, CS, RFLAGS, RSP, SS. */
	.globl event_entry
event_entry:
	push %rax
	push %rdx
	push %rsi
	push %rdi
	push %r8
	push %r9
	push %r10
	push %rbp
	mov %rsp, %rbp
	and $-16, %rsp
	cld
	call take_events
	mov %rbp, %rsp
	pop %rbp
	pop %r10
	pop %r9
	pop %r8
	pop %rdi
	pop %rsi
	pop %rdx
	pop %rax
	pop %rcx
	pop %r11
	push $0				/* flags: RCX and R11 count */
	jmp hypercall_page + 23 * 32	/* iret: the page pushes RCX, R11 and RAX */

	/* Nothing of this kernel faults, and it has no user mode. */
	.globl fatal_entry
fatal_entry:
	mov %rsp, %rdi
	and $-16, %rsp
	call fatal

	.balign 4096
	.globl hypercall_page
hypercall_page:
	.fill 4096, 1, 0xcc
	.globl shared_page
shared_page:
	.skip 4096
	.globl grant_page
grant_page:
	.skip 4096

	.section __xen_guest, "", @progbits
	.ascii "GUEST_OS=shoji-legacy,GUEST_VER=1,XEN_VER=xen-3.0,"
	.ascii "VIRT_BASE=0x0,ELF_PADDR_OFFSET=0x0,HYPERCALL_PAGE=0x1,"
	.ascii "PAE=yes[extended-cr3],LOADER=generic,FEATURES=pae_pgdir_above_4gb"
	.byte 0
	.section .note.GNU-stack, "", @progbits
