/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The scheduler against a model of its guarantees. On a machine of four CPUs, vCPUs that spin,
 * sleep, yield and steer are pinned, paused, weighed, capped and moved between pools at random.
 * After each step
 *
 *  a. no runnable vCPU has waited for longer than the bound in fair.c;
 *  b. in phases without such calls, CPU shares follow weights within 5 % of the CPU over ten
 *     slices, and no cap is exceeded (test_sched checks that a cap is also reached);
 *  c. no CPU has been idle for a slice while a vCPU waited that may run there.
 *
 * SEED=N chooses another run, SECONDS_MODEL=N a longer one.
 */
/* sources: hypervisor/sched/sched.c hypervisor/sched/runq.c hypervisor/sched/fair.c */
/* sources: hypervisor/sched/place.c hypervisor/sched/cap.c */
/* sources: hypervisor/sched/cpupool.c hypervisor/sched/softirq.c hypervisor/sched/timer.c */
/* sources: hypervisor/sched/runstate.c */
#include "sched_world.h"

#include <hv/sched/cpupool.h>
#include <hv/sched/fair.h>
#include <hv/sched/place.h>
#include <hv/sched/runq.h>
#include <hv/sched/sched.h>
#include <hv/time/clock.h>

#define WINDOW		(10 * SLICE_NS)
#define SETTLE		(3 * WINDOW)	/* after the last change, until shares are looked at */
#define REACTION_NS	(1 * NS_PER_MS)	/* an interrupt, and a timer behind others */

/* What the model remembers of a vCPU. */
static struct watch {
	bool waits;
	uint64_t since;			/* it waits */
	uint64_t may_since;		/* it may run where it may run */
	uint64_t others;		/* who ran on its CPU meanwhile, by number */
	unsigned int cpu, moves;
	uint64_t ran_before;		/* this window */
	bool steady;			/* all through this window runnable on that CPU */
	uint64_t touched;		/* the CPUs on which it was in this window */
} watch[WORLD_VCPUS];
static uint64_t idle_since[WORLD_CPUS];
static uint64_t waited_most, idled_most;	/* in thousandths of the bound */
static unsigned int bad_waits, bad_idles, bad_shares, bad_caps, shares_seen, caps_seen;
static double share_worst, cap_worst;

static uint64_t span(void)
{
	uint64_t most = SLICE_NS;

	for (unsigned int c = 0; c < nr_cpus; c++)
		most = MAX(most, per_cpu(runq, c).ratelimit_ns);
	return most;
}

/* fair.c: S + sum of (2 S + bonus + S * w_j / w). */
static uint64_t bound(unsigned int i)
{
	uint64_t s = span(), sum = s;

	for (unsigned int j = 0; j < world_vcpus; j++)
		if (j != i && watch[i].others >> j & 1)
			sum += 2 * s + WAKE_BONUS_NS +
			       s * world_vcpu[j].v->sched.weight / world_vcpu[i].v->sched.weight;
	return sum;
}

static bool runs(unsigned int i)
{
	return world_cpu[world_vcpu[i].v->cpu].vcpu == world_vcpu[i].v;
}

static void complain(const char *what, unsigned int i, uint64_t ns, uint64_t most)
{
	printf("# at %lu us d%uv%u on CPU %u %s for %lu us, %lu are allowed (weight %u, cap %u, %u "
	       "moves)\n",
	       world_now / NS_PER_US, world_vcpu[i].v->domain->id, world_vcpu[i].v->id,
	       world_vcpu[i].v->cpu, what, ns / NS_PER_US, most / NS_PER_US,
	       world_vcpu[i].v->sched.weight, world_vcpu[i].v->domain->sched.cap, watch[i].moves);
}

static void watch_wait(unsigned int i)
{
	struct vcpu *v = world_vcpu[i].v;
	struct watch *w = &watch[i];
	uint64_t waited, most;

	w->steady &= vcpu_runnable(v) && w->cpu == v->cpu;
	w->moves += w->cpu != v->cpu;
	w->cpu = v->cpu;
	w->touched |= BIT64(v->cpu);
	if (!vcpu_runnable(v) || runs(i)) {
		w->waits = false;
		return;
	}
	if (!w->waits) {
		w->waits = true;
		w->since = world_now;
		w->others = w->moves = 0;
	}
	for (unsigned int j = 0; j < world_vcpus; j++)
		if (world_cpu[v->cpu].vcpu == world_vcpu[j].v)
			w->others |= BIT64(j);
	waited = world_now - w->since;
	most = bound(i);
	waited_most = MAX(waited_most, waited * 1000 / most);
	if (waited > most && bad_waits++ < 5)
		complain("waits", i, waited, most);
}

