/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Ticket spin locks. Fair: a waiter is served in the order of arrival. The order in which locks
 * nest, and where each may be taken, is in hv/lock_rank.h and in the table of hypervisor/README.md;
 * each lock gets its rank where it is initialised. spin_lock_irqsave() is for what interrupt
 * handlers take too; while a plain waiter spins, interrupts stay as they are, so that IPIs (TLB
 * flushes) are served.
 */
#ifndef HV_SPINLOCK_H
#define HV_SPINLOCK_H

#include <hv/atomic.h>
#include <hv/lib/lock_check.h>
#include <hv/percpu.h>

typedef struct {
	uint16_t next;	/* the ticket of the next arrival */
	uint16_t owner;	/* the ticket that is served */
	LOCK_CHECKED(uint32_t rank;)
} spinlock_t;

/* lock_rank: RANK_* */
#define SPINLOCK_INIT(lock_rank) {0, 0 LOCK_CHECKED(, lock_rank)}

static inline void spin_lock_init(spinlock_t *l, enum lock_rank rank)
{
	(void)rank;
	*l = (spinlock_t)SPINLOCK_INIT(rank);
}

/* site: LOCK_SITE of who takes it; the macros without _at give it. */
static inline void spin_lock_at(spinlock_t *l, const char *site)
{
	uint16_t ticket;

	(void)site;
	LOCK_CHECKED(lock_check_take(l->rank, l, 0, site));
	ticket = __atomic_fetch_add(&l->next, 1, __ATOMIC_SEQ_CST);
	while (atomic_load_acquire(&l->owner) != ticket)	/* pairs with spin_unlock_at() */
		cpu_relax();
}

static inline void spin_unlock_at(spinlock_t *l, const char *site)
{
	(void)site;
	LOCK_CHECKED(lock_check_drop(l, site));
	atomic_store_release(&l->owner, (uint16_t)(l->owner + 1)); /* pairs with spin_lock_at() */
}

/* Does anybody hold it, or wait for it? */
static inline bool spin_is_locked(const spinlock_t *l)
{
	return atomic_load(&l->owner) != atomic_load(&l->next);
}

static inline uint64_t spin_lock_irqsave_at(spinlock_t *l, const char *site)
{
	uint64_t flags = irq_save();

	spin_lock_at(l, site);
	return flags;
}

static inline void spin_unlock_irqrestore_at(spinlock_t *l, uint64_t flags, const char *site)
{
	spin_unlock_at(l, site);
	LOCK_CHECKED(if (irq_flags_on(flags)) lock_check_irq_on(site));
	irq_restore(flags);
}

#define spin_lock(l)			 spin_lock_at(l, LOCK_SITE)
#define spin_unlock(l)			 spin_unlock_at(l, LOCK_SITE)
#define spin_lock_irqsave(l)		 spin_lock_irqsave_at(l, LOCK_SITE)
#define spin_unlock_irqrestore(l, flags) spin_unlock_irqrestore_at(l, flags, LOCK_SITE)

#endif
