/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The rate of the TSC. Claims: an absurd measurement is not believed, whatever it comes from; the
 * next source is asked instead; of several measurements the median counts.
 */
/* sources: hypervisor/x86/tsc.c hypervisor/time/tsc_rate.c */
#include <setjmp.h>

#include <hv/boot/boot.h>
#include <hv/percpu.h>
#include <hv/time/tsc_rate.h>
#include <arch/io.h>
#include <x86/cpu.h>
#include <x86/rtc.h>
#include <x86/tsc.h>

#include "log_capture.h"

#define TSC_HZ	UINT64_C(2500000000)
#define PM_PORT	0x608

_Thread_local struct cpu_info hosted_cpu_info;
struct boot_info boot_info;

/* A machine: which timers it has, and how far the TSC counts for each access to a port. */
static uint64_t tsc, pit_start, pit_ticks, cycles_a_look = 2500;
static bool has_pit, has_rtc, pit_stands;
static unsigned int pit_disturbed;	/* this measurement is disturbed by a stop of 1 s */
static unsigned int pit_loads;
static uint32_t hypervisor_khz, crystal_hz, base_mhz, last_leaf;
static jmp_buf panicked;

uint64_t rdtsc(void)
{
	return tsc;
}

uint8_t inb(uint16_t port)
{
	uint64_t elapsed;

	tsc += cycles_a_look;
	if (!has_pit || port != 0x61)
		return 0xff;
	if (pit_disturbed && pit_loads / 2 == pit_disturbed)
		tsc += TSC_HZ / 100;
	elapsed = (uint64_t)((__uint128_t)(tsc - pit_start) * 1193182 / TSC_HZ);
	return !pit_stands && elapsed >= pit_ticks ? 0x20 : 0;
}

void outb(uint16_t port, uint8_t v)
{
	if (port != 0x42)
		return;
	pit_ticks = ++pit_loads % 2 ? v : pit_ticks | (uint64_t)v << 8;
	pit_start = tsc;
}

uint32_t inl(uint16_t port)
{
	tsc += cycles_a_look;
	if (port != PM_PORT)
		return ~0u;
	return (uint32_t)((__uint128_t)tsc * 3579545 / TSC_HZ);
}

uint8_t cmos_read(uint8_t index)
{
	(void)index;
	tsc += cycles_a_look;
	return has_rtc ? (uint8_t)(tsc / TSC_HZ % 60) : 0xff;
}

void host_cpuid(uint32_t leaf, uint32_t sub, struct cpuid_regs *r)
{
	(void)sub;
	memset(r, 0, sizeof(*r));
	switch (leaf) {
	case 0: r->a = last_leaf; break;
	case 1: r->c = hypervisor_khz ? 1u << 31 : 0; break;
	case 0x15: *r = (struct cpuid_regs){2, 200, crystal_hz, 0}; break;
	case 0x16: r->a = base_mhz; break;
	case 0x40000000: r->a = 0x40000010; break;
	case 0x40000010: r->a = hypervisor_khz; break;
	default: break;
	}
}

void panic(const char *fmt, ...)
{
	printk(L_ERR, "%s", fmt);
	longjmp(panicked, 1);
}

static uint64_t calibrated(void)
{
	log_clear();
	tsc = 12345;
	pit_loads = 0;
	return setjmp(panicked) ? 0 : tsc_calibrate();
}

static bool near(uint64_t khz)
{
	return khz > TSC_HZ / 1000 - 5000 && khz < TSC_HZ / 1000 + 5000;
}

static void test_median(void)
{
	static const uint64_t good[] = {2500000, 2500100, 2499900};
	static const uint64_t one_bad[] = {2500000, 659, 2600000};
	static const uint64_t two_bad[] = {659, 2500000, 659}, edge[] = {200000, 20000000};
	static const uint64_t all_bad[] = {0, 659, UINT64_MAX};

	result(tsc_rate_median(good, 3) == 2500000, "of three measurements the middle one counts");
	result(tsc_rate_median(one_bad, 3) == 2550000, "an absurd one is left out");
	result(!tsc_rate_median(two_bad, 3), "when most are absurd none is believed");
	result(!tsc_rate_median(all_bad, 3) && !tsc_rate_median(good, 0) &&
		       !tsc_rate_median(good, 9),
	       "nor when all are, or there are none, or too many");
	result(tsc_rate_ok(edge[0]) && tsc_rate_ok(edge[1]) && !tsc_rate_ok(edge[0] - 1) &&
		       !tsc_rate_ok(edge[1] + 1) && !tsc_rate_ok(659),
	       "200 MHz to 20 GHz is a rate, 0.659 MHz is none");
}

static void test_told(void)
{
	const char *by;

	result(!tsc_rate_told(&by), "a CPU without such leaves tells nothing");
	last_leaf = 0x16;
	base_mhz = 2400;
	result(tsc_rate_told(&by) == 2400000 && strstr(by, "0x16"), "leaf 0x16 tells MHz");
	crystal_hz = 25000000;
	result(tsc_rate_told(&by) == 2500000 && strstr(by, "0x15"),
	       "leaf 0x15 with the crystal's frequency comes first");
	hypervisor_khz = 2500001;
	result(tsc_rate_told(&by) == 2500001 && strstr(by, "0x40000010"),
	       "and before it what a hypervisor below tells");
	hypervisor_khz = 7;
	result(tsc_rate_told(&by) == 2500000, "an absurd rate is not believed there, either");
	last_leaf = 0x14;
	result(!tsc_rate_told(&by), "leaves beyond the last one are not read");
	hypervisor_khz = crystal_hz = base_mhz = last_leaf = 0;
}

static void test_sources(void)
{
	boot_info.pm_timer_port = PM_PORT;
	result(near(calibrated()) && log_has("by the PM timer"), "the PM timer measures");
	boot_info.pm_timer_port = PM_PORT + 4;
	has_pit = true;
	result(near(calibrated()) && log_has("by the PIT"), "where it stands still the PIT does");
	boot_info.pm_timer_port = 0;
	result(near(calibrated()) && log_has("by the PIT"), "and where there is none");
	pit_disturbed = 2;
	result(near(calibrated()), "a measurement that was stopped in between does not count");
	pit_disturbed = 0;
	has_pit = false;
	hypervisor_khz = 2500000;
	result(calibrated() == 2500000 && log_has("by the CPUID leaf 0x40000010"),
	       "without a PIT what CPUID tells counts");
	has_pit = pit_stands = true;
	cycles_a_look = 1;
	result(calibrated() == 2500000 && log_has("CPUID"), "and with one that stands still");
	cycles_a_look = 2500;
	has_pit = pit_stands = false;
	hypervisor_khz = 0;
	has_rtc = true;
	result(near(calibrated()) && log_has("by the CMOS clock"),
	       "without any of them, a second of the CMOS clock");
	has_rtc = false;
	result(!calibrated() && log_has("no timer of this machine"),
	       "without a clock at all the machine does not start, and says why");
}

int main(void)
{
	test_median();
	test_told();
	test_sources();
	printf("1..%u\n", tap_number);
	return tap_failures != 0;
}
