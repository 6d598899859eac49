// SPDX-License-Identifier: GPL-2.0-only
/*
 * Which device, from the toolstack's arguments and environment; which interface, from sysfs.
 *
 * A name proves nothing: vifname= can name any interface of the host. An interface is the device's
 * own only if the device that it hangs on in sysfs has the device's xenstore folder as its
 * nodename. An emulated twin has no such device: it must be a tap, and its name the one that the
 * toolstack makes from the vif's.
 */
#include "device.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "plug/report.h"

/* "/local/domain/0/backend/vif/1/0": the two numbers at the end. */
static bool numbers_of(const char *path, struct device *device)
{
	const char *vif = strstr(path, "backend/vif/");
	char end;

	return vif &&
	       sscanf(vif, "backend/vif/%5u/%5u%c", &device->domain, &device->number, &end) == 2;
}

static bool valid_name(const char *name)
{
	static const char good[] =
		"abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789._-";
	size_t length = strlen(name);

	return length > 0 && length < 16 && strspn(name, good) == length && strcmp(name, ".") &&
	       strcmp(name, "..");
}

static const char *environment(const char *name)
{
	const char *value = getenv(name);

	return value ? value : "";
}

/**
 * device_from_call() - what the toolstack wants done
 * @argc: of main()
 * @argv: of main(): "online" or "offline", "add" or "remove" for a tap; then maybe "type_if=vif" or
 * "type_if=tap"
 * @device: filled from them and from XENBUS_PATH, vif and INTERFACE in the environment
 *
 * Return: true, or false with fail() called.
 */
bool device_from_call(int argc, char *argv[], struct device *device)
{
	const char *action = argc > 1 ? argv[1] : "", *name;
	int i;

	memset(device, 0, sizeof(*device));
	for (i = 2; i < argc; i++)
		device->tap |= strcmp(argv[i], "type_if=tap") == 0;
	device->online = !strcmp(action, "online") || !strcmp(action, "add");
	if (!device->online && strcmp(action, "offline") && strcmp(action, "remove"))
		return fail("'%.32s' is no action: the toolstack calls this with online, offline, "
			    "add or remove",
			    action);
	if (strlen(environment("XENBUS_PATH")) >= sizeof(device->path) ||
	    !numbers_of(environment("XENBUS_PATH"), device))
		return fail("XENBUS_PATH='%.64s' is no vif's folder in xenstore: the toolstack "
			    "sets it when it runs this",
			    environment("XENBUS_PATH"));
	strcpy(device->path, environment("XENBUS_PATH"));
	snprintf(device->first_name, sizeof(device->first_name), "vif%u.%u%s", device->domain,
		 device->number, device->tap ? "-emu" : "");
	name = environment(device->tap ? "INTERFACE" : "vif");
	if (valid_name(name))
		strcpy(device->first_name, name);
	strcpy(device->wanted_name, device->first_name);
	return true;
}

/**
 * device_wanted_name() - take vifname= into account
 * @device: its wanted name is set
 * @vifname: of the configuration; "" for none
 *
 * Return: true, or false with fail() called when it is no name for an interface.
 */
bool device_wanted_name(struct device *device, const char *vifname)
{
	int length;

	if (!*vifname)
		return true;
	length = snprintf(device->wanted_name, sizeof(device->wanted_name), "%s%s", vifname,
			  device->tap ? "-emu" : "");
	if (length >= (int)sizeof(device->wanted_name) || !valid_name(vifname))
		return fail("%s: vifname=%.32s is no name for an interface (%d letters, digits, "
			    "dots, dashes and underscores at most)",
			    device->first_name, vifname, device->tap ? 11 : 15);
	return true;
}

/* The xenstore folder of the device that an interface hangs on; "" when it hangs on none. */
static void owner_of(const char *name, const char *sysfs, char *owner, size_t size)
{
	char path[300];
	FILE *file;

	owner[0] = '\0';
	snprintf(path, sizeof(path), "%s/class/net/%s/device/nodename", sysfs, name);
	file = fopen(path, "re");
	if (!file)
		return;
	if (fgets(owner, size, file))
		owner[strcspn(owner, "\n")] = '\0';
	fclose(file);
}

/*
 * The nodename is relative to the backend's domain; the toolstack's path is absolute or relative.
 */
static bool is_tail(const char *path, const char *tail)
{
	size_t all = strlen(path), length = strlen(tail);

	return length && length <= all && !strcmp(path + all - length, tail) &&
	       (length == all || path[all - length - 1] == '/');
}

static bool is_own(const struct device *device, const char *name, const char *sysfs)
{
	char text[300];

	if (device->tap) {
		snprintf(text, sizeof(text), "/sys/class/net/%s/tun_flags", name);
		return access(text, F_OK) == 0;
	}
	owner_of(name, sysfs, text, sizeof(text));
	return is_tail(device->path, text);
}

/* Who has the name: for messages. */
static const char *described(const char *name, const char *sysfs)
{
	static char text[200];
	char owner[160];

	owner_of(name, sysfs, owner, sizeof(owner));
	if (*owner)
		snprintf(text, sizeof(text), "the interface of %s", owner);
	else
		snprintf(text, sizeof(text), "an interface that belongs to no vif");
	return text;
}

/**
 * device_own() - look for the device's own interface, under the name that it has or the one that it
 * shall have
 * @device: the device
 * @settings: where sysfs is
 * @link: filled on success
 *
 * Return: whether there is one.
 */
bool device_own(const struct device *device, const struct settings *settings, struct link *link)
{
	const char *const names[] = { device->wanted_name, device->first_name };
	int i;

	for (i = 0; i < 2; i++)
		if (link_get(names[i], link) == 0 && is_own(device, names[i], settings->sysfs))
			return true;
	return false;
}

/**
 * device_find() - find the device's own interface, which may still be in the making
 * @device: the device
 * @settings: where sysfs is, and how long to wait
 * @link: filled on success
 *
 * Return: true; false with fail() called when there is none, or the first name is somebody else's.
 */
bool device_find(const struct device *device, const struct settings *settings, struct link *link)
{
	const struct timespec pause = { .tv_nsec = 10 * 1000 * 1000 };
	int left = settings->wait_ms / 10;

	while (!device_own(device, settings, link) && left-- > 0)
		nanosleep(&pause, NULL);
	if (left >= 0)
		return true;
	if (link_get(device->first_name, link) == 0)
		return fail("%s: the interface of that name is not the one of %s, but %s: nothing "
			    "was changed",
			    device->first_name, device->path,
			    described(device->first_name, settings->sysfs));
	return fail("%s: there is no such interface (is the backend driver, xen-netback or "
		    "shoji-netback, loaded in this domain?)",
		    device->first_name);
}

/**
 * device_rename() - give the interface the name that vifname= wants
 * @device: the device
 * @settings: where sysfs is
 * @link: its interface, down as the kernel wants it; the new name is noted in it
 *
 * Return: true, also when it has the name; false with fail() called when the name is taken.
 */
bool device_rename(const struct device *device, const struct settings *settings, struct link *link)
{
	const struct link_change change = { .name = device->wanted_name };
	int error;

	if (!strcmp(link->name, device->wanted_name))
		return true;
	error = link_change(link, &change);
	if (error == -EEXIST)
		return fail("%s: the name %s of vifname= is taken by %s (choose another vifname=)",
			    link->name, device->wanted_name,
			    described(device->wanted_name, settings->sysfs));
	if (error)
		return fail("%s: it cannot be renamed to %s (vifname=): %s", link->name,
			    device->wanted_name, strerror(-error));
	strcpy(link->name, device->wanted_name);
	return true;
}
