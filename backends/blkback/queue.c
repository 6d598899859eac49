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
#include <xen/events.h>

#define PUBLISH_EVERY 16	    /* answers that wait for the end of a batch, at most */
#define IDLE_LOOK     (5 * HZ)	    /* how often an idle queue looks at the device's size */
#define BUSY_LOOK     HZ	    /* and a busy one; and at its persistent grants, at most */
/* how late an event may be that the thread forgets because it sleeps */
#define LATE (HZ / 50)

static int poll_us = -1;
module_param(poll_us, int, 0644);
MODULE_PARM_DESC(poll_us, "how long a queue looks at an empty ring before it sleeps, at most; -1: "
			  "as what waking it costs says");

/* ---- answers ---- */

/* Send the event that the frontend waits for, if it waits for one. The caller holds the lock. */
static void tell(struct blkq *q)
{
	u32 old = q->rsp_told, answers = q->rsp_pushed - old;

	if (!answers)
		return;
	q->rsp_told = q->rsp_pushed;
	hold_sent(&q->hold, answers, READ_ONCE(q->req_cons) - q->held_req);
	if (!ring_notify(&q->ring->rsp, old, q->rsp_pushed))
		return; /* it has taken them by itself */
	q->stats.notifies++;
	notify_remote_via_irq(q->irq);
}

/*
 * Publish what was answered. The event may wait as long as the thread is awake, which looks after
 * it: see hold.h. The caller holds the lock.
 */
static void publish(struct blkq *q, u64 now)
{
	if (q->rsp_pushed != q->rsp_prod) {
		if (q->rsp_told == q->rsp_pushed) {
			q->held_since = now;
			q->held_req = READ_ONCE(q->req_cons);
		}
		q->rsp_pushed = q->rsp_prod;
		ring_push(&q->ring->rsp, q->rsp_prod);
	}
	if (q->rsp_told == q->rsp_pushed)
		return;
	if (!q->awake ||
	    hold_over(&q->hold, q->rsp_pushed - q->rsp_told, 0, now - min(now, q->held_since)))
		tell(q);
}

/*
 * The thread looks after answers that are yet to be published and after the event that is held,
 * unless it sleeps over a request, as it does where a device has no room for one: then this does.
 * It is set once for many answers.
 */
static void watch_over(struct blkq *q)
{
	if (q->rsp_told != q->rsp_prod && !timer_pending(&q->late))
		mod_timer(&q->late, jiffies + LATE);
}

static void late(struct timer_list *timer)
{
	struct blkq *q = from_timer(q, timer, late);
	unsigned long flags;

	spin_lock_irqsave(&q->lock, flags);
	publish(q, ktime_get_ns());
	watch_over(q);
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
	memcpy(ring_slot(q->ring, q->rsp_prod++, q->slots, q->slot_bytes), bytes, length);
	if (io) {
		note_latency(q, io, now);
		list_add(&io->link, &q->free);
		list_del(&io->under_way);
		if (!--q->inflight)
			wake_up(&q->drained);
	}
	/* The thread's own answers wait for its batch; others would wait for a thread that may sleep. */
	if (!q->batching || !in_task() || current != q->thread ||
	    q->rsp_prod - q->rsp_pushed >= PUBLISH_EVERY)
		publish(q, now);
	watch_over(q);
	spin_unlock_irqrestore(&q->lock, flags);
}

static void set_batching(struct blkq *q, bool batching)
{
	spin_lock_irq(&q->lock);
	q->batching = batching;
	if (!batching)
		publish(q, ktime_get_ns());
	spin_unlock_irq(&q->lock);
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

/* Wait until that is so. A device may hang: an idle wait. */
static void wait_over(struct blkq *q, bool room)
{
	bool over;

	do {
		wait_event_idle(q->drained, over_or_copyback(q, room, &over));
		blkq_copy_back(q);
	} while (!over);
}

/*
 * The thread's wait, which may be long: what is answered meanwhile is published and told of by who
 * answers.
 */
static void wait_asleep(struct blkq *q, bool room)
{
	bool batching;

	spin_lock_irq(&q->lock);
	batching = q->batching;
	q->batching = false;
	q->awake = false;
	publish(q, ktime_get_ns());
	spin_unlock_irq(&q->lock);
	wait_over(q, room);
	spin_lock_irq(&q->lock);
	q->batching = batching;
	q->awake = true;
	spin_unlock_irq(&q->lock);
}

/** blkq_drain() - wait until every request that was taken is answered; the thread's */
void blkq_drain(struct blkq *q)
{
	wait_asleep(q, false);
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
		wait_asleep(q, true);
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
		dev->otherend_id, q->index, prod, q->req_cons, q->rsp_prod);
	schedule_work(&q->back->lost);
}

static u32 poll_limit(const struct blkq *q)
{
	int usec = READ_ONCE(poll_us);

	if (usec < 0)
		return HOLD_POLL * READ_ONCE(q->hold.unit_ns);
	return min(usec, 10000) * NSEC_PER_USEC;
}

