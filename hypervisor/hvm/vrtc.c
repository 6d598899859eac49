// SPDX-License-Identifier: GPL-2.0-only
/*
 * The MC146818 clock as a state machine. Source: Motorola's data sheet of the MC146818A.
 *
 * The date is computed from the time when it is read, so nothing runs between; while it is set
 * (register 11, bit 7) its registers are bytes that stand still. An update begins
 * with each second; the bit that warns of it is up for the 244 us before. Years 1970 to 2099:
 * register 9 has two digits, of which those below 70 are of this century; the century's byte is the
 * device model's.
 */
#include <hv/hvm/vrtc.h>
#include <hv/lib/lib.h>

#define NS_PER_S	UINT64_C(1000000000)
#define UIP_NS		244000u
#define DAY		86400u
#define YEAR_FIRST	1970u
#define YEARS		UINT64_C(130)	/* with YEARS / 4 days more than 365 each */
#define HOUR_PM		0x80u

enum {
	SECONDS,
	SECONDS_ALARM,
	MINUTES,
	MINUTES_ALARM,
	HOURS,
	HOURS_ALARM,
	WEEKDAY,
	DAY_OF_MONTH,
	MONTH,
	YEAR,
	REG_A,
	REG_B,
	REG_C,
	REG_D
};
#define A_UIP		0x80u
#define A_RATE		0x0fu
#define A_DIVIDER	0x70u
#define A_DIVIDER_ON	0x20u	/* the crystal of every PC */
#define B_SET		0x80u
#define B_PERIODIC	0x40u
#define B_ALARM		0x20u
#define B_UPDATE	0x10u
#define B_EVENTS	(B_PERIODIC | B_ALARM | B_UPDATE)	/* the same bits in register 12 */
#define B_BINARY	0x04u
#define B_24_HOURS	0x02u
#define C_LINE		0x80u
#define D_VALID		0x80u
#define ALARM_ANY	0xc0u	/* an alarm's byte from here on is any value */

struct date {
	unsigned int second, minute, hour, weekday, day, month, year;
};

static bool is_date(unsigned int index)
{
	return index == SECONDS || index == MINUTES || index == HOURS ||
	       (index >= WEEKDAY && index <= YEAR);
}

/* ---- dates ---- */

static unsigned int days_of_year(unsigned int year)
{
	return year % 4 ? 365 : 366;	/* 2000 has its day, and 2100 is not shown */
}

static unsigned int days_of_month(unsigned int month, unsigned int year)
{
	static const uint8_t days[12] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};

	return days[month - 1] + (month == 2 && year % 4 == 0);
}

static struct date date_of(uint64_t seconds)
{
	uint64_t days = seconds / DAY;
	unsigned int rest = (unsigned int)(seconds % DAY);
	struct date d = {
		.second = rest % 60,
		.minute = rest / 60 % 60,
		.hour = rest / 3600,
		.weekday = (unsigned int)((days + 4) % 7) + 1,	/* 1 is Sunday */
		.month = 1,
		.year = YEAR_FIRST,
	};

	days %= YEARS * 365 + YEARS / 4;	/* behind the last year it begins anew */
	while (days >= days_of_year(d.year))
		days -= days_of_year(d.year++);
	while (days >= days_of_month(d.month, d.year))
		days -= days_of_month(d.month++, d.year);
	d.day = (unsigned int)days + 1;
	return d;
}

/* Of whatever the guest wrote: numbers that are too large are cut. */
static uint64_t seconds_of(const struct date *d)
{
	unsigned int month = MIN(MAX(d->month, 1u), 12u);
	uint64_t days = MAX(d->day, 1u) - 1;

	for (unsigned int y = YEAR_FIRST; y < d->year; y++)
		days += days_of_year(y);
	for (unsigned int m = 1; m < month; m++)
		days += days_of_month(m, d->year);
	return days * DAY + d->hour % 24 * 3600 + d->minute % 60 * 60 + d->second % 60;
}

/* ---- registers as numbers ---- */

static uint8_t shown(const struct vrtc *r, unsigned int n)
{
	return (uint8_t)(r->reg[REG_B] & B_BINARY ? n : n / 10 << 4 | n % 10);
}

static unsigned int meant(const struct vrtc *r, uint8_t value)
{
	return r->reg[REG_B] & B_BINARY ? value : (value >> 4) * 10u + (value & 15u);
}

