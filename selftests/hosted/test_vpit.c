/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The 8254 timer. Claim: counts, outputs and ticks are those of the data sheet at any time, whole
 * centuries included; what is latched stays until it is read; and no sequence of port accesses
 * makes a tick that never ends, or a state that is none.
 */
/* sources: hypervisor/hvm/vpit.c */
#include <stdio.h>
#include <stdlib.h>

#include <hv/hvm/vpit.h>

#define S	UINT64_C(1000000000)

static unsigned int failures, count;
static struct vpit pit;
static uint64_t now;

static void result(bool good, const char *claim)
{
	printf("%sok %u - %s\n", good ? "" : "not ", ++count, claim);
	failures += !good;
}

static bool out(uint16_t port, uint8_t value)
{
	return vpit_write(&pit, port, value, now);
}

static uint8_t in(uint16_t port)
{
	return vpit_read(&pit, port, now);
}

static unsigned int in_both(uint16_t port)
{
	unsigned int low = in(port);

	return low | (unsigned int)in(port) << 8;
}

/* The first ns of tick n after `from`. */
static uint64_t tick(uint64_t from, uint64_t n)
{
	return from + (n * S + VPIT_HZ - 1) / VPIT_HZ;
}

static bool set(unsigned int channel, unsigned int mode, uint16_t n)
{
	(void)out(0x43, (uint8_t)(channel << 6 | 0x30 | mode << 1));
	(void)out((uint16_t)(0x40 + channel), (uint8_t)n);
	return out((uint16_t)(0x40 + channel), (uint8_t)(n >> 8));
}

static void test_rate(void)
{
	vpit_reset(&pit);
	now = 5 * S;
	result(!vpit_deadline(&pit, now) && in(0x40) == 0, "until it is set it does not tick");
	result(set(0, 2, 11932) && vpit_deadline(&pit, now) == tick(5 * S, 11932),
	       "at a rate, it ticks when the count has gone by");
	now = tick(5 * S, 11932);
	result(vpit_deadline(&pit, now) == tick(5 * S, 2 * 11932) &&
		       vpit_output(&pit, 0, now) &&
		       !vpit_output(&pit, 0, tick(5 * S, 2 * 11932 - 1)),
	       "and again; the output is low for the last count");
	now = tick(5 * S, 100);
	result(in_both(0x40) == 11832, "the count is what is left");
	now = 200ull * 365 * 86400 * S;
	result(vpit_deadline(&pit, now) > now && vpit_deadline(&pit, now) - now <= S / 100 + 1000,
	       "after centuries still");
	now = 0;
	(void)set(0, 3, 0);
	result(vpit_deadline(&pit, 0) == tick(0, 65536) && vpit_output(&pit, 0, tick(0, 32767)) &&
		       !vpit_output(&pit, 0, tick(0, 32768)),
	       "a square wave of the longest period, half of it low");
	now = tick(0, 10);
	result(in_both(0x40) == 65536 - 20, "counts two at a time");
	(void)set(0, 2, 1);
	result(vpit_deadline(&pit, now) > now && pit.channel[0].count == 2,
	       "a period of 1 is none");
}

static void test_once(void)
{
	vpit_reset(&pit);
	now = 0;
	(void)out(0x43, 0x30);
	result(!out(0x41, 1) && out(0x40, 100) && !vpit_deadline(&pit, 0),
	       "the low byte alone does not count");
	result(out(0x40, 0) && vpit_deadline(&pit, 0) == tick(0, 100) && !vpit_output(&pit, 0, 0),
	       "a single count ends once");
	now = tick(0, 100);
	result(!vpit_deadline(&pit, now) && vpit_output(&pit, 0, now), "and stays ended");
	now = tick(0, 101);
	result(in_both(0x40) == 0xffff, "while the counter goes on below 0");
	now = 0;
	(void)set(0, 4, 50);
	result(vpit_deadline(&pit, 0) == tick(0, 51) && !vpit_output(&pit, 0, tick(0, 50)) &&
		       vpit_output(&pit, 0, tick(0, 51)),
	       "a strobe is low for one count");
}

