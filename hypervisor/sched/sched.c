// SPDX-License-Identifier: GPL-2.0-only
/*
 * The scheduler: one run queue a CPU, sorted by virtual run time (a vCPU's run time divided by its weight), no global
 * lock. With no more vCPUs than CPUs each stays where it is, and no time slice is ever programmed.
 *
 *  1. A vCPU is in at most one queue, that of v->cpu, and only while runnable and not on a CPU.
 *  2. v->cpu and all of v->sched change under the lock of the queue that v->cpu names.
 *  3. on_cpu is set and cleared by the CPU that runs it, in schedule().
 *  4. blocked is set by the vCPU itself, cleared by whoever wakes it. Who blocks sets it first and looks for events
 *     then; who sends makes the event pending first and looks at blocked then. So one of them sees the other.
 *
 * Lock: run queue, interrupts off; two of them in the order of CPU numbers (nobody takes two today).
 */
#include <hv/bitops.h>
#include <hv/domain.h>
#include <hv/errno.h>
#include <hv/event.h>
#include <hv/irq.h>
#include <hv/lapic.h>
#include <hv/options.h>
#include <hv/printk.h>
#include <hv/runstate.h>
#include <hv/sched.h>
#include <hv/switch.h>
#include <hv/time.h>
#include <hv/timer_hw.h>
#include <xen/xen.h>

#define SLICE_NS	(10 * NS_PER_MS)
#define WAKE_BONUS_NS	(5 * NS_PER_MS)	/* how far a sleeper may come back behind the others */
#define WEIGHT_UNIT	256

struct runq {
	spinlock_t lock;
	TAILQ_HEAD(, vcpu) queue;
	unsigned int length;
	uint64_t min_vruntime;	/* never falls: of what ran last */
	struct timer slice;
	struct vcpu *idle;
};
DECLARE_PER_CPU(struct runq, runq);
DEFINE_PER_CPU(runq);

struct vcpu *idle_vcpu(unsigned int cpu)
{
	return per_cpu(runq, cpu).idle;
}

static struct runq *lock_vcpu(struct vcpu *v, uint64_t *flags)
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

bool vcpu_runnable(const struct vcpu *v)
{
	return !atomic_load(&v->sched.blocked) && !v->sched.down && !v->sched.pauses;
}

/* ---- queues; their lock is held ---- */

static void enqueue(struct runq *q, struct vcpu *v)
{
	struct vcpu *other;

	v->sched.queued = true;
	q->length++;
	TAILQ_FOREACH(other, &q->queue, sched.link) {
		if (v->sched.vruntime < other->sched.vruntime) {
			TAILQ_INSERT_BEFORE(other, v, sched.link);
			return;
		}
	}
	TAILQ_INSERT_TAIL(&q->queue, v, sched.link);
}

static void dequeue(struct runq *q, struct vcpu *v)
{
	TAILQ_REMOVE(&q->queue, v, sched.link);
	v->sched.queued = false;
	q->length--;
}

static void charge(struct vcpu *v, uint64_t now)
{
	if (now > v->sched.since)
		v->sched.vruntime += (now - v->sched.since) * WEIGHT_UNIT / v->sched.weight;
	v->sched.since = now;
}

/* ---- waking ---- */

static bool cpu_is_idle(unsigned int cpu)
{
	struct runq *q = &per_cpu(runq, cpu);

	return atomic_load(&per_cpu(running, cpu)) == q->idle && !READ_ONCE(q->length);
}

/* Where a woken vCPU goes: where it was, unless that CPU is busy and an idle one is allowed. A guess, without locks. */
static unsigned int choose_cpu(struct vcpu *v)
{
	unsigned int cpu = v->cpu, c;

	if (v->sched.hard.bits >> cpu & 1 && cpu_is_idle(cpu))
		return cpu;
	for_each_online_cpu(c)
		if (v->sched.hard.bits >> c & 1 && cpu_is_idle(c))
			return c;
	if (v->sched.hard.bits >> cpu & 1)
		return cpu;
	return first_bit(v->sched.hard.bits);
}

/* Put it into the queue of its CPU; true when that CPU should schedule. */
static bool queue_woken(struct runq *q, struct vcpu *v, uint64_t now)
{
	struct vcpu *run = atomic_load(&per_cpu(running, v->cpu));

	if (v->sched.vruntime + WAKE_BONUS_NS < q->min_vruntime)
		v->sched.vruntime = q->min_vruntime - WAKE_BONUS_NS;
	runstate_set(v, RUNSTATE_runnable, now);
	enqueue(q, v);
	return run == q->idle || v->sched.vruntime < run->sched.vruntime || q->length == 1;
}

