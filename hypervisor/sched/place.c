// SPDX-License-Identifier: GPL-2.0-only
/*
 * On which CPU a vCPU runs: affinity, the choice at a wake-up, and who is moved while it waits.
 *
 * A choice is a guess: other CPUs' queues are looked at without their locks, and what is seen may
 * be over at once. What makes up for a bad guess: a CPU without work looks for some
 * (place_steal()), and a CPU on which vCPUs wait looks every SPREAD_NS for one that has less to do
 * (place_spread()). So no CPU stays idle for a slice while somebody waits who may run there.
 *
 * A CPU moves a vCPU that it has found in a queue under the locks of both queues: without a lock
 * the vCPU could be gone.
 */
#include <hv/sched/place.h>
#include <hv/bitops.h>
#include <hv/domain/info.h>
#include <hv/errno.h>
#include <hv/sched/cpupool.h>
#include <hv/sched/fair.h>
#include <hv/sched/runq.h>
#include <hv/sched/sched.h>
#include <hv/sched/softirq.h>
#include <hv/time/clock.h>

#define SPREAD_NS	(SLICE_NS / 4)
#define ROTATE_NS	(10 * SLICE_NS)
#define SPREAD_LOOKS	8	/* so many of those who wait are looked at */

/* ---- choosing ---- */

static bool cpu_idle(unsigned int cpu)
{
	struct runq *q = &per_cpu(runq, cpu);

	return atomic_load(&per_cpu(running, cpu)) == q->idle && !READ_ONCE(q->length);
}

static unsigned int load_of(unsigned int cpu)
{
	struct runq *q = &per_cpu(runq, cpu);

	return READ_ONCE(q->queued_weight) + READ_ONCE(q->run_weight);
}

/* An idle CPU of the set, NR_CPUS: none. */
static unsigned int idle_in(uint64_t set)
{
	for (; set; set &= set - 1)
		if (cpu_idle(first_bit(set)))
			return first_bit(set);
	return NR_CPUS;
}

/* Of CPUs that are alike, the first behind `from`. */
static unsigned int least_loaded(uint64_t set, unsigned int from)
{
	uint64_t part[] = {set & ~((BIT64(from) << 1) - 1), set};
	unsigned int best = first_bit(set), least = ~0U;

	for (unsigned int i = 0; i < ARRAY_SIZE(part); i++) {
		for (; part[i]; part[i] &= part[i] - 1) {
			unsigned int load = load_of(first_bit(part[i]));

			if (load < least) {
				best = first_bit(part[i]);
				least = load;
			}
		}
	}
	return best;
}

/*
 * Where it was, if that is idle and preferred; else an idle CPU, a preferred one first; else where
 * it was; else the preferred CPU with the least to do.
 */
unsigned int place_choose(const struct vcpu *v)
{
	uint64_t preferred = v->sched.preferred.bits, allowed = v->sched.allowed.bits;
	unsigned int cpu = v->cpu, idle;

	if (cpu_in(v->sched.preferred, cpu) && cpu_idle(cpu))
		return cpu;
	idle = idle_in(preferred);
	if (idle == NR_CPUS && preferred != allowed)
		idle = cpu_in(v->sched.allowed, cpu) && cpu_idle(cpu) ? cpu : idle_in(allowed);
	if (idle != NR_CPUS)
		return idle;
	return cpu_in(v->sched.preferred, cpu) ? cpu : least_loaded(preferred, cpu);
}

/* In turn, so that the first vCPUs of many small domains do not all begin on one CPU. */
unsigned int place_first(cpumask_t allowed)
{
	static unsigned int turn;
	uint64_t from_here = allowed.bits & ~(BIT64(atomic_add(&turn, 1) % nr_cpus) - 1);

	return first_bit(from_here ? from_here : allowed.bits);
}

bool place_draws(const struct vcpu *v, unsigned int cpu)
{
	return !cpu_in(v->sched.allowed, cpu) || idle_in(v->sched.preferred.bits) != NR_CPUS;
}

