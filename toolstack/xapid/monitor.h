/* SPDX-License-Identifier: GPL-2.0-only */
/* Keeps the store in step with the domains: those that end, and those that others make. */
#ifndef XAPID_MONITOR_H
#define XAPID_MONITOR_H

#include <stdbool.h>

/** monitor_sync(): Compare once, now. */
void monitor_sync(void);
/** monitor_start(): Begin to compare whenever something changes. Return: success. */
bool monitor_start(void);
/** monitor_stop(): End it; returns when it has. */
void monitor_stop(void);

#endif
