/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Per-CPU data. Both GS bases belong to the guest, so the CPU is found from the stack pointer:
 * struct cpu_info stands at the top of the CPU's aligned stack (x86), or is a thread-local variable
 * (hosted tests).
 *
 *	DECLARE_PER_CPU(struct runq, runq);	in a header, or in the .c when private
 *	DEFINE_PER_CPU(runq);			in one .c
 *	this_cpu(runq).length++;		with interrupts off, or when migration cannot matter
 *
 * A CPU never changes under running hypervisor code (there is one stack a CPU and no preemption
 * inside), so this_cpu() needs no protection against migration, only against interrupt handlers of
 * the same CPU.
 */
#ifndef HV_PERCPU_H
#define HV_PERCPU_H

#include <hv/cpu_info.h>
#include <hv/layout.h>
#include <hv/types.h>

#include <arch/cpu.h>		/* get_cpu_info(), cpu_relax(), interrupt flag */

#define current		(get_cpu_info()->vcpu)
#define cpu_id()	(get_cpu_info()->cpu)

/*
 * All variables of one CPU lie together, so that a way through the hypervisor meets one page of
 * them, not one each: after a load of CR3 each page costs a walk. How the copies are found is
 * arch/cpu.h's.
 */
#define DECLARE_PER_CPU(type, name) \
	struct percpu_##name {      \
		type v;             \
	} __cacheline;              \
	extern struct percpu_##name name##_percpu[PERCPU_COPIES]
#define DEFINE_PER_CPU(name)	PERCPU_SECTION struct percpu_##name name##_percpu[PERCPU_COPIES]
#define per_cpu(name, cpu) \
	(((struct percpu_##name *)percpu_at(name##_percpu, sizeof(name##_percpu[0]), cpu))->v)
#define this_cpu(name)		per_cpu(name, cpu_id())

extern unsigned int nr_cpus;	/* CPUs online: 0 .. nr_cpus-1 */
#define for_each_online_cpu(c) for ((c) = 0; (c) < nr_cpus; (c)++)

/* A set of CPUs. */
typedef struct {
	uint64_t bits;
} cpumask_t;
_Static_assert(NR_CPUS <= 64, "cpumask_t is one word");

#endif
