// SPDX-License-Identifier: GPL-2.0-only
/* Busy-polling (common/moderate.h). */
/* sources: common/moderate.c */
#include <stdio.h>

#include "common/moderate.h"

static unsigned int number, failures;

static void result(bool good, const char *claim)
{
	printf("%sok %u - %s\n", good ? "" : "not ", ++number, claim);
	failures += !good;
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

int main(void)
{
	printf("1..5\n");
	test_busy_poll();
	return failures != 0;
}
