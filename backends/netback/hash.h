/* SPDX-License-Identifier: GPL-2.0-only */
/* Which queue a packet to the guest takes, when the guest has set a hash (control ring). */
#ifndef SHOJI_NETBACK_HASH_H
#define SHOJI_NETBACK_HASH_H

#include <linux/skbuff.h>
#include <linux/types.h>

#include "hash_rules.h"

/* What the frontend has set. Never changed once published: a new one takes its place (RCU). */
struct vif_hash {
	struct rcu_head rcu;
	struct hash_rules rules;
};

struct vif;

/* Give a packet the hash of the rules that are set, if any are. BH. */
void hash_of(const struct vif *vif, struct sk_buff *skb);
/*
 * Choose the queue, below @queues, for a packet, whose hash stays in it. BH, or under
 * rcu_read_lock().
 */
unsigned int hash_queue(const struct vif_hash *hash, struct sk_buff *skb, unsigned int queues);

#endif
