/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * From the boot loader to C: multiboot headers, 32-bit entry, first page tables, long mode.
 *
 * The first tables: IMAGE_VIRT maps the first 1 GiB executable, DIRECTMAP_VIRT the first 4 GiB,
 * both in 2 MiB pages, and slot 0 maps the first 1 GiB to itself. They are part of idle_l4;
 * image_protect() in x86/image.c leaves the image of them, each page with the permissions that it
 * needs, and of slot 0 the code of this file, read-only.
 */
#include <x86/asm.h>

#define PHYS(sym) ((sym) - IMAGE_VIRT)

	.section .multiboot, "a"
	.balign 8
mb1_header:
	.long 0x1badb002, 0x3, -(0x1badb002 + 0x3) /* modules page aligned, memory map wanted */

	.balign 8
mb2_header:
	.long 0xe85250d6, 0, mb2_end - mb2_header, -(0xe85250d6 + (mb2_end - mb2_header))
	.short 1, 0		/* information request: command line, modules, memory map, ACPI */
	.long 8 + 5 * 4
	.long 1, 3, 6, 14, 15
	.balign 8
	.short 6, 0		/* modules page aligned */
	.long 8
	.balign 8
	.short 0, 0
	.long 8
mb2_end:

	.section .boot.text, "ax"
	.code32
GLOBAL(boot_entry)
	cld
	cli
	mov %eax, %ebp		/* kept: magic, information block */
	mov %ebx, %esi

	/* Loaders zero the bss; be sure. */
	mov $PHYS(bss_start), %edi
	mov $PHYS(bss_end), %ecx
	sub %edi, %ecx
	shr $2, %ecx
	xor %eax, %eax
	rep stosl

	mov %ebp, PHYS(boot_magic)
	mov %esi, PHYS(boot_block)

	/*
	 * Direct map: four tables of 512 2 MiB pages. NX needs EFER.NXE, which enter_long_mode
	 * sets.
	 */
	mov $PHYS(boot_l2_direct), %edi
	mov $0x1e3, %eax	/* P RW A D PSE G */
	mov $2048, %ecx
1:	mov %eax, (%edi)
	movl $0x80000000, 4(%edi)
	add $0x200000, %eax
	add $8, %edi
	loop 1b

	/* Image and identity: one table of executable 2 MiB pages. */
	mov $PHYS(boot_l2_image), %edi
	mov $0x0e3, %eax	/* P RW A D PSE */
	mov $512, %ecx
1:	mov %eax, (%edi)
	add $0x200000, %eax
	add $8, %edi
	loop 1b

	mov $PHYS(boot_l2_direct) + 0x63, %eax
	mov $PHYS(boot_l3_direct), %edi
	mov $4, %ecx
1:	mov %eax, (%edi)
	add $4096, %eax
	add $8, %edi
	loop 1b
	movl $PHYS(boot_l2_image) + 0x63, PHYS(boot_l3_image)

	movl $PHYS(boot_l3_image) + 0x63, PHYS(idle_l4)
	movl $PHYS(boot_l3_image) + 0x63, PHYS(idle_l4) + 258 * 8
	movl $PHYS(boot_l3_direct) + 0x63, PHYS(idle_l4) + 261 * 8

	mov $PHYS(1f), %esi
	jmp enter_long_mode
1:	ljmp $0x08, $PHYS(boot_entry64)

/* Application processors come here from trampoline.S: protected mode, flat segments, no stack. */
GLOBAL(ap_entry32)
	mov $0x10, %eax		/* in the trampoline's GDT, and in ours */
	mov %eax, %ds
	mov %eax, %es
	mov %eax, %ss
	mov $PHYS(1f), %esi
	jmp enter_long_mode
1:	ljmp $0x08, $PHYS(ap_entry64)

/*
 * Paging on with idle_l4, then on at the address in ESI: no stack, which a CPU that starts could
 * not write to.
 */
enter_long_mode:
	mov $0x80000000, %eax
	cpuid
	cmp $0x80000001, %eax
	jb no_long_mode
	mov $0x80000001, %eax
	cpuid
	bt $29, %edx
	jnc no_long_mode
	mov $0x20, %eax			/* CR4.PAE */
	mov %eax, %cr4
	mov $PHYS(idle_l4), %eax
	mov %eax, %cr3
	mov $0xc0000080, %ecx		/* EFER: SCE, LME, NXE */
	rdmsr
	or $0x901, %eax
	wrmsr
	mov $0x80050033, %eax		/* CR0: PG AM WP NE ET MP PE */
	mov %eax, %cr0
	lgdt PHYS(boot_gdtr)
	jmp *%esi
	int3

no_long_mode:
	mov $PHYS(no_long_mode_text), %esi
	mov $0x3f8, %edx
1:	lodsb
	test %al, %al
	jz 2f
	out %al, %dx
	jmp 1b
2:	hlt
	jmp 2b

	.balign 8
boot_gdt:
	.quad 0
	.quad 0x00af9b000000ffff	/* 0x08: 64-bit code */
	.quad 0x00cf93000000ffff	/* 0x10: data */
	.quad 0x00cf9b000000ffff	/* 0x18: 32-bit code */
boot_gdtr:
	.short . - boot_gdt - 1
	.long PHYS(boot_gdt)
	.long 0
no_long_mode_text:
	.asciz "Shoji: this CPU has no 64-bit mode\r\n"

	.code64
boot_entry64:
	movabs $1f, %rax
	jmp *%rax
	int3
1:	mov $0x10, %eax
	mov %eax, %ds
	mov %eax, %es
	mov %eax, %ss
	xor %eax, %eax
	mov %eax, %fs
	mov %eax, %gs
	lea boot_stack_top(%rip), %rsp
	sub $CPU_INFO_SIZE, %rsp
	mov boot_magic(%rip), %edi
	mov boot_block(%rip), %esi
	xor %ebp, %ebp
	call start_hypervisor
	ud2

/* The AP's own stack is in ap_stack: smpboot.c starts one CPU at a time. */
ap_entry64:
	movabs $1f, %rax
	jmp *%rax
	int3
1:	mov $0x10, %eax
	mov %eax, %ds
	mov %eax, %es
	mov %eax, %ss
	xor %eax, %eax
	mov %eax, %fs
	mov %eax, %gs
	mov ap_stack(%rip), %rsp
	xor %ebp, %ebp
	call start_ap
	ud2

	.data
	.balign 8
boot_magic:
	.long 0
boot_block:
	.long 0
GLOBAL(ap_stack)
	.quad 0

	.section .bss.stack, "aw", @nobits
	.balign STACK_SIZE
GLOBAL(boot_stack)
	.skip STACK_SIZE
boot_stack_top:

	.section .bss.page, "aw", @nobits
	.balign 4096
GLOBAL(idle_l4)
	.skip 4096
GLOBAL(boot_l3_image)
	.skip 4096
boot_l3_direct:
	.skip 4096
GLOBAL(boot_l2_image)
	.skip 4096
GLOBAL(boot_l2_direct)
	.skip 4 * 4096
