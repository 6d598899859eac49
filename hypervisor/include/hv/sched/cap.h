/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Caps: at most so many percent of a CPU for a domain (sched/cap.c, which has the rules 1-4).
 * struct sched_budget is in hv/sched/sched.h.
 */
#ifndef HV_SCHED_CAP_H
#define HV_SCHED_CAP_H

#include <hv/domain/domain.h>

/* Set up d's budget, without a cap. Before its vCPUs are made. */
void sched_domain_init(struct domain *d);
/* The timer goes. Before d's vCPUs go, none of which runs. */
void sched_domain_destroy(struct domain *d);
/* Percent of one CPU; 0: no cap. No lock is held. */
void cap_set(struct domain *d, unsigned int percent);

static inline bool cap_on(const struct vcpu *v)
{
	return READ_ONCE(v->domain->sched.cap);
}

/* The four below: the lock of v's run queue is held. */

/* Take a part of the budget for v. False: nothing is left, v is parked. For cap_fund(). */
bool cap_take(struct vcpu *v, uint64_t now);
/* Give back what is left of v's part. For cap_settle(). */
void cap_give_back(struct vcpu *v);

/* Before v runs: false, and parked, when the cap is used up. */
static inline bool cap_fund(struct vcpu *v, uint64_t now)
{
	return likely(!cap_on(v)) || v->sched.funded || cap_take(v, now);
}

/* v does not run on: give back what is left. */
static inline void cap_settle(struct vcpu *v)
{
	if (unlikely(v->sched.funded))
		cap_give_back(v);
}

#endif
