/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The run queue of a CPU (sched/runq.c), and who is put on which (sched/place.c). Private to
 * sched/.
 */
#ifndef HV_SCHED_RUNQ_H
#define HV_SCHED_RUNQ_H

#include <hv/domain/domain.h>
#include <hv/percpu.h>
#include <hv/queue.h>
#include <hv/sched/fair.h>
#include <hv/sched/sched.h>
#include <hv/spinlock.h>

struct runq {
	spinlock_t lock;	/* interrupts off; two of them in the order of CPU numbers */
	unsigned int length;	/* vCPUs that wait; read without the lock, as a guess, like the two weights */
	TAILQ_HEAD(, vcpu) queue;
	uint64_t min_vruntime;
	uint64_t hold_ns;	/* sched_ratelimit_us of its pool */
	uint64_t hold_until;	/* until then, who runs is not taken off for another */
	uint64_t check_at;	/* schedule() comes by itself then; 0: it need not */
	uint64_t spread_at;	/* not before this, look whether another CPU has less to do */
	uint64_t rotate_at;	/* not before this, swap loads with a CPU that has one vCPU less */
	unsigned int queued_weight, run_weight;
	uint64_t wishes;	/* the CPUs that the one who runs prefers to this one; read without the lock */
	struct vcpu *idle;
	struct timer slice;
};
DECLARE_PER_CPU(struct runq, runq);

static inline bool cpu_in(cpumask_t mask, unsigned int cpu)
{
	return mask.bits >> cpu & 1;
}

/* runq.c. Lock the queue that v->cpu names, and see that it still does. */
struct runq *runq_lock_vcpu(struct vcpu *v, uint64_t *flags);
void runq_lock_two(unsigned int a, unsigned int b, uint64_t *flags);	/* different CPUs */
void runq_unlock_two(unsigned int a, unsigned int b, uint64_t flags);
/* The lock is held for the rest. */
void runq_enqueue(struct runq *q, struct vcpu *v);
void runq_dequeue(struct runq *q, struct vcpu *v);
/* v is in no queue and on no CPU: from now on `to` is its CPU. Rules 2 and 3 of sched.c. */
void runq_leave(struct runq *q, struct vcpu *v, unsigned int to);
/* The longest that one runs on without a break. */
uint64_t runq_span(const struct runq *q);
void runq_init(unsigned int cpu, struct vcpu *idle, void (*slice_over)(void *));
void runq_dump(unsigned int cpu);

/* Charge who runs here, and advance the least. */
static inline void runq_update(struct runq *q, struct vcpu *run, uint64_t now)
{
	struct vcpu *first = TAILQ_FIRST(&q->queue);
	uint64_t ran = now - run->sched.since;

	if (run == q->idle) {
		if (first)
			q->min_vruntime = fair_advance(q->min_vruntime, first->sched.vruntime);
		return;
	}
	if ((int64_t)ran > 0) {	/* another CPU's clock may be a little behind */
		run->sched.vruntime += fair_virtual(ran, run->sched.weight);
		run->sched.allowance -= (int64_t)ran;
		run->sched.since = now;
	}
	if (!first || fair_before(run->sched.vruntime, first->sched.vruntime))
		first = run;
	q->min_vruntime = fair_advance(q->min_vruntime, first->sched.vruntime);
}

/* place.c. A guess without locks, v's own queue is locked: where it should run. */
unsigned int place_choose(const struct vcpu *v);
/* Where a vCPU that was never queued begins. */
unsigned int place_first(cpumask_t allowed);
/* v runs on a CPU that it does not prefer: may it not be there, or is one idle that it prefers? */
bool place_draws(const struct vcpu *v, unsigned int cpu);
static inline bool place_leaves(const struct vcpu *v, unsigned int cpu)
{
	return unlikely(!cpu_in(v->sched.preferred, cpu)) && place_draws(v, cpu);
}
/*
 * No lock is held; interrupts on or off. Take one who waits elsewhere, since this CPU has nothing
 * to do.
 */
void place_steal(unsigned int self);
void place_evict(unsigned int self);		/* send away who may not run here */
void place_spread(unsigned int self);		/* give one who waits here to a CPU with less to do */
void place_derive(struct vcpu *v); /* v->sched.allowed and preferred; the lock of v's queue is held,
				      or v is new */

/*
 * sched.c: put v into q, the queue of v->cpu, which is locked; true when that CPU must be told to
 * schedule.
 */
bool sched_queue_woken(struct runq *q, struct vcpu *v, uint64_t now);

/* cap.c: the queue's lock is held. */
static inline bool cap_on(const struct vcpu *v)
{
	return READ_ONCE(v->domain->sched_cap);
}
bool cap_take(struct vcpu *v, uint64_t now);
void cap_give_back(struct vcpu *v);
/* Before it runs: false, and parked, when the cap is used up. */
static inline bool cap_fund(struct vcpu *v, uint64_t now)
{
	return likely(!cap_on(v)) || v->sched.funded || cap_take(v, now);
}
/* It does not run on: give back what is left. */
static inline void cap_settle(struct vcpu *v)
{
	if (unlikely(v->sched.funded))
		cap_give_back(v);
}
void cap_set(struct domain *d, unsigned int percent);	/* no lock is held */

#endif
