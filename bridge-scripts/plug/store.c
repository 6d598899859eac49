// SPDX-License-Identifier: GPL-2.0-only
/*
 * Every question to xenstored is two switches of context, so the keys that are there are asked for
 * once, and only those are read, each once. No transaction: the toolstack has written everything
 * before it starts us, and each of our answers is one key.
 */
#include "store.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <xenstore.h>

static struct xs_handle *xs;
static char base[256];
static char **names;
static char **values;	/* of the names, as far as they were read */
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
	values = calloc(name_count + 1, sizeof(*values));
	return names && values;
}

/**
 * store_read() - a key's value when it was first asked for
 * @key: below the device's folder, there at store_open()
 *
 * Return: the value, kept until the process ends; "" when there is none.
 */
const char *store_read(const char *key)
{
	unsigned int i;

	for (i = 0; i < name_count && strcmp(names[i], key); i++)
		;
	if (i == name_count)
		return "";
	if (!values[i])
		values[i] = store_read_at(base, key);
	return values[i] ? values[i] : "";
}

/**
 * store_read_at() - a key's value anywhere, at this moment
 * @folder: where
 * @key: its name
 *
 * Return: the value, for free(); NULL when there is none.
 */
char *store_read_at(const char *folder, const char *key)
{
	unsigned int length;
	char path[600];

	snprintf(path, sizeof(path), "%s/%s", folder, key);
	return xs ? xs_read(xs, XBT_NULL, path, &length) : NULL;
}

/**
 * store_list() - the names in a folder
 * @folder: where
 * @count: how many there are
 *
 * Return: the names, for one free(); NULL when there is no such folder.
 */
char **store_list(const char *folder, unsigned int *count)
{
	*count = 0;
	return xs ? xs_directory(xs, XBT_NULL, folder, count) : NULL;
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
	return !*store_read(key) || store_remove_at(base, key);
}

/** store_remove_at() - remove @key below @folder, and all below it. Return: as above. */
bool store_remove_at(const char *folder, const char *key)
{
	char path[600];

	snprintf(path, sizeof(path), "%s/%s", folder, key);
	return xs && xs_rm(xs, XBT_NULL, path);
}
