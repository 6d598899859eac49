// SPDX-License-Identifier: GPL-2.0-only
/*
 * The order of locks, checked at run time. Built only with LOCK_CHECK (hv/lib/lock_check.h).
 *
 *  1. A CPU's list of held locks changes on that CPU alone, with interrupts off: an interrupt
 *     handler finds it whole, and leaves it as it was.
 *  2. The order is asked before the CPU waits, so that a deadlock is a panic and not a silence.
 *  3. With one CPU up nobody can wait for it: start-up takes plain locks with interrupts off.
 *
 * Lock: none.
 */
#include <hv/lib/lock_check.h>
#include <hv/atomic.h>
#include <hv/console/printk.h>
#include <hv/percpu.h>

#define HELD_MAX 16 /* the deepest nesting is half of that */

struct held {
	enum lock_rank rank;
	unsigned int level;
	const void *lock;
	const char *site;
};

/* Hosted, a thread may play several CPUs, and several threads the same one. */
static LOCK_CHECK_STORAGE struct cpu_locks {
	unsigned int n;
	unsigned int handlers; /* interrupt handlers that run */
	struct held held[HELD_MAX];
} locks[NR_CPUS];

static bool stopped;

#define RULE(rank, name, context, same) {name, LOCK_##context, LOCK_##same},
static const struct rule {
	const char *name;
	enum lock_context context;
	enum lock_same same;
} rules[] = {{"a lock without a rank", LOCK_PLAIN, LOCK_ONE}, LOCK_RANKS(RULE)};

/* "lock: A (at here)...": the panic of all checks. */
#define fail(...)                   \
	do {                        \
		lock_check_stop();  \
		panic(__VA_ARGS__); \
	} while (0)

static bool same_ok(const struct held *h, const void *lock, unsigned int level)
{
	switch (rules[h->rank].same) {
	case LOCK_ADDRESS: return (uintptr_t)h->lock < (uintptr_t)lock;
	case LOCK_LEVEL: return h->lock != lock && h->level > level;
	default: return false;
	}
}

static void check_context(enum lock_rank rank, const char *site, bool irqs_on)
{
	const char *name = rules[rank].name;

	switch (rules[rank].context) {
	case LOCK_IRQ:
		if (irqs_on)
			fail("lock: %s taken at %s with interrupts on", name, site);
		break;
	case LOCK_PLAIN:
		if (!irqs_on && nr_cpus > 1)
			fail("lock: %s taken at %s with interrupts off", name, site);
		/* fall through */
	case LOCK_ANY:
		if (locks[cpu_id()].handlers)
			fail("lock: %s taken at %s in an interrupt handler", name, site);
		break;
	case LOCK_COUNT: break; /* anywhere: it never waits */
	}
}

void lock_check_order(enum lock_rank rank, const void *lock, unsigned int level, const char *site)
{
	const struct cpu_locks *mine = &locks[cpu_id()];

	if (atomic_load(&stopped))
		return;
	if (rank == LOCK_NO_RANK || rank >= LOCK_RANK_END)
		fail("lock: one without a rank (%u) taken at %s", rank, site);
	check_context(rank, site, irqs_enabled());
	for (unsigned int i = 0; i < mine->n; i++) {
		const struct held *h = &mine->held[i];

		if (h->rank > rank || (h->rank == rank && !same_ok(h, lock, level)))
			fail("lock: %s taken at %s while %s is held since %s", rules[rank].name,
			     site, h->lock == lock ? "it" : rules[h->rank].name, h->site);
	}
}

void lock_check_tried(enum lock_rank rank, const void *lock, unsigned int level, const char *site)
{
	uint64_t flags = irq_save();
	struct cpu_locks *mine = &locks[cpu_id()];

	if (atomic_load(&stopped)) {
		irq_restore(flags);
		return;
	}
	if (mine->n == HELD_MAX)
		fail("lock: %s taken at %s is one too many: %u are held", rules[rank].name, site,
		     mine->n);
	mine->held[mine->n++] = (struct held){rank, level, lock, site};
	irq_restore(flags);
}

void lock_check_take(enum lock_rank rank, const void *lock, unsigned int level, const char *site)
{
	lock_check_order(rank, lock, level, site);
	lock_check_tried(rank, lock, level, site);
}

/* The entry of a lock, the youngest where a count is held twice; mine->n: it is not held. */
static unsigned int find(const struct cpu_locks *mine, const void *lock)
{
	for (unsigned int i = mine->n; i--;)
		if (mine->held[i].lock == lock)
			return i;
	return mine->n;
}

void lock_check_drop(const void *lock, const char *site)
{
	uint64_t flags = irq_save();
	struct cpu_locks *mine = &locks[cpu_id()];
	unsigned int i = find(mine, lock);

	if (i == mine->n) {
		if (!atomic_load(&stopped))
			fail("lock: %p released at %s is not held by this CPU", lock, site);
	} else {
		for (mine->n--; i < mine->n; i++)
			mine->held[i] = mine->held[i + 1];
	}
	irq_restore(flags);
}

void lock_check_level(const void *lock, unsigned int level)
{
	struct cpu_locks *mine = &locks[cpu_id()];
	unsigned int i = find(mine, lock);

	if (i < mine->n)
		mine->held[i].level = level;
	else if (!atomic_load(&stopped))
		fail("lock: %p gets a level but is not held by this CPU", lock);
}

void lock_check_irq_on(const char *site)
{
	const struct cpu_locks *mine = &locks[cpu_id()];

	for (unsigned int i = 0; i < mine->n && !atomic_load(&stopped); i++)
		if (rules[mine->held[i].rank].context == LOCK_IRQ)
			fail("lock: interrupts go on at %s while %s is held since %s", site,
			     rules[mine->held[i].rank].name, mine->held[i].site);
}

void lock_check_none(const char *what)
{
	const struct cpu_locks *mine = &locks[cpu_id()];

	if (mine->n && !atomic_load(&stopped))
		fail("lock: %s while %s is held since %s", what, rules[mine->held[0].rank].name,
		     mine->held[0].site);
}

void lock_check_wait(const char *what)
{
	const struct cpu_locks *mine = &locks[cpu_id()];

	for (unsigned int i = 0; i < mine->n && !atomic_load(&stopped); i++)
		if (rules[mine->held[i].rank].context != LOCK_PLAIN)
			fail("lock: %s while %s is held since %s", what,
			     rules[mine->held[i].rank].name, mine->held[i].site);
}

void lock_check_handler(bool begins)
{
	struct cpu_locks *mine = &locks[cpu_id()];

	if (begins)
		lock_check_irq_on("an interrupt");
	mine->handlers += begins ? 1 : -1U;
}

void lock_check_return(void)
{
	lock_check_none("return to a guest");
}

void lock_check_stop(void)
{
	atomic_store(&stopped, true);
}
