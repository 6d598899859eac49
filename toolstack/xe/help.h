/* SPDX-License-Identifier: GPL-2.0-only */
/* What "xe help" says, and the words that bash completes. */
#ifndef XE_HELP_H
#define XE_HELP_H

#include "args.h"

/* "xe help [--all] [--minimal] [COMMAND...]". Returns the exit code. */
int help(const struct args *args);
/*
 * "xe --complete WORD...": print, one a line, what the last of the words may become. The words are
 * those of the command line behind "xe".
 */
void help_complete(int count, char **words);

#endif
