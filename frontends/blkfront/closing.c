// SPDX-License-Identifier: GPL-2.0-only
/*
 * How a disk goes, so that nobody waits for the backend but those who use this disk.
 *
 *  1. One work takes the disk away, whoever wants it gone. It waits for requests, and holds no lock
 *     then.
 *  2. It begins when nobody uses the disk and nobody can open it any more: then there are no
 *     requests, and a backend that answers nothing is not waited for. Or when the vbd is dead: then
 *     all of them fail.
 *  3. A backend that is gone is not waited for either: blkfront_sever() fails what it has not
 *     answered, at once, in whatever context that is learned, be the work under way or not.
 *  4. When the driver leaves a vbd whose disk is used, it waits for the backend as long as answers
 *     come: for each of them UNBIND_SECONDS.
 *  5. Rings and pool are freed after we have said Closed and the backend has left them. It maps
 *     them until then, and the kernel gives pages that were freed while mapped back at ten a
 *     second.
 *
 * Lock: struct blkfront's mutex, where nothing else is said.
 */
#include "blkfront.h"

#include <linux/delay.h>
#include <linux/device.h>

#include "common/compat.h"

#define UNBIND_SECONDS 30u
/* for a backend to unmap what is ours, when the driver does not come back to it */
#define LEAVE_MS 5000u

/**
 * blkfront_sever() - expect nothing of the backend any more
 * @front: the vbd
 *
 * What is in the rings fails, and so does what comes. Waits for no request; may sleep. Safe more
 * than once.
 */
void blkfront_sever(struct blkfront *front)
{
	front->dead = true;
	blkfront_pause(front);
	blkfront_stop_interrupts(front);
	if (!front->disk)
		return;
	blkfront_fail_all(front);
	blkfront_unpark(front);
	blk_mq_run_hw_queues(front->disk->queue, true); /* what waited for pages or slots */
}

/* Nobody uses the disk, and from now on nobody can. */
static bool shut(struct blkfront *front)
{
	return !front->disk || (!blkfront_is_adding(front) && blkfront_shut_unused(front));
}

static void say_used(struct blkfront *front)
{
	if (front->dev->state == XenbusStateClosing)
		return; /* it was said */
	xenbus_switch_state(front->dev, XenbusStateClosing);
	dev_info(&front->dev->dev, "%s is in use: it is closed when its last user lets go\n",
		 front->vdev.name);
}

/* Whether the disk goes now. */
static bool begin(struct blkfront *front)
{
	struct xenbus_device *dev = front->dev;

	if (!front->unbound && dev->state == XenbusStateClosed)
		return false;
	if (front->disk && !blkfront_is_adding(front) && front->add_error && !front->asked) {
		xenbus_dev_fatal(dev, front->add_error, "registering the disk %s",
				 front->vdev.name);
		front->asked = true;
	}
	if (front->dead) {
		/* A backend that broke the protocol has only been noticed so far. */
		blkfront_sever(front);
	} else if (!front->unbound) {
		if (!front->asked && dev->state != XenbusStateClosing)
			return false;
		if (!shut(front)) {
			say_used(front);
			return false;
		}
	}
	blkfront_unpark(front);
	return true;
}

/* Whether a backend in this state has none of our pages mapped any more. */
static bool has_left(enum xenbus_state back)
{
	return back != XenbusStateConnected && back != XenbusStateClosing;
}

/**
 * blkfront_let_go() - free what the backend had of us, if we are closed and it has left
 * @front: the vbd; the caller holds its lock
 * @back: the backend's state
 *
 * May sleep.
 */
void blkfront_let_go(struct blkfront *front, enum xenbus_state back)
{
	if (front->dev->state == XenbusStateClosed && has_left(back))
		blkfront_disconnect(front);
}

/*
 * The disk is no longer in the system: free it, and leave the backend. An answer is looked up in
 * what is freed.
 */
