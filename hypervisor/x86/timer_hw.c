// SPDX-License-Identifier: GPL-2.0-only
/* The interrupt behind the timers: the LAPIC's count-down, one shot. */
#include <x86/timer_hw.h>
#include <hv/console/printk.h>
#include <hv/time/clock.h>
#include <x86/lapic.h>

static uint64_t lapic_khz;

/*
 * The count with the time at that moment, the tightest of a few tries: an emulator may stop us
 * anywhere.
 */
static uint32_t read_count(uint64_t *when)
{
	uint64_t best = ~UINT64_C(0);
	uint32_t count = 0;

	*when = 0;
	for (unsigned int i = 0; i < 8; i++) {
		uint64_t t0 = now_ns(), t1;
		uint32_t v = lapic_timer_read();

		t1 = now_ns();
		if (t1 - t0 < best) {
			best = t1 - t0;
			*when = t0 + best / 2;
			count = v;
		}
	}
	return count;
}

void timer_hw_init(void)
{
	uint64_t t0, t1;
	uint32_t first, last;

	lapic_timer_start(0xffffffff);
	first = read_count(&t0);
	delay_us(20000);
	last = read_count(&t1);
	lapic_timer_start(0);
	lapic_khz = (first - last) * UINT64_C(1000000) / (t1 - t0);
	log_info("LAPIC timer: %lu kHz\n", lapic_khz);
}

void timer_hw_set(uint64_t deadline)
{
	uint64_t now = now_ns(), count = 1;

	if (deadline > now) /* further away than a second: an interrupt in between does no harm */
		count = MIN(deadline - now, NS_PER_SEC) * lapic_khz / 1000000 + 1;
	lapic_timer_start(MIN(count, 0xffffffff));
}
