// SPDX-License-Identifier: GPL-2.0-only
/* The TSC's frequency, from the ACPI PM timer if there is one, else from channel 2 of the PIT. */
#include <x86/tsc.h>
#include <hv/boot/boot.h>
#include <hv/console/printk.h>
#include <arch/cpu.h>
#include <arch/io.h>

#define PM_HZ	UINT64_C(3579545)
#define PIT_HZ	UINT64_C(1193182)

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

static uint64_t calibrate_pit(void)
{
	uint32_t count = PIT_HZ / 20;
	uint64_t t0, t1;

	outb(0x61, (inb(0x61) & ~2) | 1);	/* gate on, speaker off */
	outb(0x43, 0xb0);			/* channel 2, both bytes, mode 0 */
	outb(0x42, count & 0xff);
	outb(0x42, count >> 8);
	t0 = rdtsc();
	for (unsigned int i = 0; i < 10000000 && !(inb(0x61) & 0x20); i++)
		;
	t1 = rdtsc();
	return (t1 - t0) * PIT_HZ / count / 1000;
}

uint64_t tsc_calibrate(void)
{
	uint64_t khz = 0;
	const char *by = "PM timer";

	if (boot_info.pm_timer_port)
		khz = calibrate_pm(boot_info.pm_timer_port);
	if (!khz) {
		khz = calibrate_pit();
		by = "PIT";
	}
	log_info("TSC: %lu.%03lu MHz by the %s\n", khz / 1000, khz % 1000, by);
	return khz;
}
