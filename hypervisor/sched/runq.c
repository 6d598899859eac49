// SPDX-License-Identifier: GPL-2.0-only
/*
 * The run queue of a CPU: who waits for it, by virtual time (fair.c). Its rules are those of
 * sched.c.
 */
#include <hv/sched/runq.h>
#include <hv/console/printk.h>
#include <hv/sched/fair.h>
#include <hv/sched/sched.h>
#include <hv/sched/timer.h>
#include <hv/time/clock.h>

DEFINE_PER_CPU(runq);

/* ---- locks ---- */

struct runq *runq_lock_vcpu(struct vcpu *v, uint64_t *flags)
{
	for (;;) {
		unsigned int cpu = atomic_load(&v->cpu);
		struct runq *q = &per_cpu(runq, cpu);

		*flags = spin_lock_irqsave(&q->lock);
		if (v->cpu == cpu)
			return q;
		spin_unlock_irqrestore(&q->lock, *flags);
	}
}

void runq_lock_two(unsigned int a, unsigned int b, uint64_t *flags)
{
	*flags = spin_lock_irqsave(&per_cpu(runq, MIN(a, b)).lock);
	spin_lock(&per_cpu(runq, MAX(a, b)).lock);
}

void runq_unlock_two(unsigned int a, unsigned int b, uint64_t flags)
{
	spin_unlock(&per_cpu(runq, MAX(a, b)).lock);
	spin_unlock_irqrestore(&per_cpu(runq, MIN(a, b)).lock, flags);
}

/* ---- under the lock ---- */

uint64_t runq_span(const struct runq *q)
{
	return MAX(SLICE_NS, q->ratelimit_ns);
}

void runq_enqueue(struct runq *q, struct vcpu *v)
{
	struct vcpu *other;

	if (v->sched.moved) {
		v->sched.vruntime += q->min_vruntime;
		v->sched.moved = false;
	}
	v->sched.queued = true;
	q->length++;
	q->queued_weight += v->sched.weight;
	TAILQ_FOREACH(other, &q->queue, sched.link) {
		if (fair_before(v->sched.vruntime, other->sched.vruntime)) {
			TAILQ_INSERT_BEFORE(other, v, sched.link);
			return;
		}
	}
	TAILQ_INSERT_TAIL(&q->queue, v, sched.link);
}

void runq_dequeue(struct runq *q, struct vcpu *v)
{
	TAILQ_REMOVE(&q->queue, v, sched.link);
	v->sched.queued = false;
	v->sched.stray = false;
	q->length--;
	q->queued_weight -= v->sched.weight;
}

void runq_leave(struct runq *q, struct vcpu *v, unsigned int to)
{
	if (!v->sched.moved)
		v->sched.vruntime = fair_leave(v->sched.vruntime, q->min_vruntime, v->sched.weight,
					       runq_span(q));
	v->sched.moved = true;
	atomic_store(&v->cpu, to);
}

/* ---- life, and the debug key ---- */

void runq_init(unsigned int cpu, struct vcpu *idle, void (*slice_over)(void *))
{
	struct runq *q = &per_cpu(runq, cpu);

	spin_lock_init(&q->lock, RANK_RUNQ);
	TAILQ_INIT(&q->queue);
	q->idle = idle;
	timer_init(&q->slice, slice_over, NULL, cpu);
}

#define DUMP_MAX 16	/* vCPUs shown of a queue */

struct dump_line {
	domid_t domain;
	unsigned int vcpu, weight;
	int64_t lag;
};

static struct dump_line dump_line(const struct runq *q, const struct vcpu *v)
{
	return (struct dump_line){v->domain->id, v->id, v->sched.weight,
				  (int64_t)(v->sched.vruntime - q->min_vruntime)};
}

/* Copied under the lock and printed without: the console is slow. */
void runq_dump(unsigned int cpu)
{
	struct runq *q = &per_cpu(runq, cpu);
	struct dump_line on, seen[DUMP_MAX];
	unsigned int n = 0, length;
	struct vcpu *v;
	uint64_t flags = spin_lock_irqsave(&q->lock);

	on = dump_line(q, atomic_load(&per_cpu(running, cpu)));
	length = q->length;
	TAILQ_FOREACH(v, &q->queue, sched.link)
		if (n < DUMP_MAX)
			seen[n++] = dump_line(q, v);
	spin_unlock_irqrestore(&q->lock, flags);
	log_info("cpu%u: runs d%uv%u, %u waiting\n", cpu, on.domain, on.vcpu, length);
	for (unsigned int i = 0; i < n; i++)
		log_info("  d%uv%u weight %u, %ld us of virtual time ahead of the least\n",
			 seen[i].domain, seen[i].vcpu, seen[i].weight,
			 seen[i].lag / (int64_t)NS_PER_US);
}
