// SPDX-License-Identifier: GPL-2.0-only
/*
 * A disk's life in xenstore, the frontend's column of include/xen/io/xenbus.h.
 *
 *   - A disk that is in use is not closed when the backend asks for it, but when the last user has
 *     let go: what it has written is safe then. A backend that is gone already is followed at once.
 *   - A backend that was reloaded takes the ring up where it was: nothing happens here.
 *   - After a migration, or with a backend that starts anew, the queues are made again and what was
 *     not answered is sent again.
 *
 * Lock: struct blkfront's mutex. The disk's open and release never take it; they start a work.
 */
#include "blkfront.h"

#include <linux/device.h>
#include <linux/module.h>
#include <linux/slab.h>
#include <xen/events.h>
#include <xen/platform_pci.h>
#include <xen/xen.h>

/* ---- connecting ---- */

static void offer(struct blkfront *front)
{
	if (!front->offered && !front->dead && !blkfront_offer(front))
		xenbus_switch_state(front->dev, XenbusStateInitialised);
}

static const char *way(const struct blkfront *front)
{
	return front->features.pool ? "pool ring" : "stock protocol";
}

static void connect(struct blkfront *front)
{
	if (front->connected) {
		blkfront_read_size(front);
		return;
	}
	if (!front->offered) {
		offer(front); /* the backend skipped InitWait */
		return;
	}
	if (blkfront_read_device(front))
		return;
	if (front->disk)
		blkfront_update_disk(front);
	front->connected = true;
	blkfront_run(front);
	if (front->disk) {
		blk_mq_kick_requeue_list(front->disk->queue);
		blk_mq_run_hw_queues(front->disk->queue, true);
	} else if (blkfront_add_disk(front)) {
		return;
	}
	xenbus_switch_state(front->dev, XenbusStateConnected);
	dev_info(&front->dev->dev, "%s: %llu sectors, %u queue%s of %u requests up to %u KiB, %s%s\n",
		 front->vdev.name, front->features.sectors, front->nr_queues,
		 front->nr_queues == 1 ? "" : "s", front->queues[0].slots,
		 front->features.max_pages * 4, way(front),
		 front->features.info & BLK_VDISK_READONLY ? ", read-only" : "");
}

/* ---- closing ---- */

static void stop_interrupts(struct blkfront *front)
{
	unsigned int i;

	for (i = 0; i < front->nr_queues; i++) {
		struct frontq *q = &front->queues[i];

		if (q->irq > 0)
			unbind_from_irqhandler(q->irq, q);
		q->irq = 0;
		q->port = 0; /* the channel was closed with it */
	}
}

/* The backend is gone, or not believed any more: what is under way fails, what comes fails. */
static void bury(struct blkfront *front)
{
	front->dead = true;
	blkfront_pause(front);
	stop_interrupts(front);
	if (front->disk)
		blk_mark_disk_dead(front->disk);
	blkfront_fail_all(front);
	if (front->disk)
		blk_mq_kick_requeue_list(front->disk->queue);
}

static void take_down(struct blkfront *front)
{
	blkfront_remove_disk(front);
	blkfront_pause(front);
	blkfront_disconnect(front);
}

static bool is_adding(struct blkfront *front)
{
	return smp_load_acquire(&front->adding); /* pairs with the release in blkfront_add_work() */
}

/* Closing, as the backend or the toolstack wishes. */
static void close(struct blkfront *front)
{
	if (front->dev->state == XenbusStateClosed)
		return;
	if (front->disk && !front->dead && (is_adding(front) || disk_openers(front->disk))) {
		xenbus_switch_state(front->dev, XenbusStateClosing);
		dev_info(&front->dev->dev, "%s is in use: it is closed when its last user lets go\n",
			 front->vdev.name);
		return;
	}
	if (front->dead)
		bury(front);
	take_down(front);
	xenbus_frontend_closed(front->dev);
}

/* The disk could not be registered. */
static void give_up(struct blkfront *front)
{
	int error = front->add_error;

	blkfront_remove_disk(front);
	xenbus_dev_fatal(front->dev, error, "registering the disk %s", front->vdev.name);
}