static void watch_idle(unsigned int c)
{
	if (!world_cpu[c].vcpu->is_idle) {
		idle_since[c] = NEVER;
		return;
	}
	if (idle_since[c] == NEVER)
		idle_since[c] = world_now;
	for (unsigned int i = 0; i < world_vcpus; i++) {
		uint64_t since;

		if (!watch[i].waits || !cpu_in(world_vcpu[i].v->sched.allowed, c))
			continue;
		since = MAX(MAX(idle_since[c], watch[i].since), watch[i].may_since);
		if (world_now <= since)
			continue;
		idled_most = MAX(idled_most, (world_now - since) * 1000 / span());
		if (world_now - since > span() + REACTION_NS && bad_idles++ < 5)
			complain("waits while a CPU idles", i, world_now - since, span());
	}
}

static void check(void)
{
	for (unsigned int i = 0; i < world_vcpus; i++)
		watch_wait(i);
	for (unsigned int c = 0; c < nr_cpus; c++)
		watch_idle(c);
}

/* ---- what the toolstack asks for ---- */

static unsigned int target;
static uint64_t argument;

static struct vcpu *victim(void)
{
	return world_vcpu[target].v;
}

static void begin_again(unsigned int i)
{
	watch[i] = (struct watch){.may_since = world_now,
				  .ran_before = watch[i].ran_before,
				  .cpu = world_vcpu[i].v->cpu};
}

static void set_hard(void *arg)
{
	(void)arg;
	(void)vcpu_set_affinity(victim(), (cpumask_t){argument});
}

static void set_soft(void *arg)
{
	(void)arg;
	(void)vcpu_set_soft_affinity(victim(), (cpumask_t){argument});
}

static void pause_one(void *arg)
{
	(void)arg;
	vcpu_pause_nosync(victim());
}

static void unpause_one(void *arg)
{
	(void)arg;
	vcpu_unpause(victim());
}

static void set_weight(void *arg)
{
	(void)arg;
	sched_set_params(victim()->domain, (unsigned int)argument, victim()->domain->sched.cap);
}

static void set_cap(void *arg)
{
	(void)arg;
	sched_set_params(victim()->domain, victim()->domain->sched.weight, (unsigned int)argument);
}

static void move_pool(void *arg)
{
	(void)arg;
	(void)cpupool_move(victim()->domain, (unsigned int)argument);
}

static void move_cpu(void *arg)
{
	unsigned int cpu = (unsigned int)argument, from = argument >> 8 & 1;

	(void)arg;
	if (!cpupool_remove_cpu(from, cpu & 0xff))
		(void)cpupool_add_cpu(!from, cpu & 0xff);
}

static void wake_it(void *arg)
{
	(void)arg;
	wake_one(victim());
}

static void down_it(void *arg)
{
	(void)arg;
	vcpu_down(victim());
}

static void up_it(void *arg)
{
	(void)arg;
	vcpu_up(victim());
}

static void ask(void (*fn)(void *), unsigned int i, uint64_t arg)
{
	target = i;
	argument = arg;
	on_cpu((unsigned int)world_random(nr_cpus), fn, NULL);
	/* The bounds are for one who stays where he is, among others that stay what they are. */
	for (unsigned int j = 0; j < world_vcpus; j++)
		if (fn == move_cpu || fn == set_weight ||
		    world_vcpu[j].v->domain == world_vcpu[i].v->domain)
			begin_again(j);
}

static const unsigned int weights[] = {1, 64, 256, 256, 256, 512, 1024, 65535};
static const unsigned int caps[] = {0, 0, 0, 5, 25, 50, 100, 150};

static void ask_anything(void)
{
	unsigned int i = (unsigned int)world_random(world_vcpus);
	struct vcpu *v = world_vcpu[i].v;

	switch (world_random(11)) {
	case 0:
	case 1: ask(set_hard, i, 1 + world_random(15)); break;
	case 2: ask(set_soft, i, 1 + world_random(15)); break;
	case 3:
		if (v->sched.pauses)
			ask(unpause_one, i, 0);
		else
			ask(pause_one, i, 0);
		break;
	case 4: ask(set_weight, i, weights[world_random(ARRAY_SIZE(weights))]); break;
	case 5: ask(set_cap, i, caps[world_random(ARRAY_SIZE(caps))]); break;
	case 6: ask(move_pool, i, world_random(2)); break;
	case 7: ask(move_cpu, i, world_random(nr_cpus) | world_random(2) << 8); break;
	case 8: ask(v->sched.down ? up_it : down_it, i, 0); break;
	default: ask(wake_it, i, 0); break;
	}
}

