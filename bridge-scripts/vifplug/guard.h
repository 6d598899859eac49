/* SPDX-License-Identifier: GPL-2.0-only */
/* Put a vif's antispoof rules into the kernel, and take them out again. */
#ifndef VIFPLUG_GUARD_H
#define VIFPLUG_GUARD_H

#include <stdbool.h>

#include "device.h"

bool guard_raise(const struct device *device, const struct settings *settings,
		 const char *interface, bool *raised);
void guard_lower(const struct device *device, const struct settings *settings);

#endif
