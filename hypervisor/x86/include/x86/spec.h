/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Blocks of the entry code against the processor's faults. Each begins with a jump over itself,
 * which x86/patch.c turns into a NOP at boot where x86/protection.h has the feature on. So what is
 * off costs one predicted jump.
 *
 * SPEC_ENTER_GUEST: on each entry from ring 3, before the first return and the first indirect
 *	branch.
 *	%rbx: the vCPU, whose registers are saved already. %rsp: the CPU's own stack, with 256 free
 *	bytes. The hypervisor's page tables are loaded. Clobbers %rax, %rcx, %rdx, flags.
 * SPEC_EXIT_GUEST: before each return to ring 3, interrupts off, before the guest's registers are
 *	loaded.
 *	%rbx: the vCPU. Clobbers %rax, %rcx, %rdx, flags.
 * SPEC_EXIT_LAST distance: when the guest's general registers are loaded, as the last read of
 *	memory but for the return's own. %rsp points `distance` bytes behind the beginning of struct
 *	vcpu, which is mapped. Clobbers flags.
 * SPEC_ENTER_IST: on the IST entries, whatever they interrupted, before the first return and
 *	indirect branch.
 *	Registers are saved, %rsp is a stack with 256 free bytes. Clobbers %rax, %rcx, %rdx, flags;
 *	leaves the old SPEC_CTRL in %r12d, which C code keeps.
 * SPEC_EXIT_IST: before the registers of an IST entry are loaded and it returns to what it
 *	interrupted.
 *	%r12d: from SPEC_ENTER_IST. Clobbers %rax, %rcx, %rdx, flags.
 *
 * An IST entry that goes on as a normal trap (trap_ist() says so) leaves through SPEC_EXIT_GUEST
 * and needs no more. No block is skipped by a conditional branch that could be mispredicted, unless
 * LFENCE stands behind it.
 */
#ifndef X86_SPEC_H
#define X86_SPEC_H

#include <x86/asm.h>

#define MSR_SPEC_CTRL	0x48
#define MSR_PRED_CMD	0x49

	/* The code from here to `skip` runs only where the feature is on. */
	.macro IF_FEATURE feature, skip
.Lsite\@:
	.byte 0xe9
	.long \skip - (.Lsite\@ + 5)
	.pushsection .patch_sites, "a"
	.balign 8
	.quad .Lsite\@, \feature
	.popsection
	.endm

	/*
	 * 32 calls to addresses whose speculation stops at once: no older return address is left to
	 * be predicted.
	 */
	.macro FILL_RETURN_STACK
	mov $16, %ecx
.Lrsb_loop\@:
	call .Lrsb_first\@
	int3
.Lrsb_first\@:
	call .Lrsb_second\@
	int3
.Lrsb_second\@:
	dec %ecx
	jnz .Lrsb_loop\@
	add $32 * 8, %rsp
	lfence
	.endm

	/* What the guest has taught the predictors of returns and of history. */
	.macro FORGET_BRANCHES
	IF_FEATURE F_RSB, .Lno_rsb\@
	FILL_RETURN_STACK
.Lno_rsb\@:
	IF_FEATURE F_BHB, .Lno_bhb\@
	call clear_branch_history
.Lno_bhb\@:
	.endm

	.macro SPEC_ENTER_GUEST
	IF_FEATURE F_ON_ENTRY, .Lnothing\@
	IF_FEATURE F_IBRS, .Lno_ibrs\@
	mov $MSR_SPEC_CTRL, %ecx
	mov VCPU_spec_hv(%rbx), %eax
	xor %edx, %edx
	wrmsr
.Lno_ibrs\@:
	IF_FEATURE F_IBPB, .Lno_ibpb\@
	cmpb $0, VCPU_entry_ibpb(%rbx)
	je .Lnot_asked\@
	mov $MSR_PRED_CMD, %ecx
	mov $1, %eax
	xor %edx, %edx
	wrmsr
.Lnot_asked\@:
	lfence
.Lno_ibpb\@:
	FORGET_BRANCHES
.Lnothing\@:
	.endm

	.macro SPEC_EXIT_GUEST
	IF_FEATURE F_ON_EXIT, .Lnothing\@
	IF_FEATURE F_DIV, .Lno_div\@
	mov $1, %eax
	xor %edx, %edx
	mov %eax, %ecx
	div %ecx
.Lno_div\@:
	IF_FEATURE F_IBRS, .Lno_ibrs\@
	mov $MSR_SPEC_CTRL, %ecx
	mov VCPU_spec_guest(%rbx), %eax
	xor %edx, %edx
	wrmsr
.Lno_ibrs\@:
.Lnothing\@:
	.endm

	.macro SPEC_EXIT_LAST distance
	IF_FEATURE F_VERW, .Lno_verw\@
	verw VCPU_verw_selector - (\distance)(%rsp)
.Lno_verw\@:
	.endm

	.macro SPEC_ENTER_IST
	IF_FEATURE F_IBRS, .Lno_ibrs\@
	mov $MSR_SPEC_CTRL, %ecx
	rdmsr
	mov %eax, %r12d
	or protection + PROTECTION_spec_ctrl(%rip), %eax
	xor %edx, %edx
	wrmsr
.Lno_ibrs\@:
	FORGET_BRANCHES
	.endm

	.macro SPEC_EXIT_IST
	IF_FEATURE F_IBRS, .Lno_ibrs\@
	mov $MSR_SPEC_CTRL, %ecx
	mov %r12d, %eax
	xor %edx, %edx
	wrmsr
.Lno_ibrs\@:
	IF_FEATURE F_VERW, .Lno_verw\@
	verw verw_selector(%rip)
.Lno_verw\@:
	.endm

#endif
