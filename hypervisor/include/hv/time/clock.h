/* SPDX-License-Identifier: GPL-2.0-only */
/* The arithmetic of the clock (time/clock.c); the rest is in hv/time/time.h. */
#ifndef HV_TIME_CLOCK_H
#define HV_TIME_CLOCK_H

#include <hv/time/time.h>

struct time_scale clock_scale_of(uint64_t khz);			/* khz > 0 */
uint64_t clock_scale(struct time_scale s, uint64_t ticks);	/* ticks to ns */
void clock_parameters(struct time_scale *s, uint64_t *start);	/* what now_ns() uses */

#endif
