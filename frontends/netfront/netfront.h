/* SPDX-License-Identifier: GPL-2.0-only */
/* What the files of netfront share: a device, its queues, and each file's door. */
#ifndef SHOJI_NETFRONT_H
#define SHOJI_NETFRONT_H

#include <linux/netdevice.h>
#include <linux/ratelimit.h>
#include <linux/skbuff.h>
#include <linux/workqueue.h>
#include <xen/grant_table.h>
#include "common/net_events.h"
#include "common/net_peer.h"
#include "common/net_queues.h"
#include "common/net_window.h"
#include "common/ring.h"
#include "include/xen/io/netif.h"
#include <xen/xenbus.h>

#include "rss.h"
#include "rx_parse.h"

#define TX_SLOTS_MAX 20 /* of one packet: 17 pages and extras */

struct netfront;

/*
 * Each counter has one writer: the holder of the netdev queue's lock for tx_*, the NAPI context
 * for rx_*.
 */
struct queue_stats {
	u64 tx_packets, tx_bytes, tx_dropped, tx_notifies, tx_stops;
	u64 rx_packets ____cacheline_aligned_in_smp;
	u64 rx_bytes, rx_dropped, rx_errors, rx_gso_fixed, rx_hashes, rx_polls, rx_notifies;
};

/*
 * Pages that are granted to the backend as long as the queue lives, and hold nothing but packets.
 */
struct page_set {
	bool readonly;             /* for the backend */
	void *addr[NET_RING_SIZE]; /* NULL: none */
	grant_ref_t ref[NET_RING_SIZE];
};

/* To the backend. Guarded by the lock of the netdev's queue of the same number. */
struct queue_tx {
	struct netif_tx_ring *ring;
	grant_ref_t ring_ref;
	u32 req_prod, rsp_cons; /* private */
	u32 req_published; /* req_prod as the backend can see it */
	u32 req_told;      /* and up to which it was decided whether it is sent an event */
	unsigned int batched; /* packets that the end of the queue's poll will tell of */
	unsigned int free; /* ids that are free: the first of id[] */
	u16 id[NET_RING_SIZE];
	DECLARE_BITMAP(busy, NET_RING_SIZE); /* ids that the backend has */
	struct page_set pages;               /* by id */
};

/* From the backend. Belongs to the queue's NAPI context. */
struct queue_rx {
	struct netif_rx_ring *ring;
	grant_ref_t ring_ref;
	u32 rsp_read; /* responses before it are in slot[] */
	u32 rsp_cons; /* and before it done with */
	u32 req_prod; /* rsp_cons + NET_RING_SIZE: a page is offered where it came back */
	struct page_frag frags;
	struct net_window window; /* of the event index */
	union netif_rx_slot slot[NET_RING_SIZE]; /* private copies */
	struct page_set pages;                   /* by slot */
};

struct queue {
	struct netfront *nf;
	unsigned int index;
	char name[IFNAMSIZ + 12], rx_name[IFNAMSIZ + 12];
	struct net_events ev;
	evtchn_port_t tx_port, rx_port; /* the same one unless split; 0: none */
	u64 pooled; /* 1: the backend keeps the pages mapped */
	struct queue_stats stats;
	struct queue_tx tx ____cacheline_aligned_in_smp;
	struct queue_rx rx ____cacheline_aligned_in_smp;
};

#define NET_MCAST_MAX	64 /* groups that a backend keeps */
#define NETIF_KEY_MCAST "request-multicast-control"

/* What the backend was told of multicast groups. Under rtnl. */
struct net_mcast {
	struct delayed_work work;
	bool able; /* the backend chooses, and lets us change our mind */
	bool only; /* it was asked to pass on those groups only: */
	unsigned int nr;
	u8 told[NET_MCAST_MAX][ETH_ALEN];
};

struct netfront {
	struct net_device *dev;
	struct xenbus_device *xdev;
	struct net_peer peer;
	struct ratelimit_state complaints; /* about what the backend may do again and again */

	struct net_window_limits limits; /* ethtool -C; under rtnl */

