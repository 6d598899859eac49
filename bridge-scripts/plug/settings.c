// SPDX-License-Identifier: GPL-2.0-only
/*
 * Settings are SHOJI_NAME=value, in the environment or in a file of such lines; the environment
 * wins, so that one command can be run with another setting. Unknown names in the file are none of
 * ours and are passed over: the shell scripts read the same file.
 */
#include "settings.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "report.h"

#define SETTINGS_FILE "/etc/xen/shoji.conf"
/* What is left of the toolstack's time when waiting has ended: for the work, and for the answer. */
#define WORK_SECONDS 4

/**
 * now_ms() - the time, for deadlines
 *
 * Return: milliseconds since some moment, the same for all processes; it only goes forward.
 */
long long now_ms(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return ts.tv_sec * 1000LL + ts.tv_nsec / 1000000;
}

/**
 * sleep_ms() - sleep
 * @ms: milliseconds; a signal ends it early
 */
void sleep_ms(unsigned int ms)
{
	const struct timespec pause = {.tv_sec = ms / 1000, .tv_nsec = ms % 1000 * 1000000L};

	nanosleep(&pause, NULL);
}

/* Lines "SHOJI_NAME=value" become the environment, where it does not have the name. */
static void load_file(const char *path)
{
	FILE *file = fopen(path, "re");
	char line[512], *equals;

	if (!file)
		return;
	while (fgets(line, sizeof(line), file)) {
		line[strcspn(line, "\r\n")] = '\0';
		equals = strchr(line, '=');
		if (!equals || strncmp(line, "SHOJI_", 6))
			continue;
		*equals = '\0';
		setenv(line, equals + 1, 0);
	}
	fclose(file);
}

static const char *text(const char *name, const char *fallback)
{
	const char *value = getenv(name);

	return value && *value ? value : fallback;
}

static unsigned int number(const char *name, unsigned int fallback, unsigned int most)
{
	const char *value = text(name, NULL);
	char *end;
	unsigned long n;

	if (!value)
		return fallback;
	n = strtoul(value, &end, 10);
	if (*end || n > most) {
		note("%s=%s is not a number up to %u: %u is taken", name, value, most, fallback);
		return fallback;
	}
	return n;
}

static enum antispoof_mode antispoof_mode(void)
{
	const char *value = text("SHOJI_ANTISPOOF", "ip");

	if (!strcmp(value, "no"))
		return ANTISPOOF_NO;
	if (!strcmp(value, "mac"))
		return ANTISPOOF_MAC;
	if (strcmp(value, "ip"))
		note("SHOJI_ANTISPOOF=%s is not known (no, ip, mac): ip is taken", value);
	return ANTISPOOF_IP;
}

/**
 * settings_load() - read the file and the environment
 * @settings: what was chosen; its texts live as long as the process
 * @who: the program's name, for the log
 *
 * A value that cannot be used is told in the log, and the default taken: a typing error in a
 * settings file must not keep guests from their devices. The time that all waiting has begins here.
 */
void settings_load(struct settings *settings, const char *who)
{
	unsigned int limit;

	load_file(text("SHOJI_CONF", SETTINGS_FILE));
	settings->log = text("SHOJI_LOG", "/var/log/xen/xen-hotplug.log");
	report_begin(who, settings->log);
	settings->antispoof = antispoof_mode();
	settings->lock_seconds = number("SHOJI_LOCK_SECONDS", 30, 600);
	limit = number("SHOJI_LIMIT_SECONDS", 40, 3600);
	settings->end_ms = now_ms() + (limit > WORK_SECONDS ? limit - WORK_SECONDS : 0) * 1000LL;
	settings->wait_ms = number("SHOJI_WAIT_MS", 1000, 60000);
	settings->verdict_ms = number("SHOJI_VERDICT_MS", 5000, 60000);
	settings->run = text("SHOJI_RUN", "/run/xen");
	settings->hooks = text("SHOJI_HOOKS", "/etc/xen/scripts/vif-post.d");
	settings->sysfs = text("SHOJI_SYSFS", "/sys");
}
