/* SPDX-License-Identifier: GPL-2.0-only */
/* Passwords, by PAM. */
#ifndef XAPID_AUTH_H
#define XAPID_AUTH_H

/**
 * auth_setup() - what decides
 * @folder: of PAM's service file, instead of /etc/pam.d; NULL: that one
 * @group: whose members may log in, as root may
 */
void auth_setup(const char *folder, const char *group);
/**
 * auth_check() - whether a user may log in
 * @peer: the client's address: refusals make further attempts from there slower
 *
 * Blocks for as long as PAM and the slow-down want; takes no other lock.
 * Return: NULL, or why not. That a user is not in the group is said to who has the password.
 */
const char *auth_check(const char *user, const char *password, const char *peer);

#endif
