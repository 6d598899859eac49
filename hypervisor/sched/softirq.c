// SPDX-License-Identifier: GPL-2.0-only
/*
 * Softirqs: a word of pending bits a CPU, looked at on each way back to a guest and in the idle
 * loop.
 */
#include <hv/sched/softirq.h>
#include <hv/bitops.h>
#include <hv/irq/vector.h>
#include <hv/lib/lock_check.h>
#include <x86/lapic.h>

DEFINE_PER_CPU(softirq_pending);
DEFINE_PER_CPU(softirq_polled);
static void (*handlers[NR_SOFTIRQS])(void);

void softirq_open(enum softirq nr, void (*fn)(void))
{
	handlers[nr] = fn;
}

void softirq_raise(enum softirq nr)
{
	atomic_or(&this_cpu(softirq_pending), BIT64(nr));
}

void softirq_raise_on(unsigned int cpu, enum softirq nr)
{
	uint64_t old = atomic_or(&per_cpu(softirq_pending, cpu), BIT64(nr));

	/*
	 * With a bit already set it is on its way to look. The bit before the look at polled: the
	 * locked operation is the barrier, and pairs with the one in idle_poll().
	 */
	if (!old && cpu != cpu_id() && !atomic_load(&per_cpu(softirq_polled, cpu)))
		lapic_ipi(cpu, VEC_RESCHED);
}

void softirq_run(void)
{
	uint64_t *pending = &this_cpu(softirq_pending);
	uint64_t word;

	while ((word = atomic_load(pending))) {
		unsigned int nr = first_bit(word);

		LOCK_CHECKED(lock_check_none("softirq"));
		clear_bit(pending,
			  nr); /* a full barrier: what was written before the raise is seen */
		if (handlers[nr])
			handlers[nr]();
	}
}
