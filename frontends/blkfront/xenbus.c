// SPDX-License-Identifier: GPL-2.0-only
/*
 * A disk's life in xenstore, the frontend's column of include/xen/io/xenbus.h.
 *
 *   - A disk that is in use is not closed when the backend asks for it, but when the last user has
 *     let go: what it has written is safe then. A backend that is gone already is followed at once.
 *     closing.c does both.
 *   - A backend that was reloaded takes the ring up where it was: nothing happens here.
 *   - After a migration, or with a backend that starts anew, the queues are made again and what was
 *     not answered is sent again.
 *
 * Lock: struct blkfront's mutex. The disk's open and release never take it; they start a work.
 * Nothing here waits for a request's end.
 */
#include "blkfront.h"

#include <linux/device.h>
#include <linux/module.h>
#include <linux/slab.h>
#include <xen/events.h>
#include <xen/platform_pci.h>
#include <xen/xen.h>

/* ---- connecting ---- */

/* There is no backend for the disk, and that was said: who uses it must not wait for ever. */
static void give_up(struct blkfront *front)
{
	if (!front->disk)
		return;
	front->asked = true;
	blkfront_sever(front);
	blkfront_close_soon(front);
}

static void offer(struct blkfront *front)
{
	if (front->offered || front->dead || front->leaving)
		return;
	if (blkfront_offer(front))
		give_up(front);
	else
		xenbus_switch_state(front->dev, XenbusStateInitialised);
}

static const char *way(const struct blkfront *front)
{
	return front->features.pool ? "pool ring" : "stock protocol";
}

static void connect(struct blkfront *front)
{
	if (front->dead || front->leaving)
		return;
	if (front->connected) {
		blkfront_read_size(front);
		return;
	}
	if (!front->offered) {
		offer(front); /* the backend skipped InitWait */
		return;
	}
	if (blkfront_read_device(front)) {
		give_up(front);
		return;
	}
	if (front->disk)
		blkfront_update_disk(front);
	front->connected = true;
	blkfront_run(front);
	if (front->disk)
		blkfront_unpark(front);
	else if (blkfront_add_disk(front))
		return;
	xenbus_switch_state(front->dev, XenbusStateConnected);
	dev_info(&front->dev->dev,
		 "%s: %llu sectors, %u queue%s of %u requests up to %u KiB, %s%s\n",
		 front->vdev.name, front->features.sectors, front->nr_queues,
		 front->nr_queues == 1 ? "" : "s", front->queues[0].slots,
		 front->features.max_pages * 4, way(front),
		 front->features.info & BLK_VDISK_READONLY ? ", read-only" : "");
}

/* ---- the backend ---- */

static void backend_changed(struct xenbus_device *dev, enum xenbus_state back)
{
	struct blkfront *front = dev_get_drvdata(&dev->dev);

	mutex_lock(&front->lock);
	blkfront_let_go(front, back);
	switch (back) {
	case XenbusStateInitWait:
		if (dev->state == XenbusStateInitialising)
			offer(front);
		break;
	case XenbusStateConnected:
		if (dev->state == XenbusStateInitialising || dev->state == XenbusStateInitialised ||
		    dev->state == XenbusStateConnected)
			connect(front);
		break;
	case XenbusStateClosing:
		front->asked = true;
		blkfront_close_soon(front);
		break;
	case XenbusStateClosed:
		if (dev->state == XenbusStateInitialising)
			break; /* it follows us to InitWait */
		if (front->disk)
			blkfront_sever(front); /* it did not wait for us */
		front->asked = true;
		blkfront_close_soon(front);
		break;
	default:
		break;
	}
	mutex_unlock(&front->lock);
}

/* ---- sysfs ---- */

static ssize_t notifies_show(struct device *dev, struct device_attribute *attr, char *to)
{
	struct blkfront *front = dev_get_drvdata(dev);
	u64 total = 0;
	unsigned int i;

	mutex_lock(&front->lock);
	for (i = 0; i < front->nr_queues; i++)
		total += front->queues[i].notifies;
	mutex_unlock(&front->lock);
	return sysfs_emit(to, "%llu\n", total);
}
static DEVICE_ATTR_RO(notifies);

static ssize_t pool_kib_show(struct device *dev, struct device_attribute *attr, char *to)
{
	struct blkfront *front = dev_get_drvdata(dev);
	unsigned int i, total = 0;

	mutex_lock(&front->lock);
	for (i = 0; i < front->nr_queues; i++)
		total += READ_ONCE(front->queues[i].pool.made);
	mutex_unlock(&front->lock);
	return sysfs_emit(to, "%u\n", total * (POOL_PAGE_BYTES / 1024));
}
static DEVICE_ATTR_RO(pool_kib);

