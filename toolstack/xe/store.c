/* SPDX-License-Identifier: GPL-2.0-only */
/* Objects of the server: their records, asked for once, and the names of references. */
#include "store.h"

#include <string.h>

#include "rpc.h"
#include "text.h"

#define NOWHERE "<not in database>"

static json_t *kept;	/* the records of each class, by its name; null where there are none */

json_t *store_records(const struct model_class *class)
{
	json_t *records, *error = NULL;

	if (!kept)
		kept = json_object();
	records = json_object_get(kept, class->name);
	if (!records) {
		const char *method = text("%s.get_all_records", class->name);

		records = class->listed ? rpc_try(method, json_array(), &error) : NULL;
		json_decref(error);
		if (!records)
			records = json_null();
		json_object_set_new(kept, class->name, records);
	}
	return json_is_object(records) ? records : NULL;
}

json_t *store_record(const struct model_class *class, const char *ref)
{
	return json_object_get(store_records(class), ref);
}

static const char *string_of(json_t *record, const char *field)
{
	const char *value = json_string_value(json_object_get(record, field));

	return value ? value : NOWHERE;
}

const char *store_uuid(const struct model_class *class, const char *ref)
{
	return string_of(store_record(class, ref), "uuid");
}

const char *store_name(const struct model_class *class, const char *ref)
{
	return string_of(store_record(class, ref), "name_label");
}

const char *store_by_uuid(const struct model_class *class, const char *uuid)
{
	json_t *ref = rpc_call(text("%s.get_by_uuid", class->name), json_pack("[s]", uuid));
	const char *made = text("%s", json_is_string(ref) ? json_string_value(ref) : NULL_REF);

	json_decref(ref);
	return made;
}

const char *store_by_name(const struct model_class *class, const char *given)
{
	const char *ref, *found = NULL;
	json_t *record;

	json_object_foreach(store_records(class), ref, record) {
		if (strcmp(string_of(record, "uuid"), given) == 0)
			return ref;
		if (strcmp(string_of(record, "name_label"), given) != 0)
			continue;
		if (found)
			fail("several objects of class %s have the name '%s': give the UUID",
			     class->name, given);
		found = ref;
	}
	if (!found)
		fail("there is no %s of this UUID or name: %s", class->name, given);
	return found;
}

const char *store_describe(const char *ref)
{
	const char *class, *name;
	json_t *records;

	json_object_foreach(kept, class, records) {
		json_t *record = json_object_get(records, ref);

		if (!record)
			continue;
		name = json_string_value(json_object_get(record, "name_label"));
		return name ? text("%s (%s)", string_of(record, "uuid"), name) :
			      string_of(record, "uuid");
	}
	return ref;
}

void store_forget(void)
{
	json_decref(kept);
	kept = NULL;
}
