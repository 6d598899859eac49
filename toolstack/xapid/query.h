/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The expressions of get_all_records_where: `field "name" = "value"`, true, false, not, and, or,
 * and parentheses; `and` binds closer than `or`.
 */
#ifndef XAPID_QUERY_H
#define XAPID_QUERY_H

#include "store.h"

struct query;

/** query_parse(): Return: the expression, for objects of a class, or NULL if it is none. */
struct query *query_parse(const struct class *class, const char *text);
/** query_free(): Free an expression; NULL is allowed. */
void query_free(struct query *query);
/** query_matches(): Return: whether it is true for an object. The store's lock is held. */
bool query_matches(const struct query *query, const struct object *object);

#endif
