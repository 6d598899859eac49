/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * SYSCALL of a domain whose kernel is in ring 1 (hv/kernel_ring.h): from its user mode to its
 * kernel, and back by the iret hypercall, without C. What is out of the ordinary goes to entry.S,
 * where bounce.c does the same.
 *
 *  R1. Interrupts are off all the way, and nothing is touched but the vCPU's page, its vcpu_info
 *      and the guest's stack.
 *  R2. The guest's stack is used only with RSP on the CPU's own stack, for a fault of ours needs
 *      room. Its address is not ours (hv/layout.h), each word is read once, and a fault leads to
 *      entry.S with all registers as they came. So does a user page where SMAP is on.
 *  R3. Nothing of the vCPU changes for good before the last access that may fault, but for the
 *      event mask, which bounce.c gives the same value.
 *  R4. There is no return and no indirect branch, so that no predictor that the guest has taught is
 *      asked: of the blocks of spec.h only the last one is here, before ring 3.
 *  R5. An interrupt that has come meanwhile is taken when the guest runs, so that no softirq and no
 *      event is overlooked.
 */
#include <x86/asm.h>
#include <x86/spec.h>

/* RSP is at the word for RSP of the vCPU's registers. */
#define SAVED(reg)	REGS_##reg - REGS_rsp(%rsp)
#define OF(member)	VCPU_##member - VCPU_regs - REGS_rsp(%rsp)
/* %rcx is the vCPU. */
#define REG(reg)	VCPU_regs + REGS_##reg(%rcx)
/* RSP is at the word for RIP. */
#define BACK(reg)	REGS_##reg - REGS_rip(%rsp)

#define FLAGS_HANDLER	0x54500		/* AC, NT, RF, DF, TF: no handler starts with them */
#define FLAGS_FORBIDDEN	0x23000		/* VM, IOPL */
#define FLAGS_NO_SYSRET	0x10100		/* RF, TF: SYSRET does not do with them what IRET does */
#define FLAGS_ALWAYS	0x202		/* IF, and the bit that is set */

	/* An access to the guest's stack. */
	.macro GUEST fault, insn:vararg
9:	\insn
	EXTABLE(9b, \fault)
	.endm

	/* Is the address in HV_VIRT_START..HV_VIRT_END? Below that no address is canonical. */
	.macro UNLESS_OURS address, tmp, tmp32, ours
	mov \address, \tmp
	shr $43, \tmp
	cmp $0x1ffff0, \tmp32
	je \ours
	.endm

	.section .text.entry, "ax"

	.balign 16
GLOBAL(ring1_syscall_entry)
	cmpb $0, OF(kernel_mode)
	je from_user
	cmp $HYPERCALL_iret, %rax
	jne ring1_kernel_call

	/* The iret hypercall: its frame is rip %rdx, cs %edi, rflags %r11, rsp %rsi, ss %eax. */
	mov %rcx, SAVED(rip)
	mov %r11, SAVED(rflags)
	mov %rdx, SAVED(rdx)
	mov %rsi, SAVED(rsi)
	mov %rdi, SAVED(rdi)
	mov %rbx, SAVED(rbx)
	mov %r10, SAVED(r10)
	mov (%rsp), %rax
	lea -VCPU_regs - REGS_rsp(%rsp), %rcx
	mov VCPU_hv_stack(%rcx), %rsp
	UNLESS_OURS %rax, %rdx, %edx, iret_by_c
	cmpl $0, CPU_trace(%rsp)
	jne iret_by_c
	GUEST iret_by_c, mov (%rax), %rdx
	mov %rdx, REG(rax)
	GUEST iret_by_c, mov 8(%rax), %rdx
	mov %rdx, REG(r11)
	GUEST iret_by_c, mov 16(%rax), %rdx
	mov %rdx, REG(rcx)
	GUEST iret_by_c, testl $VGCF_in_syscall, 24(%rax)
	jnz iret_by_c
	GUEST iret_by_c, mov 32(%rax), %rdx
	GUEST iret_by_c, movzwl 40(%rax), %edi
	GUEST iret_by_c, mov 48(%rax), %r11
	GUEST iret_by_c, mov 56(%rax), %rsi
	GUEST iret_by_c, movzwl 64(%rax), %eax
	cmpb $0, VCPU_nmi_masked(%rcx)
	jne iret_by_c
	cmpq $0, VCPU_cr3_user(%rcx)
	je iret_by_c
	mov %r11d, %ebx
	shr $12, %ebx
	and $3, %ebx
	cmp VCPU_iopl(%rcx), %bl
	jne iret_by_c
	/* The exchange is the barrier that vcpu_mark_events_pending() wants before the look. */
	mov VCPU_info(%rcx), %r10
	bt $9, %r11d
	setnc %bl
	xchg %bl, 1(%r10)		/* evtchn_upcall_mask */
	cmpb $0, (%r10)			/* evtchn_upcall_pending */
	je 1f
	cmpb $0, 1(%r10)
	je iret_by_c
