/* SPDX-License-Identifier: GPL-2.0-only */
/* What the files of netback share: a vif, its queues, and each file's door. */
#ifndef SHOJI_NETBACK_H
#define SHOJI_NETBACK_H

#include <linux/netdevice.h>
#include <linux/ratelimit.h>
#include <linux/skbuff.h>
#include <linux/workqueue.h>
#include <xen/grant_table.h>
#include "common/net_events.h"
#include "common/net_offload.h"
#include "common/net_peer.h"
#include "common/net_queues.h"
#include "common/net_window.h"
#include "common/ring.h"
#include "include/xen/io/netif.h"
#include <xen/xenbus.h>

#include "hash.h"
#include "pool_table.h"
#include "tx_parse.h"

#define TX_BATCH     64  /* packets that are copied and delivered together */
#define TX_OPS       160 /* grant copies of a batch */
#define TX_OPS_MAX   48  /* of one packet: 18 pieces, 17 page boundaries, 5 fragments */
#define RX_OPS       96
#define RX_PARKED_BYTES (512 << 10) /* of parked packets, a queue */
#define RX_SLOTS_MAX 20 /* of one packet: 17 pieces and extras */

struct vif;

/*
 * Each counter has one writer: the NAPI context for tx_*, the holder of the netdev queue's lock
 * for rx_*.
 */
struct queue_stats {
	u64 tx_packets, tx_bytes, tx_dropped, tx_errors, tx_pool_copies, tx_grant_copies,
		tx_grant_calls, tx_notifies;
	u64 tx_gso_fixed, tx_polls, tx_throttled;
	u64 rx_packets ____cacheline_aligned_in_smp;
	u64 rx_bytes, rx_dropped, rx_errors, rx_pool_copies, rx_grant_copies, rx_grant_calls,
		rx_notifies;
	u64 rx_parked, rx_drained, rx_stalls;
};

/* A packet between its parsing and its delivery. */
struct tx_packet {
	struct sk_buff *skb; /* NULL: nothing to deliver */
	u32 hash;
	u16 slot, slots, extras; /* of queue.tx.slot */
	u16 op, ops;             /* of queue.tx.op */
	s16 status;              /* the answer */
	u8 hash_type, has_hash;
	struct net_offload offload;
};

/* From the guest. All of it belongs to the queue's NAPI context. */
struct queue_tx {
	struct netif_tx_ring *ring;
	u32 req_cons, rsp_prod; /* private */
	u32 rsp_published; /* rsp_prod as the frontend knows it */
	unsigned int head, tail; /* what of slot[] is not parsed yet */
	unsigned int packets, ops;
	struct page_frag pages;
	struct net_window window; /* of the event index */
	union netif_tx_slot slot[NET_RING_SIZE]; /* private copies */
	struct tx_packet packet[TX_BATCH];
	struct gnttab_copy op[TX_OPS];
};

/* To the guest. All of it is guarded by the lock of the netdev's queue of the same number. */
struct queue_rx {
	struct netif_rx_ring *ring;
	u32 req_cons, rsp_prod; /* private; rsp_prod == req_cons between packets */
	u32 rsp_told; /* up to which it was decided whether the frontend is sent an event */
	unsigned int headroom;    /* bytes that the frontend wants free before a packet, for XDP */
	bool tell_hash;           /* the frontend has set a hash: a packet that has one names it */
	bool fill_hash; /* and it is made here, since the choice of the queue did not or may not
			   have */
	u32 req_seen;             /* the producer index that was read last */
	u32 most;                 /* requests that were seen to wait at once */
	bool running;             /* connected and the netdev up */
	bool draining;            /* the guest takes nothing: what does not fit is dropped */
	bool stalled;             /* and has for so long that the carrier is off */
	struct sk_buff_head parked; /* packets that wait for slots or credit, in order */
	unsigned int parked_bytes; /* of memory; at RX_PARKED_BYTES the netdev's queue stops */
	unsigned long parked_since; /* jiffies, when the first of them came or the last was taken */
	unsigned int batched; /* packets that the end of the queue's poll will tell of */
	unsigned int ops;
	struct sk_buff_head pending; /* packets that op[] copies from */
	u32 op_slot[RX_OPS];         /* the response that an op fills */
	struct gnttab_copy op[RX_OPS];
};

struct queue {
	struct vif *vif;
	unsigned int index;
	char name[IFNAMSIZ + 12], rx_name[IFNAMSIZ + 12]; /* of the interrupts */
	struct net_events ev;
	struct pool_table __rcu *pool; /* pages mapped for good */
	struct list_head pool_parts;   /* by vif.ctrl_mutex */
	u64 pool_pages;		       /* of the frontend that are mapped */
	unsigned int pool_memory; /* pages of this domain that the parts take, by vif.ctrl_mutex */
	struct queue_stats stats;
	struct queue_tx tx ____cacheline_aligned_in_smp;
	struct queue_rx rx ____cacheline_aligned_in_smp;
};

