// SPDX-License-Identifier: GPL-2.0-only
/*
 * A CPU without work. Before it halts it looks for some for a while: who finds it looking need not interrupt it, and a
 * halt with its wake-up costs more than most waits. For how long is learnt: a wait that was a little too long for the last
 * window makes it twice as wide, up to vcpu_poll_us; one that was longer than that would have been for nothing, and
 * halves it. So two vCPUs that answer each other find each other awake, and a CPU that has nothing to do sleeps.
 */
#include <hv/irq.h>
#include <hv/lib.h>
#include <hv/options.h>
#include <hv/sched.h>
#include <hv/time.h>
#include <hv/timer_hw.h>

DECLARE_PER_CPU(uint64_t, poll_window);	/* ns */
DEFINE_PER_CPU(poll_window);

#define POLL_FIRST_NS	(10 * NS_PER_US)
#define LOOKS_A_PAUSE	64U

/* PAUSE now and then only: an emulator takes its one big lock for each, and whoever is to wake us needs that lock too. */
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

void idle_loop(void)
{
	uint64_t limit = options.vcpu_poll_us * NS_PER_US;
	uint64_t *window = &this_cpu(poll_window);

	for (;;) {
		irq_enable();
		softirq_run();
		uint64_t began = now_ns();

		if (*window)
			idle_poll(began + *window);
		irq_disable();
		if (!softirq_is_pending() && !timer_check_late())
			cpu_halt();
		*window = idle_poll_window(*window, now_ns() - began, limit);
	}
}
