// SPDX-License-Identifier: GPL-2.0-only
/* JSON-RPC by jansson. */
#include "codec_jsonrpc.h"

#include <stdlib.h>
#include <string.h>

#include <jansson.h>

#include "alloc.h"

/* A value of a JSON one; *room is how many more are allowed. NULL if there are too many. */
static struct value *from_json(const json_t *json, int depth, int *room)
{
	struct value *v, *item;
	const char *key;
	const json_t *member;
	size_t i;

	if (--*room < 0 || depth > CODEC_DEPTH)
		return NULL;
	switch (json_typeof(json)) {
	case JSON_NULL: return value_void();
	case JSON_TRUE: return value_bool(true);
	case JSON_FALSE: return value_bool(false);
	case JSON_INTEGER: return value_int(json_integer_value(json));
	case JSON_REAL: return value_float(json_real_value(json));
	case JSON_STRING: return value_string(json_string_value(json));
	case JSON_ARRAY:
		v = value_set();
		json_array_foreach(json, i, member)
		{
			item = from_json(member, depth + 1, room);
			if (!item)
				goto too_much;
			value_add(v, item);
		}
		return v;
	case JSON_OBJECT: break;
	}
	v = value_map();
	json_object_foreach((json_t *)json, key, member)
	{
		item = from_json(member, depth + 1, room);
		if (!item)
			goto too_much;
		value_map_add(v, key, item);
	}
	value_map_seal(v);
	return v;
too_much:
	value_put(v);
	return NULL;
}

/* numbers: whether integers stay numbers; on the wire they are strings. */
static json_t *to_json(const struct value *v, bool numbers)
{
	char digits[24];
	json_t *json;

	switch (value_kind(v)) {
	case VALUE_VOID: break;
	case VALUE_BOOL: return json_boolean(value_is(v));
	case VALUE_INT:
		if (numbers)
			return json_integer(value_number(v));
		snprintf(digits, sizeof(digits), "%lld", (long long)value_number(v));
		return json_string_nocheck(digits);
	case VALUE_FLOAT:
		json = json_real(value_real(v));
		return json ? json : json_integer(0); /* JSON has no infinity */
	case VALUE_DATETIME:
	case VALUE_STRING: return json_string(value_text(v));
	case VALUE_SET:
		json = json_array();
		for (size_t i = 0; i < value_size(v); i++)
			json_array_append_new(json, to_json(value_item(v, i), numbers));
		return json;
	case VALUE_MAP:
		json = json_object();
		for (size_t i = 0; i < value_size(v); i++)
			json_object_set_new(json, value_key(v, i),
					    to_json(value_item(v, i), numbers));
		return json;
	}
	return json_string_nocheck("");
}

static const char *decode(const json_t *json, struct request *request)
{
	const json_t *version = json_object_get(json, "jsonrpc");
	const json_t *method = json_object_get(json, "method");
	const json_t *params = json_object_get(json, "params");
	const json_t *id = json_object_get(json, "id");
	int room = CODEC_VALUES;

	request->version = version ? 2 : 1;
	if (id && (json_is_string(id) || json_is_integer(id)))
		request->id = from_json(id, 0, &room);
	if (version && (!json_is_string(version) || strcmp(json_string_value(version), "2.0")))
		return "jsonrpc is not 2.0";
	if (!json_is_string(method))
		return "there is no method";
	request->method = alloc_text(json_string_value(method), json_string_length(method));
	if (!request->id)
		return "there is no id";
	if (params && !json_is_array(params))
		return "params is no array";
	request->params = params ? from_json(params, 0, &room) : value_set();
	return request->params ? NULL : "there are too many values, or they are nested too deeply";
}

const char *jsonrpc_decode(const char *body, size_t n, struct request *request)
{
	const char *why;
	json_t *json;

	*request = (struct request){.version = 2};
	json = json_loadb(body, n, 0, NULL);
	if (!json)
		return "the JSON is not well-formed";
	why = decode(json, request);
	json_decref(json);
	return why;
}

static char *dump(json_t *json)
{
	char *text = json_dumps(json, JSON_COMPACT | JSON_ENCODE_ANY);

	json_decref(json);
	if (!text)
		abort();
	return text;
}

static json_t *answer(const struct request *request)
{
	json_t *json = json_object();

	if (request->version == 2)
		json_object_set_new(json, "jsonrpc", json_string("2.0"));
	json_object_set_new(json, "id", request->id ? to_json(request->id, true) : json_null());
	return json;
}

char *jsonrpc_success(const struct request *request, const struct value *result)
{
	json_t *json = answer(request);

	json_object_set_new(json, "result", to_json(result, false));
	if (request->version == 1)
		json_object_set_new(json, "error", json_null());
	return dump(json);
}

char *jsonrpc_failure(const struct request *request, const struct value *error)
{
	json_t *json = answer(request), *words = to_json(error, false), *object;

	if (request->version == 1) {
		json_object_set_new(json, "result", json_null());
		json_object_set_new(json, "error", words);
		return dump(json);
	}
	object = json_object();
	json_object_set_new(object, "code", json_integer(1));
	json_object_set(object, "message", json_array_get(words, 0));
	json_array_remove(words, 0);
	json_object_set_new(object, "data", words);
	json_object_set_new(json, "error", object);
	return dump(json);
}

char *json_write(const struct value *value)
{
	return dump(to_json(value, true));
}

struct value *json_read(const char *text, size_t n)
{
	int room = CODEC_VALUES;
	json_t *json = json_loadb(text, n, JSON_DECODE_ANY, NULL);
	struct value *v = json ? from_json(json, 0, &room) : NULL;

	json_decref(json);
	return v;
}
