/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Virtual time: who is owed the CPU (sched/fair.c). Pure arithmetic; the caller holds the queue's
 * lock.
 */
#ifndef HV_SCHED_FAIR_H
#define HV_SCHED_FAIR_H

#include <hv/time/clock.h>
#include <hv/types.h>

#define SLICE_NS	(10 * NS_PER_MS)
/* for how long a sleeper that comes back may run before the others */
#define WAKE_BONUS_NS (5 * NS_PER_MS)
#define WEIGHT_UNIT	256		/* virtual time of this weight passes as the clock does */

/* a before b, also across a wrap. */
static inline bool fair_before(uint64_t a, uint64_t b)
{
	return (int64_t)(a - b) < 0;
}

/* The virtual time that ns of running are for a weight (1 to WEIGHT_MAX). */
static inline uint64_t fair_virtual(uint64_t ns, unsigned int weight)
{
	return likely(weight == WEIGHT_UNIT) ? ns : ns * WEIGHT_UNIT / weight;
}

/* The least of a queue never falls. */
static inline uint64_t fair_advance(uint64_t min, uint64_t least)
{
	return fair_before(min, least) ? least : min;
}

/*
 * What a vCPU of virtual time `at` takes along when it leaves a queue for another: 0 to the virtual
 * time of running for `span` ns.
 */
uint64_t fair_leave(uint64_t at, uint64_t min, unsigned int weight, uint64_t span);
/* The virtual time of a vCPU that comes back to the queue in which it had `at`. */
uint64_t fair_return(uint64_t at, uint64_t min, unsigned int weight, uint64_t span);
/*
 * For how long, ns, one of that weight runs while others wait; total: the weights of all of them,
 * its own too.
 */
uint64_t fair_quantum(unsigned int weight, unsigned int total);

#endif
