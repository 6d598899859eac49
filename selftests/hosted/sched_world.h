/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A machine for the scheduler: a clock that the test moves, CPUs that receive interrupts a few
 * microseconds after they were sent, timers, and vCPUs that run programs. Everything of
 * hypervisor/sched/ except the idle loop is the shipped code. One thread plays all CPUs: on_cpu()
 * selects one. Each test includes it once.
 */
#ifndef SCHED_WORLD_H
#define SCHED_WORLD_H

#include <errno.h>
#include <setjmp.h>
#include <unistd.h>

#include <hv/boot/options.h>
#include <hv/domain/domain.h>
#include <hv/domain/guest_area.h>
#include <hv/domain/info.h>
#include <hv/event/event.h>
#include <hv/mm/alloc.h>
#include <hv/sched/cap.h>
#include <hv/sched/place.h>
#include <hv/sched/runstate.h>
#include <hv/sched/sched.h>
#include <hv/sched/softirq.h>
#include <hv/sched/timer.h>
#include <hv/time/clock.h>
#include <hv/trap/bounce.h>
#include <x86/context.h>
#include <x86/entry.h>
#include <x86/lapic.h>
#include <x86/timer_hw.h>
#include <xen/xen.h>

#include "log_capture.h"
#include "sched_stubs.h"

#define WORLD_CPUS	4
#define WORLD_DOMAINS	40
#define WORLD_VCPUS	64	/* of all domains */
#define NEVER		UINT64_MAX
#define IPI_LATENCY_NS	UINT64_C(5000)

/* What a vCPU does: runs for `burst` ns, sleeps for `pause` ns, and so on. */
struct program {
	uint64_t burst;			/* NEVER: it spins */
	uint64_t pause;
	uint64_t (*next_burst)(
		struct vcpu *v); /* instead of burst; called when it comes on after a sleep */
	bool yields;			/* it yields at the end of a burst instead of sleeping */
};

struct sim_vcpu {
	struct vcpu *v;
	struct program program;
	uint64_t left;			/* of the burst */
	uint64_t wake_at;		/* NEVER: nobody wakes it */
};

struct sim_cpu {
	struct vcpu *vcpu;
	uint64_t since;			/* it is on it */
	uint64_t timer, ipi;		/* due; NEVER: not */
	unsigned int ipis;		/* taken */
};

_Thread_local struct cpu_info hosted_cpu_info;
unsigned int nr_cpus = WORLD_CPUS;
struct domain *dom0, idle_domain;
struct options options = {.sched_ratelimit_us = 1000};

static struct domain world_dom[WORLD_DOMAINS];
static unsigned int world_domains;
static struct sim_vcpu world_vcpu[WORLD_VCPUS];
static unsigned int world_vcpus;
static struct sim_cpu world_cpu[WORLD_CPUS];
static uint64_t world_now = NS_PER_SEC;
static uint64_t world_seed = 1;
static struct vcpu_info world_info;
static jmp_buf world_guest;
static unsigned int world_nmis, world_timers_set;
static unsigned int
	world_dangling; /* switches in which `current` was a vCPU that others may destroy */
static void (*world_switched)(struct vcpu *next); /* the test's hook, in the window of a switch */

static inline uint64_t world_random(uint64_t below)
{
	world_seed = world_seed * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
	return (world_seed >> 24) % below;
}

/* ---- what the scheduler calls ---- */

uint64_t now_ns(void)
{
	return world_now;
}

void timer_hw_set(uint64_t deadline)
{
	world_timers_set++;
	world_cpu[cpu_id()].timer = MAX(deadline, world_now);
}

void lapic_ipi(unsigned int cpu, unsigned int vector)
{
	(void)vector;
	if (world_cpu[cpu].ipi == NEVER)
		world_cpu[cpu].ipi = world_now + IPI_LATENCY_NS;
}

void free_page(void *p)
{
	free(p);
}

struct domain *domain_get_from(domid_t id)
{
	return id < world_domains ? &world_dom[id] : NULL;
}

void bounce_nmi(struct vcpu *v)
{
	v->trap.nmi_masked = true;	/* until the guest says iret */
	world_nmis++;
}

/* Interrupts are on here: a handler looks at current, and nobody may have destroyed it. */
void switch_prepare(struct vcpu *next)
{
	world_dangling += !current->is_idle && !current->sched.on_cpu;
	if (world_switched)
		world_switched(next);
}

void context_switch(struct vcpu *prev, struct vcpu *next)
{
	(void)prev;
	get_cpu_info()->vcpu = next;
}

void resume_current(void)
{
	lock_check_return();
	irq_enable();
	longjmp(world_guest, 1);
}

/* ---- the machine ---- */

static inline struct sim_vcpu *sim_of(const struct vcpu *v)
{
	for (unsigned int i = 0; i < world_vcpus; i++)
		if (world_vcpu[i].v == v)
			return &world_vcpu[i];
	return NULL;
}

static inline void came_on(struct vcpu *v)
{
	struct sim_vcpu *s = sim_of(v);

	if (!s || s->left)
		return;
	s->left = s->program.next_burst ? s->program.next_burst(v) : s->program.burst;
}

static inline void went_off(struct vcpu *v, uint64_t ran)
{
	struct sim_vcpu *s = sim_of(v);

	if (s && s->left != NEVER)
		s->left -= MIN(s->left, ran);
}

