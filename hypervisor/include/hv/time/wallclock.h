/* SPDX-License-Identifier: GPL-2.0-only */
/* The wall clock, UTC (time/wallclock.c). A lock inside, taken with interrupts off. */
#ifndef HV_TIME_WALLCLOCK_H
#define HV_TIME_WALLCLOCK_H

#include <hv/types.h>

/* Read the CMOS clock. Boot CPU, after time_init(). */
void wallclock_init(void);
/* Write shared_info.wc_* of d. Any context. */
void wallclock_publish(struct domain *d);
/*
 * It is secs and nsecs since 1970 at system_time, ns since boot (platform_op settime): for all
 * domains. Hypercall context, no locks held.
 */
void wallclock_set(uint64_t secs, uint32_t nsecs, uint64_t system_time);

#endif
