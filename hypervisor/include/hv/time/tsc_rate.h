/* SPDX-License-Identifier: GPL-2.0-only */
/* Which rate of the TSC to believe (time/tsc_rate.c); x86/tsc.c measures. Pure. */
#ifndef HV_TIME_TSC_RATE_H
#define HV_TIME_TSC_RATE_H

#include <hv/types.h>

/* No processor with 64-bit mode counts more slowly or faster, kHz. */
#define TSC_KHZ_LEAST	UINT64_C(200000)
#define TSC_KHZ_MOST	UINT64_C(20000000)

/* Is khz the rate that a TSC can have? */
bool tsc_rate_ok(uint64_t khz);

/*
 * The median of those of n measurements, kHz, that tsc_rate_ok() accepts; of two, their mean. 0:
 * fewer than half of all are accepted, n is 0 or above 8.
 */
uint64_t tsc_rate_median(const uint64_t *khz, unsigned int n);

/*
 * The rate that the processor, or the hypervisor below this one, tells by CPUID, kHz: leaf
 * 0x40000010, leaf 0x15 with the crystal's frequency, leaf 0x16 (the base frequency, in MHz). 0:
 * none of them, or not tsc_rate_ok(). *by: the name of the leaf, for the log. Source: Intel SDM
 * volume 2A, CPUID.
 */
uint64_t tsc_rate_told(const char **by);

#endif
