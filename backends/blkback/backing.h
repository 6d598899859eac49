/* SPDX-License-Identifier: GPL-2.0-only */
/* The block device of Domain-0 that serves a vbd. */
#ifndef SHOJI_BLKBACK_BACKING_H
#define SHOJI_BLKBACK_BACKING_H

#include <linux/blkdev.h>

struct backing {
	struct block_device *bdev; /* NULL: not open */
	struct file *file;	   /* it was opened as this: common/compat.h */
	bool writable;
	bool cdrom;
};

/*
 * Open device @number for a vbd of mode @writable; a CD-ROM is never written. 0; -EROFS for a
 * read-only device of a writable vbd; or the kernel's error. May sleep.
 */
int backing_open(struct backing *backing, dev_t number, bool writable, bool cdrom);
/* Close the device, if it is open. May sleep. */
void backing_close(struct backing *backing);

/* Sectors of 512 bytes. The device may grow or shrink at any time. */
static inline u64 backing_sectors(const struct backing *backing)
{
	return bdev_nr_sectors(backing->bdev);
}

/* Was it unplugged or deleted? It does not come back: the same numbers would be another device. */
static inline bool backing_gone(const struct backing *backing)
{
	return test_bit(GD_DEAD, &backing->bdev->bd_disk->state);
}

#endif
