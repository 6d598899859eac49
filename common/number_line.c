// SPDX-License-Identifier: GPL-2.0-only
/*
 * Numbers in a line of text, written and read in exactly one form: no sign, no leading zero, one
 * blank between two numbers, nothing before the first and after the last.
 */
#include "number_line.h"

#define MOST_DIGITS 10 /* of a 32-bit number */

/**
 * number_line_begin() - begin an empty line
 * @line: to be set up
 * @text: where it is written
 * @size: of that, bytes, at least 1
 *
 * Context: any.
 */
void number_line_begin(struct number_line *line, char *text, uint32_t size)
{
	line->text = text;
	line->size = size;
	line->used = 0;
	line->full = false;
	text[0] = '\0';
}

/**
 * number_line_add() - append a number
 * @line: not looked at for an error here: @line->full says it at the end
 * @number: any
 *
 * Context: any.
 */
void number_line_add(struct number_line *line, uint32_t number)
{
	char digits[MOST_DIGITS];
	uint32_t nr = 0, blank = line->used != 0;

	do {
		digits[nr++] = '0' + number % 10;
		number /= 10;
	} while (number);
	if (line->full || line->size - line->used <= blank + nr) {
		line->full = true;
		return;
	}
	if (blank)
		line->text[line->used++] = ' ';
	while (nr)
		line->text[line->used++] = digits[--nr];
	line->text[line->used] = '\0';
}

/**
 * number_reader_begin() - begin to read a line
 * @reader: to be set up
 * @text: the line, which ends with a 0 and stays while it is read
 *
 * Context: any.
 */
void number_reader_begin(struct number_reader *reader, const char *text)
{
	reader->at = text;
	reader->first = true;
}

/**
 * number_reader_next() - read the next number
 * @reader: a reader; not used any more after a failure
 * @least: the smallest number that is taken
 * @most: the largest
 * @number: set when true is returned
 *
 * Return: false when the line has ended, when the number is out of its range, or when anything but
 * its digits, after one blank unless it is the first, stands there.
 *
 * Context: any.
 */
bool number_reader_next(struct number_reader *reader, uint32_t least, uint32_t most,
			uint32_t *number)
{
	const char *at = reader->at;
	uint64_t value = 0;
	uint32_t nr = 0;

	if (!reader->first && *at++ != ' ')
		return false;
	for (; *at >= '0' && *at <= '9'; at++) {
		if (nr++ == MOST_DIGITS)
			return false;
		value = value * 10 + (uint64_t)(*at - '0');
	}
	if (!nr || (nr > 1 && at[-(int)nr] == '0') || value < least || value > most)
		return false;
	reader->at = at;
	reader->first = false;
	*number = (uint32_t)value;
	return true;
}

/**
 * number_reader_done() - whether the whole line has been read
 * @reader: a reader that has not failed
 *
 * Return: false when anything is left, be it a blank.
 *
 * Context: any.
 */
bool number_reader_done(const struct number_reader *reader)
{
	return *reader->at == '\0';
}