void vcpu_wake(struct vcpu *v)
{
	uint64_t flags;
	struct runq *q = lock_vcpu(v, &flags);
	unsigned int cpu;
	bool tell = false;

	if (!vcpu_runnable(v) || v->sched.queued || v->sched.on_cpu) {
		spin_unlock_irqrestore(&q->lock, flags);
		return;
	}
	cpu = choose_cpu(v);
	if (cpu != v->cpu) {	/* not queued, not on a CPU: rule 2 lets it move under this lock alone */
		atomic_store(&v->cpu, cpu);
		spin_unlock_irqrestore(&q->lock, flags);
		q = lock_vcpu(v, &flags);
	}
	if (vcpu_runnable(v) && !v->sched.queued && !v->sched.on_cpu)
		tell = queue_woken(q, v, now_ns());
	cpu = v->cpu;
	spin_unlock_irqrestore(&q->lock, flags);
	if (tell)
		softirq_raise_on(cpu, SOFTIRQ_SCHED);
}

void vcpu_kick(struct vcpu *v)
{
	unsigned int cpu;

	/* Pending was set before this read: pairs with the barrier in vcpu_block_current(). */
	smp_mb();
	if (atomic_load(&v->sched.blocked)) {
		atomic_store(&v->sched.blocked, false);
		vcpu_wake(v);
		return;
	}
	cpu = atomic_load(&v->cpu);
	if (cpu != cpu_id() && atomic_load(&v->sched.on_cpu))
		lapic_ipi(cpu, VEC_RESCHED);
}

/* ---- stopping ---- */

void vcpu_pause_nosync(struct vcpu *v)
{
	uint64_t flags;
	struct runq *q = lock_vcpu(v, &flags);
	unsigned int cpu = v->cpu;
	bool running;

	v->sched.pauses++;
	if (v->sched.queued) {
		dequeue(q, v);
		runstate_set(v, RUNSTATE_offline, now_ns());
	}
	running = v->sched.on_cpu;
	spin_unlock_irqrestore(&q->lock, flags);
	if (running)
		softirq_raise_on(cpu, SOFTIRQ_SCHED);
}

void vcpu_pause(struct vcpu *v)
{
	vcpu_pause_nosync(v);
	while (atomic_load(&v->sched.on_cpu) && v != current)
		cpu_relax();
}

void vcpu_unpause(struct vcpu *v)
{
	uint64_t flags;
	struct runq *q = lock_vcpu(v, &flags);

	v->sched.pauses--;
	spin_unlock_irqrestore(&q->lock, flags);
	vcpu_wake(v);
}

void vcpu_up(struct vcpu *v)
{
	uint64_t flags;
	struct runq *q = lock_vcpu(v, &flags);

	v->sched.down = false;
	v->sched.blocked = false;
	spin_unlock_irqrestore(&q->lock, flags);
	vcpu_wake(v);
}

void vcpu_down(struct vcpu *v)
{
	uint64_t flags;
	struct runq *q = lock_vcpu(v, &flags);
	unsigned int cpu = v->cpu;

	v->sched.down = true;
	if (v->sched.queued)
		dequeue(q, v);
	if (!v->sched.on_cpu)
		runstate_set(v, RUNSTATE_offline, now_ns());
	spin_unlock_irqrestore(&q->lock, flags);
	softirq_raise_on(cpu, SOFTIRQ_SCHED);
}

void vcpu_block_current(void)
{
	struct vcpu *v = current;

	atomic_store(&v->sched.blocked, true);
	v->info->evtchn_upcall_mask = 0;
	smp_mb();	/* pairs with vcpu_kick() */
	if (READ_ONCE(v->info->evtchn_upcall_pending))
		atomic_store(&v->sched.blocked, false);
	else
		softirq_raise(SOFTIRQ_SCHED);
}

void vcpu_yield_current(void)
{
	struct runq *q = &this_cpu(runq);
	struct vcpu *v = current, *next;
	uint64_t flags = spin_lock_irqsave(&q->lock);

	charge(v, now_ns());
	v->sched.yielded = true;
	next = TAILQ_FIRST(&q->queue);
	if (next && v->sched.vruntime <= next->sched.vruntime)
		v->sched.vruntime = next->sched.vruntime + 1;
	spin_unlock_irqrestore(&q->lock, flags);
	if (next)
		softirq_raise(SOFTIRQ_SCHED);
}

/* ---- choosing ---- */

/* The next to run here. The queue's lock is held. A vCPU that another CPU has not left yet cannot be in the queue. */
static struct vcpu *pick(struct runq *q, uint64_t now)
{
	struct vcpu *v = TAILQ_FIRST(&q->queue);

