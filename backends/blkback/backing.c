// SPDX-License-Identifier: GPL-2.0-only
/*
 * Opening and closing the device behind a vbd, by its number, as the hotplug script has written it.
 * The caller serialises (struct blkback's lock); everything here may sleep.
 */
#include "backing.h"

#include "common/compat.h"

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
	struct block_device *bdev;

	backing->writable = writable && !cdrom;
	backing->cdrom = cdrom;
	bdev = compat_bdev_open(number, backing->writable, &backing->file);
	if (IS_ERR(bdev))
		return PTR_ERR(bdev);
	backing->bdev = bdev;
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
	compat_bdev_close(backing->bdev, backing->writable, backing->file);
	backing->bdev = NULL;
}
