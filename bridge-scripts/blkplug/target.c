// SPDX-License-Identifier: GPL-2.0-only
/*
 * What a disk is made of. The backend learns whether a device can be opened when the toolstack
 * listens no more, so it is tried here first.
 */
#include "target.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/fs.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/statvfs.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#include "plug/report.h"

#define SECTOR 512

/* A file with holes whose file system has no room for them fails in the middle of a write. */
static bool check_room(const struct disk *disk, const struct stat *file)
{
	long long holes = file->st_size - file->st_blocks * 512LL, room;
	struct statvfs fs;

	if (holes <= 0 || statvfs(disk->target, &fs))
		return true;
	room = (long long)fs.f_bavail * fs.f_frsize;
	if (!room)
		return fail("%s: %s has holes of %lld MiB and its file system is full (make room, "
			    "or attach it read-only)",
			    disk->name, disk->target, holes >> 20);
	if (room < holes)
		note("%s: %s has holes of %lld MiB and its file system room for %lld MiB: the "
		     "guest's writes will fail when it is full",
		     disk->name, disk->target, holes >> 20, room >> 20);
	return true;
}

static bool check_file(const struct disk *disk, const struct stat *file)
{
	if (file->st_size < SECTOR)
		return fail("%s: %s holds %lld bytes, less than a sector (make it as large as the "
			    "disk shall be)",
			    disk->name, disk->target, (long long)file->st_size);
	if (file->st_size % SECTOR)
		note("%s: the last %d bytes of %s are no whole sector: the guest does not see them",
		     disk->name, (int)(file->st_size % SECTOR), disk->target);
	return !disk->writes || check_room(disk, file);
}

/**
 * target_look() - look at the target
 * @disk: with a target
 * @found: filled in
 *
 * Return: true; false with fail() called when it cannot be a disk.
 */
bool target_look(const struct disk *disk, struct stat *found)
{
	if (stat(disk->target, found))
		return fail(errno == ENOENT
				    ? "%s: %s does not exist (correct the guest's disk line)"
				    : "%s: %s cannot be looked at (%m)",
			    disk->name, disk->target);
	if (S_ISBLK(found->st_mode))
		return true;
	if (S_ISREG(found->st_mode))
		return check_file(disk, found);
	return fail("%s: %s is neither a block device nor a file (correct the guest's disk line)",
		    disk->name, disk->target);
}

/* Why a block device does not open, as the backend will open it; NULL when it does. */
static const char *why_not(const struct disk *disk)
{
	bool exclusive = disk->writes && !disk->shared;
	/* For reading: a close after writing would make udev look at the device. */
	int fd = open(disk->target, O_RDONLY | O_CLOEXEC | (exclusive ? O_EXCL : 0));
	int read_only = 0;

	if (fd < 0) {
		switch (errno) {
		case ENOMEDIUM: return "it has no medium (put one in, then attach it)";
		case EBUSY:
			return "somebody else has opened it exclusively (end that first, or use "
			       "mode w! where sharing is meant)";
		case ENXIO:
		case ENODEV:
			return "there is no such device behind that file (correct the guest's disk "
			       "line)";
		default: return strerror(errno);
		}
	}
	if (disk->writes && !ioctl(fd, BLKROGET, &read_only) && read_only)
		errno = EROFS;
	else
		read_only = 0;
	close(fd);
	return read_only ? "it is read-only (attach it with mode r)" : NULL;
}

/**
 * target_opens() - does a block device open as the backend will open it?
 * @disk: whose target is a block device
 *
 * A disk that writes and does not share is tried exclusively: what holds the device then is
 * none of the users that sharing_check_device() knows. Return: true, or false with fail() called.
 */
bool target_opens(const struct disk *disk)
{
	const char *why = why_not(disk);

	return !why || fail("%s: %s does not open: %s", disk->name, disk->target, why);
}

/**
 * target_number() - a device number as xenstore has it
 * @device: of a block device
 * @text: major:minor, hexadecimal
 */
void target_number(dev_t device, char text[16])
{
	snprintf(text, 16, "%x:%x", major(device), minor(device));
}
