/* SPDX-License-Identifier: GPL-2.0-only */
/* The device's folder in xenstore: what the toolstack wants, and what we answer. */
#ifndef VIFPLUG_STORE_H
#define VIFPLUG_STORE_H

#include <stdbool.h>

bool store_open(const char *path);
const char *store_read(const char *key);
bool store_write(const char *key, const char *value);
bool store_write_at(const char *folder, const char *key, const char *value);
bool store_remove(const char *key);

#endif
