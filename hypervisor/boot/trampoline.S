/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The first instructions of an application processor: copied to a page below 1 MiB, entered in real
 * mode at its start.
 */
#include <x86/asm.h>

	.section .rodata, "a"
	.balign 16
	.code16
GLOBAL(trampoline_start)
	cli
	cld
	mov %cs, %ax
	mov %ax, %ds
	lgdtl trampoline_gdtr - trampoline_start
	mov %cr0, %eax
	or $1, %eax
	mov %eax, %cr0
	ljmpl *(trampoline_target - trampoline_start)

	.balign 8
trampoline_gdt:
	.quad 0
	.quad 0x00cf9b000000ffff	/* 0x08: 32-bit code */
	.quad 0x00cf93000000ffff	/* 0x10: data */
trampoline_gdtr:
	.short . - trampoline_gdt - 1
GLOBAL(trampoline_gdt_base)
	.long 0				/* filled in: address of the copy's GDT */
trampoline_target:
	.long ap_entry32 - IMAGE_VIRT
	.short 0x08
GLOBAL(trampoline_end)

GLOBAL(trampoline_gdt_offset)
	.long trampoline_gdt - trampoline_start
