// SPDX-License-Identifier: GPL-2.0-only
/*
 * Claim: the clock's factor is right to a few parts in a billion from 1 MHz to 10 GHz, and time
 * never runs backwards.
 */
/* sources: hypervisor/time/clock.c */
#include <assert.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include <hv/console/printk.h>
#include <hv/time/clock.h>
#include <x86/tsc.h>

static uint64_t fake_tsc, fake_khz;
_Thread_local struct cpu_info hosted_cpu_info;

uint64_t rdtsc(void)
{
	return fake_tsc;
}

uint64_t tsc_calibrate(void)
{
	return fake_khz;
}

void panic(const char *fmt, ...)
{
	(void)fmt;
	abort();
}

static void test_factor(void)
{
	static const uint64_t khz[] = {1000,    999999,  1000000, 1000001, 2000000,
				       2596106, 3999999, 4000001, 10000000};

	for (size_t i = 0; i < sizeof(khz) / sizeof(khz[0]); i++) {
		struct time_scale s = clock_scale_of(khz[i]);
		uint64_t day = 86400 * UINT64_C(1000) * khz[i], want = 86400 * NS_PER_SEC,
			 got = clock_scale(s, day);
		uint64_t off = got > want ? got - want : want - got;

		assert(s.mul >= UINT32_C(1) << 31);	/* all 32 bits are used */
		assert(off < want / 100000000);		/* 10 in a billion */
	}
}

static void test_monotonic(void)
{
	uint64_t last = 0;

	fake_khz = 2596106;
	fake_tsc = UINT64_C(1) << 40;
	time_init();
	assert(now_ns() == 0);
	for (unsigned int i = 0; i < 1000000; i++) {
		uint64_t now;

		fake_tsc += i % 7 ? 1 : 1000003;
		now = now_ns();
		assert(now >= last);
		last = now;
	}
	fake_tsc = (UINT64_C(1) << 40) + UINT64_C(2596106000) * 86400 * 365;	/* a year on */
	assert(now_ns() / NS_PER_SEC / 86400 == 364 || now_ns() / NS_PER_SEC / 86400 == 365);
}

int main(void)
{
	test_factor();
	test_monotonic();
	printf("1..2\nok 1 - factor\nok 2 - monotonic\n");
	return 0;
}
