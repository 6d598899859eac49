/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Fake physical memory for the boot parsers: one window of window_size bytes from window_base, in a
 * heap block of its own for each test, so that the sanitizer detects every access outside of it.
 */
#ifndef PHYS_WINDOW_H
#define PHYS_WINDOW_H

#include <stdlib.h>
#include <string.h>

#include <hv/boot/boot.h>

static uint8_t *window;
static uint64_t window_base, window_size;

static inline const void *window_phys(maddr_t start, uint64_t size)
{
	if (start < window_base || start - window_base > window_size ||
	    size > window_size - (start - window_base))
		return NULL;
	return window + (start - window_base);
}

static inline void window_open(uint64_t base, uint64_t size)
{
	free(window);
	window = calloc(1, size);
	window_base = base;
	window_size = size;
}

static inline void put8(uint64_t at, unsigned int v)
{
	window[at - window_base] = (uint8_t)v;
}

static inline void put32(uint64_t at, uint32_t v)
{
	for (int i = 0; i < 4; i++)
		put8(at + (uint64_t)i, v >> 8 * i & 255);
}

static inline void put64(uint64_t at, uint64_t v)
{
	put32(at, (uint32_t)v);
	put32(at + 4, (uint32_t)(v >> 32));
}

static inline void put_text(uint64_t at, const char *text)
{
	memcpy(window + (at - window_base), text, strlen(text) + 1);
}

#endif
