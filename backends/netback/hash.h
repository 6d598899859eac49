/* SPDX-License-Identifier: GPL-2.0-only */
/* Which queue a packet to the guest takes, when the guest has set a hash (control ring). */
#ifndef SHOJI_NETBACK_HASH_H
#define SHOJI_NETBACK_HASH_H

#include <linux/skbuff.h>
#include <linux/types.h>

#define HASH_KEY_MAX     40  /* bytes */
#define HASH_MAPPING_MAX 128 /* entries */

/* What the frontend has set. Never changed once published: a new one takes its place (RCU). */
struct vif_hash {
	struct rcu_head rcu;
	u32 algorithm, flags;       /* XEN_NETIF_CTRL_HASH_* */
	u32 key_size, mapping_size; /* bytes; entries, 0: hash modulo queues */
	u8 key[HASH_KEY_MAX];
	u32 mapping[HASH_MAPPING_MAX];
};

struct vif;

u32 hash_toeplitz(const u8 *key, unsigned int key_size, const u8 *data, unsigned int size);
unsigned int hash_queue(const struct vif_hash *hash, struct sk_buff *skb, unsigned int queues);
enum pkt_hash_types hash_pkt_type(unsigned int type);

#endif
