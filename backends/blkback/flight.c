// SPDX-License-Identifier: GPL-2.0-only
/*
 * Requests in flight: taken from the ring, not answered yet; and their answers into the ring.
 *
 * Lock: struct blkq's, in any context. answers.c decides when answers are published and when the
 * frontend is sent an event.
 */
#include "blkback.h"

#include <linux/sched.h>
#include <xen/events.h>

/* Publish what was answered, and send the event that is due. The caller holds the lock. */
static void publish(struct blkq *q)
{
	if (!answers_publish(&q->answers, q->ring.shared))
		return;
	q->stats.notifies++;
	notify_remote_via_irq(q->ring.irq);
}

/**
 * blkq_set_pace() - the thread does something else from here: publish what was answered
 * @q: its queue
 * @pace: what it does; ANSWERS_ASLEEP also where it only may sleep
 *
 * Any context. Takes the queue's lock.
 */
void blkq_set_pace(struct blkq *q, enum answers_pace pace)
{
	unsigned long flags;

	spin_lock_irqsave(&q->lock, flags);
	q->answers.pace = pace;
	publish(q);
	spin_unlock_irqrestore(&q->lock, flags);
}

static void note_latency(struct blkq *q, const struct blkio *io, u64 now)
{
	unsigned int kind = io->what == BLK_DO_READ  ? BLKQ_READ :
			    io->what == BLK_DO_WRITE ? BLKQ_WRITE :
						       BLKQ_OTHER;
	u64 us = div_u64(now - io->begun, NSEC_PER_USEC);

	q->stats.latency[kind][min_t(unsigned int, fls64(us), BLKQ_BUCKETS - 1)]++;
}

/**
 * blkq_answer() - put a response into the ring
 * @q: the queue
 * @io: the request's state, given back; NULL when it never had any
 * @id: of the request
 * @operation: of the request, as the answer repeats it
 * @status: BLK_RSP_*
 *
 * Any context; takes the queue's lock. There is a slot for every request that was taken, so this
 * cannot fail.
 */
void blkq_answer(struct blkq *q, struct blkio *io, u64 id, u8 operation, int status)
{
	struct blk_response response;
	u8 bytes[sizeof(response)];
	u64 now = ktime_get_ns();
	unsigned long flags;
	unsigned int length;

	memset(&response, 0, sizeof(response)); /* the padding reaches the guest (XSA-216) */
	response.id = id;
	response.operation = operation;
	response.status = status;
	length = blk_encode_response(bytes, &response, q->ring.abi32);

	spin_lock_irqsave(&q->lock, flags);
	memcpy(blkq_slot(q, q->answers.prod++), bytes, length);
	if (io) {
		note_latency(q, io, now);
		list_add(&io->link, &q->flight.free);
		list_del(&io->under_way);
		if (!--q->flight.nr)
			wake_up(&q->flight.drained);
	}
	if (!answers_wait(&q->answers, in_task() && current == q->thread.task,
			  status != BLK_RSP_OKAY))
		publish(q);
	spin_unlock_irqrestore(&q->lock, flags);
}

/**
 * blkq_take_io() - state for a request that was taken from the ring
 * @q: the queue; the caller is its thread
 *
 * Takes the queue's lock. Return: never NULL: there is one for each slot of the ring.
 */
struct blkio *blkq_take_io(struct blkq *q)
{
	struct blkio *io;

	spin_lock_irq(&q->lock);
	io = list_first_entry(&q->flight.free, struct blkio, link);
	list_del(&io->link);
	q->flight.nr++;
	io->number = ++q->flight.taken;
	list_add_tail(&io->under_way, &q->flight.under_way);
	spin_unlock_irq(&q->lock);
	atomic_set(&io->parts, 1);
	io->begun = q->thread.round;
	io->status = BLK_RSP_OKAY;
	return io;
}
