/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Typed index arithmetic of a shared ring, for both ends, used by drivers, tests and benches.
 *
 * Rules that every user keeps:
 *  1. An index of the peer's is read once (ring_*_prod below) and checked with ring_overflow()
 *  before
 *     it is used. An impossible one means that the peer is broken: give the ring up.
 *  2. What lies in a slot is copied before it is looked at.
 *  3. Own indices are kept in private memory; the shared ones are only written.
 *
 * Barriers come in pairs, named at each: publish (slots, then the producer) with take (the
 * producer, then slots); "wish, then look again" on one end with "publish, then look at the wish"
 * on the other. All functions are pure or touch only the given ring; the caller serialises each end
 * by itself.
 */
#ifndef SHOJI_XEN_IO_RING_OPS_H
#define SHOJI_XEN_IO_RING_OPS_H

#include "ring.h"

/* How many slots of @slot_bytes a ring of @bytes holds, a power of two; 0 when there is no room. */
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

/* Entries between a consumer and a producer, across the wrap of 2^32. */
static inline uint32_t ring_unconsumed(uint32_t prod, uint32_t cons)
{
	return prod - cons;
}

/* Is @prod impossible: more than @slots ahead of @cons, or behind it? */
static inline bool ring_overflow(uint32_t prod, uint32_t cons, uint32_t slots)
{
	return (uint32_t)(prod - cons) > slots;
}

/* Slots that the frontend may still fill: @cons is what it has consumed of the responses. */
static inline uint32_t ring_free(uint32_t req_prod, uint32_t rsp_cons, uint32_t slots)
{
	return slots - (req_prod - rsp_cons);
}

/* Did the producer, going from @old to @now, pass the index @event? */
static inline bool ring_passed(uint32_t event, uint32_t now, uint32_t old)
{
	return (uint32_t)(now - event) < (uint32_t)(now - old);
}

/* The address of entry @index among slots of @slot_bytes behind the header. */
static inline void *ring_slot(struct ring_shared *ring, uint32_t index, uint32_t slots,
			      uint32_t slot_bytes)
{
	return (char *)ring + RING_HEADER_BYTES + (size_t)(index & (slots - 1)) * slot_bytes;
}

/* ---- frontend ---- */

/* A fresh ring: everything zero but the wishes to be told of the first entry. */
static inline void ring_init(struct ring_shared *ring)
{
	wire_write(ring->req_prod, 0);
	wire_write(ring->rsp_prod, 0);
	wire_write(ring->req_event, 1);
	wire_write(ring->rsp_event, 1);
}

/* Publish requests up to @now (before: @old). True when the backend wants an event. */
static inline bool ring_push_requests(struct ring_shared *ring, uint32_t now, uint32_t old)
{
	wire_wmb(); /* slots before the producer; pairs with ring_take_requests() */
	wire_write(ring->req_prod, now);
	wire_mb(); /* the producer before the wish; pairs with ring_want_requests() */
	return ring_passed(wire_read(ring->req_event), now, old);
}

/* The backend's producer; responses before it may be read. The caller checks it. */
static inline uint32_t ring_take_responses(const struct ring_shared *ring)
{
	uint32_t prod = wire_read(ring->rsp_prod);

	wire_rmb(); /* the producer before slots; pairs with ring_show_responses() */
	return prod;
}

/* Wish for an event at response @event; true when it is there already: look again. */
static inline bool ring_want_responses(struct ring_shared *ring, uint32_t event)
{
	wire_write(ring->rsp_event, event);
	wire_mb(); /* the wish before the producer; pairs with ring_responses_wanted() */
	return (int32_t)(wire_read(ring->rsp_prod) - event) >= 0;
}

/* ---- backend ---- */

/* The frontend's producer; requests before it may be read. The caller checks it. */
static inline uint32_t ring_take_requests(const struct ring_shared *ring)
{
	uint32_t prod = wire_read(ring->req_prod);

	wire_rmb(); /* the producer before slots; pairs with ring_push_requests() */
	return prod;
}

/* Wish for an event at request @event; true when it is there already: look again. */
static inline bool ring_want_requests(struct ring_shared *ring, uint32_t event)
{
	wire_write(ring->req_event, event);
	wire_mb(); /* the wish before the producer; pairs with ring_push_requests() */
	return (int32_t)(wire_read(ring->req_prod) - event) >= 0;
}

/* Publish responses up to @now. */
static inline void ring_show_responses(struct ring_shared *ring, uint32_t now)
{
	wire_wmb(); /* slots before the producer; pairs with ring_take_responses() */
	wire_write(ring->rsp_prod, now);
}

/* Does the frontend want an event for a response from @old to @now, all of them published? */
static inline bool ring_responses_wanted(struct ring_shared *ring, uint32_t now, uint32_t old)
{
	wire_mb(); /* the producer before the wish; pairs with ring_want_responses() */
	return ring_passed(wire_read(ring->rsp_event), now, old);
}

#endif
