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

static unsigned int poll_us = 200;
module_param(poll_us, uint, 0644);
MODULE_PARM_DESC(poll_us, "how long a queue looks at an empty ring before it sleeps, at most (0: not)");

/* ---- answers ---- */

/* Publish what was answered, and send the event that is due. The caller holds the lock. */
static void publish(struct blkq *q)
{
	if (!answers_publish(&q->answers, q->ring))
		return;
	q->stats.notifies++;
	notify_remote_via_irq(q->irq);
}

static void set_pace(struct blkq *q, enum answers_pace pace)
{
	unsigned long flags;

	spin_lock_irqsave(&q->lock, flags);
	q->answers.pace = pace;
	publish(q);
	spin_unlock_irqrestore(&q->lock, flags);
}

/*
 * The block layer calls this when the thread's plug is flushed: when the round ends, or when the
 * thread is about to sleep over a request, be it for memory, for room in the device or in
 * wait_over(). That may be for long, so the rest of the round is as if the thread slept.
 */
static void unplugged(struct blk_plug_cb *cb, bool from_schedule)
{
	if (from_schedule)
		set_pace(cb->data, ANSWERS_ASLEEP);
	kfree(cb);
}

/* A round begins, with its plug. Without memory for the callback it is as if the thread slept. */
static void begin_round(struct blkq *q)
{
	if (blk_check_plugged(unplugged, q, sizeof(struct blk_plug_cb)))
		set_pace(q, ANSWERS_ROUND);
	else
		set_pace(q, ANSWERS_ASLEEP);
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
 * Any context. There is a slot for every request that was taken, so this cannot fail.
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
	length = blk_encode_response(bytes, &response, q->abi32);

	spin_lock_irqsave(&q->lock, flags);
	memcpy(ring_slot(q->ring, q->answers.prod++, q->slots, q->slot_bytes), bytes, length);
	if (io) {
		note_latency(q, io, now);
		list_add(&io->link, &q->free);
		list_del(&io->under_way);
		if (!--q->inflight)
			wake_up(&q->drained);
	}
	if (!answers_wait(&q->answers, in_task() && current == q->thread, status != BLK_RSP_OKAY))
		publish(q);
	spin_unlock_irqrestore(&q->lock, flags);
}

/** blkq_take_io() - state for a request; there is one for each slot. The thread's. */
struct blkio *blkq_take_io(struct blkq *q)
{
	struct blkio *io;

	spin_lock_irq(&q->lock);
	io = list_first_entry(&q->free, struct blkio, link);
	list_del(&io->link);
	q->inflight++;
	io->number = ++q->taken;
	list_add_tail(&io->under_way, &q->under_way);
	spin_unlock_irq(&q->lock);
	atomic_set(&io->parts, 1);
	io->begun = q->round;
	io->status = BLK_RSP_OKAY;
	return io;
}

/** blkq_copy_back() - deliver finished reads that need a grant copy; process context, one caller */
void blkq_copy_back(struct blkq *q)
{
	struct blkio *io;

	for (;;) {
		spin_lock_irq(&q->lock);
		io = list_first_entry_or_null(&q->copyback, struct blkio, link);
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
	*over = room ? atomic_read(&q->ranges) <= BLKBACK_MAX_RANGES / 2 : !q->inflight;
	ready = *over || !list_empty(&q->copyback);
	spin_unlock_irq(&q->lock);
	return ready;
}

/*
 * Wait until that is so. A device may hang: an idle wait. Before the thread sleeps here its plug is
 * flushed: see unplugged().
 */
static void wait_over(struct blkq *q, bool room)
{
	bool over;

	do {
		wait_event_idle(q->drained, over_or_copyback(q, room, &over));
		blkq_copy_back(q);
	} while (!over);
}

/** blkq_drain() - wait until every request that was taken is answered; the thread's */
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
	if (atomic_read(&q->ranges) >= BLKBACK_MAX_RANGES) {
		q->stats.oo_req++;
		wait_over(q, true);
	}
	atomic_inc(&q->ranges);
}

