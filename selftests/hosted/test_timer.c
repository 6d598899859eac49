/* SPDX-License-Identifier: GPL-2.0-only */
/* Claim: after timer_kill() returns, the timer's function is not running and never runs again. */
/* sources: hypervisor/sched/timer.c */
/* libs: -lpthread */
#include <pthread.h>
#include <unistd.h>

#include <hv/atomic.h>
#include <hv/percpu.h>
#include <hv/sched/softirq.h>
#include <hv/sched/timer.h>
#include <hv/time/clock.h>
#include <x86/timer_hw.h>

#include "log_capture.h"

_Thread_local struct cpu_info hosted_cpu_info;
unsigned int nr_cpus = 3;
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
	result(!t.armed,
	       "a timer that arms itself again while it is killed is not left in the list");
	pthread_join(thread, NULL);
}

static struct timer moved;
static bool hold, finished;

static void wait_inside(void *data)
{
	(void)data;
	atomic_store_release(&inside, true);
	while (atomic_load_acquire(&hold))
		usleep(100);
	usleep(20000);
	atomic_store_release(&finished, true);
}

static void *let_go(void *unused)
{
	usleep(50000);
	atomic_store_release(&hold, false);
	return unused;
}

/*
 * Its function runs on CPU 1 when the timer becomes CPU 0's: whoever kills it there waits for CPU
 * 1.
 */
static void test_kill_moved(void)
{
	pthread_t cpu1, later;

	inside = false;
	hold = true;
	timer_init(&moved, wait_inside, NULL, 1);
	timer_set(&moved, 50);
	pthread_create(&cpu1, NULL, other_cpu, NULL);
	while (!atomic_load_acquire(&inside))
		cpu_relax();
	timer_migrate(&moved, 0);
	timer_set(&moved, now + 1000);
	pthread_create(&later, NULL, let_go, NULL);
	timer_kill(&moved);
	result(atomic_load_acquire(&finished), "a timer that was moved while its function ran is "
					       "not gone before that has returned");
	timer_set(&moved, 50);
	result(!moved.armed, "nor armed ever again");
	pthread_join(cpu1, NULL);
	pthread_join(later, NULL);
}

/*
 * ---- many timers that arm and move themselves, and are freed: a use after that is the sanitizer's
 * to find ----
 */

#define CPUS	3U
#define TIMERS	4U
#define ROUNDS	150U
#define ROUNDS_MOST	(100 * ROUNDS)	/* the other CPUs may have little time on a busy machine */

struct busy {
	struct timer t;
	uint64_t calls;
};

static struct busy *busy[TIMERS];
static bool stop;

static void busy_fn(void *data)
{
	struct busy *b = data;

	b->calls++;
	usleep(20);	/* a machine with fewer cores than this one has CPUs gets on, too */
	if (b->calls % 3 == 0)
		timer_migrate(&b->t, (unsigned int)(b->calls / 3 % CPUS));
	timer_set(&b->t, 50);
}

static void *cpu_loop(void *number)
{
	hosted_cpu_info.cpu = (unsigned int)(uintptr_t)number;
	while (!atomic_load_acquire(&stop))
		handler();
	return NULL;
}

static void test_kill_race(void)
{
	pthread_t cpu[CPUS];
	uint64_t calls = 0;

	for (uintptr_t c = 1; c < CPUS; c++)
		pthread_create(&cpu[c], NULL, cpu_loop, (void *)c);
	for (unsigned int i = 0; i < ROUNDS || (calls <= ROUNDS && i < ROUNDS_MOST); i++) {
		struct busy **b = &busy[i % TIMERS];

		if (*b) {
			timer_kill(&(*b)->t);
			calls += (*b)->calls;
			memset(*b, 0xee, sizeof(**b));
			free(*b);
		}
		*b = calloc(1, sizeof(**b));
		timer_init(&(*b)->t, busy_fn, *b, 1 + i % (CPUS - 1));
		timer_set(&(*b)->t, 50);
		if (i % 64 == 0 || i > ROUNDS)
			usleep(1000);
	}
	for (unsigned int i = 0; i < TIMERS; i++) {
		timer_kill(&busy[i]->t);
		calls += busy[i]->calls;
		free(busy[i]);
	}
	atomic_store_release(&stop, true);
	for (unsigned int c = 1; c < CPUS; c++)
		pthread_join(cpu[c], NULL);
	printf("# %lu calls\n", calls);
	result(calls > ROUNDS,
	       "timers that arm and move themselves are killed and freed at any moment");
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
	printf("1..7\n");
	alarm(60);
	timers_init_cpu(0);
	timers_init_cpu(1);
	timers_init_cpu(2);
	test_far_away();
	test_kill();
	test_kill_moved();
	test_kill_race();
	return tap_failures != 0;
}