/* A rate limit. */
struct credit {
	spinlock_t lock; /* guards all of it; taken in BH context */
	u64 bytes, left; /* of a window */
	u32 usec;        /* 0: no limit */
	u64 start;       /* ns, when the window began */
};

#define MCAST_MAX 64

struct vif {
	struct net_device *dev;
	struct xenbus_device *xdev;
	domid_t domid;
	unsigned int handle;

	/* What the frontend takes; written while disconnected. */
	struct net_peer peer;
	bool rx_notify;
	bool requeues; /* it connects anew when multi-queue-max-queues changes */

	struct net_window_limits limits; /* ethtool -C; under rtnl */

	struct net_queues queues;
	unsigned int max_queues; /* that the frontend may have; under rtnl */
	bool connected, started; /* under rtnl */

	struct ratelimit_state complaints; /* about what the guest may do again and again */
	unsigned long broken; /* bit 0: by the frontend; nothing runs until it reconnects */
	struct work_struct broken_work; /* takes the device down, in a context that may */
	struct delayed_work stall_work;

	/* Multicast list, under mcast_lock. */
	spinlock_t mcast_lock;
	bool mcast_filter;
	unsigned int mcast_count;
	u8 mcast[MCAST_MAX][ETH_ALEN];

	struct credit credit_tx, credit_rx; /* from the guest, to it */
	struct timer_list credit_timer;     /* continues the queues that ran out */

	/* Control ring. */
	struct mutex ctrl_mutex; /* guards the pool parts of all queues and what is below */
	struct netif_ctrl_ring *ctrl;
	u32 ctrl_req_cons, ctrl_rsp_prod;
	int ctrl_irq;
	bool ctrl_closing; /* the work stops at the next request */
	struct work_struct ctrl_work;
	struct vif_hash __rcu *hash; /* NULL: the kernel chooses the queue */
};

/* ---- params.c ---- */
extern unsigned int netback_max_queues;
extern unsigned int netback_drain_ms, netback_stall_ms;
extern unsigned int netback_poll_usecs;
extern bool netback_pool;
/* Give max_queues its value. Process context, in module_init, before the first vif. */
void netback_params_init(void);

/* ---- broken.c ---- */
/* The frontend broke the protocol: it loses the device, with one line in the log. Any context. */
void vif_break(struct vif *vif, const char *why);
static inline bool vif_is_broken(const struct vif *vif)
{
	return test_bit(0, &vif->broken);
}

/* ---- interface.c, ethtool.c: the net_device ---- */
/*
 * Make and register the network device, carrier off; it, or an ERR_PTR. Process context, without
 * rtnl.
 */
struct vif *vif_create(struct xenbus_device *xdev, domid_t domid, unsigned int handle);
/* Remove the network device of a disconnected vif. Process context, without rtnl. */
void vif_destroy(struct vif *vif);
/* Let the queues run, if the vif is connected, up and not broken; idempotent. Under rtnl. */
void vif_start_queues(struct vif *vif);
/* Let the queues run no more; idempotent. Under rtnl; sleeps. */
void vif_stop_queues(struct vif *vif);
extern const struct ethtool_ops vif_ethtool_ops;

/* ---- xenbus.c, connect.c: the control plane ---- */
/* Register with xenbus: devices are probed from here on. 0 or a negative errno. In module_init. */
int netback_xenbus_register(void);
/* Remove all devices. In module_exit; sleeps. */
void netback_xenbus_unregister(void);
/*
 * Connect a disconnected vif to what the frontend offers. 0, or a negative errno that was told
 * to the toolstack, with nothing left. From xenbus, without rtnl; sleeps.
 */
int vif_connect(struct vif *vif);
/*
 * Read how many bytes the frontend wants free before each packet. From xenbus, while connected;
 * sleeps.
 */
void vif_read_headroom(struct vif *vif);
/*
 * End the connection; idempotent. Nothing of the frontend's is mapped or bound afterwards.
 * Without rtnl; sleeps.
 */
void vif_disconnect(struct vif *vif);

/* ---- queue.c: interrupts and polling ---- */
/* Make a queue that is not connected; it, or NULL without memory. Process context; may sleep. */
struct queue *queue_create(struct vif *vif, unsigned int index);
/*
 * Map both rings and bind the event channels; one channel where the ports are equal. 0 or a
 * negative errno: queue_destroy() undoes what was done. Process context; may sleep.
 */
int queue_connect(struct queue *q, grant_ref_t tx_ref, grant_ref_t rx_ref, evtchn_port_t tx_port,
		  evtchn_port_t rx_port);
