/* SPDX-License-Identifier: GPL-2.0-only */
/* One lock a bridge, and one for disks, waited for no longer than the toolstack waits for us. */
#ifndef PLUG_LOCK_H
#define PLUG_LOCK_H

#include <stdbool.h>

#include "plug/settings.h"

/* Take the lock @name. False: it was not free in time, and fail() was called, with @who. */
bool lock_take(const struct settings *settings, const char *name, const char *who);
/* Release it, before anything slow is started. */
void lock_release(void);

#endif
