// SPDX-License-Identifier: GPL-2.0-only
/* Messages that follow from the tables alone. */
#include "generic.h"

#include <string.h>

#include "query.h"

static struct value *get_record(struct call *call)
{
	struct object *object = call_object(call, 1);

	return object ? store_record(object) : NULL;
}

static struct value *get_all(struct call *call)
{
	struct value *set = value_set();

	for (struct object *o = store_first(call->message->of); o; o = store_next(o))
		value_add(set, value_string(o->ref));
	return set;
}

/* The records of those objects for which a query holds; NULL is all. */
static struct value *records(const struct class *class, const struct query *query)
{
	struct value *map = value_map();

	for (struct object *o = store_first(class); o; o = store_next(o))
		if (!query || query_matches(query, o))
			value_map_add(map, o->ref, store_record(o));
	value_map_seal(map);
	return map;
}

static struct value *get_all_records(struct call *call)
{
	return records(call->message->of, NULL);
}

static struct value *get_all_records_where(struct call *call)
{
	struct query *query = query_parse(call->message->of, call_text(call, 1));
	struct value *map;

	if (!query)
		return call_fail(call, "INVALID_VALUE", "expr", call_text(call, 1), NULL);
	map = records(call->message->of, query);
	query_free(query);
	return map;
}

static struct value *get_by_uuid(struct call *call)
{
	const struct class *class = call->message->of;
	struct object *object = store_by_uuid(class, call_text(call, 1));

	if (!object)
		return call_fail(call, "UUID_INVALID", class->name, call_text(call, 1), NULL);
	return value_string(object->ref);
}

static struct value *get_by_name_label(struct call *call)
{
	const struct class *class = call->message->of;
	struct value *set = value_set();

	for (struct object *o = store_first(class); o; o = store_next(o))
		if (!strcmp(store_text(o, class->name_label), call_text(call, 1)))
			value_add(set, value_string(o->ref));
	return set;
}

static struct value *get_field(struct call *call)
{
	struct object *object = call_object(call, 1);

	return object ? value_get(store_get(object, call->message->field)) : NULL;
}

static struct value *set_field(struct call *call)
{
	struct object *object = call_object(call, 1);

	if (object)
		store_set(object, call->message->field, value_get(call_arg(call, 2)));
	return NULL;
}

struct value *generic_set(struct call *call)
{
	struct object *object = call_object(call, 1);
	const char *field = strchr(call->message->name, '.') + strlen(".set_");

	if (object)
		store_set(object, model_field(object->class, field), value_get(call_arg(call, 2)));
	return NULL;
}

/* A map's key as text: keys of the model are texts, references, enumerations and integers. */
static const char *key_text(const struct call *call)
{
	return call_text(call, 2);
}

static struct value *add_to_field(struct call *call)
{
	struct object *object = call_object(call, 1);
	int field = call->message->field;
	struct value *map;

	if (!object)
		return NULL;
	map = store_get(object, field);
	if (value_lookup(map, key_text(call)))
		return call_fail(call, "MAP_DUPLICATE_KEY", object->class->name,
				 object->class->fields[field].name, object->ref, key_text(call),
				 NULL);
	store_set(object, field, value_map_with(map, key_text(call), value_get(call_arg(call, 3))));
	return NULL;
}

static struct value *remove_from_field(struct call *call)
{
	struct object *object = call_object(call, 1);
	int field = call->message->field;

	if (object)
		store_set(object, field,
			  value_map_without(store_get(object, field), key_text(call)));
	return NULL;
}

static struct value *add_member(struct call *call)
{
	struct object *object = call_object(call, 1);
	int field = call->message->field;

	if (object && !value_has(store_get(object, field), call_text(call, 2)))
		store_set(object, field,
			  value_set_with(store_get(object, field), call_text(call, 2)));
	return NULL;
}

static struct value *remove_member(struct call *call)
{
	struct object *object = call_object(call, 1);
	int field = call->message->field;

	if (object)
		store_set(object, field,
			  value_set_without(store_get(object, field), call_text(call, 2)));
	return NULL;
}

void generic_fill(struct object *object, const struct value *record)
{
	const struct class *class = object->class;

	for (int i = 0; i < class->n_fields; i++) {
		struct value *v = value_lookup(record, class->fields[i].name);

		if (v && class->fields[i].qualifier != QUALIFIER_RUNTIME)
			store_set(object, i, value_get(v));
	}
}

static const struct {
	handler fn;
	enum mode mode;
} handlers[] = {
	[GENERIC_RECORD] = {get_record, CALL_READ},
	[GENERIC_ALL] = {get_all, CALL_READ},
	[GENERIC_ALL_RECORDS] = {get_all_records, CALL_READ},
	[GENERIC_WHERE] = {get_all_records_where, CALL_READ},
	[GENERIC_BY_UUID] = {get_by_uuid, CALL_READ},
	[GENERIC_BY_NAME] = {get_by_name_label, CALL_READ},
	[GENERIC_GET] = {get_field, CALL_READ},
	[GENERIC_SET] = {set_field, CALL_WRITE},
	[GENERIC_ADD_TO] = {add_to_field, CALL_WRITE},
	[GENERIC_REMOVE_FROM] = {remove_from_field, CALL_WRITE},
	[GENERIC_ADD] = {add_member, CALL_WRITE},
	[GENERIC_REMOVE] = {remove_member, CALL_WRITE},
};

/* Making and destroying is each class's own affair. */
static bool known(const struct message *message)
{
	return message->generic != GENERIC_NONE && message->generic != GENERIC_CREATE &&
	       message->generic != GENERIC_DESTROY;
}

handler generic_handler(const struct message *message)
{
	return known(message) ? handlers[message->generic].fn : NULL;
}

enum mode generic_mode(const struct message *message)
{
	return known(message) ? handlers[message->generic].mode : CALL_READ;
}
