/* SPDX-License-Identifier: GPL-2.0-only */
/* The HTTP server: requests from HTTPS and from the local socket. */
#ifndef XAPID_HTTP_H
#define XAPID_HTTP_H

#include <stdbool.h>

struct http_options {
	const char *socket;      /* path of the local socket, NULL for none */
	int socket_fd;           /* that socket, if systemd made it, else -1 */
	const char *listen;      /* ADDRESS:PORT for HTTPS, NULL for none */
	const char *certificate; /* PEM, also its key */
	const char *key;
};

/** http_start(): Listen and serve, in threads. Return: success. */
bool http_start(const struct http_options *options);
/** http_stop(): Close all connections; returns when the last handler has. */
void http_stop(void);

#endif
