// SPDX-License-Identifier: GPL-2.0-only
/*
 * The control plane: the life of a vif as xenstore tells it.
 *
 *   frontend                           backend
 *   Initialising                       InitWait        features written, the script may run
 *     reads features, writes rings
 *   Connected                          Connected       told when the script is done, too
 *   Closing, Closed                    Closing, Closed
 *
 *       Closed -> InitWait -> Connected
 *         ^          |            |
 *         |          v            |
 *       Closing <-----------------+
 *
 * backend_go() is given a goal and steps along these arrows. When the module is unloaded the
 * device is left in its state and the frontend keeps its rings; the next load starts at InitWait,
 * finds the frontend Connected, and goes on there.
 *
 * Context: probe, remove and the watches of one device never run at the same time: xenbus removes
 * its watch before remove, and we remove ours there.
 */
#include "netback.h"

#include <linux/module.h>

#include "common/compat.h"
#include "common/watch.h"

struct backend {
	struct xenbus_device *dev;
	struct vif *vif;
	char *script;            /* for the hotplug event */
	enum xenbus_state state; /* where backend_go() is */
	bool wait_hotplug;       /* Connected, but not told until the script is done */
	bool failed;             /* to connect: not tried again before the frontend begins anew */
	struct xenbus_watch hotplug, rate, mcast;
};

/* ---- What the toolstack and the frontend may change at any time ---- */

static void hotplug_changed(struct xenbus_watch *watch, const char *path, const char *token)
{
	struct backend *be = container_of(watch, struct backend, hotplug);
	char *status = xenbus_read(XBT_NIL, be->dev->nodename, "hotplug-status", NULL);

	if (IS_ERR(status))
		return;
	if (!strcmp(status, "connected") && be->wait_hotplug) {
		be->wait_hotplug = false;
		xenbus_switch_state(be->dev, XenbusStateConnected);
	}
	kfree(status);
}

/* rate: "bytes,microseconds" of a window. */
static void rate_changed(struct xenbus_watch *watch, const char *path, const char *token)
{
	struct backend *be = container_of(watch, struct backend, rate);
	unsigned long long bytes = 0;
	unsigned int usec = 0;

	if (xenbus_scanf(XBT_NIL, be->dev->nodename, "rate", "%llu,%u", &bytes, &usec) != 2 ||
	    bytes > 1ULL << 40)
		bytes = 0;
	credit_set(be->vif, bytes, usec);
}

static void mcast_changed(struct xenbus_watch *watch, const char *path, const char *token)
{
	struct backend *be = container_of(watch, struct backend, mcast);

	WRITE_ONCE(be->vif->mcast_filter,
		   xenbus_read_unsigned(be->dev->otherend, "request-multicast-control", 0));
}

/*
 * One event at a time waits in memory for a key that the guest may write as fast as it likes
 * (XSA-349).
 */
static bool mcast_will_handle(struct xenbus_watch *watch, const char *path, const char *token)
{
	return watch->nr_pending == 0;
}

static void watch_changes(struct backend *be)
{
	struct xenbus_device *dev = be->dev;

	if (!be->rate.node)
		xenbus_watch_pathfmt(dev, &be->rate, NULL, rate_changed, "%s/rate", dev->nodename);
	if (!be->mcast.node)
		xenbus_watch_pathfmt(dev, &be->mcast, mcast_will_handle, mcast_changed,
				     "%s/request-multicast-control", dev->otherend);
}

/* ---- States ---- */

static void backend_connect(struct backend *be)
{
	if (vif_connect(be->vif)) {
		be->failed = true;
		be->state = XenbusStateClosing; /* as xenstore says since then */
		return;
	}
	be->state = XenbusStateConnected;
	watch_changes(be);
	/*
	 * The frontend may see the link only when the interface is where it belongs. The watch
	 * fires at once.
	 */
	be->wait_hotplug = true;
	watch_end(&be->hotplug);
	if (xenbus_watch_pathfmt(be->dev, &be->hotplug, NULL, hotplug_changed, "%s/hotplug-status",
				 be->dev->nodename)) {
		be->wait_hotplug = false;
		xenbus_switch_state(be->dev, XenbusStateConnected);
	}
}

