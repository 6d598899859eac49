/* SPDX-License-Identifier: GPL-2.0-only */
/* The published data model as tables, which tables.py writes at build time. */
#ifndef XE_MODEL_H
#define XE_MODEL_H

#include <stdbool.h>

enum type_kind {
	TYPE_STRING,
	TYPE_INT,
	TYPE_FLOAT,
	TYPE_BOOL,
	TYPE_TIME,
	TYPE_ENUM,
	TYPE_REF,
};

struct scalar {
	enum type_kind kind;
	const char *of;		/* the class that is referred to, the enumeration; else NULL */
};

enum type_shape {
	SHAPE_ONE,
	SHAPE_SET,
	SHAPE_MAP,
	SHAPE_MAP_OF_SETS,
};

struct type {
	enum type_shape shape;
	struct scalar key;	/* of a map */
	struct scalar value;	/* of an element, where there are several */
};

/* What a client can do with a field: the model has a message for it. */
#define FIELD_SET    1u		/* set_FIELD(self, value) */
#define FIELD_ADD    2u		/* add_to_FIELD(self, key, value), add_FIELD(self, value) */
#define FIELD_REMOVE 4u		/* remove_from_FIELD(self, key), remove_FIELD(self, value) */

struct model_field {
	const char *name;
	struct type type;
	unsigned int can;	/* FIELD_* */
};

struct model_class {
	const char *name;
	const struct model_field *fields;	/* ends with a NULL name */
	bool listed;		/* it has get_all_records */
	bool named;		/* it has name_label */
};

struct model_enum {
	const char *name;
	const char *const *values;	/* ends with NULL */
};

/* All classes; the last has a NULL name. */
const struct model_class *model_all(void);
/* The class @name as the model spells it, or NULL. */
const struct model_class *model_class(const char *name);
/* The field @name of @class as the model spells it, or NULL. */
const struct model_field *model_field(const struct model_class *class, const char *name);
/* The value of the enumeration @name that is @text but for case, '-' and '_'; NULL: none is. */
const char *model_enum_value(const char *name, const char *text);

#endif