	if (!v)
		return q->idle;
	dequeue(q, v);
	v->sched.since = now;
	if (v->sched.vruntime > q->min_vruntime)
		q->min_vruntime = v->sched.vruntime;
	return v;
}

/* Take a vCPU from a longer queue into this one, when this CPU has nothing. No lock is held. */
static void steal(unsigned int self)
{
	unsigned int c;

	for_each_online_cpu(c) {
		struct runq *q = &per_cpu(runq, c);
		struct vcpu *v, *found = NULL;
		uint64_t flags;

		if (c == self || !READ_ONCE(q->length) || cpu_is_idle(c))
			continue;
		flags = spin_lock_irqsave(&q->lock);
		TAILQ_FOREACH(v, &q->queue, sched.link)
			if (v->sched.hard.bits >> self & 1)
				found = v;
		if (found) {
			dequeue(q, found);
			found->sched.vruntime -= MIN(found->sched.vruntime, q->min_vruntime);
			atomic_store(&found->cpu, self);
		}
		spin_unlock_irqrestore(&q->lock, flags);
		if (found) {
			found->sched.vruntime += per_cpu(runq, self).min_vruntime;
			vcpu_wake(found);
			return;
		}
	}
}

/*
 * Does the vCPU that runs keep the CPU although others wait? A switch drops what the CPU remembers of page tables, so
 * one for each packet or request would cost more than the work itself.
 */
static bool keeps_cpu(struct runq *q, struct vcpu *v, uint64_t now)
{
	uint64_t until = v->sched.came_on + options.sched_ratelimit_us * NS_PER_US;

	if (!q->length || v->sched.yielded || now >= until || !(v->sched.hard.bits >> cpu_id() & 1))
		return false;
	timer_set(&q->slice, until);
	return true;
}

/* Wrong affinity for this CPU: the waker sends it to a right one. */
static void send_away(struct vcpu *v)
{
	vcpu_wake(v);
}

static void schedule(void)
{
	struct runq *q = &this_cpu(runq);
	struct vcpu *prev = current, *next, *away = NULL;
	uint64_t now;

	if (!READ_ONCE(q->length) && (prev == q->idle || !vcpu_runnable(prev)))
		steal(cpu_id());
	irq_disable();
	spin_lock(&q->lock);
	now = now_ns();
	if (prev != q->idle) {
		charge(prev, now);
		if (vcpu_runnable(prev) && keeps_cpu(q, prev, now)) {
			spin_unlock(&q->lock);
			irq_enable();
			vcpu_came_on(prev);
			return;
		}
		prev->sched.yielded = false;
		prev->sched.on_cpu = false;
		if (!vcpu_runnable(prev)) {
			runstate_set(prev, prev->sched.blocked ? RUNSTATE_blocked : RUNSTATE_offline, now);
		} else if (prev->sched.hard.bits >> cpu_id() & 1) {
			runstate_set(prev, RUNSTATE_runnable, now);
			enqueue(q, prev);
		} else {
			away = prev;
		}
	}
	next = pick(q, now);
	next->sched.on_cpu = true;
	atomic_store(&this_cpu(running), next);
	if (next != q->idle)
		runstate_set(next, RUNSTATE_running, now);
	if (q->length)
		timer_set(&q->slice, now + SLICE_NS);
	spin_unlock(&q->lock);
	if (away)
		send_away(away);
	if (next != prev)
		next->sched.came_on = now;
	if (next == prev) {
		irq_enable();
		vcpu_came_on(next);
		return;
	}
	irq_enable();
	if (next != q->idle)
		switch_prepare(next);	/* another CPU may still hold its registers */
	irq_disable();
	context_switch(prev, next);
	vcpu_came_on(next);
	resume_current();
}

/* What is due when a vCPU gets a CPU: the end of a poll, its runstate in its own memory. It is current. */
void vcpu_came_on(struct vcpu *v)
{
	if (v->is_idle)
		return;
	if (v->polling) {
		timer_stop(&v->sched.poll_timer);
		evtchn_poll_end(v);
	}
	runstate_publish(v);
	if (atomic_load(&v->nmi_pending) && !v->nmi_masked) {
		atomic_store(&v->nmi_pending, false);
		bounce_nmi(v);
	}
}

void vcpu_send_nmi(struct vcpu *v)
{
	atomic_store(&v->nmi_pending, true);
	vcpu_kick(v);
	softirq_raise_on(atomic_load(&v->cpu), SOFTIRQ_SCHED);	/* vcpu_came_on() looks */
}

static void slice_over(void *data)
{
	(void)data;
	softirq_raise(SOFTIRQ_SCHED);
}

