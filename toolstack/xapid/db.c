// SPDX-License-Identifier: GPL-2.0-only
/*
 * The database. A write-ahead log with synchronous=FULL: a transaction that was committed survives
 * a power cut, one that was not leaves nothing. user_version is the schema's version; each step of
 * `schema` brings it up by one, in a transaction of its own.
 */
#include "db.h"

#include <stdio.h>
#include <string.h>

#include <sqlite3.h>

#include "log.h"

static const char *const schema[] = {
	"CREATE TABLE object (ref TEXT PRIMARY KEY, class TEXT NOT NULL) WITHOUT ROWID;"
	"CREATE TABLE field (ref TEXT NOT NULL REFERENCES object ON DELETE CASCADE,"
	" name TEXT NOT NULL, value TEXT NOT NULL, PRIMARY KEY (ref, name)) WITHOUT ROWID;"
	"CREATE TABLE journal (id INTEGER PRIMARY KEY, ref TEXT NOT NULL, op TEXT NOT NULL,"
	" task TEXT NOT NULL);",
};

enum { VERSION = sizeof(schema) / sizeof(*schema) };

enum statement {
	PUT_OBJECT,
	PUT_FIELD,
	DROP_FIELD,
	DROP_OBJECT,
	JOURNAL_BEGIN,
	JOURNAL_END,
	STATEMENTS
};

static const char *const sql[STATEMENTS] = {
	[PUT_OBJECT] = "INSERT INTO object VALUES (?, ?)",
	[PUT_FIELD] = "INSERT INTO field VALUES (?, ?, ?)"
		      " ON CONFLICT (ref, name) DO UPDATE SET value = excluded.value",
	[DROP_FIELD] = "DELETE FROM field WHERE ref = ? AND name = ?",
	[DROP_OBJECT] = "DELETE FROM object WHERE ref = ?",
	[JOURNAL_BEGIN] = "INSERT INTO journal (ref, op, task) VALUES (?, ?, ?)",
	[JOURNAL_END] = "DELETE FROM journal WHERE id = ?",
};

static sqlite3 *db;
static sqlite3_stmt *prepared[STATEMENTS];

static bool failed(const char *what)
{
	log_error("database: %s: %s", what, db ? sqlite3_errmsg(db) : "not open");
	return false;
}

static bool run(const char *text)
{
	return sqlite3_exec(db, text, NULL, NULL, NULL) == SQLITE_OK || failed(text);
}

static int version(void)
{
	sqlite3_stmt *s;
	int n = -1;

	if (sqlite3_prepare_v2(db, "PRAGMA user_version", -1, &s, NULL) != SQLITE_OK)
		return -1;
	if (sqlite3_step(s) == SQLITE_ROW)
		n = sqlite3_column_int(s, 0);
	sqlite3_finalize(s);
	return n;
}

/* Bring an older schema up to this one; refuse a newer one. */
static bool migrate(void)
{
	int at = version();
	char mark[64];

	if (at < 0)
		return failed("no version");
	if (at > VERSION) {
		log_error("database: version %d is newer than this daemon's, %d", at, VERSION);
		return false;
	}
	for (; at < VERSION; at++) {
		snprintf(mark, sizeof(mark), "PRAGMA user_version = %d", at + 1);
		if (!run("BEGIN IMMEDIATE") || !run(schema[at]) || !run(mark) || !run("COMMIT"))
			return false;
	}
	return true;
}

bool db_open(const char *path)
{
	if (sqlite3_open(path, &db) != SQLITE_OK)
		return failed(path);
	sqlite3_busy_timeout(db, 5000);
	if (!run("PRAGMA journal_mode = WAL") || !run("PRAGMA synchronous = FULL") ||
	    !run("PRAGMA foreign_keys = ON") || !run("PRAGMA cache_size = -2048") || !migrate())
		return false;
	for (int i = 0; i < STATEMENTS; i++)
		if (sqlite3_prepare_v3(db, sql[i], -1, SQLITE_PREPARE_PERSISTENT, &prepared[i],
				       NULL) != SQLITE_OK)
			return failed(sql[i]);
	return true;
}

void db_close(void)
{
	for (int i = 0; i < STATEMENTS; i++) {
		sqlite3_finalize(prepared[i]);
		prepared[i] = NULL;
	}
	sqlite3_close(db);
	db = NULL;
}

/* Run a prepared statement with up to three texts. */
static bool step(enum statement which, const char *a, const char *b, const char *c)
{
	sqlite3_stmt *s = prepared[which];
	const char *texts[] = {a, b, c};
	int result;

	for (int i = 0; i < 3; i++)
		if (texts[i])
			sqlite3_bind_text(s, i + 1, texts[i], -1, SQLITE_STATIC);
	result = sqlite3_step(s);
	sqlite3_reset(s);
	sqlite3_clear_bindings(s);
	return result == SQLITE_DONE || failed(sql[which]);
}

