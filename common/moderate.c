// SPDX-License-Identifier: GPL-2.0-only
/* When an event is sent: the window of an event index, and busy-polling. See moderate.h. */
#include "moderate.h"

/**
 * moderate_window() - how many entries an event shall tell of
 * @expected: entries that the consumer expects
 * @most: the largest window that its administrator allows; 0 and 1: each entry has its event
 *
 * Return: what is expected but for an eighth of it, one at least, from 1 to @most: the event index
 * is that much ahead of cons.
 */
uint32_t moderate_window(uint32_t expected, uint32_t most)
{
	uint32_t left = expected < 16 ? 1 : expected / 8;
	uint32_t window = expected > left ? expected - left : 1;

	if (window > most)
		window = most;
	return window ? window : 1;
}

/** busy_poll_armed() - the consumer has asked for an event, at @now_ns, and sleeps */
void busy_poll_armed(struct busy_poll *poll, uint64_t now_ns)
{
	poll->armed_ns = now_ns;
}

/** busy_poll_event() - the event came at @now_ns; @limit_ns: the longest look */
void busy_poll_event(struct busy_poll *poll, uint64_t now_ns, uint64_t limit_ns)
{
	poll->worth = now_ns - poll->armed_ns < limit_ns;
}

/**
 * busy_poll_goes_on() - shall the consumer look at its empty ring once more?
 * @poll: of the consumer
 * @begun_ns: when it found the ring empty
 * @now_ns: the time
 * @limit_ns: the longest look; 0: none
 *
 * A look that ends by the limit was in vain: the next empty ring is armed at once.
 */
bool busy_poll_goes_on(struct busy_poll *poll, uint64_t begun_ns, uint64_t now_ns,
		       uint64_t limit_ns)
{
	if (!poll->worth)
		return false;
	if (now_ns - begun_ns < limit_ns)
		return true;
	poll->worth = false;
	return false;
}
