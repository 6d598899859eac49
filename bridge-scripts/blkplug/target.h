/* SPDX-License-Identifier: GPL-2.0-only */
/* What a disk is made of: a block device, or a file with room for what is written to it. */
#ifndef BLKPLUG_TARGET_H
#define BLKPLUG_TARGET_H

#include <stdbool.h>
#include <sys/stat.h>

#include "disk.h"

/* Look at the target, and fill in @found. False: it cannot be a disk, and fail() was called. */
bool target_look(const struct disk *disk, struct stat *found);
/*
 * Does a block device open as the backend will open it? False: fail() was called. The caller has
 * made sure that nobody whom the disk may share it with holds it.
 */
bool target_opens(const struct disk *disk);
/* The text of a device number as xenstore has it. */
void target_number(dev_t device, char text[16]);

#endif
