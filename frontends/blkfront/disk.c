// SPDX-License-Identifier: GPL-2.0-only
/*
 * The disk that the guest sees: made when the backend is connected for the first time, kept over
 * reconnections, gone when nobody uses it any more or when the backend has gone. The caller holds
 * struct blkfront's lock, but where something waits for requests.
 */
#include "blkfront.h"

#include <linux/hdreg.h>
#include <linux/module.h>

#include "common/compat.h"

#define DISCARD_SECTORS (UINT_MAX >> SECTOR_SHIFT) /* what one request of the block layer holds */
#define NOBODY_ANY_MORE (-1)			   /* of users: the disk cannot be opened */

/* Both under the disk's open_mutex. Without a frontend the disk was removed under its user. */
static int opened(struct gendisk *disk)
{
	struct blkfront *front = disk->private_data;

	return front && atomic_inc_unless_negative(&front->users) ? 0 : -ENXIO;
}

/* What the user wrote is with the backend, or has failed. Closing may have waited for that. */
static void released(struct gendisk *disk)
{
	struct blkfront *front = disk->private_data;

	if (front && atomic_dec_and_test(&front->users))
		blkfront_close_soon(front);
}

static int geometry(struct gendisk *disk, struct hd_geometry *geo)
{
	sector_t cylinders = get_capacity(disk);

	geo->heads = 255;
	geo->sectors = 63;
	sector_div(cylinders, geo->heads * geo->sectors);
	geo->cylinders = min_t(sector_t, cylinders, 0xffff);
	return 0;
}

COMPAT_DISK_OPEN(open, opened, release, released)
COMPAT_DISK_GETGEO(getgeo, geometry)

static int ioctl(struct block_device *bdev, COMPAT_DISK_IOCTL_MODE mode, unsigned int cmd,
		 unsigned long arg)
{
	return blkfront_cdrom_ioctl(bdev, cmd, arg);
}

/* What depends on the backend. */
static void set_limits(const struct features *f, struct queue_limits *limits)
{
	limits->max_hw_sectors = f->max_pages * BLK_PAGE_SECTORS;
	limits->max_hw_discard_sectors = f->discard ? DISCARD_SECTORS : 0;
	limits->discard_granularity = f->discard ? f->discard_granularity : 0;
	limits->discard_alignment = f->discard ? f->discard_alignment : 0;
	limits->max_secure_erase_sectors = f->secure ? DISCARD_SECTORS : 0;
	limits->max_write_zeroes_sectors = f->zeroes ? DISCARD_SECTORS : 0;
}

/*
 * The disk has a write cache always: a backend that has a cache may follow one that has none, and
 * fsync must not be answered before that is known.
 */
static bool fua(const struct features *f)
{
	return f->flush && f->pool;
}

/* Without freezing the queue: requests that wait for this backend would never leave it. */
static void update_limits(struct blkfront *front, const struct features *f)
{
	struct queue_limits limits = compat_limits_begin(front->disk);

	set_limits(f, &limits);
	if (compat_limits_commit(front->disk, &limits, fua(f)))
		dev_warn(&front->dev->dev, "%s keeps the limits that the old backend had\n",
			 front->vdev.name);
}

static struct gendisk *make_disk(struct blkfront *front)
{
	const struct features *f = &front->features;
	struct queue_limits limits = {
		.logical_block_size = f->sector_size,
		.physical_block_size = f->physical_sector_size,
		.max_segments = BLK_MAX_INDIRECT,
		.max_segment_size = BLK_MAX_BYTES,
	};

	set_limits(f, &limits);
	return compat_alloc_disk(&front->tags, &limits, fua(f), front);
}

static const struct block_device_operations operations = {
	.owner = THIS_MODULE,
	.open = open,
	.release = release,
	.getgeo = getgeo,
};

/* A disk has no ioctls: without a function the block layer answers -ENOTTY. */
static const struct block_device_operations cdrom_operations = {
	.owner = THIS_MODULE,
	.open = open,
	.release = release,
	.getgeo = getgeo,
	.ioctl = ioctl,
	.compat_ioctl = blkdev_compat_ptr_ioctl,
};

static int make_tags(struct blkfront *front)
{
	struct blk_mq_tag_set *tags = &front->tags;

	memset(tags, 0, sizeof(*tags));
	tags->ops = &blkfront_mq_ops;
	tags->nr_hw_queues = front->nr_queues;
	tags->queue_depth = front->queues[0].slots;
	tags->numa_node = NUMA_NO_NODE;
	tags->cmd_size = sizeof(struct frontreq);
	/* The backend's side has a scheduler: two in a row only cost. */
	tags->flags = COMPAT_BLK_MQ_F_SHOULD_MERGE | BLK_MQ_F_NO_SCHED_BY_DEFAULT;
	return blk_mq_alloc_tag_set(tags);
}

static void set_identity(struct blkfront *front, struct gendisk *disk)
{
	const struct features *f = &front->features;

	strscpy(disk->disk_name, front->vdev.name, sizeof(disk->disk_name));
	disk->fops = f->info & BLK_VDISK_CDROM ? &cdrom_operations : &operations;
	disk->private_data = front;
	if (front->vdev.minors) {
		disk->major = VDEV_MAJOR;
		disk->first_minor = front->vdev.first_minor;
		disk->minors = front->vdev.minors;
	}
	if (f->info & BLK_VDISK_REMOVABLE)
		disk->flags |= GENHD_FL_REMOVABLE;
	if (front->vdev.partition)
		disk->flags |= GENHD_FL_NO_PART;
	set_capacity(disk, f->sectors);
	set_disk_ro(disk, f->info & (BLK_VDISK_READONLY | BLK_VDISK_CDROM));
}

