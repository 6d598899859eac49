/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * blkback's held events against a model of a guest: it keeps a number of requests under way, needs
 * a while for each, sleeps when it has no more to send, and a while after an event it takes what is
 * answered. Time goes by microseconds; the device is infinitely fast.
 */
/* sources: backends/blkback/hold.c */
#include <stdio.h>

#include "../../backends/blkback/hold.h"

static unsigned int number, failures;

static void result(bool good, const char *claim)
{
	printf("%sok %u - %s\n", good ? "" : "not ", ++number, claim);
	failures += !good;
}

struct guest {
	unsigned int depth, gap_us, wake_us;
	unsigned int pause_every, pause_us; /* its CPU is somebody else's for so long, once in so many requests */
	unsigned int handle_us; /* what it does with an event, before it goes on */
};

struct outcome {
	unsigned int requests, events;
};

struct model {
	struct hold hold;
	unsigned int sent, pushed, told, taken; /* requests sent; answers published, told of, taken */
	unsigned int held_sent;
	uint64_t now, held_since, last, next, wake; /* us; 0: the guest does not wait for it */
	struct outcome out;
};

static uint32_t prng(void)
{
	static uint32_t state = 1;

	state ^= state << 13;
	state ^= state >> 17;
	return state ^= state << 5;
}

static void look(struct model *m, const struct guest *g, uint64_t silent_us)
{
	if (m->told == m->pushed || !hold_over(&m->hold, m->pushed - m->told, silent_us * 1000,
					       (m->now - m->held_since) * 1000))
		return;
	hold_sent(&m->hold, m->pushed - m->told, m->sent - m->held_sent);
	m->told = m->pushed;
	m->out.events++;
	if (!m->wake)
		m->wake = m->now + g->wake_us;
}

static void backend(struct model *m, const struct guest *g)
{
	if (m->pushed == m->sent) {
		look(m, g, m->now - m->last);
		return;
	}
	if (m->told != m->pushed)
		hold_gap(&m->hold, (m->now - m->last) * 1000);
	else
		hold_turn(&m->hold, (m->now - m->last) * 1000), m->held_since = m->now, m->held_sent = m->sent;
	m->pushed = m->sent;
	m->last = m->now;
	look(m, g, 0);
}

static struct outcome run(struct model *m, const struct guest *g, uint64_t us)
{
	uint64_t end = m->now + us;

	m->out = (struct outcome){0, 0};
	for (; m->now < end; m->now++) {
		if (m->wake && m->now >= m->wake) {
			m->taken = m->pushed;
			m->wake = 0;
			m->next = (m->next > m->now ? m->next : m->now + g->gap_us) + g->handle_us;
		}
		if (m->sent - m->taken < g->depth && m->now >= m->next) {
			m->sent++;
			m->out.requests++;
			m->next = m->now + g->gap_us;
			if (g->pause_every && prng() % g->pause_every == 0)
				m->next += g->pause_us;
		}
		backend(m, g);
	}
	return m->out;
}

/* So long took each wake-up lately. */
static void wake_ups(struct model *m, uint64_t ns)
{
	for (unsigned int i = 0; i < 64; i++)
		hold_woken(&m->hold, ns);
}

static double ratio(struct outcome out)
{
	return (double)out.events / out.requests;
}

/* A slow machine, and one whose guest has its CPU taken away before it has sent all that it could. */
static void held_up(void)
{
	const struct guest stolen = {32, 1000, 400, 12, 6000, 500}, shallow = {8, 1000, 400, 12, 6000, 500}, steady = {32, 1000, 400, 0, 0, 500};
	struct model m = {.held_since = 0};
	struct outcome slow;

	hold_init(&m.hold);
	wake_ups(&m, 200000);
	run(&m, &steady, 1000000);
	slow = run(&m, &steady, 8000000);
	printf("# steady: %u requests, %u events\n", slow.requests, slow.events);
	result(ratio(slow) < 0.035, "the limit of a trial's time does not hide how deep a slow guest is");
	run(&m, &stolen, 1000000);
	slow = run(&m, &stolen, 20000000);
	printf("# and with its CPU gone for 6 ms once in 12 requests: %u requests, %u events\n", slow.requests, slow.events);
	result(ratio(slow) < 0.11 && slow.requests > 12600, "a guest that is held up again and again before it has sent all: an event for nine, and no slower");
	run(&m, &shallow, 1000000);
	slow = run(&m, &shallow, 20000000);
	printf("# the same with 8 under way: %u requests, %u events\n", slow.requests, slow.events);
	result(slow.requests > 12300, "and is not waited for with more than it has");
}

/* How many events it takes until the depth of a guest of 64 is known. */
static unsigned int events_to_find(void)
{
	const struct guest deep = {64, 20, 60, 0, 0, 0};
	struct model m = {.held_since = 0};
	unsigned int events = 0;

	hold_init(&m.hold);
	while (m.hold.depth != 64 && events < 1000)
		events += run(&m, &deep, 100).events;
	return events;
}