/* ---- programs ---- */

/* Until just before the CPU looks: who is charged by ticks would let it run for nothing. */
static uint64_t until_the_tick(struct vcpu *v)
{
	uint64_t at = per_cpu(runq, v->cpu).check_at;

	return at > world_now + 100 * NS_PER_US ? at - world_now - 50 * NS_PER_US : 4 * NS_PER_MS;
}

static const struct program programs[] = {
	{.burst = NEVER},
	{.burst = NEVER},
	{.burst = 200 * 1000, .pause = 1000 * 1000},
	{.burst = 30 * 1000, .pause = 70 * 1000},
	{.burst = 20 * 1000 * 1000, .pause = 50 * 1000 * 1000},
	{.next_burst = until_the_tick, .pause = 1000},
	{.next_burst = until_the_tick, .pause = 60 * 1000},
	{.burst = 300 * 1000, .yields = true},
};

static void make_world(unsigned int domains)
{
	for (unsigned int i = 0; i < domains; i++) {
		unsigned int n = 1 + (unsigned int)world_random(3), first = world_domain(n);

		for (unsigned int k = first; k < first + n; k++) {
			world_vcpu[k].program = programs[world_random(ARRAY_SIZE(programs))];
			world_vcpu[k].left = 0;
			wake_from(0, k);
		}
	}
}

/*
 * Of a pinned hog that goes to and fro, as fast as a toolstack that an attacker may use could do
 * it.
 */
static void ping_pong(unsigned int i)
{
	static unsigned int turn;

	ask(set_hard, i, BIT64(turn++ % nr_cpus));
}

/* ---- a steady phase: only those who spin, and nobody asks ---- */

static void begin_window(void)
{
	for (unsigned int i = 0; i < world_vcpus; i++) {
		struct watch *w = &watch[i];

		w->ran_before = ran(i);
		w->cpu = world_vcpu[i].v->cpu;
		w->touched = BIT64(w->cpu);
		w->steady = vcpu_runnable(world_vcpu[i].v) &&
			    world_vcpu[i].program.burst == NEVER &&
			    !world_vcpu[i].program.next_burst;
	}
}

static void judge_shares(unsigned int c)
{
	double sum = 0, part, wanted;
	unsigned int small = 0;

	for (unsigned int i = 0; i < world_vcpus; i++) {
		if (!(watch[i].touched >> c & 1) ||
		    (!watch[i].steady && ran(i) == watch[i].ran_before))
			continue;
		/*
		 * One that moved, sleeps or is capped: what the others have then is not their
		 * weights' doing.
		 */
		if (!watch[i].steady || world_vcpu[i].v->domain->sched.cap)
			return;
		sum += world_vcpu[i].v->sched.weight;
	}
	for (unsigned int i = 0; i < world_vcpus; i++)
		small += watch[i].cpu == c && watch[i].steady &&
			 world_vcpu[i].v->sched.weight * 10 < sum;
	if (small > 5)	/* each is given a millisecond at a time: see fair_quantum() */
		return;
	for (unsigned int i = 0; i < world_vcpus; i++) {
		if (watch[i].cpu != c || !watch[i].steady)
			continue;
		part = (double)(ran(i) - watch[i].ran_before) / WINDOW;
		wanted = world_vcpu[i].v->sched.weight / sum;
		part = part > wanted ? part - wanted : wanted - part;
		share_worst = MAX(share_worst, part);
		shares_seen++;
		if (part > 0.05 && bad_shares++ < 5)
			complain("is off its share, by parts in a million,", i,
				 (uint64_t)(part * 1e9), (uint64_t)5e7);
	}
}

/*
 * Never more than the cap. A window of ten periods can begin and end in the middle of one, so that
 * it holds the quota of eleven; of `windows` of them one after the other, of one more.
 */
static void judge_caps(const uint64_t *before, unsigned int windows)
{
	for (unsigned int d = 0; d < world_domains; d++) {
		double cap = world_dom[d].sched.cap / 100.0, part = 0;

		for (unsigned int i = 0; i < world_vcpus; i++)
			if (world_vcpu[i].v->domain == &world_dom[d])
				part += (double)(ran(i) - before[i]) / WINDOW / windows;
		if (!world_dom[d].sched.cap)
			continue;
		caps_seen++;
		cap_worst = MAX(cap_worst, part - cap);
		if (part > cap + cap / 10 / windows + 0.005 && bad_caps++ < 5)
			printf("# domain %u ran for %.3f of a CPU with a cap of %.2f\n", d, part,
			       cap);
	}
}