static void end(struct blkfront *front)
{
	blkfront_pause(front);
	blkfront_stop_interrupts(front);
	blkfront_free_disk(front);
	front->connected = false;
	front->asked = false;
	front->leaving = false;
	if (front->unbound) {
		complete_all(&front->left); /* blkfront_unbind() does the rest */
		return;
	}
	xenbus_frontend_closed(front->dev);
	/* It may have left before us. Else backend_changed() comes here when its state changes. */
	blkfront_let_go(front, compat_read_driver_state(front->dev, front->dev->otherend));
}

/**
 * blkfront_close_work() - the work: close the vbd if it is time
 * @work: in a struct blkfront
 *
 * Process context; takes the lock, and waits for requests without it.
 */
void blkfront_close_work(struct work_struct *work)
{
	struct blkfront *front = container_of(work, struct blkfront, close);

	mutex_lock(&front->lock);
	front->leaving = begin(front);
	if (front->leaving) {
		mutex_unlock(&front->lock);
		if (front->disk) /* only this work clears it */
			blkfront_delete_disk(front);
		mutex_lock(&front->lock);
		end(front);
	}
	mutex_unlock(&front->lock);
}

/*
 * Answers may still come. After a suspend there is no new connection, since the driver is leaving.
 */
static bool may_answer(struct blkfront *front)
{
	enum xenbus_state back = compat_read_driver_state(front->dev, front->dev->otherend);

	return front->connected && (back == XenbusStateConnected || back == XenbusStateClosing);
}

/* Look at the rings: whether something was asked, and since the last look nothing was answered. */
static bool is_silent(struct blkfront *front, u32 *answers)
{
	unsigned int i;
	bool asked = false;
	u32 before = *answers;

	*answers = 0;
	for (i = 0; i < front->nr_queues; i++) {
		struct frontq *q = &front->queues[i];
		u32 answered = READ_ONCE(q->rsp_cons);

		asked |= READ_ONCE(q->req_prod) != answered;
		*answers += answered;
	}
	return asked && *answers == before;
}

/*
 * The bus watches the backend no more: look for ourselves. @silent: seconds since its last answer.
 */
static void watch_backend(struct blkfront *front, unsigned int silent)
{
	mutex_lock(&front->lock);
	if (!front->dead && silent == UNBIND_SECONDS) {
		dev_err(&front->dev->dev,
			"%s: the backend, domain %d, has answered nothing for %u s: what was asked "
			"of it fails\n",
			front->vdev.name, front->dev->otherend_id, silent);
		blkfront_sever(front);
	} else if (front->dead || !may_answer(front)) {
		blkfront_sever(front);
	}
	mutex_unlock(&front->lock);
}

/*
 * The bus does not tell us any more what the backend does. One that is not believed is not waited
 * for.
 */
static void part(struct blkfront *front)
{
	struct xenbus_device *dev = front->dev;
	unsigned int ms;

	if (front->offered && !front->dead) {
		xenbus_switch_state(dev, XenbusStateClosed);
		for (ms = 0; ms < LEAVE_MS; ms += 10) {
			if (has_left(compat_read_driver_state(dev, dev->otherend)))
				break;
			msleep(10);
		}
		if (ms >= LEAVE_MS)
			dev_warn(&dev->dev,
				 "%s: the backend, domain %d, has not left the rings within %u s\n",
				 front->vdev.name, dev->otherend_id, LEAVE_MS / 1000);
	}
	blkfront_disconnect(front);
}

/**
 * blkfront_unbind() - the driver leaves the device: close the disk, be it in use or not
 * @front: the vbd; nothing of it is under way when this returns
 *
 * Process context, without the lock. A disk whose device was taken away fails at once. Else what is
 * dirty is written, for as long as the backend answers.
 */
void blkfront_unbind(struct blkfront *front)
{
	unsigned int silent = 0;
	u32 answers = 0;

	mutex_lock(&front->lock);
	front->unbound = true;
	if (!xenbus_exists(XBT_NIL, front->dev->nodename, ""))
		blkfront_sever(front);
	mutex_unlock(&front->lock);
	blkfront_close_soon(front);
	while (!wait_for_completion_timeout(&front->left, HZ)) {
		silent = is_silent(front, &answers) ? silent + 1 : 0;
		watch_backend(front, silent);
	}
	cancel_work_sync(&front->close); /* the end of it, and what a user who let go has begun */
	part(front);
}
