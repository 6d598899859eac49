// SPDX-License-Identifier: GPL-2.0-only
/*
 * What a vbd shows below /sys/bus/xen-backend/devices/vbd-*: the names that xentop and others read
 * from the in-tree driver, and some of our own: wakeups, notifies, grant_ops, mapped (persistent
 * grants, now), errors, and how long requests took. A latency file is a line of numbers: requests
 * of less than 1 us, 2 us, 4 us and so on, each without those before it; the last number: 8 s and
 * more. A reader holds the vbd's lock, so that queues do not go away under it; therefore the files
 * are removed without it.
 */
#include "blkback.h"

#include <linux/device.h>
#include <linux/sysfs.h>

static u64 sum(struct blkback *back, size_t offset)
{
	u64 total = 0;
	unsigned int i;

	for (i = 0; i < back->nr_queues; i++)
		total += *(u64 *)((char *)&back->queues[i].stats + offset);
	return total;
}

static ssize_t show_sum(struct device *dev, char *to, size_t offset)
{
	struct blkback *back = dev_get_drvdata(dev);
	u64 total;

	mutex_lock(&back->lock);
	total = sum(back, offset);
	mutex_unlock(&back->lock);
	return sysfs_emit(to, "%llu\n", total);
}

#define STATISTIC(name)                                                                           \
	static ssize_t name##_show(struct device *dev, struct device_attribute *attr, char *to)   \
	{                                                                                         \
		return show_sum(dev, to, offsetof(struct blkq_stats, name));                      \
	}                                                                                         \
	static DEVICE_ATTR_RO(name)

STATISTIC(oo_req);
STATISTIC(rd_req);
STATISTIC(wr_req);
STATISTIC(f_req);
STATISTIC(ds_req);
STATISTIC(rd_sect);
STATISTIC(wr_sect);
STATISTIC(wakeups);
STATISTIC(notifies);
STATISTIC(grant_ops);
STATISTIC(mapped);
STATISTIC(errors);

static ssize_t show_latency(struct device *dev, char *to, enum blkq_kind kind)
{
	struct blkback *back = dev_get_drvdata(dev);
	unsigned int bucket;
	int at = 0;

	mutex_lock(&back->lock);
	for (bucket = 0; bucket < BLKQ_BUCKETS; bucket++)
		at += sysfs_emit_at(to, at, "%llu%c",
				    sum(back, offsetof(struct blkq_stats, latency[kind][bucket])),
				    bucket == BLKQ_BUCKETS - 1 ? '\n' : ' ');
	mutex_unlock(&back->lock);
	return at;
}

#define LATENCY(name, kind)                                                                       \
	static ssize_t name##_show(struct device *dev, struct device_attribute *attr, char *to)   \
	{                                                                                         \
		return show_latency(dev, to, kind);                                               \
	}                                                                                         \
	static DEVICE_ATTR_RO(name)

LATENCY(latency_read, BLKQ_READ);
LATENCY(latency_write, BLKQ_WRITE);
LATENCY(latency_other, BLKQ_OTHER);

static struct attribute *statistics[] = {
	&dev_attr_oo_req.attr,	&dev_attr_rd_req.attr,	 &dev_attr_wr_req.attr,
	&dev_attr_f_req.attr,	&dev_attr_ds_req.attr,	 &dev_attr_rd_sect.attr,
	&dev_attr_wr_sect.attr, &dev_attr_wakeups.attr,	 &dev_attr_notifies.attr,
	&dev_attr_grant_ops.attr, &dev_attr_mapped.attr, &dev_attr_errors.attr,
	&dev_attr_latency_read.attr, &dev_attr_latency_write.attr,
	&dev_attr_latency_other.attr, NULL,
};

static const struct attribute_group statistics_group = {
	.name = "statistics",
	.attrs = statistics,
};

static ssize_t physical_device_show(struct device *dev, struct device_attribute *attr, char *to)
{
	struct blkback *back = dev_get_drvdata(dev);

	return sysfs_emit(to, "%x:%x\n", back->major, back->minor);
}
static DEVICE_ATTR_RO(physical_device);

static ssize_t mode_show(struct device *dev, struct device_attribute *attr, char *to)
{
	struct blkback *back = dev_get_drvdata(dev);

	return sysfs_emit(to, "%s\n", back->backing.writable ? "w" : "r");
}
static DEVICE_ATTR_RO(mode);

static struct attribute *identity[] = {
	&dev_attr_physical_device.attr,
	&dev_attr_mode.attr,
	NULL,
};

static const struct attribute_group identity_group = {.attrs = identity};

static const struct attribute_group *groups[] = {&identity_group, &statistics_group, NULL};

/**
 * blkback_sysfs_add() - create the vbd's files in sysfs
 * @back: the vbd; the caller holds its lock
 *
 * May sleep. Return: 0 or a negative errno. Files that are there already stay.
 */
int blkback_sysfs_add(struct blkback *back)
{
	int err;

	if (back->has_sysfs)
		return 0;
	err = sysfs_create_groups(&back->dev->dev.kobj, groups);
	back->has_sysfs = !err;
	return err;
}

/**
 * blkback_sysfs_remove() - remove them, if they are there
 * @back: the vbd; the caller does not hold its lock, which readers take
 *
 * Sleeps until the last reader is through.
 */
void blkback_sysfs_remove(struct blkback *back)
{
	if (back->has_sysfs)
		sysfs_remove_groups(&back->dev->dev.kobj, groups);
	back->has_sysfs = false;
}
