/* SPDX-License-Identifier: GPL-2.0-only */
/* The fields of objects as the command line names and shows them. */
#include "fields.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#include "rpc.h"
#include "rules.h"
#include "store.h"
#include "text.h"

/* The fields of a class, made when they are first asked for. */
static struct made {
	struct made *next;
	const struct model_class *class;
	size_t count;
	struct field fields[];
} *all_made;

static struct field *add(struct made *made, const char *name, enum field_from from,
			 const struct model_field *field)
{
	struct field *new = &made->fields[made->count++];

	memset(new, 0, sizeof(*new));
	new->name = name;
	new->from = from;
	new->field = field;
	return new;
}

/* A field of the model: under its own name, or under those that rules give it. */
static void add_model_field(struct made *made, const struct model_field *field)
{
	bool named = false;

	for (const struct field_rule *rule = field_rules; rule->class; rule++) {
		if (strcmp(rule->class, made->class->name) != 0 || !rule->field ||
		    strcmp(rule->field, field->name) != 0)
			continue;
		named = true;
		if (rule->name)
			add(made, rule->name, rule->from, field);
	}
	if (!named)
		add(made, text_swap(field->name, '_', '-'), FROM_RECORD, field);
}

/* Fields of other records and results of calls. */
static void add_rule(struct made *made, const struct field_rule *rule)
{
	if (strcmp(rule->class, made->class->name) != 0)
		return;
	if (rule->from == FROM_CALL) {
		add(made, rule->name, FROM_CALL, NULL)->call = rule->call;
	} else if (rule->from == FROM_OTHER) {
		const struct model_field *via = model_field(made->class, rule->via);
		const struct model_class *other = via ? model_class(via->type.value.of) : NULL;
		const struct model_field *field = other ? model_field(other, rule->other) : NULL;
		struct field *new = field ? add(made, rule->name, FROM_OTHER, field) : NULL;

		if (new) {
			new->via = rule->via;
			new->other = other;
		}
	}
}

static const struct made *make(const struct model_class *class)
{
	size_t room = 0;
	struct made *made;

	for (const struct model_field *field = class->fields; field->name; field++)
		room++;
	for (const struct field_rule *rule = field_rules; rule->class; rule++)
		room += strcmp(rule->class, class->name) == 0;
	made = malloc(sizeof(*made) + room * sizeof(made->fields[0]));
	if (!made)
		fail("there is no memory left");
	made->class = class;
	made->count = 0;
	for (const struct model_field *field = class->fields; field->name; field++)
		add_model_field(made, field);
	for (const struct field_rule *rule = field_rules; rule->class; rule++)
		add_rule(made, rule);
	made->next = all_made;
	all_made = made;
	return made;
}

const struct field *fields_of(const struct model_class *class, size_t *count)
{
	const struct made *made = all_made;

	while (made && made->class != class)
		made = made->next;
	if (!made)
		made = make(class);
	*count = made->count;
	return made->fields;
}

void fields_free(void)
{
	while (all_made) {
		struct made *next = all_made->next;

		free(all_made);
		all_made = next;
	}
}

const struct field *field_find(const struct model_class *class, const char *name)
{
	size_t count;
	const struct field *fields = fields_of(class, &count);

	for (size_t i = 0; i < count; i++)
		if (strcmp(fields[i].name, name) == 0)
			return &fields[i];
	for (size_t i = 0; i < count; i++)
		if (fields[i].from == FROM_RECORD && strcmp(fields[i].field->name, name) == 0)
			return &fields[i];
	return NULL;
}

json_t *field_value(const struct model_class *class, const struct field *field, const char *ref,
		    json_t *record, bool calls)
{
	const char *other;
	json_t *error;

	switch (field->from) {
	case FROM_RECORD:
	case FROM_NAME:
		return json_incref(json_object_get(record, field->field->name));
	case FROM_OTHER:
		other = json_string_value(json_object_get(record, field->via));
		record = other ? store_record(field->other, other) : NULL;
		return json_incref(json_object_get(record, field->field->name));
	case FROM_CALL:
		if (!calls)
			return NULL;
		record = rpc_try(text("%s.%s", class->name, field->call), json_pack("[s]", ref),
				 &error);
		json_decref(error);
		return record;
	}
	return NULL;
}

