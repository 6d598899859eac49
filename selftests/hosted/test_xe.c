// SPDX-License-Identifier: GPL-2.0-only
/*
 * xe's command line, values, filters and layout. A small data model and a store of fixed records
 * stand in for the generated tables and the server; what ends the program runs in a child.
 */
/* sources: toolstack/xe/args.c toolstack/xe/text.c toolstack/xe/format.c toolstack/xe/values.c */
/* sources: toolstack/xe/model.c toolstack/xe/fields.c toolstack/xe/classes.c */
/* sources: toolstack/xe/filter.c toolstack/xe/rules.c */
/* includes: toolstack/xe/args.h toolstack/xe/fields.h toolstack/xe/filter.h toolstack/xe/model.h */
/* libs: -ljansson */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "log_capture.h"
#include "toolstack/xe/args.h"
#include "toolstack/xe/fields.h"
#include "toolstack/xe/filter.h"
#include "toolstack/xe/format.h"
#include "toolstack/xe/model.h"
#include "toolstack/xe/rpc.h"
#include "toolstack/xe/store.h"
#include "toolstack/xe/text.h"
#include "toolstack/xe/values.h"

/* --- a small model --- */

#define ONE(kind, of)	{SHAPE_ONE, {0, NULL}, {kind, of}}
#define STRINGS(shape)	{shape, {TYPE_STRING, NULL}, {TYPE_STRING, NULL}}

static const struct model_field vm_fields[] = {
	{"uuid", ONE(TYPE_STRING, NULL), 0},
	{"name_label", ONE(TYPE_STRING, NULL), FIELD_SET},
	{"power_state", ONE(TYPE_ENUM, "vm_power_state"), 0},
	{"memory", ONE(TYPE_INT, NULL), FIELD_SET},
	{"share", ONE(TYPE_FLOAT, NULL), 0},
	{"is_a_template", ONE(TYPE_BOOL, NULL), FIELD_SET},
	{"tags", STRINGS(SHAPE_SET), FIELD_SET | FIELD_ADD},
	{"other_config", STRINGS(SHAPE_MAP), FIELD_SET},
	{"VIFs", {SHAPE_SET, {0, NULL}, {TYPE_REF, "VIF"}}, 0},
	{"flags", STRINGS(SHAPE_MAP_OF_SETS), 0},
	{NULL, {0}, 0},
};
static const struct model_field vif_fields[] = {
	{"uuid", ONE(TYPE_STRING, NULL), 0},
	{"MAC", ONE(TYPE_STRING, NULL), 0},
	{"VM", ONE(TYPE_REF, "VM"), 0},
	{NULL, {0}, 0},
};
extern const struct model_class model_classes[];
extern const struct model_enum model_enums[];
const struct model_class model_classes[] = {
	{"VM", vm_fields, true, true},
	{"VIF", vif_fields, true, false},
	{"VM_metrics", vif_fields, true, false},
	{"event", vif_fields, false, false},
	{NULL, NULL, false, false},
};
static const char *const states[] = {"Halted", "Running", NULL};
const struct model_enum model_enums[] = {{"vm_power_state", states}, {NULL, NULL}};

/* --- a store of fixed records --- */

static json_t *records;

json_t *store_records(const struct model_class *class)
{
	return json_object_get(records, class->name);
}

json_t *store_record(const struct model_class *class, const char *ref)
{
	return json_object_get(store_records(class), ref);
}

static const char *string_of(const struct model_class *class, const char *ref, const char *field)
{
	const char *found = json_string_value(json_object_get(store_record(class, ref), field));

	return found ? found : "<not in database>";
}

const char *store_uuid(const struct model_class *class, const char *ref)
{
	return string_of(class, ref, "uuid");
}

const char *store_name(const struct model_class *class, const char *ref)
{
	return string_of(class, ref, "name_label");
}

const char *store_by_name(const struct model_class *class, const char *given)
{
	const char *ref;
	json_t *record;

	json_object_foreach(store_records(class), ref, record)
		if (strcmp(store_name(class, ref), given) == 0)
			return ref;
	fail("there is no such object");
}

json_t *rpc_try(const char *method, json_t *params, json_t **error)
{
	json_decref(params);
	*error = NULL;
	return json_string(method);
}

