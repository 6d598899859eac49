// SPDX-License-Identifier: GPL-2.0-only
/*
 * A vbd's life in xenstore, the backend's column of include/xen/io/xenbus.h. The hotplug script
 * writes "physical-device" and a watch on it opens the device; the frontend's state does the rest.
 *
 * Lock: struct blkback's mutex serialises the watch, the frontend's changes, and removal. Works
 * take it too, so they are cancelled without it.
 *
 * One thread hears all of xenstore for every backend of Domain-0. So nothing here waits for a
 * device, which may hang: parting from a frontend is a work. Only removal waits for it, and only
 * for a moment.
 */
#include "blkback.h"

#include <linux/module.h>
#include <linux/slab.h>
#include <shoji/watch.h>
#include <xen/xen.h>

#define LEAVE_WAIT (2 * HZ)

static struct workqueue_struct *leavers;
/*
 * orphans_lock: guards orphans, and the end of leaving: who frees a struct blkback cannot decide
 * it under a lock that goes with it. Taken inside struct blkback's.
 */
static DEFINE_MUTEX(orphans_lock);
static LIST_HEAD(orphans);

static void connect_if_ready(struct blkback *back)
{
	enum xenbus_state front;

	if (back->leaving)
		back->missed = true;
	if (back->connected || back->leaving || !back->backing.bdev)
		return;
	front = xenbus_read_driver_state(back->dev->otherend);
	if (front != XenbusStateInitialised && front != XenbusStateConnected)
		return;
	if (blkback_connect(back))
		return;
	if (blkback_publish_device(back))
		blkback_leave(back);
	else
		xenbus_switch_state(back->dev, XenbusStateConnected);
}

/* ---- the device ---- */

static bool wants_writing(struct blkback *back)
{
	char *mode = xenbus_read(XBT_NIL, back->dev->nodename, "mode", NULL);
	bool writing = !IS_ERR(mode) && strchr(mode, 'w');

	if (!IS_ERR(mode))
		kfree(mode);
	return writing;
}

static bool is_cdrom(struct blkback *back)
{
	char *type = xenbus_read(XBT_NIL, back->dev->otherend, "device-type", NULL);
	bool cdrom = !IS_ERR(type) && !strcmp(type, "cdrom");

	if (!IS_ERR(type))
		kfree(type);
	return cdrom;
}

static const char *why_not(int err)
{
	switch (err) {
	case -ENXIO:
	case -ENODEV:
		return "there is no such device";
	case -ENOMEDIUM:
		return "it has no medium";
	case -EBUSY:
		return "somebody holds it";
	case -EROFS:
	case -EACCES:
		return "it is read-only: attach it with mode r";
	default:
		return "the device does not open";
	}
}

static void open_device(struct blkback *back, unsigned int major, unsigned int minor)
{
	bool writing = wants_writing(back);
	int err = backing_open(&back->backing, MKDEV(major, minor), writing, is_cdrom(back));

	if (err) {
		xenbus_dev_fatal(back->dev, err,
				 "opening the device %u:%u %s for domain %d: %s", major, minor,
				 writing ? "for writing" : "read-only", back->dev->otherend_id,
				 why_not(err));
		return;
	}
	back->major = major;
	back->minor = minor;
	if (blkback_sysfs_add(back))
		dev_warn(&back->dev->dev, "no statistics: their files cannot be made\n");
}

/* The hotplug script has written, or rewritten, which device it is. */
static void device_key_changed(struct xenbus_watch *watch, const char *path, const char *token)
{
	struct blkback *back = container_of(watch, struct blkback, watch);
	unsigned int major, minor;

	if (xenbus_scanf(XBT_NIL, back->dev->nodename, "physical-device", "%x:%x", &major,
			 &minor) != 2)
		return; /* not written yet, or gone with the whole directory */
	mutex_lock(&back->lock);
	if (!back->backing.bdev)
		open_device(back, major, minor);
	else if (back->major != major || back->minor != minor)
		dev_warn(&back->dev->dev,
			 "physical-device changed to %x:%x while %x:%x is attached: ignored; detach the vbd first\n",
			 major, minor, back->major, back->minor);
	connect_if_ready(back);
	mutex_unlock(&back->lock);
}

/**
 * blkback_gone() - was the device unplugged or deleted under us?
 * @back: with its device open
 *
 * The first to see it says so in the log. The vbd stays as it is, and answers every request with an
 * error: it is the administrator who takes it away. The device is not opened exclusively (the
 * hotplug script says who may share it), so no holder is told by the kernel and the queues look
 * for themselves. Any context.
 */
