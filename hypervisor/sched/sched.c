// SPDX-License-Identifier: GPL-2.0-only
/*
 * The scheduler: one run queue a CPU, sorted by virtual run time (fair.c), no global lock. With no
 * more vCPUs than CPUs each stays where it is, and no time slice is ever programmed.
 *
 *  1. A vCPU is in at most one queue, that of v->cpu, and only while runnable and not on a CPU. A
 *     vCPU that another CPU has not left yet is in none.
 *  2. v->cpu and v->sched change under the lock of the queue that v->cpu names; only `blocked`
 *     (rule 5) and the poll timer change without it. v->cpu changes only while the vCPU is in no
 *     queue and on no CPU, by runq_leave(). From then on the lock is that of the other queue, and
 *     the virtual time is a lag (`moved`) until runq_enqueue() makes it a time of that queue. So
 *     nobody ever sees a time of one queue in another, whoever gets in between, and one lock at a
 *     time is enough for a caller that was given the vCPU: a waker, a change of affinity or of
 *     pool.
 *  3. Whoever takes a runnable vCPU out of a queue without pausing or parking it, runs it or puts
 *     it into a queue: a change of affinity wakes it again. A CPU that has only found the vCPU in a
 *     queue (place.c) holds the locks of both queues while it moves it: a vCPU that is in no queue
 *     and on no CPU could be destroyed.
 *  4. on_cpu is set and cleared by the CPU that runs the vCPU, in schedule(), under the lock.
 *     Whoever sees it cleared may destroy the vCPU: so before that `current` of this CPU becomes
 *     the idle vCPU, and nothing of prev is looked at afterwards but its address. Its registers
 *     that the CPU still has: vcpu_sync() (x86/context.c).
 *  5. blocked is set by the vCPU itself and cleared by whoever wakes it. The vCPU sets it first and
 *     looks for events then; a sender makes the event pending first and looks at blocked then. So
 *     one of them sees the other.
 *  6. An interrupt is sent to another CPU for a vCPU only where that vCPU runs or is queued, and to
 *     have it preempt another not more often than each ratelimit_until: the CPU looks by itself at
 *     check_at (sched_queue_woken()).
 *
 * Locks: a run queue's, with interrupts off; two of them in the order of CPU numbers
 * (runq_lock_two()). Inside it the budget of a cap (cap.c), and inside both a CPU's timers.
 */
#include <hv/sched/sched.h>
#include <hv/bitops.h>
#include <hv/console/printk.h>
#include <hv/domain/domain.h>
#include <hv/errno.h>
#include <hv/event/event.h>
#include <hv/hvm/hvm.h>
#include <hv/irq/vector.h>
#include <hv/lib/lock_check.h>
#include <hv/mm/alloc.h>
#include <hv/sched/cap.h>
#include <hv/sched/cpupool.h>
#include <hv/sched/fair.h>
#include <hv/sched/idle.h>
#include <hv/sched/place.h>
#include <hv/sched/runq.h>
#include <hv/sched/runstate.h>
#include <hv/sched/softirq.h>
#include <hv/sched/timer.h>
#include <hv/time/clock.h>
#include <hv/trace/trace.h>
#include <hv/trap/bounce.h>
#include <x86/context.h>
#include <x86/entry.h>
#include <x86/lapic.h>
#include <xen/xen.h>

/* a look that changed nothing is not repeated before that */
#define LOOK_LEAST_NS (100 * NS_PER_US)

DEFINE_PER_CPU(running);

struct vcpu *idle_vcpu(unsigned int cpu)
{
	return per_cpu(runq, cpu).idle;
}

bool vcpu_runnable(const struct vcpu *v)
{
	return !atomic_load(&v->sched.blocked) && !v->sched.down && !v->sched.pauses &&
	       !v->sched.parked;
}

/* ---- waking ---- */

/*
 * When must the CPU look, and does it by itself? At once for a vCPU that is owed more than the one
 * that runs, but not before that one has had its CPU for a while; for another, one slice from now
 * is early enough.
 */
bool sched_queue_woken(struct runq *q, struct vcpu *v, uint64_t now)
{
	struct vcpu *run = atomic_load(&per_cpu(running, v->cpu));
	uint64_t look;

	runq_update(q, run, now);
	if (!v->sched.moved)
		v->sched.vruntime = fair_return(v->sched.vruntime, q->min_vruntime, v->sched.weight,
						runq_span(q));
	runstate_set(v, RUNSTATE_runnable, now);
	TRACE(TRC_SCHED_WAKE, v->domain->id, v->id);
	runq_enqueue(q, v);
	if (run == q->idle)
		return true;
	look = fair_before(v->sched.vruntime, run->sched.vruntime) ? MAX(now, q->ratelimit_until)
								   : now + SLICE_NS;
	return !q->check_at || q->check_at > look;
}

