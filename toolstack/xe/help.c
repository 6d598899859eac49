/* SPDX-License-Identifier: GPL-2.0-only */
/* What "xe help" says, and the words that bash completes. */
#include "help.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "fields.h"
#include "params.h"
#include "text.h"
#include "verbs.h"

#define WIDTH 79

/* The names of commands, sorted when all are there. */
struct names {
	const char **list;
	size_t count, room;
	bool all;	/* those of every class, too */
};

static void add(struct names *names, const char *name)
{
	if (names->count == names->room) {
		names->room = names->room ? 2 * names->room : 256;
		names->list = realloc(names->list, names->room * sizeof(*names->list));
		if (!names->list)
			fail("there is no memory left");
	}
	names->list[names->count++] = name;
}

static void add_verb(const struct verb *verb, void *data)
{
	add(data, verb->name);
}

/* Classes that are for administrators: the others are in --all. */
static bool common(const struct shown_class *class)
{
	return class->lists != NULL;
}

static void add_class(const struct shown_class *class, void *data)
{
	struct names *names = data;

	if (!names->all && !common(class))
		return;
	for (const struct class_verb *verb = class_verbs; verb->suffix; verb++)
		if (class_verb_fits(class, verb))
			add(names, text("%s-%s", class->name, verb->suffix));
}

static int by_text(const void *one, const void *other)
{
	return strcmp(*(const char *const *)one, *(const char *const *)other);
}

static struct names all_names(bool all)
{
	struct names names = {.all = all};

	add(&names, "help");
	verbs_each(add_verb, &names);
	shown_classes(add_class, &names);
	qsort(names.list, names.count, sizeof(*names.list), by_text);
	return names;
}

/* Names with commas between, in lines that are not too long. */
static void print_wrapped(const struct names *names)
{
	size_t column = 0;

	for (size_t i = 0; i < names->count; i++) {
		size_t length = strlen(names->list[i]) + 2;

		if (column + length > WIDTH) {
			putchar('\n');
			column = 0;
		}
		printf("%s%s%s", column ? " " : "", names->list[i],
		       i + 1 < names->count ? "," : "\n");
		column += length;
	}
}

static void usage(void)
{
	puts("Usage: xe COMMAND [PARAMETER=VALUE ...] [--FLAG ...]\n"
	     "          [-s SERVER] [-p PORT] [-u USER] [-pw PASSWORD | -pwf FILE]\n"
	     "Without -s it talks to this host's daemon, as root without a password.\n"
	     "\n"
	     "xe help COMMAND   the parameters of a command\n"
	     "xe help --all     all commands, also of classes that few people need\n"
	     "\n"
	     "Commands:");
}

/* Parameters of a list as words of a command line. */
static const char *shown_params(const char *list)
{
	const char *made = "";

	while (*list) {
		size_t length = strcspn(list, " ");
		const char *word = text_part(list, length);

		if (strncmp(word, "--", 2) == 0)
			made = text("%s %s", made, word);
		else if (word[length - 1] == ':')
			made = text("%s %sKEY=VALUE", made, word);
		else
			made = text("%s %s=", made, word);
		list += length;
		list += strspn(list, " ");
	}
	return made;
}

static void describe(const char *name, const char *required, const char *optional,
		     const char *text_of, const char *selects)
{
	printf("command name : %s\n", name);
	printf("reqd params  :%s\n", shown_params(required));
	printf("optl params  :%s%s\n", shown_params(optional),
	       selects ? text(" %s= FIELD= --multiple", selects) : "");
	printf("description  : %s.\n\n", text_of);
}

static bool describe_command(const char *name)
{
	const struct verb *verb = verb_find(name);
	const struct class_verb *class_verb;
	const struct shown_class *class;

	if (verb)
		describe(name, verb->required, verb->optional, verb->help, verb->selects);
	else if (class_verb_find(name, &class, &class_verb))
		describe(name, class_verb->required, class_verb->optional, class_verb->help, NULL);
	else if (strcmp(name, "help") == 0)
		describe(name, "", "--all --minimal", "Print the commands, or those that are named",
			 NULL);
	else
		return false;
	return true;
}

int help(const struct args *args)
{
	struct names names;
	int code = 0;

	for (size_t i = 0; i < args->nwords; i++)
		if (!describe_command(args->words[i])) {
			fprintf(stderr, "Unknown command: %s\n", args->words[i]);
			code = 1;
		}
	if (args->nwords)
		return code;
	names = all_names(args_flag(args, "all"));
	if (args_flag(args, "minimal")) {
		for (size_t i = 0; i < names.count; i++)
			printf("%s%c", names.list[i], i + 1 < names.count ? ',' : '\n');
	} else {
		usage();
		print_wrapped(&names);
	}
	free(names.list);
	return 0;
}

static void complete_list(const char *list, const char *begun)
{
	size_t typed = strlen(begun);

	while (*list) {
		size_t length = strcspn(list, " ");
		const char *word = text_part(list, length);

		list += length;
		list += strspn(list, " ");
		if (word[length - 1] != ':' && strncmp(word, "--", 2) != 0)
			word = text("%s=", word);
		if (strncmp(word, begun, typed) == 0)
			puts(word);
	}
}

static void complete_fields(const struct shown_class *class, const char *before,
			    const char *begun, const char *behind, bool changed)
{
	size_t count, typed = strlen(begun);
	const struct field *fields = fields_of(shown_model(class), &count);

	for (size_t i = 0; i < count; i++)
		if (strncmp(fields[i].name, begun, typed) == 0 &&
		    (!changed || field_access(&fields[i])[2] == 'W'))
			printf("%s%s%s\n", before, fields[i].name, behind);
}

/* The parameters of a command; the values of some. */
static void complete_params(const char *command, const char *begun)
{
	const struct verb *verb = verb_find(command);
	const struct class_verb *class_verb;
	const struct shown_class *class;
	const char *last;

	if (verb) {
		complete_list(verb->required, begun);
		complete_list(verb->optional, begun);
		if (verb->selects)
			complete_list(text("uuid %s", verb->selects), begun);
		return;
	}
	if (!class_verb_find(command, &class, &class_verb))
		return;
	if (strncmp(begun, "params=", 7) == 0) {
		last = strrchr(begun, ',');
		last = last ? last + 1 : begun + 7;
		complete_fields(class, text_part(begun, (size_t)(last - begun)), last, "", false);
	} else if (strncmp(begun, "param-name=", 11) == 0) {
		complete_fields(class, "param-name=", begun + 11, "", false);
	} else if (strcmp(class_verb->suffix, "list") == 0) {
		complete_list("params", begun);
		complete_fields(class, "", begun, "=", false);
	} else {
		complete_list(class_verb->required, begun);
		if (strcmp(class_verb->suffix, "param-set") == 0)
			complete_fields(class, "", begun, "=", true);
		else
			complete_list(class_verb->optional, begun);
	}
}

void help_complete(int count, char **words)
{
	const char *begun = count ? words[count - 1] : "", *command = NULL;
	struct names names;

	for (int i = 0; i < count - 1 && !command; i++)
		if (words[i][0] != '-')
			command = words[i];
		else if (words[i][1] != '-')
			i++;	/* an option with its value */
	if (command && strcmp(command, "help") != 0) {
		complete_params(command, begun);
		return;
	}
	names = all_names(true);
	for (size_t i = 0; i < names.count; i++)
		if (strncmp(names.list[i], begun, strlen(begun)) == 0)
			puts(names.list[i]);
	free(names.list);
}
