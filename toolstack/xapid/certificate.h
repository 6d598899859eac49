/* SPDX-License-Identifier: GPL-2.0-only */
/* The certificate of the HTTPS server: made by itself at the first start, or the user's own. */
#ifndef XAPID_CERTIFICATE_H
#define XAPID_CERTIFICATE_H

/**
 * certificate_get() - read a PEM file with key and certificate, or make it
 * @path: if there is no such file, a self-signed certificate of this host's name is written there
 *
 * Return: the file's text, to be freed, or NULL after a line in the log.
 */
char *certificate_get(const char *path);

#endif
