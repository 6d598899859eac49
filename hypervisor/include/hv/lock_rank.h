/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Every lock of the hypervisor, outermost first: while a CPU holds one it may take those below it
 * in this list and no other. The table in hypervisor/README.md has the same order and says what
 * each lock guards; a check build (hv/lib/lock_check.h) panics where the code does otherwise.
 */
#ifndef HV_LOCK_RANK_H
#define HV_LOCK_RANK_H

/* Where a lock may be taken. */
enum lock_context {
	/* Outside of interrupt handlers, interrupts on. Its holder may wait for other CPUs. */
	LOCK_PLAIN,
	/*
	 * Outside of interrupt handlers, interrupts on or off. A CPU that spins for it may answer
	 * no interrupt, so its holder does not wait for other CPUs.
	 */
	LOCK_ANY,
	/* Anywhere, interrupts off. */
	LOCK_IRQ,
	/* Anywhere. Taking it never waits; only its owner waits until nobody holds it. */
	LOCK_COUNT,
};

/* Which other locks of the same rank its holder may take. */
enum lock_same {
	LOCK_ONE,     /* none */
	LOCK_ADDRESS, /* those at higher addresses */
	LOCK_LEVEL,   /* those of a lower level: mm/frame.c */
};

/* rank, its name in the README's table, context, others of the same rank */
#define LOCK_RANKS(RANK)                                          \
	RANK(POOL, "pool_lock", PLAIN, ONE)                       \
	RANK(LIST, "list_lock", PLAIN, ONE)                       \
	RANK(DOMAIN, "domain.lock", ANY, ONE)                     \
	RANK(GRANT_TABLE, "grant_table.lock", PLAIN, ONE)         \
	RANK(MAPTRACK, "maptrack.lock", PLAIN, ONE)               \
	RANK(GRANT_ENTRY, "active.pins, bit 63", PLAIN, ONE)      \
	RANK(FRAME, "frame.lock", PLAIN, LEVEL)                   \
	RANK(NESTED, "p2m.lock", PLAIN, ONE)                      \
	RANK(MM, "domain_mm.lock", PLAIN, ONE)                    \
	RANK(INTERDOMAIN, "interdomain_lock", PLAIN, ONE)         \
	RANK(EVTCHN, "evtchn_domain.lock", PLAIN, ADDRESS)        \
	RANK(EVTCHN_COUNT, "evtchn.word, count", COUNT, ONE)      \
	RANK(PIRQ, "pirq_domain.lock", PLAIN, ONE)                \
	RANK(MAP, "map_lock", PLAIN, ONE)                         \
	RANK(TRACE, "trace_lock", PLAIN, ONE)                     \
	RANK(CALL, "call_lock", PLAIN, ONE)                       \
	RANK(HEAP, "heap_lock", PLAIN, ONE)                       \
	RANK(BUDDY, "buddy_lock", PLAIN, ONE)                     \
	RANK(REFUSAL, "refusal_lock", PLAIN, ONE)                 \
	RANK(IRQ_ALLOC, "alloc_lock", IRQ, ONE)                   \
	RANK(IRQ_DESC, "irq_desc.lock", IRQ, ONE)                 \
	RANK(FIFO, "fifo_queue.lock", IRQ, ADDRESS)               \
	RANK(VECTOR, "vector_lock", IRQ, ONE)                     \
	RANK(IOAPIC, "ioapic_lock", IRQ, ONE)                     \
	RANK(PCI, "pci_lock", IRQ, ONE)                           \
	RANK(CMOS, "cmos_lock", IRQ, ONE)                         \
	RANK(PLATFORM, "hvm_platform.lock", IRQ, ONE)             \
	RANK(RUNQ, "runq.lock", IRQ, ADDRESS)                     \
	RANK(BUDGET, "sched_budget.lock", IRQ, ONE)               \
	RANK(TIMERS, "timers.lock", IRQ, ONE)                     \
	RANK(GUEST_AREA, "guest_area.lock", IRQ, ONE)             \
	RANK(WALLCLOCK, "wallclock_lock", IRQ, ONE)               \
	RANK(INPUT, "input_lock", IRQ, ONE)                       \
	RANK(LOG, "log_lock", IRQ, ONE)

#define LOCK_RANK_ENUM(rank, name, context, same) RANK_##rank,
/* spin_lock_init(&t->lock, RANK_EVTCHN) */
enum lock_rank { LOCK_NO_RANK, LOCK_RANKS(LOCK_RANK_ENUM) LOCK_RANK_END };

#endif
