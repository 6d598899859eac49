// SPDX-License-Identifier: GPL-2.0-only
/*
 * When the connection comes and goes: whether requests may go into the rings, and what becomes of
 * those that are there when the backend is replaced (sent again) or gone (failed).
 *
 * The caller holds struct blkfront's lock.
 */
#include "blkfront.h"

static void set_running(struct blkfront *front, bool running)
{
	unsigned long flags;
	unsigned int i;

	for (i = 0; i < front->nr_queues; i++) {
		struct frontq *q = &front->queues[i];

		spin_lock_irqsave(&q->lock, flags);
		q->running = running;
		spin_unlock_irqrestore(&q->lock, flags);
	}
}

/**
 * blkfront_run() - let requests into the rings
 * @front: connected
 *
 * Takes the queues' locks.
 */
void blkfront_run(struct blkfront *front)
{
	set_running(front, true);
}

/**
 * blkfront_pause() - let no request into the rings
 * @front: connected or not
 *
 * Those that come wait, or fail if the disk is dead. Answers that come are not looked at. Takes the
 * queues' locks.
 */
void blkfront_pause(struct blkfront *front)
{
	set_running(front, false);
}

/**
 * blkfront_park() - let requests wait, in the disk's queue, until blkfront_unpark()
 * @front: paused, with its disk; the caller holds its lock
 *
 * May sleep, but waits for no request. When it returns none is on its way into the ring or looks at
 * what the backend can do: ring, pool and features may change.
 */
void blkfront_park(struct blkfront *front)
{
	if (front->parked)
		return;
	front->parked = true;
	blk_mq_quiesce_queue(front->disk->queue);
}

/**
 * blkfront_unpark() - the reverse; safe if it is not parked
 * @front: the vbd; the caller holds its lock
 */
void blkfront_unpark(struct blkfront *front)
{
	if (!front->parked)
		return;
	front->parked = false;
	blk_mq_unquiesce_queue(front->disk->queue);
}

static bool requeue_one(struct request *rq, void *data)
{
	struct frontreq *fr = blk_mq_rq_to_pdu(rq);

	if (!fr->busy)
		return true;
	fr->busy = false;
	fr->nr_runs = 0; /* the pool that they were of is gone */
	blk_mq_requeue_request(rq, true);
	return true;
}

/**
 * blkfront_replay() - send again, when the queues run again, what was not answered
 * @front: the vbd, with its disk
 *
 * May sleep. The caller has parked the queue and unbound its interrupts. A write that was done
 * already is done twice, with the same data.
 */
void blkfront_replay(struct blkfront *front)
{
	blk_mq_tagset_busy_iter(&front->tags, requeue_one, NULL);
}

static bool fail_one(struct request *rq, void *data)
{
	struct frontreq *fr = blk_mq_rq_to_pdu(rq);

	if (!fr->busy)
		return true;
	fr->busy = false;
	fr->status = BLK_STS_IOERR;
	blk_mq_complete_request(rq);
	return true;
}

/**
 * blkfront_fail_all() - fail what is in the rings
 * @front: dead, paused, its interrupts unbound
 *
 * May sleep; waits for no request. What is not in the rings fails when it wants to go there.
 */
void blkfront_fail_all(struct blkfront *front)
{
	if (front->disk)
		blk_mq_tagset_busy_iter(&front->tags, fail_one, NULL);
}
