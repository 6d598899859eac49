/* SPDX-License-Identifier: GPL-2.0-only */
/* Text that both wire formats can carry, and text that grows. */
#ifndef XAPID_TEXT_H
#define XAPID_TEXT_H

#include <stddef.h>

/**
 * text_clean() - make bytes fit for XML and JSON
 * @s: n bytes, then a zero; changed in place
 *
 * A byte that is no part of UTF-8, and a control character other than tab and line end, becomes a
 * question mark. Guests write to xenstore what they like, so this may meet any bytes.
 */
void text_clean(char *s, size_t n);

struct text {
	char *s; /* NULL while empty, else ends with a zero; free() frees it */
	size_t n, room;
};

/** text_add(): Append n bytes. */
void text_add(struct text *text, const char *s, size_t n);

#endif
