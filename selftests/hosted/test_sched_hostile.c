/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Attacks of a guest on the scheduler. A vCPU moves between two run queues whose virtual times are
 * an hour apart: it must not wait for that hour. A guest sends interrupts to a CPU of its choice,
 * as fast as it can call: that CPU must not get more of them than its own vCPUs cause. A vCPU is
 * destroyed as soon as it is off its CPU.
 */
/* sources: hypervisor/sched/sched.c hypervisor/sched/runq.c hypervisor/sched/fair.c */
/* sources: hypervisor/sched/place.c hypervisor/sched/cap.c */
/* sources: hypervisor/sched/cpupool.c hypervisor/sched/softirq.c hypervisor/sched/timer.c */
/* sources: hypervisor/sched/runstate.c */
#include "sched_world.h"

#define HOUR	(3600 * NS_PER_SEC)

static void run_for(uint64_t ns)
{
	world_run(world_now + ns, NULL);
}

/*
 * The victim has run for an hour on CPU 0, while CPU 1 slept. Returns its number; hog[0] is for CPU
 * 0, hog[1] for CPU 1.
 */
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

	/*
	 * It sleeps; a hog takes its CPU; it wakes and goes to the idle one, and before that has
	 * heard of it, so does the other.
	 */
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
	result(ran(victim) - before > 250 * NS_PER_SEC,
	       "a wake-up to another CPU that a hog follows: the victim has its share");
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
	result(ran(victim) - before > 290 * NS_PER_SEC,
	       "vcpu-pin to the CPU of a hog: the victim has its half");
}

/*
 * The same the other way: the queue of a hog that has run for an hour, and was never asked about
 * it, gets company.
 */
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
	result(ran(victim) - before > 290 * NS_PER_SEC,
	       "one that wakes beside a vCPU that ran for an hour does not get that hour");
}

static void sleep_all(void)
{
	for (unsigned int i = 0; i < world_vcpus; i++) {
		world_vcpu[i].wake_at = NEVER;
		if (world_vcpu[i].v && world_vcpu[i].left)
			world_vcpu[i].left = 1;
	}
	run_for(NS_PER_SEC);
}

/* Percent of one CPU in the next ns. */
static uint64_t part_of(unsigned int i, uint64_t ns)
{
	uint64_t before = ran(i);

	run_for(ns);
	return (ran(i) - before) * 100 / ns;
}

static unsigned int hog(uint64_t mask)
{
	unsigned int i = world_domain(1);

	(void)pin(i, mask);
	wake_from(0, i);
	return i;
}

static bool runs_on(unsigned int i, unsigned int cpu)
{
	return world_cpu[cpu].vcpu == world_vcpu[i].v;
}

static void down_call(void *arg)
{
	vcpu_down(arg);
}

static void up_call(void *arg)
{
	vcpu_up(arg);
}

static void nmi_call(void *arg)
{
	vcpu_send_nmi(arg);
}

/*
 * How often one CPU is interrupted while CPU 0 calls first, then second on v, 10,000 times in 100
 * ms.
 */
static unsigned int storm(unsigned int cpu, void (*first)(void *), void (*second)(void *),
			  struct vcpu *v)
{
	unsigned int before = world_cpu[cpu].ipis;

	for (unsigned int k = 0; k < 10000; k++) {
		on_cpu(0, first, v);
		run_for(5 * NS_PER_US);
		if (second)
			on_cpu(0, second, v);
		run_for(5 * NS_PER_US);
	}
	return world_cpu[cpu].ipis - before;
}

static void test_storms(void)
{
	unsigned int victim = hog(2), never = world_domain(2), other, n;

	world_vcpu[never].v->sched.down = world_vcpu[never + 1].v->sched.down = true;
	world_vcpu[never + 1].v->sched.blocked = false;
	pin(never + 1, 2);
	run_for(10 * NS_PER_MS);
	n = storm(1, nmi_call, NULL, world_vcpu[never + 1].v);
	printf("# %u interrupts\n", n);
	result(n == 0, "NMIs for a vCPU that never ran interrupt nobody");
	n = storm(1, down_call, NULL, world_vcpu[never + 1].v);
	printf("# %u interrupts\n", n);
	result(n == 0, "nor does its VCPUOP_down");
	n = storm(1, up_call, down_call, world_vcpu[never + 1].v);
	printf("# %u interrupts\n", n);
	result(n <= 3 * 100 + 2, "one that goes up and down interrupts its CPU not more than three "
				 "times a rate limit");
	result(part_of(victim, NS_PER_SEC) > 99, "and who runs there has it");
	other = hog(1);
	run_for(10 * NS_PER_MS);
	world_nmis = 0;
	n = storm(0, nmi_call, NULL, world_vcpu[other].v);
	printf("# %u interrupts, %u NMIs\n", n, world_nmis);
	result(n <= 2 && world_nmis == 1, "NMIs for one that runs come one at a time");
	sleep_all();
}

static unsigned int doomed;

/*
 * Once prev is seen to be off its CPU, it may be destroyed; then an interrupt comes, whose handler
 * looks at current.
 */
static void destroy_prev(struct vcpu *next)
{
	struct vcpu *v = world_vcpu[doomed].v;

	if (!v || v == next || v->sched.on_cpu || !v->sched.pauses)
		return;
	v->domain->max_vcpus = 0;
	sched_vcpu_destroy(v);
	world_vcpu[doomed].v = NULL;
	free_page(v);
	if (!current->domain)
		abort();
}

static void pause_call(void *arg)
{
	vcpu_pause_nosync(arg);
}

static void test_destroyed_prev(void)
{
	doomed = hog(2);
	(void)hog(2);
	run_for(100 * NS_PER_MS);
	while (!runs_on(doomed, 1))
		run_for(10 * NS_PER_US);
	world_switched = destroy_prev;
	on_cpu(0, pause_call, world_vcpu[doomed].v);
	run_for(NS_PER_MS);
	result(!world_vcpu[doomed].v,
	       "a vCPU that is destroyed as soon as it is off its CPU is not looked at again");
	world_switched = NULL;
	sleep_all();
}

int main(void)
{
	setlinebuf(stdout);	/* a sanitizer that ends it leaves what was said */
	printf("1..10\n");
	alarm(120);
	nr_cpus = 2;
	world_start();
	test_wake_race();
	sleep_all();
	test_pin();
	sleep_all();
	test_stale();
	sleep_all();
	test_storms();
	test_destroyed_prev();
	result(world_dangling == 0, "in no switch was `current` a vCPU that others might destroy");
	return tap_failures != 0;
}
