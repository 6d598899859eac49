// SPDX-License-Identifier: GPL-2.0-only
/*
 * Every question to xenstored is two switches of context, so the keys that are there are asked for
 * once, and only those are read. No transaction: the toolstack has written everything before it
 * starts us, and each of our answers is one key.
 */
#include "store.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <xenstore.h>

static struct xs_handle *xs;
static char base[256];
static char **names;
static unsigned int name_count;

/**
 * store_open() - connect to xenstored
 * @path: the device's folder
 *
 * Return: true; false when there is no xenstored, or no such folder in it.
 */
bool store_open(const char *path)
{
	snprintf(base, sizeof(base), "%s", path);
	xs = xs_open(0);
	if (!xs)
		return false;
	names = xs_directory(xs, XBT_NULL, base, &name_count);
	return names;
}

/**
 * store_read() - a key's value
 * @key: below the device's folder
 *
 * Return: the value, kept until the process ends; "" when there is none.
 */
const char *store_read(const char *key)
{
	char path[320], *value = NULL;
	unsigned int i, length;

	for (i = 0; i < name_count && strcmp(names[i], key); i++)
		;
	if (i < name_count) {
		snprintf(path, sizeof(path), "%s/%s", base, key);
		value = xs_read(xs, XBT_NULL, path, &length);
	}
	return value ? value : "";
}

/**
 * store_write_at() - write a key anywhere
 * @folder: where; "" for the key's own beginning
 * @key: its name
 * @value: a text
 *
 * Return: whether xenstored took it.
 */
bool store_write_at(const char *folder, const char *key, const char *value)
{
	char path[600];

	snprintf(path, sizeof(path), "%s/%s", folder, key);
	return xs && xs_write(xs, XBT_NULL, path, value, strlen(value));
}

/** store_write() - write @key below the device's folder. Return: whether xenstored took it. */
bool store_write(const char *key, const char *value)
{
	return store_write_at(base, key, value);
}

/**
 * store_remove() - remove @key below the device's folder, if it was there at store_open(). Return:
 * as above.
 */
bool store_remove(const char *key)
{
	char path[320];

	if (!*store_read(key))
		return true;
	snprintf(path, sizeof(path), "%s/%s", base, key);
	return xs_rm(xs, XBT_NULL, path);
}
