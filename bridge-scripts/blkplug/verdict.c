// SPDX-License-Identifier: GPL-2.0-only
/*
 * The backend opens the device when it sees its number in xenstore, and the toolstack believes the
 * script: so the script waits until the backend has.
 *
 *   - It has opened it when the vbd's physical_device in sysfs is the number: Linux's
 *     backend and ours make that file then.
 *   - It has refused it when its state is Closing or Closed; "error" says why.
 *   - A guest that runs connects at once, or refuses. One that is being created does not run, and
 *     is not waited for.
 *
 * Who says nothing within the time is not the script's matter: the device is there.
 */
#include "verdict.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "plug/report.h"
#include "plug/store.h"
#include "words.h"

/* States of include/xen/io/xenbus.h. */
enum { UNKNOWN, INIT_WAIT = 2, INITIALISED = 3, CONNECTED = 4, CLOSING = 5, CLOSED = 6 };

#define GUEST_MS 10000 /* for a guest that runs to connect */

static int state_in(const char *folder)
{
	char *text = *folder ? store_read_at(folder, "state") : NULL;
	int state = text ? atoi(text) : UNKNOWN;

	free(text);
	return state;
}

static bool is_refusal(int state)
{
	return state == CLOSING || state == CLOSED;
}

/*
 * The folder of a device's "error": below its domain's folder, as the device's own. @at: how the
 * device's path in its domain begins.
 */
static bool error_folder(const char *path, const char *at, char *folder, size_t size)
{
	const char *tail = strstr(path, at);

	if (!tail)
		return false;
	snprintf(folder, size, "%.*serror/%s", (int)(tail - path), path, tail);
	return true;
}

static bool refused(const struct disk *disk, const char *who, const char *folder,
		    const char *device)
{
	char *error = *folder ? store_read_at(folder, "error") : NULL;
	char text[300] = "it does not say why (dmesg may)";

	if (error)
		words_complaint(error, text, sizeof(text));
	free(error);
	return fail("%s: %s refuses %s: %s", disk->name, who, device, text);
}

/**
 * verdict_begin() - forget what was said of an earlier device of that number
 * @disk: whose device is not in xenstore yet
 */
void verdict_begin(const struct disk *disk)
{
	char folder[400];

	if (error_folder(disk->path, "backend/", folder, sizeof(folder)))
		store_remove_at(folder, "error");
	if (error_folder(store_read("frontend"), "device/", folder, sizeof(folder)))
		store_remove_at(folder, "error");
}

static bool is_open(const struct disk *disk, const struct settings *settings, const char *number)
{
	char path[300], text[32] = "";
	FILE *file;

	snprintf(path, sizeof(path), "%s/bus/xen-backend/devices/vbd-%s-%s/physical_device",
		 settings->sysfs, disk->domain, disk->number);
	file = fopen(path, "re");
	if (!file)
		return false;
	if (fgets(text, sizeof(text), file))
		text[strcspn(text, "\n")] = '\0';
	fclose(file);
	return !strcmp(text, number);
}

/* Has the guest's kernel come so far that it takes devices? */
static bool guest_runs(const struct disk *disk, const char *front)
{
	char folder[40], *text;
	bool runs;

	if (state_in(front) >= INITIALISED)
		return true;
	snprintf(folder, sizeof(folder), "/local/domain/%s", disk->domain);
	text = store_read_at(folder, "control/feature-poweroff");
	runs = text && *text == '1';
	free(text);
	return runs;
}

static unsigned int longer(unsigned int ms)
{
	return ms < 50 ? ms * 2 : ms;
}

static long long earlier(long long a, long long b)
{
	return a < b ? a : b;
}

static bool wait_backend(const struct disk *disk, const struct settings *settings,
			 const char *device, const char *number)
{
	long long end = earlier(now_ms() + settings->verdict_ms, settings->end_ms);
	char folder[400] = "";
	unsigned int ms;

	error_folder(disk->path, "backend/", folder, sizeof(folder));
	for (ms = 1; !is_open(disk, settings, number); ms = longer(ms)) {
		if (is_refusal(state_in(disk->path)))
			return refused(disk, "the block backend", folder, device);
		if (now_ms() >= end) {
			note("%s: the block backend has not said within %u ms whether it takes %s",
			     disk->name, settings->verdict_ms, device);
			break;
		}
		sleep_ms(ms);
	}
	return true;
}

static bool wait_guest(const struct disk *disk, const struct settings *settings, const char *device)
{
	const char *front = store_read("frontend");
	long long end = earlier(now_ms() + GUEST_MS, settings->end_ms);
	char folder[400] = "", other[400] = "", *error = NULL;
	unsigned int ms;
	int state;

	if (!guest_runs(disk, front))
		return true;
	error_folder(front, "device/", folder, sizeof(folder));
	error_folder(disk->path, "backend/", other, sizeof(other));
	for (ms = 1; now_ms() < end; ms = longer(ms)) {
		state = state_in(disk->path);
		if (state == CONNECTED)
			return true;
		if (is_refusal(state) || is_refusal(state_in(front))) {
			error = store_read_at(other, "error");
			free(error);
			return error ? refused(disk, "the block backend", other, device)
				     : refused(disk, "the guest", folder, device);
		}
		sleep_ms(ms);
	}
	note("%s: the guest has not connected to %s within %u ms", disk->name, device, GUEST_MS);
	return true;
}

/**
 * verdict_wait() - wait until the backend, and a guest that runs, have taken the device
 * @disk: whose device is in xenstore
 * @settings: where sysfs is, and how long to wait
 * @device: the device's path
 * @number: the device's number, as it is in xenstore
 *
 * A vbd that no backend waits with is not waited for. A guest may have refused it by its number,
 * before there was a device. Return: true, also when nobody says anything;
 * false with fail() called when one of them has refused.
 */
bool verdict_wait(const struct disk *disk, const struct settings *settings, const char *device,
		  const char *number)
{
	int state = atoi(store_read("state"));

	if ((state != INIT_WAIT && !is_refusal(state)) || !settings->verdict_ms)
		return true;
	return (is_refusal(state) || wait_backend(disk, settings, device, number)) &&
	       wait_guest(disk, settings, device);
}
