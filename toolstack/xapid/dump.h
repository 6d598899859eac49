/* SPDX-License-Identifier: GPL-2.0-only */
/* The whole database over HTTP: /pool/xmldbdump and /pool/xmldbrestore, as one SQLite file. */
#ifndef XAPID_DUMP_H
#define XAPID_DUMP_H

#include <stdbool.h>
#include <stddef.h>

/** dump_setup(): The daemon's folder. */
void dump_setup(const char *state);
/** dump_swap(): If a restored database waits in the folder, make it the daemon's; at the start. */
bool dump_swap(void);
/** dump_open(): Return: a file with a copy of the database, at its beginning, or -1. */
int dump_open(const char *session);

struct restore;

/** restore_open(): Begin to take a database. Return: NULL without a valid session. */
struct restore *restore_open(const char *session);
/** restore_write(): Append n bytes. */
void restore_write(struct restore *r, const char *data, size_t n);
/**
 * restore_close() - check what came
 * @keep: whether it is to be the daemon's database at its next start; else it was a rehearsal
 *
 * Return: NULL if it is a database that this daemon can use, else why not.
 */
const char *restore_close(struct restore *r, bool keep);

#endif
