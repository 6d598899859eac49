// SPDX-License-Identifier: GPL-2.0-only
/* Text that both wire formats can carry, and text that grows. */
#include "text.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "alloc.h"

/* The bytes of the character at s, 0 if there is none that both formats allow. */
static size_t character(const unsigned char *s, size_t n)
{
	size_t length = s[0] < 0x80 ? 1 : s[0] < 0xc2 ? 0 : s[0] < 0xe0 ? 2 : s[0] < 0xf0 ? 3 : 4;
	uint32_t c;

	if (length == 1)
		return s[0] >= 0x20 || s[0] == '\t' || s[0] == '\n' || s[0] == '\r';
	if (!length || s[0] > 0xf4 || length > n)
		return 0;
	c = s[0] & (0xff >> (length + 1));
	for (size_t i = 1; i < length; i++) {
		if ((s[i] & 0xc0) != 0x80)
			return 0;
		c = c << 6 | (s[i] & 0x3f);
	}
	if ((length == 3 && c < 0x800) || (length == 4 && (c < 0x10000 || c > 0x10ffff)) ||
	    (c >= 0xd800 && c <= 0xdfff) || c == 0xfffe || c == 0xffff)
		return 0;
	return length;
}

void text_clean(char *s, size_t n)
{
	for (size_t i = 0; i < n;) {
		size_t length = character((unsigned char *)s + i, n - i);

		if (!length)
			s[i] = '?';
		i += length ? length : 1;
	}
}

void text_add(struct text *text, const char *s, size_t n)
{
	if (text->room < text->n + n + 1) {
		text->room = 2 * (text->n + n + 1);
		text->s = alloc_resize(text->s, text->room);
	}
	memcpy(text->s + text->n, s, n);
	text->n += n;
	text->s[text->n] = 0;
}
