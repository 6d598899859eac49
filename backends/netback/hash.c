// SPDX-License-Identifier: GPL-2.0-only
/*
 * What of a packet is hashed: its addresses and ports. What the frontend has set was checked then
 * (hash_rules.c).
 */
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

/* The queue for @skb, below @queues. Under rcu_read_lock(). */
unsigned int hash_queue(const struct vif_hash *hash, struct sk_buff *skb, unsigned int queues)
{
	struct flow_keys flow;
	u8 data[36];
	u32 value = 0;
	unsigned int size;

	if (skb_flow_dissect_flow_keys(skb, &flow, FLOW_DISSECTOR_F_STOP_AT_FLOW_LABEL)) {
		size = hash_input(&flow, hash->rules.flags, data);
		if (size)
			value = hash_toeplitz(hash->rules.key, hash->rules.key_size, data, size);
	}
	return hash_rules_queue(&hash->rules, value, queues);
}

/*
 * What a hash extra's type (a bit number of XEN_NETIF_CTRL_HASH_TYPE_*) is for the network stack.
 */
enum pkt_hash_types hash_pkt_type(unsigned int type)
{
	switch (type) {
	case 0:
	case 2:
		return PKT_HASH_TYPE_L3;
	case 1:
	case 3:
		return PKT_HASH_TYPE_L4;
	default:
		return PKT_HASH_TYPE_NONE;
	}
}
