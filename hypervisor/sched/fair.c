// SPDX-License-Identifier: GPL-2.0-only
/*
 * Virtual time: the run time of a vCPU times WEIGHT_UNIT / weight. Each queue has its own, and runs who has the least.
 *
 *  1. The least of a queue (min) never falls and follows who runs: it is charged before anybody is compared with it.
 *  2. Virtual times of two queues are not comparable. Who leaves one for another takes along only what it is ahead of
 *     the old queue's min (its lag), and starts that much ahead of the new one's.
 *  3. A lag is clamped on each arrival: from 0 to L in another queue, from -WAKE_BONUS_NS to L in the same one. L is
 *     what one of its weight can have by running for S without a break, S = max(SLICE_NS, sched_ratelimit_us). So
 *     nobody saves up more than a bonus by sleeping, nothing at all by moving, and no old debt keeps anybody away.
 *
 * The bound that follows. A runnable vCPU of weight w that stays where it is, and shares its CPU meanwhile with n others
 * of weights w_j, waits at most
 *
 *	S + sum over the others of (2 S + (WAKE_BONUS_NS + L) * w_j / WEIGHT_UNIT),	L = S * WEIGHT_UNIT / w
 *
 * since another may run ahead of it only below min (its bonus, and once more what min has advanced, L at most) or while
 * min advances to it (L at most), each with one slice too much. Sleeping, waking and moving earn none of that again,
 * as min has advanced whenever somebody ran. For a weight of 256 among n of 256 these are (n + 1) * 35 ms at most.
 */
#include <hv/fair.h>

#define QUANTUM_LEAST_NS	NS_PER_MS

uint64_t fair_virtual(uint64_t ns, unsigned int weight)
{
	return likely(weight == WEIGHT_UNIT) ? ns : ns * WEIGHT_UNIT / weight;
}

uint64_t fair_min(uint64_t min, const uint64_t *run, const uint64_t *first)
{
	uint64_t least;

	if (!run && !first)
		return min;
	least = !run || (first && fair_before(*first, *run)) ? *first : *run;
	return fair_before(min, least) ? least : min;
}

uint64_t fair_lag_most(unsigned int weight, uint64_t span)
{
	return fair_virtual(span, weight);
}

static uint64_t at_most(uint64_t lag, unsigned int weight, uint64_t span)
{
	uint64_t most;

	/* Nearly always: without a division. */
	if (lag <= span && weight <= WEIGHT_UNIT)
		return lag;
	most = fair_lag_most(weight, span);
	return MIN(lag, most);
}

uint64_t fair_leave(uint64_t at, uint64_t min, unsigned int weight, uint64_t span)
{
	return fair_before(at, min) ? 0 : at_most(at - min, weight, span);
}

uint64_t fair_return(uint64_t at, uint64_t min, unsigned int weight, uint64_t span)
{
	if (fair_before(at, min - WAKE_BONUS_NS))
		return min - WAKE_BONUS_NS;
	if (!fair_before(min, at))
		return at;
	return min + at_most(at - min, weight, span);
}

/* Shorter the more wait, so that their shares are right over ten slices; never shorter than a switch is worth. */
uint64_t fair_quantum(unsigned int waiting)
{
	return MAX(SLICE_NS / (waiting + 1), QUANTUM_LEAST_NS);
}
