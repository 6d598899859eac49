/* SPDX-License-Identifier: GPL-2.0-only */
/* What the administrator chose, from the environment or the settings file. */
#ifndef VIFPLUG_SETTINGS_H
#define VIFPLUG_SETTINGS_H

enum antispoof_mode {
	ANTISPOOF_NO,
	ANTISPOOF_IP,		/* vifs that have ip= */
	ANTISPOOF_MAC,		/* every vif; those with ip= are kept to that as well */
};

struct settings {
	enum antispoof_mode antispoof;
	unsigned int lock_seconds;
	unsigned int wait_ms;	/* for the interface to appear */
	const char *log;
	const char *run;	/* folder of locks and notes */
	const char *hooks;	/* folder of *.hook */
	const char *sysfs;
};

/* Read the file and the environment; a bad value is logged and the default taken. */
void settings_load(struct settings *settings);

#endif
