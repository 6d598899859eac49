/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Ticket spin locks. Fair: a waiter is served in the order of arrival. The order in which locks
 * nest is the arrow line in hypervisor/README.md. spin_lock_irqsave() is for what interrupt
 * handlers take too; while a plain waiter spins, interrupts stay as they are, so that IPIs (TLB
 * flushes) are served.
 */
#ifndef HV_SPINLOCK_H
#define HV_SPINLOCK_H

#include <hv/atomic.h>
#include <hv/percpu.h>

typedef struct {
	uint16_t next;	/* the ticket of the next arrival */
	uint16_t owner;	/* the ticket that is served */
} spinlock_t;

#define SPINLOCK_INIT {0, 0}

static inline void spin_lock_init(spinlock_t *l)
{
	*l = (spinlock_t)SPINLOCK_INIT;
}

static inline void spin_lock(spinlock_t *l)
{
	uint16_t ticket = __atomic_fetch_add(&l->next, 1, __ATOMIC_SEQ_CST);

	while (atomic_load_acquire(&l->owner) != ticket)	/* pairs with the release in spin_unlock() */
		cpu_relax();
}

static inline bool spin_trylock(spinlock_t *l)
{
	uint16_t owner = atomic_load_acquire(&l->owner), expected = owner;

	return atomic_cmpxchg(&l->next, &expected, (uint16_t)(owner + 1));
}

static inline void spin_unlock(spinlock_t *l)
{
	atomic_store_release(&l->owner, (uint16_t)(l->owner + 1));	/* pairs with spin_lock() */
}

static inline bool spin_is_locked(const spinlock_t *l)
{
	return atomic_load(&l->owner) != atomic_load(&l->next);
}

static inline uint64_t spin_lock_irqsave(spinlock_t *l)
{
	uint64_t flags = irq_save();

	spin_lock(l);
	return flags;
}

static inline void spin_unlock_irqrestore(spinlock_t *l, uint64_t flags)
{
	spin_unlock(l);
	irq_restore(flags);
}

#endif
