// SPDX-License-Identifier: GPL-2.0-only
/*
 * A CPU without work. Before it halts it looks for some for a while: who finds it looking need not
 * interrupt it, and a halt with its wake-up costs more than most waits. For how long is learnt: a
 * wait that was a little too long for the last window makes it twice as wide, up to the limit; one
 * that was longer than that would have been for nothing, and halves it. So two vCPUs that answer
 * each other find each other awake, and a CPU that has nothing to do sleeps.
 *
 * The limit is vcpu_poll_us. Without it, it follows what a wake-up costs on this machine, which is
 * how late a halted CPU goes on when its timer is due: little on a real one, 140 us and more where
 * the CPU is emulated. There an echo every 20 ms took half again as long while each vCPU that has a
 * part in it had to be woken from a halt: hence a limit of so many costs that waits of that length
 * are covered there.
 */
#include <hv/sched/idle.h>
#include <hv/boot/options.h>
#include <hv/console/printk.h>
#include <hv/lib/lib.h>
#include <hv/sched/softirq.h>
#include <hv/sched/timer.h>
#include <hv/time/clock.h>

DECLARE_PER_CPU(uint64_t, poll_window);	/* ns */
DEFINE_PER_CPU(poll_window);
DECLARE_PER_CPU(uint64_t, wake_cost);	/* ns, on average */
DEFINE_PER_CPU(wake_cost);
DECLARE_PER_CPU(uint64_t, halt_times);
DEFINE_PER_CPU(halt_times);
DECLARE_PER_CPU(uint64_t, halt_ns);
DEFINE_PER_CPU(halt_ns);

#define POLL_FIRST_NS	(10 * NS_PER_US)
#define LOOKS_A_PAUSE	64U
#define LIMIT_LEAST_NS	(200 * NS_PER_US)
#define LIMIT_MOST_NS	(25 * NS_PER_MS)
#define LIMIT_IN_COSTS	200U
#define LATE_MOST_NS	NS_PER_MS

/*
 * PAUSE now and then only: an emulator takes its one big lock for each, and whoever is to wake us
 * needs that lock too.
 */
static void idle_poll(uint64_t until)
{
	atomic_store(&this_cpu(softirq_polled), 1);
	for (unsigned int i = 1; !softirq_is_pending() && now_ns() < until; i++)
		if (!(i % LOOKS_A_PAUSE))
			cpu_relax();
	atomic_store(&this_cpu(softirq_polled), 0);
	smp_mb();	/* before the last look at the bits; pairs with softirq_raise_on() */
}

uint64_t idle_poll_window(uint64_t window, uint64_t waited, uint64_t limit)
{
	if (waited <= window)
		return MIN(window, limit);
	if (waited > limit)
		return window / 2 < POLL_FIRST_NS ? 0 : window / 2;
	return MIN(MAX(window * 2, POLL_FIRST_NS), limit);
}

uint64_t idle_poll_limit(uint64_t cost)
{
	if (tunables.vcpu_poll_us != VCPU_POLL_AUTO)
		return tunables.vcpu_poll_us * NS_PER_US;
	return MIN(MAX(cost * LIMIT_IN_COSTS, LIMIT_LEAST_NS), LIMIT_MOST_NS);
}

uint64_t idle_wake_cost(uint64_t cost, uint64_t late)
{
	return (7 * cost + MIN(late, LATE_MOST_NS)) / 8;
}

/* Interrupts off; they are on when it returns. */
static void halt(void)
{
	uint64_t due = timer_due(), *cost = &this_cpu(wake_cost), began = now_ns(), now;

	cpu_halt();
	now = now_ns();
	this_cpu(halt_times)++;
	this_cpu(halt_ns) += now - began;
	if (due && now >= due)
		*cost = idle_wake_cost(*cost, now - due);
}

void idle_halts(unsigned int cpu, uint64_t *times, uint64_t *ns)
{
	*times = READ_ONCE(per_cpu(halt_times, cpu));
	*ns = READ_ONCE(per_cpu(halt_ns, cpu));
}

void idle_dump(unsigned int cpu)
{
	uint64_t cost = READ_ONCE(per_cpu(wake_cost, cpu));

	log_info("cpu%u: a wake-up costs %lu us; looks for work for %lu us, at most %lu\n", cpu,
		 cost / NS_PER_US, READ_ONCE(per_cpu(poll_window, cpu)) / NS_PER_US,
		 idle_poll_limit(cost) / NS_PER_US);
}

void idle_loop(void)
{
	uint64_t *window = &this_cpu(poll_window);

	for (;;) {
		irq_enable();
		softirq_run();
		uint64_t began = now_ns();

		if (*window)
			idle_poll(began + *window);
		irq_disable();
		if (!softirq_is_pending() && !timer_check_late())
			halt();
		*window = idle_poll_window(*window, now_ns() - began,
					   idle_poll_limit(this_cpu(wake_cost)));
	}
}
