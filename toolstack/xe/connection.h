/* SPDX-License-Identifier: GPL-2.0-only */
/* HTTP with libcurl, at the daemon's local socket or a server. */
#ifndef XE_CONNECTION_H
#define XE_CONNECTION_H

#include <stdbool.h>
#include <stdio.h>

#include "args.h"

/* Prepare for the server that @args name; its certificate is checked here. */
void connection_open(const struct args *args);
/* Release what connection_open() holds. */
void connection_close(void);
/* POST @body, JSON, to @path. Returns the answer, which the caller frees. */
char *connection_post(const char *path, const char *body);
/* PUT @file (@send) to @path, or GET @path into it; @progress shows how far it is. */
void connection_transfer(const char *path, FILE *file, bool send, bool progress);
/* CONNECT to the console at @path, and connect the terminal with it. */
void connection_console(const char *path);

#endif
