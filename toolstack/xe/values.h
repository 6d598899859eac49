/* SPDX-License-Identifier: GPL-2.0-only */
/* Values of the command line as the server wants them. */
#ifndef XE_VALUES_H
#define XE_VALUES_H

#include <jansson.h>

#include "args.h"
#include "model.h"

/*
 * @given as a value of @type, a new reference. Integers may end with KiB, MiB, GiB or TiB, a set
 * is separated by commas, a reference is given as a UUID or a name, or nothing. A wrong one ends
 * the program with the name of its parameter, @name.
 */
json_t *value_parse(const struct type *type, const char *name, const char *given);
/* The parameters @key:sub=value as a map of strings, a new reference. */
json_t *value_map(const struct args *args, const char *key);
/* What a field has after it is cleared, a new reference; NULL: it cannot be. */
json_t *value_cleared(const struct type *type);

#endif