static void backend_disconnect(struct backend *be)
{
	be->wait_hotplug = false;
	watch_end(&be->hotplug);
	watch_end(&be->rate);
	watch_end(&be->mcast);
	if (be->vif)
		vif_disconnect(be->vif);
}

/* One step from be->state towards @goal. Returns false when there is no way, or it failed. */
static bool backend_step(struct backend *be, enum xenbus_state goal)
{
	switch (be->state) {
	case XenbusStateClosed:
		be->state = XenbusStateInitWait;
		xenbus_switch_state(be->dev, XenbusStateInitWait);
		return true;
	case XenbusStateInitWait:
		if (goal == XenbusStateConnected) {
			backend_connect(be);
			return be->state == XenbusStateConnected;
		}
		break;
	case XenbusStateConnected:
		backend_disconnect(be);
		break;
	case XenbusStateClosing:
		be->state = XenbusStateClosed;
		xenbus_switch_state(be->dev, XenbusStateClosed);
		return true;
	default:
		return false;
	}
	be->state = XenbusStateClosing;
	xenbus_switch_state(be->dev, XenbusStateClosing);
	return true;
}

static void backend_go(struct backend *be, enum xenbus_state goal)
{
	unsigned int steps; /* the longest way has four: never hang the watch thread */

	for (steps = 0; be->state != goal && steps < 6; steps++)
		if (!backend_step(be, goal))
			return;
}

/*
 * The frontend's state changed, or is looked at for the first time. A state is a number that a
 * guest wrote.
 */
static void frontend_changed(struct xenbus_device *dev, enum xenbus_state state)
{
	struct backend *be = dev_get_drvdata(&dev->dev);

	switch (state) {
	case XenbusStateInitialising:
		/*
		 * A new kernel in the guest, or the same that begins again: what it had before is
		 * gone. A frontend that has failed to connect twenty times in ten seconds is not
		 * heard again in them.
		 */
		if (be->failed && !__ratelimit(&be->vif->complaints))
			break;
		be->failed = false;
		backend_go(be, XenbusStateInitWait);
		break;
	case XenbusStateReconfiguring: /* an XDP program comes or goes */
		if (be->state != XenbusStateConnected)
			break;
		vif_read_headroom(be->vif);
		xenbus_switch_state(dev, XenbusStateReconfigured);
		break;
	case XenbusStateConnected:
		if (be->failed)
			break;
		backend_go(be, XenbusStateConnected);
		if (dev->state == XenbusStateReconfigured)
			xenbus_switch_state(dev, XenbusStateConnected);
		break;
	case XenbusStateClosing:
		backend_go(be, XenbusStateClosing);
		break;
	case XenbusStateClosed:
		backend_go(be, XenbusStateClosed);
		if (!xenbus_dev_is_online(dev))
			device_unregister(&dev->dev);
		break;
	case XenbusStateUnknown: /* its directory is gone */
		backend_go(be, XenbusStateClosed);
		device_unregister(&dev->dev);
		break;
	default:
		break;
	}
}

/* ---- Probe and remove ---- */

static int write_features(struct xenbus_device *dev)
{
	static const char *const ones[] = {
		"feature-sg",
		"feature-gso-tcpv4",
		"feature-gso-tcpv6",
		"feature-ipv6-csum-offload",
		"feature-rx-copy",
		"feature-multicast-control",
		"feature-dynamic-multicast-control",
		"feature-split-event-channels",
		"feature-ctrl-ring",
		"feature-xdp-headroom",
		NETIF_KEY_TAKES_LINE,
	};
	const char *key = "feature-rx-flip";
	unsigned int i;
	int err = xenbus_write(XBT_NIL, dev->nodename, key, "0");

	for (i = 0; i < ARRAY_SIZE(ones) && !err; i++) {
		key = ones[i];
		err = xenbus_write(XBT_NIL, dev->nodename, key, "1");
	}
	if (!err) {
		key = "multi-queue-max-queues";
		err = xenbus_printf(XBT_NIL, dev->nodename, key, "%u", netback_max_queues);
	}
	if (err)
		xenbus_dev_fatal(dev, err, "writing %s/%s", dev->nodename, key);
	return err;
}

