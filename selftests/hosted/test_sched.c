/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The scheduler, claim by claim: weights, caps, affinity, pools and the rate limit do what they
 * say; with a CPU for each vCPU nothing is ever programmed.
 */
/* sources: hypervisor/sched/sched.c hypervisor/sched/runq.c hypervisor/sched/fair.c */
/* sources: hypervisor/sched/place.c hypervisor/sched/cap.c */
/* sources: hypervisor/sched/cpupool.c hypervisor/sched/softirq.c hypervisor/sched/timer.c */
/* sources: hypervisor/sched/runstate.c */
#include "sched_world.h"

#include <hv/sched/cpupool.h>
#include <hv/sched/fair.h>
#include <hv/sched/place.h>
#include <hv/sched/sched.h>
#include <hv/time/clock.h>

static void run_for(uint64_t ns)
{
	world_run(world_now + ns, NULL);
}

/* Percent of one CPU in the next ns. */
static double part_of(unsigned int i, uint64_t ns)
{
	uint64_t before = ran(i);

	run_for(ns);
	return (double)(ran(i) - before) * 100 / (double)ns;
}

static bool near(double a, double b, double by)
{
	bool good = a > b - by && a < b + by;

	if (!good)
		printf("# %.2f, not %.2f\n", a, b);
	return good;
}

static struct domain *dom_of(unsigned int i)
{
	return world_vcpu[i].v->domain;
}

struct params {
	struct domain *d;
	unsigned int weight, cap;
};

static void params_call(void *arg)
{
	struct params *p = arg;

	sched_set_params(p->d, p->weight, p->cap);
}

static void set_params(unsigned int i, unsigned int weight, unsigned int cap)
{
	struct params p = {dom_of(i), weight, cap};

	on_cpu(0, params_call, &p);
}

static void down_call(void *arg)
{
	vcpu_down(arg);
}

static void soft_call(void *arg)
{
	struct world_pin *p = arg;

	p->rc = vcpu_set_soft_affinity(p->v, p->mask);
}

static int prefer(unsigned int i, uint64_t mask)
{
	struct world_pin p = {world_vcpu[i].v, {mask}, 0};

	on_cpu(0, soft_call, &p);
	return p.rc;
}

/* A domain of one vCPU that spins where it may. */
static unsigned int hog(uint64_t mask)
{
	unsigned int i = world_domain(1);

	(void)pin(i, mask);
	wake_from(0, i);
	return i;
}

/* The next test begins on a machine with nothing to do. */
static void all_down(void)
{
	for (unsigned int i = 0; i < world_vcpus; i++) {
		world_vcpu[i].wake_at = NEVER;
		if (world_vcpu[i].v && !world_vcpu[i].v->sched.down)
			on_cpu(0, down_call, world_vcpu[i].v);
	}
	run_for(NS_PER_SEC);
}

static bool runs_on(unsigned int i, unsigned int cpu)
{
	return world_cpu[cpu].vcpu == world_vcpu[i].v;
}

static void test_weights(void)
{
	unsigned int light = hog(2), heavy = hog(2);
	bool good = true;

	set_params(heavy, 512, 0);
	run_for(20 * SLICE_NS);
	for (unsigned int k = 0; k < 5; k++)
		good &= near(part_of(light, 10 * SLICE_NS), 100.0 / 3, 1.7);
	result(good, "weights of 256 and 512 on one CPU: 1 to 2 within 5 % over ten slices");
	set_params(light, 256, 25);
	run_for(20 * SLICE_NS);
	result(near(part_of(light, 10 * SLICE_NS), 25, 2) &&
		       near(part_of(heavy, 10 * SLICE_NS), 75, 2),
	       "a cap of 25 % beside one without");
	all_down();
}

