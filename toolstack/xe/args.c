/* SPDX-License-Identifier: GPL-2.0-only */
/* The command line: where the server is, the command, its parameters. */
#include "args.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "text.h"

static void add_param(struct args *args, const char *key, size_t length, const char *value)
{
	struct param *param = &args->params[args->nparams++];
	const char *colon = memchr(key, ':', length);

	param->key = text_part(key, colon ? (size_t)(colon - key) : length);
	param->sub = colon ? text_part(colon + 1, (size_t)(key + length - colon - 1)) : NULL;
	param->value = value;
}

static const char *first_line(const char *name)
{
	FILE *file = fopen(name, "re");
	char line[512] = "";

	if (!file)
		fail("the password file %s cannot be read", name);
	if (!fgets(line, sizeof(line), file))
		line[0] = '\0';
	fclose(file);
	line[strcspn(line, "\r\n")] = '\0';
	return text("%s", line);
}

/* One setting by its long name. False: there is none of that name. */
static bool set_connection(struct args *args, const char *key, const char *value)
{
	if (strcmp(key, "server") == 0)
		args->server = value;
	else if (strcmp(key, "port") == 0)
		args->port = value;
	else if (strcmp(key, "username") == 0)
		args->user = value;
	else if (strcmp(key, "password") == 0)
		args->password = value;
	else if (strcmp(key, "passwordfile") == 0)
		args->password = first_line(value);
	else if (strcmp(key, "nossl") == 0)
		args->plain = strcmp(value, "false") != 0;
	else if (strcmp(key, "debug") == 0)
		args->debug = strcmp(value, "false") != 0;
	else if (strcmp(key, "no-warn-new-certificates") == 0)
		args->quiet_certificates = strcmp(value, "false") != 0;
	else
		return false;
	return true;
}

/* Settings "key=value" of ~/.xe or XE_EXTRA_ARGS, each ended by one of @separators. */
static void read_settings(struct args *args, const char *from, const char *separators)
{
	while (*from) {
		size_t length = strcspn(from, separators);
		const char *equals = memchr(from, '=', length);

		if (equals && *from != '#')
			set_connection(args, text_part(from, (size_t)(equals - from)),
				       text_part(equals + 1, (size_t)(from + length - equals - 1)));
		else if (length)
			set_connection(args, text_part(from, length), "true");
		from += length;
		from += strspn(from, separators);
	}
}

static void read_files(struct args *args)
{
	const char *home = getenv("HOME"), *extra = getenv("XE_EXTRA_ARGS");
	const char *socket = getenv("XE_SOCKET");
	char content[4096];

	if (home) {
		FILE *file = fopen(text("%s/.xe", home), "re");

		if (file) {
			content[fread(content, 1, sizeof(content) - 1, file)] = '\0';
			fclose(file);
			read_settings(args, content, "\r\n");
		}
	}
	if (extra)
		read_settings(args, extra, ",");
	args->socket = socket && *socket ? socket : "/run/xapid/xapid.socket";
}

/* The long name of an option with one dash, which has its value in the next argument. */
static const char *short_option(const char *option)
{
	static const char *const names[][2] = {
		{"-s", "server"}, {"-h", "server"}, {"-p", "port"}, {"-u", "username"},
		{"-pw", "password"}, {"-pwf", "passwordfile"},
	};

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		if (strcmp(option, names[i][0]) == 0)
			return names[i][1];
	return NULL;
}

static void long_option(struct args *args, const char *option)
{
	const char *equals = strchr(option, '=');
	size_t length = equals ? (size_t)(equals - option) : strlen(option);
	const char *value = equals ? equals + 1 : "true";

	if (strcmp(option, "version") == 0 || strcmp(option, "help") == 0) {
		args->command = args->command ? args->command : text("%s", option);
		return;
	}
	if (!set_connection(args, text_part(option, length), value))
		add_param(args, option, length, value);
}

static void one_argument(struct args *args, const char *argument)
{
	const char *equals = strchr(argument, '=');

	if (strncmp(argument, "--", 2) == 0 && argument[2])
		long_option(args, argument + 2);
	else if (equals && equals != argument)
		add_param(args, argument, (size_t)(equals - argument), equals + 1);
	else if (!args->command)
		args->command = argument;
	else
		args->words[args->nwords++] = argument;
}

void args_parse(struct args *args, int argc, char **argv)
{
	size_t room = (size_t)argc + 1;

	memset(args, 0, sizeof(*args));
	args->params = calloc(room, sizeof(*args->params));
	args->words = calloc(room, sizeof(*args->words));
	if (!args->params || !args->words)
		fail("there is no memory left");
	read_files(args);
	for (int i = 1; i < argc; i++) {
		const char *name = argv[i][0] == '-' ? short_option(argv[i]) : NULL;

		if (name && i + 1 < argc)
			set_connection(args, name, argv[++i]);
		else if (name)
			fail_usage("The option %s needs a value", argv[i]);
		else if (argv[i][0] == '-' && argv[i][1] != '-')
			fail_usage("Unknown option: %s", argv[i]);
		else
			one_argument(args, argv[i]);
	}
}

void args_free(struct args *args)
{
	free(args->params);
	free(args->words);
	args->params = NULL;
	args->words = NULL;
	args->nparams = args->nwords = 0;
}

const char *args_get(const struct args *args, const char *key)
{
	for (size_t i = 0; i < args->nparams; i++)
		if (!args->params[i].sub && strcmp(args->params[i].key, key) == 0)
			return args->params[i].value;
	return NULL;
}

const char *args_need(const struct args *args, const char *key)
{
	const char *value = args_get(args, key);

	if (!value)
		fail_usage("Required parameter not found: %s", key);
	return value;
}

bool args_flag(const struct args *args, const char *key)
{
	const char *value = args_get(args, key);

	if (!value || strcmp(value, "false") == 0)
		return false;
	if (strcmp(value, "true") != 0)
		fail_usage("The parameter %s is true or false, not '%s'", key, value);
	return true;
}

bool args_has(const struct args *args, const char *key)
{
	for (size_t i = 0; i < args->nparams; i++)
		if (strcmp(args->params[i].key, key) == 0)
			return true;
	return false;
}
