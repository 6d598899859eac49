/* SPDX-License-Identifier: GPL-2.0-only */
/* The commands that every class has: CLASS-list, CLASS-param-list, -get, -set, -add ... */
#include "params.h"

#include <stdlib.h>
#include <string.h>

#include "format.h"
#include "rpc.h"
#include "store.h"
#include "text.h"
#include "values.h"

/* A field, and the key of its map that is asked for; else NULL. */
struct column {
	const struct field *field;
	const char *key;
};

static const struct field *must_find(const struct shown_class *class, const char *name)
{
	const struct field *field = field_find(shown_model(class), name);

	if (!field)
		fail_usage("Unknown parameter: %s (xe %s-list params=all has those of this class)",
			   name, class->name);
	return field;
}

/* The fields that a list of names, with one of @separators between them, is about. */
static size_t named_columns(const struct shown_class *class, const char *names,
			    const char *separators, struct column *columns)
{
	size_t count = 0;

	while (*names) {
		size_t length = strcspn(names, separators);
		const char *colon = memchr(names, ':', length);
		const char *end = colon ? colon : names + length;

		if (length) {
			columns[count].field =
				must_find(class, text_part(names, (size_t)(end - names)));
			columns[count++].key =
				colon ? text_part(colon + 1, (size_t)(names + length - colon - 1)) :
					NULL;
		}
		names += length;
		names += *names != '\0';
	}
	return count;
}

/* What a class without a rule lists: its UUID, its names, and what it refers to. */
static size_t guessed_columns(const struct shown_class *class, struct column *columns)
{
	size_t total, count = 0;
	const struct field *fields = fields_of(shown_model(class), &total);

	for (size_t i = 0; i < total; i++) {
		const struct model_field *field = fields[i].field;

		if (!field || fields[i].from != FROM_RECORD || field->type.shape != SHAPE_ONE)
			continue;
		if (count < 6 && (field->type.value.kind == TYPE_REF || count < 3))
			columns[count++] = (struct column){&fields[i], NULL};
	}
	return count;
}

/* The columns of a list; the caller frees them. */
static struct column *choose_columns(const struct shown_class *class, const char *params,
				     const char *fallback, size_t *count)
{
	size_t total, room = params ? strlen(params) + 1 : 0;
	const struct field *fields = fields_of(shown_model(class), &total);
	struct column *columns;

	room = room > total ? room : total + 16;
	columns = calloc(room, sizeof(*columns));
	if (!columns)
		fail("there is no memory left");
	if (params && strcmp(params, "all") == 0) {
		for (*count = 0; *count < total; ++*count)
			columns[*count].field = &fields[*count];
	} else if (params) {
		*count = named_columns(class, params, ",", columns);
	} else if (fallback) {
		*count = named_columns(class, fallback, " ", columns);
	} else {
		*count = guessed_columns(class, columns);
	}
	return columns;
}

static const char *column_text(const struct shown_class *class, const struct column *column,
			       const struct found *found, bool calls)
{
	const struct model_class *model = shown_model(class);
	const struct field *field = column->field;
	const char *made = "";
	json_t *value, *item;

	if (!column->key || field->from == FROM_CALL)
		return field_text(model, field, found->ref, found->record, calls);
	value = field_value(model, field, found->ref, found->record, calls);
	item = json_object_get(value, column->key);
	if (item)
		made = scalar_text(&field->field->type.value, item);
	json_decref(value);
	return made;
}

static const char *label(const struct column *column)
{
	return column->key ? text("%s:%s (%s)", column->field->name, column->key,
				  field_access(column->field)) :
			     text("%s (%s)", column->field->name, field_access(column->field));
}

static void print_rows(const struct shown_class *class, const struct found *found,
		       const struct column *columns, size_t count, bool calls)
{
	struct row *rows = calloc(count + 1, sizeof(*rows));

	if (!rows)
		fail("there is no memory left");
	for (size_t i = 0; i < count; i++)
		rows[i] = (struct row){label(&columns[i]),
				       column_text(class, &columns[i], found, calls)};
	format_record(stdout, rows, count);
	free(rows);
}

