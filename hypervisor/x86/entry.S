/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Every way in from a guest, and the one way back.
 *
 * Entries from ring 3 (TSS.RSP0, and the syscall stubs) push the registers straight into current->regs: RSP0 is that
 * structure's end. Then the stack becomes the CPU's own, and C gets the vCPU. Entries from ring 0 push on whatever
 * stack they find. NMI, #MC, #DB and #DF have stacks of their own (IST), for they may come where RSP is the guest's.
 *
 * The final iretq may fault on what the guest asked for. That fault's frame lands on top of current->regs, below the
 * five words that iretq wanted: iret_fault (C) repairs this; vcpu.h keeps the room.
 */
#include "asm.h"

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
	add $8, %rsp
	.endm

	.section .text.entry, "ax"

	/* One stub a vector: error code (or 0) and vector share a word. */
	.set i, 0
	.rept 256
	.balign 16
	.if i == 8 || (i >= 10 && i <= 14) || i == 17 || i == 21 || i == 29 || i == 30
	.else
	push $0
	.endif
	movl $i, 4(%rsp)
	.if i == 1 || i == 2 || i == 8 || i == 18
	jmp ist_entry
	.else
	jmp common_entry
	.endif
	.set i, i + 1
	.endr
	.balign 16
vectors_end:

	.balign 16
common_entry:
	cld
	PUSH_REGS
	testb $3, REGS_cs(%rsp)
	jz from_hv
	lea -VCPU_regs(%rsp), %rbx
	mov VCPU_hv_stack(%rbx), %rsp
	mov %rbx, %rdi
	xor %ebp, %ebp
	call trap_from_guest

	/* The stack is at its top here: struct cpu_info is what it points to. */
	.balign 16
GLOBAL(ret_to_guest)
	cli
	mov CPU_current(%rsp), %rbx
	mov CPU_cpu(%rsp), %eax
	imul $PERCPU_SIZE, %eax, %eax
	lea softirq_pending_percpu(%rip), %rcx
	cmpq $0, (%rcx, %rax)
	jne 2f
	mov VCPU_info(%rbx), %rax
	cmpb $0, (%rax)			/* evtchn_upcall_pending */
	je 1f
	cmpb $0, 1(%rax)		/* evtchn_upcall_mask */
	jne 1f
	mov %rbx, %rdi
	call bounce_event
	jmp ret_to_guest
	/*
	 * A hypercall that left the frame as SYSCALL made it may go back by SYSRET, which is cheaper. Not to an
	 * address that is not canonical: SYSRET would fault in ring 0 with the guest's stack pointer.
	 */
1:	cmpl $TRAP_SYSCALL, VCPU_regs + REGS_vector(%rbx)
	jne 3f
	mov VCPU_regs + REGS_rip(%rbx), %rax
	shl $16, %rax
	sar $16, %rax
	cmp %rax, VCPU_regs + REGS_rip(%rbx)
	jne 3f
	lea VCPU_regs(%rbx), %rsp
	POP_REGS
	mov (%rsp), %rcx		/* rip */
	mov REGS_rflags - REGS_rip(%rsp), %r11
	mov REGS_rsp - REGS_rip(%rsp), %rsp
	sysretq

3:	lea VCPU_regs(%rbx), %rsp
	POP_REGS
GLOBAL(guest_iretq)
	iretq

2:	sti
	call softirq_run
	jmp ret_to_guest

/* The hypervisor itself was interrupted, or faulted. */
from_hv:
	mov %rsp, %rdi
	lea guest_iretq(%rip), %rax
	cmp %rax, REGS_rip(%rdi)
	je 1f
	mov %rsp, %rbx
	and $-16, %rsp
	call trap_from_hv
	mov %rbx, %rsp
	POP_REGS
	iretq
1:	mov REGS_rsp(%rdi), %rbx		/* was &current->regs.rip */
	lea -(VCPU_regs + REGS_rip)(%rbx), %rbx
	mov %rdi, %rsi
	mov %rbx, %rdi
	mov VCPU_hv_stack(%rbx), %rsp
	xor %ebp, %ebp
	call iret_fault
	jmp ret_to_guest

