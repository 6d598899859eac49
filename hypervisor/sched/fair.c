// SPDX-License-Identifier: GPL-2.0-only
/*
 * Virtual time: the run time of a vCPU times WEIGHT_UNIT / weight. Each queue has its own, and runs
 * who has the least.
 *
 *  1. The least of a queue (min) never falls and follows who runs: it is charged before anybody is
 * compared with it.
 *  2. Virtual times of two queues are not comparable. Who leaves one for another takes along only
 * what it is ahead of the old queue's min (its lag), and starts that much ahead of the new one's.
 *  3. A lag is clamped on each arrival: from 0 to L in another queue, from -B to L in the same one.
 * B is the virtual time of running for WAKE_BONUS_NS, L that of running for S without a break, S =
 * max(SLICE_NS, sched_ratelimit_us), both for its weight. So nobody saves up more than a bonus by
 * sleeping, nothing at all by moving, and no old debt keeps anybody away.
 *
 * The bound that follows. A runnable vCPU of weight w that stays where it is, and shares its CPU
 * meanwhile with others of weights w_j, waits at most
 *
 *	S + sum over the others of (2 S + WAKE_BONUS_NS + S * w_j / w)
 *
 * since another may run ahead of it only below min (for its bonus, and once more for what min has
 * advanced, L of the waiter at most) or while min advances to it, each with one slice too much.
 * Sleeping, waking and moving earn none of that again, as min has advanced whenever somebody ran.
 * With n others of the same weight these are 10 + n * 35 ms.
 */
#include <hv/sched/fair.h>
#include <hv/time/clock.h>

#define QUANTUM_LEAST_NS	NS_PER_MS	/* a switch must be worth it */

static uint64_t at_most(uint64_t lag, unsigned int weight, uint64_t span)
{
	uint64_t most;

	/* Nearly always: without a division. */
	if (lag <= span && weight <= WEIGHT_UNIT)
		return lag;
	most = fair_virtual(span, weight);
	return MIN(lag, most);
}

uint64_t fair_leave(uint64_t at, uint64_t min, unsigned int weight, uint64_t span)
{
	return fair_before(at, min) ? 0 : at_most(at - min, weight, span);
}

uint64_t fair_return(uint64_t at, uint64_t min, unsigned int weight, uint64_t span)
{
	uint64_t bonus;

	if (!fair_before(at, min))
		return min + at_most(at - min, weight, span);
	bonus = fair_virtual(WAKE_BONUS_NS, weight);
	return fair_before(at, min - bonus) ? min - bonus : at;
}

/*
 * All who share a CPU have it once in a slice, so that shares are right over ten. With more than
 * five that are owed less than the least in a slice, that takes longer.
 */
uint64_t fair_quantum(unsigned int weight, unsigned int total)
{
	return MAX(SLICE_NS * weight / total, QUANTUM_LEAST_NS);
}
