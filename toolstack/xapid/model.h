/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The data model: classes, fields and messages, as tables that model/generate makes of
 * model/xenapi.txt (what is published) and model/extra.txt (what clients also use).
 */
#ifndef XAPID_MODEL_H
#define XAPID_MODEL_H

#include <stdbool.h>

#include "value.h"

struct class;

enum type_kind {
	TYPE_VOID,
	TYPE_STRING,
	TYPE_INT,
	TYPE_FLOAT,
	TYPE_BOOL,
	TYPE_DATETIME,
	TYPE_ENUM,
	TYPE_REF,
	TYPE_SET,
	TYPE_MAP,
	TYPE_RECORD,
};

struct type {
	const char *name; /* as the model writes it: "VM ref set" */
	enum type_kind kind;
	const struct type *key;    /* of a map */
	const struct type *item;   /* of a set or map */
	const char *const *values; /* of an enumeration; NULL ends the list */
	const struct class *of;    /* of a reference or record; NULL for a class we do not have */
};

enum qualifier { QUALIFIER_RUNTIME, QUALIFIER_CONSTRUCTOR, QUALIFIER_RW };

struct field {
	const char *name;
	const struct type *type;
	enum qualifier qualifier;
};

struct class
{
	const char *name;
	const char *lower; /* as events name it */
	const struct field *fields;
	int n_fields;
	int uuid, name_label; /* numbers of these fields, -1 for none */
};

/* What the dispatcher does by itself. */
enum generic {
	GENERIC_NONE,
	GENERIC_RECORD,
	GENERIC_ALL,
	GENERIC_ALL_RECORDS,
	GENERIC_WHERE,
	GENERIC_BY_UUID,
	GENERIC_BY_NAME,
	GENERIC_CREATE,
	GENERIC_DESTROY,
	GENERIC_GET,
	GENERIC_SET,
	GENERIC_ADD_TO,
	GENERIC_REMOVE_FROM,
	GENERIC_ADD,
	GENERIC_REMOVE,
};

struct param {
	const char *name;
	const struct type *type;
};

struct message {
	const char *name; /* "VM.start" */
	const struct class *of;
	const struct param *params;
	int n_params; /* with the session */
	const struct type *result;
	enum generic generic;
	int field; /* which the generic message is about; -1 for none */
};

/* Numbers of classes and fields; model_classes, model_messages, model_n_messages. */
#include "model_names.h"

/** model_message(): Return: the message of this name ("VM.start"), or NULL. */
const struct message *model_message(const char *name);
/** model_class(): Return: the class of this name, in this or in lower case, or NULL. */
const struct class *model_class(const char *name);
/** model_field(): Return: the number of a class's field, or -1. */
int model_field(const struct class *class, const char *name);
/** model_default(): Return: the value of a field that nobody has set, a new reference. */
struct value *model_default(const struct class *class, int field);
/**
 * model_coerce() - make what came over the wire what a type wants
 * @type: the type of the parameter or field
 * @in: borrowed
 *
 * Integers may come as text. Fields of a record that the class lacks are left out, since newer
 * clients have more of them; a field that a record lacks is not added.
 * Return: a new reference, or NULL if it is no value of that type.
 */
struct value *model_coerce(const struct type *type, struct value *in);

#endif
