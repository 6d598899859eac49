// SPDX-License-Identifier: GPL-2.0-only
/* Memory, or the end of the process. */
#include "alloc.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void *got(void *p)
{
	if (!p) {
		fputs("<2>xapid: no memory\n", stderr);
		abort();
	}
	return p;
}

void *alloc_zero(size_t n)
{
	return got(calloc(1, n ? n : 1));
}

void *alloc_resize(void *p, size_t n)
{
	return got(realloc(p, n ? n : 1));
}

char *alloc_text(const char *s, size_t n)
{
	char *text = got(malloc(n + 1));

	memcpy(text, s, n);
	text[n] = 0;
	return text;
}

char *alloc_vprintf(const char *format, va_list args)
{
	char *text = NULL;

	if (vasprintf(&text, format, args) < 0)
		got(NULL);
	return text;
}

char *alloc_printf(const char *format, ...)
{
	va_list args;
	char *text;

	va_start(args, format);
	text = alloc_vprintf(format, args);
	va_end(args);
	return text;
}
