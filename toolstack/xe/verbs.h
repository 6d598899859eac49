/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The commands beside those that every class has: tables of their names, parameters and help. Most
 * are one call of the server, which the table describes; the rest have a function of their own.
 */
#ifndef XE_VERBS_H
#define XE_VERBS_H

#include <jansson.h>

#include "args.h"
#include "filter.h"

struct verb;
/* What a command does. With `selects` it is called for each object that was selected. */
typedef void verb_run(const struct verb *verb, const struct args *args, const struct found *object);

struct verb {
	const char *name;
	/* Names with spaces between; "--NAME" is a flag, "NAME:" takes NAME:KEY=VALUE. */
	const char *required, *optional;
	const char *help;
	verb_run *run;
	const char *call;	/* the message: "VBD.plug" */
	/*
	 * Its parameters behind the session, separated by spaces: NAME[>FIELD][@TYPE][?DEFAULT].
	 * NAME is the command's parameter, none gives the DEFAULT. FIELD is that of a record, for
	 * verb_create(). TYPE: str (which is the default), int, float, bool, map, set, or a class,
	 * whose object is given by UUID or name.
	 */
	const char *takes;
	const char *selects;	/* the class whose objects parameters of the command select */
};

/* Tables of verbs; each ends with a NULL name. */
extern const struct verb vm_verbs[], disk_verbs[], storage_verbs[], net_verbs[], host_verbs[];
extern const struct verb other_verbs[];

/* Do one call: the object, if the verb selects some, then what `takes` says; print the result. */
verb_run verb_call;
/* Do one call with a record that has what `takes` says; print the result. */
verb_run verb_create;

/* The verb of a command, or NULL. */
const struct verb *verb_find(const char *command);
/* Call @each for every verb. */
void verbs_each(void (*each)(const struct verb *verb, void *data), void *data);
/* Check the parameters of @args, select objects, and run @verb. */
void verb_do(const struct verb *verb, const struct args *args);
/* The parameters that @takes describes, an array or (@record) an object; a new reference. */
json_t *verb_takes(const char *takes, const struct args *args, bool record);
/* Print the result of a call of @class: a UUID for a reference, one element of a set a line. */
void verb_print(const char *class, const json_t *result);
/* A field of a record as a string; "" for none. */
const char *record_string(json_t *record, const char *field);
/* Ask whether to go on, unless --force was given; the program ends without a yes. */
void verb_confirm(const struct args *args, const char *what);

#endif