static bool wants_queue(const struct vcpu *v)
{
	return vcpu_runnable(v) && !v->sched.queued && !v->sched.on_cpu;
}

void vcpu_wake(struct vcpu *v)
{
	uint64_t flags, now;
	struct runq *q = runq_lock_vcpu(v, &flags);
	unsigned int cpu;
	bool tell = false;

	if (!wants_queue(v)) {
		spin_unlock_irqrestore(&q->lock, flags);
		return;
	}
	now = now_ns();
	cpu = place_choose(v);
	if (cpu != v->cpu) {
		runq_update(q, atomic_load(&per_cpu(running, v->cpu)), now);
		runq_leave(q, v, cpu);
		spin_unlock_irqrestore(&q->lock, flags);
		q = runq_lock_vcpu(v, &flags);
	}
	if (wants_queue(v))
		tell = sched_queue_woken(q, v, now);
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
	struct runq *q = runq_lock_vcpu(v, &flags);
	unsigned int cpu = v->cpu;
	bool running;

	v->sched.pauses++;
	if (v->sched.queued) {
		runq_dequeue(q, v);
		runstate_set(v, RUNSTATE_offline, now_ns());
	}
	running = v->sched.on_cpu;
	TRACE(TRC_SCHED_SLEEP, v->domain->id, v->id);
	spin_unlock_irqrestore(&q->lock, flags);
	if (running)
		softirq_raise_on(cpu, SOFTIRQ_SCHED);
}

void vcpu_unpause(struct vcpu *v)
{
	uint64_t flags;
	struct runq *q = runq_lock_vcpu(v, &flags);

	v->sched.pauses--;
	spin_unlock_irqrestore(&q->lock, flags);
	vcpu_wake(v);
}

void vcpu_up(struct vcpu *v)
{
	uint64_t flags;
	struct runq *q = runq_lock_vcpu(v, &flags);

	v->sched.down = false;
	v->sched.blocked = false;
	spin_unlock_irqrestore(&q->lock, flags);
	vcpu_wake(v);
}

void vcpu_down(struct vcpu *v)
{
	uint64_t flags;
	struct runq *q = runq_lock_vcpu(v, &flags);
	unsigned int cpu = v->cpu;
	bool running = v->sched.on_cpu;

	v->sched.down = true;
	TRACE(TRC_SCHED_SLEEP, v->domain->id, v->id);
	if (v->sched.queued)
		runq_dequeue(q, v);
	if (!running)
		runstate_set(v, RUNSTATE_offline, now_ns());
	spin_unlock_irqrestore(&q->lock, flags);
	if (running)
		softirq_raise_on(cpu, SOFTIRQ_SCHED);
}

void vcpu_blocked(void)
{
	TRACE(TRC_SCHED_BLOCK, current->domain->id, current->id);
	softirq_raise(SOFTIRQ_SCHED);
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
		vcpu_blocked();
}

/* Behind the first who waits, but not so far that it would wait for longer than fair.c says. */
void vcpu_yield_current(void)
{
	struct runq *q = &this_cpu(runq);
	struct vcpu *v = current, *next;
	uint64_t flags = spin_lock_irqsave(&q->lock), behind;

	runq_update(q, v, now_ns());
	TRACE(TRC_SCHED_YIELD, v->domain->id, v->id);
	v->sched.yielded = true;
	next = TAILQ_FIRST(&q->queue);
	if (next) {
		behind = fair_return(next->sched.vruntime + 1, q->min_vruntime, v->sched.weight,
				     runq_span(q));
		if (fair_before(v->sched.vruntime, behind))
			v->sched.vruntime = behind;
	}
	spin_unlock_irqrestore(&q->lock, flags);
	if (next)
		softirq_raise(SOFTIRQ_SCHED);
}

/* ---- choosing; the queue's lock is held ---- */

/*
 * The next to run here. Who has to leave this CPU is passed over, and who has nothing left of a cap
 * parked.
 */
static struct vcpu *pick(struct runq *q, uint64_t now)
{
	struct vcpu *v, *after;

	for (v = TAILQ_FIRST(&q->queue); v; v = after) {
		after = TAILQ_NEXT(v, sched.link);
		if (v->sched.stray)
			continue;
		runq_dequeue(q, v);
		if (likely(cap_fund(v, now)))
			return v;
	}
	return q->idle;
}

/*
 * v runs. When this CPU has to look again by itself: others wait, or v's domain is capped. And
 * where v would rather be.
 */
static void set_check(struct runq *q, struct vcpu *v, uint64_t at, uint64_t now)
{
	if (cap_on(v) && v->sched.funded &&
	    (!at || fair_before(now + (uint64_t)v->sched.allowance, at)))
		at = now + (uint64_t)v->sched.allowance;
	q->check_at = at;
	if (at)
		timer_set(&q->slice, at);
	WRITE_ONCE(q->wishes,
		   likely(cpu_in(v->sched.preferred, v->cpu)) ? 0 : v->sched.preferred.bits);
}

