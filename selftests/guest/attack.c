/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The attacks: attack=NAME seconds=N seed=N cpus=1|2. They starve, interrupt or stall other
 * domains. Each call is one that a working guest makes too, but less often and at other moments.
 */
#include "attack.h"

#define US 1000UL
#define MS 1000000UL

static const struct {
	const char *name;
	void (*step)(struct evil *e);
} attacks[] = {
	{"spin", attack_spin}, {"steer", attack_steer},	  {"flush", attack_flush},
	{"nmi", attack_nmi},   {"eagain", attack_eagain}, {"log", attack_log},
};

static struct evil attackers[2];
static uint64_t end_time;
static unsigned int chosen; /* beyond the list: all of them in turns */
static volatile bool over[2];

/* Burn CPU until then. */
static void burn(uint64_t until)
{
	while (now_ns() < until)
		;
}

/* The plain hog. */
void attack_spin(struct evil *e)
{
	(void)e;
	burn(now_ns() + MS);
}

/* Sleep for so long, by one of two ways that wake it. */
static void nap(struct evil *e, uint64_t ns)
{
	struct vcpu_set_singleshot_timer t = {.timeout_abs_ns = now_ns() + ns};
	struct sched_poll p = {.timeout = t.timeout_abs_ns};

	if (random_below(e, 2)) {
		(void)HC2(sched_op, SCHEDOP_poll, &p);
		return;
	}
	(void)HC3(vcpu_op, VCPUOP_set_singleshot_timer, this_cpu()->id, &t);
	(void)HC1(sched_op, SCHEDOP_block);
	events_off();
}

/* When this vCPU was given its CPU. */
static uint64_t came_on(void)
{
	struct vcpu_runstate_info run = {0};

	(void)HC3(vcpu_op, VCPUOP_get_runstate_info, this_cpu()->id, &run);
	return run.state == RUNSTATE_running ? run.state_entry_time : now_ns();
}

/*
 * vCPU 0 runs until just before a slice of 10 ms ends and is away when it does; vCPU 1 is away for
 * moments, so that its CPU looks idle to whoever wakes, and back before they are. Either stops and
 * starts the other.
 */
void attack_steer(struct evil *e)
{
	unsigned int self = this_cpu()->id;
	uint64_t now = now_ns(), end = came_on() + 9700 * US;

	switch (random_below(e, 8)) {
	case 0:
		(void)HC1(sched_op, SCHEDOP_yield);
		break;
	case 1:
		if (self == 0 && attackers[1].args) {
			(void)HC2(vcpu_op, VCPUOP_down, 1);
			burn(now + random_below(e, 200) * US);
			(void)HC2(vcpu_op, VCPUOP_up, 1);
		}
		break;
	case 2:
		burn(now + 30 * MS);
		break;
	default:
		if (self == 0)
			burn(end > now && end < now + 10 * MS ? end : now + MS);
		else
			burn(now + random_below(e, 2000) * US);
		nap(e, (20 + random_below(e, self ? 1000 : 200)) * US);
		break;
	}
}

static void work(struct evil *e, unsigned int id)
{
	uint64_t now, next = 0;
	unsigned int which = chosen;

	while ((now = now_ns()) < end_time) {
		if (chosen == ARRAY_SIZE(attacks) && now > next) {
			which = 1 + (unsigned int)random_below(e, ARRAY_SIZE(attacks) - 1);
			next = now + 20 * MS;
		}
		attacks[which].step(e);
		e->calls++;
	}
	over[id] = true;
}

static void second(void)
{
	if (!over[1])
		work(&attackers[1], 1);
}

static unsigned int find(const char *name)
{
	unsigned int i, n;

	for (i = 0; i < ARRAY_SIZE(attacks); i++) {
		for (n = 0; attacks[i].name[n] && attacks[i].name[n] == name[n]; n++)
			;
		if (!attacks[i].name[n])
			break;
	}
	return i;
}

/* vCPU 0 may end while it has the other one stopped: it goes on by itself. */
static void wait_second(void)
{
	while (!over[1]) {
		(void)HC2(vcpu_op, VCPUOP_up, 1);
		(void)HC1(sched_op, SCHEDOP_yield);
	}
}

void attack_run(void)
{
	uint64_t seed = option_number("seed", now_ns());
	bool two = option_number("cpus", 2) > 1;
	static struct vcpu_guest_context c;
	struct evtchn_bind_virq v = {.virq = VIRQ_TIMER};

	chosen = find(option("attack"));
	nmis_expected = true;
	attackers[0].state = seed;
	attackers[0].args = page_new();
	attackers[1].state = ~seed;
	attackers[1].args = two ? page_new() : NULL;
	over[1] = !two;
	for (v.vcpu = 0; v.vcpu < 2; v.vcpu++)
		(void)HC2(event_channel_op, EVTCHNOP_bind_virq, &v);
	attack_storm_init();
	print("# attack %s, seed %lu\n",
	      chosen < ARRAY_SIZE(attacks) ? attacks[chosen].name : "mixed", seed);
	console_drain();
	end_time = now_ns() + option_number("seconds", 10) * 1000 * MS;
	cpu1_work = second;
	if (two) {
		context_fill(&c);
		(void)HC3(vcpu_op, VCPUOP_initialise, 1, &c);
		(void)HC2(vcpu_op, VCPUOP_up, 1);
	}
	work(&attackers[0], 0);
	wait_second();
	print("# attack end: %lu and %lu steps\n", attackers[0].calls, attackers[1].calls);
}
