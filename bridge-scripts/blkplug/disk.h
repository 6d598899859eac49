/* SPDX-License-Identifier: GPL-2.0-only */
/* Which disk this run is about, and what the toolstack wants done with it. */
#ifndef BLKPLUG_DISK_H
#define BLKPLUG_DISK_H

#include <stdbool.h>

struct disk {
	char path[256];  /* its folder in xenstore */
	char tail[64];   /* the end of it: backend/vbd/1/51712 */
	char domain[12]; /* the guest's id */
	char number[12]; /* of "virtual-device" */
	bool add;        /* attach, or detach */
	/* What disk_read() adds. */
	const char *name; /* xvda */
	const char *mode;
	bool writes;
	bool shared;       /* "w!": others may write, too */
	char target[4096]; /* a file or block device; "": a drive without a disc */
};

/* Fill in @disk from the arguments of main() and the environment. False: fail() was called. */
bool disk_from_call(int argc, char *argv[], struct disk *disk);
/* Read what the folder says. */
void disk_read(struct disk *disk);
/* Is it something that can be attached at all? False: fail() was called. */
bool disk_check(const struct disk *disk);

#endif