static void test_caps(void)
{
	unsigned int one = hog(15), two, four, sleeper, timers;
	bool good = true;
	uint64_t before;

	set_params(one, 256, 25);
	result(near(part_of(one, 10 * SLICE_NS), 25, 3), "a cap holds at once for who is running");
	for (unsigned int k = 0; k < 10; k++)
		good &= near(part_of(one, 10 * SLICE_NS), 25, 2);
	result(good, "a spinning vCPU is held to 25 % within 2 points over ten slices");
	set_params(one, 256, 0);
	run_for(SLICE_NS);
	result(near(part_of(one, 10 * SLICE_NS), 100, 0.1), "without the cap it has all again");
	all_down();

	two = world_domain(2);
	set_params(two, 256, 150);
	wake_from(0, two);
	wake_from(0, two + 1);
	run_for(10 * SLICE_NS);
	before = ran(two) + ran(two + 1);
	run_for(10 * SLICE_NS);
	result(near((double)(ran(two) + ran(two + 1) - before) * 100 / (10 * SLICE_NS), 150, 2),
	       "two vCPUs have 150 % together");
	all_down();

	four = world_domain(4);
	set_params(four, 256, 50);
	for (unsigned int k = 0; k < 4; k++)
		wake_from(0, four + k);
	run_for(10 * SLICE_NS);
	before = ran(four) + ran(four + 1) + ran(four + 2) + ran(four + 3);
	run_for(10 * SLICE_NS);
	result(near((double)(ran(four) + ran(four + 1) + ran(four + 2) + ran(four + 3) - before) *
			    100 / (10 * SLICE_NS),
		    50, 2),
	       "four vCPUs have 50 % together");
	all_down();

	sleeper = world_domain(1);
	set_params(sleeper, 256, 25);
	world_vcpu[sleeper].program =
		(struct program){.burst = 700 * NS_PER_US, .pause = 300 * NS_PER_US};
	wake_from(0, sleeper);
	run_for(10 * SLICE_NS);
	result(near(part_of(sleeper, 100 * SLICE_NS), 25, 2),
	       "one that sleeps in between gets no more");
	all_down();
	timers = world_timers_set;
	run_for(10 * NS_PER_SEC);
	result(world_timers_set == timers, "a capped domain that sleeps needs no timer");
}

static void test_soft(void)
{
	unsigned int v = hog(15), on2, wants0, wants1, on0, on1;

	result(prefer(v, 4) == 0, "a soft affinity");
	run_for(NS_PER_MS);
	result(runs_on(v, 2), "who runs elsewhere goes to the CPU that he prefers");
	on2 = hog(4);
	(void)prefer(v, 15);
	run_for(50 * NS_PER_MS);
	result(!runs_on(v, 2) && runs_on(on2, 2), "without one, to an idle one");
	(void)prefer(v, 4);
	run_for(50 * NS_PER_MS);
	result(!runs_on(v, 2) && part_of(v, 10 * SLICE_NS) > 99,
	       "but does not wait for the preferred one while others are idle");
	world_vcpu[on2].left = 1;
	run_for(NS_PER_MS);
	result(runs_on(v, 2), "and goes there when it has nothing to do");
	result(prefer(v, 1 << 7) == -EINVAL, "a CPU that is none");
	all_down();

	on0 = hog(1);
	on1 = hog(2);
	(void)hog(4);
	(void)hog(8);
	run_for(NS_PER_MS);
	wants1 = world_domain(1);
	wants0 = world_domain(1);
	pin(wants0, 8);
	pin(wants1, 8);
	wake_from(0, wants1);
	wake_from(0, wants0);
	(void)prefer(wants0, 1);
	(void)prefer(wants1, 2);
	world_vcpu[wants0].v->sched.allowed.bits = world_vcpu[wants1].v->sched.allowed.bits = 15;
	world_vcpu[wants0].v->sched.preferred.bits = 1;
	world_vcpu[wants1].v->sched.preferred.bits = 2;
	world_vcpu[on0].left = 1;
	run_for(20 * NS_PER_US);
	result(runs_on(wants0, 0) && runs_on(on1, 1),
	       "a CPU without work takes first who would rather be there");
	all_down();
}

static void test_as_many_cpus(void)
{
	unsigned int first = world_domain(4), timers, moved = 0;
	unsigned int cpu[4];

	for (unsigned int k = 0; k < 4; k++) {
		world_vcpu[first + k].program = (struct program){
			.burst = (200 + 100 * k) * NS_PER_US, .pause = 300 * NS_PER_US};
		wake_from(0, first + k);
	}
	run_for(100 * NS_PER_MS);
	timers = world_timers_set;
	for (unsigned int k = 0; k < 4; k++)
		cpu[k] = world_vcpu[first + k].v->cpu;
	run_for(NS_PER_SEC);
	for (unsigned int k = 0; k < 4; k++)
		moved += world_vcpu[first + k].v->cpu != cpu[k];
	result(world_timers_set == timers && !moved,
	       "with a CPU for each vCPU no timer is programmed, and each stays where it was");
	all_down();
}

static void test_more_than_cpus(void)
{
	unsigned int hogs[5];
	uint64_t before[5];
	bool good = true;

	for (unsigned int k = 0; k < 5; k++)
		hogs[k] = hog(15);
	run_for(NS_PER_SEC);
	for (unsigned int k = 0; k < 5; k++)
		before[k] = ran(hogs[k]);
	run_for(10 * NS_PER_SEC);
	for (unsigned int k = 0; k < 5; k++)
		good &= near((double)(ran(hogs[k]) - before[k]) / (10 * NS_PER_SEC) * 100, 80, 4);
	result(good, "five that spin on four CPUs have 80 % each, within 5 % over 10 s");
	all_down();
}