/*
 * Does the vCPU that runs keep the CPU although others wait? A switch drops what the CPU remembers
 * of page tables, so one for each packet or request would cost more than the work itself.
 */
static bool keeps_cpu(struct runq *q, struct vcpu *v, uint64_t now)
{
	if (!vcpu_runnable(v) || place_leaves(v, v->cpu))
		return false;
	if (cap_on(v) ? !v->sched.funded || v->sched.allowance <= 0 : v->sched.funded)
		return false;
	if (!q->length) {
		v->sched.yielded = false;
		set_check(q, v, 0, now);
		return true;
	}
	if (v->sched.yielded || now >= q->ratelimit_until)
		return false;
	set_check(q, v, q->ratelimit_until, now);
	return true;
}

/*
 * prev does not simply run on: into the queue with it, if it wants to. True: it has to leave this
 * CPU.
 */
static bool put_back(struct runq *q, struct vcpu *prev)
{
	prev->sched.yielded = false;
	cap_settle(prev);
	if (!vcpu_runnable(prev))
		return false;
	runq_enqueue(q, prev);
	prev->sched.stray = place_leaves(prev, prev->cpu);
	return prev->sched.stray;
}

/* For how long v, which is in no queue, runs before others have their turn, ns; none: for ever. */
static uint64_t slice_of(const struct runq *q, const struct vcpu *v)
{
	return q->length ? fair_quantum(v->sched.weight, q->queued_weight + v->sched.weight)
			 : UINT64_MAX;
}

/* From prev to next, as other CPUs see it: rule 4. */
static void hand_over(struct runq *q, struct vcpu *prev, struct vcpu *next, uint64_t now)
{
	unsigned int state = RUNSTATE_runnable;

	if (trace_wants(TRC_SCHED))
		trace_switch(prev, next, now, slice_of(q, next));
	get_cpu_info()->vcpu = q->idle;
	if (!vcpu_runnable(prev) && !prev->sched.parked)
		state = prev->sched.blocked ? RUNSTATE_blocked : RUNSTATE_offline;
	runstate_set(prev, state, now);
	runstate_set(next, RUNSTATE_running, now);
	next->sched.on_cpu = true;
	next->sched.pushed = false;
	next->sched.since = now;
	atomic_store(&this_cpu(running), next);
	q->run_weight = next == q->idle ? 0 : next->sched.weight;
	atomic_store_release(&prev->sched.on_cpu,
			     false); /* last: prev may be gone; pairs with who waits for it */
}

/*
 * Choose, and note what follows for this CPU. *evict, *spread: what is to be done without the lock.
 */
static struct vcpu *choose(struct runq *q, struct vcpu *prev, uint64_t now, bool *evict,
			   bool *spread)
{
	struct vcpu *next;

	if (prev != q->idle)
		*evict = put_back(q, prev);
	next = pick(q, now);
	q->ratelimit_until =
		now + (next == prev ? MAX(q->ratelimit_ns, LOOK_LEAST_NS) : q->ratelimit_ns);
	if (next != prev)
		hand_over(q, prev, next, now);
	if (next == q->idle) {
		q->check_at = q->wishes = 0;
		return next;
	}
	q->min_vruntime = fair_advance(q->min_vruntime, next->sched.vruntime);
	if (!q->length) {
		set_check(q, next, 0, now);
		return next;
	}
	set_check(q, next, now + slice_of(q, next), now);
	*spread = now >= q->spread_at;
	return next;
}

/*
 * What is due when a vCPU gets a CPU: the end of a poll, its runstate in its own memory. It is
 * current. Not inlined, since link.lds places it among the code that runs most.
 */
static __noinline void vcpu_came_on(struct vcpu *v)
{
	if (v->is_idle)
		return;
	if (v->event.polling) {
		timer_stop(&v->sched.poll_timer);
		evtchn_poll_end(v);
	}
	runstate_publish(v);
	if (atomic_load(&v->trap.nmi_pending) && !v->trap.nmi_masked) {
		atomic_store(&v->trap.nmi_pending, false);
		bounce_nmi(v);
	}
}

