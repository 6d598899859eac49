/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A bucket of tokens: at most `burst` at once and one more every `interval` ns. For log lines that
 * a guest causes.
 */
#ifndef HV_RATELIMIT_H
#define HV_RATELIMIT_H

#include <hv/types.h>

struct ratelimit {
	uint32_t burst;
	uint64_t interval;	/* ns for one token */
	uint32_t tokens;
	uint64_t last;		/* ns: tokens are counted up to here */
	uint32_t dropped;	/* refused since the last that passed */
};

#define RATELIMIT_INIT(burst_, interval_)                                      \
	{                                                                      \
		.burst = (burst_), .interval = (interval_), .tokens = (burst_) \
	}

/*
 * Count in what was earned until now (ns, may stand still). True: there is a token. The caller
 * holds its lock.
 */
static inline bool ratelimit_ready(struct ratelimit *r, uint64_t now)
{
	uint64_t earned = now > r->last ? (now - r->last) / r->interval : 0;

	r->tokens = earned >= r->burst - r->tokens ? r->burst : r->tokens + (uint32_t)earned;
	r->last += earned * r->interval;
	return r->tokens;
}

/* Take a token. False: none left, counted in dropped. The caller holds its lock. */
static inline bool ratelimit_ok(struct ratelimit *r, uint64_t now)
{
	if (!ratelimit_ready(r, now)) {
		r->dropped++;
		return false;
	}
	r->tokens--;
	return true;
}

#endif