	struct net_queues queues;
	unsigned int chosen;	 /* queues; fewer are there where grants or memory ran out */
	unsigned int wanted;	 /* queues, by ethtool -L; 0: as many as there can be. Under rtnl */
	unsigned int back_queues; /* as many as the backend takes */
	bool takes_line;	 /* the backend reads all queues in one line */
	bool connected, started; /* under rtnl */
	unsigned long broken; /* bit 0: by the backend */
	struct xenbus_watch carrier; /* key of the backend: is the link up? */
	struct xenbus_watch queues_key; /* key of the backend: how many it takes */
	struct xenbus_watch mtu;     /* key of the toolstack, in our own directory */
	unsigned long again;	     /* bit 0: connect anew as soon as both ends are closed */
	struct work_struct again_work;

	/* Control ring: used by offer_work alone. */
	struct netif_ctrl_ring *ctrl;
	grant_ref_t ctrl_ref;
	evtchn_port_t ctrl_port;
	int ctrl_irq;
	u32 ctrl_req_prod, ctrl_rsp_cons;
	wait_queue_head_t ctrl_wait;
	bool ctrl_closing;
	bool ctrl_asking; /* an event may come: the next one is no useless one */
	struct work_struct offer_work;
	struct net_mcast mcast;
	struct mutex rss_lock; /* guards rss */
	struct net_rss rss;
};

/* ---- params.c ---- */
extern unsigned int netfront_max_queues;
extern unsigned int netfront_poll_usecs;
extern bool netfront_split, netfront_pool;
/* Give max_queues its value. Process context, in module_init, before the first device. */
void netfront_params_init(void);
/* How many queues, 1 at least, the next connection has. Any context. */
unsigned int netfront_choose_queues(const struct netfront *nf);

/* ---- broken.c ---- */
/* The backend broke the protocol: the device stops, with one line in the log. Any context. */
void netfront_break(struct netfront *nf, const char *why);
static inline bool netfront_is_broken(const struct netfront *nf)
{
	return test_bit(0, &nf->broken);
}

/* ---- interface.c, ethtool.c ---- */
/*
 * Make and register the network device, carrier off; it, or an ERR_PTR that was told to the
 * toolstack. Process context, without rtnl.
 */
struct netfront *netfront_create(struct xenbus_device *xdev);
/* Remove the network device of a disconnected netfront. Process context, without rtnl. */
void netfront_destroy(struct netfront *nf);
/* Let the queues run, if the device is connected, up and not broken; idempotent. Under rtnl. */
void netfront_start_queues(struct netfront *nf);
/* Let the queues run no more; idempotent. Under rtnl; sleeps. */
void netfront_stop_queues(struct netfront *nf);
extern const struct ethtool_ops netfront_ethtool_ops;

/* ---- mcast.c ---- */
/* Set up, once, before the device is registered. Process context. */
void mcast_init(struct netfront *nf);
/*
 * The stack's list, or what the backend knows of it, may have changed: have the work look at it.
 * Any context; ndo_set_rx_mode.
 */
void mcast_changed(struct net_device *dev);
/*
 * The backend knows no group; with @first it is a new connection, so it passes on all. Process
 * context, under rtnl.
 */
void mcast_anew(struct netfront *nf, bool first);
/*
 * Stop the work and withdraw the key, when the device is no longer registered. Without rtnl;
 * sleeps.
 */
void mcast_end(struct netfront *nf);

/* ---- xenbus.c, connect.c ---- */
/* Register with xenbus: devices are probed from here on. 0 or a negative errno. In module_init. */
int netfront_xenbus_register(void);
/* Remove all devices. In module_exit; sleeps. */
void netfront_xenbus_unregister(void);
/*
 * Connect to the backend, which waits in InitWait; an old connection ends first. 0, or a
 * negative errno that was told to the toolstack, with nothing left. From xenbus, without rtnl;
 * sleeps.
 */
int netfront_connect(struct netfront *nf);
/*
 * Let nothing run any more, while rings and pages stay granted; idempotent. Without rtnl;
 * sleeps.
 */