static struct attribute *attributes[] = {
	&dev_attr_notifies.attr,
	&dev_attr_pool_kib.attr,
	NULL,
};
static const struct attribute_group files = {.attrs = attributes};

/* ---- life ---- */

static int read_vdev(struct xenbus_device *dev, struct vdev *vdev)
{
	u32 number;
	int err = -ENOENT;

	if (xenbus_scanf(XBT_NIL, dev->nodename, "virtual-device", "%u", &number) == 1 ||
	    xenbus_scanf(XBT_NIL, dev->nodename, "virtual-device-ext", "%u", &number) == 1)
		err = vdev_parse(vdev, number);
	if (err)
		xenbus_dev_error(dev, err, "reading virtual-device: not the number of a disk");
	return err;
}

/*
 * The number that requests name: of the device's own as much as fits. Backends do not look at it.
 */
static u16 read_handle(struct xenbus_device *dev)
{
	const char *last = strrchr(dev->nodename, '/');
	unsigned int number;

	return last && !kstrtouint(last + 1, 10, &number) ? number : 0;
}

static int probe(struct xenbus_device *dev, const struct xenbus_device_id *id)
{
	struct blkfront *front;
	int err;

	front = kzalloc(sizeof(*front), GFP_KERNEL);
	if (!front)
		return -ENOMEM;
	err = read_vdev(dev, &front->vdev);
	if (err) {
		/* Nobody would answer the backend: the vbd closes, and can be detached. */
		xenbus_frontend_closed(dev);
		kfree(front);
		return err;
	}
	front->handle = read_handle(dev);
	front->dev = dev;
	mutex_init(&front->lock);
	INIT_WORK(&front->add, blkfront_add_work);
	INIT_WORK(&front->limits, blkfront_limits_work);
	INIT_WORK(&front->close, blkfront_close_work);
	init_completion(&front->left);
	dev_set_drvdata(&dev->dev, front);
	if (sysfs_create_group(&dev->dev.kobj, &files))
		dev_warn(&dev->dev, "no file for statistics\n");
	/* A backend that we left before begins anew when it sees this. */
	xenbus_switch_state(dev, XenbusStateInitialising);
	return 0;
}

static void remove(struct xenbus_device *dev)
{
	struct blkfront *front = dev_get_drvdata(&dev->dev);

	sysfs_remove_group(&dev->dev.kobj, &files);
	blkfront_unbind(front);
	dev_set_drvdata(&dev->dev, NULL);
	kvfree(front->queues);
	kfree(front);
}

/* What was sent to the old backend waits for the new one. */
static void unsend(struct blkfront *front)
{
	blkfront_pause(front);
	if (front->disk)
		blkfront_park(front);
	blkfront_stop_interrupts(front);
	if (front->disk) {
		blk_mq_tagset_wait_completed_request(&front->tags);
		blkfront_replay(front);
	}
	blkfront_disconnect(front);
}

/*
 * After a migration or a restore: new backend, new grants; the disk stays, if it was not on its way
 * out.
 */
static int resume(struct xenbus_device *dev)
{
	struct blkfront *front = dev_get_drvdata(&dev->dev);

	mutex_lock(&front->lock);
	front->asked = false;
	if (front->dead || front->leaving)
		blkfront_sever(front); /* the close work does the rest */
	else
		unsend(front);
	mutex_unlock(&front->lock);
	return 0;
}

static int is_ready(struct xenbus_device *dev)
{
	struct blkfront *front = dev_get_drvdata(&dev->dev);

	return READ_ONCE(front->connected) && READ_ONCE(front->disk) && !blkfront_is_adding(front);
}

static const struct xenbus_device_id ids[] = {{"vbd"}, {""}};

static struct xenbus_driver driver = {
	.ids = ids,
	.probe = probe,
	.remove = remove,
	.resume = resume,
	.otherend_changed = backend_changed,
	.is_ready = is_ready,
};

static int __init blkfront_init(void)
{
	int err;

	if (!xen_domain() || !xen_has_pv_disk_devices())
		return -ENODEV;
	err = blkfront_register_major();
	if (err) {
		pr_err("shoji-blkfront: block major %d is taken: unload xen-blkfront first\n",
		       VDEV_MAJOR);
		return err;
	}
	err = xenbus_register_frontend(&driver);
	if (err)
		blkfront_unregister_major();
	return err;
}
module_init(blkfront_init);

static void __exit blkfront_exit(void)
{
	xenbus_unregister_driver(&driver);
	blkfront_unregister_major();
}
module_exit(blkfront_exit);

MODULE_DESCRIPTION("Shoji: block frontend");
MODULE_LICENSE("GPL");
MODULE_ALIAS("xen:vbd");
MODULE_ALIAS("xenblk");
