/* SPDX-License-Identifier: GPL-2.0-only */
/* Loop devices: a file as a block device. */
#ifndef BLKPLUG_LOOP_H
#define BLKPLUG_LOOP_H

#include <stdbool.h>
#include <sys/types.h>

struct loop {
	char path[32]; /* /dev/loop3; "" for none */
	dev_t device;
};

/* Put a free loop device before @file. False: fail() was called, with @who. */
bool loop_make(const char *who, const char *file, bool writes, struct loop *loop);
/* The file behind a loop device, as the kernel names it. False: there is none. */
bool loop_file(const char *name, char *file, int size);
/* Take the loop device from its file. 0 or -errno. */
int loop_free(const char *path);

#endif
