// SPDX-License-Identifier: GPL-2.0-only
/*
 * SRs of files in a folder. Type `file`: sparse raw images UUID.raw, copied by reflink where the
 * file system can do that. Type `iso`: images NAME.iso that are there; nothing is written.
 */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/fs.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include "alloc.h"
#include "storage.h"
#include "task.h"

enum { CHUNK = 64 << 20 };

static char *path_of(const char *place, const char *location)
{
	return alloc_printf("%s/%s", place, location);
}

static char *why_not(const char *path)
{
	return alloc_printf("%s: %s", path, strerror(errno));
}

static char *attach(const char *place, bool create)
{
	struct stat s;

	if (*place != '/')
		return alloc_printf("%s is no absolute path", place);
	if (create && mkdir(place, 0700) && errno != EEXIST)
		return why_not(place);
	if (stat(place, &s))
		return why_not(place);
	return S_ISDIR(s.st_mode) ? NULL : alloc_printf("%s is no folder", place);
}

static char *sizes(const char *place, uint64_t *size, uint64_t *used)
{
	struct statvfs s;

	if (statvfs(place, &s))
		return why_not(place);
	*size = (uint64_t)s.f_blocks * s.f_frsize;
	*used = *size - (uint64_t)s.f_bavail * s.f_frsize;
	return NULL;
}

static bool ends(const char *name, const char *end)
{
	size_t n = strlen(name), m = strlen(end);

	return *name != '.' && n > m && !strcmp(name + n - m, end);
}

static char *scan_for(const char *place, const char *end, struct storage_image **images, int *n)
{
	DIR *dir = opendir(place);
	struct dirent *entry;
	struct stat s;

	*images = alloc_zero(1);
	*n = 0;
	if (!dir)
		return why_not(place);
	while ((entry = readdir(dir))) {
		if (!ends(entry->d_name, end) || fstatat(dirfd(dir), entry->d_name, &s, 0) ||
		    !S_ISREG(s.st_mode))
			continue;
		*images = alloc_resize(*images, (*n + 1) * sizeof(**images));
		(*images)[(*n)++] =
			(struct storage_image){alloc_text(entry->d_name, strlen(entry->d_name)),
					       (uint64_t)s.st_size, (uint64_t)s.st_blocks * 512};
	}
	closedir(dir);
	return NULL;
}

static char *scan_raw(const char *place, struct storage_image **images, int *n)
{
	return scan_for(place, ".raw", images, n);
}

static char *scan_iso(const char *place, struct storage_image **images, int *n)
{
	return scan_for(place, ".iso", images, n);
}

static char *create(const char *place, const char *location, uint64_t size)
{
	char *path = path_of(place, location), *why = NULL;
	int fd = open(path, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0600);

	if (fd < 0 || ftruncate(fd, (off_t)size)) {
		why = why_not(path);
		if (fd >= 0)
			unlink(path);
	}
	if (fd >= 0)
		close(fd);
	free(path);
	return why;
}

/* What is gone already is destroyed. */
static char *destroy(const char *place, const char *location)
{
	char *path = path_of(place, location), *why = NULL;

	if (unlink(path) && errno != ENOENT)
		why = why_not(path);
	free(path);
	return why;
}

static char *resize(const char *place, const char *location, uint64_t size)
{
	char *path = path_of(place, location), *why = NULL;

	if (truncate(path, (off_t)size))
		why = why_not(path);
	free(path);
	return why;
}

/* Copy the part of `from` that begins at `at` and has data; the file is sparse. */
static char *copy_data(int from, int to, off_t at, off_t end, const struct call *call, off_t size)
{
	off_t in = at, out = at;

	while (in < end) {
		size_t n = end - in < CHUNK ? (size_t)(end - in) : CHUNK;
		ssize_t copied = copy_file_range(from, &in, to, &out, n, 0);

		if (copied <= 0)
			return alloc_printf("copying: %s",
					    copied ? strerror(errno) : "it ends early");
		task_progress(call, (double)in / (double)size);
		if (task_cancelled(call))
			return alloc_printf("cancelled");
	}
	return NULL;
}

static char *copy_sparse(int from, int to, off_t size, const struct call *call)
{
	off_t at = 0, end;
	char *why;

	for (;;) {
		at = lseek(from, at, SEEK_DATA);
		if (at < 0 || at >= size) /* nothing but a hole from here on */
			return NULL;
		end = lseek(from, at, SEEK_HOLE);
		why = copy_data(from, to, at, end < size ? end : size, call, size);
		if (why)
			return why;
		at = end;
	}
}

static char *copy(const struct storage_copy *c, const struct call *call)
{
	char *path = path_of(c->place, c->location), *why = NULL;
	int in = open(c->from, O_RDONLY | O_CLOEXEC);
	int out = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
	off_t size = (off_t)c->size;

	if (in < 0 || out < 0)
		why = why_not(in < 0 ? c->from : path);
	else if (!ioctl(out, FICLONE, in))
		;
	else if (c->live)
		why = alloc_printf("a guest writes to it, and the file system has no reflink");
	else
		why = ftruncate(out, size) ? why_not(path) : copy_sparse(in, out, size, call);
	if (!why && fsync(out))
		why = why_not(path);
	if (in >= 0)
		close(in);
	if (out >= 0) {
		close(out);
		if (why)
			unlink(path);
	}
	free(path);
	return why;
}

const struct storage_driver storage_file = {
	.type = "file",
	.key = "location",
	.attach = attach,
	.sizes = sizes,
	.scan = scan_raw,
	.create = create,
	.destroy = destroy,
	.resize = resize,
	.copy = copy,
	.path = path_of,
};

const struct storage_driver storage_iso = {
	.type = "iso",
	.key = "location",
	.read_only = true,
	.attach = attach,
	.sizes = sizes,
	.scan = scan_iso,
	.path = path_of,
};
