// SPDX-License-Identifier: GPL-2.0-only
/*
 * A ring and the thread that serves it. The thread takes all that is there, answers what is done in
 * one go, looks at the ring for a short while longer, and only then asks for an event and sleeps.
 * As long as it is at it, neither side sends events.
 *
 * The event's end-of-interrupt is sent when the thread goes to sleep: a frontend that fires events
 * at a high rate is heard once a round (XSA-332, XSA-391's twin).
 */
#include "blkback.h"

#include <linux/kthread.h>
#include <linux/module.h>
#include <linux/sched/mm.h>
#include <linux/sched/signal.h>
#include <linux/slab.h>
#include <xen/events.h>

#define IDLE_LOOK   (5 * HZ) /* how often an idle queue looks at the device's size */
#define BUSY_LOOK   HZ	    /* and a busy one; and at its persistent grants, at most */
#define POLL_US_MAX 10000u

static unsigned int poll_us = 1000;
module_param(poll_us, uint, 0644);
MODULE_PARM_DESC(poll_us, "how long a queue looks at its empty ring, at least (us; 0: never)");

/* ---- once a second ---- */

static void look_at_size(struct blkq *q)
{
	struct blkback *back = q->back;
	u64 sectors = backing_sectors(&back->backing);

	/* In this order: see serve(). */
	if (!q->index && !blkback_gone(back) && sectors != READ_ONCE(back->announced))
		schedule_work(&back->resize);
}

/* Once a second, whatever the load: grants that are idle go, and the device may have grown. */
static void look_around(struct blkq *q)
{
	if (time_before(jiffies, q->thread.looked + BUSY_LOOK))
		return;
	q->thread.looked = jiffies;
	while (q->data.grants.lru.nr && blkq_let_grants_go(q, false))
		cond_resched();
	look_at_size(q);
}

/* ---- taking requests ---- */

/*
 * The block layer calls this when the thread's plug is flushed: when the round ends, or when the
 * thread is about to sleep over a request, be it for memory, for room in the device or in
 * wait_over(). That may be for long, so the rest of the round is as if the thread slept.
 */
static void unplugged(struct blk_plug_cb *cb, bool from_schedule)
{
	if (from_schedule)
		blkq_set_pace(cb->data, ANSWERS_ASLEEP);
	kfree(cb);
}

/* A round begins, with its plug. Without memory for the callback it is as if the thread slept. */
static void begin_round(struct blkq *q)
{
	if (blk_check_plugged(unplugged, q, sizeof(struct blk_plug_cb)))
		blkq_set_pace(q, ANSWERS_ROUND);
	else
		blkq_set_pace(q, ANSWERS_ASLEEP);
}

static void lose(struct blkq *q, u32 prod)
{
	struct xenbus_device *dev = q->back->dev;

	q->thread.broken = true;
	dev_err(&dev->dev,
		"domain %d: queue %u: request producer %u is impossible (taken %u, answered %u): "
		"the device is closed; detach it and attach it again\n",
		dev->otherend_id, q->index, prod, q->ring.req_cons, q->answers.prod);
	schedule_work(&q->back->lost);
}

/* Take what is there. How many requests were taken. */
static unsigned int serve(struct blkq *q)
{
	union blk_request request;
	struct blk_plug plug;
	unsigned int taken = 0;
	u32 prod;

	if (q->thread.broken || READ_ONCE(q->thread.halted))
		return 0;
	prod = ring_take(&q->ring.shared->req);
	if (prod == q->ring.req_cons)
		return 0;
	if (ring_overflow(READ_ONCE(q->answers.prod), prod, q->ring.slots) ||
	    ring_overflow(q->ring.req_cons, prod, q->ring.slots)) {
		lose(q, prod);
		return 0;
	}
	q->thread.round = ktime_get_ns(); /* one look at the clock for all that is there */
	look_around(q);
	/* In this order: a device that goes has no sectors any more. */
	q->data.rules.capacity = backing_sectors(&q->back->backing);
	q->thread.gone = blkback_gone(q->back);
	blk_start_plug(&plug);
	begin_round(q);
	while (q->ring.req_cons != prod && !READ_ONCE(q->thread.halted)) {
		blk_copy_slot(&request, blkq_slot(q, q->ring.req_cons), q->ring.abi32);
		q->ring.req_cons++;
		blkio_begin(q, &request);
		taken++;
		cond_resched();
	}
	/* First: a driver below may sleep when the plug is flushed. */
	blkq_set_pace(q, ANSWERS_AWAKE);
	blk_finish_plug(&plug);
	blkq_copy_back(q);
	q->thread.served = true;
	return taken;
}

/*
 * How long the thread looks at its empty ring: as long as it has worked since the ring was empty
 * last, poll_us at least. A frontend takes about as long for its part of large requests.
 */
static u64 poll_limit_ns(u64 worked)
{
	u64 most = POLL_US_MAX * (u64)NSEC_PER_USEC;
	u64 least = min(READ_ONCE(poll_us), POLL_US_MAX) * (u64)NSEC_PER_USEC;

	return least ? clamp(worked, least, most) : 0;
}

