// SPDX-License-Identifier: GPL-2.0-only
/*
 * Caps: a domain with a cap of N percent runs for N percent of each period, on all its vCPUs
 * together.
 *
 *  1. Before a vCPU of a capped domain runs it takes a part out of the budget (cap_fund()), and
 *     gives back what is left when it does not run on (cap_settle()). A vCPU that ran for longer
 *     than its part gives back a negative rest: a debt.
 *  2. A vCPU that finds the budget empty is parked: runnable, in no queue, until the next refill.
 *     It is parked under the lock of its queue, and the refill adds first and unparks then, so it
 *     is not missed.
 *  3. A refill adds the quota of each period that has begun, and never makes it more than one
 *     quota, or as many as periods that the timer was late: what is not used is lost, but for what
 *     the timer has lost.
 *  4. The timer runs while parts are out, vCPUs parked or the budget is not full. A domain that
 *     sleeps costs nothing.
 *
 * Locks: the budget's, with interrupts off, inside a run queue's or alone; inside it the timers of
 * a CPU. The refill lets go of it before it takes run queues. No vCPU of a domain without a cap
 * takes it.
 */
#include <hv/sched/cap.h>
#include <hv/domain/domain.h>
#include <hv/lib/lib.h>
#include <hv/sched/fair.h>
#include <hv/sched/runq.h>
#include <hv/sched/sched.h>
#include <hv/sched/softirq.h>
#include <hv/sched/timer.h>
#include <hv/time/clock.h>

#define PERIOD_NS	SLICE_NS
#define PART_LEAST_NS   (100 * NS_PER_US) /* less is not worth a switch; a debt makes up for it */
#define LATE_MOST	10			/* periods: what a late timer is forgiven */

static void start_refills(struct sched_budget *b, uint64_t now)
{
	if (b->refilling)
		return;
	b->refilling = true;
	b->next = now + PERIOD_NS;
	timer_migrate(&b->refill, cpu_id());	/* the domain's own CPU: it runs here */
	timer_set(&b->refill, b->next);
}

bool cap_take(struct vcpu *v, uint64_t now)
{
	struct sched_budget *b = &v->domain->sched.budget;

	spin_lock(&b->lock);
	start_refills(b, now);
	if (b->left <= 0) {
		b->parked++;
		v->sched.parked = true;
	} else {
		v->sched.allowance = MAX(MIN(b->left, b->part), (int64_t)PART_LEAST_NS);
		b->left -= v->sched.allowance;
		b->out++;
		v->sched.funded = true;
	}
	spin_unlock(&b->lock);
	return v->sched.funded;
}

void cap_give_back(struct vcpu *v)
{
	struct sched_budget *b = &v->domain->sched.budget;

	spin_lock(&b->lock);
	b->left += v->sched.allowance;
	b->out--;
	v->sched.funded = false;
	spin_unlock(&b->lock);
}

static void unpark_all(struct domain *d)
{
	struct vcpu *v;

	for_each_vcpu(d, v) {
		uint64_t flags;
		struct runq *q;

		if (!READ_ONCE(v->sched.parked)) /* set before the refill took the lock: seen */
			continue;
		q = runq_lock_vcpu(v, &flags);
		v->sched.parked = false;
		spin_unlock_irqrestore(&q->lock, flags);
		vcpu_wake(v);
	}
}

static void refill(void *data)
{
	struct domain *d = data;
	struct sched_budget *b = &d->sched.budget;
	uint64_t flags = spin_lock_irqsave(&b->lock), now = now_ns();
	bool waiting = b->parked;
	int64_t periods = 0;

	for (; !fair_before(now, b->next) && periods < LATE_MOST; periods++)
		b->next += PERIOD_NS;
	if (!fair_before(now, b->next))
		b->next = now + PERIOD_NS;
	b->left = MIN(b->left + periods * b->quota, MAX(periods, 1) * b->quota);
	b->parked = 0;
	b->refilling = b->quota && (waiting || b->out || b->left < b->quota);
	if (b->refilling)
		timer_set(&b->refill, b->next);
	spin_unlock_irqrestore(&b->lock, flags);
	if (waiting)
		unpark_all(d);
}

/* Whoever runs is put before the new cap at once. */
static void recheck(struct domain *d)
{
	struct vcpu *v;

	for_each_vcpu(d, v) {
		uint64_t flags;
		struct runq *q = runq_lock_vcpu(v, &flags);
		unsigned int cpu = v->cpu;
		bool running = v->sched.on_cpu;

		spin_unlock_irqrestore(&q->lock, flags);
		if (running)
			softirq_raise_on(cpu, SOFTIRQ_SCHED);
	}
}

void cap_set(struct domain *d, unsigned int percent)
{
	struct sched_budget *b = &d->sched.budget;
	uint64_t flags = spin_lock_irqsave(&b->lock);

	b->quota = (int64_t)(percent * PERIOD_NS / 100);
	b->part = MAX(b->quota / (int64_t)d->max_vcpus, (int64_t)PART_LEAST_NS);
	b->left = d->sched.cap ? MIN(b->left, b->quota) : b->quota;
	b->parked = 0;
	WRITE_ONCE(d->sched.cap, percent);
	spin_unlock_irqrestore(&b->lock, flags);
	unpark_all(d);
	recheck(d);
}

void sched_domain_init(struct domain *d)
{
	struct sched_budget *b = &d->sched.budget;

	spin_lock_init(&b->lock, RANK_BUDGET);
	timer_init(&b->refill, refill, d, cpu_id());
}

void sched_domain_destroy(struct domain *d)
{
	timer_kill(&d->sched.budget.refill);
}