static void test_latches(void)
{
	vpit_reset(&pit);
	now = 0;
	(void)set(0, 2, 1000);
	now = tick(0, 300);
	(void)out(0x43, 0x00);
	now = tick(0, 600);
	(void)out(0x43, 0x00);
	result(in_both(0x40) == 700 && in_both(0x40) == 400,
	       "a latched count stays until it is read");
	(void)out(0x43, 0xc2);
	result(in(0x40) == (0x80 | 0x34) && in_both(0x40) == 400,
	       "read back: the status, then the count");
	(void)out(0x43, 0xe4);
	result(in(0x41) == (0x40 | 0x30), "a channel that was never set says so");
	(void)out(0x43, 0x14);
	(void)out(0x40, 200);
	result(in(0x40) == 200 && in(0x40) == 200, "the low byte alone");
	(void)out(0x43, 0x24);
	(void)out(0x40, 2);
	result(in(0x40) == 2 && vpit_deadline(&pit, now) == tick(now, 512), "the high byte alone");
	(void)out(0x43, 0x31);
	(void)out(0x40, 0x34), (void)out(0x40, 0x12);
	uint64_t from = now;

	now = tick(from, 35);
	result(in_both(0x40) == 0x1199, "decimal counts");
	now = tick(from, 1235);
	result(in_both(0x40) == 0x9999, "which wrap at 9999");
	result(in(0x43) == 0xff, "the command cannot be read");
}

static void test_speaker(void)
{
	vpit_reset(&pit);
	now = 0;
	(void)set(2, 0, 1000);
	now = tick(0, 500);
	result(!(in(0x61) & 0x21) && in_both(0x42) == 1000,
	       "without its gate channel 2 stands still");
	(void)out(0x61, 3);
	uint64_t from = now;

	now = tick(from, 999);
	result((in(0x61) & 0x23) == 3 && in_both(0x42) == 1, "with it, it counts");
	now = tick(from, 1000);
	result((in(0x61) & 0x23) == 0x23, "to its end, which the port shows");
	(void)set(2, 0, 1000);
	from = now;
	now = tick(from, 400);
	(void)out(0x61, 0);
	now += S;
	(void)out(0x61, 1);
	result(in_both(0x42) >= 599 && in_both(0x42) <= 601, "held, it goes on where it was");
	uint8_t refresh = in(0x61) & 0x10;

	now += 15085;
	result((in(0x61) & 0x10) != refresh, "the refresh bit turns");
}

static void test_random(void)
{
	bool good = true;
	unsigned int ticks = 0;
	unsigned int ports = 0;

	for (unsigned int port = 0; port < 0x10000; port++)
		ports += vpit_has_port((uint16_t)port);
	srand(8254);
	vpit_reset(&pit);
	for (unsigned int step = 0; step < 1000000; step++) {
		uint16_t port = rand() % 6 ? (uint16_t)(0x40 + rand() % 4) : 0x61;
		uint64_t due;

		if (rand() % 2)
			(void)out(port, (uint8_t)rand());
		else
			(void)in(port);
		now += (uint64_t)rand() % (rand() % 100 ? 100000 : S * 1000);
		due = vpit_deadline(&pit, now);
		good &= !due || (due > now && due - now <= 60 * 1000000);
		ticks += due != 0;
		for (unsigned int i = 0; i < VPIT_CHANNELS; i++)
			good &= pit.channel[i].mode <= 5 && pit.channel[i].access >= 1 &&
				pit.channel[i].count <= 65536 && pit.channel[i].latched <= 2;
	}
	result(good && ticks > 1000 && ports == 5,
	       "a million random accesses, and the next tick is never past nor far");
}

int main(void)
{
	test_rate();
	test_once();
	test_latches();
	test_speaker();
	test_random();
	printf("1..%u\n", count);
	return failures != 0;
}
