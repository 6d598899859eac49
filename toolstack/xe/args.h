/* SPDX-License-Identifier: GPL-2.0-only */
/* The command line: where the server is, the command, its parameters. */
#ifndef XE_ARGS_H
#define XE_ARGS_H

#include <stdbool.h>
#include <stddef.h>

/* "key=value", or "key:sub=value". "--key" is key=true. */
struct param {
	const char *key, *sub, *value;	/* sub: NULL without a colon */
};

struct args {
	const char *server;	/* NULL: the daemon's local socket */
	const char *port, *user, *password;
	const char *socket;
	bool plain;		/* HTTP without TLS */
	bool quiet_certificates;	/* --no-warn-new-certificates */
	bool debug;
	const char *command;	/* NULL: none was given */
	struct param *params;
	size_t nparams;
	const char **words;	/* arguments after the command that have no '=' */
	size_t nwords;
};

/*
 * Take @argv, the file ~/.xe and the environment variable XE_EXTRA_ARGS apart into @args; what the
 * command line says counts more than the variable, and the variable more than the file. A bad
 * option ends the program.
 */
void args_parse(struct args *args, int argc, char **argv);
/* Release the arrays of @args. */
void args_free(struct args *args);
/* The value of the parameter @key that has no sub-key; NULL: it was not given. */
const char *args_get(const struct args *args, const char *key);
/* The same for a parameter that the command needs: without it the program ends. */
const char *args_need(const struct args *args, const char *key);
/* Whether the parameter @key is true. Another value than true and false ends the program. */
bool args_flag(const struct args *args, const char *key);
/* Whether a parameter @key was given, with or without a sub-key. */
bool args_has(const struct args *args, const char *key);

#endif
