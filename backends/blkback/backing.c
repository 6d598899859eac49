// SPDX-License-Identifier: GPL-2.0-only
/*
 * Opening and closing the device behind a vbd, by its number, as the hotplug script has written it.
 * The caller serialises (struct blkback's lock); everything here may sleep.
 */
#include "backing.h"

#include <linux/file.h>
#include <linux/version.h>

/* A device is opened as a block_device before kernel 6.9, and as a file since. */
#if LINUX_VERSION_CODE < KERNEL_VERSION(6, 9, 0)
static int open_bdev(struct backing *backing, dev_t number)
{
	fmode_t mode = FMODE_READ | (backing->writable ? FMODE_WRITE : 0);
	struct block_device *bdev = blkdev_get_by_dev(number, mode, NULL);

	if (IS_ERR(bdev))
		return PTR_ERR(bdev);
	backing->bdev = bdev;
	return 0;
}

static void close_bdev(struct backing *backing)
{
	blkdev_put(backing->bdev, FMODE_READ | (backing->writable ? FMODE_WRITE : 0));
}
#else
static int open_bdev(struct backing *backing, dev_t number)
{
	blk_mode_t mode = BLK_OPEN_READ | (backing->writable ? BLK_OPEN_WRITE : 0);
	struct file *file = bdev_file_open_by_dev(number, mode, NULL, NULL);

	if (IS_ERR(file))
		return PTR_ERR(file);
	backing->file = file;
	backing->bdev = file_bdev(file);
	return 0;
}

static void close_bdev(struct backing *backing)
{
	bdev_fput(backing->file);
	backing->file = NULL;
}
#endif

/**
 * backing_open() - open the device that serves a vbd
 * @backing: not open
 * @number: major and minor of the device
 * @writable: the vbd's mode; a device that is read-only refuses a vbd that is not (XSA-142)
 * @cdrom: present it as a CD-ROM, which is never written
 *
 * May sleep. Return: 0 or a negative errno: -EROFS, and what the kernel says of devices that are
 * missing or opened exclusively by somebody else.
 */
int backing_open(struct backing *backing, dev_t number, bool writable, bool cdrom)
{
	int err;

	backing->writable = writable && !cdrom;
	backing->cdrom = cdrom;
	err = open_bdev(backing, number);
	if (err)
		return err;
	/* The kernel's own check comes with each write, and older ones only complain of it. */
	if (backing->writable && bdev_read_only(backing->bdev)) {
		backing_close(backing);
		return -EROFS;
	}
	return 0;
}

/**
 * backing_close() - close the device, if it is open
 * @backing: open or not
 *
 * May sleep.
 */
void backing_close(struct backing *backing)
{
	if (!backing->bdev)
		return;
	close_bdev(backing);
	backing->bdev = NULL;
}