static void make_records(void)
{
	records = json_pack("{s:{s:{s:s, s:s, s:s, s:i, s:f, s:[s, s], s:{s:s, s:s}, s:[s],"
			    " s:{s:[s, s]}}, s:{s:s, s:s, s:s}}, s:{s:{s:s, s:s, s:s}}}",
			    "VM", "r1", "uuid", "u1", "name_label", "one", "power_state",
			    "Running", "memory", 1024, "share", 0.5, "tags", "a", "b",
			    "other_config", "k", "v", "l", "w", "VIFs", "f1", "flags", "0", "x",
			    "y", "r2", "uuid", "u2", "name_label", "two, too", "power_state",
			    "Halted", "VIF", "f1", "uuid", "uf", "MAC", "aa:bb", "VM", "r1");
}

/* --- helpers --- */

static struct args args;

static void parse(int argc, const char **argv)
{
	args_free(&args);
	args_parse(&args, argc, (char **)argv);
}

#define PARSE(...)                                                                                 \
	do {                                                                                       \
		const char *argv[] = {"xe", __VA_ARGS__, NULL};                                    \
		parse(sizeof(argv) / sizeof(argv[0]) - 1, argv);                                   \
	} while (0)

/* Whether @act exits with 1. */
static bool ends(void (*act)(void))
{
	int status;
	pid_t child;

	fflush(stdout);
	child = fork();
	if (child == 0) {
		if (!freopen("/dev/null", "w", stderr))
			_exit(2);
		act();
		_exit(0);
	}
	waitpid(child, &status, 0);
	return WIFEXITED(status) && WEXITSTATUS(status) == 1;
}

static bool same(const char *one, const char *other)
{
	return one && other && strcmp(one, other) == 0;
}

/* --- the command line --- */

static void bad_option(void)
{
	PARSE("-x", "vm-list");
}

static void option_without_value(void)
{
	PARSE("vm-list", "-pw");
}

static void bad_flag(void)
{
	PARSE("vm-start", "force=perhaps");
	args_flag(&args, "force");
}

static void test_args(void)
{
	unsetenv("HOME");
	setenv("XE_EXTRA_ARGS", "server=far,port=8443,username=ann,debug", 1);
	PARSE("vm-list", "-u", "bob", "other-config:a:b=c=d", "--minimal", "params=", "--x=y");
	result(same(args.command, "vm-list") && same(args.server, "far") &&
	       same(args.port, "8443") && args.debug, "XE_EXTRA_ARGS has settings");
	result(same(args.user, "bob"), "the command line counts more");
	result(args.nparams == 4 && same(args.params[0].key, "other-config") &&
	       same(args.params[0].sub, "a:b") && same(args.params[0].value, "c=d"),
	       "a parameter ends at the first '=', its key at the first ':'");
	result(args_flag(&args, "minimal") && !args_flag(&args, "multiple"), "--flag is true");
	result(same(args_get(&args, "params"), "") && same(args_get(&args, "x"), "y") &&
	       !args_get(&args, "other-config") && args_has(&args, "other-config"),
	       "values may be empty, and a sub-key is no value of its key");
	unsetenv("XE_EXTRA_ARGS");
	PARSE("help", "vm-start", "=");
	result(args.nwords == 2 && !args.server, "words without '=' come by themselves");
	result(ends(bad_option) && ends(option_without_value) && ends(bad_flag),
	       "an unknown option, a missing value and a bad flag end the program");
}

/* --- values --- */

static const struct type integer = ONE(TYPE_INT, NULL), state = ONE(TYPE_ENUM, "vm_power_state");
static const struct type reference = ONE(TYPE_REF, "VM"), set = STRINGS(SHAPE_SET);

static long long number(const char *given)
{
	json_t *value = value_parse(&integer, "n", given);
	long long made = json_integer_value(value);

	json_decref(value);
	return made;
}

static void bad_unit(void)
{
	number("1EiB");
}

static void too_large(void)
{
	number("9000000TiB");
}

static void no_number(void)
{
	number("MiB");
}

static void bad_state(void)
{
	value_parse(&state, "s", "flying");
}

static bool string_is(const struct type *type, const char *given, const char *wanted)
{
	json_t *value = value_parse(type, "v", given);
	bool good = same(json_string_value(value), wanted);

	json_decref(value);
	return good;
}

static void test_values(void)
{
	json_t *list = value_parse(&set, "tags", "a,b,");

	result(number("512") == 512 && number("-1") == -1 && number("8GiB") == 8LL << 30 &&
	       number("3kib") == 3072 && number("0x10") == 16, "integers have units of 1024");
	result(ends(bad_unit) && ends(too_large) && ends(no_number), "or are refused");
	result(string_is(&state, "halted", "Halted") && ends(bad_state),
	       "an enumeration's value is spelled as the model does");
	result(string_is(&reference, "two, too", "r2") && string_is(&reference, "", NULL_REF),
	       "a reference is given by name, or empty");
	result(json_array_size(list) == 2, "a set has commas between");
	json_decref(list);
}

