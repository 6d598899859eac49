/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The queues of a vif, in either half: how they come into sight and go, and what they count
 * together. A connection has its own queues, the device outlives it: its counters never go back.
 */
#ifndef SHOJI_QUEUES_H
#define SHOJI_QUEUES_H

#include <linux/netdevice.h>
#include <linux/rtnetlink.h>
#include <linux/slab.h>

struct queue;
void queue_destroy(struct queue *q); /* each half has its own, and of the next */
void queue_add_stats(const struct queue *q, struct rtnl_link_stats64 *sum);

/*
 * Guarded by its lock: which queues there are, for readers of statistics, which hold nothing else.
 */
struct queue_totals {
	spinlock_t lock;
	struct rtnl_link_stats64 gone; /* what queues that are destroyed had counted */
};

/* Undo @n queues that nobody sees. Process context; may sleep. */
static inline void shoji_destroy_queues(struct queue **queue, unsigned int n)
{
	unsigned int i;

	for (i = 0; i < n; i++)
		queue_destroy(queue[i]);
	kfree(queue);
}

/*
 * Make @n queues visible; takes rtnl, since ethtool asks for the number of queues and later for as
 * many values.
 */
static inline void shoji_publish_queues(struct queue_totals *totals, struct queue ***where,
					unsigned int *nr, struct queue **queue, unsigned int n)
{
	rtnl_lock();
	spin_lock_bh(&totals->lock);
	*where = queue;
	*nr = n;
	spin_unlock_bh(&totals->lock);
	rtnl_unlock();
}

static inline void shoji_add_queues(struct queue **queue, unsigned int n,
				    struct rtnl_link_stats64 *sum)
{
	unsigned int i;

	for (i = 0; i < n; i++)
		queue_add_stats(queue[i], sum);
}

/*
 * Take them out of sight, keep what they counted, and undo them when who may see them still is
 * through. Takes rtnl.
 */
static inline void shoji_free_queues(struct queue_totals *totals, struct queue ***where,
				     unsigned int *nr)
{
	struct queue **queue = *where;
	unsigned int n = *nr;

	rtnl_lock();
	spin_lock_bh(&totals->lock);
	shoji_add_queues(queue, n, &totals->gone);
	*nr = 0;
	spin_unlock_bh(&totals->lock);
	rtnl_unlock();
	synchronize_net();
	*where = NULL;
	shoji_destroy_queues(queue, n);
}

/*
 * What all queues have counted since the device was made: those there are, and those there were.
 * Any context but hard interrupts.
 */
static inline void shoji_sum_queues(struct queue_totals *totals, struct queue **const *where,
				    const unsigned int *nr, struct rtnl_link_stats64 *sum)
{
	spin_lock_bh(&totals->lock);
	*sum = totals->gone;
	shoji_add_queues(*where, *nr, sum);
	spin_unlock_bh(&totals->lock);
}

#endif