void print_records(const struct shown_class *class, const struct args *args, const char *fields,
		   const struct found *found, size_t count)
{
	const char *params = args_get(args, "params");
	/* Calls are made for each object only where the user named their fields. */
	bool calls = params && strcmp(params, "all") != 0;
	size_t ncolumns;
	struct column *columns = choose_columns(class, params, fields, &ncolumns);
	bool minimal = args_flag(args, "minimal");

	for (size_t i = 0; i < count && ncolumns; i++) {
		if (minimal)
			format_minimal(stdout, column_text(class, columns, &found[i], calls),
				       i == 0);
		else
			print_rows(class, &found[i], columns, ncolumns, calls);
	}
	if (minimal)
		putchar('\n');
	free(columns);
}

static void run_list(const struct shown_class *class, const struct args *args)
{
	struct found *found;
	size_t count = filter_find(class, args, "", &found);

	print_records(class, args, class->lists, found, count);
	free(found);
}

/* The one object that uuid= names. */
static struct found the_object(const struct shown_class *class, const struct args *args)
{
	const char *uuid = args_need(args, "uuid");
	const struct model_class *model = shown_model(class);
	struct found found = {store_by_uuid(model, uuid), NULL};
	json_t *records;

	found.record = store_record(model, found.ref);
	if (found.record)
		return found;
	/* A class that is not listed has single records still. */
	records = rpc_call(text("%s.get_record", model->name), json_pack("[s]", found.ref));
	json_object_set_new(store_records(model), found.ref, records);
	found.record = records;
	return found;
}

static void run_param_list(const struct shown_class *class, const struct args *args)
{
	struct found found = the_object(class, args);
	size_t count;
	struct column *columns = choose_columns(class, "all", NULL, &count);

	print_rows(class, &found, columns, count, true);
	free(columns);
}

static void run_param_get(const struct shown_class *class, const struct args *args)
{
	const char *key = args_get(args, "param-key");
	struct column column = {must_find(class, args_need(args, "param-name")), key};
	struct found found = the_object(class, args);
	json_t *value;

	if (key) {
		value = field_value(shown_model(class), column.field, found.ref, found.record,
				    true);
		if (!json_is_object(value))
			fail("the parameter %s is no map, and has no keys", column.field->name);
		if (!json_object_get(value, key))
			fail("Key %s not found in map", key);
		json_decref(value);
	}
	puts(column_text(class, &column, &found, true));
}

/* The field of the model that a command changes. */
static const struct model_field *changed(const struct shown_class *class, const char *name,
					 unsigned int can)
{
	const struct field *field = must_find(class, name);

	if (field->from != FROM_RECORD || !(field->field->can & can))
		fail("the parameter %s cannot be changed in this way (%s)", name,
		     field_access(field));
	return field->field;
}

/* CLASS.VERB_FIELD(self, ...): @rest, an array, is consumed. */
static void change(const struct shown_class *class, const char *verb,
		   const struct model_field *field, const char *ref, json_t *rest)
{
	json_array_insert_new(rest, 0, json_string(ref));
	rpc_do(text("%s.%s%s", class->of, verb, field->name), rest);
}

/* One key of a map: what it had is removed. A map with only a setter is set as a whole. */
static void set_key(const struct shown_class *class, const struct model_field *field,
		    const struct found *found, const char *key, const char *value)
{
	json_t *whole;

	if (field->can & FIELD_ADD) {
		change(class, "remove_from_", field, found->ref, json_pack("[s]", key));
		change(class, "add_to_", field, found->ref, json_pack("[s, s]", key, value));
		return;
	}
	whole = rpc_call(text("%s.get_%s", class->of, field->name),
			 json_pack("[s]", found->ref));
	json_object_set_new(whole, key, json_string(value));
	change(class, "set_", field, found->ref, json_pack("[o]", whole));
}

