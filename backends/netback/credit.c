// SPDX-License-Identifier: GPL-2.0-only
/*
 * The rate limit of a vif (rate= in its configuration): so many bytes in a window of so many
 * microseconds, for what the guest sends, all its queues together. A queue that finds no credit
 * leaves its packets in the ring; the timer starts the queues again with the next window. Without
 * a limit nothing here takes a lock.
 */
#include <linux/ktime.h>
#include <linux/timer.h>

#include "netback.h"

#define CREDIT_BURST_MIN \
	131072 /* bytes: two of the largest packets; a small window lets them through, too */

/* @bytes a window of @usec; 0 for either: no limit. Process context, queues stopped or running. */
void credit_set(struct vif *vif, u64 bytes, u32 usec)
{
	spin_lock_bh(&vif->credit_lock);
	WRITE_ONCE(vif->credit_usec, bytes ? usec : 0);
	vif->credit_bytes = bytes;
	vif->credit_left = max_t(u64, bytes, CREDIT_BURST_MIN);
	vif->credit_start = ktime_get_ns();
	spin_unlock_bh(&vif->credit_lock);
}

/* Windows that have passed bring their bytes, up to a burst. */
static void credit_refill(struct vif *vif, u64 now)
{
	u64 window = (u64)vif->credit_usec * NSEC_PER_USEC, passed = now - vif->credit_start;
	u64 burst = max_t(u64, vif->credit_bytes, CREDIT_BURST_MIN), windows;

	if (passed < window)
		return;
	windows = div64_u64(passed, window);
	vif->credit_start += windows * window;
	windows = min_t(u64, windows, 1 + div64_u64(burst, vif->credit_bytes));
	vif->credit_left = min(burst, vif->credit_left + windows * vif->credit_bytes);
}

/* May @bytes be sent now? If not, the queues are polled again when they may. BH context. */
bool credit_take(struct vif *vif, unsigned int bytes)
{
	bool granted;

	if (!READ_ONCE(vif->credit_usec))
		return true;
	spin_lock(&vif->credit_lock);
	if (vif->credit_usec)
		credit_refill(vif, ktime_get_ns());
	granted = !vif->credit_usec || vif->credit_left >= bytes;
	if (!vif->credit_usec)
		;
	else if (granted)
		vif->credit_left -= bytes;
	else if (!timer_pending(&vif->credit_timer))
		mod_timer(&vif->credit_timer,
			  jiffies + max(usecs_to_jiffies(vif->credit_usec), 1UL));
	spin_unlock(&vif->credit_lock);
	return granted;
}

void credit_timeout(struct timer_list *timer)
{
	struct vif *vif = container_of(timer, struct vif, credit_timer);
	unsigned int i;

	/* The queues exist: vif_disconnect ends this timer before it frees them. */
	for (i = 0; i < vif->nr_queues; i++)
		napi_schedule(&vif->queue[i]->ev.napi);
}
