// SPDX-License-Identifier: GPL-2.0-only
/*
 * The rate limit of a vif (rate= in its configuration): so many bytes in a window of so many
 * microseconds, for what the guest sends and as much again for what is sent to it, all its queues
 * together. A queue that finds no credit leaves its packets where they are, in the ring or in
 * rx.parked; the timer starts the queues again with the next window. Without a limit nothing here
 * takes a lock.
 */
#include "netback.h"

#include <linux/ktime.h>
#include <linux/timer.h>

#define CREDIT_BURST_MIN \
	131072 /* bytes: two of the largest packets; a small window lets them through, too */

static void credit_set_one(struct credit *c, u64 bytes, u32 usec)
{
	spin_lock_bh(&c->lock);
	WRITE_ONCE(c->usec, bytes ? usec : 0);
	c->bytes = bytes;
	c->left = max_t(u64, bytes, CREDIT_BURST_MIN);
	c->start = ktime_get_ns();
	spin_unlock_bh(&c->lock);
}

/**
 * credit_set() - set both directions' limit
 * @vif: the device; its queues may run
 * @bytes: of a window; 0: no limit
 * @usec: a window's length, microseconds; 0: no limit
 *
 * Context: process.
 */
void credit_set(struct vif *vif, u64 bytes, u32 usec)
{
	credit_set_one(&vif->credit_tx, bytes, usec);
	credit_set_one(&vif->credit_rx, bytes, usec);
}

/* Windows that have passed bring their bytes, up to a burst. */
static void credit_refill(struct credit *c, u64 now)
{
	u64 window = (u64)c->usec * NSEC_PER_USEC, passed = now - c->start;
	u64 burst = max_t(u64, c->bytes, CREDIT_BURST_MIN), windows;

	if (passed < window)
		return;
	windows = div64_u64(passed, window);
	c->start += windows * window;
	windows = min_t(u64, windows, 1 + div64_u64(burst, c->bytes));
	c->left = min(burst, c->left + windows * c->bytes);
}

/**
 * credit_take() - may a packet be sent now?
 * @vif: the device
 * @c: its direction's limit
 * @bytes: of the packet
 *
 * Return: true, and the credit is used; or false, and the timer polls the queues again with the
 * next window.
 *
 * Context: BH; takes credit.lock.
 */
bool credit_take(struct vif *vif, struct credit *c, unsigned int bytes)
{
	bool granted;

	if (!READ_ONCE(c->usec))
		return true;
	spin_lock(&c->lock);
	if (c->usec)
		credit_refill(c, ktime_get_ns());
	granted = !c->usec || c->left >= bytes;
	if (!c->usec)
		;
	else if (granted)
		c->left -= bytes;
	else if (!timer_pending(&vif->credit_timer))
		mod_timer(&vif->credit_timer, jiffies + max(usecs_to_jiffies(c->usec), 1UL));
	spin_unlock(&c->lock);
	return granted;
}

/**
 * credit_timeout() - the next window begins: poll all queues
 * @timer: vif.credit_timer
 *
 * Context: softirq.
 */
void credit_timeout(struct timer_list *timer)
{
	struct vif *vif = container_of(timer, struct vif, credit_timer);
	unsigned int i;

	/* The queues exist: vif_disconnect ends this timer before it frees them. */
	for (i = 0; i < vif->queues.nr; i++)
		napi_schedule(&vif->queues.queue[i]->ev.napi);
}