/* The last user let go, the disk is registered, or the backend broke the protocol. */
static void close_work(struct work_struct *work)
{
	struct blkfront *front = container_of(work, struct blkfront, close);

	mutex_lock(&front->lock);
	if (front->disk && !is_adding(front) && front->add_error)
		give_up(front);
	if (front->dead || front->dev->state == XenbusStateClosing)
		close(front);
	mutex_unlock(&front->lock);
}

/* ---- the backend ---- */

static void backend_changed(struct xenbus_device *dev, enum xenbus_state back)
{
	struct blkfront *front = dev_get_drvdata(&dev->dev);

	mutex_lock(&front->lock);
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
		close(front);
		break;
	case XenbusStateClosed:
		if (dev->state == XenbusStateInitialising)
			break; /* it follows us to InitWait */
		front->dead = front->disk; /* it did not wait for us */
		close(front);
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

/* ---- life ---- */

static int read_vdev(struct xenbus_device *dev, struct vdev *vdev)
{
	u32 number;
	int error = -ENOENT;

	if (xenbus_scanf(XBT_NIL, dev->nodename, "virtual-device", "%u", &number) == 1 ||
	    xenbus_scanf(XBT_NIL, dev->nodename, "virtual-device-ext", "%u", &number) == 1)
		error = vdev_parse(vdev, number);
	if (error)
		xenbus_dev_fatal(dev, error, "reading virtual-device: not the number of a disk");
	return error;
}

static int probe(struct xenbus_device *dev, const struct xenbus_device_id *id)
{
	struct blkfront *front;
	const char *handle;
	int error;

	front = kzalloc(sizeof(*front), GFP_KERNEL);
	if (!front)
		return -ENOMEM;
	error = read_vdev(dev, &front->vdev);
	if (error) {
		kfree(front);
		return error;
	}
	handle = strrchr(dev->nodename, '/');
	front->handle = handle ? simple_strtoul(handle + 1, NULL, 0) : 0;
	front->dev = dev;
	mutex_init(&front->lock);
	INIT_WORK(&front->add, blkfront_add_work);
	INIT_WORK(&front->close, close_work);
	dev_set_drvdata(&dev->dev, front);
	if (device_create_file(&dev->dev, &dev_attr_notifies))
		dev_warn(&dev->dev, "no file for statistics\n");
	/* A backend that we left before begins anew when it sees this. */
	xenbus_switch_state(dev, XenbusStateInitialising);
	return 0;
}

static void remove(struct xenbus_device *dev)
{
	struct blkfront *front = dev_get_drvdata(&dev->dev);

	device_remove_file(&dev->dev, &dev_attr_notifies);
	mutex_lock(&front->lock);
	/* Closed in order: nothing is left. Else the device was taken away under the disk. */
	if (front->disk && !xenbus_exists(XBT_NIL, dev->nodename, ""))
		bury(front);
	take_down(front);
	mutex_unlock(&front->lock);
	cancel_work_sync(&front->close);
	dev_set_drvdata(&dev->dev, NULL);
	kvfree(front->queues);
	kfree(front);
}

/* After a migration or a restore: new backend, new grants; the disk stays. */
static int resume(struct xenbus_device *dev)
{
	struct blkfront *front = dev_get_drvdata(&dev->dev);

	mutex_lock(&front->lock);
	blkfront_pause(front);
	stop_interrupts(front);
	if (front->disk) {
		/* Kernel threads are not frozen: one may be copying data into the pool. */
		blk_mq_quiesce_queue(front->disk->queue);
		blk_mq_unquiesce_queue(front->disk->queue);
		blk_mq_tagset_wait_completed_request(&front->tags);
		blkfront_replay(front);
	}
	blkfront_disconnect(front);
	mutex_unlock(&front->lock);
	return 0;
}

static int is_ready(struct xenbus_device *dev)
{
	struct blkfront *front = dev_get_drvdata(&dev->dev);

	return READ_ONCE(front->connected) && READ_ONCE(front->disk) && !is_adding(front);
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
	int error;

	if (!xen_domain() || !xen_has_pv_disk_devices())
		return -ENODEV;
	error = blkfront_register_major();
	if (error) {
		pr_err("shoji-blkfront: block major %d is taken: unload xen-blkfront first\n",
		       VDEV_MAJOR);
		return error;
	}
	error = xenbus_register_frontend(&driver);
	if (error)
		blkfront_unregister_major();
	return error;
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
