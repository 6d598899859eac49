/* SPDX-License-Identifier: GPL-2.0-only */
/* Timers: who frees one has seen its last call. */
/* sources: hypervisor/sched/timer.c */
/* libs: -lpthread */
#include <pthread.h>
#include <unistd.h>

#include <hv/atomic.h>
#include <hv/percpu.h>
#include <hv/sched.h>
#include <hv/time.h>
#include <hv/timer_hw.h>

#include "log_capture.h"

_Thread_local struct cpu_info hosted_cpu_info;
unsigned int nr_cpus = 2;
DEFINE_PER_CPU(softirq_pending);

static void (*handler)(void);
static uint64_t now = 100;
static bool inside; /* the timer's function runs */

void softirq_open(enum softirq nr, void (*fn)(void))
{
	if (nr == SOFTIRQ_TIMER)
		handler = fn;
}

void softirq_raise(enum softirq nr)
{
	(void)nr;
}

void softirq_raise_on(unsigned int cpu, enum softirq nr)
{
	(void)cpu, (void)nr;
}

void timer_hw_set(uint64_t deadline)
{
	(void)deadline;
}

uint64_t now_ns(void)
{
	return now;
}

/* As a periodic timer: it arms itself again. */
static void again(void *data)
{
	atomic_store_release(&inside, true);
	usleep(50000);
	timer_set(data, now + 1000);
}

static void *other_cpu(void *unused)
{
	hosted_cpu_info.cpu = 1;
	handler();
	return unused;
}

static void test_kill(void)
{
	static struct timer t;
	pthread_t thread;

	timer_init(&t, again, &t, 1);
	timer_set(&t, 50);
	pthread_create(&thread, NULL, other_cpu, NULL);
	while (!atomic_load_acquire(&inside))
		cpu_relax();
	timer_kill(&t);
	result(!t.armed, "a timer that arms itself again while it is killed is not left in the list");
	pthread_join(thread, NULL);
}

static void nothing(void *data)
{
	(void)data;
}

static void test_far_away(void)
{
	static struct timer t;

	now = NS_PER_SEC;
	timer_init(&t, nothing, NULL, 0);
	timer_set(&t, ~UINT64_C(0) - 1);
	result(!timer_check_late(), "a deadline at the end of time is not late");
	timer_set(&t, now - 50);
	result(!timer_check_late(), "nor is one that has just passed");
	now += 1000 * NS_PER_MS;
	result(timer_check_late(), "but one that was forgotten is");
	timer_kill(&t);
}

int main(void)
{
	printf("1..4\n");
	alarm(60);
	timers_init_cpu(0);
	timers_init_cpu(1);
	test_kill();
	test_far_away();
	return tap_failures != 0;
}
