/* SPDX-License-Identifier: GPL-2.0-only */
/* Lines for the journal: on standard error, with systemd's prefix for the priority. */
#ifndef XAPID_LOG_H
#define XAPID_LOG_H

/** log_error(): What went wrong in the host or in the daemon; a client cannot cause it. */
void log_error(const char *format, ...) __attribute__((format(printf, 1, 2)));
/** log_warning(): What an administrator should look at: a refused password, a lost domain. */
void log_warning(const char *format, ...) __attribute__((format(printf, 1, 2)));
/** log_info(): What the daemon did: starts and ends of VMs. */
void log_info(const char *format, ...) __attribute__((format(printf, 1, 2)));

#endif
