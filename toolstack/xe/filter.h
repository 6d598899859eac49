/* SPDX-License-Identifier: GPL-2.0-only */
/* Which objects a command is about. */
#ifndef XE_FILTER_H
#define XE_FILTER_H

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>

#include "args.h"
#include "fields.h"

struct found {
	const char *ref;	/* as long as the store keeps it */
	json_t *record;
};

/*
 * Whether an object has what @param asks of it: field=value, field:key=value of a map,
 * field:contains=value of a set or a text, or the class's own name (vm=...), which is a UUID or a
 * name. An unknown field ends the program.
 */
bool filter_matches(const struct shown_class *class, const struct param *param, const char *ref,
		    json_t *record);
/*
 * The objects of @class that all parameters match but those that @others lists (text_lists()),
 * sorted by name. Returns their number; the caller frees *@found.
 */
size_t filter_find(const struct shown_class *class, const struct args *args, const char *others,
		   struct found **found);
/* The same for a command that changes objects: none is an error, several need --multiple. */
size_t filter_select(const struct shown_class *class, const struct args *args, const char *others,
		     struct found **found);

#endif
