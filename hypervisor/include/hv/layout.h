/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The virtual memory map (ABI.md 2). The hypervisor owns L4 slots 256-271 in every address
 * space, and they hold the same sixteen entries in all of them: nothing here is per domain.
 *
 *  slot  from                size     what                                              access
 */
#ifndef HV_LAYOUT_H
#define HV_LAYOUT_H

#define HV_VIRT_START	0xffff800000000000UL
/* 256   0xffff800000000000  256 GiB  M2P: one 8-byte pfn a machine frame; 2 MiB pages  read only */
#define M2P_VIRT	0xffff800000000000UL
#define M2P_VIRT_END	0xffff804000000000UL
/* 257   0xffff808000000000  256 GiB  for each CPU its vCPU's page, 4 GiB apart        none */
#define VCPU_VIRT	0xffff808000000000UL
/* 258   0xffff810000000000    1 GiB  the image: text, rodata, data, bss               none */
#define IMAGE_VIRT	0xffff810000000000UL
/*       0xffff810040000000  128 MiB  the windows of the CPUs, 2 MiB each              none */
#define WINDOW_VIRT	0xffff810040000000UL
/* 259   0xffff818000000000  512 GiB  mappings made while running: MMIO, vmap          none */
#define VMAP_VIRT	0xffff818000000000UL
#define VMAP_VIRT_END	0xffff820000000000UL
/* 260   0xffff820000000000  512 GiB  frame table: struct frame, indexed by mfn        none */
#define FRAMETABLE_VIRT	0xffff820000000000UL
/* 261-  0xffff828000000000  5.5 TiB  direct map: machine address 0 upwards, all RAM   none */
#define DIRECTMAP_VIRT	0xffff828000000000UL
#define DIRECTMAP_END	0xffff880000000000UL
#define HV_VIRT_END	0xffff880000000000UL

#define HV_L4_FIRST	256
#define HV_L4_LAST	271

/*
 * A CPU's window: what the processor itself must find while a guest runs, so it is mapped in guest
 * mode too (x86/xpti.c). Pages 0-13 are the current vCPU's GDT frames, 14 our own descriptors, 15
 * the TSS with the scratch words of entry.S, 16-31 the LDT. The IST stacks follow, each in a block
 * of STACK_SIZE whose lower part is not mapped.
 */
#define WINDOW_SIZE		0x200000UL
#define WINDOW_ADDR(cpu)	(WINDOW_VIRT + (uint64_t)(cpu) * WINDOW_SIZE)
#define GDT_GUEST_PAGES		14
#define GDT_HV_PAGE		14
#define SWITCH_PAGE		15	/* struct switch_page */
#define LDT_FIRST_PAGE		16
#define LDT_PAGES		16
#define IST_FIRST_PAGE		64
#define IST_STACKS		4
#define IST_PAGES		2	/* mapped ones, at the top of each block */
#define GDT_VIRT(cpu)		WINDOW_ADDR(cpu)
#define LDT_VIRT(cpu)		(WINDOW_ADDR(cpu) + LDT_FIRST_PAGE * 4096UL)
#define IST_TOP(cpu, n)		\
	(WINDOW_ADDR(cpu) + IST_FIRST_PAGE * 4096UL + ((n) + 1) * STACK_SIZE)

/*
 * Where entry.S finds the vCPU that a CPU has loaded, whatever CR3 is. Bits 16-31 of the address
 * are 0: an IRET to a 16-bit stack segment leaves these bits of our stack pointer in the guest's
 * ESP.
 */
#define VCPU_ADDR(cpu)		(VCPU_VIRT + ((uint64_t)(cpu) << 32))

/* Selectors of the reserved GDT page (ABI.md 2.1). */
#define SEL_HV_CS	0xe008
#define SEL_HV_DS	0xe010
#define SEL_USER_CS32	0xe023
#define SEL_USER_DS32	0xe02b
#define SEL_USER_CS64	0xe033
#define SEL_TSS		0xe040
#define SEL_LDT		0xe050
/* For kernels in ring 1 (hv/kernel_ring.h). */
#define SEL_KERNEL_CS64	0xe061
#define SEL_KERNEL_DS	0xe069
/* What Linux has for its user mode in its own GDT: three descriptors side by side, for SYSRET. */
#define SEL_LINUX_USER_CS32 0x23
#define SEL_LINUX_USER_DS 0x2b
#define SEL_LINUX_USER_CS64 0x33

#define NR_CPUS		64	/* physical CPUs that we can use */
#define MAX_VCPUS	64	/* vCPUs of one domain */

/* One aligned block per CPU: the stack, and struct cpu_info at the very top. */
#define STACK_SIZE	32768UL
#define STACK_GUARD_PAGE 0UL	/* of the block: the page below the stack, which is not mapped */

#endif
