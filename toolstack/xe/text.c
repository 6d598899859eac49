/* SPDX-License-Identifier: GPL-2.0-only */
/* Strings that live until the program ends, and the messages that end it. */
#include "text.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static struct held {
	struct held *next;
	char text[];
} *all_held;

static char *hold(size_t size)
{
	struct held *held = malloc(sizeof(*held) + size);

	if (!held)
		fail("there is no memory left");
	held->next = all_held;
	all_held = held;
	return held->text;
}

char *text(const char *format, ...)
{
	va_list args, again;
	char *made;
	int length;

	va_start(args, format);
	va_copy(again, args);
	length = vsnprintf(NULL, 0, format, args);
	made = hold((size_t)length + 1);
	vsnprintf(made, (size_t)length + 1, format, again);
	va_end(again);
	va_end(args);
	return made;
}

char *text_part(const char *from, size_t length)
{
	char *made = hold(length + 1);

	memcpy(made, from, length);
	made[length] = '\0';
	return made;
}

char *text_swap(const char *name, char from, char to)
{
	char *made = text_part(name, strlen(name));

	for (char *at = made; *at; at++)
		if (*at == from)
			*at = to;
	return made;
}

bool text_lists(const char *list, const char *key)
{
	size_t length = strlen(key);

	for (const char *at = list; at && *at;) {
		size_t here = strcspn(at, " ");
		const char *word = at;

		at += here;
		at += strspn(at, " ");
		if (here > 2 && strncmp(word, "--", 2) == 0)
			word += 2, here -= 2;
		here -= here && word[here - 1] == ':';
		if (here == length && strncmp(word, key, length) == 0)
			return true;
	}
	return false;
}

void text_free_all(void)
{
	while (all_held) {
		struct held *next = all_held->next;

		free(all_held);
		all_held = next;
	}
}

void fail(const char *format, ...)
{
	static bool failed;
	va_list args;

	if (failed)	/* while the first failure ends the program */
		_exit(1);
	failed = true;
	fflush(stdout);
	fputs("Error: ", stderr);
	va_start(args, format);
	vfprintf(stderr, format, args);
	va_end(args);
	fputc('\n', stderr);
	exit(1);
}

void fail_usage(const char *format, ...)
{
	va_list args;

	va_start(args, format);
	vfprintf(stderr, format, args);
	va_end(args);
	fputs("\nFor usage run: 'xe help'\n", stderr);
	exit(1);
}
