/* SPDX-License-Identifier: GPL-2.0-only */
/* The queues of a network device, in either half. See net_queues.c. */
#ifndef SHOJI_COMMON_NET_QUEUES_H
#define SHOJI_COMMON_NET_QUEUES_H

#include <linux/if_link.h>
#include <linux/spinlock.h>

struct queue; /* the driver's */

/**
 * struct net_queues_ops - what a driver does with its queues
 * @destroy: undo a queue that is stopped and that nobody sees; process context, may sleep
 * @add_stats: add what a queue has counted; under net_queues.lock
 */
struct net_queues_ops {
	void (*destroy)(struct queue *q);
	void (*add_stats)(const struct queue *q, struct rtnl_link_stats64 *sum);
};

/**
 * struct net_queues - the queues of a device
 * @queue: @nr of them; changed under rtnl and @lock, while the device is disconnected
 * @nr: how many there are
 * @ops: of the driver
 * @lock: guards @gone; readers of statistics, which hold nothing else, see @queue and @nr under it;
 *	taken in BH context
 * @gone: what queues that are destroyed had counted
 */
struct net_queues {
	struct queue **queue;
	unsigned int nr;
	const struct net_queues_ops *ops;
	spinlock_t lock;
	struct rtnl_link_stats64 gone;
};

/* How many queues a device may have, by the module's parameter (0: by the CPUs). Any context. */
unsigned int net_queues_limit(unsigned int asked);
/* Set @queues, zeroed, up without queues. Process context, before the device is registered. */
void net_queues_init(struct net_queues *queues, const struct net_queues_ops *ops);
/* Destroy @nr queues that were never published, and free the array. May sleep. */
void net_queues_discard(const struct net_queues *queues, struct queue **queue, unsigned int nr);
/* Make @nr queues visible; the array belongs to @queues from here on. Takes rtnl. */
void net_queues_publish(struct net_queues *queues, struct queue **queue, unsigned int nr);
/*
 * Take the stopped queues out of sight, keep what they counted, and destroy them. Takes rtnl;
 * waits until no reader sees the queues.
 */
void net_queues_free(struct net_queues *queues);
/* Set @sum to what all queues have counted since the device was made. Not in hard interrupts. */
void net_queues_sum(struct net_queues *queues, struct rtnl_link_stats64 *sum);

#endif
