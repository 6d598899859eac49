// SPDX-License-Identifier: GPL-2.0-only
/*
 * The window of an event index, and busy-polling (common/moderate.h), and a model of the window: a
 * consumer that moves its event index with each request, and a producer that answers in steps of
 * any size, on a ring whose memory is seen late. The last answer is always told of.
 */
/* sources: common/moderate.c */
#include <stdio.h>
#include <stdlib.h>

#include "common/moderate.h"
#include "common/ring.h"

static unsigned int number, failures;

static void result(bool good, const char *claim)
{
	printf("%sok %u - %s\n", good ? "" : "not ", ++number, claim);
	failures += !good;
}

static void test_window(void)
{
	uint32_t n;
	bool good = true;

	for (n = 0; n < 300; n++) {
		uint32_t w = moderate_window(n, 128);

		good &= w >= 1 && w <= 128 && (n < 2 || w < n);
	}
	result(good, "a window is less than what is expected, at least 1, at most the limit");
	result(moderate_window(2, 128) == 1 && moderate_window(3, 128) == 2 &&
		       moderate_window(32, 128) == 28 && moderate_window(300, 128) == 128,
	       "one and two entries are told of one by one, 32 by 28");
	result(moderate_window(32, 0) == 1 && moderate_window(32, 1) == 1,
	       "a limit of 0 or 1 gives each entry its event");
}

static void test_busy_poll(void)
{
	struct busy_poll poll = {0};

	result(!busy_poll_goes_on(&poll, 0, 0, 1000), "nothing is known: no look");
	busy_poll_armed(&poll, 5000);
	busy_poll_event(&poll, 6000, 1000);
	result(!busy_poll_goes_on(&poll, 6000, 6000, 1000), "the event was late: no look");
	busy_poll_event(&poll, 5999, 1000);
	result(busy_poll_goes_on(&poll, 7000, 7999, 1000), "the event was early: a look");
	result(!busy_poll_goes_on(&poll, 7000, 8000, 1000) &&
		       !busy_poll_goes_on(&poll, 9000, 9000, 1000),
	       "that ends by the limit, and no further look follows it");
	busy_poll_event(&poll, 5000, 0);
	result(!busy_poll_goes_on(&poll, 5000, 5000, 0), "a limit of 0: never");
}

/*
 * A frontend with up to 32 requests in flight; answers come in bunches, and requests are added
 * between. Only an event makes it look, as if it had no timer.
 */
static bool model(unsigned int seed, unsigned int total, unsigned int *events)
{
	struct ring_shared ring;
	uint32_t req_prod = 0, rsp_cons = 0, rsp_prod = 0, old, prod;
	bool event = false;

	srand(seed);
	ring_init(&ring);
	while (rsp_cons != total) {
		unsigned int add = (unsigned int)rand() % 8, answer = (unsigned int)rand() % 8;

		for (; add && req_prod != total && ring_free(rsp_cons, req_prod, 32); add--)
			req_prod++;
		prod = rsp_cons + moderate_window(ring_unconsumed(rsp_cons, req_prod), 128);
		if (!event && (int32_t)(prod - ring.rsp.event) > 0 && req_prod != rsp_cons)
			ring_set_event(&ring.rsp, prod);
		old = rsp_prod;
		for (; answer && rsp_prod != req_prod; answer--)
			rsp_prod++;
		if (rsp_prod != old && ring_push_notify(&ring.rsp, old, rsp_prod)) {
			event = true;
			++*events;
		}
		if (rsp_prod == req_prod && rsp_prod != rsp_cons && !event)
			return false; /* everything is answered, and nobody was told */
		if (!event || rand() % 2)
			continue;
		event = false;
		do {
			rsp_cons = ring_take(&ring.rsp);
			prod = moderate_window(ring_unconsumed(rsp_cons, req_prod), 128);
		} while (ring_final_check(&ring.rsp, rsp_cons + prod));
	}
	return true;
}

int main(void)
{
	unsigned int seed, events = 0;
	bool good = true;

	printf("1..10\n");
	test_window();
	test_busy_poll();
	for (seed = 1; seed <= 200 && good; seed++)
		good = model(seed, 1000, &events);
	result(good, "200 models of 1,000 requests: what is answered is told of");
	result(events < 200 * 1000 / 4, "with less than an event for four answers");
	return failures != 0;
}
