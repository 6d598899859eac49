/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The scheduler on CPUs that are threads. All of them at once wake, pin, pause, weigh, cap, move
 * between pools, destroy and create vCPUs. Claims: no vCPU runs on two CPUs at once or after it was
 * paused; no CPU accesses a vCPU that was freed (the sanitizer detects that); no vCPU is lost.
 * MS_RACE: for how long everything is asked for, of the time that a CPU has had.
 */
/* sources: hypervisor/sched/sched.c hypervisor/sched/runq.c hypervisor/sched/fair.c */
/* sources: hypervisor/sched/place.c hypervisor/sched/cap.c */
/* sources: hypervisor/sched/cpupool.c hypervisor/sched/softirq.c hypervisor/sched/timer.c */
/* sources: hypervisor/sched/runstate.c */
/* libs: -lpthread */
#include <errno.h>
#include <pthread.h>
#include <sched.h>
#include <setjmp.h>
#include <time.h>
#include <unistd.h>

#include <hv/boot/options.h>
#include <hv/domain/domain.h>
#include <hv/domain/guest_area.h>
#include <hv/mm/alloc.h>
#include <hv/sched/cap.h>
#include <hv/sched/cpupool.h>
#include <hv/sched/place.h>
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

#define CPUS	3U
#define DOMAINS	4U
#define EACH	2U	/* vCPUs of a domain */
#define TURN_NS		(100 * NS_PER_US)	/* of a CPU that the host lets run */
#define PATIENCE_NS	(200 * NS_PER_SEC)	/* for a host that gives hardly any time */

_Thread_local struct cpu_info hosted_cpu_info;
unsigned int nr_cpus = CPUS;
struct domain *dom0, idle_domain;
struct options options = {.sched_ratelimit_us = 100};

static struct domain dom[DOMAINS];
static struct place {
	pthread_mutex_t held;	/* by who does something to the vCPU, as a reference would */
	struct vcpu *v;
	bool inside;		/* its guest runs */
	uint64_t ran;
} place[DOMAINS][EACH];
static struct vcpu_info info;
static uint64_t hw_timer[CPUS];
static unsigned int twice, while_paused, replaced;
/*
 * By who waits for a vCPU to leave its CPU. In the hypervisor only Domain-0 pauses, and none of its
 * own vCPUs (the doors of domctl_*.c), so that nobody who waits is waited for. Here any vCPU may be
 * the caller: so one waits at a time.
 */
static pthread_mutex_t waits = PTHREAD_MUTEX_INITIALIZER;
static int phase;	/* 0: anything is asked for; 1: nothing any more; 2: the end */
/*
 * The time that a CPU has had, ns. A busy host lets a thread wait for seconds; all waits in this
 * test are for this time, not for the clock's.
 */
static uint64_t had[CPUS];
static bool quiet[CPUS];	/* it asks for nothing any more */
static _Thread_local jmp_buf guest;
static _Thread_local uint64_t seed;

static uint64_t any(uint64_t below)
{
	seed = seed * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
	return (seed >> 24) % below;
}

/* ---- what the scheduler calls ---- */

uint64_t now_ns(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (uint64_t)t.tv_sec * NS_PER_SEC + (uint64_t)t.tv_nsec;
}

void timer_hw_set(uint64_t deadline)
{
	atomic_store(&hw_timer[cpu_id()], deadline);
}

/* Every thread looks at its softirqs all the time. */
void lapic_ipi(unsigned int cpu, unsigned int vector)
{
	(void)cpu, (void)vector;
}

struct domain *domain_get_from(domid_t id)
{
	return id < DOMAINS ? &dom[id] : NULL;
}

void bounce_nmi(struct vcpu *v)
{
	v->trap.nmi_masked = true;
}

void switch_prepare(struct vcpu *next)
{
	(void)next;
	sched_yield();
	if (!current->is_idle && !current->sched.on_cpu)
		abort();
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
	longjmp(guest, 1);
}

/* ---- what guests and the toolstack do ---- */

static struct vcpu *make(unsigned int d, unsigned int i)
{
	struct vcpu *v = alloc_page();

	v->id = i;
	v->domain = &dom[d];
	v->info = &info;
	sched_vcpu_init(v);
	v->sched.down = false;
	return v;
}

/* As domain_kill() and the last domain_put(): paused, off its CPU, gone. */
static void replace(unsigned int d, unsigned int i)
{
	struct vcpu *v = place[d][i].v;

	if (v == current || pthread_mutex_trylock(&waits))
		return;
	vcpu_pause_nosync(v);
	while (atomic_load_acquire(&v->sched.on_cpu))
		sched_yield();
	pthread_mutex_unlock(&waits);
	sched_vcpu_destroy(v);
	place[d][i].v = dom[d].vcpus[i] = make(d, i);
	memset(v, 0xee, sizeof(*v));
	free(v);
	vcpu_wake(place[d][i].v);
	atomic_add(&replaced, 1);
}

