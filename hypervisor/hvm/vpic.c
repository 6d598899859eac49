// SPDX-License-Identifier: GPL-2.0-only
/*
 * Two 8259A interrupt controllers as a state machine. Source: Intel's data sheet of the 8259A; the
 * edge/level registers at 0x4d0 are the PIIX's.
 *
 * An edge-triggered request stays until it is acknowledged; a level-triggered one is its line. The
 * second chip's output is a line of the first, and follows it after each change. There is no 8085
 * mode, no buffered mode, and the trigger mode of initialisation word 1 gives way to the
 * edge/level registers.
 */
#include <hv/hvm/vpic.h>
#include <hv/lib/lib.h>

#define NONE		8u	/* no input */
#define CASCADE		2u	/* the first chip's input that is the second */
#define SPURIOUS	7u
#define ELCR_FIRST	0xf8u	/* inputs that may be level-triggered: not 0-2 */
#define ELCR_SECOND	0xdeu	/* not 8 and 13 */

enum { PORT_FIRST = 0x20, PORT_SECOND = 0xa0, PORT_ELCR = 0x4d0 };

/* Bits of the first port. */
enum {
	ICW1 = 0x10,
	ICW1_WORD4 = 0x01,
	ICW1_SINGLE = 0x02,
	OCW3 = 0x08,
	OCW3_READ = 0x02,
	OCW3_READ_ISR = 0x01,
	OCW3_POLL = 0x04,
	OCW3_MASK = 0x40,
	OCW3_MASK_ON = 0x20
};
enum { ICW4_AUTO_EOI = 0x02, ICW4_NESTED = 0x10 };

/* What OCW2 wants, by its bits 5-7. */
enum {
	ROTATE_AUTO_OFF,
	EOI,
	NOTHING,
	EOI_OF,
	ROTATE_AUTO_ON,
	EOI_ROTATE,
	SET_LOWEST,
	EOI_OF_ROTATE
};

void vpic_reset(struct vpic *p)
{
	*p = (struct vpic){.chip = {{.lowest = 7}, {.lowest = 7}}};
}

/* ---- one chip ---- */

/* The input of the highest priority among these, or NONE. */
static unsigned int first_of(const struct vpic_chip *c, uint8_t inputs)
{
	for (unsigned int i = 1; i <= 8; i++) {
		unsigned int input = (c->lowest + i) & 7;

		if (inputs >> input & 1)
			return input;
	}
	return NONE;
}

/* How far behind the highest priority an input is. */
static unsigned int rank(const struct vpic_chip *c, unsigned int input)
{
	return (input - c->lowest - 1) & 7;
}

/* The input that the chip asks an interrupt for, or NONE. */
static unsigned int wanted(const struct vpic_chip *c, bool first)
{
	unsigned int input = first_of(c, (uint8_t)(c->irr & ~c->imr)), busy;
	uint8_t service = c->isr;

	if (input == NONE || c->expects)
		return NONE;
	if (c->special_mask)
		service &= (uint8_t)~c->imr;
	/* Specially nested, the second chip may interrupt what it has in service itself. */
	if (first && c->special_nested && input == CASCADE)
		service &= (uint8_t)~(1u << CASCADE);
	busy = first_of(c, service);
	return busy == NONE || rank(c, input) < rank(c, busy) ? input : NONE;
}

static void acknowledge(struct vpic_chip *c, unsigned int input)
{
	uint8_t bit = (uint8_t)(1u << input);

	if (!(c->elcr & bit))
		c->irr &= (uint8_t)~bit;
	if (!c->auto_eoi)
		c->isr |= bit;
	else if (c->rotate_auto)
		c->lowest = (uint8_t)input;
}

static void end_of(struct vpic_chip *c, unsigned int input, bool rotate)
{
	if (input == NONE)
		return;
	c->isr &= (uint8_t)~(1u << input);
	if (rotate)
		c->lowest = (uint8_t)input;
}

/* In the order of priorities, but for what a special mask leaves out. */
static unsigned int in_service(const struct vpic_chip *c)
{
	return first_of(c, c->special_mask ? (uint8_t)(c->isr & ~c->imr) : c->isr);
}

static void command(struct vpic_chip *c, uint8_t value)
{
	unsigned int input = value & 7;

	switch (value >> 5) {
	case ROTATE_AUTO_OFF: c->rotate_auto = false; break;
	case ROTATE_AUTO_ON: c->rotate_auto = true; break;
	case EOI: end_of(c, in_service(c), false); break;
	case EOI_ROTATE: end_of(c, in_service(c), true); break;
	case EOI_OF: end_of(c, input, false); break;
	case EOI_OF_ROTATE: end_of(c, input, true); break;
	case SET_LOWEST: c->lowest = (uint8_t)input; break;
	default: break;
	}
}