static uint8_t shown_hour(const struct vrtc *r, unsigned int hour)
{
	if (r->reg[REG_B] & B_24_HOURS)
		return shown(r, hour);
	return shown(r, (hour + 11) % 12 + 1) | (hour >= 12 ? HOUR_PM : 0);
}

static unsigned int meant_hour(const struct vrtc *r, uint8_t value)
{
	if (r->reg[REG_B] & B_24_HOURS)
		return meant(r, value) % 24;
	return meant(r, value & (uint8_t)~HOUR_PM) % 12 + (value & HOUR_PM ? 12 : 0);
}

static uint64_t time_at(const struct vrtc *r, uint64_t now)
{
	return r->offset + now / NS_PER_S;
}

/* A register of the date, at that time. */
static uint8_t date_byte(const struct vrtc *r, unsigned int index, uint64_t seconds)
{
	struct date d = date_of(seconds);

	switch (index) {
	case SECONDS: return shown(r, d.second);
	case MINUTES: return shown(r, d.minute);
	case HOURS: return shown_hour(r, d.hour);
	case WEEKDAY: return (uint8_t)d.weekday;
	case DAY_OF_MONTH: return shown(r, d.day);
	case MONTH: return shown(r, d.month);
	default: return shown(r, d.year % 100);
	}
}

/* The registers of the date become what the clock shows. */
static void stop(struct vrtc *r, uint64_t now)
{
	for (unsigned int i = 0; i < REG_A; i++)
		if (is_date(i))
			r->reg[i] = date_byte(r, i, time_at(r, now));
}

/* And the clock shows from now on what is in them. */
static void go_on(struct vrtc *r, uint64_t now)
{
	unsigned int year = meant(r, r->reg[YEAR]) % 100;
	const struct date d = {
		.second = meant(r, r->reg[SECONDS]),
		.minute = meant(r, r->reg[MINUTES]),
		.hour = meant_hour(r, r->reg[HOURS]),
		.day = meant(r, r->reg[DAY_OF_MONTH]),
		.month = meant(r, r->reg[MONTH]),
		.year = (year < YEAR_FIRST % 100 ? 2000 : 1900) + year,
	};

	r->offset = seconds_of(&d) - now / NS_PER_S;
}

/* ---- events ---- */

/* ns between two periodic events; 0: none. */
static uint64_t period(const struct vrtc *r)
{
	unsigned int rate = r->reg[REG_A] & A_RATE;

	if (!rate || (r->reg[REG_A] & A_DIVIDER) != A_DIVIDER_ON)
		return 0;
	if (rate < 3)	/* 1 and 2 are 8 and 9 with this crystal */
		rate += 7;
	return NS_PER_S >> (16 - rate);
}

static bool alarm_byte(const struct vrtc *r, unsigned int reg, unsigned int n)
{
	uint8_t value = r->reg[reg];

	if (value >= ALARM_ANY)
		return true;
	return (reg == HOURS_ALARM ? meant_hour(r, value) : meant(r, value)) == n;
}

static bool alarm_at(const struct vrtc *r, uint64_t seconds)
{
	unsigned int rest = (unsigned int)(seconds % DAY);

	return alarm_byte(r, SECONDS_ALARM, rest % 60) &&
	       alarm_byte(r, MINUTES_ALARM, rest / 60 % 60) &&
	       alarm_byte(r, HOURS_ALARM, rest / 3600);
}

/* Seconds from `from` on to the first that is the alarm's, within a day; DAY + 1: none. */
static uint64_t to_alarm(const struct vrtc *r, uint64_t from)
{
	uint64_t at = from, end = from + DAY;
	unsigned int rest;

	/* By whole hours and minutes, where those are not the alarm's: 150 steps at the most. */
	while (at <= end) {
		rest = (unsigned int)(at % DAY);
		if (!alarm_byte(r, HOURS_ALARM, rest / 3600))
			at += 3600 - at % 3600;
		else if (!alarm_byte(r, MINUTES_ALARM, rest / 60 % 60))
			at += 60 - at % 60;
		else if (!alarm_at(r, at))
			at++;
		else
			return at - from;
	}
	return DAY + 1;
}

