// SPDX-License-Identifier: GPL-2.0-only
/*
 * The CMOS clock: read once at boot; Dom0's accesses come through here as well, index and data
 * under one lock.
 */
#include <x86/rtc.h>
#include <hv/spinlock.h>
#include <arch/io.h>

enum {
	RTC_SEC = 0,
	RTC_MIN = 2,
	RTC_HOUR = 4,
	RTC_DAY = 7,
	RTC_MONTH = 8,
	RTC_YEAR = 9,
	RTC_A = 10,
	RTC_B = 11
};
enum { A_UPDATING = 0x80, B_24H = 2, B_BINARY = 4, HOUR_PM = 0x80 };

static spinlock_t cmos_lock = SPINLOCK_INIT(RANK_CMOS);	/* the index register */

uint8_t cmos_read(uint8_t index)
{
	uint64_t flags = spin_lock_irqsave(&cmos_lock);
	uint8_t v;

	outb(0x70, index);
	v = inb(0x71);
	spin_unlock_irqrestore(&cmos_lock, flags);
	return v;
}

void cmos_write(uint8_t index, uint8_t v)
{
	uint64_t flags = spin_lock_irqsave(&cmos_lock);

	outb(0x70, index);
	outb(0x71, v);
	spin_unlock_irqrestore(&cmos_lock, flags);
}

static unsigned int number(uint8_t v, uint8_t b)
{
	return b & B_BINARY ? v : (v >> 4) * 10u + (v & 15);
}

/*
 * Days from 1970-01-01 to the first of March of that year's civil calendar, by whole eras of 400
 * years.
 */
static uint64_t days_to(unsigned int year, unsigned int month, unsigned int day)
{
	unsigned int y = month <= 2 ? year - 1 : year, m = (month + 9) % 12;
	uint64_t era = y / 400, yoe = y % 400, doy = (153 * m + 2) / 5 + day - 1;

	return era * 146097 + yoe * 365 + yoe / 4 - yoe / 100 + doy - 719468;
}

static void read_fields(uint8_t f[6])
{
	static const uint8_t index[6] = {RTC_SEC, RTC_MIN, RTC_HOUR, RTC_DAY, RTC_MONTH, RTC_YEAR};

	for (unsigned int i = 0; i < 1000000 && cmos_read(RTC_A) & A_UPDATING; i++)
		;
	for (unsigned int i = 0; i < 6; i++)
		f[i] = cmos_read(index[i]);
}

uint64_t rtc_read(void)
{
	uint8_t f[6], g[6], b = cmos_read(RTC_B);
	unsigned int hour, same = 0;

	read_fields(f);
	for (unsigned int tries = 0; tries < 5 && same < 6;
	     tries++) { /* twice the same: no update in between */
		read_fields(g);
		for (same = 0; same < 6 && f[same] == g[same]; same++)
			;
		for (unsigned int i = 0; i < 6; i++)
			f[i] = g[i];
	}
	hour = number(f[2] & ~HOUR_PM, b);
	if (!(b & B_24H))
		hour = hour % 12 + (f[2] & HOUR_PM ? 12 : 0);
	return ((days_to(2000 + number(f[5], b), number(f[4], b), number(f[3], b)) * 24 + hour) *
			60 +
		number(f[1], b)) *
		       60 +
	       number(f[0], b);
}