/**
 * blkfront_add_disk() - make the disk and begin to register it
 * @front: connected, with its queues running
 *
 * Registering reads the partitions, and so waits for as long as the backend likes. It is done in a
 * work without front's lock, so that a backend which does not answer, or not as it should, can be
 * left; and no other device's xenstore events wait for this one.
 *
 * May sleep. Return: 0, or a negative errno after the device was closed with a message.
 */
int blkfront_add_disk(struct blkfront *front)
{
	struct gendisk *disk;
	int err;

	err = make_tags(front);
	if (err)
		goto fatal;
	disk = make_disk(front);
	if (IS_ERR(disk)) {
		err = PTR_ERR(disk);
		blk_mq_free_tag_set(&front->tags);
		goto fatal;
	}
	set_identity(front, disk);
	atomic_set(&front->users, 0);
	front->disk = disk;
	front->adding = true;
	queue_work(compat_dfl_wq, &front->add);
	return 0;
fatal:
	xenbus_dev_fatal(front->dev, err, "making the disk %s", front->vdev.name);
	return err;
}

/**
 * blkfront_is_adding() - is the disk being registered?
 * @front: the vbd
 *
 * Any context. When it is not, front->add_error is known.
 */
bool blkfront_is_adding(struct blkfront *front)
{
	return smp_load_acquire(&front->adding); /* pairs with the release in blkfront_add_work() */
}

/**
 * blkfront_add_work() - the work: register the disk
 * @work: in a struct blkfront
 *
 * Process context, without the lock: it waits for the backend to answer. The disk stays while it is
 * under way.
 */
void blkfront_add_work(struct work_struct *work)
{
	struct blkfront *front = container_of(work, struct blkfront, add);

	front->add_error = device_add_disk(&front->dev->dev, front->disk, NULL);
	/* The error before the flag; pairs with the smp_load_acquire() in blkfront_is_adding(). */
	smp_store_release(&front->adding, false);
	blkfront_close_soon(front);
}

/**
 * blkfront_update_disk() - take over what another backend can do
 * @front: with its disk, its device read, its queue parked
 *
 * Requests that were made for the old backend's limits are in the queue still: request.c sends
 * those that are too large in pieces. The limits themselves are changed by a work.
 */
void blkfront_update_disk(struct blkfront *front)
{
	set_capacity_and_notify(front->disk, front->features.sectors);
	queue_work(compat_dfl_wq, &front->limits);
}

/**
 * blkfront_limits_work() - the work: give the disk the limits of the backend
 * @work: in a struct blkfront
 *
 * Without front's lock. Somebody who writes to the queue's files in sysfs holds the limits' lock
 * while all requests end (since 6.12), which takes as long as the backend likes.
 */
void blkfront_limits_work(struct work_struct *work)
{
	struct blkfront *front = container_of(work, struct blkfront, limits);
	struct features features;

	mutex_lock(&front->lock);
	features = front->features;
	mutex_unlock(&front->lock);
	update_limits(front, &features);
}

/**
 * blkfront_shut_unused() - if nobody uses the disk, let nobody open it any more
 * @front: with its disk
 *
 * Any context. Return: true when that is so from now on.
 */
bool blkfront_shut_unused(struct blkfront *front)
{
	return atomic_cmpxchg(&front->users, 0, NOBODY_ANY_MORE) == 0;
}

/**
 * blkfront_delete_disk() - take the disk from the system
 * @front: leaving, with its disk
 *
 * Without front's lock: it waits for every request's end. There are none when nobody can open the
 * disk, and they fail when front is dead. Everybody else leaves front->disk as it is meanwhile.
 */
void blkfront_delete_disk(struct blkfront *front)
{
	struct gendisk *disk = front->disk;

	cancel_work_sync(&front->limits);
	flush_work(&front->add);
	if (front->add_error)
		return;
	/*
	 * Not before what was under way has failed: some kernels write back here what is dirty, and
	 * wait.
	 */
	if (front->dead)
		blk_mark_disk_dead(disk);
	del_gendisk(disk);
	mutex_lock(&disk->open_mutex); /* opened() and released() run under it */
	disk->private_data = NULL;
	mutex_unlock(&disk->open_mutex);
}

/**
 * blkfront_free_disk() - free a disk that was deleted
 * @front: with or without a disk; the caller holds its lock
 *
 * May sleep.
 */
void blkfront_free_disk(struct blkfront *front)
{
	struct gendisk *disk = front->disk;

	if (!disk)
		return;
	front->disk = NULL;
	put_disk(disk);
	blk_mq_free_tag_set(&front->tags);
}

/**
 * blkfront_register_major() - claim the device numbers of Xen's disks
 *
 * May sleep. Return: 0, or a negative errno when another driver has them.
 */
int blkfront_register_major(void)
{
	return register_blkdev(VDEV_MAJOR, "xvd");
}

/**
 * blkfront_unregister_major() - the reverse
 *
 * May sleep.
 */
void blkfront_unregister_major(void)
{
	unregister_blkdev(VDEV_MAJOR, "xvd");
}
