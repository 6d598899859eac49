// SPDX-License-Identifier: GPL-2.0-only
/*
 * The control plane: the life of a device as xenstore tells it.
 *
 *   backend            frontend
 *   InitWait           Connected      queues made and told; also when a backend comes back
 *   InitWait           (Connected)    the backend was reloaded: it takes our rings as they are;
 *                                     Closing, if it does not read the line that describes them
 *   Connected                         the pools are offered
 *   Closing            Closed         nothing runs any more
 *   Closed             (Closed)       all is given back but the network device
 *
 * With another number of queues the device goes through all of it by itself: Closing, Closed, and
 * back to Initialising, where the backend goes to InitWait.
 *
 * Context: probe, remove, resume and the watch of one device never run at the same time.
 */
#include "netfront.h"

#include <linux/delay.h>
#include <linux/module.h>
#include <linux/rtnetlink.h>

#include "common/compat.h"

static void close_too(struct netfront *nf)
{
	if (test_bit(0, &nf->again))
		xenbus_switch_state(nf->xdev, XenbusStateClosed);
	else
		xenbus_frontend_closed(nf->xdev);
}

static void backend_changed(struct xenbus_device *dev, enum xenbus_state state)
{
	struct netfront *nf = dev_get_drvdata(&dev->dev);

	switch (state) {
	case XenbusStateInitWait:
		if (dev->state == XenbusStateConnected) {
			if (netfront_is_unread(nf))
				netfront_connect_anew(nf);
			break;
		}
		if (!netfront_connect(nf))
			xenbus_switch_state(dev, XenbusStateConnected);
		break;
	case XenbusStateConnected:
		netdev_notify_peers(nf->dev);
		offer_begin(nf);
		rtnl_lock();
		mcast_anew(nf, false); /* it may be another one, which has taken up our rings */
		rtnl_unlock();
		break;
	case XenbusStateClosing:
		/*
		 * The toolstack writes it in the backend's name to take the device away. The
		 * backend has our pages until it sees us closed.
		 */
		netfront_quiet(nf);
		close_too(nf);
		break;
	case XenbusStateClosed:
		netfront_disconnect(nf);
		/*
		 * Still closed from the last connection, when we have just begun: it will come to
		 * InitWait.
		 */
		if (dev->state == XenbusStateClosed && test_and_clear_bit(0, &nf->again))
			xenbus_switch_state(dev, XenbusStateInitialising);
		else if (dev->state != XenbusStateClosed && dev->state != XenbusStateInitialising)
			close_too(nf);
		break;
	default:
		break;
	}
}

static void again_work(struct work_struct *work)
{
	struct netfront *nf = container_of(work, struct netfront, again_work);

	if (READ_ONCE(nf->xdev->state) == XenbusStateConnected)
		netfront_connect_anew(nf);
}

static int netfront_probe(struct xenbus_device *dev, const struct xenbus_device_id *id)
{
	struct netfront *nf = netfront_create(dev);

	if (IS_ERR(nf))
		return PTR_ERR(nf);
	INIT_WORK(&nf->again_work, again_work);
	set_bit(0, &nf->again); /* an old connection may end first */
	dev_set_drvdata(&dev->dev, nf);
	/* The backend may wait with an old connection, of a kernel or driver that is gone. */
	if (compat_read_driver_state(dev, dev->nodename) != XenbusStateInitialising)
		xenbus_switch_state(dev, XenbusStateInitialising);
	return 0;
}

/*
 * Wait until the backend has left Connected, or has gone on to where a new frontend can begin.
 * Five seconds at most.
 */
static void wait_for_backend(struct xenbus_device *dev, bool closed)
{
	enum xenbus_state state;
	int i;

	for (i = 0; i < 250; i++) {
		state = compat_read_driver_state(dev, dev->otherend);
		if (state == XenbusStateClosed || state == XenbusStateUnknown ||
		    (closed ? state == XenbusStateInitWait : state == XenbusStateClosing))
			return;
		msleep(20);
	}
	dev_warn(&dev->dev, "the backend (domain %d) did not close within 5 s\n", dev->otherend_id);
}

static void netfront_remove(struct xenbus_device *dev)
{
	struct netfront *nf = dev_get_drvdata(&dev->dev);

	cancel_work_sync(&nf->again_work);
	clear_bit(0, &nf->again);
	/* The backend lets go of the rings first, so that their grants can end. */
	if (dev->state == XenbusStateConnected) {
		xenbus_switch_state(dev, XenbusStateClosing);
		wait_for_backend(dev, false);
	}
	netfront_disconnect(nf);
	cancel_work_sync(&nf->again_work); /* ethtool -L, until it was disconnected */
	if (dev->state == XenbusStateClosing) {
		xenbus_switch_state(dev, XenbusStateClosed);
		wait_for_backend(dev, true);
	}
	netfront_destroy(nf);
	dev_set_drvdata(&dev->dev, NULL);
}

/*
 * After migration or restore there is a new backend, which waits: connect anew when its state is
 * seen.
 */
static int netfront_resume(struct xenbus_device *dev)
{
	netfront_disconnect(dev_get_drvdata(&dev->dev));
	return 0;
}

static const struct xenbus_device_id netfront_ids[] = {{"vif"}, {""}};
MODULE_ALIAS("xen:vif");

static struct xenbus_driver netfront_driver = {
	.name = "shoji-netfront",
	.ids = netfront_ids,
	.probe = netfront_probe,
	.remove = netfront_remove,
	.resume = netfront_resume,
	.otherend_changed = backend_changed,
};

/**
 * netfront_xenbus_register() - from here on devices are probed
 *
 * Return: 0 or a negative error.
 *
 * Context: process, in module_init.
 */
int netfront_xenbus_register(void)
{
	return xenbus_register_frontend(&netfront_driver);
}

/**
 * netfront_xenbus_unregister() - remove all devices
 *
 * Context: process, in module_exit; sleeps.
 */
void netfront_xenbus_unregister(void)
{
	xenbus_unregister_driver(&netfront_driver);
}
