/* SPDX-License-Identifier: GPL-2.0-only */
/* Put a vif's antispoof rules into the kernel, and take them out again. */
#ifndef VIFPLUG_GUARD_H
#define VIFPLUG_GUARD_H

#include <stdbool.h>

#include "device.h"

/*
 * Put the antispoof rules in, if the settings and the configuration ask for any; @raised says
 * whether guard_lower() is due on failure. False: fail() was called.
 */
bool guard_raise(const struct device *device, const struct settings *settings,
		 const char *interface, bool *raised);
/* Take the rules out, if there are any. A failure only goes to the log. */
void guard_lower(const struct device *device, const struct settings *settings);

#endif
