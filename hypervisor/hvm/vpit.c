// SPDX-License-Identifier: GPL-2.0-only
/*
 * The 8254 timer as a state machine: a channel's count and output follow from when it was started.
 * Source: Intel's data sheet of the 8254.
 *
 * A count that is written while another runs replaces it at once, also in the modes in which the
 * chip would end the period first. Channel 2's gate is bit 0 of port 0x61; those of 0 and 1 are
 * always on. The refresh bit of that port turns each 15,085 ns.
 */
#include <hv/hvm/vpit.h>
#include <hv/lib/lib.h>

#define NS_PER_S	UINT64_C(1000000000)
#define REFRESH_NS	15085u

enum { PORT_CHANNEL = 0x40, PORT_COMMAND = 0x43, PORT_SPEAKER = 0x61 };
enum { ACCESS_LATCH, ACCESS_LOW, ACCESS_HIGH, ACCESS_BOTH };
enum {
	MODE_END_OF_COUNT,
	MODE_ONE_SHOT,
	MODE_RATE,
	MODE_SQUARE,
	MODE_STROBE,
	MODE_HARDWARE_STROBE
};
#define READ_BACK	0xc0u
#define RB_NO_COUNT	0x20u
#define RB_NO_STATUS	0x10u
#define STATUS_OUT	0x80u
#define STATUS_NULL	0x40u
#define SPEAKER_GATE	0x01u
#define SPEAKER_DATA	0x02u
#define SPEAKER_REFRESH	0x10u
#define SPEAKER_OUT	0x20u

/* ---- time ---- */

/* Both without a product that overflows: seconds apart from the rest. */
static uint64_t ticks_of(uint64_t ns)
{
	return ns / NS_PER_S * VPIT_HZ + ns % NS_PER_S * VPIT_HZ / NS_PER_S;
}

/* The first ns at which so many ticks have gone by. */
static uint64_t ns_of(uint64_t ticks)
{
	return ticks / VPIT_HZ * NS_PER_S +
	       (ticks % VPIT_HZ * NS_PER_S + VPIT_HZ - 1) / VPIT_HZ;
}

/* A gate that is off holds the count in all modes but those that it starts. */
static uint64_t elapsed(const struct vpit_channel *c, uint64_t now)
{
	if (!c->gate && c->mode != MODE_ONE_SHOT && c->mode != MODE_HARDWARE_STROBE)
		now = c->held;
	return now < c->start ? 0 : ticks_of(now - c->start);
}

static bool periodic(const struct vpit_channel *c)
{
	return c->mode == MODE_RATE || c->mode == MODE_SQUARE;
}

static uint32_t count_at(const struct vpit_channel *c, uint64_t now)
{
	uint64_t t = elapsed(c, now);

	if (!c->count)
		return 0;
	switch (c->mode) {
	case MODE_RATE: return c->count - (uint32_t)(t % c->count);
	case MODE_SQUARE:	/* two at a time, twice a period */
		return (c->count - (uint32_t)(2 * t % c->count)) & ~UINT32_C(1);
	default:	/* past its end it goes on from the largest count */
		return c->bcd ? (c->count + 10000 - (uint32_t)(t % 10000)) % 10000
			      : (uint32_t)(c->count - t) & 0xffff;
	}
}

static bool output_at(const struct vpit_channel *c, uint64_t now)
{
	uint64_t t = elapsed(c, now);

	if (!c->count)
		return c->mode != MODE_END_OF_COUNT;
	if (!c->gate && periodic(c))
		return true;
	switch (c->mode) {
	case MODE_END_OF_COUNT:
	case MODE_ONE_SHOT: return t >= c->count;
	case MODE_RATE: return t % c->count != c->count - 1;
	case MODE_SQUARE: return t % c->count < (c->count + 1) / 2;
	default: return t != c->count;
	}
}

uint64_t vpit_deadline(const struct vpit *p, uint64_t now)
{
	const struct vpit_channel *c = &p->channel[0];
	uint64_t t = elapsed(c, now), at;

	if (!c->count)
		return 0;
	if (periodic(c)) {
		at = (t / c->count + 1) * c->count;
	} else {
		/* The strobe is low for one tick, and then rises. */
		at = c->count + (c->mode >= MODE_STROBE);
		if (t >= at)
			return 0;
	}
	return c->start + ns_of(at);
}

bool vpit_output(const struct vpit *p, unsigned int nr, uint64_t now)
{
	return output_at(&p->channel[nr], now);
}

/* ---- counts ---- */

static uint32_t from_bcd(uint32_t n)
{
	return (n & 15) + (n >> 4 & 15) * 10 + (n >> 8 & 15) * 100 + (n >> 12 & 15) * 1000;
}

static uint32_t to_bcd(uint32_t n)
{
	return n % 10 | n / 10 % 10 << 4 | n / 100 % 10 << 8 | n / 1000 % 10 << 12;
}

static uint16_t shown_count(const struct vpit_channel *c, uint64_t now)
{
	uint32_t n = count_at(c, now);

	return (uint16_t)(c->bcd ? to_bcd(n) : n);
}

static void load(struct vpit_channel *c, uint16_t value, uint64_t now)
{
	uint32_t n = c->bcd ? from_bcd(value) : value;

	c->count = n ? n : c->bcd ? 10000 : 65536;
	if (periodic(c) && c->count == 1)	/* no period: the chip forbids it */
		c->count = 2;
	c->start = c->held = now;
}