static void pause_for_a_while(struct place *p)
{
	if (pthread_mutex_trylock(&waits))
		return;
	vcpu_pause_nosync(p->v);
	while (atomic_load_acquire(&p->v->sched.on_cpu) && p->v != current)
		sched_yield();
	pthread_mutex_unlock(&waits);
	if (p->v != current && atomic_load(&p->inside))
		atomic_add(&while_paused, 1);
	vcpu_unpause(p->v);
}

/* The caller holds the vCPU. */
static void ask_vcpu(struct place *p)
{
	switch (any(6)) {
	case 0: (void)vcpu_set_affinity(p->v, (cpumask_t){1 + any(7)}); break;
	case 1: (void)vcpu_set_soft_affinity(p->v, (cpumask_t){1 + any(7)}); break;
	case 2: pause_for_a_while(p); break;
	case 3: vcpu_send_nmi(p->v); break;
	case 4:
		vcpu_down(p->v);
		vcpu_up(p->v);
		break;
	default: vcpu_kick(p->v); break;
	}
}

/*
 * The caller holds all of them: these walk the vCPUs of domains. Domains 0 and 1 are capped at
 * times, the others' vCPUs replaced.
 */
static void ask_domain(void)
{
	unsigned int d = (unsigned int)any(DOMAINS);

	switch (any(6)) {
	case 0: sched_set_params(&dom[d], 1 + (unsigned int)any(1000), dom[d].sched.cap); break;
	case 1:
		sched_set_params(&dom[d % 2], dom[d % 2].sched.weight, (unsigned int)any(2) * 30);
		break;
	case 2: (void)cpupool_move(&dom[d], (unsigned int)any(2)); break;
	case 3: (void)cpupool_remove_cpu((unsigned int)any(2), (unsigned int)any(CPUS)); break;
	case 4: (void)cpupool_add_cpu((unsigned int)any(2), CPUPOOL_ANY); break;
	default: replace(2 + d % 2, (unsigned int)any(EACH)); break;
	}
}

static unsigned int hold(unsigned int most)
{
	unsigned int n = 0;

	while (n < most && !pthread_mutex_trylock(&place[n / EACH][n % EACH].held))
		n++;
	return n;
}

static void release(unsigned int n)
{
	while (n--)
		pthread_mutex_unlock(&place[n / EACH][n % EACH].held);
}

static void hypercall(void)
{
	struct place *p = &place[any(DOMAINS)][any(EACH)];
	unsigned int n;

	if (any(4)) {
		if (pthread_mutex_trylock(&p->held))
			return;
		ask_vcpu(p);
		pthread_mutex_unlock(&p->held);
		return;
	}
	n = hold(DOMAINS * EACH);
	if (n == DOMAINS * EACH)
		ask_domain();
	release(n);
}

/* As the guest, for a few microseconds; then it sleeps, or goes on. */
static void run_guest(void)
{
	struct vcpu *v = current;
	struct place *p = &place[v->domain->id][v->id];
	uint64_t end = now_ns() + any(50 * NS_PER_US);

	if (atomic_xchg(&p->inside, true))
		atomic_add(&twice, 1);
	while (now_ns() < end)
		cpu_relax();
	atomic_store_release(&p->inside, false);
	atomic_store(&p->ran, p->ran + 1);
	v->trap.nmi_masked = false;
	if (atomic_load(&phase) == 0 && !any(4))
		vcpu_block_current();
	if (!any(8))
		vcpu_yield_current();
}

/* Since the turn before. */
static void count_turn(unsigned int self)
{
	static _Thread_local uint64_t last;
	uint64_t now = now_ns();

	if (last)
		atomic_store(&had[self], had[self] + MIN(now - last, TURN_NS));
	last = now;
}

static void *cpu(void *number)
{
	static _Thread_local unsigned int self;

	self = (unsigned int)(uintptr_t)number;
	seed = self * 1000 + 1;
	hosted_cpu_info.cpu = self;
	hosted_cpu_info.vcpu = idle_vcpu(self);
	(void)setjmp(guest);
	while (atomic_load(&phase) < 2) {
		count_turn(self);
		atomic_store(&quiet[self], atomic_load(&phase) > 0);
		if (atomic_load(&hw_timer[self]) && atomic_load(&hw_timer[self]) <= now_ns()) {
			atomic_store(&hw_timer[self], 0);
			timer_expired();
		}
		softirq_run();
		if (!current->is_idle)
			run_guest();
		if (atomic_load(&phase) == 0)
			hypercall();
		else if (current->is_idle)
			sched_yield();
	}
	return NULL;
}

/* ---- what is waited for ---- */

static uint64_t least_had(void)
{
	uint64_t least = UINT64_MAX;

	for (unsigned int c = 0; c < CPUS; c++)
		least = MIN(least, atomic_load(&had[c]));
	return least;
}

static bool enough_replaced(void)
{
	return atomic_load(&replaced) > 3;
}

static bool all_quiet(void)
{
	for (unsigned int c = 0; c < CPUS; c++)
		if (!atomic_load(&quiet[c]))
			return false;
	return true;
}

