/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The MC146818 clock. Claim: dates are those of the C library in every format, also when they are
 * set byte by byte; alarm, update and periodic interrupts come when the data sheet says; and the
 * next one is always found, in bounded steps.
 */
/* sources: hypervisor/hvm/vrtc.c */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <hv/hvm/vrtc.h>

#define S	UINT64_C(1000000000)
#define FIRST	UINT64_C(1792584000)	/* 2026-10-21 12:00:00, a Wednesday */

static unsigned int failures, count;
static struct vrtc rtc;
static uint64_t now;

static void result(bool good, const char *claim)
{
	printf("%sok %u - %s\n", good ? "" : "not ", ++count, claim);
	failures += !good;
}

static unsigned int get(uint8_t index)
{
	(void)vrtc_select(&rtc, index);
	return vrtc_read(&rtc, now);
}

static bool put(uint8_t index, unsigned int value)
{
	(void)vrtc_select(&rtc, index);
	return vrtc_write(&rtc, (uint8_t)value, now);
}

static unsigned int bcd(int n)
{
	return (unsigned int)(n / 10 << 4 | n % 10);
}

/* Does it show that time, in this format? */
static bool shows(uint64_t seconds, bool binary, bool hours24)
{
	time_t t = (time_t)seconds;
	unsigned int hour;
	struct tm tm;

	gmtime_r(&t, &tm);
	hour = (unsigned int)(hours24 ? tm.tm_hour : (tm.tm_hour + 11) % 12 + 1);
	hour = binary ? hour : bcd((int)hour);
	if (!hours24 && tm.tm_hour >= 12)
		hour |= 0x80;
#define AS(n) (binary ? (unsigned int)(n) : bcd(n))
	return get(0) == AS(tm.tm_sec) && get(2) == AS(tm.tm_min) && get(4) == hour &&
	       get(6) == (unsigned int)tm.tm_wday + 1 && get(7) == AS(tm.tm_mday) &&
	       get(8) == AS(tm.tm_mon + 1) && get(9) == AS(tm.tm_year % 100);
}

static void test_dates(void)
{
	bool good = true;

	srand(146818);
	for (unsigned int i = 0; i < 100000 && good; i++) {
		uint64_t at = (uint64_t)rand() << 20 ^ (uint64_t)rand();

		at %= UINT64_C(47481) * 86400;

		now = (uint64_t)rand() * 1000;
		vrtc_reset(&rtc, at, now);
		now += 7 * S;
		(void)put(11, (unsigned int)i % 4 * 2);
		good &= shows(at + 7, i & 2, i & 1);
	}
	result(good, "100,000 dates to 2099, in each format");
	now = 5 * S;
	vrtc_reset(&rtc, FIRST, now);
	result(!put(11, 0x82) && !put(9, 0x28) && !put(8, 2) && !put(7, 0x29) && !put(4, 0x23) &&
		       !put(2, 0x59) && !put(0, 0x58),
	       "while it is set nobody is told");
	now += 100 * S;
	result(get(0) == 0x58 && get(7) == 0x29 && put(11, 2) && shows(1835481598, false, true),
	       "a date that was set byte by byte, from the end of a month to a leap day");
	now += 2 * S;
	result(shows(1835481600, false, true), "goes on from there");
	result(put(0, 0x30) && shows(1835481630, false, true), "one byte of a clock that runs");
	(void)put(8, 0xff), (void)put(7, 0xff), (void)put(4, 0xff), (void)put(0, 0xff);
	result(get(8) <= 0x12 && get(7) <= 0x31 && get(4) <= 0x23 && get(0) <= 0x59,
	       "nonsense becomes some date");
	result(vrtc_select(&rtc, 0x8d) && !vrtc_select(&rtc, 14) && vrtc_read(&rtc, now) == 0xff &&
		       !vrtc_write(&rtc, 1, now),
	       "from byte 14 on it is another's memory");
	(void)get(12), (void)put(13, 0), (void)put(12, 0xff), (void)put(10, 0xa6);
	result(get(13) == 0x80 && get(12) == 0 && get(10) == 0x26, "what is only read stays");
	now = 10 * S - 100000;
	result(get(10) == 0xa6, "before an update a bit says so");
	(void)put(11, 0x82);
	result(get(10) == 0x26, "not while it is set");
}

static void test_interrupts(void)
{
	uint64_t at;

	now = 10 * S;
	vrtc_reset(&rtc, FIRST, now);
	result(!vrtc_deadline(&rtc, now) && !vrtc_line(&rtc, 100 * S), "unasked it does nothing");
	(void)get(12);
	now = 100 * S;
	(void)put(11, 0x42);
	at = vrtc_deadline(&rtc, now);
	result(at > now && at - now <= 976563 && !vrtc_line(&rtc, at - 1) && vrtc_line(&rtc, at) &&
		       !vrtc_deadline(&rtc, at),
	       "1024 times a second, until it is looked at");
	now = at;
	result(get(12) == 0xc0 && !vrtc_line(&rtc, now) && vrtc_deadline(&rtc, now) > now,
	       "looked at, it comes again");
	(void)put(10, 0x20);
	result(!vrtc_deadline(&rtc, now), "a rate of 0 is none");
	(void)put(11, 0x12), (void)get(12);
	at = vrtc_deadline(&rtc, now);
	result(at == (now / S + 1) * S && vrtc_line(&rtc, at), "with each second");
	now = at;
	result(get(12) == 0x90, "an update");
	(void)put(1, 0x30), (void)put(3, 0x15), (void)put(5, 0x13), (void)put(11, 0x22);
	/* It shows FIRST + now - 10 s; the alarm is at 13:15:30. */
	at = vrtc_deadline(&rtc, now);
	result(at == (10 + 3600 + 15 * 60 + 30) * S && !vrtc_line(&rtc, at - 1) &&
		       vrtc_line(&rtc, at),
	       "an alarm at its time");
	now = at;
	result((get(12) & 0xa0) == 0xa0 && vrtc_deadline(&rtc, now) == at + 86400 * S,
	       "and the next day");
	(void)put(5, 0xff), (void)put(3, 0xc0);
	result(vrtc_deadline(&rtc, now) == at + 60 * S, "or each minute");
	(void)put(1, 0x77);
	result(!vrtc_deadline(&rtc, now), "or never, at second 77");
	result(!vrtc_line(&rtc, now + 100000 * S) && (get(12) & 0x20) == 0,
	       "days later still not");
}

static void test_random(void)
{
	bool good = true;
	unsigned int due = 0;

	now = 0;
	vrtc_reset(&rtc, FIRST, 0);
	for (unsigned int step = 0; step < 300000; step++) {
		uint64_t at;

		if (rand() % 3)
			(void)put((uint8_t)rand() % 16, (unsigned int)rand());
		else
			(void)get((uint8_t)rand() % 16);
		now += (uint64_t)rand() % (rand() % 50 ? S : 1000000 * S);
		at = vrtc_deadline(&rtc, now);
		if (!at)
			continue;
		due++;
		good &= at > now && at - now <= 86402 * S;
		/* What was promised comes, unless it was there already. */
		good &= vrtc_line(&rtc, at);
		now = at;
	}
	result(good && due > 1000, "300,000 random accesses, and each deadline is kept");
}

int main(void)
{
	test_dates();
	test_interrupts();
	test_random();
	printf("1..%u\n", count);
	return failures != 0;
}
