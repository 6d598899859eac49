/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Index arithmetic and barriers of a shared ring (layout: include/xen/io/ring.h), for both ends and
 * for block, network and control rings, in drivers, tests and benches.
 *
 * Argument order: the ring or its direction first, then indices from old to new: cons before prod,
 * old before now.
 *
 * Rules that every user keeps:
 *  1. The index of the peer is read once (ring_take()) and checked with ring_overflow() before it
 *     is used. An impossible index means that the peer is broken: give the ring up.
 *  2. What lies in a slot is copied before it is looked at.
 *  3. Own indices are kept in private memory; the shared ones are only written.
 *
 * Each direction has a producer and a consumer; two pairs of barriers join them:
 *
 *     producer                                    consumer
 *     writes slots                                ring_take(): reads prod
 *     ring_push(): wmb, writes prod  ---------->      rmb, reads slots
 *
 *     ring_push_notify(): writes prod             ring_final_check(): writes event
 *         mb, reads event            <--------->      mb, reads prod
 *
 * In the second pair at least one side sees what the other wrote: either the producer sends the
 * event, or the consumer finds the entry and looks again instead of sleeping.
 *
 * All functions touch only the given ring; the caller serialises each end by itself.
 */
#ifndef SHOJI_COMMON_RING_H
#define SHOJI_COMMON_RING_H

#include "../include/xen/io/ring.h"

#ifdef __KERNEL__
#include <asm/barrier.h>
#include <linux/compiler.h>

/* virt_: the peer runs on another CPU even where this kernel has one only. */
#define ring_mb()	 virt_mb()
#define ring_rmb()	 virt_rmb()
#define ring_wmb()	 virt_wmb()
#define ring_read(x)	 READ_ONCE(x)
#define ring_write(x, v) WRITE_ONCE(x, v)
#else
#define ring_mb()	 __atomic_thread_fence(__ATOMIC_SEQ_CST)
#define ring_rmb()	 __atomic_thread_fence(__ATOMIC_ACQUIRE)
#define ring_wmb()	 __atomic_thread_fence(__ATOMIC_RELEASE)
#define ring_read(x)	 (*(const volatile __typeof__(x) *)&(x))
#define ring_write(x, v) (*(volatile __typeof__(x) *)&(x) = (v))
#endif

/* ---- arithmetic ---- */

/* Entries between a consumer and a producer, across the wrap of 2^32. */
static inline uint32_t ring_unconsumed(uint32_t cons, uint32_t prod)
{
	return prod - cons;
}

/* Is @prod impossible: more than @most ahead of @cons, or behind it? */
static inline bool ring_overflow(uint32_t cons, uint32_t prod, uint32_t most)
{
	return ring_unconsumed(cons, prod) > most;
}

/* Slots that a frontend may fill: @rsp_cons and @req_prod are its own indices. */
static inline uint32_t ring_free(uint32_t rsp_cons, uint32_t req_prod, uint32_t slots)
{
	return slots - ring_unconsumed(rsp_cons, req_prod);
}

/* Did a producer that went from @old to @now pass the index @event? */
static inline bool ring_passed(uint32_t event, uint32_t old, uint32_t now)
{
	return (uint32_t)(now - event) < (uint32_t)(now - old);
}

/* ---- the producer's end of a direction ---- */

/* Publish the entries before @now. Partner of the barrier: ring_take(). */
static inline void ring_push(struct ring_way *way, uint32_t now)
{
	ring_wmb(); /* slots before the producer index */
	ring_write(way->prod, now);
}

/*
 * Is an event due for the entries from @old to @now, all of them published? Partner of the barrier:
 * ring_final_check().
 */
static inline bool ring_notify(const struct ring_way *way, uint32_t old, uint32_t now)
{
	ring_mb(); /* the producer index before the event index */
	return ring_passed(ring_read(way->event), old, now);
}

/* Publish the entries from @old to @now; true when the consumer wants an event for them. */
static inline bool ring_push_notify(struct ring_way *way, uint32_t old, uint32_t now)
{
	ring_push(way, now);
	return ring_notify(way, old, now);
}

/* ---- the consumer's end of a direction ---- */

/* The peer's producer index: the entries before it may be read, once the index is checked. */
static inline uint32_t ring_take(const struct ring_way *way)
{
	uint32_t prod = ring_read(way->prod);

	ring_rmb(); /* the producer index before slots; partner: ring_push() */
	return prod;
}

/*
 * Move the event index to @event without a final check. Right only where an event index that the
 * producer has not passed, or an event that is under way, is left behind: see moderate.h.
 */
static inline void ring_set_event(struct ring_way *way, uint32_t event)
{
	ring_write(way->event, event);
}

/* Ask for an event when the producer reaches @event; true when it is there already: look again. */
static inline bool ring_final_check(struct ring_way *way, uint32_t event)
{
	ring_write(way->event, event);
	ring_mb(); /* the event index before the producer index; partner: ring_notify() */
	return (int32_t)(ring_read(way->prod) - event) >= 0;
}

/* ---- slots ---- */

/* A fresh ring: everything zero, and an event wanted for the first entry of each direction. */
static inline void ring_init(struct ring_shared *ring)
{
	ring_write(ring->req.prod, 0);
	ring_write(ring->rsp.prod, 0);
	ring_write(ring->req.event, 1);
	ring_write(ring->rsp.event, 1);
	ring_write(ring->rsp_taken, 0);
}

/* How many slots of @slot_bytes a ring of @bytes holds, a power of two; 0: there is no room. */
static inline uint32_t ring_slots(uint32_t bytes, uint32_t slot_bytes)
{
	uint32_t fit, slots = 1;

	if (!slot_bytes || bytes < RING_HEADER_BYTES + slot_bytes)
		return 0;
	fit = (bytes - RING_HEADER_BYTES) / slot_bytes;
	while (slots <= fit / 2)
		slots *= 2;
	return slots;
}

/* The address of entry @index among @slots slots of @slot_bytes behind the header. */
static inline void *ring_slot(struct ring_shared *ring, uint32_t index, uint32_t slots,
			      uint32_t slot_bytes)
{
	return (char *)ring + RING_HEADER_BYTES + (size_t)(index & (slots - 1)) * slot_bytes;
}

#endif
