// SPDX-License-Identifier: GPL-2.0-only
/*
 * A frontend that breaks every rule: module for a test guest, in place of the real ones. It takes
 * each vif or vbd that it is given, connects as a good frontend does, does `steps` things that a
 * seed chooses, closes, and begins again, for `seconds`.
 *
 * Same seed, same things in the same order; what the other side makes of them depends on time.
 */
#define pr_fmt(fmt) KBUILD_MODNAME ": " fmt

#include "front.h"
#include <linux/interrupt.h>
#include <linux/kthread.h>
#include <linux/mm.h>
#include <linux/module.h>
#include <linux/slab.h>
#include <xen/events.h>
#include <xen/page.h>

#include "include/xen/io/blkif.h"

static unsigned int seed, seconds = 20, steps = 300;
module_param(seed, uint, 0444);
module_param(seconds, uint, 0444);
module_param(steps, uint, 0444);

static atomic_t rounds, connected, ended, devices;

static int show_atomic(char *to, const struct kernel_param *param)
{
	return sysfs_emit(to, "%d\n", atomic_read(param->arg));
}

static const struct kernel_param_ops atomic_ops = {.get = show_atomic};
module_param_cb(rounds, &atomic_ops, &rounds, 0444); /* begun */
module_param_cb(connected, &atomic_ops, &connected,
		0444);                             /* of these, those that the backend took */
module_param_cb(ended, &atomic_ops, &ended, 0444); /* devices that are done */

static irqreturn_t evil_event(int irq, void *data)
{
	return IRQ_HANDLED;
}

static int make_rings(struct evil_front *evil)
{
	unsigned int i;
	int err;

	/* A vif's three; a vbd's one, of one page or two. */
	evil->rings = evil->vif ? 3 : 1 + evil_below(&evil->rng, 2);
	for (i = 0; i < evil->rings; i++) {
		err = xenbus_setup_ring(evil->dev, GFP_KERNEL, &evil->ring[i], 1,
					&evil->ring_ref[i]);
		if (err)
			return err;
		((u32 *)evil->ring[i])[1] = 1;
		((u32 *)evil->ring[i])[3] = 1;
		evil->prod[i] = 0;
	}
	return 0;
}

static void grant_page(struct evil_front *evil, unsigned int i)
{
	bool readonly = !evil->pool && !evil_below(&evil->rng, 4);
	struct page *page = alloc_page(GFP_KERNEL | __GFP_ZERO);
	int ref = page ? gnttab_grant_foreign_access(evil->dev->otherend_id, xen_page_to_gfn(page),
						     readonly)
		       : -ENOMEM;

	if (ref < 0) {
		if (page)
			__free_page(page);
		return;
	}
	evil->page[i] = page_address(page);
	evil->ref[i] = ref;
}

static void end_page(struct evil_front *evil, unsigned int i)
{
	if (evil->page[i])
		gnttab_end_foreign_access(evil->ref[i], virt_to_page(evil->page[i]));
	evil->page[i] = NULL;
}

static int make_all(struct evil_front *evil)
{
	unsigned int i;
	int err = make_rings(evil);

	if (err)
		return err;
	evil->pool = !evil->vif && evil_below(&evil->rng, 2);
	for (i = 0; i < EVIL_PAGES; i++)
		grant_page(evil, i);
	if (evil->pool && evil->page[0])
		memcpy(evil->page[0], &evil->ref[1], (EVIL_PAGES - 1) * sizeof(evil->ref[0]));
	err = xenbus_alloc_evtchn(evil->dev, &evil->port);
	if (!err && evil->vif && evil_below(&evil->rng, 2))
		err = xenbus_alloc_evtchn(evil->dev, &evil->rx_port);
	if (!err && evil->vif)
		err = xenbus_alloc_evtchn(evil->dev, &evil->ctrl_port);
	if (err)
		return err;
	err = bind_evtchn_to_irqhandler(evil->port, evil_event, 0, "shoji-evil-front", evil);
	if (err < 0)
		return err;
	evil->irq = err;
	return 0;
}

