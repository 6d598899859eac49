/* SPDX-License-Identifier: GPL-2.0-only */
/* Time: nanoseconds since boot, one scale on all CPUs, from the TSC (time/clock.c). */
#ifndef HV_TIME_CLOCK_H
#define HV_TIME_CLOCK_H

#include <hv/types.h>

#define NS_PER_SEC	UINT64_C(1000000000)
#define NS_PER_MS	UINT64_C(1000000)
#define NS_PER_US	UINT64_C(1000)

/*
 * A factor: ns = ((tsc << shift or >> -shift) * mul) >> 32, the form that the ABI shows to guests
 * (ABI.md 7.1).
 */
struct time_scale {
	uint32_t mul;
	int8_t shift;
};

/* Measure the TSC, and let time begin. Boot CPU, once; panics when the TSC stands still. */
void time_init(void);
/* ns since time_init(); 0 until then. Any context. */
uint64_t now_ns(void);
/* What was measured. Any context. */
uint64_t tsc_khz(void);
/* Wait, busy. After time_init(), any context. */
void delay_us(unsigned int us);

/* The factor of a TSC of so many kHz, which is not 0. Pure. */
struct time_scale clock_scale_of(uint64_t khz);
/* Ticks to ns, without overflow on the way. Pure. */
uint64_t clock_scale(struct time_scale s, uint64_t ticks);
/* What now_ns() uses: the factor, and the TSC at time 0. For the guests' clocks. */
void clock_parameters(struct time_scale *s, uint64_t *start);

#endif