/* How long the ring stays empty, on average; a long pause weighs like a few short ones. */
static void note_gap(struct blkq *q)
{
	bool held;
	u64 gap;

	if (!q->idle_since)
		return;
	gap = q->round - q->idle_since;
	q->idle_since = 0;
	spin_lock_irq(&q->lock);
	held = q->rsp_told != q->rsp_pushed;
	if (held)
		hold_gap(&q->hold, gap);
	else
		hold_turn(&q->hold, gap);
	spin_unlock_irq(&q->lock);
	if (!held)
		q->gap_ns = (3 * (u64)q->gap_ns + min_t(u64, gap, 4 * poll_limit(q))) / 4;
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
	if (ring_overflow(READ_ONCE(q->rsp_prod), prod, q->slots) ||
	    ring_overflow(q->req_cons, prod, q->slots)) {
		lose(q, prod);
		return 0;
	}
	q->round = ktime_get_ns(); /* one look at the clock for all that is there */
	note_gap(q);
	look_around(q);
	/* In this order: a device that goes has no sectors any more. */
	q->rules.capacity = backing_sectors(&q->back->backing);
	q->gone = blkback_gone(q->back);
	set_batching(q, true);
	blk_start_plug(&plug);
	while (q->req_cons != prod && !READ_ONCE(q->halted)) {
		blk_copy_slot(&request, ring_slot(q->ring, q->req_cons, q->slots, q->slot_bytes),
			      q->abi32);
		q->req_cons++;
		blkio_begin(q, &request);
		taken++;
		cond_resched();
	}
	blk_finish_plug(&plug);
	blkq_copy_back(q);
	set_batching(q, false);
	q->served = true;
	return taken;
}

/* The ring is empty: is a held event due? True while one is still held. */
static bool still_held(struct blkq *q, u64 now)
{
	bool held;

	if (READ_ONCE(q->rsp_told) == READ_ONCE(q->rsp_pushed))
		return false;
	spin_lock_irq(&q->lock);
	held = q->rsp_told != q->rsp_pushed;
	if (held && hold_over(&q->hold, q->rsp_pushed - q->rsp_told, now - q->idle_since,
			      now - min(now, q->held_since))) {
		tell(q);
		held = false;
	}
	spin_unlock_irq(&q->lock);
	if (!held)
		q->idle_since = now; /* from here on it is the guest's answer that is waited for */
	return held;
}

/*
 * Look at an empty ring for a while; true when something came. As long as an event is held; then
 * for twice as long as the ring stays empty after an event, on average, and not at all where that
 * is longer than the limit: a disk with little to do costs no CPU. It ends at once when somebody
 * else wants the CPU.
 */
static bool poll_ring(struct blkq *q)
{
	u32 limit = poll_limit(q);
	u64 now = ktime_get_ns();

	if (!q->idle_since)
		q->idle_since = now;
	while (limit && !q->broken && !READ_ONCE(q->halted)) {
		if (READ_ONCE(q->ring->req.prod) != q->req_cons || !list_empty(&q->copyback))
			return true;
		if (need_resched())
			return false;
		if (!still_held(q, now) &&
		    (q->gap_ns >= limit || now - q->idle_since >= min(2 * q->gap_ns, limit)))
			return false;
		cpu_relax();
		now = ktime_get_ns();
	}
	return false;
}

static void set_awake(struct blkq *q, bool awake)
{
	spin_lock_irq(&q->lock);
	q->awake = awake;
	if (!awake)
		tell(q);
	spin_unlock_irq(&q->lock);
}

/* Serve until the ring is empty and the frontend knows that it must send an event. */
static void run(struct blkq *q)
{
	set_awake(q, true);
	do {
		do {
			while (serve(q))
				cond_resched();
			blkq_copy_back(q);
		} while (poll_ring(q));
	} while (!q->broken && !READ_ONCE(q->halted) &&
		 ring_final_check(&q->ring->req, q->req_cons + 1));
	set_awake(q, false);
}

static bool has_work(struct blkq *q)
{
	return READ_ONCE(q->kicked) || !list_empty_careful(&q->copyback) || kthread_should_stop();
}

/* How long did it take from the event to here, if it has slept? */
static void note_wake(struct blkq *q)
{
	u64 now = ktime_get_ns(), came = READ_ONCE(q->kicked_at);

	if (came < q->slept)
		return; /* it was awake */
	spin_lock_irq(&q->lock);
	hold_woken(&q->hold, now - min(now, came));
	spin_unlock_irq(&q->lock);
}

static int queue_thread(void *data)
{
	unsigned int noio = memalloc_noio_save();
	struct blkq *q = data;

	while (!kthread_should_stop()) {
		/* Before the ring is looked at: an event that comes after this is another round. */
		bool kicked = xchg(&q->kicked, false);

		if (kicked)
			note_wake(q);
		run(q);
		look_around(q);
		/* One event too many is a race, one after the other a storm (XSA-332). */
		if (kicked) {
			xen_irq_lateeoi(q->irq, q->served ? 0 : XEN_EOI_FLAG_SPURIOUS);
			q->served = false;
		}
		q->slept = ktime_get_ns();
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

	timer_setup(&q->late, late, 0);
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
	del_timer_sync(&q->late);
	unbind_from_irqhandler(q->irq, q);
	q->irq = 0;
}
