// SPDX-License-Identifier: GPL-2.0-only
/*
 * Which rate of the TSC to believe. A timer that is not there reads as all ones, so that a
 * measurement with it ends at once and gives a rate of some hundred kHz: everything that follows
 * from the clock would stand still. So a measurement counts only within bounds, and what CPUID
 * tells stands in for measurements that do not count. No locks, nothing but host_cpuid() is called.
 */
#include <hv/time/tsc_rate.h>
#include <hv/lib/lib.h>
#include <x86/cpu.h>

#define MOST_READINGS		8
#define HYPERVISOR_PRESENT	BIT64(31)	/* leaf 1, ecx */
#define HYPERVISOR_FIRST	0x40000000u
#define HYPERVISOR_TIMING	0x40000010u	/* eax: the TSC's rate, kHz */
#define HYPERVISOR_LAST		0x400000ffu	/* more is no number of leaves */

bool tsc_rate_ok(uint64_t khz)
{
	return khz >= TSC_KHZ_LEAST && khz <= TSC_KHZ_MOST;
}

uint64_t tsc_rate_median(const uint64_t *khz, unsigned int n)
{
	uint64_t sorted[MOST_READINGS];
	unsigned int i, at, good = 0;

	if (n > MOST_READINGS)
		return 0;
	for (i = 0; i < n; i++) {
		if (!tsc_rate_ok(khz[i]))
			continue;
		for (at = good++; at && sorted[at - 1] > khz[i]; at--)
			sorted[at] = sorted[at - 1];
		sorted[at] = khz[i];
	}
	if (!good || good * 2 < n)
		return 0;
	return good % 2 ? sorted[good / 2] : (sorted[good / 2 - 1] + sorted[good / 2]) / 2;
}

/* The hypervisor below, as far as its leaves go. */
static uint64_t told_by_hypervisor(void)
{
	struct cpuid_regs r;

	host_cpuid(1, 0, &r);
	if (!(r.c & HYPERVISOR_PRESENT))
		return 0;
	host_cpuid(HYPERVISOR_FIRST, 0, &r);
	if (r.a < HYPERVISOR_TIMING || r.a > HYPERVISOR_LAST)
		return 0;
	host_cpuid(HYPERVISOR_TIMING, 0, &r);
	return r.a;
}

/* Leaf 0x15: ebx / eax is the TSC's rate over the crystal's, ecx that one's in Hz. */
static uint64_t told_by_crystal(void)
{
	struct cpuid_regs r;

	host_cpuid(0x15, 0, &r);
	return r.a && r.b && r.c ? (uint64_t)r.c * r.b / r.a / 1000 : 0;
}

uint64_t tsc_rate_told(const char **by)
{
	uint64_t khz = told_by_hypervisor();
	struct cpuid_regs r;
	uint32_t last;

	*by = "CPUID leaf 0x40000010";
	if (tsc_rate_ok(khz))
		return khz;
	host_cpuid(0, 0, &r);
	last = r.a;
	*by = "CPUID leaf 0x15";
	khz = last >= 0x15 ? told_by_crystal() : 0;
	if (tsc_rate_ok(khz))
		return khz;
	*by = "CPUID leaf 0x16";
	if (last >= 0x16)
		host_cpuid(0x16, 0, &r);
	khz = last >= 0x16 ? (r.a & 0xffff) * UINT64_C(1000) : 0;
	return tsc_rate_ok(khz) ? khz : 0;
}
