// SPDX-License-Identifier: GPL-2.0-only
/*
 * The ACPI power-management timer as a state machine. Source: ACPI 6, 4.8.3: it counts at 3.579545
 * MHz from the domain's first moment, and each change of its topmost bit (of 32) sets bit 0 of the
 * status register.
 */
#include <hv/hvm/vpmtimer.h>
#include <hv/lib/lib.h>

#define NS_PER_S	UINT64_C(1000000000)
#define HALF		BIT64(31)	/* ticks between two carries */
#define KNOWN		((uint16_t)(PM1_TIMER | PM1_GLOBAL | PM1_POWER | PM1_SLEEP))

enum { BASE_RESET = 0x1f40, BASE_MOVED = 0xb000, PORT_ENABLE = 2, PORT_TIMER = 8 };

/* Without a product that overflows. */
static uint64_t ticks_of(uint64_t ns)
{
	return ns / NS_PER_S * VPMTIMER_HZ + ns % NS_PER_S * VPMTIMER_HZ / NS_PER_S;
}

static uint64_t ns_of(uint64_t ticks)
{
	return ticks / VPMTIMER_HZ * NS_PER_S +
	       (ticks % VPMTIMER_HZ * NS_PER_S + VPMTIMER_HZ - 1) / VPMTIMER_HZ;
}

void vpmtimer_reset(struct vpmtimer *p, uint64_t now)
{
	*p = (struct vpmtimer){.seen = now};
}

static void catch_up(struct vpmtimer *p, uint64_t now)
{
	if (now <= p->seen)
		return;
	if (ticks_of(p->seen) / HALF != ticks_of(now) / HALF)
		p->status |= PM1_TIMER;
	p->seen = now;
}

void vpmtimer_event(struct vpmtimer *p, uint16_t bit)
{
	p->status |= bit & KNOWN;
}

bool vpmtimer_sci(struct vpmtimer *p, uint64_t now)
{
	catch_up(p, now);
	return p->status & p->enable;
}

uint64_t vpmtimer_deadline(const struct vpmtimer *p, uint64_t now)
{
	if (!(p->enable & PM1_TIMER) || (p->status & PM1_TIMER))
		return 0;
	return ns_of((ticks_of(now) / HALF + 1) * HALF);
}

/* ---- ports ---- */

static uint16_t base(const struct vpmtimer *p)
{
	return p->moved ? BASE_MOVED : BASE_RESET;
}

bool vpmtimer_has_port(const struct vpmtimer *p, uint16_t port)
{
	unsigned int at = (uint16_t)(port - base(p));

	return at < 4 || (at >= PORT_TIMER && at < PORT_TIMER + 4);
}

/* The registers as bytes; those between them are none. */
static uint8_t byte_at(const struct vpmtimer *p, unsigned int at, uint32_t ticks)
{
	if (at < PORT_ENABLE)
		return (uint8_t)(p->status >> 8 * at);
	if (at < 4)
		return (uint8_t)(p->enable >> 8 * (at - PORT_ENABLE));
	if (at >= PORT_TIMER && at < PORT_TIMER + 4)
		return (uint8_t)(ticks >> 8 * (at - PORT_TIMER));
	return 0xff;
}

uint32_t vpmtimer_read(struct vpmtimer *p, uint16_t port, unsigned int size, uint64_t now)
{
	unsigned int at = (uint16_t)(port - base(p));
	uint32_t value = 0;

	catch_up(p, now);
	for (unsigned int i = 0; i < size; i++)
		value |= (uint32_t)byte_at(p, at + i, (uint32_t)ticks_of(now)) << 8 * i;
	return value;
}

void vpmtimer_write(struct vpmtimer *p, uint16_t port, unsigned int size, uint32_t value,
		    uint64_t now)
{
	unsigned int at = (uint16_t)(port - base(p));

	catch_up(p, now);
	for (unsigned int i = 0; i < size; i++, at++, value >>= 8) {
		unsigned int shift = 8 * (at & 1);

		if (at < PORT_ENABLE)
			p->status &= (uint16_t) ~((value & 0xff) << shift);
		else if (at < 4)
			p->enable = (uint16_t)(((p->enable & ~(0xffu << shift)) |
						(value & 0xff) << shift) &
					       KNOWN);
	}
}