/* --- fields --- */

static const struct model_class *vm_class;

static bool shows(const char *name, const char *wanted)
{
	const struct field *field = field_find(vm_class, name);

	return field && same(field_text(vm_class, field, "r1", store_record(vm_class, "r1"), true),
			     wanted);
}

static void test_fields(void)
{
	const char *rest;

	result(shows("name-label", "one") && shows("name_label", "one") &&
	       !field_find(vm_class, "x"), "a field has the model's name with hyphens");
	result(shows("power-state", "running") && shows("memory", "1024") &&
	       shows("share", "0.500"), "power states are small letters, numbers plain");
	result(shows("tags", "a; b") && shows("other-config", "k: v; l: w") &&
	       shows("flags", "0: x, y"), "sets and maps have semicolons between");
	result(shows("VIFs", "uf"), "references are UUIDs");
	result(shows("possible-hosts", "VM.get_possible_hosts"), "a field may be a call's result");
	result(same(field_access(field_find(vm_class, "uuid")), " RO") &&
	       same(field_access(field_find(vm_class, "tags")), "SRW") &&
	       same(field_access(field_find(vm_class, "other-config")), "MRW"),
	       "marks say what a field is");
	result(same(shown_class("vm-metrics-param-list", &rest)->of, "VM_metrics") &&
	       same(rest, "param-list") && same(shown_class("vm-metric", &rest)->of, "VM") &&
	       !shown_class("event-list", &rest) && !shown_class("vmx-list", &rest),
	       "the longest class that begins the command is its class");
}

/* --- filters --- */

static size_t matches(const char *key, const char *sub, const char *value)
{
	struct param param = {key, sub, value};
	struct args filters = {.params = &param, .nparams = 1};
	struct found *found;
	size_t count = filter_find(shown_class("vm", NULL), &filters, "other config:", &found);

	free(found);
	return count;
}

static void unknown_field(void)
{
	matches("colour", NULL, "red");
}

static void select_all(void)
{
	struct args none = {0};
	struct found *found;

	filter_select(shown_class("vm", NULL), &none, "", &found);
}

static void test_filters(void)
{
	result(matches("name-label", NULL, "one") == 1 && matches("name-label", NULL, "On") == 0,
	       "a text is compared as it is");
	result(matches("power-state", NULL, "RUNNING") == 1, "an enumeration in any case");
	result(matches("tags", NULL, "b") == 1 && matches("tags", "contains", "a") == 1 &&
	       matches("tags", NULL, "a; b") == 1 && matches("tags", NULL, "c") == 0,
	       "a set by an element, or as it is shown");
	result(matches("other-config", "k", "v") == 1 && matches("other-config", "k", "w") == 0 &&
	       matches("other-config", "z", "") == 0, "a map by a key");
	result(matches("name-label", "contains", "o") == 2 && matches("vm", NULL, "u2") == 1 &&
	       matches("vm", NULL, "one") == 1, "a text by a part, the class by UUID or name");
	result(matches("params", NULL, "x") == 2 && matches("other", NULL, "x") == 2 &&
	       matches("config", "k", "x") == 2, "other parameters of the command filter nothing");
	result(ends(unknown_field) && ends(select_all),
	       "an unknown field, and several objects without --multiple, end the program");
}

/* --- layout --- */

static void test_layout(void)
{
	static const struct row rows[] = {{"uuid ( RO)", "u1"}, {"name-label ( RW)", "one"}};
	static const char wanted[] = "uuid ( RO)          : u1\n"
				     "    name-label ( RW): one\n\n\n";
	char *made = NULL;
	size_t length;
	FILE *to = open_memstream(&made, &length);

	format_record(to, rows, 2);
	fflush(to);
	result(same(made, wanted), "the first field is left, the others right of a column");
	rewind(to);
	format_minimal(to, "a,b\\c", true);
	format_minimal(to, "", false);
	format_minimal(to, "d", false);
	fclose(to);
	result(same(made, "a\\,b\\\\c,,d"), "--minimal escapes commas and backslashes");
	free(made);
	result(text_lists("uuid --force device-config:", "force") &&
	       text_lists("uuid --force device-config:", "device-config") &&
	       !text_lists("uuid --force device-config:", "device") && !text_lists("", "x"),
	       "a list of parameters has flags and maps");
}

int main(void)
{
	puts("1..29");
	vm_class = model_class("VM");
	make_records();
	test_args();
	test_values();
	test_fields();
	test_filters();
	test_layout();
	json_decref(records);
	args_free(&args);
	fields_free();
	text_free_all();
	return tap_failures ? 1 : 0;
}