bool blkback_gone(struct blkback *back)
{
	if (!backing_gone(&back->backing))
		return false;
	if (!test_and_set_bit(0, &back->gone))
		dev_err(&back->dev->dev,
			"the device %u:%u has gone: every request of domain %d fails from now on; "
			"detach the vbd (xl block-detach)\n",
			back->major, back->minor, back->dev->otherend_id);
	return true;
}

/* ---- work ---- */

/* The device has another size: say so, and touch the state so that the frontend looks. */
static void resize_work(struct work_struct *work)
{
	struct blkback *back = container_of(work, struct blkback, resize);
	u64 sectors;

	mutex_lock(&back->lock);
	if (!back->connected || blkback_gone(back))
		goto out;
	sectors = backing_sectors(&back->backing);
	WRITE_ONCE(back->announced, sectors);
	if (xenbus_printf(XBT_NIL, back->dev->nodename, "sectors", "%llu", sectors) ||
	    xenbus_printf(XBT_NIL, back->dev->nodename, "state", "%d", back->dev->state))
		dev_warn(&back->dev->dev, "the new size, %llu sectors, could not be written\n",
			 sectors);
	else
		dev_info(&back->dev->dev, "the device has %llu sectors now\n", sectors);
out:
	mutex_unlock(&back->lock);
}

static void lost_work(struct work_struct *work)
{
	struct blkback *back = container_of(work, struct blkback, lost);

	mutex_lock(&back->lock); /* resize_work() writes the state, too */
	xenbus_switch_state(back->dev, XenbusStateClosing);
	mutex_unlock(&back->lock);
}

/* ---- the frontend ---- */

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

/* Does @front mean that what connection there is has ended? Under the lock. */
static bool parts(const struct blkback *back, enum xenbus_state front)
{
	switch (front) {
	case XenbusStateInitialising: /* it begins anew, and may not have said good-bye */
	case XenbusStateClosed:
		return true;
	case XenbusStateInitialised:
	case XenbusStateConnected:
		return back->dev->state != XenbusStateConnected;
	default:
		return false;
	}
}

/* False when the device is to be unregistered. Under the lock. */
static bool follow(struct blkback *back, enum xenbus_state front)
{
	struct xenbus_device *dev = back->dev;

	if (parts(back, front))
		blkback_leave(back);
	if (back->leaving && front != XenbusStateClosing && front != XenbusStateUnknown) {
		back->missed = true; /* the work comes back to it */
		return true;
	}
	switch (front) {
	case XenbusStateInitialising:
		if (dev->state != XenbusStateInitialising)
			xenbus_switch_state(dev, XenbusStateInitWait);
		return true;
	case XenbusStateInitialised:
	case XenbusStateConnected:
		if (dev->state != XenbusStateConnected)
			connect_if_ready(back);
		return true;
	case XenbusStateClosing:
		xenbus_switch_state(dev, XenbusStateClosing);
		return true;
	case XenbusStateClosed:
		xenbus_switch_state(dev, XenbusStateClosed);
		return xenbus_dev_is_online(dev);
	case XenbusStateUnknown:
		return false;
	default:
		return true;
	}
}

static void frontend_changed(struct xenbus_device *dev, enum xenbus_state front)
{
	struct blkback *back = dev_get_drvdata(&dev->dev);
	bool keep;

	mutex_lock(&back->lock);
	keep = follow(back, front);
	mutex_unlock(&back->lock);
	if (!keep)
		device_unregister(&dev->dev);
}

/* ---- life ---- */

static void free_back(struct blkback *back)
{
	/* Nothing queues them any more: the threads have ended. */
	cancel_work_sync(&back->resize);
	cancel_work_sync(&back->lost);
	backing_close(&back->backing);
	kfree(back);
}

static void leave_work(struct work_struct *work)
{
	struct blkback *back = container_of(work, struct blkback, leave);
	struct xenbus_device *dev = back->dev;
	bool orphan;

	blkback_disconnect(back);
	mutex_lock(&back->lock);
	kvfree(back->queues);
	back->queues = NULL;
	back->nr_queues = 0;
	mutex_lock(&orphans_lock);
	back->leaving = false;
	orphan = !list_empty(&back->orphan);
	list_del_init(&back->orphan);
	mutex_unlock(&orphans_lock);
	/* A vbd that is not online is unregistered when the toolstack removes its directory. */
	if (back->missed && !back->removed)
		follow(back, xenbus_read_driver_state(dev->otherend));
	back->missed = false;
	if (!back->leaving)
		complete_all(&back->left);
	mutex_unlock(&back->lock);
	if (orphan) {
		dev_info(&dev->dev, "the device %u:%u has answered: it is let go\n", back->major,
			 back->minor);
		free_back(back);
	}
	put_device(&dev->dev);
}

