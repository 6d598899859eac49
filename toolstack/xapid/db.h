/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The database: objects with the fields that differ from their default, and a journal of what was
 * begun and has not ended. One SQLite file; the caller (store.c) holds the store's lock.
 */
#ifndef XAPID_DB_H
#define XAPID_DB_H

#include <stdbool.h>
#include <stddef.h>

/** db_open(): Open or make the file, and bring its schema to this version. Return: success. */
bool db_open(const char *path);
/** db_close(): Close the file; nothing happens if it is not open. */
void db_close(void);

/** db_begin(): Begin a transaction. Return: success. */
bool db_begin(void);
/** db_commit(): End it; all of it is on the disk then. Return: success; if not, it is undone. */
bool db_commit(void);
/** db_abort(): Undo it. */
void db_abort(void);

/** db_put_object(): A new object. Return: success. */
bool db_put_object(const char *ref, const char *class);
/** db_put_field(): A field's value as JSON; NULL for its default. Return: success. */
bool db_put_field(const char *ref, const char *name, const char *json);
/** db_delete_object(): An object with its fields. Return: success. */
bool db_delete_object(const char *ref);

/** db_journal_begin(): Note that op began on ref, for a task or "". Return: its number, or 0. */
long long db_journal_begin(const char *ref, const char *op, const char *task);
/** db_journal_end(): It ended. Return: success. */
bool db_journal_end(long long id);

struct db_reader {
	void (*object)(const char *ref, const char *class);
	void (*field)(const char *ref, const char *name, const char *json, size_t n);
	void (*journal)(long long id, const char *ref, const char *op, const char *task);
};

/** db_load(): Give all rows to a reader: objects, fields, journal. Return: success. */
bool db_load(const struct db_reader *reader);
/** db_copy_to(): Write a copy of the whole database to a new file. Return: success. */
bool db_copy_to(const char *path);
/** db_check(): Return: NULL if a file is a whole database that db_open() takes, else why not. */
const char *db_check(const char *path);

#endif
