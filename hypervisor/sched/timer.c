// SPDX-License-Identifier: GPL-2.0-only
/*
 * Timers: a sorted list a CPU. The hardware is programmed only when the earliest deadline comes
 * before what it has; an interrupt that finds nothing due costs less than stopping the hardware
 * each time.
 *
 * Lock: one a CPU, with interrupts off; nothing is taken inside it, and timer functions run without
 * it. A timer's cpu changes under the lock of the CPU that it names, when the timer is out of the
 * list; whoever has waited for that lock looks at cpu again (lock_timer()).
 */
#include <hv/sched/timer.h>
#include <hv/console/printk.h>
#include <hv/percpu.h>
#include <hv/sched/sched.h>
#include <hv/sched/softirq.h>
#include <hv/time/clock.h>
#include <x86/timer_hw.h>

#define LATE_NS (20 * NS_PER_MS)

struct timers {
	spinlock_t lock;
	TAILQ_HEAD(, timer) list;
	struct timer *running;	/* its fn runs now */
	uint64_t armed;		/* what the hardware will interrupt for; 0: nothing */
};
DECLARE_PER_CPU(struct timers, timers);
DEFINE_PER_CPU(timers);

void timer_init(struct timer *t, void (*fn)(void *), void *data, unsigned int cpu)
{
	*t = (struct timer){.fn = fn, .data = data, .cpu = cpu};
}

static struct timers *lock_timer(struct timer *t, uint64_t *flags)
{
	for (;;) {
		unsigned int cpu = READ_ONCE(t->cpu);
		struct timers *ts = &per_cpu(timers, cpu);

		*flags = spin_lock_irqsave(&ts->lock);
		if (t->cpu == cpu)
			return ts;
		spin_unlock_irqrestore(&ts->lock, *flags);
	}
}

static void arm(struct timers *ts)
{
	struct timer *first = TAILQ_FIRST(&ts->list);

	if (!first || (ts->armed && ts->armed <= first->deadline))
		return;
	/*
	 * A guest may ask for a time long past: the interrupt is not late for that
	 * (timer_check_late()).
	 */
	ts->armed = MAX(first->deadline, now_ns());
	timer_hw_set(first->deadline);
}

static void insert(struct timers *ts, struct timer *t)
{
	struct timer *other;

	t->armed = true;
	TAILQ_FOREACH(other, &ts->list, link) {
		if (t->deadline < other->deadline) {
			TAILQ_INSERT_BEFORE(other, t, link);
			return;
		}
	}
	TAILQ_INSERT_TAIL(&ts->list, t, link);
}

static void take_out(struct timers *ts, struct timer *t)
{
	if (t->armed)
		TAILQ_REMOVE(&ts->list, t, link);
	t->armed = false;
}

void timer_set(struct timer *t, uint64_t deadline)
{
	uint64_t flags;
	struct timers *ts = lock_timer(t, &flags);
	unsigned int cpu = t->cpu;
	bool tell;

	if (t->dead) {
		spin_unlock_irqrestore(&ts->lock, flags);
		return;
	}
	take_out(ts, t);
	t->deadline = deadline;
	insert(ts, t);
	tell = TAILQ_FIRST(&ts->list) == t;
	if (tell && cpu == cpu_id()) {
		arm(ts);
		tell = false;
	}
	spin_unlock_irqrestore(&ts->lock, flags);
	if (tell)
		softirq_raise_on(cpu, SOFTIRQ_TIMER);
}

void timer_stop(struct timer *t)
{
	uint64_t flags;
	struct timers *ts = lock_timer(t, &flags);

	take_out(ts, t);
	spin_unlock_irqrestore(&ts->lock, flags);
}

static bool runs_on(struct timers *ts, const struct timer *t)
{
	uint64_t flags = spin_lock_irqsave(&ts->lock);
	bool running = ts->running == t;

	spin_unlock_irqrestore(&ts->lock, flags);
	return running;
}

/*
 * Once it is dead and out of its list, no CPU begins its function any more. The one that is at it
 * need not be the one that the timer belongs to, which may have changed meanwhile: so ask all of
 * them.
 */
