/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Two run queues whose virtual times are an hour apart, and a vCPU that comes from the one to the other: it must not wait
 * for that hour. Written against what sched.h has had from the beginning.
 */
/* sources: hypervisor/sched/sched.c hypervisor/sched/runq.c hypervisor/sched/fair.c hypervisor/sched/place.c hypervisor/sched/cap.c */
/* sources: hypervisor/sched/cpupool.c hypervisor/sched/softirq.c hypervisor/sched/timer.c hypervisor/sched/runstate.c */
#include "sched_world.h"

#define HOUR	(3600 * NS_PER_SEC)

static void run_for(uint64_t ns)
{
	world_run(world_now + ns, NULL);
}

/* The victim has run for an hour on CPU 0, while CPU 1 slept. Returns its number; hog[0] is for CPU 0, hog[1] for CPU 1. */
static unsigned int an_hour_apart(unsigned int hog[2])
{
	unsigned int victim = world_domain(1);

	hog[0] = world_domain(1);
	hog[1] = world_domain(1);
	pin(victim, 1);
	pin(hog[0], 1);
	pin(hog[1], 2);
	wake_from(0, victim);
	wake_from(0, hog[1]);
	run_for(NS_PER_MS);
	world_vcpu[hog[1]].program = (struct program){.burst = NEVER, .pause = NEVER};
	world_vcpu[hog[1]].left = 1;
	run_for(HOUR);
	return victim;
}

static void test_wake_race(void)
{
	unsigned int hog[2], victim = an_hour_apart(hog);
	uint64_t before;

	/* It sleeps; a hog takes its CPU; it wakes and goes to the idle one, and before that has heard of it, so does the other. */
	world_vcpu[victim].left = NS_PER_MS;
	run_for(NS_PER_SEC);
	pin(victim, 3);
	wake_from(0, hog[0]);
	run_for(NS_PER_MS);
	wake_from(0, victim);
	wake_from(0, hog[1]);
	before = ran(victim);
	run_for(600 * NS_PER_SEC);
	printf("# it ran %lu ms of 600 s\n", (ran(victim) - before) / NS_PER_MS);
	result(ran(victim) - before > 250 * NS_PER_SEC, "a wake-up to another CPU that a hog follows: the victim has its share");
}

static void test_pin(void)
{
	unsigned int hog[2], victim = an_hour_apart(hog);
	uint64_t before;

	wake_from(0, hog[1]);
	run_for(NS_PER_MS);
	pin(victim, 2);
	before = ran(victim);
	run_for(600 * NS_PER_SEC);
	printf("# it ran %lu ms of 600 s\n", (ran(victim) - before) / NS_PER_MS);
	result(ran(victim) - before > 290 * NS_PER_SEC, "vcpu-pin to the CPU of a hog: the victim has its half");
}

/* The same the other way: the queue of a hog that has run for an hour, and was never asked about it, gets company. */
static void test_stale(void)
{
	unsigned int victim = world_domain(1), hog = world_domain(1);
	uint64_t before;

	pin(victim, 1);
	pin(hog, 1);
	wake_from(0, victim);
	run_for(HOUR);
	wake_from(0, hog);
	before = ran(victim);
	run_for(600 * NS_PER_SEC);
	printf("# it ran %lu ms of 600 s\n", (ran(victim) - before) / NS_PER_MS);
	result(ran(victim) - before > 290 * NS_PER_SEC, "one that wakes beside a vCPU that ran for an hour does not get that hour");
}

static void sleep_all(void)
{
	for (unsigned int i = 0; i < world_vcpus; i++) {
		world_vcpu[i].wake_at = NEVER;
		if (world_vcpu[i].left)
			world_vcpu[i].left = 1;
	}
	run_for(NS_PER_SEC);
}

int main(void)
{
	printf("1..4\n");
	alarm(120);
	nr_cpus = 2;
	world_start();
	test_wake_race();
	sleep_all();
	test_pin();
	sleep_all();
	test_stale();
	result(world_dangling == 0, "in no switch was `current` a vCPU that others might destroy");
	return tap_failures != 0;
}