/* ---- moving those who wait ---- */

/* Both queues are locked, v waits in `from`. True: the CPU of `to` must be told. */
static bool move(struct runq *from, unsigned int self, struct vcpu *v, unsigned int to,
		 uint64_t now)
{
	runq_update(from, atomic_load(&per_cpu(running, self)), now);
	runq_dequeue(from, v);
	runq_leave(from, v, to);
	return sched_queue_woken(&per_cpu(runq, to), v, now);
}

/* Whom CPU self may take of q: who would rather be here first, or nobody else. */
static struct vcpu *takeable(struct runq *q, unsigned int self, bool preferring)
{
	struct vcpu *v;

	TAILQ_FOREACH(v, &q->queue, sched.link)
		if (cpu_in(preferring ? v->sched.preferred : v->sched.allowed, self))
			return v;
	return NULL;
}

static bool steal_from(unsigned int self, unsigned int cpu, bool preferring)
{
	struct runq *q = &per_cpu(runq, cpu);
	struct vcpu *v;
	uint64_t flags;

	/* One that runs nothing was told already, and takes its own. */
	if (cpu == self || !READ_ONCE(q->length) || atomic_load(&per_cpu(running, cpu)) == q->idle)
		return false;
	runq_lock_two(self, cpu, &flags);
	v = takeable(q, self, preferring);
	if (v)
		(void)move(q, cpu, v, self, now_ns());
	runq_unlock_two(self, cpu, flags);
	return v != NULL;
}

/*
 * From the next CPU on: not all of them rob CPU 0. Nearly always there is nothing: one look at each
 * queue.
 */
void place_steal(unsigned int self)
{
	uint64_t waiting = 0, wished = 0;
	unsigned int i, cpu;

	for (i = 1; i < nr_cpus; i++) {
		struct runq *q = &per_cpu(runq, cpu = (self + i) % nr_cpus);

		waiting |= (uint64_t)!!READ_ONCE(q->length) << cpu;
		wished |= (READ_ONCE(q->wishes) >> self & 1) << cpu;
	}
	for (i = 1; waiting && i < nr_cpus; i++)
		if (steal_from(self, (self + i) % nr_cpus, true))
			return;
	for (i = 1; waiting && i < nr_cpus; i++)
		if (steal_from(self, (self + i) % nr_cpus, false))
			return;
	for (; unlikely(wished);
	     wished &= wished - 1) /* who runs there and would rather be here comes by itself */
		softirq_raise_on(first_bit(wished), SOFTIRQ_SCHED);
}

/*
 * If v, which is looked for and not looked at before it is found, still waits here and may run
 * there: move it.
 */
static void push(unsigned int self, struct vcpu *wanted, unsigned int to)
{
	struct runq *q = &per_cpu(runq, self);
	bool tell = false;
	struct vcpu *v;
	uint64_t flags, now;

	runq_lock_two(self, to, &flags);
	TAILQ_FOREACH(v, &q->queue, sched.link) {
		if (v == wanted && cpu_in(v->sched.allowed, to)) {
			now = now_ns();
			tell = move(q, self, v, to, now);
			v->sched.pushed = true;
			v->sched.arrived = now;
			per_cpu(runq, to).rotate_at = now + ROTATE_NS;
			break;
		}
	}
	runq_unlock_two(self, to, flags);
	if (tell)
		softirq_raise_on(to, SOFTIRQ_SCHED);
}

/* Only schedule() makes strays, one at a time, and on its own CPU: this ends. */
void place_evict(unsigned int self)
{
	struct runq *q = &per_cpu(runq, self);

	for (;;) {
		unsigned int to = self;
		struct vcpu *v;
		uint64_t flags = spin_lock_irqsave(&q->lock);

		TAILQ_FOREACH(v, &q->queue, sched.link)
			if (v->sched.stray)
				break;
		if (v) {
			to = place_choose(v);
			if (to == self)	/* it may stay after all */
				v->sched.stray = false;
		}
		spin_unlock_irqrestore(&q->lock, flags);
		if (!v)
			return;
		if (to != self)
			push(self, v, to);
		else
			softirq_raise(SOFTIRQ_SCHED);
	}
}

