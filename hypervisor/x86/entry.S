/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Every way in from a guest, and the one way back.
 *
 * Entries from ring 3 (TSS.RSP0, and the syscall stubs) push the registers straight into
 * current's regs: RSP0 is that structure's end. Then the stack becomes the CPU's own, and C gets
 * the vCPU. Entries from ring 0 push on whatever stack they find. NMI, #MC, #DB and #DF have stacks
 * of their own (IST), for they may come where RSP is the guest's.
 *
 * With xpti (xpti.c) CR3 is that of guest mode until ENTER_HV and from leave_xpti on: between these
 * and the guest the code may touch this section, the CPU's window, and the vCPU's page at
 * VCPU_ADDR, where RSP0 points then. Only an IST entry or a fault of the last iretq can interrupt
 * it there.
 *
 *  E1. %rbx is the vCPU by its own address (VCPU_self) from ENTER_HV on, and C gets no other.
 *  E2. The CPU's own stack is empty whenever a guest runs, so each entry from ring 3 starts at its
 *      top, IST entries too.
 *  E3. An IST entry from ring 0 stays on its stack, leaves CR3 as it was, and changes nothing in
 *      struct cpu_info: it has a copy of it, by which C finds the CPU.
 *
 * The final iretq may fault on what the guest asked for. That fault's frame lands on top of
 * current's regs, below the five words that iretq wanted: iret_fault (C) repairs this; vcpu.h keeps
 * the room.
 */
#include <x86/asm.h>
#include <x86/spec.h>

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

/*
 * A hypercall that left the frame as SYSCALL made it may go back by SYSRET, which is cheaper. Not
 * to an address that is not canonical: SYSRET would fault in ring 0 with the guest's stack pointer.
 * Else to \other. Uses %rax.
 */
	.macro UNLESS_SYSRET vcpu, other
	cmpl $TRAP_SYSCALL, VCPU_regs + REGS_vector(\vcpu)
	jne \other
	mov VCPU_regs + REGS_rip(\vcpu), %rax
	shl $16, %rax
	sar $16, %rax
	cmp %rax, VCPU_regs + REGS_rip(\vcpu)
	jne \other
	.endm

/*
 * RSP is at the registers of a vCPU: %rbx becomes the vCPU, CR3 and the stack are the hypervisor's.
 */
	.macro ENTER_HV
	lea -VCPU_regs(%rsp), %rbx
	cmpb $0, VCPU_xpti(%rbx)
	je .Lno_xpti\@
	mov VCPU_hv_cr3(%rbx), %rax
	mov %rax, %cr3
	mov VCPU_self(%rbx), %rbx
.Lno_xpti\@:
	mov VCPU_hv_stack(%rbx), %rsp
	SPEC_ENTER_GUEST
	mov %rbx, %rdi
	xor %ebp, %ebp
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
	CLAC			/* AC is the guest's */
	PUSH_REGS
	testb $3, REGS_cs(%rsp)
	jz from_hv
	ENTER_HV
	call trap_from_guest

	/* The stack is at its top here: struct cpu_info is what it points to. */
	.balign 16
GLOBAL(ret_to_guest)
#ifdef LOCK_CHECK
	call lock_check_return
#endif
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
1:	cmpb $0, VCPU_xpti(%rbx)
	jne leave_xpti
	SPEC_EXIT_GUEST
	UNLESS_SYSRET %rbx, 3f
	lea VCPU_regs(%rbx), %rsp
return_by_sysret:
	POP_REGS
	mov (%rsp), %rcx		/* rip */
	mov REGS_rflags - REGS_rip(%rsp), %r11
	SPEC_EXIT_LAST VCPU_regs + REGS_rip
	mov REGS_rsp - REGS_rip(%rsp), %rsp
	sysretq
	int3

	/*
	 * Any other stack segment than ours may be a 16-bit one, which would show the guest bits of
	 * our RSP (layout.h).
	 */
3:	lea VCPU_regs(%rbx), %rsp
	cmpw $SEL_USER_DS32, VCPU_regs + REGS_ss(%rbx)
	je return_by_iret
	mov VCPU_window_regs(%rbx), %rsp
return_by_iret:
	POP_REGS
	SPEC_EXIT_LAST VCPU_regs + REGS_rip
GLOBAL(guest_iretq)
	iretq
	int3

/* The guest's tables are a copy: is it a true one? (xpti.c X3) */
leave_xpti:
	mov VCPU_domain(%rbx), %rax
	mov DOMAIN_l4_generation(%rax), %rax
	cmp %rax, VCPU_l4_seen(%rbx)
	je 1f
	mov %rbx, %rdi
	call xpti_sync
1:	SPEC_EXIT_GUEST
	mov VCPU_window_regs(%rbx), %rsp
	mov VCPU_guest_cr3(%rbx), %rcx
	UNLESS_SYSRET %rbx, 3f
	mov %rcx, %cr3
	jmp return_by_sysret
3:	mov %rcx, %cr3
	jmp return_by_iret

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
	int3
1:	mov %rdi, %rsi				/* of the same page, at VCPU_ADDR or not */
	mov REGS_rsp(%rdi), %rax		/* was &current->arch.regs.rip */
	lea -REGS_rip(%rax), %rsp
	ENTER_HV
	mov VCPU_self(%rbx), %rbx
	mov %rbx, %rdi
	call iret_fault
	jmp ret_to_guest

/*
 * On an IST stack of this CPU, whose window it lies in. CR3 may be any. From ring 3 it goes on as
 * an ordinary trap does; from ring 0 it ends here.
 */