void timer_kill(struct timer *t)
{
	uint64_t flags;
	struct timers *ts = lock_timer(t, &flags);
	unsigned int cpu;

	t->dead = true;
	take_out(ts, t);
	spin_unlock_irqrestore(&ts->lock, flags);
	for_each_online_cpu(cpu)
		while (runs_on(&per_cpu(timers, cpu), t))
			cpu_relax();
}

void timer_migrate(struct timer *t, unsigned int cpu)
{
	uint64_t flags;
	struct timers *ts = lock_timer(t, &flags);
	bool was = t->armed;

	if (t->cpu == cpu) {
		spin_unlock_irqrestore(&ts->lock, flags);
		return;
	}
	take_out(ts, t);
	t->cpu = cpu;
	spin_unlock_irqrestore(&ts->lock, flags);
	if (was)
		timer_set(t, t->deadline);
}

static void timer_softirq(void)
{
	struct timers *ts = &this_cpu(timers);
	uint64_t flags = spin_lock_irqsave(&ts->lock);
	struct timer *t;

	if (ts->armed <= now_ns())
		ts->armed = 0;
	while ((t = TAILQ_FIRST(&ts->list)) && t->deadline <= now_ns()) {
		take_out(ts, t);
		ts->running = t;
		spin_unlock_irqrestore(&ts->lock, flags);
		t->fn(t->data);
		flags = spin_lock_irqsave(&ts->lock);
		ts->running = NULL;
	}
	arm(ts);
	spin_unlock_irqrestore(&ts->lock, flags);
}

/*
 * Before this CPU sleeps: did the hardware forget a deadline? It happens under an emulator on an
 * overloaded machine; a CPU that sleeps on it would sleep for ever. Interrupts off.
 */
bool timer_check_late(void)
{
	struct timers *ts = &this_cpu(timers);
	static uint32_t warned;
	uint64_t now = now_ns();

	/* A guest's deadline may be any number. */
	if (likely(!ts->armed || ts->armed >= now || now - ts->armed < LATE_NS))
		return false;
	if (!atomic_xchg(&warned, 1))
		log_warn("CPU %u: no timer interrupt came for %lu us; going on without\n", cpu_id(),
			 (now - ts->armed) / NS_PER_US);
	timer_expired();
	return true;
}

/*
 * What the hardware of this CPU will interrupt for, ns; 0: nothing that is yet to come. Interrupts
 * off.
 */
uint64_t timer_due(void)
{
	uint64_t armed = this_cpu(timers).armed;

	return armed > now_ns() ? armed : 0;
}

/* The hardware interrupt came: whatever was armed is spent. Interrupt context. */
void timer_expired(void)
{
	this_cpu(timers).armed = 0;
	softirq_raise(SOFTIRQ_TIMER);
}

void timers_init_cpu(unsigned int cpu)
{
	spin_lock_init(&per_cpu(timers, cpu).lock, RANK_TIMERS);
	TAILQ_INIT(&per_cpu(timers, cpu).list);
	softirq_open(SOFTIRQ_TIMER, timer_softirq);
}

/* ---- debug key ---- */

#define DUMP_MAX 16	/* timers shown of a CPU */

/* Copied under the lock and printed without: the console is slow. */
static void dump_cpu(unsigned int cpu)
{
	struct timers *ts = &per_cpu(timers, cpu);
	struct timer seen[DUMP_MAX], *t;
	unsigned int n = 0, more = 0;
	uint64_t now = now_ns(), armed, flags = spin_lock_irqsave(&ts->lock);

	TAILQ_FOREACH(t, &ts->list, link) {
		if (n < DUMP_MAX)
			seen[n++] = *t;
		else
			more++;
	}
	armed = ts->armed;
	spin_unlock_irqrestore(&ts->lock, flags);
	log_info("cpu%u: %u timers, hardware armed for %ld us\n", cpu, n + more,
		 armed ? (int64_t)(armed - now) / 1000 : -1);
	for (unsigned int i = 0; i < n; i++)
		log_info("  in %ld us: %p (%p)\n", (int64_t)(seen[i].deadline - now) / 1000,
			 (void *)seen[i].fn, seen[i].data);
}

void timers_dump(void)
{
	for (unsigned int cpu = 0; cpu < nr_cpus; cpu++)
		dump_cpu(cpu);
}
