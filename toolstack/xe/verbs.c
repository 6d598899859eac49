/* SPDX-License-Identifier: GPL-2.0-only */
/* Finding a verb, making the parameters of its call, showing the result. */
#include "verbs.h"

#include <stdlib.h>
#include <string.h>

#include "rpc.h"
#include "store.h"
#include "text.h"
#include "values.h"

static const struct verb *const tables[] = {
	vm_verbs, disk_verbs, storage_verbs, net_verbs, host_verbs, other_verbs,
};
#define TABLES (sizeof(tables) / sizeof(tables[0]))

const struct verb *verb_find(const char *command)
{
	for (size_t i = 0; i < TABLES; i++)
		for (const struct verb *verb = tables[i]; verb->name; verb++)
			if (strcmp(verb->name, command) == 0)
				return verb;
	return NULL;
}

void verbs_each(void (*each)(const struct verb *verb, void *data), void *data)
{
	for (size_t i = 0; i < TABLES; i++)
		for (const struct verb *verb = tables[i]; verb->name; verb++)
			each(verb, data);
}

static json_t *one_value(const char *name, const char *kind, const char *given)
{
	static const struct {
		const char *name;
		enum type_kind kind;
	} kinds[] = {{"str", TYPE_STRING}, {"int", TYPE_INT}, {"float", TYPE_FLOAT},
		     {"bool", TYPE_BOOL}};
	struct type type = {SHAPE_ONE, {TYPE_STRING, NULL}, {TYPE_REF, kind}};

	for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++)
		if (strcmp(kinds[i].name, kind) == 0)
			type.value = (struct scalar){kinds[i].kind, NULL};
	return value_parse(&type, name, given);
}

/* One word of `takes`, without the blank behind it. */
static void take(json_t *to, const char *word, const struct args *args)
{
	static const struct type texts = {SHAPE_SET, {TYPE_STRING, NULL}, {TYPE_STRING, NULL}};
	size_t name = strcspn(word, ">@?"), field = 0, kind = 0;
	const char *type = "str", *given, *key = text_part(word, name), *as = key;
	json_t *value;

	word += name;
	if (*word == '>') {
		field = strcspn(word, "@?");
		as = text_part(word + 1, field - 1);
		word += field;
	}
	if (*word == '@') {
		kind = strcspn(word, "?");
		type = text_part(word + 1, kind - 1);
		word += kind;
	}
	given = *key ? args_get(args, key) : NULL;
	if (!given && *word == '?')
		given = word + 1;
	if (given && !*given && *word != '?' && model_class(type))
		fail("The parameter %s is empty, and has to name a %s", key, type);
	if (strcmp(type, "map") == 0)
		value = value_map(args, key);
	else if (strcmp(type, "set") == 0)
		value = value_parse(&texts, key, given ? given : "");
	else
		value = one_value(key, type, given ? given : args_need(args, key));
	if (json_is_array(to))
		json_array_append_new(to, value);
	else
		json_object_set_new(to, as, value);
}

json_t *verb_takes(const char *takes, const struct args *args, bool record)
{
	json_t *made = record ? json_object() : json_array();

	while (takes && *takes) {
		size_t length = strcspn(takes, " ");

		take(made, text_part(takes, length), args);
		takes += length;
		takes += strspn(takes, " ");
	}
	return made;
}

const char *record_string(json_t *record, const char *field)
{
	const char *value = json_string_value(json_object_get(record, field));

	return value ? value : "";
}

/* Print the UUID of @ref of @class. */
static void print_uuid(const char *class, const char *ref)
{
	json_t *record = rpc_call(text("%s.get_record", class), json_pack("[s]", ref));

	puts(record_string(record, "uuid"));
	json_decref(record);
}

void verb_print(const char *class, const json_t *result)
{
	const char *string = json_string_value(result);
	size_t i;
	json_t *item;

	json_array_foreach((json_t *)result, i, item)
		verb_print(class, item);
	if (string && strncmp(string, "OpaqueRef:", 10) == 0)
		print_uuid(class, string);
	else if (string && *string)
		puts(string);
	else if (json_is_integer(result))
		printf("%lld\n", (long long)json_integer_value(result));
	else if (json_is_real(result))
		printf("%.15g\n", json_real_value(result));
	else if (json_is_boolean(result))
		puts(json_is_true(result) ? "true" : "false");
}

static void call_and_print(const struct verb *verb, json_t *params)
{
	json_t *result = rpc_call(verb->call, params);

	verb_print(text_part(verb->call, strcspn(verb->call, ".")), result);
	json_decref(result);
}

void verb_call(const struct verb *verb, const struct args *args, const struct found *object)
{
	json_t *params = verb_takes(verb->takes, args, false);

	if (object)
		json_array_insert_new(params, 0, json_string(object->ref));
	call_and_print(verb, params);
}

void verb_create(const struct verb *verb, const struct args *args, const struct found *object)
{
	(void)object;
	call_and_print(verb, json_pack("[o]", verb_takes(verb->takes, args, true)));
}

/* Whether parameters of the command may be any field of a class. */
static bool takes_fields(const struct verb *verb)
{
	return verb->selects || text_lists(verb->optional, "FIELD");
}

/* All that the command needs was given, and nothing that it does not know. */
static void check(const struct verb *verb, const struct args *args)
{
	for (const char *at = verb->required; *at;) {
		size_t length = strcspn(at, " ");
		const char *name = text_part(at, length - (at[length - 1] == ':'));

		if (!args_has(args, name))
			fail_usage("Required parameter not found: %s", name);
		at += length;
		at += strspn(at, " ");
	}
	for (size_t i = 0; i < args->nparams && !takes_fields(verb); i++) {
		const char *key = args->params[i].key;

		if (!text_lists(verb->required, key) && !text_lists(verb->optional, key) &&
		    !text_lists("minimal force multiple", key))
			fail_usage("Unknown parameter: %s (xe help %s)", key, verb->name);
	}
}

void verb_do(const struct verb *verb, const struct args *args)
{
	const char *others = text("%s %s", verb->required, verb->optional);
	const struct shown_class *class;
	struct found *found;
	size_t count;

	check(verb, args);
	if (!verb->selects) {
		verb->run(verb, args, NULL);
		return;
	}
	class = shown_class(verb->selects, NULL);
	count = filter_select(class, args, others, &found);
	for (size_t i = 0; i < count; i++)
		verb->run(verb, args, &found[i]);
	free(found);
}

void verb_confirm(const struct args *args, const char *what)
{
	char answer[16] = "";

	if (args_flag(args, "force"))
		return;
	printf("%s\nType 'yes' to continue\n", what);
	fflush(stdout);
	if (!fgets(answer, sizeof(answer), stdin) || strcmp(answer, "yes\n") != 0)
		fail("aborted (--force goes on without the question)");
}
