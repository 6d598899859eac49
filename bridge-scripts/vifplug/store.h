/* SPDX-License-Identifier: GPL-2.0-only */
/* The device's folder in xenstore: what the toolstack wants, and what we answer. */
#ifndef VIFPLUG_STORE_H
#define VIFPLUG_STORE_H

#include <stdbool.h>

/* Connect to xenstored. False: there is none, or no folder @path in it. */
bool store_open(const char *path);
/* The value of a key below the folder, kept until the process ends; "" when there is none. */
const char *store_read(const char *key);
/* Write a key below the folder. False: xenstored did not take it. */
bool store_write(const char *key, const char *value);
/* Write a key below any @folder ("": below none). False: xenstored did not take it. */
bool store_write_at(const char *folder, const char *key, const char *value);
/* Remove a key below the folder, if it was there at store_open(). False: xenstored refused. */
bool store_remove(const char *key);

#endif
