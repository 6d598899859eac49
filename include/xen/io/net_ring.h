/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The shared rings of the network protocol, one page each, and their index arithmetic.
 *
 * Indices are free running 32-bit numbers; a slot is an index modulo the ring's size, a power of
 * two. The frontend produces requests, the backend consumes them and produces as many responses
 * into the slots that it has consumed, so
 *
 *     rsp_cons <= rsp_prod <= req_cons <= req_prod <= rsp_cons + size      (modulo 2^32)
 *
 * Each side keeps its own indices privately and reads one shared index of the other: an index
 * that breaks the order means a peer that breaks the protocol. "Event" indices say from which
 * index on the reader wants to be woken: a producer that moves its index past it sends an event.
 *
 * Barriers: what a slot holds is written before the index that publishes it (net_ring_publish,
 * release), and read after that index (net_ring_look, acquire). A producer writes its index, then
 * reads the event index; a consumer that goes to sleep writes the event index, then reads the
 * producer's: a full barrier between on both sides (net_ring_crossed, net_ring_arm), so that at
 * least one of them sees the other.
 */
#ifndef SHOJI_XEN_IO_NET_RING_H
#define SHOJI_XEN_IO_NET_RING_H

#include <xen/io/netif.h>

#define NET_RING_SIZE  256 /* slots of a tx or rx ring: 64 + 256 * 12 or 8 bytes */
#define NET_RING_MASK  (NET_RING_SIZE - 1)
#define CTRL_RING_SIZE 128 /* 64 + 128 * 16 bytes */

/* The beginning of every ring's page. */
struct net_ring_head {
	uint32_t req_prod, req_event;
	uint32_t rsp_prod, rsp_event;
	uint8_t pad[48];
};

struct netif_tx_ring {
	struct net_ring_head head;
	union netif_tx_slot slot[NET_RING_SIZE];
};

struct netif_rx_ring {
	struct net_ring_head head;
	union netif_rx_slot slot[NET_RING_SIZE];
};

struct netif_ctrl_ring {
	struct net_ring_head head;
	union netif_ctrl_slot slot[CTRL_RING_SIZE];
};

/* How many slots lie between two indices. */
static inline uint32_t net_ring_distance(uint32_t from, uint32_t to)
{
	return to - from;
}

/* Do @count entries from @offset on lie within @size? No sum that could wrap. */
static inline int net_range_fits(uint32_t offset, uint32_t count, uint32_t size)
{
	return count <= size && offset <= size - count;
}

/*
 * Does a producer that moves from @old to @value pass the index at which the other side wants an
 * event?
 */
static inline int net_ring_passed(uint32_t event, uint32_t old, uint32_t value)
{
	return value - event < value - old;
}

#ifdef __KERNEL__
#include <asm/barrier.h>
#include <linux/compiler.h>

/*
 * The other side's index, with all that it publishes. Partner: net_ring_publish of the other
 * side.
 */
static inline uint32_t net_ring_look(const uint32_t *index)
{
	uint32_t value = READ_ONCE(*index);

	virt_rmb(); /* the slots are read after the index that publishes them */
	return value;
}

/* Publish the slots before @value. Partner: net_ring_look of the other side. */
static inline void net_ring_publish(uint32_t *index, uint32_t value)
{
	virt_wmb(); /* the slots are written before the index */
	WRITE_ONCE(*index, value);
}

/*
 * Publish, and say whether the other side asked to be woken for something between @old and
 * @value.
 */
static inline bool net_ring_crossed(uint32_t *index, const uint32_t *event, uint32_t old,
				    uint32_t value)
{
	net_ring_publish(index, value);
	virt_mb(); /* partner: net_ring_arm of the other side */
	return net_ring_passed(READ_ONCE(*event), old, value);
}

/*
 * Ask to be woken when the producer reaches @value; the caller looks at the producer's index
 * again afterwards.
 */
static inline void net_ring_arm(uint32_t *event, uint32_t value)
{
	WRITE_ONCE(*event, value);
	virt_mb(); /* partner: net_ring_crossed of the other side */
}
#endif

#endif
