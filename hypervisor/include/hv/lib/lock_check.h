/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The order of locks, checked at run time (lib/lock_check.c). In a build with LOCK_CHECK defined
 * (make hypervisor DEBUG=1, and the hosted tests) each CPU keeps a list of what it holds, and a
 * step against the rules of hv/lock_rank.h is a panic that names both locks and where they were
 * taken. In any other build nothing of this exists: LOCK_CHECKED() drops what it is given.
 */
#ifndef HV_LIB_LOCK_CHECK_H
#define HV_LIB_LOCK_CHECK_H

#include <hv/lock_rank.h>
#include <hv/types.h>

#ifdef LOCK_CHECK
#define LOCK_CHECKED(...) __VA_ARGS__
#else
#define LOCK_CHECKED(...)
#endif

#define LOCK_LINE(line)  #line
#define LOCK_AT(f, line) f ":" LOCK_LINE(line)
#define LOCK_SITE        LOCK_AT(__FILE__, __LINE__) /* where the macro stands that takes it */

/*
 * This CPU is about to wait for a lock: panics unless rank may be taken in this context and inside
 * of all that the CPU holds. level: of a frame's lock (frame_level()), 0 for others. site:
 * LOCK_SITE of who takes it. Any context.
 */
void lock_check_order(enum lock_rank rank, const void *lock, unsigned int level, const char *site);

/* The same, and from now on the CPU holds it. */
void lock_check_take(enum lock_rank rank, const void *lock, unsigned int level, const char *site);

/* The CPU holds it, and did not wait: a try-lock that succeeded, or a count. No order is asked. */
void lock_check_tried(enum lock_rank rank, const void *lock, unsigned int level, const char *site);

/* The CPU lets go of it: panics if it does not hold it. Any order of letting go is good. */
void lock_check_drop(const void *lock, const char *site);

/* From now on the lock, which the CPU holds, counts as one of that level. */
void lock_check_level(const void *lock, unsigned int level);

/* Interrupts are about to go on: panics if the CPU holds a lock that wants them off. */
void lock_check_irq_on(const char *site);

/* Panics if the CPU holds anything. what: what it is about to do, "schedule". */
void lock_check_none(const char *what);

/*
 * The CPU is about to wait for an answer of other CPUs: panics if it holds a lock that they may
 * spin for with interrupts off.
 */
void lock_check_wait(const char *what);

/* An interrupt handler begins, or is done: only locks that are for handlers may be taken in it. */
void lock_check_handler(bool begins);

/* On the way back to a guest (entry.S): lock_check_none(). */
void lock_check_return(void);

/* The end by our own fault prints and resets whatever is held: no more checks. */
void lock_check_stop(void);

#endif
