/* SPDX-License-Identifier: GPL-2.0-only */
/* The block device of Domain-0 that serves a vbd. */
#ifndef SHOJI_BLKBACK_BACKING_H
#define SHOJI_BLKBACK_BACKING_H

#include <linux/blkdev.h>

struct backing {
	struct block_device *bdev; /* NULL: not open */
	struct file *file;	   /* it was opened as this, since kernel 6.9 */
	bool writable;
	bool cdrom;
};

int backing_open(struct backing *backing, dev_t number, bool writable, bool cdrom);
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