/* The result of a call has no type here: sets of references and strings, numbers. */
static const char *call_text(json_t *value)
{
	static const struct type texts = {SHAPE_SET, {TYPE_STRING, NULL}, {TYPE_STRING, NULL}};
	static const struct type hosts = {SHAPE_SET, {TYPE_STRING, NULL}, {TYPE_REF, "host"}};
	const char *first = json_string_value(json_array_get(value, 0));

	if (json_is_array(value))
		return value_text(first && strncmp(first, "OpaqueRef:", 10) == 0 ? &hosts : &texts,
				  value);
	return scalar_text(&texts.value, value);
}

const char *field_text(const struct model_class *class, const struct field *field, const char *ref,
		       json_t *record, bool calls)
{
	json_t *value = field_value(class, field, ref, record, calls);
	const struct scalar *scalar = field->field ? &field->field->type.value : NULL;
	const char *made;

	if (field->from == FROM_CALL)
		made = value ? call_text(value) : calls ? "" : "<expensive field>";
	else if (!value)
		made = field->from == FROM_OTHER ? "<not in database>" : "";
	else if (field->from == FROM_NAME)
		made = store_name(model_class(scalar->of), json_string_value(value));
	else
		made = value_text(&field->field->type, value);
	json_decref(value);
	return made;
}

const char *scalar_text(const struct scalar *scalar, json_t *value)
{
	const char *string = json_string_value(value);
	const struct model_class *class;
	char *lower;

	if (json_is_boolean(value))
		return json_is_true(value) ? "true" : "false";
	if (json_is_integer(value) && scalar->kind != TYPE_FLOAT)
		return text("%lld", (long long)json_integer_value(value));
	if (json_is_number(value))
		return text("%.3f", json_number_value(value));
	if (!string)
		return "";
	if (scalar->kind == TYPE_REF) {
		class = model_class(scalar->of);
		return class ? store_uuid(class, string) : string;
	}
	if (scalar->kind == TYPE_ENUM && strcmp(scalar->of, "vm_power_state") == 0) {
		lower = text("%s", string);
		for (char *at = lower; *at; at++)
			*at = (char)tolower((unsigned char)*at);
		return lower;
	}
	return text("%s", string);
}

static const char *set_text(const struct scalar *scalar, json_t *value, const char *between)
{
	const char *made = "";
	size_t i;
	json_t *item;

	json_array_foreach(value, i, item)
		made = text("%s%s%s", made, i ? between : "", scalar_text(scalar, item));
	return made;
}

static const char *map_text(const struct type *type, json_t *value)
{
	const char *made = "", *key, *shown;
	json_t *item;

	json_object_foreach(value, key, item) {
		json_t *name = json_string(key);

		shown = type->shape == SHAPE_MAP ? scalar_text(&type->value, item) :
						   set_text(&type->value, item, ", ");
		made = text("%s%s%s: %s", made, *made ? "; " : "", scalar_text(&type->key, name),
			    shown);
		json_decref(name);
	}
	return made;
}

const char *value_text(const struct type *type, json_t *value)
{
	switch (type->shape) {
	case SHAPE_ONE:
		return scalar_text(&type->value, value);
	case SHAPE_SET:
		return set_text(&type->value, value, "; ");
	case SHAPE_MAP:
	case SHAPE_MAP_OF_SETS:
		return map_text(type, value);
	}
	return "";
}

const char *field_access(const struct field *field)
{
	static const char *const read_only[] = {" RO", "SRO", "MRO", "MRO"};
	static const char *const writable[] = {" RW", "SRW", "MRW", "MRW"};
	enum type_shape shape = field->field ? field->field->type.shape : SHAPE_ONE;

	if (field->from == FROM_RECORD && field->field->can)
		return writable[shape];
	return read_only[shape];
}
