/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What generic code needs from the CPU. The hosted tests have a file of the same name and
 * interface.
 */
#ifndef ARCH_CPU_H
#define ARCH_CPU_H

#include <hv/cpu_info.h>
#include <hv/layout.h>
#include <hv/types.h>

static inline struct cpu_info *get_cpu_info(void)
{
	uint64_t sp;

	__asm__("mov %%rsp, %0" : "=r"(sp));
	return (struct cpu_info *)((sp | (STACK_SIZE - 1)) + 1 - sizeof(struct cpu_info));
}

/*
 * Per-CPU variables: the linker makes one area of PERCPU_SIZE bytes and room behind it for those of
 * the other CPUs.
 */
#define PERCPU_SIZE	2048	/* link.lds knows it too */
#define PERCPU_COPIES	1
#define PERCPU_SECTION	__attribute__((section(".bss.percpu")))

#define LOCK_CHECK_STORAGE	/* lib/lock_check.c: it is indexed by the CPU */

static inline void *percpu_at(void *first, size_t size, unsigned int cpu)
{
	char *p;

	(void)size;
	__asm__("" : "=r"(p) : "0"(first));	/* the compiler would hold that there is one */
	return p + (size_t)cpu * PERCPU_SIZE;
}

static inline void cpu_relax(void)
{
	__asm__ volatile("pause" ::: "memory");
}

static inline void irq_enable(void)
{
	__asm__ volatile("sti" ::: "memory");
}

static inline void irq_disable(void)
{
	__asm__ volatile("cli" ::: "memory");
}

/* irq_save() returns the old flags for irq_restore(). */
static inline uint64_t irq_save(void)
{
	uint64_t flags;

	__asm__ volatile("pushfq; popq %0; cli" : "=r"(flags) :: "memory");
	return flags;
}

/* Were interrupts on when irq_save() returned these? */
static inline bool irq_flags_on(uint64_t flags)
{
	return flags & 0x200;
}

static inline void irq_restore(uint64_t flags)
{
	if (irq_flags_on(flags))
		irq_enable();
}

/*
 * Interrupts are off: wait for the next one with interrupts on. None is lost between the two
 * instructions.
 */
static inline void cpu_halt(void)
{
	__asm__ volatile("sti; hlt" ::: "memory");
}

static inline bool irqs_enabled(void)
{
	uint64_t flags;

	__asm__ volatile("pushfq; popq %0" : "=r"(flags));
	return flags & 0x200;
}

static inline uint64_t rdtsc(void)
{
	uint32_t lo, hi;

	__asm__ volatile("rdtsc" : "=a"(lo), "=d"(hi) :: "memory");
	return (uint64_t)hi << 32 | lo;
}

#endif
