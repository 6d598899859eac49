/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Into a guest that SVM runs, and back. GIF is off from CLGI to VMRUN, and from the exit to STGI:
 * nothing interrupts while the CPU holds the guest's FS, GS, TR and system-call registers.
 *
 * void svm_enter(struct vcpu *v, maddr_t vmcb, maddr_t host): interrupts off; on when it returns.
 * All general registers but RAX and RSP are v->arch.regs', in both directions. host: what VMSAVE
 * has written on this CPU.
 */
#include <x86/asm.h>
#include <x86/spec.h>

	.text
GLOBAL(svm_enter)
	push %rbx
	push %rbp
	push %r12
	push %r13
	push %r14
	push %r15
	push %rdx			/* 16(%rsp) below: host */
	push %rdi			/* 8(%rsp): the vCPU */
	push %rsi			/* (%rsp): VMCB */
	mov %rdi, %rbx
	clgi
	sti				/* physical interrupts end the run, and come after STGI */
	SPEC_EXIT_GUEST
	mov VCPU_regs + REGS_r15(%rbx), %r15
	mov VCPU_regs + REGS_r14(%rbx), %r14
	mov VCPU_regs + REGS_r13(%rbx), %r13
	mov VCPU_regs + REGS_r12(%rbx), %r12
	mov VCPU_regs + REGS_rbp(%rbx), %rbp
	mov VCPU_regs + REGS_r11(%rbx), %r11
	mov VCPU_regs + REGS_r10(%rbx), %r10
	mov VCPU_regs + REGS_r9(%rbx), %r9
	mov VCPU_regs + REGS_r8(%rbx), %r8
	mov VCPU_regs + REGS_rcx(%rbx), %rcx
	mov VCPU_regs + REGS_rdx(%rbx), %rdx
	mov VCPU_regs + REGS_rsi(%rbx), %rsi
	mov VCPU_regs + REGS_rdi(%rbx), %rdi
	mov (%rsp), %rax
	IF_FEATURE F_VERW, 1f
	verw VCPU_verw_selector(%rbx)
1:	mov VCPU_regs + REGS_rbx(%rbx), %rbx
	vmload %rax
	vmrun %rax
	vmsave %rax
	push %rbx
	mov 16(%rsp), %rbx
	mov %r15, VCPU_regs + REGS_r15(%rbx)
	mov %r14, VCPU_regs + REGS_r14(%rbx)
	mov %r13, VCPU_regs + REGS_r13(%rbx)
	mov %r12, VCPU_regs + REGS_r12(%rbx)
	mov %rbp, VCPU_regs + REGS_rbp(%rbx)
	mov %r11, VCPU_regs + REGS_r11(%rbx)
	mov %r10, VCPU_regs + REGS_r10(%rbx)
	mov %r9, VCPU_regs + REGS_r9(%rbx)
	mov %r8, VCPU_regs + REGS_r8(%rbx)
	mov %rcx, VCPU_regs + REGS_rcx(%rbx)
	mov %rdx, VCPU_regs + REGS_rdx(%rbx)
	mov %rsi, VCPU_regs + REGS_rsi(%rbx)
	mov %rdi, VCPU_regs + REGS_rdi(%rbx)
	pop VCPU_regs + REGS_rbx(%rbx)
	mov 16(%rsp), %rax
	vmload %rax
	SPEC_ENTER_GUEST
	xor %ebp, %ebp
	xor %r12d, %r12d
	xor %r13d, %r13d
	xor %r14d, %r14d
	xor %r15d, %r15d
	stgi
	add $24, %rsp
	pop %r15
	pop %r14
	pop %r13
	pop %r12
	pop %rbp
	pop %rbx
	RET

/* void svm_save_host(maddr_t host): FS, GS, TR, LDTR and system-call registers of this CPU. */
GLOBAL(svm_save_host)
	mov %rdi, %rax
	vmsave %rax
	RET
