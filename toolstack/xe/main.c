/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * xe: manage a host by XenAPI, with the commands that administrators know.
 *
 *     xe COMMAND [PARAMETER=VALUE ...] [-s SERVER -u USER -pw PASSWORD]
 *
 * It talks JSON-RPC to xapid: at its local socket, or over HTTPS to -s SERVER. Exit code: 0, or 1
 * after an error. xe(1) describes it.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "args.h"
#include "fields.h"
#include "help.h"
#include "params.h"
#include "rpc.h"
#include "store.h"
#include "text.h"
#include "verbs.h"

#ifndef XE_VERSION
#define XE_VERSION "unknown"
#endif

static struct args args;

static void finish(void)
{
	rpc_close();
	store_forget();
	fields_free();
	args_free(&args);
	text_free_all();
}

/* A parameter that the generic command does not know. */
static void check_class_verb(const struct class_verb *verb)
{
	const char *known = text("%s %s minimal multiple force", verb->required, verb->optional);

	if (strcmp(verb->suffix, "list") == 0 || strcmp(verb->suffix, "param-set") == 0 ||
	    strcmp(verb->suffix, "param-add") == 0)
		return;
	for (size_t i = 0; i < args.nparams; i++)
		if (!text_lists(known, args.params[i].key))
			fail_usage("Unknown parameter: %s", args.params[i].key);
}

static void run(void)
{
	const struct verb *verb = verb_find(args.command);
	const struct class_verb *class_verb;
	const struct shown_class *class;

	if (args.nwords)
		fail_usage("Unexpected argument: %s", args.words[0]);
	if (verb) {
		rpc_open(&args);
		verb_do(verb, &args);
	} else if (class_verb_find(args.command, &class, &class_verb)) {
		check_class_verb(class_verb);
		rpc_open(&args);
		class_verb->run(class, &args);
	} else {
		fail_usage("Unknown command: %s", args.command);
	}
}

int main(int argc, char **argv)
{
	if (argc > 1 && strcmp(argv[1], "--complete") == 0) {
		help_complete(argc - 2, argv + 2);
		fields_free();
		text_free_all();
		return 0;
	}
	atexit(finish);
	args_parse(&args, argc, argv);
	if (!args.command) {
		help(&args);
		return 1;
	}
	if (strcmp(args.command, "help") == 0)
		return help(&args);
	if (strcmp(args.command, "version") == 0) {
		puts("xe " XE_VERSION);
		return 0;
	}
	run();
	if (fflush(stdout) != 0 || ferror(stdout))
		fail("the output cannot be written");
	return 0;
}
