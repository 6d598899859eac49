// SPDX-License-Identifier: GPL-2.0-only
/*
 * A device that one user writes has no other user; any number of users may read. A user is another
 * guest, a second disk of the same guest, or this domain: a mount, swap, a partition in use, a
 * device mapper or RAID device on top. A guest that has two ids, while it is moved on one host, is
 * one user.
 *
 * The caller holds the lock of disks from here until its own disk is in xenstore. The guests' disks
 * are read there at most once, and for a file only where another loop device has it.
 */
#include "sharing.h"

#include <dirent.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#include "loop.h"
#include "plug/report.h"
#include "plug/store.h"
#include "target.h"

#define HINT "(detach it there, make both read-only, or use mode w! where sharing is meant)"

/* ---- guests ---- */

struct vbd {
	struct vbd *next;
	char domain[12], number[12];
	char *device; /* major:minor, hexadecimal */
};

static struct vbd *vbds;
static bool vbds_read;

/* The folder of all disks: that of one without the guest and the number. */
static void folder_of_all(const struct disk *disk, char *folder, size_t size)
{
	int tail = strlen(disk->domain) + strlen(disk->number) + 2;

	snprintf(folder, size, "%.*s", (int)strlen(disk->path) - tail, disk->path);
}

static void add_vbd(const struct disk *disk, const char *folder, const char *domain,
		    const char *number)
{
	struct vbd *vbd;
	char *device;

	if (!strcmp(domain, disk->domain) && !strcmp(number, disk->number))
		return;
	device = store_read_at(folder, "physical-device");
	vbd = device ? calloc(1, sizeof(*vbd)) : NULL;
	if (!vbd) {
		free(device);
		return;
	}
	snprintf(vbd->domain, sizeof(vbd->domain), "%s", domain);
	snprintf(vbd->number, sizeof(vbd->number), "%s", number);
	vbd->device = device;
	vbd->next = vbds;
	vbds = vbd;
}

/* Every other disk of a guest. */
static void read_vbds(const struct disk *disk)
{
	char all[256], one[300], folder[330];
	unsigned int domains, numbers, i, k;
	char **domain, **number;

	if (vbds_read)
		return;
	vbds_read = true;
	folder_of_all(disk, all, sizeof(all));
	domain = store_list(all, &domains);
	for (i = 0; domain && i < domains; i++) {
		snprintf(one, sizeof(one), "%s/%.11s", all, domain[i]);
		number = store_list(one, &numbers);
		for (k = 0; number && k < numbers; k++) {
			snprintf(folder, sizeof(folder), "%s/%.11s", one, number[k]);
			add_vbd(disk, folder, domain[i], number[k]);
		}
		free(number);
	}
	free(domain);
}

/* A guest that is being moved on one host has two ids for a while: one and the same "vm". */
static bool same_guest(const struct disk *disk, const char *domain)
{
	char folder[40], *mine, *its;
	bool same;

	if (!strcmp(disk->domain, domain))
		return false; /* a second disk of it is another user */
	snprintf(folder, sizeof(folder), "/local/domain/%s", disk->domain);
	mine = store_read_at(folder, "vm");
	snprintf(folder, sizeof(folder), "/local/domain/%s", domain);
	its = store_read_at(folder, "vm");
	same = mine && its && !strcmp(mine, its);
	free(mine);
	free(its);
	return same;
}

static bool used_by(const struct disk *disk, const struct vbd *vbd, const char *what)
{
	char all[256], folder[300], *mode;
	bool good;

	folder_of_all(disk, all, sizeof(all));
	snprintf(folder, sizeof(folder), "%s/%s/%s", all, vbd->domain, vbd->number);
	mode = store_read_at(folder, "mode");
	good = (!disk->writes && mode && *mode == 'r') || same_guest(disk, vbd->domain) ||
	       fail("%s: %s is in use by domain %s (its disk %s, mode %s) " HINT, disk->name, what,
		    vbd->domain, vbd->number, mode ? mode : "w");
	free(mode);
	return good;
}

static bool check_guests(const struct disk *disk, dev_t device, const char *what)
{
	const struct vbd *vbd;
	char number[16];

	read_vbds(disk);
	target_number(device, number);
	for (vbd = vbds; vbd; vbd = vbd->next)
		if (!strcmp(vbd->device, number) && !used_by(disk, vbd, what))
			return false;
	return true;
}

/* ---- this domain ---- */

/*
 * A mount may be read-only. The last word tells how the file system is mounted: a read-only view of
 * a written one is no read-only use.
 */
static bool check_mounts(const struct disk *disk, dev_t device, const char *what)
{
	FILE *mounts = fopen("/proc/self/mountinfo", "re");
	char line[2048], where[256], *options;
	unsigned int major_number, minor_number;
	bool good = true;

	while (mounts && good && fgets(line, sizeof(line), mounts)) {
		if (sscanf(line, "%*u %*u %u:%u %*s %255s", &major_number, &minor_number, where) !=
			    3 ||
		    makedev(major_number, minor_number) != device)
			continue;
		line[strcspn(line, "\n")] = '\0';
		options = strrchr(line, ' ');
		if (!disk->writes && options && !strncmp(options, " ro", 3) &&
		    (!options[3] || options[3] == ','))
			continue;
		good = fail("%s: %s is mounted in this domain at %s " HINT, disk->name, what,
			    where);
	}
	if (mounts)
		fclose(mounts);
	return good;
}