bool db_begin(void)
{
	return run("BEGIN IMMEDIATE");
}

bool db_commit(void)
{
	if (run("COMMIT"))
		return true;
	db_abort();
	return false;
}

void db_abort(void)
{
	if (!sqlite3_get_autocommit(db))
		run("ROLLBACK");
}

bool db_put_object(const char *ref, const char *class)
{
	return step(PUT_OBJECT, ref, class, NULL);
}

bool db_put_field(const char *ref, const char *name, const char *json)
{
	return json ? step(PUT_FIELD, ref, name, json) : step(DROP_FIELD, ref, name, NULL);
}

bool db_delete_object(const char *ref)
{
	return step(DROP_OBJECT, ref, NULL, NULL);
}

long long db_journal_begin(const char *ref, const char *op, const char *task)
{
	return step(JOURNAL_BEGIN, ref, op, task) ? sqlite3_last_insert_rowid(db) : 0;
}

bool db_journal_end(long long id)
{
	sqlite3_bind_int64(prepared[JOURNAL_END], 1, id);
	return step(JOURNAL_END, NULL, NULL, NULL);
}

static const char *text(sqlite3_stmt *s, int column)
{
	const char *t = (const char *)sqlite3_column_text(s, column);

	return t ? t : "";
}

/* Give each row of a query to what takes it. */
static bool each(const char *query, void (*row)(const struct db_reader *, sqlite3_stmt *),
		 const struct db_reader *reader)
{
	sqlite3_stmt *s;
	int result;

	if (sqlite3_prepare_v2(db, query, -1, &s, NULL) != SQLITE_OK)
		return failed(query);
	while ((result = sqlite3_step(s)) == SQLITE_ROW)
		row(reader, s);
	sqlite3_finalize(s);
	return result == SQLITE_DONE || failed(query);
}

static void object_row(const struct db_reader *reader, sqlite3_stmt *s)
{
	reader->object(text(s, 0), text(s, 1));
}

static void field_row(const struct db_reader *reader, sqlite3_stmt *s)
{
	const char *json = text(s, 2);

	reader->field(text(s, 0), text(s, 1), json, strlen(json));
}

static void journal_row(const struct db_reader *reader, sqlite3_stmt *s)
{
	reader->journal(sqlite3_column_int64(s, 0), text(s, 1), text(s, 2), text(s, 3));
}

bool db_load(const struct db_reader *reader)
{
	return each("SELECT ref, class FROM object", object_row, reader) &&
	       each("SELECT ref, name, value FROM field", field_row, reader) &&
	       each("SELECT id, ref, op, task FROM journal ORDER BY id", journal_row, reader);
}

bool db_copy_to(const char *path)
{
	sqlite3_stmt *s;
	int result;

	if (sqlite3_prepare_v2(db, "VACUUM INTO ?", -1, &s, NULL) != SQLITE_OK)
		return failed("copy");
	sqlite3_bind_text(s, 1, path, -1, SQLITE_STATIC);
	result = sqlite3_step(s);
	sqlite3_finalize(s);
	return result == SQLITE_DONE || failed("copy");
}

/* Whether the first row of a query is this text. */
static bool answers(sqlite3 *other, const char *query, const char *text)
{
	sqlite3_stmt *s;
	bool same = false;

	if (sqlite3_prepare_v2(other, query, -1, &s, NULL) != SQLITE_OK)
		return false;
	if (sqlite3_step(s) == SQLITE_ROW && sqlite3_column_text(s, 0))
		same = !strcmp((const char *)sqlite3_column_text(s, 0), text);
	sqlite3_finalize(s);
	return same;
}

const char *db_check(const char *path)
{
	const char *why = NULL;
	sqlite3 *other;
	char known[96];

	snprintf(known, sizeof(known),
		 "SELECT user_version BETWEEN 1 AND %d FROM pragma_user_version", VERSION);
	if (sqlite3_open_v2(path, &other, SQLITE_OPEN_READONLY, NULL) != SQLITE_OK)
		why = "it cannot be opened";
	else if (!answers(other, "PRAGMA integrity_check", "ok"))
		why = "it is no whole database";
	else if (!answers(other, known, "1"))
		why = "it is of another version";
	else if (!answers(other, "SELECT count(*) FROM object WHERE class IN ('pool', 'host')",
			  "2"))
		why = "it is no database of xapid";
	sqlite3_close(other);
	return why;
}