static void free_all(struct evil_front *evil)
{
	unsigned int i;

	if (evil->irq > 0)
		unbind_from_irqhandler(evil->irq, evil);
	else if (evil->port)
		xenbus_free_evtchn(evil->dev, evil->port);
	evil->irq = 0;
	evil->port = 0;
	if (evil->rx_port)
		xenbus_free_evtchn(evil->dev, evil->rx_port);
	evil->rx_port = 0;
	if (evil->ctrl_port)
		xenbus_free_evtchn(evil->dev, evil->ctrl_port);
	evil->ctrl_port = 0;
	for (i = 0; i < EVIL_PAGES; i++)
		end_page(evil, i);
	for (i = 0; i < evil->rings; i++)
		xenbus_teardown_ring(&evil->ring[i], 1, &evil->ring_ref[i]);
}

static void publish_vbd(struct evil_front *evil)
{
	const char *dir = evil->dev->nodename;

	xenbus_printf(XBT_NIL, dir, evil->rings == 1 ? "ring-ref" : "ring-ref0", "%u",
		      evil->ring_ref[0]);
	if (evil->rings > 1)
		xenbus_printf(XBT_NIL, dir, "ring-ref1", "%u", evil->ring_ref[1]);
	xenbus_write(XBT_NIL, dir, "protocol", "x86_64-abi");
	xenbus_printf(XBT_NIL, dir, "feature-persistent", "%u", evil_below(&evil->rng, 2));
	xenbus_printf(XBT_NIL, dir, "ring-page-order", "%u", evil->rings - 1);
	xenbus_write(XBT_NIL, dir, "multi-queue-num-queues", "1");
	xenbus_printf(XBT_NIL, dir, BLK_KEY_POOL_PAGES, "%u", evil->pool ? EVIL_PAGES - 1 : 0);
	xenbus_printf(XBT_NIL, dir, "pool-dir0", "%u", evil->ref[0]);
	xenbus_printf(XBT_NIL, dir, BLK_KEY_POOL_RESIZE, "%u", evil_below(&evil->rng, 2));
}

/* One event channel, or one for each direction. */
static void publish_ports(struct evil_front *evil)
{
	const char *dir = evil->dev->nodename;

	if (!evil->rx_port) {
		xenbus_rm(XBT_NIL, dir, "event-channel-tx");
		xenbus_rm(XBT_NIL, dir, "event-channel-rx");
		xenbus_printf(XBT_NIL, dir, "event-channel", "%u", evil->port);
		return;
	}
	xenbus_printf(XBT_NIL, dir, "event-channel-tx", "%u", evil->port);
	xenbus_printf(XBT_NIL, dir, "event-channel-rx", "%u", evil->rx_port);
}

static void publish(struct evil_front *evil)
{
	const char *dir = evil->dev->nodename;

	if (!evil->vif) {
		xenbus_printf(XBT_NIL, dir, "event-channel", "%u", evil->port);
		publish_vbd(evil);
		return;
	}
	publish_ports(evil);
	xenbus_printf(XBT_NIL, dir, "tx-ring-ref", "%u", evil->ring_ref[0]);
	xenbus_printf(XBT_NIL, dir, "rx-ring-ref", "%u", evil->ring_ref[1]);
	xenbus_printf(XBT_NIL, dir, "ctrl-ring-ref", "%u", evil->ring_ref[2]);
	xenbus_printf(XBT_NIL, dir, "event-channel-ctrl", "%u", evil->ctrl_port);
	xenbus_write(XBT_NIL, dir, "request-rx-copy", "1");
	xenbus_write(XBT_NIL, dir, "multi-queue-num-queues", "1");
	xenbus_printf(XBT_NIL, dir, "feature-rx-notify", "%u", evil_below(&evil->rng, 2));
	xenbus_printf(XBT_NIL, dir, "feature-sg", "%u", evil_below(&evil->rng, 2));
	xenbus_printf(XBT_NIL, dir, "feature-gso-tcpv4", "%u", evil_below(&evil->rng, 2));
	xenbus_printf(XBT_NIL, dir, "request-multicast-control", "%u", evil_below(&evil->rng, 2));
}

