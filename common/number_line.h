/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Decimal numbers with one blank between two of them: the value of a xenstore key that describes
 * all queues of a device (ABI.md 18.1, 18.4). Pure. See number_line.c.
 */
#ifndef SHOJI_COMMON_NUMBER_LINE_H
#define SHOJI_COMMON_NUMBER_LINE_H

#include "../include/xen/io/types.h"

/* A line that is written. The text is valid and ends with a 0 unless it is full. */
struct number_line {
	char *text;
	uint32_t size, used; /* bytes; used: without the 0 at the end */
	bool full;           /* a number found no room: the text is not to be used */
};

/* A line that is read: what is left of it. */
struct number_reader {
	const char *at;
	bool first;
};

/* Begin an empty line in @size bytes at @text, at least 1. */
void number_line_begin(struct number_line *line, char *text, uint32_t size);
/* Append @number, or mark the line as full. */
void number_line_add(struct number_line *line, uint32_t number);
/* Begin to read @text, which ends with a 0. */
void number_reader_begin(struct number_reader *reader, const char *text);
/* Read the next number, from @least to @most. False: there is none, or it is not well-formed. */
bool number_reader_next(struct number_reader *reader, uint32_t least, uint32_t most,
			uint32_t *number);
/* Whether every character has been read. */
bool number_reader_done(const struct number_reader *reader);

#endif
