/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The virtual memory map (ABI section 2). The hypervisor owns L4 slots 256-271 in every address space, and they
 * hold the same sixteen entries in all of them: nothing here is per domain.
 *
 *  slot  from                size     what                                                    guest access
 */
#ifndef HV_LAYOUT_H
#define HV_LAYOUT_H

#define HV_VIRT_START	0xffff800000000000UL
/* 256   0xffff800000000000  256 GiB  M2P: one 8-byte pfn a machine frame; 2 MiB pages         read only */
#define M2P_VIRT	0xffff800000000000UL
#define M2P_VIRT_END	0xffff804000000000UL
/* 257   0xffff808000000000   64 MiB  GDT and LDT windows, 32 pages for each physical CPU      none */
#define DT_VIRT		0xffff808000000000UL
/* 258   0xffff810000000000    1 GiB  the image: text, rodata, data, bss                       none */
#define IMAGE_VIRT	0xffff810000000000UL
/* 259   0xffff818000000000  512 GiB  mappings made while running: MMIO, vmap                  none */
#define VMAP_VIRT	0xffff818000000000UL
#define VMAP_VIRT_END	0xffff820000000000UL
/* 260   0xffff820000000000  512 GiB  frame table: struct frame, indexed by mfn                none */
#define FRAMETABLE_VIRT	0xffff820000000000UL
#define FRAMETABLE_END	0xffff828000000000UL
/* 261-  0xffff828000000000  5.5 TiB  direct map: machine address 0 upwards, all RAM           none */
#define DIRECTMAP_VIRT	0xffff828000000000UL
#define DIRECTMAP_END	0xffff880000000000UL
#define HV_VIRT_END	0xffff880000000000UL

#define HV_L4_FIRST	256
#define HV_L4_LAST	271

/* A CPU's descriptor window: guest GDT frames 0-13, page 14 ours, page 15 unused; then 16 pages of LDT. */
#define DT_PAGES_PER_CPU	32
#define GDT_GUEST_PAGES		14
#define GDT_HV_PAGE		14
#define LDT_FIRST_PAGE		16
#define LDT_PAGES		16
#define GDT_VIRT(cpu)		(DT_VIRT + (uint64_t)(cpu) * DT_PAGES_PER_CPU * 4096)
#define LDT_VIRT(cpu)		(GDT_VIRT(cpu) + LDT_FIRST_PAGE * 4096UL)

/* Selectors of the reserved GDT page (ABI section 2.1). */
#define SEL_HV_CS	0xe008
#define SEL_HV_DS	0xe010
#define SEL_USER_CS32	0xe023
#define SEL_USER_DS32	0xe02b
#define SEL_USER_CS64	0xe033
#define SEL_TSS		0xe040
#define SEL_LDT		0xe050

#define NR_CPUS		64	/* physical CPUs that we can use */
#define MAX_VCPUS	64	/* vCPUs of one domain */

/* One aligned block per CPU: IST stacks at the bottom, the stack above them, struct cpu_info at the very top. */
#define STACK_SIZE	32768UL

#endif
