/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The hosted stand-in of hypervisor/x86/include/arch/cpu.h: a thread is a CPU, interrupts do not
 * exist.
 */
#ifndef ARCH_CPU_H
#define ARCH_CPU_H

extern _Thread_local struct cpu_info hosted_cpu_info;

static inline struct cpu_info *get_cpu_info(void)
{
	return &hosted_cpu_info;
}

#define PERCPU_COPIES	NR_CPUS
#define PERCPU_SECTION

static inline void *percpu_at(void *first, size_t size, unsigned int cpu)
{
	return (char *)first + size * cpu;
}

static inline void cpu_relax(void)
{
}

static inline void irq_enable(void)
{
}

static inline void irq_disable(void)
{
}

static inline uint64_t irq_save(void)
{
	return 0;
}

static inline void irq_restore(uint64_t flags)
{
	(void)flags;
}

static inline void cpu_halt(void)
{
}

static inline bool irqs_enabled(void)
{
	return true;
}

uint64_t rdtsc(void);

#endif