/*
 * Look at the empty ring for a while, if that is worth while; true when something came. It ends at
 * once when another task wants the CPU. @since: when the thread found the ring not empty, ns.
 */
static bool poll_ring(struct blkq *q, u64 since)
{
	u64 begun = ktime_get_ns(), now = begun;

	q->thread.poll_limit = poll_limit_ns(begun - since);
	while (!q->thread.broken && !READ_ONCE(q->thread.halted) &&
	       busy_poll_goes_on(&q->thread.poll, begun, now, q->thread.poll_limit)) {
		if (READ_ONCE(q->ring.shared->req.prod) != q->ring.req_cons ||
		    !list_empty(&q->flight.copyback))
			return true;
		if (need_resched())
			return false;
		cpu_relax();
		now = ktime_get_ns();
	}
	return false;
}

/* Ask for an event at the next request; true when it is there already. */
static bool arm(struct blkq *q)
{
	busy_poll_armed(&q->thread.poll, ktime_get_ns());
	return ring_final_check(&q->ring.shared->req, q->ring.req_cons + 1);
}

/* Serve until the ring is empty and the frontend knows that it must send an event. */
static void run(struct blkq *q)
{
	u64 begun;

	blkq_set_pace(q, ANSWERS_AWAKE);
	do {
		do {
			begun = ktime_get_ns();
			while (serve(q))
				cond_resched();
			blkq_copy_back(q);
		} while (poll_ring(q, begun));
	} while (!q->thread.broken && !READ_ONCE(q->thread.halted) && arm(q));
	blkq_set_pace(q, ANSWERS_ASLEEP);
}

static bool has_work(struct blkq *q)
{
	return READ_ONCE(q->thread.kicked) || !list_empty_careful(&q->flight.copyback) ||
	       kthread_should_stop();
}

/* An event came. One from before the ring was armed says nothing of how soon requests come. */
static void note_event(struct blkq *q)
{
	u64 came = READ_ONCE(q->thread.kicked_at);

	if (came >= q->thread.poll.armed_ns)
		busy_poll_event(&q->thread.poll, came, q->thread.poll_limit);
}

static int queue_thread(void *data)
{
	unsigned int noio = memalloc_noio_save();
	struct blkq *q = data;

	while (!kthread_should_stop()) {
		/* Before the ring is looked at: an event that comes after this is another round. */
		bool kicked = xchg(&q->thread.kicked, false);

		if (kicked)
			note_event(q);
		run(q);
		look_around(q);
		/* One event too many is a race, one after the other a storm (XSA-332). */
		if (kicked) {
			xen_irq_lateeoi(q->ring.irq, q->thread.served ? 0 : XEN_EOI_FLAG_SPURIOUS);
			q->thread.served = false;
		}
		wait_event_interruptible_timeout(q->thread.wake, has_work(q), IDLE_LOOK);
		q->stats.wakeups++;
	}
	memalloc_noio_restore(noio);
	return 0;
}

static irqreturn_t event(int irq, void *data)
{
	struct blkq *q = data;

	WRITE_ONCE(q->thread.kicked_at, ktime_get_ns());
	WRITE_ONCE(q->thread.kicked, true);
	wake_up(&q->thread.wake);
	return IRQ_HANDLED;
}

/* ---- life ---- */

/**
 * blkq_start() - bind the event channel and start the thread
 * @q: with its ring mapped and its rules set
 * @port: of the frontend
 *
 * May sleep. Return: 0 or a negative errno; on failure nothing runs.
 */
int blkq_start(struct blkq *q, evtchn_port_t port)
{
	struct xenbus_device *dev = q->back->dev;
	struct task_struct *thread;
	int irq;

	/* The thread exists before the first event can come (XSA-350). */
	thread = kthread_create(queue_thread, q, "vbd%d-%s-%u", dev->otherend_id,
				strrchr(dev->nodename, '/') + 1, q->index);
	if (IS_ERR(thread))
		return PTR_ERR(thread);
	irq = bind_interdomain_evtchn_to_irqhandler_lateeoi(dev, port, event, 0, "shoji-blkback",
							    q);
	if (irq < 0) {
		kthread_stop(thread);
		return irq;
	}
	q->ring.irq = irq;
	q->thread.task = thread;
	wake_up_process(thread);
	return 0;
}

/**
 * blkq_halt() - take no request any more
 * @q: started or not
 *
 * Any context; does not wait. All of a vbd's queues are halted before the first is waited for: a
 * request of one that hangs must not let the others go on. What is in the ring stays there.
 */
void blkq_halt(struct blkq *q)
{
	WRITE_ONCE(q->thread.halted, true);
}

/**
 * blkq_stop() - end the thread, let what is under way finish, close the channel
 * @q: halted; started or not
 *
 * Sleeps for as long as the device takes: call it where nobody else waits. The caller holds no
 * lock.
 */
void blkq_stop(struct blkq *q)
{
	if (!q->thread.task)
		return;
	kthread_stop(q->thread.task);
	q->thread.task = NULL;
	blkq_drain(q);
	unbind_from_irqhandler(q->ring.irq, q);
	q->ring.irq = 0;
}