/* On an IST stack of this CPU. True from trap_ist: current->regs is up to date, go on as from a normal trap. */
ist_entry:
	cld
	PUSH_REGS
	mov %rsp, %rdi
	mov %rsp, %rbx
	and $-16, %rsp
	call trap_ist
	test %al, %al
	jnz resume_current
	mov %rbx, %rsp
	POP_REGS
	iretq

GLOBAL(resume_current)
	or $(STACK_SIZE - 1), %rsp
	sub $(CPU_INFO_SIZE - 1), %rsp
	mov CPU_current(%rsp), %rax
	cmpb $0, VCPU_is_idle(%rax)
	je ret_to_guest
	xor %ebp, %ebp
	jmp idle_loop

/*
 * SYSCALL: one stub a CPU finds the vCPU without a free register and without GS, which is the guest's.
 */
	.balign 64
GLOBAL(syscall_stubs)
	.set i, 0
	.rept NR_CPUS
	.balign 32
	mov %rsp, syscall_slot_percpu + i * PERCPU_SIZE + 8(%rip)
	mov syscall_slot_percpu + i * PERCPU_SIZE(%rip), %rsp
	push $SEL_USER_DS32
	push syscall_slot_percpu + i * PERCPU_SIZE + 8(%rip)
	jmp syscall_entry
	.set i, i + 1
	.endr
	.balign 64
GLOBAL(syscall32_stubs)
	.set i, 0
	.rept NR_CPUS
	.balign 32
	mov %rsp, syscall_slot_percpu + i * PERCPU_SIZE + 8(%rip)
	mov syscall_slot_percpu + i * PERCPU_SIZE(%rip), %rsp
	push $SEL_USER_DS32
	push syscall_slot_percpu + i * PERCPU_SIZE + 8(%rip)
	jmp syscall32_entry
	.set i, i + 1
	.endr

	.balign 16
syscall_entry:
	push %r11
	push $SEL_USER_CS64
	push %rcx
	push $0
	movl $TRAP_SYSCALL, 4(%rsp)
	PUSH_REGS
	lea -VCPU_regs(%rsp), %rbx
	mov VCPU_hv_stack(%rbx), %rsp
	mov %rbx, %rdi
	xor %ebp, %ebp
	cmpb $0, VCPU_kernel_mode(%rbx)
	je 1f
	sti
	call hypercall_dispatch
	jmp ret_to_guest
1:	call bounce_syscall
	jmp ret_to_guest

	.balign 16
syscall32_entry:
	push %r11
	push $SEL_USER_CS32
	push %rcx
	push $0				/* not TRAP_SYSCALL: it goes back by iretq */
	PUSH_REGS
	lea -VCPU_regs(%rsp), %rbx
	mov VCPU_hv_stack(%rbx), %rsp
	mov %rbx, %rdi
	xor %ebp, %ebp
	call bounce_syscall32
	jmp ret_to_guest

/* load_{ds,es,fs,gs}(selector): 0, or -14 and the null selector is loaded. */
	.macro LOAD_SEG name, reg
GLOBAL(\name)
1:	mov %edi, %\reg
	xor %eax, %eax
	ret
2:	xor %eax, %eax
	mov %eax, %\reg
	mov $-14, %eax
	ret
	EXTABLE(1b, 2b)
	.endm
	LOAD_SEG load_ds, ds
	LOAD_SEG load_es, es
	LOAD_SEG load_fs, fs
	LOAD_SEG load_gs, gs

/* rdmsr_safe(msr, *value), wrmsr_safe(msr, value): 0 or -14 */
GLOBAL(rdmsr_safe)
	mov %edi, %ecx
1:	rdmsr
	mov %eax, (%rsi)
	mov %edx, 4(%rsi)
	xor %eax, %eax
	ret
2:	mov $-14, %eax
	ret
	EXTABLE(1b, 2b)

GLOBAL(wrmsr_safe)
	mov %edi, %ecx
	mov %rsi, %rax
	mov %rsi, %rdx
	shr $32, %rdx
1:	wrmsr
	xor %eax, %eax
	ret
2:	mov $-14, %eax
	ret
	EXTABLE(1b, 2b)

	.section .rodata, "a"
	.balign 8
GLOBAL(vector_stubs)
	.quad vectors_end - 256 * 16	/* the stubs are 16 bytes each */
