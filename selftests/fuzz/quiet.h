/* SPDX-License-Identifier: GPL-2.0-only */
/* For fuzzers: nothing is printed, and a panic or a broken claim is a finding. */
#ifndef FUZZ_QUIET_H
#define FUZZ_QUIET_H

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <hv/console/printk.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

void printk(enum log_level level, const char *fmt, ...)
{
	char line[512];
	va_list ap;

	(void)level;
	va_start(ap, fmt); /* formatted all the same: the arguments are read */
	vsnprintf(line, sizeof(line), fmt, ap);
	va_end(ap);
}

void panic(const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	vfprintf(stderr, fmt, ap);
	va_end(ap);
	abort();
}

#define CLAIM(condition)                                                                           \
	do {                                                                                       \
		if (!(condition)) {                                                                \
			fprintf(stderr, "broken claim: %s\n", #condition);                         \
			abort();                                                                   \
		}                                                                                  \
	} while (0)

/* Bytes of the input, one number after the other; zeros when it is used up. */
struct input {
	const uint8_t *data;
	size_t size;
};

static inline uint64_t take(struct input *in, size_t bytes)
{
	uint64_t n = 0;

	for (size_t i = 0; i < bytes && in->size; i++) {
		n |= (uint64_t)*in->data++ << 8 * i;
		in->size--;
	}
	return n;
}

#endif
