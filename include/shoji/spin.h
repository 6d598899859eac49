/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A short look before sleeping. An event costs the sender a hypercall and the receiver an
 * interrupt, so it is cheaper to look at the ring for a moment where the next packet comes soon,
 * and a waste where it does not. The events tell which: one that comes within the limit after the
 * ring was armed would have been saved, and the next empty rings are looked at for as long as the
 * limit; the first look in vain ends that.
 */
#ifndef SHOJI_SPIN_H
#define SHOJI_SPIN_H

#include <linux/ktime.h>
#include <linux/sched.h>

struct spin {
	u64 armed; /* ns, when the ring was armed last */
	bool worth; /* the next packet is expected within the limit */
};

/* Is a look worth while? */
static inline bool spin_worth(const struct spin *s, unsigned int usec)
{
	return s->worth && usec;
}

/* Look for @index to differ from @seen, for @usec at most. Returns true when it does. */
static inline bool spin_look(struct spin *s, const u32 *index, u32 seen, unsigned int usec)
{
	u64 end;

	if (!spin_worth(s, usec))
		return false;
	end = ktime_get_ns() + min(usec, 1000U) * NSEC_PER_USEC;
	do {
		if (READ_ONCE(*index) != seen)
			return true;
		cpu_relax();
	} while (ktime_get_ns() < end && !need_resched());
	s->worth = false;
	return false;
}

static inline void spin_armed(struct spin *s, unsigned int usec)
{
	if (usec)
		s->armed = ktime_get_ns();
}

/* An event has come. */
static inline void spin_event(struct spin *s, unsigned int usec)
{
	if (usec)
		s->worth = ktime_get_ns() - s->armed < min(usec, 1000U) * NSEC_PER_USEC;
}

#endif
