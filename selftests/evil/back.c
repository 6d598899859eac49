// SPDX-License-Identifier: GPL-2.0-only
/*
 * A backend that breaks every rule: module for Domain-0 of a test, in place of the real ones. Each
 * vif or vbd that is attached while it is loaded gets a backend that connects as a good one does,
 * and then does `steps` things that a seed chooses. The guest may lose that device and nothing
 * else.
 *
 * silent=N does one thing only: a vbd is served as it should be, with zeros, for its first N
 * requests; then nothing is answered any more, in the rings or in xenstore, until let_go=1.
 */
#define pr_fmt(fmt) KBUILD_MODNAME ": " fmt

#include <linux/interrupt.h>
#include <linux/kthread.h>
#include <linux/module.h>
#include <linux/slab.h>
#include <xen/events.h>
#include <xen/grant_table.h>
#include "include/xen/io/blkif.h"
#include "common/ring.h"
#include "include/xen/io/netif.h"
#include <xen/page.h>

#include "evil.h"

static unsigned int seed, steps = 400;
module_param(seed, uint, 0644);
module_param(steps, uint, 0644);
static int silent = -1;
module_param(silent, int, 0644);
static bool let_go;
module_param(let_go, bool, 0644);

struct evil_back {
	struct xenbus_device *dev;
	struct task_struct *thread;
	bool vif;
	unsigned int number;
	struct evil_rng rng;
	unsigned int rings;
	void *ring[2];
	u32 prod[2]; /* responses */
	int irq;
	bool hit; /* the rings hold what no frontend wrote: nothing can be said by them any more */
};

static atomic_t devices, connected, peeked, leaks;

static int show_atomic(char *to, const struct kernel_param *param)
{
	return sysfs_emit(to, "%d\n", atomic_read(param->arg));
}

static const struct kernel_param_ops atomic_ops = {.get = show_atomic};
module_param_cb(connected, &atomic_ops, &connected, 0444);
module_param_cb(peeked, &atomic_ops, &peeked, 0444); /* pages of guests that were looked at */
module_param_cb(leaks, &atomic_ops, &leaks,
		0444); /* of these, pages that held what they should not */

static irqreturn_t evil_event(int irq, void *data)
{
	return IRQ_HANDLED;
}

/* ---- as a good one does it ---- */

static void offer(struct evil_back *evil)
{
	static const char *const ones[] = {
		"feature-sg",        "feature-gso-tcpv4",      "feature-rx-copy",
		"feature-ctrl-ring", "feature-persistent",     "feature-flush-cache",
		"feature-discard",   "multi-queue-max-queues",
	};
	const char *dir = evil->dev->nodename;
	unsigned int i;

	if (silent >= 0)
		return; /* the smallest set: one ring of one page, direct requests */
	for (i = 0; i < ARRAY_SIZE(ones); i++)
		if (evil_below(&evil->rng, 4))
			xenbus_write(XBT_NIL, dir, ones[i], "1");
	xenbus_write(XBT_NIL, dir, "feature-rx-copy", "1");
	if (evil_below(&evil->rng, 2))
		xenbus_write(XBT_NIL, dir, BLK_KEY_POOL_MAX, "2048");
	if (evil_below(&evil->rng, 2))
		xenbus_write(XBT_NIL, dir, BLK_KEY_POOL_RESIZE, "1");
	if (evil_below(&evil->rng, 2))
		xenbus_write(XBT_NIL, dir, "feature-max-indirect-segments", "256");
}

static int map_one(struct evil_back *evil, const char *key)
{
	unsigned int ref;
	int err;

	if (xenbus_scanf(XBT_NIL, evil->dev->otherend, key, "%u", &ref) != 1)
		return -ENOENT;
	err = xenbus_map_ring_valloc(evil->dev, &ref, 1, &evil->ring[evil->rings]);
	if (!err)
		evil->rings++;
	return err;
}

/*
 * XSA-403: a page that a guest shows holds what it is for and zeros. Look at what lies behind
 * @from.
 */