/* Register 12 gets what has happened since it was looked at. */
static void catch_up(struct vrtc *r, uint64_t now)
{
	uint64_t before = r->seen, p = period(r), next;

	if (now <= before)
		return;
	r->seen = now;
	if (p && before / p != now / p)
		r->reg[REG_C] |= B_PERIODIC;
	if (before / NS_PER_S == now / NS_PER_S || (r->reg[REG_B] & B_SET))
		return;
	r->reg[REG_C] |= B_UPDATE;
	next = to_alarm(r, r->offset + before / NS_PER_S + 1);
	if (next <= DAY && next < now / NS_PER_S - before / NS_PER_S)
		r->reg[REG_C] |= B_ALARM;
}

bool vrtc_line(struct vrtc *r, uint64_t now)
{
	catch_up(r, now);
	return r->reg[REG_B] & r->reg[REG_C] & B_EVENTS;
}

uint64_t vrtc_deadline(const struct vrtc *r, uint64_t now)
{
	uint8_t wanted = r->reg[REG_B] & (uint8_t)~r->reg[REG_C] & B_EVENTS;
	uint64_t second = now / NS_PER_S, p = period(r), at = 0, next;

	if (r->reg[REG_B] & r->reg[REG_C] & B_EVENTS)
		return 0;	/* its line is up */
	if ((wanted & B_PERIODIC) && p)
		at = (now / p + 1) * p;
	if (r->reg[REG_B] & B_SET)
		return at;
	if (wanted & B_UPDATE) {
		next = (second + 1) * NS_PER_S;
		at = at ? MIN(at, next) : next;
	}
	if (wanted & B_ALARM) {
		next = to_alarm(r, r->offset + second + 1);
		if (next <= DAY) {
			next = (second + 1 + next) * NS_PER_S;
			at = at ? MIN(at, next) : next;
		}
	}
	return at;
}

/* ---- ports ---- */

void vrtc_reset(struct vrtc *r, uint64_t seconds, uint64_t now)
{
	*r = (struct vrtc){.offset = seconds - now / NS_PER_S, .seen = now};
	r->reg[REG_A] = A_DIVIDER_ON | 6;
	r->reg[REG_B] = B_24_HOURS;
	r->reg[REG_D] = D_VALID;
}

bool vrtc_select(struct vrtc *r, uint8_t value)
{
	r->index = value & 0x7f;
	return r->index < VRTC_BYTES;
}

uint8_t vrtc_read(struct vrtc *r, uint64_t now)
{
	uint8_t value;

	catch_up(r, now);
	if (r->index >= VRTC_BYTES)
		return 0xff;
	if (is_date(r->index) && !(r->reg[REG_B] & B_SET))
		return date_byte(r, r->index, time_at(r, now));
	value = r->reg[r->index];
	if (r->index == REG_A && !(r->reg[REG_B] & B_SET) &&
	    now % NS_PER_S >= NS_PER_S - UIP_NS)
		value |= A_UIP;
	if (r->index == REG_C) {
		if (r->reg[REG_B] & value & B_EVENTS)
			value |= C_LINE;
		r->reg[REG_C] = 0;
	}
	return value;
}

static void write_b(struct vrtc *r, uint8_t value, uint64_t now)
{
	bool was = r->reg[REG_B] & B_SET, is = value & B_SET;

	if (is && !was)
		stop(r, now);
	if (is)
		value &= (uint8_t)~B_UPDATE;	/* the data sheet's word */
	r->reg[REG_B] = value;
	if (was && !is)
		go_on(r, now);
}

bool vrtc_write(struct vrtc *r, uint8_t value, uint64_t now)
{
	bool set, date;

	catch_up(r, now);
	if (r->index >= VRTC_BYTES)
		return false;
	set = r->reg[REG_B] & B_SET;
	date = is_date(r->index);
	switch (r->index) {
	case REG_A: r->reg[REG_A] = value & (uint8_t)~A_UIP; break;
	case REG_B: write_b(r, value, now); break;
	case REG_C:
	case REG_D: break;	/* they are only read */
	default:
		if (date && !set)	/* one register of a clock that runs */
			stop(r, now);
		r->reg[r->index] = value;
		if (date && !set)
			go_on(r, now);
		break;
	}
	return date ? !set : set && !(r->reg[REG_B] & B_SET);
}