/* Let a connected queue work, and poll its ring at once. Under rtnl. */
void queue_start(struct queue *q);
/*
 * End what queue_start() began, when the stack is locked out of the netdev's queue. Under rtnl;
 * sleeps.
 */
void queue_stop(struct queue *q);
/*
 * Undo queue_create() and queue_connect() of a stopped queue, as far as they came. Without rtnl;
 * sleeps.
 */
void queue_destroy(struct queue *q);

/* ---- tx.c ---- */
/* Take up to @budget packets from the guest; returns how many. NAPI context. */
int tx_poll(struct queue *q, int budget);
/*
 * Whether the queue waits for its ring: it is not broken and no packet waits for credit. NAPI
 * context.
 */
bool tx_idle(const struct queue *q);
/*
 * Ask for an event with the next window of requests, unless a packet waits for credit. True when
 * the window is full already: poll again. NAPI context, at the end of a poll.
 */
bool tx_arm(struct queue *q);

/* ---- rx.c, stall.c ---- */
/*
 * ndo_start_xmit of the vif: send, park or drop a packet to the guest; NETDEV_TX_OK. BH, under
 * the lock of the netdev's queue.
 */
netdev_tx_t rx_start_xmit(struct sk_buff *skb, struct net_device *dev);
/*
 * Send parked packets where there is room, tell of the batch, let the stack send on. NAPI
 * context; takes the lock of the netdev's queue.
 */
void rx_resume(struct queue *q);
/* Set the packet lists of a new queue up, empty. Process context. */
void rx_init(struct queue *q);
/*
 * Send nothing any more: publish what was sent, drop what is parked. Process context; the NAPI
 * context is disabled; takes the lock of the netdev's queue.
 */
void rx_stop(struct queue *q);
/*
 * Leave @bytes free in the first page of each packet. Process context; takes the lock of the
 * netdev's queue.
 */
void rx_set_headroom(struct queue *q, unsigned int bytes);
/*
 * Tell the guest the hash of each packet that has one (@tell), and make it first (@fill).
 * Process context; takes the lock of the netdev's queue.
 */
void rx_set_hash(struct queue *q, bool tell, bool fill);
/* Drop the parked packets. BH, under the lock of the netdev's queue. */
void rx_drop_parked(struct queue *q);
/*
 * The work of vif.stall_work: look at all queues, and again while packets are parked. Process
 * context; takes the locks of the netdev's queues, then rtnl.
 */
void rx_stall_work(struct work_struct *work);

/* ---- pool.c ---- */
/*
 * Map @count pages that a private copy of the frontend's list names, for good. 0, or -EINVAL,
 * -ENOSPC, -EEXIST, -ENOMEM with nothing changed. Under vif.ctrl_mutex; sleeps.
 */
int pool_add(struct queue *q, const struct xen_netif_gref *list, unsigned int count);
/*
 * Unmap @count pages; returns how many were, and each entry's status says whether it was. Under
 * vif.ctrl_mutex; sleeps.
 */
unsigned int pool_del(struct queue *q, struct xen_netif_gref *list, unsigned int count);
/* Unmap all pages of a stopped queue. Process context; takes vif.ctrl_mutex; sleeps. */
void pool_drop(struct queue *q);
/* How many pages of a frontend a queue keeps mapped; 0: the parameter is off. Any context. */
unsigned int pool_limit(void);

/* ---- ctrl.c ---- */
/*
 * Map the control ring and bind its event channel. 0, or a negative errno with nothing left.
 * Process context; may sleep.
 */
int ctrl_connect(struct vif *vif, grant_ref_t ref, evtchn_port_t port);
/*
 * End the control ring, and forget the hash; idempotent. The queues are stopped. Without rtnl;
 * sleeps.
 */
void ctrl_disconnect(struct vif *vif);

/* ---- mcast.c, credit.c ---- */
/*
 * The frontend joins the group of address @addr, 6 bytes. False: the list is full, or the
 * address is no group's. BH; takes mcast_lock.
 */
bool mcast_add(struct vif *vif, const u8 *addr);
/* The frontend leaves the group of address @addr, which need not be there. BH; takes mcast_lock. */
void mcast_del(struct vif *vif, const u8 *addr);
/* Whether a packet to @dest, 6 bytes, is for this frontend. BH; takes mcast_lock. */
bool mcast_wanted(struct vif *vif, const u8 *dest);
/*
 * Whether a packet of @bytes may be sent now, which uses its credit. False: the timer polls the
 * queues again. BH; takes credit.lock.
 */
bool credit_take(struct vif *vif, struct credit *c, unsigned int bytes);
/* Limit both directions to @bytes in @usec microseconds; 0: no limit. Process context. */
void credit_set(struct vif *vif, u64 bytes, u32 usec);
/* The function of vif.credit_timer: a window begins, so poll all queues. Softirq. */
void credit_timeout(struct timer_list *timer);

#endif
