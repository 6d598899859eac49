/* SPDX-License-Identifier: GPL-2.0-only */
/* Which objects a command is about. */
#include "filter.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "store.h"
#include "text.h"

/* Parameters of every command, which filter nothing. */
#define GENERAL "params minimal multiple force all"

static bool map_matches(const struct field *field, json_t *value, const char *key,
			const char *wanted)
{
	json_t *item = json_object_get(value, key);

	return item && strcmp(scalar_text(&field->field->type.value, item), wanted) == 0;
}

static bool set_has(const struct field *field, json_t *value, const char *wanted)
{
	const struct scalar *scalar = &field->field->type.value;
	size_t i;
	json_t *item;

	json_array_foreach(value, i, item)
		if (strcmp(scalar_text(scalar, item), wanted) == 0)
			return true;
	return false;
}

/* A value as a whole: names of enumerations, booleans and addresses in any case. */
static bool whole_matches(const struct field *field, const char *shown, const char *wanted)
{
	enum type_kind kind = field->field ? field->field->type.value.kind : TYPE_STRING;

	if (kind == TYPE_ENUM || kind == TYPE_BOOL || strcmp(field->name, "MAC") == 0)
		return strcasecmp(shown, wanted) == 0;
	return strcmp(shown, wanted) == 0;
}

static bool field_matches(const struct model_class *class, const struct field *field,
			  const struct param *param, const char *ref, json_t *record)
{
	json_t *value = field_value(class, field, ref, record, true);
	const char *shown = field_text(class, field, ref, record, true);
	enum type_shape shape = field->field ? field->field->type.shape : SHAPE_ONE;
	bool matches;

	if (shape == SHAPE_SET)
		matches = set_has(field, value, param->value) ||
			  (!param->sub && strcmp(shown, param->value) == 0);
	else if (param->sub && shape == SHAPE_ONE && strcmp(param->sub, "contains") == 0)
		matches = strstr(shown, param->value) != NULL;
	else if (param->sub)
		matches = map_matches(field, value, param->sub, param->value);
	else
		matches = whole_matches(field, shown, param->value);
	json_decref(value);
	return matches;
}

static bool is(json_t *record, const char *field, const char *wanted)
{
	const char *value = json_string_value(json_object_get(record, field));

	return value && strcmp(value, wanted) == 0;
}

bool filter_matches(const struct shown_class *class, const struct param *param, const char *ref,
		    json_t *record)
{
	const struct model_class *model = shown_model(class);
	const struct field *field = field_find(model, param->key);

	if (field)
		return field_matches(model, field, param, ref, record);
	if (strcmp(param->key, class->name) == 0 || strcmp(param->key, "uuid") == 0)
		return is(record, "uuid", param->value) ||
		       is(record, "name_label", param->value) ||
		       is(record, "hostname", param->value);
	fail_usage("Unknown field: %s (xe %s-list params=all has those of this class)", param->key,
		   class->name);
}

/* Whether a parameter is none of the filters. */
static bool is_other(const struct param *param, const char *others)
{
	return text_lists(GENERAL, param->key) || text_lists(others, param->key);
}

static int by_name(const void *one, const void *other)
{
	json_t *a = ((const struct found *)one)->record, *b = ((const struct found *)other)->record;
	const char *names[2] = {json_string_value(json_object_get(a, "name_label")),
				json_string_value(json_object_get(b, "name_label"))};
	const char *uuids[2] = {json_string_value(json_object_get(a, "uuid")),
				json_string_value(json_object_get(b, "uuid"))};
	int order = names[0] && names[1] ? strcmp(names[0], names[1]) : 0;

	if (order || !uuids[0] || !uuids[1])
		return order;
	return strcmp(uuids[0], uuids[1]);
}

size_t filter_find(const struct shown_class *class, const struct args *args, const char *others,
		   struct found **found)
{
	json_t *records = store_records(shown_model(class)), *record;
	size_t count = 0;
	const char *ref;

	*found = calloc(json_object_size(records) + 1, sizeof(**found));
	if (!*found)
		fail("there is no memory left");
	json_object_foreach(records, ref, record) {
		bool matches = !class->member || class->member(record);

		for (size_t i = 0; i < args->nparams && matches; i++)
			if (!is_other(&args->params[i], others))
				matches = filter_matches(class, &args->params[i], ref, record);
		if (matches)
			(*found)[count++] = (struct found){ref, record};
	}
	qsort(*found, count, sizeof(**found), by_name);
	return count;
}

size_t filter_select(const struct shown_class *class, const struct args *args, const char *others,
		     struct found **found)
{
	size_t count = filter_find(class, args, others, found);

	if (count == 0)
		fail("No matching %ss found", class->name);
	if (count > 1 && !args_flag(args, "multiple"))
		fail("Multiple matches of class %s found: --multiple performs the command on all "
		     "of them", class->name);
	return count;
}
