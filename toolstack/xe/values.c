/* SPDX-License-Identifier: GPL-2.0-only */
/* Values of the command line as the server wants them. */
#include "values.h"

#include <errno.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "rpc.h"
#include "store.h"
#include "text.h"

static json_t *parse_int(const char *name, const char *given)
{
	static const struct {
		const char *unit;
		int shift;
	} units[] = {{"", 0}, {"bytes", 0}, {"KiB", 10}, {"MiB", 20}, {"GiB", 30}, {"TiB", 40}};
	char *end;
	long long number;

	errno = 0;
	number = strtoll(given, &end, 0);
	for (size_t i = 0; i < sizeof(units) / sizeof(units[0]) && end != given; i++) {
		long long most = INT64_MAX >> units[i].shift;

		if (strcasecmp(end, units[i].unit) != 0)
			continue;
		if (errno || number > most || number < -most)
			fail("The value of %s is too large: %s", name, given);
		return json_integer(number * (1LL << units[i].shift));
	}
	fail("Failed to parse parameter '%s': expecting an integer, perhaps with KiB, MiB, GiB or "
	     "TiB behind it", name);
}

static json_t *parse_scalar(const struct scalar *scalar, const char *name, const char *given)
{
	const char *value;
	char *end;
	double number;

	switch (scalar->kind) {
	case TYPE_INT:
		return parse_int(name, given);
	case TYPE_FLOAT:
		number = strtod(given, &end);
		if (end == given || *end)
			fail("Failed to parse parameter '%s': expecting a number", name);
		return json_real(number);
	case TYPE_BOOL:
		if (strcasecmp(given, "true") != 0 && strcasecmp(given, "false") != 0)
			fail("Failed to parse parameter '%s': expecting true or false", name);
		return json_boolean(strcasecmp(given, "true") == 0);
	case TYPE_ENUM:
		value = model_enum_value(scalar->of, given);
		if (!value)
			fail("Failed to parse parameter '%s': %s is none of its values", name,
			     given);
		return json_string(value);
	case TYPE_REF:
		if (!*given || strcmp(given, NULL_REF) == 0)
			return json_string(NULL_REF);
		return json_string(store_by_name(model_class(scalar->of), given));
	case TYPE_STRING:
	case TYPE_TIME:
		break;
	}
	return json_string(given);
}

json_t *value_parse(const struct type *type, const char *name, const char *given)
{
	json_t *set;

	if (type->shape == SHAPE_ONE)
		return parse_scalar(&type->value, name, given);
	if (type->shape != SHAPE_SET)
		fail("The parameter %s is a map: give %s:KEY=VALUE", name, name);
	set = json_array();
	while (*given) {
		size_t length = strcspn(given, ",");

		json_array_append_new(set, parse_scalar(&type->value, name,
							text_part(given, length)));
		given += length;
		given += *given == ',';
	}
	return set;
}

json_t *value_map(const struct args *args, const char *key)
{
	json_t *map = json_object();

	for (size_t i = 0; i < args->nparams; i++)
		if (args->params[i].sub && strcmp(args->params[i].key, key) == 0)
			json_object_set_new(map, args->params[i].sub,
					    json_string(args->params[i].value));
	return map;
}

json_t *value_cleared(const struct type *type)
{
	if (type->shape == SHAPE_SET)
		return json_array();
	if (type->shape != SHAPE_ONE)
		return json_object();
	if (type->value.kind == TYPE_STRING)
		return json_string("");
	if (type->value.kind == TYPE_REF)
		return json_string(NULL_REF);
	return NULL;
}
