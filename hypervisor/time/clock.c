// SPDX-License-Identifier: GPL-2.0-only
/*
 * The clock: nanoseconds since boot = (TSC - TSC at boot) times one factor, fixed for ever and the
 * same on all CPUs. Guests compute it by themselves with the same numbers (pvclock.c), so host and
 * guest never disagree.
 */
#include <hv/time/clock.h>
#include <hv/console/printk.h>
#include <x86/tsc.h>

static struct time_scale scale;
static uint64_t tsc_start, khz;

struct time_scale clock_scale_of(uint64_t hz_khz)
{
	struct time_scale s = {0, 0};
	uint64_t tps = hz_khz * 1000;

	/* Bring ticks to [1, 2) GHz by the shift, then mul = 10^9 * 2^32 / ticks fits 32 bits. */
	while (tps > NS_PER_SEC * 2) {
		tps >>= 1;
		s.shift--;
	}
	while (tps <= NS_PER_SEC) {
		tps <<= 1;
		s.shift++;
	}
	s.mul = (uint32_t)((NS_PER_SEC << 32) / tps); /* tps lost bits worth a billionth at most */
	return s;
}

uint64_t clock_scale(struct time_scale s, uint64_t ticks)
{
	if (s.shift < 0)
		ticks >>= -s.shift;
	else
		ticks <<= s.shift;
	return ((unsigned __int128)ticks * s.mul) >> 32;
}

void time_init(void)
{
	khz = tsc_calibrate();
	if (!khz)
		panic("the TSC does not count");
	scale = clock_scale_of(khz);
	tsc_start = rdtsc();
}

uint64_t now_ns(void)
{
	return scale.mul ? clock_scale(scale, rdtsc() - tsc_start) : 0;
}

uint64_t tsc_khz(void)
{
	return khz;
}

void clock_parameters(struct time_scale *s, uint64_t *start)
{
	*s = scale;
	*start = tsc_start;
}

void delay_us(unsigned int us)
{
	uint64_t end = now_ns() + us * NS_PER_US;

	while (now_ns() < end)
		cpu_relax();
}
