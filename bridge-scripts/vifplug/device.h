/* SPDX-License-Identifier: GPL-2.0-only */
/* Which device this run is about, and which network interface is its own. */
#ifndef VIFPLUG_DEVICE_H
#define VIFPLUG_DEVICE_H

#include <stdbool.h>

#include "link.h"
#include "plug/settings.h"

struct device {
	char path[256];			/* its folder in xenstore */
	unsigned int domain;
	unsigned int number;
	bool tap;			/* the emulated twin of a vif */
	bool online;			/* attach, or detach */
	char first_name[16];		/* what the backend driver called the interface */
	char wanted_name[16];		/* what it shall be called: vifname=, or the first name */
};

/* Fill in @device from the arguments of main() and the environment. False: fail() was called. */
bool device_from_call(int argc, char *argv[], struct device *device);
/*
 * Set the wanted name from vifname= ("": none). False: fail() was called, as it is no
 * interface's name.
 */
bool device_wanted_name(struct device *device, const char *vifname);
/*
 * Look the device's own interface up, under its first name or the wanted one. False: there is
 * none.
 */
bool device_own(const struct device *device, const struct settings *settings, struct link *link);
/* The same, but wait for it to appear, settings->wait_ms at most. False: fail() was called. */
bool device_find(const struct device *device, const struct settings *settings, struct link *link);
/* Give the interface, which is down, its wanted name, in @link too. False: fail() was called. */
bool device_rename(const struct device *device, const struct settings *settings, struct link *link);

#endif
