/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The two 8259 interrupt controllers. Claim: requests come in the order of their priorities, edges
 * and levels as the registers say, nested, rotated, masked and polled as the data sheet has it; and
 * no sequence of port accesses brings them into a state that is none.
 */
/* sources: hypervisor/hvm/vpic.c */
#include <stdio.h>
#include <stdlib.h>

#include <hv/hvm/vpic.h>

static unsigned int failures, count;
static struct vpic pic;

static void result(bool good, const char *claim)
{
	printf("%sok %u - %s\n", good ? "" : "not ", ++count, claim);
	failures += !good;
}

/* As every PC's firmware does: vectors 0x08 and 0x70. */
static void start(void)
{
	static const uint8_t words[][2] = {{0x20, 0x11}, {0xa0, 0x11}, {0x21, 0x08}, {0xa1, 0x70},
					   {0x21, 4},	 {0xa1, 2},    {0x21, 1},    {0xa1, 1},
					   {0x21, 0},	 {0xa1, 0}};

	vpic_reset(&pic);
	for (unsigned int i = 0; i < sizeof(words) / sizeof(words[0]); i++)
		vpic_write(&pic, words[i][0], words[i][1]);
}

static void edge(unsigned int irq)
{
	vpic_set_line(&pic, irq, false);
	vpic_set_line(&pic, irq, true);
}

/* The next vector, with an acknowledgement; 0: no request. */
static unsigned int next(void)
{
	return vpic_pending(&pic) ? vpic_accept(&pic) : 0;
}

static void test_priorities(void)
{
	start();
	result(!next() && vpic_accept(&pic) == 0x08 + 7 && !pic.chip[0].isr,
	       "without a request there is none, and an acknowledgement is a spurious 7");
	edge(4), edge(1), edge(0);
	result(next() == 0x08 && !next(), "the first input is first, and others wait for its end");
	vpic_write(&pic, 0x20, 0x20);
	result(next() == 0x09, "then the next one");
	edge(0);
	result(next() == 0x08, "which a higher one interrupts");
	vpic_write(&pic, 0x20, 0x20);
	result(!next() && pic.chip[0].isr == 2, "an end is that of the highest");
	vpic_write(&pic, 0x20, 0x61);
	result(next() == 0x0c && pic.chip[0].isr == 0x10, "or of the one that it names");
	vpic_write(&pic, 0x20, 0x20);
	edge(12);
	result(next() == 0x74 && pic.chip[0].isr == 4 && pic.chip[1].isr == 0x10,
	       "the second chip's come through input 2");
	edge(8);
	result(!next(), "of which the second waits for the first chip's end");
	vpic_write(&pic, 0x20, 0x20);
	result(next() == 0x70, "and then comes, for it is higher");
	vpic_set_line(&pic, 2, true);
	vpic_set_line(&pic, 16, true);
	result(!next(), "input 2 is nobody else's");
}

static void test_triggers(void)
{
	start();
	vpic_set_line(&pic, 5, true);
	vpic_set_line(&pic, 5, true);
	vpic_set_line(&pic, 5, false);
	result(next() == 0x0d, "an edge is remembered");
	vpic_write(&pic, 0x20, 0x20);
	result(!next(), "once");
	vpic_write(&pic, 0x4d0, 0xff);
	vpic_write(&pic, 0x4d1, 0xff);
	result(vpic_read(&pic, 0x4d0) == 0xf8 && vpic_read(&pic, 0x4d1) == 0xde,
	       "timer, keyboard, clock and coprocessor have edges always");
	vpic_set_line(&pic, 5, true);
	result(next() == 0x0d && vpic_read(&pic, 0x20) == 0x20, "a level stays a request");
	vpic_write(&pic, 0x20, 0x20);
	result(next() == 0x0d, "and comes again");
	vpic_write(&pic, 0x20, 0x20);
	vpic_set_line(&pic, 5, false);
	result(!next(), "until it goes");
	vpic_set_line(&pic, 11, true);
	(void)next();
	vpic_write(&pic, 0xa0, 0x20), vpic_write(&pic, 0x20, 0x20);
	result(next() == 0x73, "the second chip's too");
}

