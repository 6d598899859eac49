// SPDX-License-Identifier: GPL-2.0-only
/*
 * Parting from a frontend. A device may never answer, so a work waits for it (leave_work() in
 * xenbus.c), and nobody who hears xenstore. A vbd that is removed meanwhile becomes an orphan: the
 * work frees it when the device has answered.
 *
 * Locks: struct blkback's, and inside it orphans_lock, which guards the list of orphans and the end
 * of leaving: who frees a struct blkback cannot be decided under a lock that goes with it.
 */
#include "blkback.h"

#include <linux/slab.h>

#define LEAVE_WAIT (2 * HZ)

static struct workqueue_struct *leavers;
static DEFINE_MUTEX(orphans_lock);
static LIST_HEAD(orphans);

/**
 * blkback_leave_init() - make the workqueue on which vbds leave their frontends
 *
 * May sleep. Return: 0 or -ENOMEM.
 */
int blkback_leave_init(void)
{
	leavers = alloc_workqueue("shoji-blkback", WQ_UNBOUND, 0);
	return leavers ? 0 : -ENOMEM;
}

/**
 * blkback_leave_exit() - the reverse
 *
 * Sleeps until every vbd that leaves has left, for as long as their devices take.
 */
void blkback_leave_exit(void)
{
	destroy_workqueue(leavers);
}

/**
 * blkback_leave() - begin to stop serving and to unmap everything
 * @back: connected, partly or not at all; the caller holds its lock
 *
 * Does not wait: back->left tells when the device has answered and all is done.
 */
void blkback_leave(struct blkback *back)
{
	if (!back->queues || back->leaving)
		return;
	back->connected = false;
	back->leaving = true;
	reinit_completion(&back->left);
	get_device(&back->dev->dev);
	queue_work(leavers, &back->leave);
}

/**
 * blkback_has_left() - the work is done: nothing of the frontend is mapped any more
 * @back: leaving; the caller is its work and holds its lock
 *
 * Return: true when the vbd was removed meanwhile, and the work is to free it.
 */
bool blkback_has_left(struct blkback *back)
{
	bool orphan;

	mutex_lock(&orphans_lock);
	back->leaving = false;
	orphan = !list_empty(&back->orphan);
	list_del_init(&back->orphan);
	mutex_unlock(&orphans_lock);
	return orphan;
}

/**
 * blkback_wait_left() - a vbd is removed: wait a moment for its device, which most times answers
 * @back: the caller does not hold its lock
 *
 * Sleeps for 2 s at most. Return: true when it has left; false when the device has not answered:
 * then the vbd is an orphan, and the work frees it.
 */
bool blkback_wait_left(struct blkback *back)
{
	bool leaving;

	if (!wait_for_completion_timeout(&back->left, LEAVE_WAIT))
		dev_warn(&back->dev->dev,
			 "the device %u:%u has not answered all requests of domain %d: it is "
			 "detached when it has\n",
			 back->major, back->minor, back->dev->otherend_id);
	mutex_lock(&orphans_lock);
	leaving = back->leaving;
	if (leaving)
		list_add(&back->orphan, &orphans);
	mutex_unlock(&orphans_lock);
	if (!leaving)
		flush_work(&back->leave); /* it has done all but to end */
	return !leaving;
}

/**
 * blkback_is_orphan() - is the ring of this vbd served still, by a driver that was unbound?
 * @dev: the vbd
 *
 * May sleep. So it is while its device hangs.
 */
bool blkback_is_orphan(const struct xenbus_device *dev)
{
	const struct blkback *back;
	bool found = false;

	mutex_lock(&orphans_lock);
	list_for_each_entry(back, &orphans, orphan)
		found |= back->dev == dev;
	mutex_unlock(&orphans_lock);
	return found;
}

/**
 * blkback_free() - close the device and free the vbd
 * @back: it has left its frontend
 *
 * May sleep. Called without the lock, which goes with it.
 */
void blkback_free(struct blkback *back)
{
	/* Nothing queues them any more: the threads have ended. */
	cancel_work_sync(&back->resize);
	cancel_work_sync(&back->lost);
	backing_close(&back->backing);
	kfree(back);
}
