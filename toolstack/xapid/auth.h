/* SPDX-License-Identifier: GPL-2.0-only */
/* Passwords, by PAM. */
#ifndef XAPID_AUTH_H
#define XAPID_AUTH_H

#include <stdbool.h>

/** auth_setup(): Take PAM's service file from this folder instead of /etc/pam.d; NULL: do not. */
void auth_setup(const char *folder);
/**
 * auth_check() - whether a user has this password
 * @peer: the client's address: refusals make further attempts from there slower
 *
 * Only root may log in. Blocks for as long as PAM and the slow-down want; takes no other lock.
 */
bool auth_check(const char *user, const char *password, const char *peer);

#endif