/* As this CPU, from the guest or the idle loop and back to it: softirqs first. */
static inline void on_cpu(unsigned int cpu, void (*fn)(void *), void *arg)
{
	struct sim_cpu *c = &world_cpu[cpu];
	static void (*volatile once)(void *);

	hosted_cpu_info.cpu = cpu;
	hosted_cpu_info.vcpu = c->vcpu;
	once = fn;
	(void)setjmp(world_guest);
	if (once) {
		void (*now)(void *) = once;

		once = NULL;
		now(arg);
	}
	softirq_run();
	if (hosted_cpu_info.vcpu != c->vcpu) {
		went_off(c->vcpu, world_now - c->since);
		c->vcpu = hosted_cpu_info.vcpu;
		c->since = world_now;
		came_on(c->vcpu);
	}
}

static inline void expired(void *arg)
{
	(void)arg;
	timer_expired();
}

static inline void wake_one(void *arg)
{
	atomic_store(&((struct vcpu *)arg)->sched.blocked, false);
	vcpu_wake(arg);
}

static inline void end_burst(void *arg)
{
	struct sim_vcpu *s = arg;

	if (s->program.yields) {
		s->left = s->program.burst;
		vcpu_yield_current();
		return;
	}
	s->wake_at = s->program.pause == NEVER ? NEVER : world_now + s->program.pause;
	vcpu_block_current();
}

/* When the burst of what runs on c is over. */
static inline uint64_t burst_end(const struct sim_cpu *c)
{
	struct sim_vcpu *s = sim_of(c->vcpu);

	return !s || s->left == NEVER ? NEVER : c->since + s->left;
}

static inline uint64_t world_next(void)
{
	uint64_t next = NEVER;

	for (unsigned int i = 0; i < nr_cpus; i++)
		next = MIN(MIN(next, burst_end(&world_cpu[i])),
			   MIN(world_cpu[i].timer, world_cpu[i].ipi));
	for (unsigned int i = 0; i < world_vcpus; i++)
		next = MIN(next, world_vcpu[i].wake_at);
	return next;
}

/* One thing that is due on one CPU, or one that wakes. False: nothing is. */
static inline bool world_step(void)
{
	for (unsigned int i = 0; i < nr_cpus; i++) {
		struct sim_cpu *c = &world_cpu[i];

		if (c->timer <= world_now) {
			c->timer = NEVER;
			on_cpu(i, expired, NULL);
			return true;
		}
		if (c->ipi <= world_now) {
			c->ipi = NEVER;
			c->ipis++;
			on_cpu(i, NULL, NULL);
			return true;
		}
		if (burst_end(c) <= world_now) {
			struct sim_vcpu *s = sim_of(c->vcpu);

			s->left = 0;
			c->since = world_now;
			on_cpu(i, end_burst, s);
			return true;
		}
	}
	for (unsigned int i = 0; i < world_vcpus; i++) {
		if (world_vcpu[i].wake_at <= world_now) {
			world_vcpu[i].wake_at = NEVER;
			on_cpu((unsigned int)world_random(nr_cpus), wake_one, world_vcpu[i].v);
			return true;
		}
	}
	return false;
}

/* Let it run until that time; after each step, check. */
static inline void world_run(uint64_t until, void (*check)(void))
{
	for (;;) {
		while (world_step())
			if (check)
				check();
		uint64_t next = world_next();

		if (next > until)
			break;
		world_now = next;
	}
	world_now = until;
}

static inline void world_start(void)
{
	memset(world_cpu, 0, sizeof(world_cpu));
	idle_domain.id = DOMID_IDLE;
	dom0 = &world_dom[0];
	for (unsigned int i = 0; i < nr_cpus; i++) {
		hosted_cpu_info.cpu = i;
		if (i)
			sched_init_cpu(i);
		else
			sched_init();
		world_cpu[i] = (struct sim_cpu){
			.vcpu = idle_vcpu(i), .since = world_now, .timer = NEVER, .ipi = NEVER};
	}
}

/* A domain of n vCPUs, all up, that sleep. Returns its first vCPU's number; the others follow. */
static inline unsigned int world_domain(unsigned int n)
{
	struct domain *d = &world_dom[world_domains];
	unsigned int first = world_vcpus;

	d->id = (domid_t)world_domains++;
	d->max_vcpus = n;
	d->sched.weight = 256;
	d->vcpus = calloc(n, sizeof(d->vcpus[0]));
	sched_domain_init(d);
	for (unsigned int i = 0; i < n; i++) {
		struct vcpu *v = alloc_page();

		v->id = i;
		v->domain = d;
		v->info = &world_info;
		sched_vcpu_init(v);
		v->sched.down = false;
		v->sched.blocked = true;
		d->vcpus[i] = v;
		world_vcpu[world_vcpus++] = (struct sim_vcpu){
			.v = v, .program = {.burst = NEVER, .pause = NEVER}, .wake_at = NEVER};
	}
	return first;
}

/* By an interrupt of that CPU: on another one the vCPU runs a little later. */
static inline void wake_from(unsigned int cpu, unsigned int i)
{
	on_cpu(cpu, wake_one, world_vcpu[i].v);
}

/* As `xl vcpu-pin` from CPU 0. */
struct world_pin {
	struct vcpu *v;
	cpumask_t mask;
	int rc;
};

static inline void pin_call(void *arg)
{
	struct world_pin *p = arg;

	p->rc = vcpu_set_affinity(p->v, p->mask);
}

static inline int pin(unsigned int i, uint64_t mask)
{
	struct world_pin p = {world_vcpu[i].v, {mask}, 0};

	on_cpu(0, pin_call, &p);
	return p.rc;
}

static inline uint64_t ran(unsigned int i)
{
	return vcpu_cpu_time(world_vcpu[i].v);
}

#endif
