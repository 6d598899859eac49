// SPDX-License-Identifier: GPL-2.0-only
/*
 * Loop devices by the kernel's own calls: one to find a free one, one to set it up whole. So it
 * never is there half configured, and who comes between the two is told by EBUSY.
 *
 * Direct I/O, so that what the guest was told to be written is, and no page is cached twice.
 */
#include "loop.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/loop.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "plug/report.h"
#include "plug/settings.h"

#define TRIES   100
#define NODE_MS 2000 /* for the node of a new loop device to appear */

/* A loop device that is free at this moment, opened. Return: a descriptor or -errno. */
static int open_free(struct loop *loop)
{
	int control = open("/dev/loop-control", O_RDWR | O_CLOEXEC), fd, number;
	long long end = now_ms() + NODE_MS;

	if (control < 0)
		return -errno;
	number = ioctl(control, LOOP_CTL_GET_FREE);
	fd = number < 0 ? -errno : 0;
	close(control);
	if (fd)
		return fd;
	snprintf(loop->path, sizeof(loop->path), "/dev/loop%d", number);
	while ((fd = open(loop->path, O_RDWR | O_CLOEXEC)) < 0 && errno == ENOENT && now_ms() < end)
		sleep_ms(5);
	return fd < 0 ? -errno : fd;
}

/* Set a free loop device up. Return: 0; -EBUSY when somebody was faster; another -errno. */
static int set_up(struct loop *loop, int file, const char *name, unsigned int flags)
{
	struct loop_config config = {.fd = file, .info.lo_flags = flags};
	struct stat stat;
	int fd = open_free(loop), error;

	if (fd < 0)
		return fd;
	snprintf((char *)config.info.lo_file_name, LO_NAME_SIZE, "%s", name);
	error = ioctl(fd, LOOP_CONFIGURE, &config) ? -errno : 0;
	if (!error && !fstat(fd, &stat))
		loop->device = stat.st_rdev;
	close(fd);
	return error;
}

static bool is_direct(const char *path)
{
	struct loop_info64 info;
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	bool direct = fd >= 0 && !ioctl(fd, LOOP_GET_STATUS64, &info) &&
		      info.lo_flags & LO_FLAGS_DIRECT_IO;

	if (fd >= 0)
		close(fd);
	return direct;
}

/**
 * loop_make() - put a free loop device before a file
 * @who: the disk, for messages
 * @file: an absolute path
 * @writes: whether the disk is written; a file that cannot be is no disk then
 * @loop: filled in
 *
 * Return: true, or false with fail() called.
 */
bool loop_make(const char *who, const char *file, bool writes, struct loop *loop)
{
	unsigned int flags = LO_FLAGS_DIRECT_IO | (writes ? 0 : LO_FLAGS_READ_ONLY);
	int fd = open(file, (writes ? O_RDWR : O_RDONLY) | O_CLOEXEC), tries = TRIES, error;

	if (fd < 0)
		return fail("%s: %s cannot be opened for %s: %m%s", who, file,
			    writes ? "writing" : "reading",
			    writes && errno == EROFS ? " (attach it with mode r)" : "");
	do {
		error = set_up(loop, fd, file, flags);
		if (error == -EINVAL && flags & LO_FLAGS_DIRECT_IO) {
			flags &= ~LO_FLAGS_DIRECT_IO;
			error = -EBUSY;
		}
	} while (error == -EBUSY && --tries);
	close(fd);
	if (error) {
		loop->path[0] = '\0';
		return fail("%s: no loop device for %s: %s", who, file, strerror(-error));
	}
	if (!is_direct(loop->path))
		note("%s: the file system of %s has no direct I/O: it goes through this domain's "
		     "cache",
		     who, file);
	return true;
}

/**
 * loop_file() - the file behind a loop device
 * @name: loop3
 * @file: its path, as the kernel names it: of a deleted file with " (deleted)" at the end
 * @size: of @file, in bytes
 *
 * Return: whether there is one.
 */
bool loop_file(const char *name, char *file, int size)
{
	char path[100];
	FILE *stream;
	bool there;

	snprintf(path, sizeof(path), "/sys/block/%.32s/loop/backing_file", name);
	stream = fopen(path, "re");
	if (!stream)
		return false;
	there = fgets(file, size, stream);
	fclose(stream);
	if (there)
		file[strcspn(file, "\n")] = '\0';
	return there;
}

/**
 * loop_free() - take a loop device from its file
 * @path: /dev/loop3
 *
 * A loop device that is open still is free when its last user has closed it. Return: 0, also when
 * it has no file; or -errno.
 */
int loop_free(const char *path)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC), error;

	if (fd < 0)
		return -errno;
	error = ioctl(fd, LOOP_CLR_FD, 0) && errno != ENXIO ? -errno : 0;
	close(fd);
	return error;
}