static void initialise(struct vpic_chip *c, uint8_t value)
{
	*c = (struct vpic_chip){
		.lines = c->lines,
		.elcr = c->elcr,
		.irr = c->lines & c->elcr,
		.base = c->base,
		.lowest = 7,
		.expects = 2,
		.word4 = value & ICW1_WORD4,
		.single = value & ICW1_SINGLE,
	};
}

static void write_first(struct vpic_chip *c, uint8_t value)
{
	if (value & ICW1) {
		initialise(c, value);
	} else if (value & OCW3) {
		c->poll = value & OCW3_POLL;
		if (value & OCW3_READ)
			c->read_isr = value & OCW3_READ_ISR;
		if (value & OCW3_MASK)
			c->special_mask = value & OCW3_MASK_ON;
	} else {
		command(c, value);
	}
}

static void write_second(struct vpic_chip *c, uint8_t value)
{
	switch (c->expects) {
	case 2:
		c->base = value & 0xf8;
		c->expects = !c->single ? 3 : c->word4 ? 4 : 0;
		break;
	case 3:	/* which input the other chip is on: it is known */
		c->expects = c->word4 ? 4 : 0;
		break;
	case 4:
		c->auto_eoi = value & ICW4_AUTO_EOI;
		c->special_nested = value & ICW4_NESTED;
		c->expects = 0;
		break;
	default: c->imr = value; break;
	}
}

static void set_input(struct vpic_chip *c, unsigned int input, bool level)
{
	uint8_t bit = (uint8_t)(1u << input);

	if (c->elcr & bit)
		c->irr = level ? c->irr | bit : c->irr & (uint8_t)~bit;
	else if (level && !(c->lines & bit))
		c->irr |= bit;
	c->lines = level ? c->lines | bit : c->lines & (uint8_t)~bit;
}

/* ---- both ---- */

/* The second chip's output becomes the first one's input: a level, whatever its trigger. */
static void cascade(struct vpic *p)
{
	bool asks = wanted(&p->chip[1], false) != NONE;
	uint8_t bit = 1u << CASCADE;
	struct vpic_chip *c = &p->chip[0];

	c->irr = asks ? c->irr | bit : c->irr & (uint8_t)~bit;
	c->lines = asks ? c->lines | bit : c->lines & (uint8_t)~bit;
}

void vpic_set_line(struct vpic *p, unsigned int irq, bool level)
{
	if (irq > 15 || irq == CASCADE)
		return;
	set_input(&p->chip[irq / 8], irq % 8, level);
	cascade(p);
}

bool vpic_pending(const struct vpic *p)
{
	return wanted(&p->chip[0], true) != NONE;
}

uint8_t vpic_accept(struct vpic *p)
{
	unsigned int input = wanted(&p->chip[0], true);
	uint8_t vector;

	if (input == NONE)
		return p->chip[0].base + SPURIOUS;
	acknowledge(&p->chip[0], input);
	if (input != CASCADE)
		return (uint8_t)(p->chip[0].base + input);
	input = wanted(&p->chip[1], false);
	if (input == NONE)	/* its line follows its requests, so there is one */
		return p->chip[1].base + SPURIOUS;
	acknowledge(&p->chip[1], input);
	vector = (uint8_t)(p->chip[1].base + input);
	cascade(p);
	return vector;
}

/* ---- ports ---- */

bool vpic_has_port(uint16_t port)
{
	uint16_t pair = port & ~1u;

	return pair == PORT_FIRST || pair == PORT_SECOND || pair == PORT_ELCR;
}

/* A read that acknowledges: bit 7 says whether bits 0-2 mean an input. */
static uint8_t poll(struct vpic *p, unsigned int nr)
{
	struct vpic_chip *c = &p->chip[nr];
	unsigned int input = wanted(c, nr == 0);

	c->poll = false;
	if (input == NONE)
		return 0;
	acknowledge(c, input);
	cascade(p);
	return (uint8_t)(0x80 | input);
}

uint8_t vpic_read(struct vpic *p, uint16_t port)
{
	unsigned int nr = (port & ~1u) == PORT_SECOND;
	const struct vpic_chip *c = &p->chip[nr];

	if ((port & ~1u) == PORT_ELCR)
		return p->chip[port & 1].elcr;
	if (c->poll)
		return poll(p, nr);
	if (port & 1)
		return c->imr;
	return c->read_isr ? c->isr : c->irr;
}

static void write_elcr(struct vpic_chip *c, uint8_t value)
{
	/* A level that is there is a request, and an edge that was is none any more. */
	c->irr = (uint8_t)((c->irr & ~(value | c->elcr)) | (c->lines & value));
	c->elcr = value;
}

void vpic_write(struct vpic *p, uint16_t port, uint8_t value)
{
	struct vpic_chip *c = &p->chip[(port & ~1u) == PORT_SECOND];

	if ((port & ~1u) == PORT_ELCR)
		write_elcr(&p->chip[port & 1], value & (port & 1 ? ELCR_SECOND : ELCR_FIRST));
	else if (port & 1)
		write_second(c, value);
	else
		write_first(c, value);
	cascade(p);
}
