/* SPDX-License-Identifier: GPL-2.0-only */
/* What the blocks of spec.h call. */
#include <x86/spec.h>

	.section .text.entry, "ax"

/*
 * Overwrite the branch history with branches of our own: five calls deep, five taken jumps a call,
 * each at an address of its own line, as Intel's guidance for CPUs without BHI_DIS_S wants it.
 * Clobbers %rax, %rcx, flags.
 */
	.balign 64
GLOBAL(clear_branch_history)
	mov $5, %ecx
	call 1f
	lfence
	ret
	int3
	.balign 64
1:	call 2f
	ret
	int3
	.balign 64
2:	mov $5, %eax
3:	jmp 4f
	nop
4:	sub $1, %eax
	jnz 3b
	sub $1, %ecx
	jnz 1b
	ret
	int3

	.section .rodata, "a"
	.balign 2
GLOBAL(verw_selector)
	.word SEL_HV_DS
