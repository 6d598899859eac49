// SPDX-License-Identifier: GPL-2.0-only
/*
 * What the thread waits for at the device: that everything is answered, or that there is room for
 * another range. While it waits it copies finished reads back to a guest whose pages are not
 * mapped.
 */
#include "blkback.h"

/**
 * blkq_copy_back() - deliver finished reads that need a grant copy
 * @q: the queue
 *
 * Process context; the caller is the thread, or who waits after the thread has ended.
 */
void blkq_copy_back(struct blkq *q)
{
	struct blkio *io;

	for (;;) {
		spin_lock_irq(&q->lock);
		io = list_first_entry_or_null(&q->flight.copyback, struct blkio, link);
		if (io)
			list_del(&io->link);
		spin_unlock_irq(&q->lock);
		if (!io)
			return;
		blkio_deliver(io);
	}
}

/*
 * Is that there which the thread waits for: nothing under way, or with @room half of the room for
 * ranges?
 */
static bool over_or_copyback(struct blkq *q, bool room, bool *over)
{
	bool ready;

	spin_lock_irq(&q->lock);
	*over = room ? atomic_read(&q->flight.ranges) <= BLKBACK_MAX_RANGES / 2 : !q->flight.nr;
	ready = *over || !list_empty(&q->flight.copyback);
	spin_unlock_irq(&q->lock);
	return ready;
}

/*
 * Wait until that is so. A device may hang: an idle wait. Before the thread sleeps here its plug is
 * flushed: see begin_round() in queue.c.
 */
static void wait_over(struct blkq *q, bool room)
{
	bool over;

	do {
		wait_event_idle(q->flight.drained, over_or_copyback(q, room, &over));
		blkq_copy_back(q);
	} while (!over);
}

/**
 * blkq_drain() - wait until every request that was taken is answered
 * @q: the queue; the caller is its thread, or who waits after the thread has ended
 *
 * Sleeps for as long as the device takes.
 */
void blkq_drain(struct blkq *q)
{
	wait_over(q, false);
}

/**
 * blkq_take_range() - room for one more bio of a discard, of zeroes or of an erase; the thread's
 * @q: its queue
 *
 * Waits while BLKBACK_MAX_RANGES are under way, and then until half of them are done, so that the
 * thread is not woken for each. Nothing is taken from the ring meanwhile: the guest finds it full.
 */
void blkq_take_range(struct blkq *q)
{
	if (atomic_read(&q->flight.ranges) >= BLKBACK_MAX_RANGES) {
		q->stats.oo_req++;
		wait_over(q, true);
	}
	atomic_inc(&q->flight.ranges);
}

/**
 * blkq_range_done() - such a bio has ended
 * @q: its queue
 *
 * Any context; before the bio's request is answered.
 */
void blkq_range_done(struct blkq *q)
{
	/* The thread adds none while it waits, so that they pass this number once, at least. */
	if (atomic_dec_return(&q->flight.ranges) == BLKBACK_MAX_RANGES / 2)
		wake_up(&q->flight.drained);
}
