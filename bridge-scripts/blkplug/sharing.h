/* SPDX-License-Identifier: GPL-2.0-only */
/* Other users of what a disk is made of. */
#ifndef BLKPLUG_SHARING_H
#define BLKPLUG_SHARING_H

#include <stdbool.h>
#include <sys/stat.h>

#include "disk.h"

/* May the disk have this block device, beside those who use it? False: fail() was called. */
bool sharing_check_device(const struct disk *disk, dev_t device);
/* The same for a file, which others use through loop devices. */
bool sharing_check_file(const struct disk *disk, const struct stat *file);

#endif