/*
 * The line that stands for all those keys: as it should be, or with numbers that make no sense, or
 * with too few, too many, or another character between two of them.
 */
static void publish_line(struct evil_front *evil)
{
	u32 number[12], nr = 0, refs = 0, i; /* refs: bits of the numbers that name grants */
	struct evil_rng *r = &evil->rng;
	char text[12 * 11 + 1];
	int used = 0;

	if (!evil->vif) {
		number[nr++] = 1;
		number[nr++] = evil->rings - 1;
		number[nr++] = EVIL_PAGES - 1;
		number[nr++] = evil->port;
	}
	for (i = 0; i < evil->rings && i < 2; i++, nr++) {
		refs |= 1u << nr;
		number[nr] = evil->ring_ref[i];
	}
	if (evil->vif) {
		number[nr++] = evil->port;
		number[nr++] = evil->rx_port ?: evil->port;
	} else {
		refs |= 1u << nr;
		number[nr++] = evil->ref[0];
	}
	while (!evil_below(r, 3) && nr < ARRAY_SIZE(number)) {
		i = evil_below(r, nr);
		switch (evil_below(r, 3)) {
		case 0:
			number[i] = refs & 1u << i ? evil_ref(r) : evil_number(r);
			break;
		case 1:
			nr = max(nr - 1, 1u);
			break;
		default:
			refs |= 1u << nr;
			number[nr++] = evil_ref(r);
		}
	}
	for (i = 0; i < nr; i++)
		used += scnprintf(text + used, sizeof(text) - used, "%u%c", number[i],
				  evil_below(r, 100) ? ' ' : 1 + evil_below(r, 255));
	if (evil_below(r, 10))
		text[used - 1] = '\0';
	xenbus_write(XBT_NIL, evil->dev->nodename, BLK_KEY_QUEUE_LINE, text);
}

static const char *const keys[] = {
	BLK_KEY_QUEUE_LINE,
	"ring-ref",
	"tx-ring-ref",
	"rx-ring-ref",
	"event-channel",
	"multi-queue-num-queues",
	"ring-page-order",
	"protocol",
	"feature-persistent",
	BLK_KEY_POOL_PAGES,
	BLK_KEY_POOL_RESIZE,
	"pool-dir0",
	"ring-ref1",
	"event-channel-tx",
	"event-channel-rx",
	"request-multicast-control",
	"xdp-headroom",
	"feature-sg",
	"ctrl-ring-ref",
	"event-channel-ctrl",
};

static void storm(struct evil_front *evil)
{
	u32 n = evil_below(&evil->rng, 8) ? 1 + evil_below(&evil->rng, 8) : 2000;

	while (n--)
		notify_remote_via_irq(evil->irq);
}

/*
 * Any state. Seldom none at all: the backend takes that for the device's end, and the rest of the
 * run is over.
 */
static void evil_state(struct evil_front *evil)
{
	u32 state = evil_below(&evil->rng, 40) ? 1 + evil_below(&evil->rng, 9) : 0;

	xenbus_printf(XBT_NIL, evil->dev->nodename, "state", "%u", state);
}

static void step(struct evil_front *evil)
{
	struct evil_rng *r = &evil->rng;
	u32 i;

	switch (evil_below(r, 16)) {
	case 0 ... 6:
		evil_forge(evil);
		notify_remote_via_irq(evil->irq);
		break;
	case 7 ... 8:
		evil_hit_page(r, evil->ring[evil_below(r, evil->rings)]);
		break;
	case 9:
		storm(evil);
		break;
	case 10:
		i = evil_below(r, EVIL_PAGES);
		end_page(evil, i);
		grant_page(evil, i);
		break;
	case 11:
		if (!evil_below(r, 8))
			evil_hit_key(r, evil->dev->nodename, keys, ARRAY_SIZE(keys));
		break;
	case 12:
		if (!evil_below(r, 24))
			evil_state(evil);
		break;
	case 13:
		usleep_range(100, 100 + 100 * evil_below(r, 50));
		break;
	default: /* what is in the data pages changes while it is read */
		i = evil_below(r, EVIL_PAGES);
		if (evil->page[i])
			WRITE_ONCE(((u32 *)evil->page[i])[evil_below(r, 1024)],
				   evil_ref(r)); /* it may name a grant */
	}
}