static struct vif *create_vif(struct xenbus_device *dev)
{
	unsigned int handle;
	struct vif *vif;
	int err;

	err = xenbus_scanf(XBT_NIL, dev->nodename, "handle", "%u", &handle);
	if (err != 1) {
		xenbus_dev_fatal(dev, -EINVAL,
				 "reading %s/handle: "
				 "the toolstack writes the number of the vif there",
				 dev->nodename);
		return ERR_PTR(-EINVAL);
	}
	vif = vif_create(dev, dev->otherend_id, handle);
	if (IS_ERR(vif))
		xenbus_dev_fatal(dev, PTR_ERR(vif), "creating the interface vif%u.%u",
				 dev->otherend_id, handle);
	return vif;
}

static void netback_remove(struct xenbus_device *dev)
{
	struct backend *be = dev_get_drvdata(&dev->dev);

	if (!be)
		return;
	backend_disconnect(be);
	/* A backend after us that does not read the line does not deny it either. */
	xenbus_rm(XBT_NIL, dev->nodename, NETIF_KEY_TAKES_LINE);
	if (be->vif) {
		kobject_uevent(&dev->dev.kobj, KOBJ_OFFLINE);
		vif_destroy(be->vif);
	}
	dev_set_drvdata(&dev->dev, NULL);
	kfree(be->script);
	kfree(be);
}

static int netback_probe(struct xenbus_device *dev, const struct xenbus_device_id *id)
{
	struct backend *be = kzalloc(sizeof(*be), GFP_KERNEL);
	char *script;
	int err;

	if (!be)
		return -ENOMEM;
	be->dev = dev;
	be->state = XenbusStateInitWait;
	dev_set_drvdata(&dev->dev, be);
	script = xenbus_read(XBT_NIL, dev->nodename, "script", NULL);
	be->script = IS_ERR(script) ? NULL : script;
	err = write_features(dev);
	if (err)
		goto out;
	be->vif = create_vif(dev);
	if (IS_ERR(be->vif)) {
		err = PTR_ERR(be->vif);
		be->vif = NULL;
		goto out;
	}
	err = xenbus_switch_state(dev, XenbusStateInitWait);
	if (err)
		goto out;
	/* Now udev, where the toolstack leaves it to udev, may run the script. */
	kobject_uevent(&dev->dev.kobj, KOBJ_ONLINE);
	return 0;
out:
	netback_remove(dev);
	return err;
}

/* The hotplug event's variables: what a script needs to know. */
static int add_uevent(struct backend *be, struct kobj_uevent_env *env)
{
	if (!be)
		return 0;
	if (be->script && add_uevent_var(env, "script=%s", be->script))
		return -ENOMEM;
	return be->vif ? add_uevent_var(env, "vif=%s", be->vif->dev->name) : 0;
}

static int netback_uevent(COMPAT_UEVENT_CONST struct xenbus_device *dev,
			  struct kobj_uevent_env *env)
{
	return add_uevent(dev_get_drvdata(&dev->dev), env);
}

static const struct xenbus_device_id netback_ids[] = {{"vif"}, {""}};
MODULE_ALIAS("xen-backend:vif");

static struct xenbus_driver netback_driver = {
	.name = "shoji-netback",
	.ids = netback_ids,
	.probe = netback_probe,
	.remove = netback_remove,
	.uevent = netback_uevent,
	.otherend_changed = frontend_changed,
	.allow_rebind = true,
};

/**
 * netback_xenbus_register() - from here on devices are probed
 *
 * Without an owner: xenbus would keep the module loaded while a device is bound, and it could not
 * be unloaded under its guests. That is safe: unregistering unbinds each device and waits for its
 * watches, and netback_remove() leaves nothing behind.
 *
 * Return: 0 or a negative error.
 *
 * Context: process, in module_init.
 */
int netback_xenbus_register(void)
{
	return __xenbus_register_backend(&netback_driver, NULL, KBUILD_MODNAME);
}

/**
 * netback_xenbus_unregister() - remove all devices
 *
 * Context: process, in module_exit; sleeps.
 */
void netback_xenbus_unregister(void)
{
	xenbus_unregister_driver(&netback_driver);
}
