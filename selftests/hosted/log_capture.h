/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * For tests of code that prints: printk() into a buffer, panic() that ends the test, and results in
 * TAP.
 */
#ifndef LOG_CAPTURE_H
#define LOG_CAPTURE_H

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <hv/console/printk.h>

static char log_text[65536];
static size_t log_length;
static unsigned int tap_number, tap_failures;

void printk(enum log_level level, const char *fmt, ...)
{
	va_list ap;
	int n;

	(void)level;
	va_start(ap, fmt);
	n = vsnprintf(log_text + log_length, sizeof(log_text) - log_length, fmt, ap);
	va_end(ap);
	if (n > 0 && log_length + (size_t)n < sizeof(log_text))
		log_length += (size_t)n;
}

static inline void log_clear(void)
{
	log_length = 0;
	log_text[0] = 0;
}

static inline bool log_has(const char *text)
{
	return strstr(log_text, text) != NULL;
}

static inline bool log_empty(void)
{
	return log_length == 0;
}

static inline void result(bool good, const char *claim)
{
	printf("%sok %u - %s\n", good ? "" : "not ", ++tap_number, claim);
	if (!good && log_length)
		printf("# the log was: %s\n", log_text);
	tap_failures += !good;
}

#endif
