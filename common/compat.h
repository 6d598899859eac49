/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What Linux calls differently from version to version: the only file of the modules that asks for
 * LINUX_VERSION_CODE. Debian's 6.1, 6.12, 7.2 and 7.3 build, with their flavours rt and cloud. A
 * name that all of them have is used as it is, without an entry here.
 *
 * Each entry gives the older kernels what the newer ones have, as compat_NAME() where the newer
 * kernels call it NAME(); contexts and errors are those of NAME().
 */
#ifndef SHOJI_COMMON_COMPAT_H
#define SHOJI_COMMON_COMPAT_H

#include <linux/blk-mq.h>
#include <linux/blkdev.h>
#include <linux/ethtool.h>
#include <linux/hdreg.h>
#include <linux/hrtimer.h>
#include <linux/netdevice.h>
#include <linux/version.h>
#include <linux/workqueue.h>
#include <xen/xenbus.h>

#if __has_include(<linux/hex.h>)
#include <linux/hex.h> /* mac_pton(), where it has left the general header */
#endif

/* ---- xenbus ---- */

/* The state in xenstore's folder @path, which is @dev's own or its otherend's. */
static inline enum xenbus_state compat_read_driver_state(const struct xenbus_device *dev,
							 const char *path)
{
#if LINUX_VERSION_CODE < KERNEL_VERSION(7, 0, 0)
	return xenbus_read_driver_state(path);
#else
	return xenbus_read_driver_state(dev, path);
#endif
}

/* What the device is for a driver's function uevent. */
#if LINUX_VERSION_CODE < KERNEL_VERSION(6, 7, 0)
#define COMPAT_UEVENT_CONST
#else
#define COMPAT_UEVENT_CONST const
#endif

/* ---- work and timers ---- */

/* For work that may run on any CPU. */
#if LINUX_VERSION_CODE < KERNEL_VERSION(7, 0, 0)
#define compat_dfl_wq system_unbound_wq
#else
#define compat_dfl_wq system_dfl_wq
#endif

#if LINUX_VERSION_CODE < KERNEL_VERSION(6, 13, 0)
static inline void compat_hrtimer_setup(struct hrtimer *timer,
					enum hrtimer_restart (*function)(struct hrtimer *),
					clockid_t clock, enum hrtimer_mode mode)
{
	hrtimer_init(timer, clock, mode);
	timer->function = function;
}

static inline void compat_hrtimer_setup_on_stack(struct hrtimer *timer,
						 enum hrtimer_restart (*function)(struct hrtimer *),
						 clockid_t clock, enum hrtimer_mode mode)
{
	hrtimer_init_on_stack(timer, clock, mode);
	timer->function = function;
}
#else
#define compat_hrtimer_setup	      hrtimer_setup
#define compat_hrtimer_setup_on_stack hrtimer_setup_on_stack
#endif

/* ---- network ---- */

/* The administrator's settings for a device, which each of its NAPI contexts has since 6.13. */
static inline unsigned long compat_gro_flush_timeout(const struct napi_struct *napi)
{
#if LINUX_VERSION_CODE < KERNEL_VERSION(6, 13, 0)
	return READ_ONCE(napi->dev->gro_flush_timeout);
#else
	return READ_ONCE(napi->gro_flush_timeout);
#endif
}

static inline u32 compat_defer_hard_irqs(const struct napi_struct *napi)
{
#if LINUX_VERSION_CODE < KERNEL_VERSION(6, 13, 0)
	return READ_ONCE(napi->dev->napi_defer_hard_irqs);
#else
	return READ_ONCE(napi->defer_hard_irqs);
#endif
}

/*
 * COMPAT_RXFH(get_name, get, set_name, set) - the functions get_rxfh and set_rxfh of ethtool_ops,
 * made of get(dev, param) and set(dev, param), which return 0 or a negative errno. Of @param these
 * use indir, key and hfunc alone: nothing else is there before 6.8.
 */
#if LINUX_VERSION_CODE < KERNEL_VERSION(6, 8, 0)
struct ethtool_rxfh_param {
	u8 hfunc;
	u32 *indir;
	u8 *key;
};

