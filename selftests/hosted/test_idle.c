/* SPDX-License-Identifier: GPL-2.0-only */
/* For how long an idle CPU looks for work: long enough where waits are short, not at all where they are long. */
/* sources: hypervisor/sched/idle.c */
#include <stdio.h>
#include <stdlib.h>

#include <hv/options.h>
#include <hv/percpu.h>
#include <hv/sched.h>
#include <hv/time.h>
#include <hv/timer_hw.h>

#define LIMIT (200 * NS_PER_US)

struct options options;
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

static unsigned int number;

static void result(bool good, const char *claim)
{
	printf("%sok %u - %s\n", good ? "" : "not ", ++number, claim);
}

static uint64_t after(uint64_t window, uint64_t waited, unsigned int times)
{
	while (times--)
		window = idle_poll_window(window, waited, LIMIT);
	return window;
}

int main(void)
{
	result(after(0, 5 * NS_PER_MS, 100) == 0, "a CPU that nobody needs for long does not look");
	result(after(0, 150 * NS_PER_US, 6) >= 150 * NS_PER_US, "six waits below the limit, and it looks for that long");
	result(after(160 * NS_PER_US, 20 * NS_PER_US, 100) == 160 * NS_PER_US, "what suffices stays");
	result(after(160 * NS_PER_US, 190 * NS_PER_US, 50) == LIMIT, "never for longer than the limit");
	result(after(LIMIT, 5 * NS_PER_MS, 6) == 0, "six long waits, and it does not look any more");
	result(idle_poll_window(LIMIT, 10, 50 * NS_PER_US) == 50 * NS_PER_US, "a lower limit holds at once");
	result(idle_poll_window(0, 0, 0) == 0 && idle_poll_window(0, 100, 0) == 0, "with a limit of 0 it never looks");
	printf("1..%u\n", number);
	return 0;
}
