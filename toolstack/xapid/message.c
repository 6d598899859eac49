// SPDX-License-Identifier: GPL-2.0-only
/* Messages: notes that clients leave about objects. The newest thousand are kept. */
#include <string.h>
#include <time.h>

#include "host.h"
#include "query.h"
#include "store.h"

enum { KEPT = 1000 };

static struct value *create(struct call *call)
{
	struct object *message;

	while (store_count(CLASS(message)) >= KEPT)
		store_delete(store_first(CLASS(message)));
	message = store_create(CLASS(message));
	store_set(message, F_message_name, value_get(call_arg(call, 1)));
	store_set(message, F_message_priority, value_get(call_arg(call, 2)));
	store_set(message, F_message_cls, value_get(call_arg(call, 3)));
	store_set(message, F_message_obj_uuid, value_get(call_arg(call, 4)));
	store_set(message, F_message_body, value_get(call_arg(call, 5)));
	store_set(message, F_message_timestamp, value_time(time(NULL)));
	return value_string(message->ref);
}

static struct value *destroy(struct call *call)
{
	struct object *message = call_object(call, 1);

	if (message)
		store_delete(message);
	return NULL;
}

static struct value *get_record(struct call *call)
{
	struct object *message = call_object(call, 1);

	return message ? store_record(message) : NULL;
}

static struct value *get_by_uuid(struct call *call)
{
	struct object *message = store_by_uuid(CLASS(message), call_text(call, 1));

	if (!message)
		return call_fail(call, "UUID_INVALID", "message", call_text(call, 1), NULL);
	return value_string(message->ref);
}

static struct value *get_all(struct call *call)
{
	struct value *set = value_set();

	(void)call;
	for (struct object *o = store_first(CLASS(message)); o; o = store_next(o))
		value_add(set, value_string(o->ref));
	return set;
}

/* Those of a class, about an object, younger than a time; NULL is any. */
static struct value *records(const char *cls, const char *uuid, const char *since)
{
	struct value *map = value_map();

	for (struct object *o = store_first(CLASS(message)); o; o = store_next(o))
		if ((!cls || !strcmp(cls, store_text(o, F_message_cls))) &&
		    (!uuid || !strcmp(uuid, store_text(o, F_message_obj_uuid))) &&
		    (!since || strcmp(store_text(o, F_message_timestamp), since) >= 0))
			value_map_add(map, o->ref, store_record(o));
	value_map_seal(map);
	return map;
}

static struct value *get_all_records(struct call *call)
{
	(void)call;
	return records(NULL, NULL, NULL);
}

static struct value *get_since(struct call *call)
{
	return records(NULL, NULL, call_text(call, 1));
}

static struct value *get(struct call *call)
{
	return records(call_text(call, 1), call_text(call, 2), call_text(call, 3));
}

static struct value *get_all_records_where(struct call *call)
{
	struct query *query = query_parse(CLASS(message), call_text(call, 1));
	struct value *map;

	if (!query)
		return call_fail(call, "INVALID_VALUE", "expr", call_text(call, 1), NULL);
	map = value_map();
	for (struct object *o = store_first(CLASS(message)); o; o = store_next(o))
		if (query_matches(query, o))
			value_map_add(map, o->ref, store_record(o));
	value_map_seal(map);
	query_free(query);
	return map;
}

const struct api message_api[] = {
	{"message.create", create, CALL_WRITE},
	{"message.destroy", destroy, CALL_WRITE},
	{"message.get", get, CALL_READ},
	{"message.get_all", get_all, CALL_READ},
	{"message.get_all_records", get_all_records, CALL_READ},
	{"message.get_all_records_where", get_all_records_where, CALL_READ},
	{"message.get_by_uuid", get_by_uuid, CALL_READ},
	{"message.get_record", get_record, CALL_READ},
	{"message.get_since", get_since, CALL_READ},
	{0},
};