static void peek(struct evil_back *evil, u32 gref, unsigned int from)
{
	u8 *buffer = (u8 *)__get_free_page(GFP_KERNEL);
	struct gnttab_copy op = {
		.source.u.ref = gref,
		.source.domid = evil->dev->otherend_id,
		.dest.domid = DOMID_SELF,
		.len = XEN_PAGE_SIZE,
		.flags = GNTCOPY_source_gref,
	};

	if (!buffer)
		return;
	op.dest.u.gmfn = virt_to_gfn(buffer);
	gnttab_batch_copy(&op, 1);
	if (op.status == GNTST_okay) {
		atomic_inc(&peeked);
		if (memchr_inv(buffer + from, 0, XEN_PAGE_SIZE - from))
			atomic_inc(&leaks);
	}
	free_page((unsigned long)buffer);
}

/* The pages that are offered for packets, before there was any. */
static void peek_offered(struct evil_back *evil)
{
	const struct netif_rx_ring *rx = evil->ring[1];
	u32 i, n = min_t(u32, READ_ONCE(rx->head.req.prod), 32);

	for (i = 0; i < n; i++)
		peek(evil, READ_ONCE(rx->slot[i].req.gref), 0);
}

static int join(struct evil_back *evil)
{
	unsigned int port;
	int err = map_one(evil, evil->vif ? "tx-ring-ref" : "ring-ref");

	if (!err && evil->vif)
		err = map_one(evil, "rx-ring-ref");
	if (err)
		return err;
	if (evil->vif)
		peek_offered(evil);
	if (xenbus_scanf(XBT_NIL, evil->dev->otherend, "event-channel", "%u", &port) != 1 &&
	    xenbus_scanf(XBT_NIL, evil->dev->otherend, "event-channel-rx", "%u", &port) != 1)
		return -ENOENT;
	err = bind_interdomain_evtchn_to_irqhandler_lateeoi(evil->dev, port, evil_event, 0,
							    "shoji-evil-back", evil);
	if (err < 0)
		return err;
	evil->irq = err;
	return 0;
}

static void tell_device(struct evil_back *evil)
{
	const char *dir = evil->dev->nodename;

	if (evil->vif)
		return;
	if (silent >= 0) {
		xenbus_printf(XBT_NIL, dir, "sectors", "%u", 8192);
		xenbus_printf(XBT_NIL, dir, "sector-size", "%u", 512);
		xenbus_printf(XBT_NIL, dir, "info", "%u", 0);
		return;
	}
	xenbus_printf(XBT_NIL, dir, "sectors", "%u",
		      evil_below(&evil->rng, 8) ? 8192 : evil_number(&evil->rng));
	xenbus_printf(XBT_NIL, dir, "sector-size", "%u",
		      evil_below(&evil->rng, 8) ? 512 : evil_number(&evil->rng));
	xenbus_printf(XBT_NIL, dir, "info", "%u", evil_below(&evil->rng, 8));
}

/* ---- and then ---- */

/* An answer to the oldest request, right or wrong in one of its fields. */
static void answer_blk(struct evil_back *evil)
{
	struct evil_rng *r = &evil->rng;
	struct ring_shared *ring = evil->ring[0];
	void *slot = (void *)ring + RING_HEADER_BYTES + (evil->prod[0] & 31) * BLK_SLOT_BYTES_64;
	union blk_request request = *(union blk_request *)slot;
	struct blk_response *rsp = slot;

	if (READ_ONCE(ring->req.prod) == evil->prod[0] && evil_below(r, 8))
		return;
	rsp->id = evil_below(r, 12) ? request.rw.id : evil_next(r);
	rsp->operation = evil_below(r, 12) ? request.operation : evil_next(r);
	rsp->status = evil_below(r, 6) ? BLK_RSP_OKAY : (s16)evil_number(r);
	evil->prod[0]++;
	virt_wmb(); /* as a good backend does it */
	WRITE_ONCE(ring->rsp.prod, evil->prod[0]);
}

