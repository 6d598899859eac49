// SPDX-License-Identifier: GPL-2.0-only
/*
 * The TSC's frequency: from the ACPI PM timer if there is one, else from channel 2 of the PIT, else
 * as CPUID tells it, else from the CMOS clock. What cannot be is not believed (time/tsc_rate.c).
 */
#include <x86/tsc.h>
#include <hv/boot/boot.h>
#include <hv/console/printk.h>
#include <hv/time/tsc_rate.h>
#include <arch/cpu.h>
#include <arch/io.h>
#include <x86/rtc.h>

#define PM_HZ	UINT64_C(3579545)
#define PIT_HZ	UINT64_C(1193182)
#define PIT_READINGS 3

/* One reading of the PM timer with the TSC at that moment, the tightest of a few tries. */
static uint32_t read_pm(uint16_t port, uint64_t *tsc)
{
	uint64_t best = ~UINT64_C(0);
	uint32_t pm = 0;

	*tsc = 0;
	for (unsigned int i = 0; i < 8; i++) {
		uint64_t t0 = rdtsc(), t1;
		uint32_t v = inl(port) & 0xffffff;

		t1 = rdtsc();
		if (t1 - t0 < best) {
			best = t1 - t0;
			*tsc = t0 + best / 2;
			pm = v;
		}
	}
	return pm;
}

static uint64_t calibrate_pm(uint16_t port)
{
	uint64_t t0, t1;
	uint32_t start = read_pm(port, &t0), ticks = 0;

	for (unsigned int i = 0; i < 10000000 && ticks < PM_HZ / 20; i++)	/* 50 ms */
		ticks = (inl(port) - start) & 0xffffff;
	if (ticks < PM_HZ / 20)
		return 0;
	ticks = (read_pm(port, &t1) - start) & 0xffffff;
	return (t1 - t0) * PM_HZ / ticks / 1000;
}

/* One measurement. 0: there is no such timer, which reads as all ones and so is over at once. */
static uint64_t calibrate_pit(void)
{
	uint32_t count = PIT_HZ / 20;
	unsigned int looks = 0;
	uint64_t t0, t1;

	outb(0x61, (inb(0x61) & ~2) | 1);	/* gate on, speaker off */
	outb(0x43, 0xb0);			/* channel 2, both bytes, mode 0: output low */
	outb(0x42, count & 0xff);
	outb(0x42, count >> 8);
	t0 = rdtsc();
	while (looks < 10000000 && !(inb(0x61) & 0x20))
		looks++;
	t1 = rdtsc();
	return looks && looks < 10000000 ? (t1 - t0) * PIT_HZ / count / 1000 : 0;
}

static uint64_t calibrate_pit_median(void)
{
	uint64_t khz[PIT_READINGS];

	for (unsigned int i = 0; i < PIT_READINGS; i++)
		khz[i] = calibrate_pit();
	return tsc_rate_median(khz, PIT_READINGS);
}

/* When the CMOS clock's second changes next; 0: it does not within some seconds. */
static uint64_t next_second(void)
{
	uint8_t second = cmos_read(0);

	for (unsigned int i = 0; i < 20000000; i++)
		if (cmos_read(0) != second)
			return rdtsc();
	return 0;
}

/* The last resort: a second of it. */
static uint64_t calibrate_rtc(void)
{
	uint64_t t0 = next_second(), t1 = t0 ? next_second() : 0;

	return t1 ? (t1 - t0) / 1000 : 0;
}

uint64_t tsc_calibrate(void)
{
	uint64_t khz = 0;
	const char *by = "PM timer";

	if (boot_info.pm_timer_port)
		khz = calibrate_pm(boot_info.pm_timer_port);
	if (!tsc_rate_ok(khz)) {
		khz = calibrate_pit_median();
		by = "PIT";
	}
	if (!tsc_rate_ok(khz))
		khz = tsc_rate_told(&by);
	if (!tsc_rate_ok(khz)) {
		khz = calibrate_rtc();
		by = "CMOS clock";
	}
	if (!tsc_rate_ok(khz))
		panic("no timer of this machine, nor CPUID, tells how fast the TSC counts");
	log_info("TSC: %lu.%03lu MHz by the %s\n", khz / 1000, khz % 1000, by);
	return khz;
}