/** blkq_range_done() - such a bio has ended; any context, before its request is answered */
void blkq_range_done(struct blkq *q)
{
	/* The thread adds none while it waits, so that they pass this number once, at least. */
	if (atomic_dec_return(&q->ranges) == BLKBACK_MAX_RANGES / 2)
		wake_up(&q->drained);
}

/* ---- requests ---- */

static void lose(struct blkq *q, u32 prod)
{
	struct xenbus_device *dev = q->back->dev;

	q->broken = true;
	dev_err(&dev->dev,
		"domain %d: queue %u: request producer %u is impossible (taken %u, answered %u): "
		"the device is closed; detach it and attach it again\n",
		dev->otherend_id, q->index, prod, q->req_cons, q->answers.prod);
	schedule_work(&q->back->lost);
}

/* ---- persistent grants ---- */

/*
 * blkq_count_grants() - take what was done with persistent grants into the statistics; the thread's
 */
void blkq_count_grants(struct blkq *q)
{
	q->stats.grant_ops += q->grants.ops;
	q->grants.ops = 0;
	q->stats.mapped = q->grants.lru.nr;
}

/**
 * blkq_let_grants_go() - unmap persistent grants that are idle, a few at a time; the thread's
 * @q: its queue
 * @full: there is no room for new ones
 *
 * May sleep. Return: how many went.
 */
unsigned int blkq_let_grants_go(struct blkq *q, bool full)
{
	const struct blkio *oldest;
	unsigned int nr;
	u64 number;

	spin_lock_irq(&q->lock);
	oldest = list_first_entry_or_null(&q->under_way, struct blkio, under_way);
	number = oldest ? oldest->number : q->taken + 1;
	spin_unlock_irq(&q->lock);
	nr = pgrants_let_go(&q->grants, number, q->taken, full);
	blkq_count_grants(q);
	return nr;
}

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
	if (time_before(jiffies, q->looked + BUSY_LOOK))
		return;
	q->looked = jiffies;
	while (q->grants.lru.nr && blkq_let_grants_go(q, false))
		cond_resched();
	look_at_size(q);
}

/* ---- taking requests ---- */

/* Take what is there. How many requests were taken. */
static unsigned int serve(struct blkq *q)
{
	union blk_request request;
	struct blk_plug plug;
	unsigned int taken = 0;
	u32 prod;

	if (q->broken || READ_ONCE(q->halted))
		return 0;
	prod = ring_take(&q->ring->req);
	if (prod == q->req_cons)
		return 0;
	if (ring_overflow(READ_ONCE(q->answers.prod), prod, q->slots) ||
	    ring_overflow(q->req_cons, prod, q->slots)) {
		lose(q, prod);
		return 0;
	}
	q->round = ktime_get_ns(); /* one look at the clock for all that is there */
	look_around(q);
	/* In this order: a device that goes has no sectors any more. */
	q->rules.capacity = backing_sectors(&q->back->backing);
	q->gone = blkback_gone(q->back);
	blk_start_plug(&plug);
	begin_round(q);
	while (q->req_cons != prod && !READ_ONCE(q->halted)) {
		blk_copy_slot(&request, ring_slot(q->ring, q->req_cons, q->slots, q->slot_bytes),
			      q->abi32);
		q->req_cons++;
		blkio_begin(q, &request);
		taken++;
		cond_resched();
	}
	set_pace(q, ANSWERS_AWAKE); /* first: a driver below may sleep when the plug is flushed */
	blk_finish_plug(&plug);
	blkq_copy_back(q);
	q->served = true;
	return taken;
}

static u64 poll_limit_ns(void)
{
	return min(READ_ONCE(poll_us), POLL_US_MAX) * NSEC_PER_USEC;
}