static void run_param_set(const struct shown_class *class, const struct args *args)
{
	struct found found = the_object(class, args);

	for (size_t i = 0; i < args->nparams; i++) {
		const struct param *param = &args->params[i];
		const struct model_field *field;

		if (text_lists("uuid minimal force multiple", param->key))
			continue;
		field = changed(class, param->key, FIELD_SET | FIELD_ADD);
		if (param->sub && field->type.shape != SHAPE_MAP)
			fail("the parameter %s is no map, and has no keys", param->key);
		if (param->sub)
			set_key(class, field, &found, param->sub, param->value);
		else
			change(class, "set_", field, found.ref,
			       json_pack("[o]", value_parse(&field->type, param->key,
							    param->value)));
	}
}

static void run_param_add(const struct shown_class *class, const struct args *args)
{
	const char *name = args_need(args, "param-name"), *key = args_get(args, "param-key");
	const struct model_field *field = changed(class, name, FIELD_ADD);
	struct found found = the_object(class, args);

	if (field->type.shape == SHAPE_SET) {
		key = args_need(args, "param-key");
		change(class, "add_", field, found.ref, json_pack("[s]", key));
		return;
	}
	for (size_t i = 0; i < args->nparams; i++) {
		const struct param *param = &args->params[i];

		if (text_lists("uuid param-name param-key minimal", param->key))
			continue;
		key = param->sub ? text("%s:%s", param->key, param->sub) : param->key;
		change(class, "add_to_", field, found.ref, json_pack("[s, s]", key, param->value));
	}
}

static void run_param_remove(const struct shown_class *class, const struct args *args)
{
	const char *key = args_need(args, "param-key");
	const struct model_field *field =
		changed(class, args_need(args, "param-name"), FIELD_REMOVE);
	struct found found = the_object(class, args);

	change(class, field->type.shape == SHAPE_SET ? "remove_" : "remove_from_", field,
	       found.ref, json_pack("[s]", key));
}

static void run_param_clear(const struct shown_class *class, const struct args *args)
{
	const char *name = args_need(args, "param-name");
	const struct model_field *field = changed(class, name, FIELD_SET);
	json_t *cleared = value_cleared(&field->type);
	struct found found = the_object(class, args);

	if (!cleared)
		fail("the parameter %s always has a value", name);
	change(class, "set_", field, found.ref, json_pack("[o]", cleared));
}

const struct class_verb class_verbs[] = {
	{"list", "", "params FIELD", "List the objects that the given fields select", run_list},
	{"param-list", "uuid", "", "List all parameters of one object", run_param_list},
	{"param-get", "uuid param-name", "param-key", "Print one parameter of an object",
	 run_param_get},
	{"param-set", "uuid", "PARAMETER", "Set parameters of an object", run_param_set},
	{"param-add", "uuid param-name", "param-key KEY",
	 "Add to a parameter that is a set or a map", run_param_add},
	{"param-remove", "uuid param-name param-key", "",
	 "Remove from a parameter that is a set or a map", run_param_remove},
	{"param-clear", "uuid param-name", "", "Empty a parameter", run_param_clear},
	{NULL, NULL, NULL, NULL, NULL},
};

bool class_verb_fits(const struct shown_class *class, const struct class_verb *verb)
{
	unsigned int can = 0;

	for (const struct model_field *field = shown_model(class)->fields; field->name; field++)
		can |= field->can;
	if (verb->run == run_param_add)
		return can & FIELD_ADD;
	if (verb->run == run_param_remove)
		return can & FIELD_REMOVE;
	if (verb->run == run_param_set || verb->run == run_param_clear)
		return can & FIELD_SET;
	return true;
}

bool class_verb_find(const char *command, const struct shown_class **class,
		     const struct class_verb **verb)
{
	const char *rest;

	*class = shown_class(command, &rest);
	for (*verb = class_verbs; *class && (*verb)->suffix; ++*verb)
		if (strcmp((*verb)->suffix, rest) == 0)
			return class_verb_fits(*class, *verb);
	return false;
}