/* Wait a moment for it, without the lock: a device answers at once, most times. */
static void wait_left(struct blkback *back)
{
	if (!wait_for_completion_timeout(&back->left, LEAVE_WAIT))
		dev_warn(&back->dev->dev,
			 "the device %u:%u has not answered all requests of domain %d: it is detached when it has\n",
			 back->major, back->minor, back->dev->otherend_id);
}

static void remove(struct xenbus_device *dev)
{
	struct blkback *back = dev_get_drvdata(&dev->dev);
	bool leaving;

	shoji_unwatch(&back->watch);
	blkback_sysfs_remove(back);
	mutex_lock(&back->lock);
	back->removed = true;
	blkback_leave(back);
	mutex_unlock(&back->lock);
	wait_left(back);
	mutex_lock(&orphans_lock);
	leaving = back->leaving;
	if (leaving)
		list_add(&back->orphan, &orphans);
	mutex_unlock(&orphans_lock);
	dev_set_drvdata(&dev->dev, NULL);
	if (leaving)
		return; /* the work frees it */
	flush_work(&back->leave); /* it has done all but to end */
	free_back(back);
}

/* Is the ring of this vbd served still, for a driver that was unbound and a device that hangs? */
static bool is_orphan(const struct xenbus_device *dev)
{
	const struct blkback *back;
	bool found = false;

	mutex_lock(&orphans_lock);
	list_for_each_entry(back, &orphans, orphan)
		found |= back->dev == dev;
	mutex_unlock(&orphans_lock);
	return found;
}

static int probe(struct xenbus_device *dev, const struct xenbus_device_id *id)
{
	struct blkback *back;
	int err;

	if (is_orphan(dev))
		return -EBUSY;
	back = kzalloc(sizeof(*back), GFP_KERNEL);
	if (!back)
		return -ENOMEM;
	back->dev = dev;
	mutex_init(&back->lock);
	INIT_LIST_HEAD(&back->orphan);
	INIT_WORK(&back->resize, resize_work);
	INIT_WORK(&back->lost, lost_work);
	INIT_WORK(&back->leave, leave_work);
	init_completion(&back->left);
	complete_all(&back->left);
	dev_set_drvdata(&dev->dev, back);

	/* The watch fires at once; what it finds has to wait until InitWait is written. */
	mutex_lock(&back->lock);
	blkback_set_limits(back);
	err = blkback_publish_limits(back);
	if (!err)
		err = xenbus_watch_pathfmt(dev, &back->watch, NULL, device_key_changed,
					     "%s/physical-device", dev->nodename);
	if (!err)
		err = xenbus_switch_state(dev, XenbusStateInitWait);
	mutex_unlock(&back->lock);
	if (err)
		remove(dev);
	return err;
}

static const struct xenbus_device_id ids[] = {{"vbd"}, {""}};

static struct xenbus_driver driver = {
	.ids = ids,
	.probe = probe,
	.remove = remove,
	.otherend_changed = frontend_changed,
	.allow_rebind = true, /* a running guest waits while the backend is reloaded */
};

static int __init blkback_init(void)
{
	int err;

	if (!xen_domain())
		return -ENODEV;
	leavers = alloc_workqueue("shoji-blkback", WQ_UNBOUND, 0);
	if (!leavers)
		return -ENOMEM;
	err = xenbus_register_backend(&driver);
	if (err == -EBUSY || err == -EEXIST)
		pr_err("shoji-blkback: another driver serves vbds: unload xen-blkback first\n");
	if (err)
		destroy_workqueue(leavers);
	return err;
}
module_init(blkback_init);

static void __exit blkback_exit(void)
{
	xenbus_unregister_driver(&driver);
	destroy_workqueue(leavers); /* waits for devices that have not answered */
}
module_exit(blkback_exit);

MODULE_DESCRIPTION("Shoji: block backend");
MODULE_LICENSE("GPL");
MODULE_ALIAS("xen-backend:vbd");
