/* SPDX-License-Identifier: GPL-2.0-only */
/* Strings that live until the program ends, and the messages that end it. */
#ifndef XE_TEXT_H
#define XE_TEXT_H

#include <stdbool.h>
#include <stddef.h>

/* A formatted string. text_free_all() releases it. */
char *text(const char *format, ...) __attribute__((format(printf, 1, 2)));
/* The first @length bytes of @from as a string of its own. */
char *text_part(const char *from, size_t length);
/* @name with each character @from replaced by @to. */
char *text_swap(const char *name, char from, char to);
/* Whether the words of @list name the parameter @key: as "key", "--key" or "key:". */
bool text_lists(const char *list, const char *key);
/* Release all strings that the functions above made. */
void text_free_all(void);

/* Say what went wrong, and exit 1. */
void fail(const char *format, ...) __attribute__((format(printf, 1, 2), noreturn));
/* The same for a command line that is wrong: it adds where the usage is. */
void fail_usage(const char *format, ...) __attribute__((format(printf, 1, 2), noreturn));

#endif
