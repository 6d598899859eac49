/* SPDX-License-Identifier: GPL-2.0-only */
/* What the block backend, and the guest, say to a disk. */
#ifndef BLKPLUG_VERDICT_H
#define BLKPLUG_VERDICT_H

#include <stdbool.h>

#include "disk.h"
#include "plug/settings.h"

/* Before the backend is told of the device: forget what it said of an earlier one. */
void verdict_begin(const struct disk *disk);
/* Wait until both have taken the device, or refused it: then false, and fail() was called. */
bool verdict_wait(const struct disk *disk, const struct settings *settings, const char *device,
		  const char *number);

#endif