void netfront_quiet(struct netfront *nf);
/* End the connection and the grants; idempotent. Without rtnl; sleeps. */
void netfront_disconnect(struct netfront *nf);
/* Whether the backend cannot know how our queues lie. Process context; sleeps. */
bool netfront_is_unread(const struct netfront *nf);
/* Close, and connect again when the backend has closed, too. Process context; sleeps. */
void netfront_connect_anew(struct netfront *nf);

/* ---- queue.c ---- */
/*
 * Make a queue: rings, granted pages, one event channel or two (@split); it, or an ERR_PTR with
 * nothing left. Process context; may sleep.
 */
struct queue *queue_create(struct netfront *nf, unsigned int index, bool split);
/* Let a queue of a connected device that is up run. Under rtnl. */
void queue_start(struct queue *q);
/*
 * End what queue_start() began, when the stack is locked out of the netdev's queue, and show the
 * backend what is in the ring. Under rtnl; sleeps.
 */
void queue_stop(struct queue *q);
/* Undo queue_create() of a stopped queue, as far as it came. Without rtnl; sleeps. */
void queue_destroy(struct queue *q);

/* ---- pages.c ---- */
/*
 * Allocate a ring's pages and grant them to @domid, for reading only with @readonly. 0, -ENOMEM,
 * or -ENOSPC without grants: then pages_destroy() is due. Process context; may sleep.
 */
int pages_create(struct page_set *set, domid_t domid, bool readonly);
/* End the grants and free the pages, as far as pages_create() came; idempotent. Process context. */
void pages_destroy(struct page_set *set);

/* ---- tx.c ---- */
/* Set a new queue up: all ids are free, and no event is wanted. Process context. */
void tx_init(struct queue *q);
/*
 * Tell the backend @extra with a request that is no packet. False when there is no room now, or
 * the device does not run. Process context; takes the lock of the netdev's queue.
 */
bool tx_command(struct queue *q, struct netif_extra_info extra);
/*
 * ndo_start_xmit: NETDEV_TX_OK, or NETDEV_TX_BUSY without room. BH or process context, under the
 * lock of the netdev's queue.
 */
netdev_tx_t tx_start_xmit(struct sk_buff *skb, struct net_device *dev);
/*
 * The end of a poll: tell the backend of the batch, and let the stack send on. NAPI context;
 * takes the lock of the netdev's queue.
 */
void tx_resume(struct queue *q);
/*
 * The stack sends no more: tell the backend of what is in the ring. Process context; takes the
 * lock of the netdev's queue.
 */
void tx_pause(struct queue *q);

/* ---- rx.c ---- */
/* Offer all pages of a new queue to the backend. Process context. */
void rx_init(struct queue *q);
/* Take up to @budget packets from the backend; returns how many. NAPI context. */
int rx_poll(struct queue *q, int budget);
/*
 * Ask for an event with the next window of responses. True when the window is full already: poll
 * again. NAPI context, at the end of a poll.
 */
bool rx_arm(struct queue *q);

/* ---- ctrl.c ---- */
/*
 * Make the control ring and its event channel. 0, or a negative errno with nothing left. Process
 * context; may sleep.
 */
int ctrl_create(struct netfront *nf);
/*
 * Ask the backend one thing and wait 10 s at most. XEN_NETIF_CTRL_STATUS_*, -ETIMEDOUT,
 * -ESHUTDOWN or -EIO. In offer_work; sleeps.
 */
int ctrl_ask(struct netfront *nf, u16 type, u32 a, u32 b, u32 c);
/*
 * Let the question that waits for its answer end, and any later one at once; idempotent. Process
 * context.
 */
void ctrl_quiet(struct netfront *nf);
/* End the control ring, after offer_work; idempotent. Process context; may sleep. */
void ctrl_destroy(struct netfront *nf);

/* ---- offer.c ---- */
/* Set up, once, before the device is registered. Process context. */
void offer_init(struct netfront *nf);
/* Schedule offer_work, if there is a control ring. Process context; the device is connected. */
void offer_begin(struct netfront *nf);
/* Cancel offer_work, after ctrl_quiet(); idempotent. Without rtnl; sleeps. */
void offer_end(struct netfront *nf);

#endif