static void answer_tx(struct evil_back *evil)
{
	struct evil_rng *r = &evil->rng;
	struct netif_tx_ring *ring = evil->ring[0];
	union netif_tx_slot *slot = &ring->slot[evil->prod[0] & NET_RING_MASK];
	u16 id = slot->req.id;

	if (READ_ONCE(ring->head.req.prod) == evil->prod[0] && evil_below(r, 8))
		return;
	/* The first time that a page is used: behind the packet's last byte is nothing. */
	if (!evil->hit && evil->prod[0] < NET_RING_SIZE &&
	    READ_ONCE(ring->head.req.prod) > evil->prod[0] &&
	    !(slot->req.flags & (NETTXF_more_data | NETTXF_extra_info)) &&
	    slot->req.size < XEN_PAGE_SIZE)
		peek(evil, slot->req.gref, slot->req.size);
	slot->rsp.id = evil_below(r, 12) ? id : evil_next(r);
	slot->rsp.status = evil_below(r, 6) ? NETIF_RSP_OKAY : (s16)evil_number(r);
	evil->prod[0]++;
	virt_wmb(); /* as a good backend does it */
	WRITE_ONCE(ring->head.rsp.prod, evil->prod[0]);
}

static void answer_rx(struct evil_back *evil)
{
	struct evil_rng *r = &evil->rng;
	struct netif_rx_ring *ring = evil->ring[1];
	union netif_rx_slot *slot = &ring->slot[evil->prod[1] & NET_RING_MASK];
	u16 id = slot->req.id;

	if (!evil_below(r, 6)) {
		slot->extra = (struct netif_extra_info){.type = evil_below(r, 8),
							.flags = evil_below(r, 3)};
		slot->extra.u.gso.size = evil_number(r);
	} else {
		slot->rsp = (struct netif_rx_response){
			.id = evil_below(r, 12) ? id : evil_next(r),
			.offset = evil_below(r, 3) ? 0 : evil_number(r),
			.flags = evil_below(r, 3) ? 0 : evil_next(r),
			.status = evil_below(r, 3) ? 60 + evil_below(r, 1400) : evil_number(r),
		};
	}
	evil->prod[1]++;
	virt_wmb(); /* as a good backend does it */
	WRITE_ONCE(ring->head.rsp.prod, evil->prod[1]);
}

static void answer(struct evil_back *evil)
{
	u32 n = 1 + evil_below(&evil->rng, 8);

	while (n--) {
		if (!evil->vif)
			answer_blk(evil);
		else if (evil_below(&evil->rng, 2))
			answer_tx(evil);
		else
			answer_rx(evil);
	}
}

static const char *const keys[] = {
	"sectors",
	"sector-size",
	"info",
	"feature-sg",
	"multi-queue-max-queues",
	"carrier",
	"feature-max-indirect-segments",
	"max-pool-pages",
	BLK_KEY_POOL_RESIZE,
	"discard-granularity",
	"physical-sector-size",
};

static void step(struct evil_back *evil)
{
	struct evil_rng *r = &evil->rng;
	u32 n;

	switch (evil_below(r, 12)) {
	case 0 ... 6:
		answer(evil);
		notify_remote_via_irq(evil->irq);
		break;
	case 7:
		if (!evil_below(r, 8)) {
			evil->hit = true;
			evil_hit_page(r, evil->ring[evil_below(r, evil->rings)]);
		}
		break;
	case 8:
		for (n = evil_below(r, 8) ? evil_below(r, 8) : 2000; n; n--)
			notify_remote_via_irq(evil->irq);
		break;
	case 9:
		if (!evil_below(r, 8))
			evil_hit_key(r, evil->dev->nodename, keys, ARRAY_SIZE(keys));
		break;
	case 10:
		if (!evil_below(r, 64))
			xenbus_printf(XBT_NIL, evil->dev->nodename, "state", "%u",
				      evil_below(r, 10));
		break;
	default:
		usleep_range(200, 200 + 200 * evil_below(r, 50));
	}
}

/*
 * The oldest request, answered as a good one does it; what is read is what the frontend's pages
 * hold, zeros.
 */
static void answer_well(struct evil_back *evil)
{
	struct ring_shared *ring = evil->ring[0];
	void *slot = (void *)ring + RING_HEADER_BYTES + (evil->prod[0] & 31) * BLK_SLOT_BYTES_64;
	union blk_request request;
	struct blk_response *rsp = slot;

	virt_rmb(); /* the request after its number; the frontend writes them in the other order */
	request = *(union blk_request *)slot;
	rsp->id = request.rw.id;
	rsp->operation = request.operation;
	rsp->status = BLK_RSP_OKAY;
	evil->prod[0]++;
	virt_wmb(); /* the answer before its number; the frontend reads them in the other order */
	WRITE_ONCE(ring->rsp.prod, evil->prod[0]);
	notify_remote_via_irq(evil->irq);
}

