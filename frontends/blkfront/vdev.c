// SPDX-License-Identifier: GPL-2.0-only
/*
 * The encodings that "virtual-device" knows: 202 << 8 | disk << 4 | partition for the first 16
 * disks, 1 << 28 | disk << 8 | partition for all, and the numbers of IDE and SCSI disks, which we
 * show as xvd too. Pure.
 */
#include "vdev.h"

#include <linux/errno.h>
#include <linux/kernel.h>
#include <linux/string.h>

#define EXTENDED      (1u << 28)
#define EXTENDED_BITS 8 /* of the partition */
#define PLAIN_BITS    4
#define IDE_BITS      6
#define SCSI_MAJOR    8
#define LAST_DISK     (26u * 27 * 26) /* three letters, more than the encoding's users ask for */

static const struct {
	u8 major, first_disk;
} ide[] = {{3, 0}, {22, 2}, {33, 4}, {34, 6}};

/* a..z, aa..zz, aaa.. */
static void letters(char *to, unsigned int disk)
{
	char reversed[8];
	unsigned int n = 0;

	do {
		reversed[n++] = 'a' + disk % 26;
		disk = disk / 26;
	} while (disk--);
	while (n)
		*to++ = reversed[--n];
	*to = 0;
}

static int decode(u32 number, unsigned int *disk, unsigned int *partition)
{
	u32 major = number >> 8, minor = number & 0xff;
	unsigned int i;

	if (number & EXTENDED) {
		*disk = (number & ~EXTENDED) >> EXTENDED_BITS;
		*partition = number & ((1u << EXTENDED_BITS) - 1);
		return 0;
	}
	if (major == VDEV_MAJOR || major == SCSI_MAJOR) {
		*disk = minor >> PLAIN_BITS;
		*partition = minor & ((1u << PLAIN_BITS) - 1);
		return 0;
	}
	for (i = 0; i < ARRAY_SIZE(ide); i++) {
		if (ide[i].major != major)
			continue;
		*disk = ide[i].first_disk + (minor >> IDE_BITS);
		*partition = minor & ((1u << IDE_BITS) - 1);
		return 0;
	}
	return -ENODEV;
}

/**
 * vdev_parse() - what a vbd is called
 * @vdev: filled in
 * @number: of "virtual-device"
 *
 * Return: 0, or -ENODEV for a number that we do not know.
 */
int vdev_parse(struct vdev *vdev, u32 number)
{
	unsigned int disk, partition;
	char name[8];

	if (decode(number, &disk, &partition) || disk > LAST_DISK)
		return -ENODEV;
	letters(name, disk);
	memset(vdev, 0, sizeof(*vdev));
	vdev->partition = partition;
	if (partition)
		snprintf(vdev->name, sizeof(vdev->name), "xvd%s%u", name, partition);
	else
		snprintf(vdev->name, sizeof(vdev->name), "xvd%s", name);
	if (number & EXTENDED)
		return 0;
	vdev->first_minor = (disk << PLAIN_BITS) + partition;
	vdev->minors = partition ? 1 : 1u << PLAIN_BITS;
	return 0;
}
