/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A CPU's window (hv/layout.h): what the processor looks up for itself, also in guest mode
 * (x86/window.c). All of it is for the CPU that calls, unless a CPU is named.
 */
#ifndef X86_WINDOW_H
#define X86_WINDOW_H

#include <hv/compiler.h>
#include <hv/types.h>

struct tss {
	uint32_t reserved0;
	uint64_t rsp0, rsp1, rsp2;
	uint64_t reserved1;
	uint64_t ist[7];
	uint64_t reserved2;
	uint16_t reserved3;
	uint16_t iobitmap;
} __packed;

/*
 * The page of a CPU's window that entry.S and the processor use before CR3 is ours. Nothing in it
 * is a secret.
 */
struct switch_page {
	struct tss tss __aligned(8);
	uint64_t scratch;	/* RSP of the guest, while a SYSCALL stub has no register for it */
	uint64_t regs_end;	/* where SYSCALL pushes the registers: as tss.rsp0 */
	uint64_t hv_stack;	/* top of this CPU's stack: its struct cpu_info */
	uint64_t hv_cr3;	/* what is loaded in hypervisor mode, as cpu_info's */
	uint64_t guest_l4[2];   /* this CPU's copies of the guest's L4s, for kernel and user
				   (x86/xpti.c); 0: none */
};

/* Build and map the window with its IST stacks. The boot CPU first. Panics without memory. */
void window_init_cpu(void);
/* Page number `page` of the window becomes e. Interrupts off. */
void window_set(unsigned int page, pte_t e);
/*
 * Show v at VCPU_ADDR of this CPU, and let entries from ring 3 save registers into it: there, or at
 * its own address. Interrupts off.
 */
void window_load_vcpu(struct vcpu *v);
/* The entry that names the CPU's window table. */
pte_t window_table_entry(unsigned int cpu);
/* The entry that names the table of the 4 GiB at VCPU_ADDR. */
pte_t window_vcpu_entry(unsigned int cpu);
/* Its address in the window. */
struct switch_page *switch_page(void);
/* The CPU's own descriptors, by an address for writing. */
uint64_t *window_gdt_page(void);

#endif
