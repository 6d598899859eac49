/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The two programs that vifplug may start, and only when the configuration asks for them: nft and
 * hooks.
 */
#ifndef VIFPLUG_SPAWN_H
#define VIFPLUG_SPAWN_H

#include <stdbool.h>

int spawn_with_input(char *const argv[], const char *input, char *answer, unsigned int answer_size);
void spawn_hooks(const char *folder, const char *command, const char *interface,
		 const char *bridge);

#endif
