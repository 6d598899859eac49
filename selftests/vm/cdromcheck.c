// SPDX-License-Identifier: GPL-2.0-only
/*
 * cdromcheck DEVICE: does the device answer as blkid, udev and mount expect of a CD-ROM? Exit code
 * 0: yes; 2: it is a disk, which answers ENOTTY; 1: any other answer, which is printed.
 */
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <linux/cdrom.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>

static int bad(const char *what, int got)
{
	printf("%s: %d (%s)\n", what, got, strerror(errno));
	return 1;
}

int main(int argc, char **argv)
{
	struct cdrom_multisession lba = {.addr_format = CDROM_LBA, .addr.lba = 77, .xa_flag = 1};
	struct cdrom_multisession msf = {.addr_format = CDROM_MSF}, wrong = {.addr_format = 9};
	int fd = argc == 2 ? open(argv[1], O_RDONLY | O_NONBLOCK) : -1;
	int got;

	if (fd < 0)
		return bad("open", fd);
	got = ioctl(fd, CDROM_GET_CAPABILITY, NULL);
	if (got < 0 && errno == ENOTTY && ioctl(fd, CDROMMULTISESSION, &lba) < 0 && errno == ENOTTY)
		return 2;
	if (got < 0 || (got & (CDC_OPEN_TRAY | CDC_LOCK | CDC_PLAY_AUDIO | CDC_CD_RW)))
		return bad("CDROM_GET_CAPABILITY", got);
	got = ioctl(fd, CDROM_DRIVE_STATUS, CDSL_CURRENT);
	if (got != CDS_DISC_OK)
		return bad("CDROM_DRIVE_STATUS", got);
	got = ioctl(fd, CDROM_DISC_STATUS, 0);
	if (got != CDS_DATA_1)
		return bad("CDROM_DISC_STATUS", got);
	if (ioctl(fd, CDROMMULTISESSION, &lba) || lba.addr.lba || lba.xa_flag)
		return bad("CDROMMULTISESSION, LBA", lba.addr.lba);
	if (ioctl(fd, CDROMMULTISESSION, &msf) || msf.addr.msf.minute || msf.addr.msf.second != 2 ||
	    msf.addr.msf.frame)
		return bad("CDROMMULTISESSION, MSF", msf.addr.msf.second);
	got = ioctl(fd, CDROMMULTISESSION, &wrong);
	if (!got || errno != EINVAL)
		return bad("CDROMMULTISESSION, wrong format", got);
	got = ioctl(fd, CDROMMULTISESSION, NULL);
	if (!got || errno != EFAULT)
		return bad("CDROMMULTISESSION, no memory", got);
	got = ioctl(fd, CDROMEJECT, 0);
	if (!got || errno != ENOTTY)
		return bad("CDROMEJECT", got);
	return 0;
}