static void run_watched(uint64_t *before, uint64_t ns)
{
	for (unsigned int i = 0; i < world_vcpus; i++)
		before[i] = ran(i);
	world_run(world_now + ns, check);
}

static void set_ratelimit(unsigned int us)
{
	(void)cpupool_set_ratelimit(0, us);
	(void)cpupool_set_ratelimit(1, us);
	for (unsigned int i = 0; i < world_vcpus; i++)
		begin_again(i);
}

/* Everybody spins, or only those who do anyway; capped as they are, or not at all. */
static void make_steady(bool all, bool uncapped)
{
	for (unsigned int i = 0; i < world_vcpus; i++) {
		if (world_vcpu[i].v->sched.pauses)
			ask(unpause_one, i, 0);
		if (world_vcpu[i].v->sched.down)
			ask(up_it, i, 0);
		if (uncapped)
			ask(set_cap, i, 0);
		if (all) {
			world_vcpu[i].program = programs[0];
			world_vcpu[i].left = NEVER;
		}
		if (world_vcpu[i].program.burst == NEVER)
			wake_from(0, i);
		else
			ask(pause_one, i, 0);
	}
}

static void steady_phase(unsigned int windows, bool all, bool uncapped)
{
	make_steady(all, uncapped);
	set_ratelimit(1000);
	world_run(world_now + SETTLE, check);
	while (windows--) {
		uint64_t before[WORLD_VCPUS];

		begin_window();
		run_watched(before, WINDOW);
		for (unsigned int c = 0; c < nr_cpus; c++)
			judge_shares(c);
		judge_caps(before, 1);
		run_watched(before, world_random(WINDOW));
	}
	uint64_t before[WORLD_VCPUS];

	run_watched(before, 10 * WINDOW);
	judge_caps(before, 10);
	for (unsigned int i = 0; all && i < world_vcpus; i++) {
		world_vcpu[i].program = programs[world_random(ARRAY_SIZE(programs))];
		world_vcpu[i].left = world_vcpu[i].left == NEVER ? 1 : world_vcpu[i].left;
	}
}

static void wild_phase(unsigned int asks, bool chase)
{
	while (asks--) {
		ask_anything();
		if (chase)
			for (unsigned int k = 0; k < 5; k++) {
				ping_pong(0);
				world_run(world_now + 1 + world_random(3 * NS_PER_MS), check);
			}
		world_run(world_now + 1 + world_random(asks % 10 ? 2 * NS_PER_MS : 400 * NS_PER_MS),
			  check);
	}
}

int main(void)
{
	static const unsigned int limits[] = {1000, 0, 100, 5000, 1000};
	const char *seed = getenv("SEED"), *seconds = getenv("SECONDS_MODEL");
	uint64_t end;
	unsigned int pool, phase = 0;

	printf("1..8\n");
	alarm(900);
	world_seed = seed ? strtoul(seed, NULL, 10) : 20261129;
	printf("# SEED=%lu\n", world_seed);
	memset(idle_since, 0xff, sizeof(idle_since));
	world_start();
	make_world(8);
	result(cpupool_create(CPUPOOL_ANY, &pool) == 0 && pool == 1, "a second pool");
	end = world_now + (seconds ? strtoul(seconds, NULL, 10) : 60) * NS_PER_SEC;
	for (; world_now < end; phase++) {
		set_ratelimit(limits[phase % ARRAY_SIZE(limits)]);
		wild_phase(60, phase % 3 == 2);
		steady_phase(6, phase % 2, phase % 4 < 2);
	}
	printf("# longest wait %lu/1000 of its bound, longest idling beside one who waits %lu/1000 "
	       "of a slice\n",
	       waited_most, idled_most);
	printf("# %u shares, %.1f points off at most; %u caps, %.1f points above at most\n",
	       shares_seen, share_worst * 100, caps_seen, cap_worst * 100);
	result(bad_waits == 0, "nobody who can run waits for longer than the bound");
	result(bad_idles == 0, "no CPU idles for a slice while somebody waits who may run there");
	result(bad_shares == 0, "shares follow weights within 5 % of the CPU over ten slices");
	result(bad_caps == 0, "no cap is exceeded by more than the quota of one period over ten "
			      "slices, nor by 2 points over a hundred");
	result(shares_seen > 100 && caps_seen > 20, "and there was something to see");
	result(waited_most > 50 && idled_most > 0, "in all three");
	result(world_dangling == 0, "in no switch was `current` a vCPU that others might destroy");
	return tap_failures != 0;
}
