// SPDX-License-Identifier: GPL-2.0-only
/*
 * vifplug: attach a vif to a bridge, or detach it, as the toolstack's hotplug scripts do, without a
 * shell.
 *
 *     vifplug online|offline type_if=vif        XENBUS_PATH and vif in the environment
 *     vifplug add|remove type_if=tap            XENBUS_PATH and INTERFACE in the environment
 *
 * The toolstack runs it itself when a vif line says script=vifplug, or when vif-bridge is a link to
 * it; the shell vif-bridge runs it when it finds it. What it answers: "hotplug-status" is
 * "connected", or it is "error" and "hotplug-error" says why, which xl prints. Exit code: 0, 1
 * after an error.
 *
 * What failed is undone, and only what this run did: an interface that was attached before stays
 * attached.
 */
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "bridge.h"
#include "device.h"
#include "guard.h"
#include "link.h"
#include "plug/lock.h"
#include "plug/report.h"
#include "plug/settings.h"
#include "spawn.h"
#include "plug/store.h"

/* What attach() did so far. */
struct done {
	struct link before;		/* the interface as it was found */
	bool found;
	bool joined;
	bool guarded;
};

static void undo(const struct device *device, const struct settings *settings,
		 const struct done *done)
{
	struct link_change name = { .name = done->before.name };
	struct link now;

	/* An interface that was attached before stays attached, and keeps its rules. */
	if (done->joined && done->before.master == 0)
		bridge_leave(&done->before);
	if (done->guarded && done->before.master == 0)
		guard_lower(device, settings);
	if (done->found && strcmp(done->before.name, device->wanted_name) &&
	    !link_get(device->wanted_name, &now) && now.index == done->before.index)
		link_change(&done->before, &name);
}

/* The guest may use a larger MTU than 1500 only if it is told so. */
static void tell_guest_mtu(const struct bridge_plan *plan)
{
	const char *frontend = store_read("frontend");
	char value[12];

	if (plan->mtu == 1500 || !*frontend)
		return;
	snprintf(value, sizeof(value), "%u", plan->mtu);
	store_write_at(frontend, "mtu", value);
}

static bool attach(struct device *device, const struct settings *settings, struct done *done)
{
	struct bridge_plan plan;
	struct link port;

	if (!device_wanted_name(device, store_read("vifname")) || !link_open(device->first_name) ||
	    !bridge_plan(device->first_name, &plan) || !device_find(device, settings, &port))
		return false;
	done->before = port;
	done->found = true;
	if (!device_rename(device, settings, &port) ||
	    !guard_raise(device, settings, port.name, &done->guarded) ||
	    !lock_take(settings, plan.bridge.name, port.name))
		return false;
	done->joined = true;
	if (!bridge_join(&port, &plan))
		return false;
	lock_release();
	spawn_hooks(settings->hooks, "online", port.name, plan.bridge.name);
	if (!device->tap) {
		tell_guest_mtu(&plan);
		store_remove("hotplug-error");
		if (!store_write("hotplug-status", "connected"))
			return fail("%s: hotplug-status cannot be written to %s", port.name,
				    device->path);
	}
	note("%s: in bridge %s, MTU %u", port.name, plan.bridge.name, plan.mtu);
	return true;
}

/*
 * Succeeds when there is nothing to detach: the interface goes with the guest, maybe before we are
 * called.
 */
static bool detach(struct device *device, struct settings *settings)
{
	struct link port;
	bool out = true;

	if (!device_wanted_name(device, store_read("vifname")) || !link_open(device->first_name))
		return false;
	if (device_own(device, settings, &port))
		out = bridge_leave(&port);
	guard_lower(device, settings);
	spawn_hooks(settings->hooks, "offline", device->wanted_name, store_read("bridge"));
	note("%s: detached", device->wanted_name);
	return out;
}

static void tell_failure(bool store)
{
	if (!store || isatty(2))
		fprintf(stderr, "vifplug: %s\n", failure());
	if (store) {
		store_write("hotplug-error", failure());
		store_write("hotplug-status", "error");
	}
}

int main(int argc, char *argv[])
{
	struct settings settings;
	struct device device;
	struct done done = { .found = false };
	bool store = false, good;

	settings_load(&settings, "vifplug");
	good = device_from_call(argc, argv, &device);
	if (good) {
		report_begin(device.path, settings.log);
		store = store_open(device.path);
		good = store || fail("%s: %s cannot be read from xenstore (is xenstored running, "
				     "and the vif configured?)",
				     device.first_name, device.path);
	}
	if (good && device.online) {
		good = attach(&device, &settings, &done);
		if (!good)
			undo(&device, &settings, &done);
	} else if (good || (*device.path && !device.online)) {
		/*
		 * The toolstack may have removed the folder first: the interface is cleaned up all
		 * the same.
		 */
		good = detach(&device, &settings);
	}
	if (!good)
		tell_failure(store);
	return good ? 0 : 1;
}
