/* SPDX-License-Identifier: GPL-2.0-only */
/* The run queue of a CPU (sched/runq.c). Private to sched/. */
#ifndef HV_SCHED_RUNQ_H
#define HV_SCHED_RUNQ_H

#include <hv/domain/domain.h>
#include <hv/percpu.h>
#include <hv/queue.h>
#include <hv/sched/fair.h>
#include <hv/sched/sched.h>
#include <hv/sched/timer.h>
#include <hv/spinlock.h>

struct runq {
	spinlock_t lock;	/* interrupts off; two of them in the order of CPU numbers */
	unsigned int length;    /* vCPUs that wait; read without the lock, as a guess, like the two
				   weights */
	TAILQ_HEAD(, vcpu) queue;
	uint64_t min_vruntime;
	uint64_t ratelimit_ns;	/* sched_ratelimit_us of its pool */
	uint64_t ratelimit_until;	/* until then, who runs is not taken off for another */
	uint64_t check_at;	/* schedule() comes by itself then; 0: it need not */
	uint64_t spread_at;	/* not before this, look whether another CPU has less to do */
	uint64_t rotate_at;	/* not before this, swap loads with a CPU that has one vCPU less */
	unsigned int queued_weight, run_weight;
	uint64_t wishes; /* the CPUs that the one who runs prefers to this one; read without the
			    lock */
	struct vcpu *idle;
	struct timer slice;
};
DECLARE_PER_CPU(struct runq, runq);

/* Set up the queue of a CPU before that runs; slice_over() ends a slice. */
void runq_init(unsigned int cpu, struct vcpu *idle, void (*slice_over)(void *));
/* Lock the queue that v->cpu names, and see that it still does. *flags: for the unlock. */
struct runq *runq_lock_vcpu(struct vcpu *v, uint64_t *flags);
/* Lock the queues of two different CPUs, the lower number first. */
void runq_lock_two(unsigned int a, unsigned int b, uint64_t *flags);
/* Unlock them. */
void runq_unlock_two(unsigned int a, unsigned int b, uint64_t flags);
/* Print the queue of a CPU to the log. No lock is held. Debug keys. */
void runq_dump(unsigned int cpu);

/* --- the lock is held for the rest --- */

/* Put v, which is runnable and in no queue, in at its virtual time. */
void runq_enqueue(struct runq *q, struct vcpu *v);
/* Take v out. */
void runq_dequeue(struct runq *q, struct vcpu *v);
/* v is in no queue and on no CPU: from now on `to` is its CPU. Rules 2 and 3 of sched.c. */
void runq_leave(struct runq *q, struct vcpu *v, unsigned int to);
/* The longest that one runs on without a break, ns. */
uint64_t runq_span(const struct runq *q);

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

#endif