static bool check_swap(const struct disk *disk, dev_t device, const char *what)
{
	FILE *swaps = fopen("/proc/swaps", "re");
	char line[512], name[256];
	struct stat file;
	bool good = true;

	while (swaps && good && fgets(line, sizeof(line), swaps))
		if (sscanf(line, "%255s", name) == 1 && *name == '/' && !stat(name, &file) &&
		    S_ISBLK(file.st_mode) && file.st_rdev == device)
			good = fail("%s: %s is this domain's swap " HINT, disk->name, what);
	if (swaps)
		fclose(swaps);
	return good;
}

static bool check_holders(const struct disk *disk, dev_t device, const char *what)
{
	const struct dirent *entry;
	bool good = true;
	char path[80];
	DIR *folder;

	snprintf(path, sizeof(path), "/sys/dev/block/%u:%u/holders", major(device), minor(device));
	folder = opendir(path);
	while (folder && good && (entry = readdir(folder)))
		if (entry->d_name[0] != '.')
			good = fail("%s: %s is in use in this domain by %s " HINT, disk->name, what,
				    entry->d_name);
	if (folder)
		closedir(folder);
	return good;
}

static bool check_one(const struct disk *disk, dev_t device, const char *what)
{
	return check_mounts(disk, device, what) && check_swap(disk, device, what) &&
	       check_holders(disk, device, what) && check_guests(disk, device, what);
}

/* ---- devices and files ---- */

/* The number in a file "dev" of sysfs, below a folder; 0 for none. */
static dev_t number_in(const char *folder, const char *name)
{
	unsigned int major_number, minor_number;
	char path[400];
	FILE *file;
	int found;

	snprintf(path, sizeof(path), "%s/%s/dev", folder, name);
	file = fopen(path, "re");
	if (!file)
		return 0;
	found = fscanf(file, "%u:%u", &major_number, &minor_number);
	fclose(file);
	return found == 2 ? makedev(major_number, minor_number) : 0;
}

static bool check_partitions(const struct disk *disk, const char *folder)
{
	DIR *entries = opendir(folder);
	const struct dirent *entry;
	bool good = true;
	char path[400], what[4400];

	while (entries && good && (entry = readdir(entries))) {
		snprintf(path, sizeof(path), "%s/%s/partition", folder, entry->d_name);
		if (entry->d_name[0] == '.' || access(path, F_OK))
			continue;
		snprintf(what, sizeof(what), "%s of %s", entry->d_name, disk->target);
		good = check_one(disk, number_in(folder, entry->d_name), what);
	}
	if (entries)
		closedir(entries);
	return good;
}

/**
 * sharing_check_device() - may the disk have this block device, beside those who use it?
 * @disk: which, with its mode
 * @device: the block device
 *
 * Its partitions are looked at, too, and the disk that it is a partition of. Return: true, or false
 * with fail() called.
 */
bool sharing_check_device(const struct disk *disk, dev_t device)
{
	char folder[64], path[80], what[4200];
	dev_t whole;

	if (disk->shared)
		return true;
	snprintf(folder, sizeof(folder), "/sys/dev/block/%u:%u", major(device), minor(device));
	if (!check_one(disk, device, disk->target) || !check_partitions(disk, folder))
		return false;
	snprintf(path, sizeof(path), "%s/partition", folder);
	if (access(path, F_OK))
		return true;
	whole = number_in(folder, "..");
	snprintf(what, sizeof(what), "the disk that %s is a part of", disk->target);
	return !whole || check_one(disk, whole, what);
}

/* Another loop device may have the file. @name: loop3 */
static bool check_loop(const struct disk *disk, const struct stat *file, const char *name)
{
	char path[4400], what[4200];
	struct stat behind;
	dev_t device;

	if (!loop_file(name, path, 4200) || stat(path, &behind) || behind.st_dev != file->st_dev ||
	    behind.st_ino != file->st_ino)
		return true;
	device = number_in("/sys/block", name);
	snprintf(what, sizeof(what), "%s (by /dev/%s)", disk->target, name);
	if (!check_one(disk, device, what))
		return false;
	return !disk->writes ||
	       fail("%s: %s is behind /dev/%s already (losetup -d /dev/%s if nothing uses it, or "
		    "use mode w! where sharing is meant)",
		    disk->name, disk->target, name, name);
}

/**
 * sharing_check_file() - may the disk have this file, beside those who use it by loop devices?
 * @disk: which, with its mode
 * @file: the file
 *
 * Return: true, or false with fail() called.
 */
bool sharing_check_file(const struct disk *disk, const struct stat *file)
{
	DIR *blocks = disk->shared ? NULL : opendir("/sys/block");
	const struct dirent *entry;
	bool good = true;

	while (blocks && good && (entry = readdir(blocks)))
		if (!strncmp(entry->d_name, "loop", 4))
			good = check_loop(disk, file, entry->d_name);
	if (blocks)
		closedir(blocks);
	return good;
}
