/* SPDX-License-Identifier: GPL-2.0-only */
/* The queues of a vif, in either half: how readers that hold no lock come to see them, and lose them. */
#ifndef SHOJI_QUEUES_H
#define SHOJI_QUEUES_H

#include <linux/netdevice.h>
#include <linux/rtnetlink.h>
#include <linux/slab.h>

struct queue;
void queue_destroy(struct queue *q); /* each half has its own */

/* Undo @n queues that nobody sees. Process context; may sleep. */
static inline void shoji_destroy_queues(struct queue **queue, unsigned int n)
{
	unsigned int i;

	for (i = 0; i < n; i++)
		queue_destroy(queue[i]);
	kfree(queue);
}

/*
 * Make @n queues visible; takes rtnl, since ethtool asks for the number of queues and later for as many values. For
 * the readers of statistics, which hold no lock, come the queues before their number.
 */
static inline void shoji_publish_queues(struct queue ***where, unsigned int *nr, struct queue **queue, unsigned int n)
{
	rtnl_lock();
	*where = queue;
	smp_store_release(nr, n); /* partner: smp_load_acquire in the get_stats64 of each half */
	rtnl_unlock();
}

/* Take them out of sight, the number first, and undo them when the last reader is through. Takes rtnl. */
static inline void shoji_free_queues(struct queue ***where, unsigned int *nr)
{
	struct queue **queue = *where;
	unsigned int n = *nr;

	rtnl_lock();
	smp_store_release(nr, 0); /* partner: as above */
	rtnl_unlock();
	synchronize_net();
	*where = NULL;
	shoji_destroy_queues(queue, n);
}

#endif