#define COMPAT_RXFH(get_name, get, set_name, set)                                                  \
	static int get_name(struct net_device *dev, u32 *indir, u8 *key, u8 *hfunc)                \
	{                                                                                          \
		struct ethtool_rxfh_param param = {.indir = indir, .key = key};                    \
		int err = get(dev, &param);                                                        \
                                                                                                   \
		if (!err && hfunc)                                                                 \
			*hfunc = param.hfunc;                                                      \
		return err;                                                                        \
	}                                                                                          \
                                                                                                   \
	static int set_name(struct net_device *dev, const u32 *indir, const u8 *key,               \
			    const u8 hfunc)                                                        \
	{                                                                                          \
		struct ethtool_rxfh_param param = {                                                \
			.hfunc = hfunc, .indir = (u32 *)indir, .key = (u8 *)key};                  \
                                                                                                   \
		return set(dev, &param);                                                           \
	}
#else
#define COMPAT_RXFH(get_name, get, set_name, set)                                                  \
	static int get_name(struct net_device *dev, struct ethtool_rxfh_param *param)              \
	{                                                                                          \
		return get(dev, param);                                                            \
	}                                                                                          \
                                                                                                   \
	static int set_name(struct net_device *dev, struct ethtool_rxfh_param *param,              \
			    struct netlink_ext_ack *extack)                                        \
	{                                                                                          \
		return set(dev, param);                                                            \
	}
#endif

/* ---- block devices: opening one ---- */

/*
 * Open the device with the number @dev, to read or to write as well: as a block_device before 6.9,
 * as a file since, which is put in @file. Process context; may sleep. Return: the device, or an
 * ERR_PTR().
 */
static inline struct block_device *compat_bdev_open(dev_t dev, bool writable, struct file **file)
{
#if LINUX_VERSION_CODE < KERNEL_VERSION(6, 9, 0)
	*file = NULL;
	return blkdev_get_by_dev(dev, FMODE_READ | (writable ? FMODE_WRITE : 0), NULL);
#else
	*file = bdev_file_open_by_dev(dev, BLK_OPEN_READ | (writable ? BLK_OPEN_WRITE : 0), NULL,
				      NULL);
	return IS_ERR(*file) ? ERR_CAST(*file) : file_bdev(*file);
#endif
}

/* Close what compat_bdev_open() has opened, with the same @writable. May sleep. */
static inline void compat_bdev_close(struct block_device *bdev, bool writable, struct file *file)
{
#if LINUX_VERSION_CODE < KERNEL_VERSION(6, 9, 0)
	blkdev_put(bdev, FMODE_READ | (writable ? FMODE_WRITE : 0));
#else
	bdev_fput(file);
#endif
}

/* ---- block devices: making one ---- */

/* The flag that lets bios be merged; every queue does since 6.14. */
#if LINUX_VERSION_CODE < KERNEL_VERSION(6, 14, 0)
#define COMPAT_BLK_MQ_F_SHOULD_MERGE BLK_MQ_F_SHOULD_MERGE
#else
#define COMPAT_BLK_MQ_F_SHOULD_MERGE 0
#endif

/*
 * COMPAT_DISK_OPEN(name, open, release_name, release) - the functions open and release of
 * block_device_operations, made of int open(disk) and void release(disk).
 * COMPAT_DISK_IOCTL_MODE - the type of the second argument of its function ioctl.
 */
#if LINUX_VERSION_CODE < KERNEL_VERSION(6, 5, 0)
#define COMPAT_DISK_IOCTL_MODE fmode_t
#define COMPAT_DISK_OPEN(open_name, open, release_name, release)                                   \
	static int open_name(struct block_device *bdev, fmode_t mode)                              \
	{                                                                                          \
		return open(bdev->bd_disk);                                                        \
	}                                                                                          \
                                                                                                   \
	static void release_name(struct gendisk *disk, fmode_t mode)                               \
	{                                                                                          \
		release(disk);                                                                     \
	}