/* Who is ready runs or waits in a queue; what is done with the vCPUs below would find the lost. */
static bool all_in_place(void)
{
	for (unsigned int d = 0; d < DOMAINS; d++) {
		for (unsigned int i = 0; i < EACH; i++) {
			const struct vcpu *v = place[d][i].v;

			if (vcpu_runnable(v) && !atomic_load(&v->sched.queued) &&
			    !atomic_load(&v->sched.on_cpu))
				return false;
		}
	}
	return true;
}

static uint64_t ran_before[DOMAINS][EACH];

static bool all_ran(void)
{
	for (unsigned int d = 0; d < DOMAINS; d++)
		for (unsigned int i = 0; i < EACH; i++)
			if (atomic_load(&place[d][i].ran) == ran_before[d][i])
				return false;
	return true;
}

/* Until every CPU has had that much more, and (both) or (not both) done() says yes. */
static void wait_for(uint64_t ns, bool both, bool (*done)(void))
{
	uint64_t enough = least_had() + ns, end = now_ns() + PATIENCE_NS;

	while (now_ns() < end) {
		bool in_time = least_had() < enough;

		if (both ? !in_time && done() : !in_time || done())
			return;
		usleep(1000);
	}
	printf("# after %lu s the CPUs had %lu ms\n", PATIENCE_NS / NS_PER_SEC,
	       least_had() / NS_PER_MS);
}

static void print_vcpus(void)
{
	for (unsigned int d = 0; d < DOMAINS; d++) {
		for (unsigned int i = 0; i < EACH; i++) {
			const struct vcpu_sched *s = &place[d][i].v->sched;

			printf("# d%uv%u: cpu %u queued %d on_cpu %d blocked %d down %d pauses %u "
			       "parked %d stray %d ran %lu\n",
			       d, i, place[d][i].v->cpu, s->queued, s->on_cpu, s->blocked, s->down,
			       s->pauses, s->parked, s->stray,
			       place[d][i].ran - ran_before[d][i]);
		}
	}
}

/* Everybody may run anywhere, and wants to: after a while all have. */
static bool all_run(void)
{
	hosted_cpu_info.cpu = 0;
	hosted_cpu_info.vcpu = idle_vcpu(0);
	for (unsigned int c = 0; c < CPUS; c++)
		(void)cpupool_add_cpu(0, CPUPOOL_ANY);
	for (unsigned int d = 0; d < DOMAINS; d++) {
		(void)cpupool_move(&dom[d], 0);
		sched_set_params(&dom[d], 256, 0);
		for (unsigned int i = 0; i < EACH; i++) {
			(void)vcpu_set_affinity(place[d][i].v, (cpumask_t){7});
			ran_before[d][i] = atomic_load(&place[d][i].ran);
			vcpu_kick(place[d][i].v);
		}
	}
	wait_for(NS_PER_SEC, false, all_ran);
	return all_ran();
}

static void start(void)
{
	idle_domain.id = DOMID_IDLE;
	dom0 = &dom[0];
	for (unsigned int c = 0; c < CPUS; c++) {
		hosted_cpu_info.cpu = c;
		if (c)
			sched_init_cpu(c);
		else
			sched_init();
	}
	hosted_cpu_info.cpu = 0;
	for (unsigned int d = 0; d < DOMAINS; d++) {
		dom[d].id = (domid_t)d;
		dom[d].max_vcpus = EACH;
		dom[d].sched.weight = 256;
		dom[d].vcpus = calloc(EACH, sizeof(dom[d].vcpus[0]));
		sched_domain_init(&dom[d]);
		for (unsigned int i = 0; i < EACH; i++) {
			pthread_mutex_init(&place[d][i].held, NULL);
			place[d][i].v = dom[d].vcpus[i] = make(d, i);
			vcpu_wake(place[d][i].v);
		}
	}
}

static unsigned long milliseconds(void)
{
	const char *text = getenv("MS_RACE");

	return text ? strtoul(text, NULL, 0) : 2000;
}

int main(void)
{
	unsigned int pool;
	bool good;
	pthread_t thread[CPUS];

	setlinebuf(stdout);
	printf("1..4\n");
	alarm(3 * PATIENCE_NS / NS_PER_SEC);
	start();
	(void)cpupool_create(CPUPOOL_ANY, &pool);
	for (uintptr_t c = 0; c < CPUS; c++)
		pthread_create(&thread[c], NULL, cpu, (void *)c);
	wait_for(milliseconds() * NS_PER_MS, true, enough_replaced);
	atomic_store(&phase, 1);
	wait_for(0, true, all_quiet);
	wait_for(NS_PER_SEC, false, all_in_place);
	good = all_in_place() && all_run();
	if (!good)
		print_vcpus();
	result(good, "no vCPU is lost");
	atomic_store(&phase, 2);
	for (unsigned int c = 0; c < CPUS; c++)
		pthread_join(thread[c], NULL);
	printf("# %u vCPUs were destroyed and made again\n", replaced);
	result(!twice, "none runs on two CPUs at a time");
	result(!while_paused, "none runs while it is paused");
	result(enough_replaced(), "vCPUs came and went");
	return tap_failures != 0;
}
