/* SPDX-License-Identifier: GPL-2.0-only */
/* One lock a bridge, waited for no longer than the toolstack would wait for us. */
#ifndef VIFPLUG_LOCK_H
#define VIFPLUG_LOCK_H

#include <stdbool.h>

/* Take the lock @name in @folder, waiting @seconds at most. False: fail() was called, with @who. */
bool lock_take(const char *folder, const char *name, unsigned int seconds, const char *who);
/* Release it, before anything slow is started. */
void lock_release(void);

#endif