/*
 * Look at the empty ring for a while, if that is worth while; true when something came. It ends at
 * once when another task wants the CPU.
 */
static bool poll_ring(struct blkq *q)
{
	u64 begun = ktime_get_ns(), now = begun;

	while (!q->broken && !READ_ONCE(q->halted) &&
	       busy_poll_goes_on(&q->poll, begun, now, poll_limit_ns())) {
		if (READ_ONCE(q->ring->req.prod) != q->req_cons || !list_empty(&q->copyback))
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
	busy_poll_armed(&q->poll, ktime_get_ns());
	return ring_final_check(&q->ring->req, q->req_cons + 1);
}

/* Serve until the ring is empty and the frontend knows that it must send an event. */
static void run(struct blkq *q)
{
	set_pace(q, ANSWERS_AWAKE);
	do {
		do {
			while (serve(q))
				cond_resched();
			blkq_copy_back(q);
		} while (poll_ring(q));
	} while (!q->broken && !READ_ONCE(q->halted) && arm(q));
	set_pace(q, ANSWERS_ASLEEP);
}

static bool has_work(struct blkq *q)
{
	return READ_ONCE(q->kicked) || !list_empty_careful(&q->copyback) || kthread_should_stop();
}

/* An event came. One from before the ring was armed says nothing of how soon requests come. */
static void note_event(struct blkq *q)
{
	u64 came = READ_ONCE(q->kicked_at);

	if (came >= q->poll.armed_ns)
		busy_poll_event(&q->poll, came, poll_limit_ns());
}

static int queue_thread(void *data)
{
	unsigned int noio = memalloc_noio_save();
	struct blkq *q = data;

	while (!kthread_should_stop()) {
		/* Before the ring is looked at: an event that comes after this is another round. */
		bool kicked = xchg(&q->kicked, false);

		if (kicked)
			note_event(q);
		run(q);
		look_around(q);
		/* One event too many is a race, one after the other a storm (XSA-332). */
		if (kicked) {
			xen_irq_lateeoi(q->irq, q->served ? 0 : XEN_EOI_FLAG_SPURIOUS);
			q->served = false;
		}
		wait_event_interruptible_timeout(q->wake, has_work(q), IDLE_LOOK);
		q->stats.wakeups++;
	}
	memalloc_noio_restore(noio);
	return 0;
}

static irqreturn_t event(int irq, void *data)
{
	struct blkq *q = data;

	WRITE_ONCE(q->kicked_at, ktime_get_ns());
	WRITE_ONCE(q->kicked, true);
	wake_up(&q->wake);
	return IRQ_HANDLED;
}

/* ---- life ---- */

/**
 * blkq_start() - bind the event channel and start the thread
 * @q: with its ring mapped and its rules set
 * @port: of the frontend
 *
 * Return: 0 or a negative errno; on failure nothing runs.
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
	irq = bind_interdomain_evtchn_to_irqhandler_lateeoi(dev, port, event, 0, "shoji-blkback", q);
	if (irq < 0) {
		kthread_stop(thread);
		return irq;
	}
	q->irq = irq;
	q->thread = thread;
	wake_up_process(thread);
	return 0;
}

/**
 * blkq_halt() - take no request any more
 * @q: started or not
 *
 * Does not wait. All of a vbd's queues are halted before the first is waited for: a request of one
 * that hangs must not let the others go on. What is in the ring stays there.
 */
void blkq_halt(struct blkq *q)
{
	WRITE_ONCE(q->halted, true);
}

/**
 * blkq_stop() - end the thread, let what is under way finish, close the channel
 * @q: halted; started or not
 *
 * Waits for as long as the device takes: call it where nobody else waits.
 */
void blkq_stop(struct blkq *q)
{
	if (!q->thread)
		return;
	kthread_stop(q->thread);
	q->thread = NULL;
	wait_over(q, false);
	unbind_from_irqhandler(q->irq, q);
	q->irq = 0;
}
