/* SPDX-License-Identifier: GPL-2.0-only */
/* The server: calls of XenAPI as JSON-RPC, files over HTTP, a console. */
#ifndef XE_RPC_H
#define XE_RPC_H

#include <jansson.h>
#include <stdbool.h>
#include <stdio.h>

#include "args.h"

#define NULL_REF "OpaqueRef:NULL"

/*
 * Connect and log in: without a password at the local socket, else with the user and password of
 * @args. The program's end logs out. A failure ends the program.
 */
void rpc_open(const struct args *args);
/* Log out, if rpc_open() has logged in. */
void rpc_close(void);
/*
 * Call @method ("VM.start") with @params, an array that begins behind the session and is consumed.
 * Returns the result, which the caller releases. An error of the server ends the program.
 */
json_t *rpc_call(const char *method, json_t *params);
/*
 * The same, but an error of the server is returned in @error, an array: code, parameters. The
 * result is NULL then, and the caller releases *@error.
 */
json_t *rpc_try(const char *method, json_t *params, json_t **error);
/* rpc_call() for a call whose result is of no use. */
void rpc_do(const char *method, json_t *params);
/* Print an error of the server, an array of its code and parameters, for the user. */
void rpc_print_error(const json_t *error);

/*
 * Send all of @file (PUT), or receive into it (GET), at @path with its query, to which the session
 * is added; @progress shows how far it is, on standard error. An error ends the program.
 */
void rpc_transfer(const char *path, FILE *file, bool send, bool progress);
/* Connect the terminal with the console at @path until the user types ctrl-]. */
void rpc_console(const char *path);
/* @value, escaped for a query. */
const char *rpc_escape(const char *value);

#endif
