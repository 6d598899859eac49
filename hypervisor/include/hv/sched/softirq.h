/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Softirqs: work put off to the next return to a guest (or to the idle loop) of a CPU
 * (sched/softirq.c).
 */
#ifndef HV_SCHED_SOFTIRQ_H
#define HV_SCHED_SOFTIRQ_H

#include <hv/atomic.h>
#include <hv/percpu.h>
#include <hv/types.h>

enum softirq { SOFTIRQ_TIMER, SOFTIRQ_SCHED, SOFTIRQ_LOG, SOFTIRQ_TRACE, NR_SOFTIRQS };

/* Let fn do the work of nr, on every CPU. Start-up only. */
void softirq_open(enum softirq nr, void (*fn)(void));
/* There is work for this CPU. Any context. */
void softirq_raise(enum softirq nr);
/* There is work for that CPU, which gets an IPI unless it is this one or polls. Any context. */
void softirq_raise_on(unsigned int cpu, enum softirq nr);
/* Do this CPU's work until none is left. Interrupts on, no lock held. */
void softirq_run(void);

/* Bit n: softirq n is raised. */
DECLARE_PER_CPU(uint64_t, softirq_pending);
/*
 * This CPU looks at its softirqs by itself: no IPI is needed meanwhile. Set and cleared by the idle
 * loop.
 */
DECLARE_PER_CPU(uint64_t, softirq_polled);

static inline bool softirq_is_pending(void)
{
	return atomic_load(&this_cpu(softirq_pending)) != 0;
}

#endif
