/* SPDX-License-Identifier: GPL-2.0-only */
/* The fields of objects as the command line names and shows them. */
#ifndef XE_FIELDS_H
#define XE_FIELDS_H

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>

#include "model.h"

/* How a field of the command line comes from the data model. */
enum field_from {
	FROM_RECORD,		/* the field of the object's record */
	FROM_NAME,		/* the name of the object that the field refers to */
	FROM_OTHER,		/* a field of the record of the object that `via` refers to */
	FROM_CALL,		/* the result of a call; shown only for one object */
};

struct field {
	const char *name;	/* "name-label" */
	enum field_from from;
	const struct model_field *field;	/* NULL: FROM_CALL */
	const char *via;	/* FROM_OTHER: the field of the record that refers to `other` */
	const struct model_class *other;	/* FROM_OTHER */
	const char *call;	/* FROM_CALL: the message of the class */
};

/* A class of the command line: one of the model, or part of one. */
struct shown_class {
	const char *name;	/* "vm", "template" */
	const char *of;		/* the class of the model */
	const char *lists;	/* fields that NAME-list shows, words; NULL: a guess */
	bool (*member)(json_t *record);	/* which objects belong to it; NULL: all */
};

/*
 * The class that @name begins with before a '-', where @rest becomes what follows ("list" of
 * "vm-list"); NULL: there is none. @name may be the class alone, then @rest is "".
 */
const struct shown_class *shown_class(const char *name, const char **rest);
/* Call @each for every class of the command line, those that no table names included. */
void shown_classes(void (*each)(const struct shown_class *class, void *data), void *data);
/* The model's class of @class. */
const struct model_class *shown_model(const struct shown_class *class);

/* The fields of @class, @count of them; the array is kept. */
const struct field *fields_of(const struct model_class *class, size_t *count);
/* The field @name of @class, NULL when there is none. The model's own spelling is accepted. */
const struct field *field_find(const struct model_class *class, const char *name);
/*
 * The value of @field in the @record of @ref, a new reference, or NULL for none. Fields with a call
 * ask the server if @calls.
 */
json_t *field_value(const struct model_class *class, const struct field *field, const char *ref,
		    json_t *record, bool calls);
/* The same as text. */
const char *field_text(const struct model_class *class, const struct field *field, const char *ref,
		       json_t *record, bool calls);
/* @value of @type as text. */
const char *value_text(const struct type *type, json_t *value);
/* One element of a value, or a key, as text. */
const char *scalar_text(const struct scalar *scalar, json_t *value);
/* " RO", "MRW", "SRO" ...: a letter for sets and maps, then what the user may do. */
const char *field_access(const struct field *field);
/* Release what fields_of() keeps. */
void fields_free(void);

#endif
