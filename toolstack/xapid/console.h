/* SPDX-License-Identifier: GPL-2.0-only */
/* A guest's console over HTTP: CONNECT /console?uuid=CONSOLE (or ref=), as text. */
#ifndef XAPID_CONSOLE_H
#define XAPID_CONSOLE_H

#include <stdbool.h>

/* The two directions of a connection that is no HTTP any more. */
struct console_peer {
	void *state;
	int fd; /* to poll */
	/* As read() and write(), blocking; 0 or less ends the console. */
	long (*read)(void *state, char *data, unsigned long n);
	long (*write)(void *state, const char *data, unsigned long n);
	/* Bytes that were read already and wait. */
	bool (*waiting)(void *state);
};

/**
 * console_open() - open the terminal of a guest
 * @session: a session's reference
 * @name: the reference or uuid of a console, or of a VM
 * @status: the HTTP status if it fails
 *
 * Takes the lock. Return: the terminal, to be closed, or -1.
 */
int console_open(const char *session, const char *name, int *status);
/** console_run(): Carry bytes both ways until one side ends. */
void console_run(int terminal, const struct console_peer *peer);
/** console_stop(): Let every console end; the daemon does. */
void console_stop(void);

#endif