bool hypercall_preempt_check(void)
{
	struct vcpu *v = current;

	/* The builder of Domain-0 works before there is a guest to interrupt. */
	if (v->is_idle)
		return false;
	if (softirq_is_pending())
		return true;
	return READ_ONCE(v->info->evtchn_upcall_pending) && !READ_ONCE(v->info->evtchn_upcall_mask);
}

int vcpu_set_affinity(struct vcpu *v, cpumask_t hard)
{
	uint64_t online = nr_cpus == 64 ? ~UINT64_C(0) : BIT64(nr_cpus) - 1, flags;
	struct runq *q;
	unsigned int cpu;

	if (!(hard.bits & online))
		return -EINVAL;
	q = lock_vcpu(v, &flags);
	cpu = v->cpu;
	v->sched.hard.bits = hard.bits & online;
	if (v->sched.queued && !(v->sched.hard.bits >> cpu & 1))
		dequeue(q, v);
	spin_unlock_irqrestore(&q->lock, flags);
	vcpu_wake(v);
	softirq_raise_on(cpu, SOFTIRQ_SCHED);
	return 0;
}

/* ---- life ---- */

static void poll_timeout(void *data)
{
	struct vcpu *v = data;

	if (atomic_load(&v->polling))
		vcpu_kick(v);
}

int sched_vcpu_init(struct vcpu *v)
{
	uint64_t online = nr_cpus == 64 ? ~UINT64_C(0) : BIT64(nr_cpus) - 1;

	spin_lock_init(&v->sched.lock);
	v->cpu = v->id % nr_cpus;
	v->sched.hard.bits = v->sched.soft.bits = online;
	v->sched.weight = WEIGHT_UNIT;
	v->sched.down = true;
	v->sched.vruntime = per_cpu(runq, v->cpu).min_vruntime;
	v->sched.state = RUNSTATE_offline;
	v->sched.state_entry = now_ns();
	timer_init(&v->sched.poll_timer, poll_timeout, v, v->cpu);
	return 0;
}

void sched_vcpu_destroy(struct vcpu *v)
{
	timer_kill(&v->sched.poll_timer);
}

/* The idle vCPU and the queue of one CPU; panics without memory. Boot CPU, before that CPU runs. */
void sched_init_cpu(unsigned int cpu)
{
	struct runq *q = &per_cpu(runq, cpu);
	struct vcpu *v = alloc_page();

	if (!v)
		panic("no memory for the idle vCPU of CPU %u", cpu);
	v->id = cpu;
	v->cpu = cpu;
	v->domain = &idle_domain;
	v->is_idle = true;
	v->sched.weight = WEIGHT_UNIT;
	v->sched.on_cpu = true;
	spin_lock_init(&q->lock);
	TAILQ_INIT(&q->queue);
	q->idle = v;
	atomic_store(&per_cpu(running, cpu), v);
	timers_init_cpu(cpu);
	timer_init(&q->slice, slice_over, NULL, cpu);
}

void sched_init(void)
{
	sched_init_cpu(0);
	get_cpu_info()->vcpu = idle_vcpu(0);
	softirq_open(SOFTIRQ_SCHED, schedule);
	runstate_init();
}

DEFINE_PER_CPU(running);

/* ---- debug key ---- */

#define DUMP_MAX 16	/* vCPUs shown of a queue */

struct dump_line {
	domid_t domain;
	unsigned int vcpu, weight;
	uint64_t vruntime;
};

static struct dump_line dump_line(const struct vcpu *v)
{
	return (struct dump_line){v->domain->id, v->id, v->sched.weight, v->sched.vruntime};
}

/* Copied under the lock and printed without: the console is slow. */
static void dump_cpu(unsigned int cpu)
{
	struct runq *q = &per_cpu(runq, cpu);
	struct dump_line on, seen[DUMP_MAX];
	unsigned int n = 0, length;
	struct vcpu *v;
	uint64_t flags = spin_lock_irqsave(&q->lock);

	on = dump_line(atomic_load(&per_cpu(running, cpu)));
	length = q->length;
	TAILQ_FOREACH(v, &q->queue, sched.link)
		if (n < DUMP_MAX)
			seen[n++] = dump_line(v);
	spin_unlock_irqrestore(&q->lock, flags);
	log_info("cpu%u: runs d%uv%u, %u waiting\n", cpu, on.domain, on.vcpu, length);
	for (unsigned int i = 0; i < n; i++)
		log_info("  d%uv%u weight %u, virtual run time %lu us\n", seen[i].domain, seen[i].vcpu, seen[i].weight,
			 seen[i].vruntime / NS_PER_US);
}

void sched_dump(void)
{
	for (unsigned int cpu = 0; cpu < nr_cpus; cpu++) {
		dump_cpu(cpu);
		idle_dump(cpu);
	}
}