#else
#define COMPAT_DISK_IOCTL_MODE blk_mode_t
#define COMPAT_DISK_OPEN(open_name, open, release_name, release)                                   \
	static int open_name(struct gendisk *disk, blk_mode_t mode)                                \
	{                                                                                          \
		return open(disk);                                                                 \
	}                                                                                          \
                                                                                                   \
	static void release_name(struct gendisk *disk)                                             \
	{                                                                                          \
		release(disk);                                                                     \
	}
#endif

/* COMPAT_DISK_GETGEO(name, get) - its function getgeo, made of int get(disk, geometry). */
#if LINUX_VERSION_CODE < KERNEL_VERSION(6, 18, 0)
#define COMPAT_DISK_GETGEO(name, get)                                                              \
	static int name(struct block_device *bdev, struct hd_geometry *geo)                        \
	{                                                                                          \
		return get(bdev->bd_disk, geo);                                                    \
	}
#else
#define COMPAT_DISK_GETGEO(name, get)                                                              \
	static int name(struct gendisk *disk, struct hd_geometry *geo)                             \
	{                                                                                          \
		return get(disk, geo);                                                             \
	}
#endif

/*
 * A disk's limits. compat_limits_begin() gives a copy to change, compat_limits_commit() sets it;
 * nobody else changes the limits in between, and there is a commit for each begin. @fua: the disk
 * has a write cache in any case, and may do writes past it. Process context; may sleep; the queue
 * is not frozen. Return: 0 or a negative errno.
 */
#if LINUX_VERSION_CODE < KERNEL_VERSION(6, 11, 0)
static inline struct queue_limits compat_limits_begin(struct gendisk *disk)
{
	return disk->queue->limits;
}

static inline int compat_limits_commit(struct gendisk *disk, const struct queue_limits *l, bool fua)
{
	struct request_queue *q = disk->queue;

	blk_queue_logical_block_size(q, l->logical_block_size);
	blk_queue_physical_block_size(q, l->physical_block_size);
	blk_queue_max_segments(q, l->max_segments);
	blk_queue_max_segment_size(q, l->max_segment_size);
	blk_queue_max_hw_sectors(q, l->max_hw_sectors);
	blk_queue_max_discard_sectors(q, l->max_hw_discard_sectors);
	q->limits.discard_granularity = l->discard_granularity;
	q->limits.discard_alignment = l->discard_alignment;
	blk_queue_max_secure_erase_sectors(q, l->max_secure_erase_sectors);
	blk_queue_max_write_zeroes_sectors(q, l->max_write_zeroes_sectors);
	blk_queue_write_cache(q, true, fua);
	return 0;
}

/* Make a disk, which does not turn, with these limits. Return: it, or an ERR_PTR(). */
static inline struct gendisk *compat_alloc_disk(struct blk_mq_tag_set *tags,
						const struct queue_limits *limits, bool fua,
						void *queuedata)
{
	struct gendisk *disk = blk_mq_alloc_disk(tags, queuedata);

	if (IS_ERR(disk))
		return disk;
	compat_limits_commit(disk, limits, fua);
	blk_queue_flag_set(QUEUE_FLAG_NONROT, disk->queue);
	blk_queue_flag_clear(QUEUE_FLAG_ADD_RANDOM, disk->queue);
	return disk;
}
#else
static inline void compat_limits_cache(struct queue_limits *limits, bool fua)
{
	limits->features |= BLK_FEAT_WRITE_CACHE;
	limits->features &= ~BLK_FEAT_FUA;
	if (fua)
		limits->features |= BLK_FEAT_FUA;
}

static inline struct queue_limits compat_limits_begin(struct gendisk *disk)
{
	return queue_limits_start_update(disk->queue);
}

static inline int compat_limits_commit(struct gendisk *disk, struct queue_limits *limits, bool fua)
{
	compat_limits_cache(limits, fua);
	return queue_limits_commit_update(disk->queue, limits);
}

static inline struct gendisk *compat_alloc_disk(struct blk_mq_tag_set *tags,
						struct queue_limits *limits, bool fua,
						void *queuedata)
{
	compat_limits_cache(limits, fua);
	return blk_mq_alloc_disk(tags, limits, queuedata);
}
#endif

#endif
