/* SPDX-License-Identifier: GPL-2.0-only */
/* Records on standard output: one field a line, or the first field of all in one line. */
#ifndef XE_FORMAT_H
#define XE_FORMAT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

struct row {
	const char *label;	/* "name-label ( RW)" */
	const char *value;
};

/*
 * One record of @count rows: the first label at the left, the others at the right of a column, two
 * empty lines behind it.
 */
void format_record(FILE *to, const struct row *rows, size_t count);
/* A value of --minimal: a comma before all but the @first, commas within it escaped. */
void format_minimal(FILE *to, const char *value, bool first);

#endif
