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
#include <xen/xen.h>

#include "common/compat.h"
#include "common/watch.h"

static void connect_if_ready(struct blkback *back)
{
	enum xenbus_state front;

	if (back->leaving)
		back->missed = true;
	if (back->connected || back->leaving || !back->backing.bdev)
		return;
	front = compat_read_driver_state(back->dev, back->dev->otherend);
	if (front != XenbusStateInitialised && front != XenbusStateConnected)
		return;
	if (blkback_connect(back) || blkback_publish_device(back))
		blkback_leave(back);
	else
		xenbus_switch_state(back->dev, XenbusStateConnected);
}

/* ---- the device ---- */

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
		blkback_open_device(back, major, minor);
	else if (back->major != major || back->minor != minor)
		dev_warn(&back->dev->dev,
			 "physical-device changed to %x:%x while %x:%x is attached: ignored; "
			 "detach the vbd first\n",
			 major, minor, back->major, back->minor);
	connect_if_ready(back);
	mutex_unlock(&back->lock);
}

/* ---- work ---- */

static void lost_work(struct work_struct *work)
{
	struct blkback *back = container_of(work, struct blkback, lost);

	mutex_lock(&back->lock); /* resize_work() writes the state, too */
	xenbus_switch_state(back->dev, XenbusStateClosing);
	mutex_unlock(&back->lock);
}

/* ---- the frontend ---- */

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
	orphan = blkback_has_left(back);
	/* A vbd that is not online is unregistered when the toolstack removes its directory. */
	if (back->missed && !back->removed)
		follow(back, compat_read_driver_state(dev, dev->otherend));
	back->missed = false;
	if (!back->leaving)
		complete_all(&back->left);
	mutex_unlock(&back->lock);
	if (orphan) {
		dev_info(&dev->dev, "the device %u:%u has answered: it is let go\n", back->major,
			 back->minor);
		blkback_free(back);
	}
	put_device(&dev->dev);
}

static void remove(struct xenbus_device *dev)
{
	struct blkback *back = dev_get_drvdata(&dev->dev);
	bool orphan;

	watch_end(&back->watch);
	blkback_sysfs_remove(back);
	/* A backend after us that does not read the line does not deny it either. */
	xenbus_rm(XBT_NIL, dev->nodename, BLK_KEY_TAKES_LINE);
	mutex_lock(&back->lock);
	back->removed = true;
	blkback_leave(back);
	mutex_unlock(&back->lock);
	orphan = !blkback_wait_left(back);
	dev_set_drvdata(&dev->dev, NULL);
	if (!orphan)
		blkback_free(back); /* else the work does it */
}

static int probe(struct xenbus_device *dev, const struct xenbus_device_id *id)
{
	struct blkback *back;
	int err;

	if (blkback_is_orphan(dev))
		return -EBUSY;
	back = kzalloc(sizeof(*back), GFP_KERNEL);
	if (!back)
		return -ENOMEM;
	back->dev = dev;
	mutex_init(&back->lock);
	INIT_LIST_HEAD(&back->orphan);
	INIT_WORK(&back->resize, blkback_resize_work);
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
	err = blkback_leave_init();
	if (err)
		return err;
	err = xenbus_register_backend(&driver);
	if (err == -EBUSY || err == -EEXIST)
		pr_err("shoji-blkback: another driver serves vbds: unload xen-blkback first\n");
	if (err)
		blkback_leave_exit();
	return err;
}
module_init(blkback_init);

static void __exit blkback_exit(void)
{
	xenbus_unregister_driver(&driver);
	blkback_leave_exit(); /* waits for devices that have not answered */
}
module_exit(blkback_exit);

MODULE_DESCRIPTION("Shoji: block backend");
MODULE_LICENSE("GPL");
MODULE_ALIAS("xen-backend:vbd");
