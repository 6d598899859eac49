/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The two programs that vifplug may start, and only when the configuration asks for them: nft and
 * hooks.
 */
#ifndef VIFPLUG_SPAWN_H
#define VIFPLUG_SPAWN_H

#include <stdbool.h>

/*
 * Run a program of PATH with @input as its standard input; @answer gets the first line of its
 * output. Its exit code, 128 + its signal, or -errno when it could not be started.
 */
int spawn_with_input(char *const argv[], const char *input, char *answer, unsigned int answer_size);
/*
 * Run *.hook of @folder, in the order of their names, with command, dev and bridge in the
 * environment. A failure only goes to the log.
 */
void spawn_hooks(const char *folder, const char *command, const char *interface,
		 const char *bridge);

#endif