int main(void)
{
	struct model m = {.held_since = 0};
	struct outcome one, deep, four, fast, slow, old;
	const struct guest emulated = {32, 500, 400, 0, 0, 0}, slower = {32, 2000, 500, 0, 0, 0};
	const struct guest single = {1, 20, 60, 0, 0, 0}, many = {32, 20, 60, 0, 0, 0}, few = {4, 20, 60, 0, 0, 0};
	const struct guest quick = {64, 2, 10, 0, 0, 0}, shared = {32, 20, 60, 40, 2000, 0}, often = {32, 20, 60, 10, 500, 0};
	const struct guest bursts = {1, 20, 60, 16, 3000, 0}, uneven = {32, 900, 300, 24, 4000, 2500};

	hold_init(&m.hold);
	run(&m, &many, 100000);
	deep = run(&m, &many, 1000000);
	printf("# depth 32: %u requests, %u events\n", deep.requests, deep.events);
	result(ratio(deep) < 0.05, "32 requests under way: less than one event for 20 requests");
	result(deep.requests > 0.95 * 32 * 1000000 / (32 * 20 + 60), "and it costs less than 5 % of the time");

	result(events_to_find() <= 16, "that there are 64 is known after 16 events");
	run(&m, &single, 100000);
	one = run(&m, &single, 1000000);
	printf("# depth 1: %u requests, %u events\n", one.requests, one.events);
	result(one.requests > 0.95 * 1000000 / 80, "one at a time: told at once, less than 5 % slower than without");

	run(&m, &many, 100000);
	old = deep;
	deep = run(&m, &many, 1000000);
	printf("# depth 32 again: %u requests, %u events\n", deep.requests, deep.events);
	result(ratio(deep) < 0.05 && deep.requests > 0.98 * old.requests, "and back: a deeper queue is found out");

	run(&m, &few, 100000);
	four = run(&m, &few, 1000000);
	printf("# depth 4: %u requests, %u events\n", four.requests, four.events);
	result(ratio(four) < 0.3 && four.requests > 0.9 * 4 * 1000000 / (4 * 20 + 60), "4 under way: an event for 4");

	run(&m, &quick, 100000);
	fast = run(&m, &quick, 1000000);
	printf("# depth 64, fast: %u requests, %u events\n", fast.requests, fast.events);
	result(ratio(fast) < 0.03 && fast.requests > 0.9 * 64 * 1000000 / (64 * 2 + 10), "a fast guest, 64 under way");

	run(&m, &shared, 100000);
	deep = run(&m, &shared, 4000000);
	printf("# depth 32, a shared CPU: %u requests, %u events\n", deep.requests, deep.events);
	result(ratio(deep) < 0.08, "a guest that stops for 2 ms once in 40 requests: little more than two events for 32");
	run(&m, &often, 100000);
	deep = run(&m, &often, 4000000);
	printf("# depth 32, a much shared CPU: %u requests, %u events\n", deep.requests, deep.events);
	result(ratio(deep) < 0.25, "for 500 us once in 10: an event for four at least");
	run(&m, &single, 100000);
	one = run(&m, &single, 1000000);
	printf("# depth 1 after it: %u requests, %u events\n", one.requests, one.events);
	result(one.requests > 0.95 * 1000000 / 80, "and one at a time is as fast as before");

	m.hold.skip = 0, m.hold.doubts = 2, m.hold.depth = m.hold.burst = 4, m.hold.window_ns = HOLD_WINDOW_MAX * HOLD_UNIT;
	one = run(&m, &single, 1000000);
	result(one.requests > 0.95 * 1000000 / 80, "also after a guest that was slow with four");
	m.hold.skip = m.hold.backoff = 128;
	m.now += 20000;
	run(&m, &single, 1000);
	deep = run(&m, &many, 20000);
	printf("# depth 32 after 20 ms of nothing: %u requests, %u events\n", deep.requests, deep.events);
	result(ratio(deep) < 0.09, "who comes after a pause is not taken for the one before it");
	run(&m, &bursts, 100000);
	one = run(&m, &bursts, 4000000);
	printf("# depth 1 with pauses: %u requests, %u events\n", one.requests, one.events);
	result(one.requests > 0.96 * 4000000 / (80 + 3000 / 16), "one at a time with pauses between is 4 % slower at most");

	hold_init(&m.hold);
	slow = run(&m, &slower, 4000000);
	result(ratio(slow) > 0.3, "where the machine is slow and nobody has said so, most answers are told of at once");
	wake_ups(&m, 150000);
	run(&m, &emulated, 1000000);
	slow = run(&m, &emulated, 2000000);
	printf("# a slow machine, depth 32: %u requests, %u events\n", slow.requests, slow.events);
	result(ratio(slow) < 0.1 && slow.requests > 0.9 * 32 * 2000000 / (32 * 500 + 400),
	       "where waking takes 150 us, they are held for as long as that takes");
	wake_ups(&m, UINT64_MAX);
	result(m.hold.unit_ns == HOLD_UNIT_MAX, "a wake-up that took for ever counts as a slow one");
	run(&m, &slower, 1000000);
	slow = run(&m, &slower, 4000000);
	printf("# two milliseconds from one request to the next: %u requests, %u events\n", slow.requests, slow.events);
	result(ratio(slow) < 0.05 && slow.requests > 0.9 * 32 * 4000000 / (32 * 2000 + 500), "and so is a guest that needs ten times that for a request");
	run(&m, &uneven, 1000000);
	slow = run(&m, &uneven, 8000000);
	printf("# and that is uneven, and has much to do with an event: %u requests, %u events\n", slow.requests, slow.events);
	result(ratio(slow) < 0.1, "a guest that takes long for an event is not taken for a silent one");
	held_up();
	wake_ups(&m, 0);
	result(m.hold.unit_ns == HOLD_UNIT_MIN, "and one in no time as a fast one");
	result(hold_over(&m.hold, 1, 0, HOLD_MAX * HOLD_UNIT_MIN), "no event is held for more than 500 of them");
	printf("1..%u\n", number);
	return failures != 0;
}