static void schedule(void)
{
	unsigned int cpu = cpu_id();
	struct runq *q = &this_cpu(runq);
	struct vcpu *prev = current, *next;
	bool evict = false, spread = false;
	uint64_t now;

	if (!READ_ONCE(q->length) && (prev == q->idle || !vcpu_runnable(prev)))
		place_steal(cpu);
	irq_disable();
	spin_lock(&q->lock);
	now = now_ns();
	runq_update(q, prev, now);
	if (prev != q->idle && keeps_cpu(q, prev, now))
		next = prev;
	else
		next = choose(q, prev, now, &evict, &spread);
	if (next == prev && trace_wants(TRC_SCHED))
		trace_continue(next, now, slice_of(q, next));
	spin_unlock(&q->lock);
	if (evict)
		place_evict(cpu);
	if (spread)
		place_spread(cpu);
	irq_enable();
	if (next == prev) {
		vcpu_came_on(next);
		return;
	}
	if (next != q->idle)
		switch_prepare(next);	/* another CPU may still hold its registers */
	irq_disable();
	LOCK_CHECKED(lock_check_none("switch of vCPUs"));
	context_switch(prev, next);
	vcpu_came_on(next);
	resume_current();
}

/*
 * One that is still pending says nothing again: a sender interrupts the other CPU as often as the
 * guest takes them.
 */
void vcpu_send_nmi(struct vcpu *v)
{
	uint64_t flags;
	struct runq *q;
	unsigned int cpu;
	bool running;

	if (atomic_xchg(&v->trap.nmi_pending, true))
		return;
	vcpu_kick(v);
	q = runq_lock_vcpu(v, &flags);
	cpu = v->cpu;
	running = v->sched.on_cpu;
	spin_unlock_irqrestore(&q->lock, flags);
	if (running)
		softirq_raise_on(cpu, SOFTIRQ_SCHED);	/* vcpu_came_on() looks */
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
	return READ_ONCE(v->info->evtchn_upcall_pending) && !vcpu_events_masked(v);
}

/* ---- life ---- */

static void poll_timeout(void *data)
{
	struct vcpu *v = data;

	if (atomic_load(&v->event.polling))
		vcpu_kick(v);
}

int sched_vcpu_init(struct vcpu *v)
{
	v->sched.hard.bits = v->sched.soft.bits = ~UINT64_C(0);
	place_derive(v);
	v->cpu = place_first(v->sched.allowed);
	v->sched.weight = WEIGHT_UNIT;
	v->sched.down = true;
	v->sched.moved = true;	/* with a lag of 0 to wherever it goes */
	v->sched.state = RUNSTATE_offline;
	v->sched.state_entry = now_ns();
	timer_init(&v->sched.poll_timer, poll_timeout, v, v->cpu);
	TRACE(TRC_SCHED_DOM_ADD, v->domain->id, v->id);
	return 0;
}

void sched_vcpu_destroy(struct vcpu *v)
{
	timer_kill(&v->sched.poll_timer);
}

/*
 * What it has run is charged at the old weight; no lag may be more than one of the new weight can
 * have.
 */
static void set_weight(struct vcpu *v, unsigned int weight)
{
	uint64_t flags;
	struct runq *q = runq_lock_vcpu(v, &flags);
	bool queued = v->sched.queued;

	runq_update(q, atomic_load(&per_cpu(running, v->cpu)), now_ns());
	if (queued)
		runq_dequeue(q, v);
	v->sched.weight = weight;
	if (v->sched.moved)
		v->sched.vruntime = fair_leave(v->sched.vruntime, 0, weight, runq_span(q));
	else
		v->sched.vruntime =
			fair_return(v->sched.vruntime, q->min_vruntime, weight, runq_span(q));
	if (queued)
		runq_enqueue(q, v);
	if (v->sched.on_cpu)
		q->run_weight = weight;
	spin_unlock_irqrestore(&q->lock, flags);
}

void sched_set_params(struct domain *d, unsigned int weight, unsigned int cap)
{
	struct vcpu *v;

	d->sched.weight = weight;
	TRACE(TRC_SCHED_ADJDOM, d->id);
	for_each_vcpu(d, v)
		set_weight(v, weight);
	if (cap != d->sched.cap)
		cap_set(d, cap);
}

/* The idle vCPU and the queue of one CPU; panics without memory. Boot CPU, before that CPU runs. */
void sched_init_cpu(unsigned int cpu)
{
	struct vcpu *v = alloc_page();

	if (!v)
		panic("no memory for the idle vCPU of CPU %u", cpu);
	v->id = cpu;
	v->cpu = cpu;
	v->domain = &idle_domain;
	v->is_idle = true;
	v->sched.weight = WEIGHT_UNIT;
	v->sched.on_cpu = true;
	atomic_store(&per_cpu(running, cpu), v);
	timers_init_cpu(cpu);
	runq_init(cpu, v, slice_over);
	cpupool_init_cpu(cpu);
}

void sched_init(void)
{
	sched_init_cpu(0);
	get_cpu_info()->vcpu = idle_vcpu(0);
	softirq_open(SOFTIRQ_SCHED, schedule);
}

/* Debug key. */
void sched_dump(void)
{
	for (unsigned int cpu = 0; cpu < nr_cpus; cpu++) {
		runq_dump(cpu);
		idle_dump(cpu);
	}
}
