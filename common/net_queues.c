// SPDX-License-Identifier: GPL-2.0-only
/*
 * The queues of a network device: how they come into sight and go, and what they count together. A
 * connection has its own queues, the device outlives it: its counters never go back.
 */
#include "net_queues.h"

#include <linux/cpumask.h>
#include <linux/minmax.h>
#include <linux/netdevice.h>
#include <linux/rtnetlink.h>
#include <linux/slab.h>

#define QUEUES_DEFAULT 8u
#define QUEUES_MOST    64u

static void add_all(const struct net_queues *queues, struct rtnl_link_stats64 *sum)
{
	unsigned int i;

	for (i = 0; i < queues->nr; i++)
		queues->ops->add_stats(queues->queue[i], sum);
}

/**
 * net_queues_limit() - how many queues a device may have
 * @asked: the module's parameter; 0: as many as CPUs, QUEUES_DEFAULT at most
 *
 * Return: at most QUEUES_MOST.
 *
 * Context: any.
 */
unsigned int net_queues_limit(unsigned int asked)
{
	return min(asked ?: min(QUEUES_DEFAULT, num_online_cpus()), QUEUES_MOST);
}

/**
 * net_queues_init() - a device begins without queues
 * @queues: zeroed
 * @ops: of the driver
 *
 * Context: process, before the device is registered.
 */
void net_queues_init(struct net_queues *queues, const struct net_queues_ops *ops)
{
	spin_lock_init(&queues->lock);
	queues->ops = ops;
}

/**
 * net_queues_discard() - destroy queues that were never published
 * @queues: of the device
 * @queue: an array of them, which is freed too
 * @nr: how many
 *
 * Context: process; may sleep.
 */
void net_queues_discard(const struct net_queues *queues, struct queue **queue, unsigned int nr)
{
	unsigned int i;

	for (i = 0; i < nr; i++)
		queues->ops->destroy(queue[i]);
	kfree(queue);
}

/**
 * net_queues_publish() - make queues visible
 * @queues: of the device, which has none
 * @queue: an array of them, which belongs to @queues from here on
 * @nr: how many
 *
 * Context: process; takes rtnl, since ethtool asks for the number of queues and later for as many
 * values.
 */
void net_queues_publish(struct net_queues *queues, struct queue **queue, unsigned int nr)
{
	rtnl_lock();
	spin_lock_bh(&queues->lock);
	queues->queue = queue;
	queues->nr = nr;
	spin_unlock_bh(&queues->lock);
	rtnl_unlock();
}

/**
 * net_queues_free() - take the queues out of sight, keep what they counted, and destroy them
 * @queues: of a device that is disconnected; its queues are stopped
 *
 * Context: process; takes rtnl, and waits until no reader sees the queues.
 */
void net_queues_free(struct net_queues *queues)
{
	unsigned int nr = queues->nr;
	struct queue **queue;

	rtnl_lock();
	spin_lock_bh(&queues->lock);
	add_all(queues, &queues->gone);
	queues->nr = 0;
	spin_unlock_bh(&queues->lock);
	rtnl_unlock();
	synchronize_net();
	queue = queues->queue;
	queues->queue = NULL;
	net_queues_discard(queues, queue, nr);
}

/**
 * net_queues_sum() - what all queues have counted since the device was made
 * @queues: of the device
 * @sum: is set to it
 *
 * Context: any but hard interrupts.
 */
void net_queues_sum(struct net_queues *queues, struct rtnl_link_stats64 *sum)
{
	spin_lock_bh(&queues->lock);
	*sum = queues->gone;
	add_all(queues, sum);
	spin_unlock_bh(&queues->lock);
}
