// SPDX-License-Identifier: GPL-2.0-only
/*
 * What blkid, udev and mount ask a CD-ROM. The backend shows us blocks and no drive: there is one
 * data track of one session, no tray, no lock and no sound, and what would need those is refused
 * as any disk refuses it.
 */
#include "blkfront.h"

#include <linux/cdrom.h>
#include <linux/uaccess.h>

#define FIRST_MSF_SECOND 2 /* block 0 lies two seconds behind the beginning of the disc */

/* Where the last session begins: at the beginning. */
static int multisession(struct cdrom_multisession __user *to)
{
	struct cdrom_multisession info;

	if (copy_from_user(&info, to, sizeof(info)))
		return -EFAULT;
	switch (info.addr_format) {
	case CDROM_LBA:
		info.addr.lba = 0;
		break;
	case CDROM_MSF:
		info.addr.msf = (struct cdrom_msf0){.second = FIRST_MSF_SECOND};
		break;
	default:
		return -EINVAL;
	}
	info.xa_flag = 0;
	return copy_to_user(to, &info, sizeof(info)) ? -EFAULT : 0;
}

/**
 * blkfront_cdrom_ioctl() - answer an ioctl of a CD-ROM
 * @bdev: the disk
 * @cmd: CDROM_*
 * @arg: as the command has it
 *
 * Process context. Return: what the command returns, at least 0; -ENOTTY for what we do not know;
 * -EINVAL or -EFAULT for a wrong argument.
 */
int blkfront_cdrom_ioctl(struct block_device *bdev, unsigned int cmd, unsigned long arg)
{
	bool disc = bdev_nr_sectors(bdev);

	switch (cmd) {
	case CDROM_GET_CAPABILITY:
		return CDC_MULTI_SESSION | CDC_DRIVE_STATUS;
	case CDROM_DRIVE_STATUS:
		return disc ? CDS_DISC_OK : CDS_NO_DISC;
	case CDROM_DISC_STATUS:
		return disc ? CDS_DATA_1 : CDS_NO_DISC;
	case CDROMMULTISESSION:
		return multisession((struct cdrom_multisession __user *)arg);
	default:
		return -ENOTTY;
	}
}
