/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Atomics: the compiler's own, under short names. All read-modify-write forms are full barriers on
 * x86.
 */
#ifndef HV_ATOMIC_H
#define HV_ATOMIC_H

#include <hv/types.h>

#define atomic_load(p)		__atomic_load_n(p, __ATOMIC_RELAXED)
#define atomic_load_acquire(p)	__atomic_load_n(p, __ATOMIC_ACQUIRE)
#define atomic_store(p, v)	__atomic_store_n(p, v, __ATOMIC_RELAXED)
#define atomic_store_release(p, v) __atomic_store_n(p, v, __ATOMIC_RELEASE)
#define atomic_xchg(p, v)	__atomic_exchange_n(p, v, __ATOMIC_SEQ_CST)
#define atomic_add(p, v)	__atomic_add_fetch(p, v, __ATOMIC_SEQ_CST)	/* the new value */
#define atomic_sub(p, v)	__atomic_sub_fetch(p, v, __ATOMIC_SEQ_CST)	/* the new value */
#define atomic_or(p, v)		__atomic_fetch_or(p, v, __ATOMIC_SEQ_CST)	/* the old value */
#define atomic_and(p, v)	__atomic_fetch_and(p, v, __ATOMIC_SEQ_CST)	/* the old value */

/* Replace *p by new when it is *old; else store what it is into *old. True when replaced. */
#define atomic_cmpxchg(p, old, new) \
	__atomic_compare_exchange_n(p, old, new, false, __ATOMIC_SEQ_CST, __ATOMIC_SEQ_CST)

#define smp_mb()	__atomic_thread_fence(__ATOMIC_SEQ_CST)
#define smp_wmb()	__atomic_thread_fence(__ATOMIC_RELEASE)

#endif