static void test_modes(void)
{
	start();
	vpic_write(&pic, 0x21, 0xfe);
	edge(3);
	result(!next() && vpic_read(&pic, 0x20) == 8 && vpic_read(&pic, 0x21) == 0xfe,
	       "a masked request waits");
	vpic_write(&pic, 0x21, 0);
	result(next() == 0x0b, "until it is not");
	vpic_write(&pic, 0x20, 0x0b);
	result(vpic_read(&pic, 0x20) == 8, "what is in service can be read");
	edge(6);
	vpic_write(&pic, 0x20, 0x68);
	vpic_write(&pic, 0x21, 8);
	result(next() == 0x0e, "a special mask lets lower ones through");
	start();
	vpic_write(&pic, 0x20, 0xc3);
	edge(2), edge(3), edge(4);
	result(next() == 0x0c, "priorities are set");
	vpic_write(&pic, 0x20, 0xa0);
	edge(4), edge(5), edge(3);
	result(next() == 0x0d && pic.chip[0].lowest == 4, "or turn with each end");
	start();
	vpic_write(&pic, 0x20, 0x11), vpic_write(&pic, 0x21, 0x20), vpic_write(&pic, 0x21, 4);
	vpic_write(&pic, 0x21, 3);
	edge(1);
	result(next() == 0x21 && !pic.chip[0].isr, "an automatic end is at once");
	vpic_write(&pic, 0x20, 0x80);
	edge(1);
	result(next() == 0x21 && pic.chip[0].lowest == 1, "and turns, where that is wanted");
	start();
	vpic_write(&pic, 0x20, 0x11), vpic_write(&pic, 0x21, 8), vpic_write(&pic, 0x21, 4);
	vpic_write(&pic, 0x21, 0x11);
	edge(12);
	(void)next();
	edge(9);
	result(next() == 0x71, "specially nested, the second chip interrupts itself");
	start();
	edge(6);
	vpic_write(&pic, 0x20, 0x0c);
	result(vpic_read(&pic, 0x20) == 0x86 && !next() && pic.chip[0].isr == 0x40,
	       "a poll acknowledges");
	vpic_write(&pic, 0x20, 0x0c);
	result(vpic_read(&pic, 0x21) == 0 && vpic_read(&pic, 0x21) == 0,
	       "a poll without a request says so, and is over");
	vpic_write(&pic, 0x20, 0x13);
	edge(0);
	result(!next(), "a chip that is being initialised asks for nothing");
	vpic_write(&pic, 0x21, 0x40);
	vpic_write(&pic, 0x21, 0x01);
	edge(0);
	result(next() == 0x40, "a single one has no word 3");
}

static void test_ports(void)
{
	static const uint16_t good[] = {0x20, 0x21, 0xa0, 0xa1, 0x4d0, 0x4d1};
	unsigned int n = 0;

	for (unsigned int port = 0; port < 0x10000; port++)
		n += vpic_has_port((uint16_t)port);
	for (unsigned int i = 0; i < 6; i++)
		n += vpic_has_port(good[i]);
	result(n == 12, "six ports are theirs");
}

static void test_random(void)
{
	static const uint16_t ports[] = {0x20, 0x21, 0xa0, 0xa1, 0x4d0, 0x4d1};
	unsigned int accepted = 0;
	bool good = true;

	srand(8259);
	vpic_reset(&pic);
	for (unsigned int step = 0; step < 2000000; step++) {
		switch (rand() % 5) {
		case 0: vpic_write(&pic, ports[rand() % 6], (uint8_t)rand()); break;
		case 1: (void)vpic_read(&pic, ports[rand() % 6]); break;
		case 2:
			vpic_write(&pic, rand() % 2 ? 0x20 : 0xa0, rand() % 2 ? 0x20 : 0x60);
			break;
		case 3: vpic_set_line(&pic, (unsigned int)rand() % 18, rand() % 2); break;
		default:
			if (!vpic_pending(&pic))
				break;
			accepted++;
			(void)vpic_accept(&pic);
			break;
		}
		for (unsigned int i = 0; i < 2; i++) {
			const struct vpic_chip *c = &pic.chip[i];

			good &= c->lowest < 8 && (c->expects == 0 || (c->expects >= 2 &&
								      c->expects <= 4));
			good &= !(c->base & 7) && !(c->elcr & (i ? 0x21 : 7));
			/* A level is a request, and a request of a level is one. */
			good &= (c->irr & c->elcr) == (c->lines & c->elcr);
		}
	}
	result(good && accepted > 10000, "two million random accesses lead to no impossible state");
}

int main(void)
{
	test_priorities();
	test_triggers();
	test_modes();
	test_ports();
	test_random();
	printf("1..%u\n", count);
	return failures != 0;
}
