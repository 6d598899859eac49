/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The hosted stand-in of hypervisor/x86/include/arch/cpu.h: a thread is a CPU, interrupts do not
 * come.
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
#define LOCK_CHECK_STORAGE _Thread_local /* lib/lock_check.c: threads may share a CPU's number */

static inline void *percpu_at(void *first, size_t size, unsigned int cpu)
{
	return (char *)first + size * cpu;
}

static inline void cpu_relax(void)
{
}

/* The flag of this CPU, for lib/lock_check.c: nothing interrupts. */
#define hosted_irqs_off	(hosted_cpu_info.pad[0])

static inline void irq_enable(void)
{
	hosted_irqs_off = 0;
}

static inline void irq_disable(void)
{
	hosted_irqs_off = 1;
}

static inline bool irq_flags_on(uint64_t flags)
{
	return flags & 0x200;
}

static inline uint64_t irq_save(void)
{
	uint64_t flags = hosted_irqs_off ? 0 : 0x200;

	irq_disable();
	return flags;
}

static inline void irq_restore(uint64_t flags)
{
	if (irq_flags_on(flags))
		irq_enable();
}

static inline void cpu_halt(void)
{
	irq_enable();
}

static inline bool irqs_enabled(void)
{
	return !hosted_irqs_off;
}

uint64_t rdtsc(void);

#endif
