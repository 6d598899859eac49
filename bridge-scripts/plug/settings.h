/* SPDX-License-Identifier: GPL-2.0-only */
/* What the administrator chose, from the environment or the settings file. */
#ifndef PLUG_SETTINGS_H
#define PLUG_SETTINGS_H

enum antispoof_mode {
	ANTISPOOF_NO,
	ANTISPOOF_IP,		/* vifs that have ip= */
	ANTISPOOF_MAC,		/* every vif; those with ip= are kept to that as well */
};

struct settings {
	enum antispoof_mode antispoof;
	unsigned int lock_seconds;	/* for one holder of a lock */
	unsigned int wait_ms;	/* for the interface to appear */
	unsigned int verdict_ms;	/* for the block backend to open the device */
	long long end_ms;	/* now_ms() when all waiting ends, before the toolstack's limit */
	const char *log;
	const char *run;	/* folder of locks and notes */
	const char *hooks;	/* folder of *.hook */
	const char *sysfs;
};

/* Read the file and the environment for the program @who; a bad value is logged, not taken. */
void settings_load(struct settings *settings, const char *who);
/* Milliseconds of a clock that only goes forward. */
long long now_ms(void);
/* Sleep that long, or until a signal. */
void sleep_ms(unsigned int ms);

#endif
