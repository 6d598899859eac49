// SPDX-License-Identifier: GPL-2.0-only
/*
 * What of a packet is hashed: its addresses and ports. What the frontend has set was checked then
 * (hash_rules.c).
 */
#include "hash.h"

#include <net/flow_dissector.h>

#include "netback.h"

static u32 hash_ports(struct flow_keys *flow, u8 *at)
{
	memcpy(at, &flow->ports.src, 2);
	memcpy(at + 2, &flow->ports.dst, 2);
	return 4;
}

/* The bytes that the largest of the chosen types takes; 0: none of them fits this packet. */
static unsigned int hash_input(struct flow_keys *flow, u32 flags, u8 *data)
{
	bool tcp = flow->basic.ip_proto == IPPROTO_TCP;

	if (flow->control.addr_type == FLOW_DISSECTOR_KEY_IPV4_ADDRS) {
		memcpy(data, &flow->addrs.v4addrs.src, 4);
		memcpy(data + 4, &flow->addrs.v4addrs.dst, 4);
		if (tcp && flags & XEN_NETIF_CTRL_HASH_TYPE_IPV4_TCP)
			return 8 + hash_ports(flow, data + 8);
		return flags & XEN_NETIF_CTRL_HASH_TYPE_IPV4 ? 8 : 0;
	}
	if (flow->control.addr_type == FLOW_DISSECTOR_KEY_IPV6_ADDRS) {
		memcpy(data, &flow->addrs.v6addrs.src, 16);
		memcpy(data + 16, &flow->addrs.v6addrs.dst, 16);
		if (tcp && flags & XEN_NETIF_CTRL_HASH_TYPE_IPV6_TCP)
			return 32 + hash_ports(flow, data + 32);
		return flags & XEN_NETIF_CTRL_HASH_TYPE_IPV6 ? 32 : 0;
	}
	return 0;
}

/*
 * Give @skb the hash that the rules make of it; none, where they make none. With ports in it, it is
 * one of layer 4. Under rcu_read_lock().
 */
static void hash_fill(const struct vif_hash *hash, struct sk_buff *skb)
{
	const struct hash_rules *rules = &hash->rules;
	struct flow_keys flow;
	unsigned int size = 0;
	u8 data[36];

	if (skb_flow_dissect_flow_keys(skb, &flow, FLOW_DISSECTOR_F_STOP_AT_FLOW_LABEL))
		size = hash_input(&flow, rules->flags, data);
	if (size)
		__skb_set_sw_hash(skb, hash_toeplitz(rules->key, rules->key_size, data, size),
				  size == 12 || size == 36);
	else
		skb_clear_hash(skb);
}

/**
 * hash_of() - give a packet the hash of the rules that are set, if any are
 * @vif: the device
 * @skb: the packet
 *
 * Context: BH.
 */
void hash_of(const struct vif *vif, struct sk_buff *skb)
{
	const struct vif_hash *hash = rcu_dereference_bh(vif->hash);

	if (hash)
		hash_fill(hash, skb);
}

/**
 * hash_queue() - choose the queue for a packet; its hash stays in the packet
 * @hash: the rules
 * @skb: the packet
 * @queues: how many there are
 *
 * Return: below @queues.
 *
 * Context: BH, or under rcu_read_lock(), which keeps @hash there.
 */
unsigned int hash_queue(const struct vif_hash *hash, struct sk_buff *skb, unsigned int queues)
{
	hash_fill(hash, skb);
	return hash_rules_queue(&hash->rules, skb_get_hash_raw(skb), queues);
}
