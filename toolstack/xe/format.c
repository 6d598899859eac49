/* SPDX-License-Identifier: GPL-2.0-only */
/* Records on standard output: one field a line, or the first field of all in one line. */
#include "format.h"

#include <string.h>

/* What the column has beside the longest label. */
#define MARGIN 4

void format_record(FILE *to, const struct row *rows, size_t count)
{
	int width = 0;

	for (size_t i = 0; i < count; i++)
		if ((int)strlen(rows[i].label) > width)
			width = (int)strlen(rows[i].label);
	width += MARGIN;
	for (size_t i = 0; i < count; i++)
		fprintf(to, "%*s: %s\n", i ? width : -width, rows[i].label, rows[i].value);
	fputs("\n\n", to);
}

void format_minimal(FILE *to, const char *value, bool first)
{
	if (!first)
		fputc(',', to);
	for (; *value; value++) {
		if (*value == ',' || *value == '\\')
			fputc('\\', to);
		fputc(*value, to);
	}
}
