// SPDX-License-Identifier: GPL-2.0-only
/*
 * Which disk, from the toolstack's arguments and environment; what it is to be, from its folder in
 * xenstore.
 */
#include "disk.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "plug/report.h"
#include "plug/store.h"
#include "words.h"

/* "/local/domain/0/backend/vbd/1/51712" */
static bool parts_of(const char *path, struct disk *disk)
{
	const char *tail = strstr(path, "backend/");
	char end;

	if (!tail || strlen(path) >= sizeof(disk->path) || strlen(tail) >= sizeof(disk->tail) ||
	    sscanf(tail, "backend/%*[^/]/%11[0-9]/%11[0-9]%c", disk->domain, disk->number, &end) !=
		    2)
		return false;
	strcpy(disk->path, path);
	strcpy(disk->tail, tail);
	return true;
}

/**
 * disk_from_call() - what the toolstack wants done
 * @argc: of main()
 * @argv: of main(): "add" or "remove"
 * @disk: filled from them and from XENBUS_PATH in the environment
 *
 * Return: true, or false with fail() called.
 */
bool disk_from_call(int argc, char *argv[], struct disk *disk)
{
	const char *action = argc > 1 ? argv[1] : "", *path = getenv("XENBUS_PATH");

	memset(disk, 0, sizeof(*disk));
	if (!path || !parts_of(path, disk))
		return fail("XENBUS_PATH='%.64s' is no vbd's folder in xenstore: the toolstack "
			    "sets it when it runs this",
			    path ? path : "");
	disk->add = !strcmp(action, "add");
	if (!disk->add && strcmp(action, "remove"))
		return fail("'%.32s' is no action: the toolstack calls this with add or remove",
			    action);
	disk->name = disk->number;
	return true;
}

/**
 * disk_read() - read what the folder says
 * @disk: of disk_from_call(); the store is open
 *
 * A target without a folder is one of /dev, as the toolstack's "phy:" has it.
 */
void disk_read(struct disk *disk)
{
	const char *target = store_read("params"), *name = store_read("dev");
	char after[100];

	if (*name)
		disk->name = name;
	disk->mode = store_read("mode");
	disk->writes = *disk->mode != 'r';
	disk->shared = strchr(disk->mode, '!');
	snprintf(disk->target, sizeof(disk->target), "%s%s",
		 *target && *target != '/' ? "/dev/" : "", target);
	/* The toolstack leaves a disk that was refused in xenstore, and refuses it from then on. */
	snprintf(after, sizeof(after),
		 "; if the guest runs, detach it first: xl block-detach %s %s", disk->domain,
		 disk->name);
	if (disk->add)
		report_after(after);
}

/**
 * disk_check() - is it something that can be attached at all?
 * @disk: of disk_read()
 *
 * Return: true, or false with fail() called.
 */
bool disk_check(const struct disk *disk)
{
	static const char *const modes[] = {"r", "r!", "w", "w!", "!"};
	const char *type = store_read("type");
	char why[100];
	size_t i;

	if (*type && strcmp(type, "phy") && strcmp(type, "file"))
		return fail("%s: type %.32s is not for this script (phy and file are)", disk->name,
			    type);
	if (!words_vdev(strtoul(disk->number, NULL, 10), why, sizeof(why)))
		return fail("%s: no guest can have this disk: %s (correct vdev= in the guest's "
			    "disk line)",
			    disk->name, why);
	for (i = 0; i < sizeof(modes) / sizeof(*modes); i++)
		if (!strcmp(disk->mode, modes[i]))
			return true;
	return fail("%s: access mode '%.16s' is not known (correct the guest's disk line)",
		    disk->name, disk->mode);
}