/* One connection. False when the backend does not come back to where a frontend can begin. */
static bool live(struct evil_front *evil, unsigned int round)
{
	const char *dir = evil->dev->nodename, *back = evil->dev->otherend;
	unsigned int i;

	evil_seed(&evil->rng, seed, (u64)evil->number << 32 | round);
	xenbus_printf(XBT_NIL, dir, "state", "%d", XenbusStateInitialising);
	if (!evil_wait_state(back, 1 << XenbusStateInitWait, 8000))
		return false;
	atomic_inc(&rounds);
	if (!make_all(evil)) {
		publish(evil);
		if (evil_below(&evil->rng, 2))
			publish_line(evil);
		else
			xenbus_rm(XBT_NIL, dir, BLK_KEY_QUEUE_LINE);
		xenbus_printf(XBT_NIL, dir, "state", "%d",
			      evil->vif ? XenbusStateConnected : XenbusStateInitialised);
		if (evil_wait_state(back, 1 << XenbusStateConnected, 2000))
			atomic_inc(&connected);
		for (i = 0; i < steps && !kthread_should_stop(); i++)
			step(evil);
	}
	xenbus_printf(XBT_NIL, dir, "state", "%d", XenbusStateClosing);
	evil_wait_state(back, 1 << XenbusStateClosing | 1 << XenbusStateClosed, 2000);
	xenbus_printf(XBT_NIL, dir, "state", "%d", XenbusStateClosed);
	evil_wait_state(back, 1 << XenbusStateClosed, 4000);
	free_all(evil);
	return true;
}

static int evil_thread(void *data)
{
	struct evil_front *evil = data;
	unsigned long end = jiffies + seconds * HZ;
	unsigned int round = 0;

	while (!kthread_should_stop() && time_before(jiffies, end))
		if (!live(evil, round++))
			break;
	pr_info("%s: %u rounds\n", evil->dev->nodename, round);
	atomic_inc(&ended);
	while (!kthread_should_stop())
		msleep(50);
	return 0;
}

static int evil_probe(struct xenbus_device *dev, const struct xenbus_device_id *id)
{
	struct evil_front *evil = kzalloc(sizeof(*evil), GFP_KERNEL);
	unsigned int i;

	if (!evil)
		return -ENOMEM;
	for (i = 0; i < EVIL_RINGS; i++)
		evil->ring_ref[i] = INVALID_GRANT_REF;
	evil->dev = dev;
	evil->vif = !strcmp(id->devicetype, "vif");
	evil->number = atomic_inc_return(&devices);
	dev_set_drvdata(&dev->dev, evil);
	evil->thread = kthread_run(evil_thread, evil, "evil-%u", evil->number);
	if (IS_ERR(evil->thread)) {
		int err = PTR_ERR(evil->thread);

		kfree(evil);
		return err;
	}
	return 0;
}

static void evil_remove(struct xenbus_device *dev)
{
	struct evil_front *evil = dev_get_drvdata(&dev->dev);

	kthread_stop(evil->thread);
	kfree(evil);
}

static void evil_changed(struct xenbus_device *dev, enum xenbus_state state)
{
}

static const struct xenbus_device_id evil_ids[] = {{"vif"}, {"vbd"}, {""}};

static struct xenbus_driver evil_driver = {
	.name = "shoji-evil-front",
	.ids = evil_ids,
	.probe = evil_probe,
	.remove = evil_remove,
	.otherend_changed = evil_changed,
};

static int __init evil_init(void)
{
	return xenbus_register_frontend(&evil_driver);
}

static void __exit evil_exit(void)
{
	xenbus_unregister_driver(&evil_driver);
}

module_init(evil_init);
module_exit(evil_exit);
MODULE_DESCRIPTION("Shoji: a frontend that breaks the protocol, for tests only");
MODULE_LICENSE("GPL");
