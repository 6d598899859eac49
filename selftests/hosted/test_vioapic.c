/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The I/O APIC. Claim: an edge is sent once, a level until it goes and never twice before its end;
 * a mask holds levels back and loses edges; the registers are the data sheet's; and a random
 * sequence of accesses sends what a model of single inputs sends.
 */
/* sources: hypervisor/hvm/vioapic.c */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <hv/hvm/vioapic.h>

static unsigned int failures, count, sent;
static struct vioapic_message last;
static struct vioapic apic;

static void result(bool good, const char *claim)
{
	printf("%sok %u - %s\n", good ? "" : "not ", ++count, claim);
	failures += !good;
}

static void on_send(void *data, const struct vioapic_message *m)
{
	(void)data;
	sent++;
	last = *m;
}

static void start(void)
{
	memset(&apic, 0xff, sizeof(apic));
	apic.send = on_send;
	apic.data = NULL;
	vioapic_reset(&apic);
	sent = 0;
}

static uint32_t get(uint8_t nr)
{
	vioapic_write(&apic, 0, nr);
	return vioapic_read(&apic, 0x10);
}

static void put(uint8_t nr, uint32_t value)
{
	vioapic_write(&apic, 0, nr);
	vioapic_write(&apic, 0x10, value);
}

/* How often the line going up, and down, is a message. */
static unsigned int pulse(unsigned int nr)
{
	unsigned int before = sent;

	vioapic_set_line(&apic, nr, true);
	vioapic_set_line(&apic, nr, false);
	return sent - before;
}

static void test_registers(void)
{
	start();
	result(get(0) == 0 && get(1) == 0x2f0011 && get(0x10) == 0x10000 && get(0x11) == 0 &&
		       get(0x6f) == 0 && get(0x6e) == 0x10000,
	       "after a reset 48 inputs are masked");
	put(0, ~0u), put(1, ~0u);
	result(get(0) == 0x0f000000 && get(2) == 0x0f000000 && get(1) == 0x2f0011,
	       "the number can be written, the version cannot");
	put(0x20, ~0u), put(0x21, ~0u);
	result(get(0x20) == 0x1afff && get(0x21) == 0xff000000,
	       "entries have their bits and no more");
	put(0x70, ~0u), put(0xff, ~0u), put(5, ~0u);
	result(get(0x70) == 0 && get(0xff) == 0 && get(5) == 0 && vioapic_read(&apic, 0x20) == 0,
	       "what is no register reads 0");
	vioapic_write(&apic, 0, 0x123);
	result(vioapic_read(&apic, 0) == 0x23, "the selection has eight bits");
}

static void test_edges(void)
{
	start();
	result(!pulse(4), "a masked edge is lost");
	put(0x18, 0x0931), put(0x19, 0x05000000);
	result(!sent && pulse(4) == 1 && last.vector == 0x31 && last.delivery == 1 &&
		       last.dest == 5 && last.logical && !last.level,
	       "an edge is the message that the entry says, and unmasking repeats none");
	vioapic_set_line(&apic, 4, true), vioapic_set_line(&apic, 4, true);
	result(sent == 2 && !(get(0x18) & 0x4000), "a line that stays is one edge");
	vioapic_set_line(&apic, 48, true), vioapic_set_line(&apic, ~0u, true);
	result(sent == 2 && apic.lines == 0x10, "there is no input 48");
}

static void test_levels(void)
{
	start();
	vioapic_set_line(&apic, 20, true);
	put(0x38, 0x8041);
	result(sent == 1 && last.level && last.vector == 0x41 && (get(0x38) & 0x4000) &&
		       vioapic_wants_end(&apic, 0x41) && !vioapic_wants_end(&apic, 0x42),
	       "a level that waited behind the mask is sent, and is under way");
	vioapic_set_line(&apic, 20, false), vioapic_set_line(&apic, 20, true);
	put(0x38, 0x8041 | 0x4000);
	result(sent == 1, "not again before its end");
	vioapic_end(&apic, 0x42);
	result(sent == 1, "which is that of its vector");
	vioapic_end(&apic, 0x41);
	result(sent == 2 && (get(0x38) & 0x4000), "then again, while it is there");
	vioapic_set_line(&apic, 20, false);
	vioapic_end(&apic, 0x41);
	result(sent == 2 && !(get(0x38) & 0x4000), "and no more when it is gone");
	vioapic_set_line(&apic, 20, true);
	put(0x38, 0x18041);
	vioapic_end(&apic, 0x41);
	result(sent == 3, "a mask holds it back");
	put(0x38, 0x8041);
	result(sent == 4, "until it is taken away");
	put(0x38, 0x41);
	result(!(get(0x38) & 0x4000), "as an edge it waits for no end");
}

/* Each input by itself: its entry's halves, its line, whether it is under way. */
static void test_random(void)
{
	static uint64_t entry[48];
	static bool line[48], busy[48];
	unsigned int expected = 0;
	bool good = true;

	start();
	for (unsigned int i = 0; i < 48; i++)
		entry[i] = 0x10000;
	memset(line, 0, sizeof(line)), memset(busy, 0, sizeof(busy));
	srand(82093);
	for (unsigned int step = 0; step < 1000000 && good; step++) {
		unsigned int nr = (unsigned int)rand() % 48;
		uint8_t vector = (uint8_t)(rand() % 6);
		uint32_t value = ((uint32_t)rand() & 0x1bf00) | vector;
		bool edge = false;

		switch (rand() % 3) {
		case 0:
			edge = !line[nr];
			line[nr] = rand() % 2;
			edge &= line[nr] && !(entry[nr] & 0x18000);
			vioapic_set_line(&apic, nr, line[nr]);
			break;
		case 1:
			put((uint8_t)(0x10 + 2 * nr), value);
			entry[nr] = value & 0x1afff;
			busy[nr] &= (entry[nr] & 0x8000) != 0;
			break;
		default:
			vioapic_end(&apic, vector);
			for (unsigned int i = 0; i < 48; i++)
				if ((uint8_t)entry[i] == vector)
					busy[i] = false;
			break;
		}
		expected += edge;
		for (unsigned int i = 0; i < 48; i++)
			if ((entry[i] & 0x18000) == 0x8000 && line[i] && !busy[i]) {
				busy[i] = true;
				expected++;
			}
		good &= sent == expected;
		good &= get((uint8_t)(0x10 + 2 * nr)) == (entry[nr] | (busy[nr] ? 0x4000 : 0));
	}
	result(good && sent > 1000, "a million random steps send what the model sends");
}

int main(void)
{
	test_registers();
	test_edges();
	test_levels();
	test_random();
	printf("1..%u\n", count);
	return failures != 0;
}