1:	and $~FLAGS_FORBIDDEN, %r11d
	or $FLAGS_ALWAYS, %r11d
	incl VCPU_iret_count(%rcx)
	mov %edi, %ebx
	and $3, %ebx
	cmp $3, %ebx
	jne to_kernel

	/* To user mode: by SYSRET where the frame asks for what that does. */
	movb $0, VCPU_kernel_mode(%rcx)
	swapgs
	cmp $SEL_LINUX_USER_CS64, %edi
	jne by_iret
	cmp $SEL_LINUX_USER_DS, %eax
	jne by_iret
	cmp %rdx, REG(rcx)
	jne by_iret
	cmp %r11, REG(r11)
	jne by_iret
	test $FLAGS_NO_SYSRET, %r11d
	jnz by_iret
	mov %rdx, %rbx
	shr $47, %rbx
	jnz by_iret
	mov %rsi, REG(rsp)
	lea VCPU_regs + REGS_rip(%rcx), %rsp
	mov %rdx, %rcx
	mov BACK(rax), %rax
	mov BACK(rdx), %rdx
	mov BACK(rsi), %rsi
	mov BACK(rdi), %rdi
	mov BACK(rbx), %rbx
	mov BACK(r10), %r10
	SPEC_EXIT_LAST VCPU_regs + REGS_rip
	mov BACK(rsp), %rsp
	sysretq
	int3

	/* To the kernel, with the selectors that it has in ring 1 (ring_selector()). */
to_kernel:
	or $3, %edi
	cmp $SEL_USER_CS64, %edi
	jne 1f
	mov $SEL_KERNEL_CS64 | 2, %edi
1:	and $~2, %edi
	or $3, %eax
	cmp $SEL_USER_DS32, %eax
	jne 1f
	mov $SEL_KERNEL_DS | 2, %eax
1:	and $~2, %eax
	or VCPU_kernel_flags(%rcx), %r11d
by_iret:
	mov %rdx, REG(rip)
	mov %rdi, REG(cs)
	mov %r11, REG(rflags)
	mov %rsi, REG(rsp)
	mov %rax, REG(ss)
	mov VCPU_window_regs(%rcx), %rsp	/* the stack segment may be of 16 bits: entry.S */
	add $REGS_rip, %rsp
	mov BACK(r11), %r11
	mov BACK(rcx), %rcx
	mov BACK(rax), %rax
	mov BACK(rdx), %rdx
	mov BACK(rsi), %rsi
	mov BACK(rdi), %rdi
	mov BACK(rbx), %rbx
	mov BACK(r10), %r10
	SPEC_EXIT_LAST VCPU_regs + REGS_rip
	jmp guest_iretq
	int3

iret_by_c:
	lea VCPU_regs + REGS_rsp(%rcx), %rsp
	mov SAVED(rip), %rcx
	mov SAVED(rflags), %r11
	mov SAVED(rdx), %rdx
	mov SAVED(rsi), %rsi
	mov SAVED(rdi), %rdi
	mov SAVED(rbx), %rbx
	mov SAVED(r10), %r10
	mov $HYPERCALL_iret, %eax
	jmp ring1_kernel_call

	/* A system call: the frame of bounce() on the kernel's stack. */
from_user:
	mov %rcx, SAVED(rip)
	mov %rcx, SAVED(rcx)
	mov %r11, SAVED(rflags)
	mov %rax, SAVED(rax)
	mov %rdx, SAVED(rdx)
	lea -VCPU_regs - REGS_rsp(%rsp), %rcx
	mov VCPU_hv_stack(%rcx), %rsp
	mov VCPU_info(%rcx), %rax
	cmpb $0, 1(%rax)		/* evtchn_upcall_mask */
	jne syscall_by_c
	cmpb $0, VCPU_iopl(%rcx)
	jne syscall_by_c
	cmpq $0, VCPU_syscall_handler(%rcx)
	je syscall_by_c
	cmpb $0, VCPU_syscall_masks(%rcx)
	je syscall_by_c
	mov VCPU_kernel_sp(%rcx), %rdx
	and $-16, %rdx
	sub $7 * 8, %rdx
	UNLESS_OURS %rdx, %rax, %eax, syscall_by_c
	mov REG(rip), %rax
	GUEST syscall_by_c, mov %rax, (%rdx)
	GUEST syscall_by_c, mov %r11, 8(%rdx)
	GUEST syscall_by_c, mov %rax, 16(%rdx)
	GUEST syscall_by_c, movq $SEL_USER_CS64, 24(%rdx)
	GUEST syscall_by_c, mov %r11, 32(%rdx)
	mov REG(rsp), %rax
	GUEST syscall_by_c, mov %rax, 40(%rdx)
	GUEST syscall_by_c, movq $SEL_USER_DS32, 48(%rdx)
	mov VCPU_info(%rcx), %rax
	movb $1, 1(%rax)
	movb $1, VCPU_kernel_mode(%rcx)
	swapgs
	and $~FLAGS_HANDLER, %r11d
	or VCPU_kernel_flags(%rcx), %r11d
	mov VCPU_syscall_handler(%rcx), %rax
	mov %rax, REG(rip)
	movq $SEL_KERNEL_CS64, REG(cs)
	mov %r11, REG(rflags)
	mov %rdx, REG(rsp)
	movq $SEL_KERNEL_DS, REG(ss)
	lea VCPU_regs + REGS_rip(%rcx), %rsp
	mov BACK(rcx), %rcx
	mov BACK(rax), %rax
	mov BACK(rdx), %rdx
	jmp guest_iretq
	int3

syscall_by_c:
	lea VCPU_regs + REGS_rsp(%rcx), %rsp
	mov SAVED(rip), %rcx
	mov SAVED(rflags), %r11
	mov SAVED(rax), %rax
	mov SAVED(rdx), %rdx
	jmp ring1_user_call
