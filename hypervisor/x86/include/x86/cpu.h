/* SPDX-License-Identifier: GPL-2.0-only */
/* The processor: what it can do, and its control registers (x86/cpu.c). */
#ifndef X86_CPU_H
#define X86_CPU_H

#include <hv/types.h>

struct cpu_features {
	uint32_t max_leaf, max_ext;
	bool xsave, xsaveopt, pge;
	bool smep, smap, umip;	/* the CPU has it, and it is on */
	bool fpu_keeps_pointers;	/* x86/fpu.h */
	bool cpuid_faulting;	/* CPUID raises #GP in guests: each CPU is told so at its start */
	bool hide_erms;		/* guests do not learn of ERMS and FSRM */
	uint64_t xcr0_mask;	/* states that guests may use */
	uint32_t xsave_size;
	uint32_t phys_bits;
};
extern struct cpu_features cpu_features;

/* Fill in cpu_features and say in the log what CPU this is. Boot CPU, once. */
void cpu_init_boot(void);
/* Guests do without AVX. Boot CPU, before the others and domains. */
void cpu_drop_avx(void);
/* Control registers and MSRs. Every CPU, when it starts. */
void cpu_init_this(void);
/* SYSCALL enters as the kernel that is loaded needs it: in ring 1, or not. This CPU. */
void syscall_init(bool ring1);

struct cpuid_regs {
	uint32_t a, b, c, d;
};

/* The CPU's own answer to CPUID leaf, subleaf sub. Any context. */
void host_cpuid(uint32_t leaf, uint32_t sub, struct cpuid_regs *out);

#endif
