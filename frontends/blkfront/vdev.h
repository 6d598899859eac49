/* SPDX-License-Identifier: GPL-2.0-only */
/* From the number in "virtual-device" to a name and to device numbers. */
#ifndef SHOJI_BLKFRONT_VDEV_H
#define SHOJI_BLKFRONT_VDEV_H

#include <linux/types.h>

#define VDEV_MAJOR 202 /* registered for Xen's virtual disks */

struct vdev {
	char name[32];		   /* xvda, xvdb3 ... */
	unsigned int first_minor;  /* below VDEV_MAJOR */
	unsigned int minors;	   /* 0: numbers are given dynamically */
	bool partition;		   /* a lone partition: a disk that is not searched for more */
};

/*
 * Fill in the name and the device numbers for @number of "virtual-device". 0, or -ENODEV for an
 * unknown number.
 */
int vdev_parse(struct vdev *vdev, u32 number);

#endif