ist_entry:
	cld
	CLAC
	PUSH_REGS
	mov %rsp, %rbp
	and $-WINDOW_SIZE, %rbp
	xor %r13d, %r13d		/* what to put back into CR3; 0: nothing */
	mov %cr3, %r12
	cmp SWITCH_OFFSET + SWITCH_guest_l4(%rbp), %r12
	je 1f
	cmp SWITCH_OFFSET + SWITCH_guest_l4 + 8(%rbp), %r12
	jne 2f
1:	mov %r12, %r13
	mov SWITCH_OFFSET + SWITCH_hv_cr3(%rbp), %rax
	mov %rax, %cr3
2:	mov SWITCH_OFFSET + SWITCH_hv_stack(%rbp), %rsi
	testb $3, REGS_cs(%rsp)
	jnz 3f
	mov %rsp, %rdi
	or $(STACK_SIZE - 1), %rdi
	sub $(CPU_INFO_SIZE - 1), %rdi
	mov $(CPU_INFO_SIZE / 8), %ecx
	rep movsq
	SPEC_ENTER_IST
	mov %rsp, %rdi
	mov %rsp, %rbx
	and $-16, %rsp
	call trap_ist
	mov %rbx, %rsp
	SPEC_EXIT_IST
	test %r13, %r13
	jz 4f
	mov %r13, %cr3
4:	POP_REGS
	iretq
	int3
3:	mov CPU_current(%rsi), %rbx
	lea VCPU_regs(%rbx), %rdi
	mov %rsi, %rax
	mov %rsp, %rsi
	mov $(REGS_SIZE / 8), %ecx
	rep movsq
	mov %rax, %rsp
	SPEC_ENTER_GUEST
	mov %rbx, %rdi
	xor %ebp, %ebp
	call trap_ist_from_guest
	jmp ret_to_guest

GLOBAL(resume_current)
	or $(STACK_SIZE - 1), %rsp
	sub $(CPU_INFO_SIZE - 1), %rsp
	mov CPU_current(%rsp), %rax
	xor %ebp, %ebp
	cmpb $0, VCPU_is_idle(%rax)
	jne idle_loop
	cmpb $0, VCPU_is_hvm(%rax)
	je ret_to_guest
	jmp hvm_loop

/*
 * SYSCALL: one stub a CPU finds the vCPU without a free register and without GS, which is the
 * guest's.
 */
.macro SYSCALL_STUBS entry
	.set i, 0
	.rept NR_CPUS
	.balign 32
	mov %rsp, switch_pages + i * WINDOW_SIZE + SWITCH_scratch(%rip)
	mov switch_pages + i * WINDOW_SIZE + SWITCH_regs_end(%rip), %rsp
	push $SEL_USER_DS32
	push switch_pages + i * WINDOW_SIZE + SWITCH_scratch(%rip)
	jmp \entry
	.set i, i + 1
	.endr
.endm

	.balign 64
GLOBAL(syscall_stubs)
	SYSCALL_STUBS syscall_entry
	.balign 64
GLOBAL(syscall32_stubs)
	SYSCALL_STUBS syscall32_entry
	.balign 64
GLOBAL(ring1_syscall_stubs)
	SYSCALL_STUBS ring1_syscall_entry

	.balign 16
syscall_entry:
	push %r11
	push $SEL_USER_CS64
	push %rcx
	push $0
	movl $TRAP_SYSCALL, 4(%rsp)
	PUSH_REGS
	ENTER_HV
	cmpb $0, VCPU_kernel_mode(%rbx)
	je 1f
	sti
	call hypercall_dispatch
	jmp ret_to_guest
1:	call bounce_syscall
	jmp ret_to_guest

/* What ring1.S leaves to C: RSP is at the word for RSP, all other registers are as they came. */
	.balign 16
GLOBAL(ring1_kernel_call)
	push %r11
	movq $SEL_KERNEL_DS, REGS_ss - REGS_rflags(%rsp)
	push $SEL_KERNEL_CS64
	push %rcx
	push $0				/* not TRAP_SYSCALL: it goes back by iretq */
	PUSH_REGS
	ENTER_HV
	sti
	call hypercall_dispatch
	jmp ret_to_guest
GLOBAL(ring1_user_call)
	push %r11
	push $SEL_USER_CS64
	push %rcx
	push $0
	PUSH_REGS
	ENTER_HV
	call bounce_syscall
	jmp ret_to_guest

	.balign 16
syscall32_entry:
	push %r11
	push $SEL_USER_CS32
	push %rcx
	push $0				/* not TRAP_SYSCALL: it goes back by iretq */
	PUSH_REGS
	ENTER_HV
	call bounce_syscall32
	jmp ret_to_guest

/* load_{ds,es,fs,gs}(selector): 0, or -14 and the null selector is loaded. */
	.macro LOAD_SEG name, reg
GLOBAL(\name)
1:	mov %edi, %\reg
	xor %eax, %eax
	RET
2:	xor %eax, %eax
	mov %eax, %\reg
	mov $-14, %eax
	RET
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
	RET
2:	mov $-14, %eax
	RET
	EXTABLE(1b, 2b)

GLOBAL(wrmsr_safe)
	mov %edi, %ecx
	mov %rsi, %rax
	mov %rsi, %rdx
	shr $32, %rdx
1:	wrmsr
	xor %eax, %eax
	RET
2:	mov $-14, %eax
	RET
	EXTABLE(1b, 2b)

	.section .rodata, "a"
	.balign 8
GLOBAL(vector_stubs)
	.quad vectors_end - 256 * 16	/* the stubs are 16 bytes each */
