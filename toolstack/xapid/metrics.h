/* SPDX-License-Identifier: GPL-2.0-only */
/* The host's and the VMs' figures as Prometheus reads them: GET /metrics. */
#ifndef XAPID_METRICS_H
#define XAPID_METRICS_H

/**
 * metrics_text() - all figures, as they are now
 * @session: a session's reference; NULL if none is wanted of this client
 *
 * Takes the lock, and asks the backend. Return: the text, to be freed, or NULL without a session.
 */
char *metrics_text(const char *session);

#endif