static void be_silent(struct evil_back *evil)
{
	struct ring_shared *ring = evil->ring[0];

	WRITE_ONCE(ring->req.event, 1);
	while (!let_go && !kthread_should_stop()) {
		if (!evil->vif && evil->prod[0] < (u32)silent &&
		    READ_ONCE(ring->req.prod) != evil->prod[0])
			answer_well(evil);
		else
			usleep_range(1000, 2000);
	}
}

static void part(struct evil_back *evil)
{
	if (evil->irq > 0)
		unbind_from_irqhandler(evil->irq, evil);
	evil->irq = 0;
	while (evil->rings)
		xenbus_unmap_ring_vfree(evil->dev, evil->ring[--evil->rings]);
}

/*
 * The toolstack looks for InitWait, and its script for the device: where it misses them the attach
 * fails.
 */
static void wait_hotplug(struct evil_back *evil)
{
	unsigned int tries;

	for (tries = 0; tries < 100 && !kthread_should_stop(); tries++) {
		if (xenbus_exists(XBT_NIL, evil->dev->nodename, "hotplug-status"))
			return;
		msleep(50);
	}
}

static void live(struct evil_back *evil)
{
	const char *dir = evil->dev->nodename;
	unsigned int i;

	offer(evil);
	xenbus_printf(XBT_NIL, dir, "state", "%d", XenbusStateInitWait);
	wait_hotplug(evil);
	if (evil_wait_state(evil->dev->otherend,
			    1 << XenbusStateInitialised | 1 << XenbusStateConnected, 10000) &&
	    !join(evil)) {
		atomic_inc(&connected);
		tell_device(evil);
		xenbus_printf(XBT_NIL, dir, "state", "%d", XenbusStateConnected);
		if (silent >= 0)
			be_silent(evil);
		for (i = 0; silent < 0 && i < steps && !kthread_should_stop(); i++)
			step(evil);
	}
	part(evil);
	xenbus_printf(XBT_NIL, dir, "state", "%d", XenbusStateClosed);
}

static int evil_thread(void *data)
{
	struct evil_back *evil = data;

	live(evil);
	pr_info("%s: done\n", evil->dev->nodename);
	/* The toolstack waits for Closed when it takes the device away. */
	while (!kthread_should_stop()) {
		if (compat_read_driver_state(evil->dev, evil->dev->nodename) == XenbusStateClosing)
			xenbus_printf(XBT_NIL, evil->dev->nodename, "state", "%d",
				      XenbusStateClosed);
		msleep(50);
	}
	return 0;
}

static int evil_probe(struct xenbus_device *dev, const struct xenbus_device_id *id)
{
	struct evil_back *evil = kzalloc(sizeof(*evil), GFP_KERNEL);
	int err;

	if (!evil)
		return -ENOMEM;
	evil->dev = dev;
	evil->vif = !strcmp(id->devicetype, "vif");
	evil->number = atomic_inc_return(&devices);
	evil_seed(&evil->rng, seed, evil->number);
	dev_set_drvdata(&dev->dev, evil);
	evil->thread = kthread_run(evil_thread, evil, "evil-%u", evil->number);
	if (!IS_ERR(evil->thread))
		return 0;
	err = PTR_ERR(evil->thread);
	kfree(evil);
	return err;
}

static void evil_remove(struct xenbus_device *dev)
{
	struct evil_back *evil = dev_get_drvdata(&dev->dev);

	kthread_stop(evil->thread);
	part(evil);
	kfree(evil);
}

static void evil_changed(struct xenbus_device *dev, enum xenbus_state state)
{
}

static const struct xenbus_device_id evil_ids[] = {{"vif"}, {"vbd"}, {""}};

static struct xenbus_driver evil_driver = {
	.name = "shoji-evil-back",
	.ids = evil_ids,
	.probe = evil_probe,
	.remove = evil_remove,
	.otherend_changed = evil_changed,
};

static int __init evil_init(void)
{
	return xenbus_register_backend(&evil_driver);
}

static void __exit evil_exit(void)
{
	xenbus_unregister_driver(&evil_driver);
}

module_init(evil_init);
module_exit(evil_exit);
MODULE_DESCRIPTION("Shoji: a backend that breaks the protocol, for tests only");
MODULE_LICENSE("GPL");
