// SPDX-License-Identifier: GPL-2.0-only
/*
 * The device behind a vbd, as the log and xenstore see it: opened, resized, gone. backing.c opens
 * it.
 */
#include "blkback.h"

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
		return "somebody else has opened it exclusively";
	case -EROFS:
	case -EACCES:
		return "it is read-only: attach it with mode r";
	default:
		return "the device does not open";
	}
}

/**
 * blkback_open_device() - open the device that the hotplug script has named
 * @back: without a device; the caller holds its lock
 * @major: of the device
 * @minor: of the device
 *
 * May sleep. When it fails the vbd is closed with a message, and back->backing stays closed.
 */
void blkback_open_device(struct blkback *back, unsigned int major, unsigned int minor)
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

/**
 * blkback_gone() - was the device unplugged or deleted under us?
 * @back: with its device open
 *
 * The first to see it says so in the log. The vbd stays as it is, and answers every request with an
 * error: it is the administrator who takes it away. The device is not opened exclusively (the
 * hotplug script says who may share it), so no holder is told by the kernel and the queues look
 * for themselves. Any context. Return: true when it has gone.
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

/**
 * blkback_resize_work() - the work: tell the frontend that the device has another size
 * @work: in a struct blkback; takes its lock
 *
 * Process context; may sleep. The state is written too, so that the frontend looks.
 */
void blkback_resize_work(struct work_struct *work)
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