/* What a service that sleeps most of the time waits for its CPU, at most. */
static void test_latency(void)
{
	unsigned int service = world_domain(1);
	uint64_t most = 0, woken, before;

	(void)hog(2);
	(void)hog(2);
	pin(service, 2);
	world_vcpu[service].program = (struct program){.burst = 100 * NS_PER_US, .pause = NEVER};
	wake_from(0, service);	/* a new vCPU has not slept yet */
	run_for(100 * NS_PER_MS);
	for (unsigned int k = 0; k < 500; k++) {
		before = ran(service);
		woken = world_now;
		wake_from(0, service);
		while (ran(service) == before)
			run_for(10 * NS_PER_US);
		most = MAX(most, world_now - woken);
		run_for(NS_PER_MS + (k * 7919 * NS_PER_US) % (20 * NS_PER_MS));
	}
	printf("# %lu us at most\n", most / NS_PER_US);
	result(most <= options.sched_ratelimit_us * NS_PER_US + 100 * NS_PER_US,
	       "beside two hogs a sleeper waits for the rate limit, no longer");
	all_down();
}

static void test_first_cpu(void)
{
	uint64_t seen = 0;

	for (unsigned int k = 0; k < 4; k++)
		seen |= BIT64(world_vcpu[world_domain(1)].v->cpu);
	result(seen == 15, "the first vCPUs of four domains begin on four CPUs");
	all_down();
}

struct pool_request {
	int (*fn)(unsigned int pool, unsigned int cpu);
	unsigned int pool, cpu;
	int rc;
};

static void pool_call(void *arg)
{
	struct pool_request *r = arg;

	r->rc = r->fn(r->pool, r->cpu);
}

static void move_call(void *arg)
{
	struct pool_request *r = arg;

	r->rc = cpupool_move(&world_dom[r->cpu], r->pool);
}

static int pool_cpu(int (*fn)(unsigned int, unsigned int), unsigned int pool, unsigned int cpu)
{
	struct pool_request r = {fn, pool, cpu, 0};

	on_cpu(0, pool_call, &r);
	return r.rc;
}

static int pool_move(unsigned int i, unsigned int pool)
{
	struct pool_request r = {NULL, pool, dom_of(i)->id, 0};

	on_cpu(0, move_call, &r);
	return r.rc;
}

static void test_pools(void)
{
	unsigned int pool, in = hog(15), out = hog(15), more[3];

	for (unsigned int k = 0; k < 3; k++)
		more[k] = hog(15);
	result(cpupool_create(CPUPOOL_ANY, &pool) == 0 && pool_move(in, pool) == -ENODEV,
	       "a pool without a CPU takes nobody");
	result(pool_cpu(cpupool_remove_cpu, 0, 3) == 0, "a CPU leaves pool 0");
	run_for(NS_PER_MS);
	result(world_cpu[3].vcpu->is_idle && part_of(out, 100 * NS_PER_MS) > 20,
	       "and who ran there goes on elsewhere");
	result(pool_cpu(cpupool_add_cpu, pool, 3) == 0 && pool_move(in, pool) == 0,
	       "it enters the new one, a domain too");
	run_for(NS_PER_MS);
	result(runs_on(in, 3) && part_of(in, 100 * NS_PER_MS) > 99.9, "which has it for itself");
	result(pin(in, 1) == -EINVAL && pin(out, 8) == -EINVAL, "nobody is pinned out of his pool");
	result(pool_move(in, 0) == 0 && pool_cpu(cpupool_remove_cpu, pool, 3) == 0 &&
		       pool_cpu(cpupool_add_cpu, 0, 3) == 0,
	       "all back");
	run_for(50 * NS_PER_MS);
	result(!world_cpu[3].vcpu->is_idle, "and the CPU has work");
	all_down();
	(void)more;
}

static void test_ratelimit(void)
{
	unsigned int runs = hog(2), wakes = world_domain(1);
	uint64_t began;

	pin(wakes, 2);
	(void)cpupool_set_ratelimit(0, 5000);
	wake_from(0, wakes);	/* from here on they take turns */
	run_for(100 * NS_PER_MS);
	while (!runs_on(runs, 1))
		run_for(10 * NS_PER_US);
	began = world_now;
	while (runs_on(runs, 1))
		run_for(10 * NS_PER_US);
	result(world_now - began >= 4900 * NS_PER_US,
	       "with a rate limit of 5 ms nobody is taken off his CPU before that");
	all_down();
	(void)cpupool_set_ratelimit(0, 1000);
}

int main(void)
{
	alarm(300);
	world_start();
	test_first_cpu();
	test_weights();
	test_caps();
	test_soft();
	test_as_many_cpus();
	test_more_than_cpus();
	test_latency();
	test_pools();
	test_ratelimit();
	printf("1..%u\n", tap_number);
	return tap_failures != 0;
}
