/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Claim: an idle CPU polls for work for long enough where waits are short, and not at all where
 * they are long.
 */
/* sources: hypervisor/sched/idle.c */
#include <hv/boot/options.h>
#include <hv/percpu.h>
#include <hv/sched/idle.h>
#include <hv/sched/softirq.h>
#include <hv/sched/timer.h>
#include <hv/time/clock.h>

#include "log_capture.h"

#define LIMIT (200 * NS_PER_US)

struct tunables tunables;
_Thread_local struct cpu_info hosted_cpu_info;
DEFINE_PER_CPU(softirq_pending);
DEFINE_PER_CPU(softirq_polled);

/* The loop itself is for machines. */
uint64_t now_ns(void)
{
	abort();
}

void softirq_run(void)
{
	abort();
}

bool timer_check_late(void)
{
	abort();
}

uint64_t timer_due(void)
{
	abort();
}

static uint64_t after(uint64_t window, uint64_t waited, unsigned int times)
{
	while (times--)
		window = idle_poll_window(window, waited, LIMIT);
	return window;
}

int main(void)
{
	uint64_t cost = 0;

	result(after(0, 5 * NS_PER_MS, 100) == 0, "a CPU that nobody needs for long does not look");
	result(after(0, 150 * NS_PER_US, 6) >= 150 * NS_PER_US,
	       "six waits below the limit, and it looks for that long");
	result(after(160 * NS_PER_US, 20 * NS_PER_US, 100) == 160 * NS_PER_US,
	       "what suffices stays");
	result(after(160 * NS_PER_US, 190 * NS_PER_US, 50) == LIMIT,
	       "never for longer than the limit");
	result(after(LIMIT, 5 * NS_PER_MS, 6) == 0,
	       "six long waits, and it does not look any more");
	result(idle_poll_window(LIMIT, 10, 50 * NS_PER_US) == 50 * NS_PER_US,
	       "a lower limit holds at once");
	result(idle_poll_window(0, 0, 0) == 0 && idle_poll_window(0, 100, 0) == 0,
	       "with a limit of 0 it never looks");
	tunables.vcpu_poll_us = 50;
	result(idle_poll_limit(NS_PER_MS) == 50 * NS_PER_US,
	       "what the administrator says is the limit");
	tunables.vcpu_poll_us = VCPU_POLL_AUTO;
	result(idle_poll_limit(0) == 200 * NS_PER_US &&
		       idle_poll_limit(NS_PER_US) == 200 * NS_PER_US,
	       "without a word, 200 us where a wake-up costs little");
	result(idle_poll_limit(80 * NS_PER_US) == 16 * NS_PER_MS &&
		       idle_poll_limit(NS_PER_MS) == 25 * NS_PER_MS,
	       "200 wake-ups where it costs more, 25 ms at most");
	for (unsigned int i = 0; i < 50; i++)
		cost = idle_wake_cost(cost, i % 10 ? 80 * NS_PER_US : UINT64_MAX);
	result(cost > 80 * NS_PER_US && cost < 400 * NS_PER_US,
	       "one that was late for another reason counts a little");
	idle_dump(0);
	result(log_has("cpu0: a wake-up costs 0 us; looks for work for 0 us, at most 200"),
	       "the debug key tells what was learnt");
	printf("1..%u\n", tap_number);
	return tap_failures != 0;
}
