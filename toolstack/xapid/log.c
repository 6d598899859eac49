// SPDX-License-Identifier: GPL-2.0-only
/* Lines for the journal. A line is cleaned, so that a name of a client's cannot make two of it. */
#include "log.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "alloc.h"
#include "text.h"

static void line(int priority, const char *format, va_list args)
{
	char *text = alloc_vprintf(format, args);

	text_clean(text, strlen(text));
	for (char *c = text; *c; c++)
		if (*c == '\n' || *c == '\r')
			*c = ' ';
	fprintf(stderr, "<%d>%s\n", priority, text);
	free(text);
}

void log_error(const char *format, ...)
{
	va_list args;

	va_start(args, format);
	line(3, format, args);
	va_end(args);
}

void log_warning(const char *format, ...)
{
	va_list args;

	va_start(args, format);
	line(4, format, args);
	va_end(args);
}

void log_info(const char *format, ...)
{
	va_list args;

	va_start(args, format);
	line(6, format, args);
	va_end(args);
}