static void latch_count(struct vpit_channel *c, uint64_t now)
{
	if (c->latched)
		return;
	c->latch = shown_count(c, now);
	c->latched = c->access == ACCESS_BOTH ? 2 : 1;
	if (c->access == ACCESS_HIGH)
		c->latch >>= 8;
}

static void latch_status(struct vpit_channel *c, uint64_t now)
{
	if (c->status_latched)
		return;
	c->status = (uint8_t)((output_at(c, now) ? STATUS_OUT : 0) |
			      (c->count ? 0 : STATUS_NULL) | c->access << 4 | c->mode << 1 |
			      c->bcd);
	c->status_latched = true;
}

/* ---- ports ---- */

void vpit_reset(struct vpit *p)
{
	*p = (struct vpit){0};
	for (unsigned int i = 0; i < VPIT_CHANNELS; i++) {
		p->channel[i].access = ACCESS_BOTH;
		p->channel[i].gate = i != 2;
	}
}

bool vpit_has_port(uint16_t port)
{
	return (port >= PORT_CHANNEL && port <= PORT_COMMAND) || port == PORT_SPEAKER;
}

static uint8_t read_channel(struct vpit_channel *c, uint64_t now)
{
	uint16_t n;

	if (c->status_latched) {
		c->status_latched = false;
		return c->status;
	}
	if (c->latched) {
		uint8_t byte = (uint8_t)c->latch;

		c->latch >>= 8;
		c->latched--;
		return byte;
	}
	n = shown_count(c, now);
	if (c->access == ACCESS_LOW)
		return (uint8_t)n;
	if (c->access == ACCESS_HIGH)
		return (uint8_t)(n >> 8);
	c->high_next_read = !c->high_next_read;
	return (uint8_t)(c->high_next_read ? n : n >> 8);
}

uint8_t vpit_read(struct vpit *p, uint16_t port, uint64_t now)
{
	if (port == PORT_COMMAND)
		return 0xff;	/* it cannot be read */
	if (port != PORT_SPEAKER)
		return read_channel(&p->channel[port - PORT_CHANNEL], now);
	return (uint8_t)((p->channel[2].gate ? SPEAKER_GATE : 0) |
			 (p->speaker ? SPEAKER_DATA : 0) |
			 (now / REFRESH_NS & 1 ? SPEAKER_REFRESH : 0) |
			 (output_at(&p->channel[2], now) ? SPEAKER_OUT : 0));
}

static bool write_channel(struct vpit_channel *c, uint8_t value, uint64_t now)
{
	switch (c->access) {
	case ACCESS_LOW: load(c, value, now); return true;
	case ACCESS_HIGH: load(c, (uint16_t)(value << 8), now); return true;
	default: break;
	}
	c->high_next_write = !c->high_next_write;
	if (c->high_next_write) {
		c->low = value;
		if (c->mode != MODE_END_OF_COUNT)
			return false;
		c->count = 0;	/* the first byte stops this mode */
		return true;
	}
	load(c, (uint16_t)(c->low | value << 8), now);
	return true;
}

static void read_back(struct vpit *p, uint8_t value, uint64_t now)
{
	for (unsigned int i = 0; i < VPIT_CHANNELS; i++) {
		if (!(value >> (i + 1) & 1))
			continue;
		if (!(value & RB_NO_COUNT))
			latch_count(&p->channel[i], now);
		if (!(value & RB_NO_STATUS))
			latch_status(&p->channel[i], now);
	}
}

/* True: channel 0 has a new mode. */
static bool command(struct vpit *p, uint8_t value, uint64_t now)
{
	struct vpit_channel *c;

	if ((value & READ_BACK) == READ_BACK) {
		read_back(p, value, now);
		return false;
	}
	c = &p->channel[value >> 6];
	if ((value >> 4 & 3) == ACCESS_LATCH) {
		latch_count(c, now);
		return false;
	}
	*c = (struct vpit_channel){
		.access = value >> 4 & 3,
		.mode = value >> 1 & 7,
		.bcd = value & 1,
		.gate = c->gate,
	};
	if (c->mode > MODE_HARDWARE_STROBE)	/* 6 and 7 are 2 and 3 */
		c->mode -= 4;
	return c == &p->channel[0];
}

/* A rising gate starts modes 1, 2, 3 and 5 anew; modes 0 and 4 go on where they were held. */
static void set_gate(struct vpit_channel *c, bool on, uint64_t now)
{
	if (on == c->gate)
		return;
	if (!on)
		c->held = now;
	else if (c->mode == MODE_END_OF_COUNT || c->mode == MODE_STROBE)
		c->start += now - c->held;
	else
		c->start = now;
	c->gate = on;
}

bool vpit_write(struct vpit *p, uint16_t port, uint8_t value, uint64_t now)
{
	if (port == PORT_SPEAKER) {
		p->speaker = value & SPEAKER_DATA;
		set_gate(&p->channel[2], value & SPEAKER_GATE, now);
		return false;
	}
	if (port == PORT_COMMAND)
		return command(p, value, now);
	return write_channel(&p->channel[port - PORT_CHANNEL], value, now) && port == PORT_CHANNEL;
}
