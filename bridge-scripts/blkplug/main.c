// SPDX-License-Identifier: GPL-2.0-only
/*
 * blkplug: give a block device, or a file through a loop device, to the block backend, or take it
 * back, as the toolstack's hotplug scripts do, without a shell and without another process.
 *
 *     blkplug add|remove        XENBUS_PATH in the environment
 *
 * The toolstack runs it itself when a disk line says script=blkplug; the shell script block runs it
 * when it finds it. What it answers: "physical-device" and "node" in the vbd's folder, and
 * "hotplug-status" is "connected", or it is "error" and "hotplug-error" says why, which xl prints.
 * Exit code: 0, 1 after an error.
 *
 * The lock of disks is held from the look at other users until the device is in xenstore, where
 * the next one sees it, and no longer. What failed is undone.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "disk.h"
#include "loop.h"
#include "plug/lock.h"
#include "plug/report.h"
#include "plug/settings.h"
#include "plug/store.h"
#include "sharing.h"
#include "target.h"
#include "verdict.h"

/* What attach() did so far. */
struct done {
	struct loop loop;
	bool published;
};

static void undo(const struct disk *disk, const struct done *done)
{
	static const char *const keys[] = {"physical-device", "physical-device-path", "node"};
	size_t i;

	for (i = 0; done->published && i < sizeof(keys) / sizeof(*keys); i++)
		store_remove_at(disk->path, keys[i]);
	if (*done->loop.path)
		loop_free(done->loop.path);
}

/* The backend watches "physical-device": it is the last. */
static bool publish(const struct disk *disk, const char *device, const char *number,
		    struct done *done)
{
	done->published = true;
	return ((!*done->loop.path || store_write("node", device)) &&
		store_write("physical-device-path", device) &&
		store_write("physical-device", number)) ||
	       fail("%s: physical-device cannot be written to %s", disk->name, disk->path);
}

static bool connected(const struct disk *disk)
{
	store_remove("hotplug-error");
	return store_write("hotplug-status", "connected") ||
	       fail("%s: hotplug-status cannot be written to %s", disk->name, disk->path);
}

/* Look at other users, and be one, under the lock. @number: of the device, as xenstore has it */
static bool take(const struct disk *disk, const struct settings *settings, struct done *done,
		 char number[16])
{
	const char *device = disk->target;
	struct stat found;
	bool good;

	if (!target_look(disk, &found) || !lock_take(settings, "block", disk->name))
		return false;
	if (S_ISBLK(found.st_mode)) {
		target_number(found.st_rdev, number);
		good = sharing_check_device(disk, found.st_rdev) && target_opens(disk);
	} else {
		good = sharing_check_file(disk, &found) &&
		       loop_make(disk->name, disk->target, disk->writes, &done->loop);
		target_number(done->loop.device, number);
		device = done->loop.path;
	}
	if (good)
		verdict_begin(disk);
	good = good && publish(disk, device, number, done);
	lock_release();
	return good;
}

static bool attach(const struct disk *disk, const struct settings *settings, struct done *done)
{
	const char *device;
	char number[16];

	/* It is attached; or it is a CD-ROM drive without a disc. */
	if (*store_read("physical-device"))
		return connected(disk);
	if (!disk_check(disk))
		return false;
	if (!*disk->target)
		return connected(disk);
	if (!take(disk, settings, done, number))
		return false;
	device = *done->loop.path ? done->loop.path : disk->target;
	if (!verdict_wait(disk, settings, device, number) || !connected(disk))
		return false;
	note("%s: %s is %s (%s), mode %s", disk->name, disk->target, device, number, disk->mode);
	return true;
}

/* Only the loop device that was made here: it is the one that the file is behind. */
static bool detach(const struct disk *disk)
{
	static const char deleted[] = " (deleted)";
	const char *node = store_read("node");
	struct stat mine, behind;
	char file[4200];
	size_t length;
	int error;

	if (strncmp(node, "/dev/loop", 9) || !loop_file(node + 5, file, sizeof(file)))
		return true;
	length = strlen(file);
	if (length > strlen(deleted) && !strcmp(file + length - strlen(deleted), deleted))
		file[length - strlen(deleted)] = '\0';
	if (strcmp(file, disk->target) &&
	    (stat(file, &behind) || stat(disk->target, &mine) || mine.st_ino != behind.st_ino ||
	     mine.st_dev != behind.st_dev)) {
		note("%s: %s is behind %s now, not %s: left alone", disk->name, node, file,
		     disk->target);
		return true;
	}
	error = loop_free(node);
	if (error)
		return fail("%s: %s cannot be taken from %s: %s", disk->name, node, disk->target,
			    strerror(-error));
	note("%s: %s is free again", disk->name, node);
	return true;
}

static void tell_failure(bool store)
{
	if (!store || isatty(2))
		fprintf(stderr, "blkplug: %s\n", failure());
	if (store) {
		store_write("hotplug-error", failure());
		store_write("hotplug-status", "error");
	}
}

int main(int argc, char *argv[])
{
	static struct disk disk;
	struct settings settings;
	struct done done = {.published = false};
	bool store = false, good;

	settings_load(&settings, "blkplug");
	good = disk_from_call(argc, argv, &disk);
	if (*disk.path) {
		report_begin(disk.path, settings.log);
		store = store_open(disk.path);
	}
	if (good && disk.add && !store)
		good = fail("%s cannot be read from xenstore (is xenstored running, and the disk "
			    "configured?)",
			    disk.path);
	if (store)
		disk_read(&disk);
	if (good)
		good = disk.add ? attach(&disk, &settings, &done) : detach(&disk);
	if (!good && disk.add)
		undo(&disk, &done);
	if (!good)
		tell_failure(store);
	return good ? 0 : 1;
}
