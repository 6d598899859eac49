/* SPDX-License-Identifier: GPL-2.0-only */
/* The device's folder in xenstore: what the toolstack wants, and what we answer. */
#ifndef PLUG_STORE_H
#define PLUG_STORE_H

#include <stdbool.h>

/* Connect to xenstored. False: there is none, or no folder @path in it. */
bool store_open(const char *path);
/* The value of a key below the folder, kept until the process ends; "" when there is none. */
const char *store_read(const char *key);
/* The value of a key below any @folder at this moment, for free(); NULL when there is none. */
char *store_read_at(const char *folder, const char *key);
/* The @count names in a folder, for one free(); NULL when there is no such folder. */
char **store_list(const char *folder, unsigned int *count);
/* Write a key below the folder. False: xenstored did not take it. */
bool store_write(const char *key, const char *value);
/* Write a key below any @folder ("": below none). False: xenstored did not take it. */
bool store_write_at(const char *folder, const char *key, const char *value);
/* Remove a key below the folder, if it was there at store_open(). False: xenstored refused. */
bool store_remove(const char *key);
/* Remove a key below any @folder, and all below it. False: xenstored refused. */
bool store_remove_at(const char *folder, const char *key);

#endif
