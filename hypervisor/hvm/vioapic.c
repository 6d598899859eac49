// SPDX-License-Identifier: GPL-2.0-only
/*
 * The I/O APIC as a state machine. Source: Intel's data sheet of the 82093AA; version 0x11, which
 * has no register for the end of an interrupt: that comes from the local APICs.
 *
 * An edge is sent when it comes, and is lost behind a mask. A level is sent while it is there, not
 * masked, and not under way: remote IRR says that it is, from the message to its end.
 */
#include <hv/hvm/vioapic.h>
#include <hv/bitops.h>

enum { OFFSET_SELECT = 0x00, OFFSET_WINDOW = 0x10 };
enum { REG_ID = 0, REG_VERSION = 1, REG_ARBITRATION = 2, REG_ENTRY = 0x10 };

#define VERSION		(0x11u | (VIOAPIC_INPUTS - 1) << 16)
#define ID_BITS		0x0f000000u
#define RTE_LOGICAL	BIT64(11)
#define RTE_STATUS	BIT64(12)	/* read-only: never busy here */
#define RTE_REMOTE_IRR	BIT64(14)	/* read-only */
#define RTE_LEVEL	BIT64(15)
#define RTE_MASKED	BIT64(16)
#define RTE_WRITABLE	(UINT64_C(0xff000000000000ff) | 0x1af00)

void vioapic_reset(struct vioapic *a)
{
	void (*send)(void *, const struct vioapic_message *) = a->send;
	void *data = a->data;

	*a = (struct vioapic){.send = send, .data = data};
	for (unsigned int i = 0; i < VIOAPIC_INPUTS; i++)
		a->entry[i] = RTE_MASKED;
}

static void send(struct vioapic *a, unsigned int nr)
{
	uint64_t e = a->entry[nr];
	const struct vioapic_message m = {
		.vector = (uint8_t)e,
		.delivery = e >> 8 & 7,
		.dest = (uint8_t)(e >> 56),
		.logical = e & RTE_LOGICAL,
		.level = e & RTE_LEVEL,
	};

	a->send(a->data, &m);
}

/* Send a level that is there and may be. */
static void look(struct vioapic *a, unsigned int nr)
{
	uint64_t e = a->entry[nr];

	if (!(e & RTE_LEVEL) || (e & (RTE_MASKED | RTE_REMOTE_IRR)) || !(a->lines >> nr & 1))
		return;
	a->entry[nr] = e | RTE_REMOTE_IRR;
	send(a, nr);
}

void vioapic_set_line(struct vioapic *a, unsigned int nr, bool level)
{
	bool was;

	if (nr >= VIOAPIC_INPUTS)
		return;
	was = a->lines >> nr & 1;
	a->lines = level ? a->lines | BIT64(nr) : a->lines & ~BIT64(nr);
	if (level && !was && !(a->entry[nr] & (RTE_LEVEL | RTE_MASKED)))
		send(a, nr);
	look(a, nr);
}

void vioapic_end(struct vioapic *a, uint8_t vector)
{
	for (unsigned int i = 0; i < VIOAPIC_INPUTS; i++) {
		if ((uint8_t)a->entry[i] != vector || !(a->entry[i] & RTE_REMOTE_IRR))
			continue;
		a->entry[i] &= ~RTE_REMOTE_IRR;
		look(a, i);
	}
}

bool vioapic_wants_end(const struct vioapic *a, uint8_t vector)
{
	for (unsigned int i = 0; i < VIOAPIC_INPUTS; i++)
		if ((uint8_t)a->entry[i] == vector && (a->entry[i] & RTE_REMOTE_IRR))
			return true;
	return false;
}

/* ---- registers ---- */

static uint32_t read_register(const struct vioapic *a)
{
	unsigned int nr;

	switch (a->select) {
	case REG_ID:
	case REG_ARBITRATION: return a->id;
	case REG_VERSION: return VERSION;
	default: break;
	}
	nr = (a->select - REG_ENTRY) / 2u;
	if (a->select < REG_ENTRY || nr >= VIOAPIC_INPUTS)
		return 0;
	return (uint32_t)(a->entry[nr] >> (a->select & 1 ? 32 : 0));
}

static void write_register(struct vioapic *a, uint32_t value)
{
	unsigned int nr = (a->select - REG_ENTRY) / 2u, shift = a->select & 1 ? 32 : 0;
	uint64_t half = UINT64_C(0xffffffff) << shift, e;

	if (a->select == REG_ID)
		a->id = value & ID_BITS;
	if (a->select < REG_ENTRY || nr >= VIOAPIC_INPUTS)
		return;
	e = (a->entry[nr] & ~half) | (uint64_t)value << shift;
	e = (e & RTE_WRITABLE) | (a->entry[nr] & RTE_REMOTE_IRR);
	if (!(e & RTE_LEVEL))	/* an edge has no end that would be waited for */
		e &= ~RTE_REMOTE_IRR;
	a->entry[nr] = e;
	look(a, nr);
}

uint32_t vioapic_read(const struct vioapic *a, uint32_t offset)
{
	switch (offset) {
	case OFFSET_SELECT: return a->select;
	case OFFSET_WINDOW: return read_register(a);
	default: return 0;
	}
}

void vioapic_write(struct vioapic *a, uint32_t offset, uint32_t value)
{
	if (offset == OFFSET_SELECT)
		a->select = (uint8_t)value;
	else if (offset == OFFSET_WINDOW)
		write_register(a, value);
}
