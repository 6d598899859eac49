// SPDX-License-Identifier: GPL-2.0-only
/* What the compiler calls without being asked, for the test kernel and the legacy kernel. */
#include "mem.h"

#include <stdint.h>

void *memset(void *to, int c, size_t n)
{
	char *p = to;

	while (n--)
		*p++ = (char)c;
	return to;
}

void *memcpy(void *to, const void *from, size_t n)
{
	char *p = to;
	const char *q = from;

	while (n--)
		*p++ = *q++;
	return to;
}

int memcmp(const void *a, const void *b, size_t n)
{
	const uint8_t *p = a, *q = b;

	for (; n--; p++, q++)
		if (*p != *q)
			return *p - *q;
	return 0;
}
