// SPDX-License-Identifier: GPL-2.0-only
/* When an event is sent: busy-polling. See moderate.h. */
#include "moderate.h"

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