/*
 * Would v have more of a CPU on another? That one must get less to do than this one has, or, now
 * and then, as much: then it is its turn to have a CPU with fewer beside it, and the turn goes
 * round. self: no. One who was sent here runs first before it is sent on, but to a CPU that does
 * nothing: nobody is sent around for ever.
 */
static unsigned int better_for(const struct vcpu *v, unsigned int self, unsigned int load,
			       bool turn)
{
	uint64_t others = v->sched.preferred.bits & ~BIT64(self);
	unsigned int to = others ? least_loaded(others, self) : self;

	if (to != self && !v->sched.pushed && load_of(to) + v->sched.weight < load + turn)
		return to;
	/* Against its wish only to one that does nothing. */
	to = idle_in(v->sched.allowed.bits);
	return to == NR_CPUS ? self : to;
}

void place_spread(unsigned int self)
{
	struct runq *q = &per_cpu(runq, self);
	unsigned int to = self, looks = 0, load;
	struct vcpu *v, *run;
	uint64_t flags = spin_lock_irqsave(&q->lock), now = now_ns();
	bool rotate = now >= q->rotate_at;

	load = load_of(self);
	run = atomic_load(&per_cpu(running, self));
	TAILQ_FOREACH(v, &q->queue, sched.link) {
		/* Who has been here longest goes. */
		to = better_for(v, self, load,
				rotate && !fair_before(run->sched.arrived, v->sched.arrived));
		if (to != self || ++looks == SPREAD_LOOKS)
			break;
	}
	q->spread_at = now + SPREAD_NS;
	spin_unlock_irqrestore(&q->lock, flags);
	if (to != self)
		push(self, v, to);
}

/* ---- affinity ---- */

void place_derive(struct vcpu *v)
{
	uint64_t pool = cpupool_cpus(v->domain->sched.cpupool).bits, allowed;

	if (!pool)	/* it went while the domain was created: cpupool_entered() comes */
		pool = cpumask_online().bits;
	allowed = v->sched.hard.bits & pool;
	/* A pool that has lost all CPUs of somebody's affinity still runs him. */
	v->sched.allowed.bits = allowed ? allowed : pool;
	v->sched.preferred.bits = v->sched.soft.bits & v->sched.allowed.bits;
	if (!v->sched.preferred.bits)
		v->sched.preferred = v->sched.allowed;
}

/* The queue of v, locked, is left unlocked. */
static void settle_locked(struct vcpu *v, struct runq *q, uint64_t flags)
{
	unsigned int cpu = v->cpu;
	bool running = v->sched.on_cpu;

	place_derive(v);
	if (v->sched.queued && !cpu_in(v->sched.preferred, cpu))
		runq_dequeue(q, v);
	spin_unlock_irqrestore(&q->lock, flags);
	vcpu_wake(v);
	if (running)
		softirq_raise_on(cpu, SOFTIRQ_SCHED);
}

void vcpu_settle(struct vcpu *v)
{
	uint64_t flags;
	struct runq *q = runq_lock_vcpu(v, &flags);

	settle_locked(v, q, flags);
}

int vcpu_set_affinity(struct vcpu *v, cpumask_t hard)
{
	uint64_t flags;
	struct runq *q;

	if (!(hard.bits & cpupool_cpus(v->domain->sched.cpupool).bits))
		return -EINVAL;
	q = runq_lock_vcpu(v, &flags);
	v->sched.hard = hard;
	settle_locked(v, q, flags);
	return 0;
}

int vcpu_set_soft_affinity(struct vcpu *v, cpumask_t soft)
{
	uint64_t flags;
	struct runq *q;

	if (!(soft.bits & cpumask_online().bits))
		return -EINVAL;
	q = runq_lock_vcpu(v, &flags);
	v->sched.soft = soft;
	settle_locked(v, q, flags);
	return 0;
}
