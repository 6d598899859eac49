/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The arithmetic of shared rings, across the wrap of 2^32, and a model: two ends that only talk by
 * the ring and by events, in random order, lose nothing and never both sleep with work in the ring.
 */
/* sources: */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/extent.h"
#include "common/ring.h"

static unsigned int number, failures;

static void result(bool good, const char *claim)
{
	printf("%sok %u - %s\n", good ? "" : "not ", ++number, claim);
	failures += !good;
}

static void test_arithmetic(void)
{
	result(ring_slots(4096, 112) == 32 && ring_slots(65536, 112) == 512 &&
		       ring_slots(4096, 108) == 32 && ring_slots(4096, 12) == 256 &&
		       ring_slots(4096, 8) == 256 && ring_slots(64, 8) == 0 &&
		       ring_slots(72, 8) == 1 && ring_slots(4096, 0) == 0 && ring_slots(0, 8) == 0,
	       "a ring has the largest power of two of slots that fits");
	result(!ring_overflow(5, 5, 32) && !ring_overflow(5, 37, 32) && ring_overflow(5, 38, 32) &&
		       ring_overflow(5, 4, 32) && !ring_overflow(UINT32_MAX - 10, 3, 32) &&
		       ring_overflow(UINT32_MAX - 10, UINT32_MAX - 11, 32),
	       "a producer that is too far ahead, or behind, is seen, also across the wrap "
	       "(XSA-39)");
	result(ring_free(UINT32_MAX, UINT32_MAX, 32) == 32 &&
		       ring_free(UINT32_MAX - 15, 15, 32) == 1 &&
		       ring_free(UINT32_MAX - 15, 16, 32) == 0,
	       "free slots are counted across the wrap");
	result(ring_passed(5, 4, 5) && ring_passed(5, 4, 9) && !ring_passed(5, 5, 9) &&
		       !ring_passed(10, 4, 9) && ring_passed(0, UINT32_MAX, 2) &&
		       !ring_passed(3, UINT32_MAX, 2),
	       "an event is due when its index is passed, and then only");
	result(pool_extent_fits(pool_extent(0, 0, 4096), 4096) &&
		       !pool_extent_fits(pool_extent(0, 1, 4096), 4096) &&
		       !pool_extent_fits(pool_extent(0, 4096, 1), 4096) &&
		       !pool_extent_fits(pool_extent(0, 0, 0), 4096) &&
		       !pool_extent_fits(pool_extent(0, 4095, UINT32_MAX), 4096) &&
		       pool_extent_fits(pool_extent(15, POOL_MAX_BYTES - 1, 1), POOL_MAX_BYTES) &&
		       pool_extent_index(pool_extent(15, 7, 1)) == 15 &&
		       pool_extent_offset(pool_extent(15, 7, 1)) == 7,
	       "extents lie in their pool or are refused");
}

#define SLOTS 8u

struct world {
	struct ring_shared ring;
	uint32_t slot[SLOTS]; /* right behind the header, as in the shared page */
	/* frontend */
	uint32_t req_prod, rsp_cons, sent, received;
	/* backend */
	uint32_t req_cons, rsp_prod;
	bool front_event, back_event; /* pending for that end */
	bool front_awake, back_awake;
};

static uint32_t random_state = 12345;

static uint32_t chance(uint32_t n)
{
	random_state = random_state * 1664525 + 1013904223;
	return (random_state >> 8) % n;
}

static bool front_step(struct world *w, uint32_t total)
{
	uint32_t prod = ring_take(&w->ring.rsp);

	while (w->rsp_cons != prod) {
		uint32_t *slot = ring_slot(&w->ring, w->rsp_cons++, SLOTS, sizeof(*slot));

		if (*slot != ~w->received++)
			return false;
	}
	if (w->sent < total && chance(2)) {
		uint32_t old = w->req_prod, room = ring_free(w->rsp_cons, w->req_prod, SLOTS);

		for (uint32_t n = room ? chance(room) + 1 : 0; n && w->sent < total; n--)
			*(uint32_t *)ring_slot(&w->ring, w->req_prod++, SLOTS, 4) = w->sent++;
		if (w->req_prod != old && ring_push_notify(&w->ring.req, old, w->req_prod))
			w->back_event = true;
	} else if (w->sent == total || ring_free(w->rsp_cons, w->req_prod, SLOTS) == 0) {
		w->front_awake = ring_final_check(&w->ring.rsp, w->rsp_cons + 1);
	}
	return true;
}

static bool back_step(struct world *w)
{
	uint32_t prod = ring_take(&w->ring.req), old = w->rsp_prod;

	if (ring_overflow(w->req_cons, prod, SLOTS))
		return false;
	for (uint32_t n = chance(4); n && w->req_cons != prod; n--) {
		uint32_t request = *(uint32_t *)ring_slot(&w->ring, w->req_cons++, SLOTS, 4);

		*(uint32_t *)ring_slot(&w->ring, w->rsp_prod++, SLOTS, 4) = ~request;
	}
	ring_push(&w->ring.rsp, w->rsp_prod);
	if (w->rsp_prod != old && ring_notify(&w->ring.rsp, old, w->rsp_prod))
		w->front_event = true;
	if (w->req_cons == prod)
		w->back_awake = ring_final_check(&w->ring.req, w->req_cons + 1);
	return true;
}

/* The indices begin just before the wrap. */
static void test_model(void)
{
	const uint32_t total = 100000, start = UINT32_MAX - 5000;
	struct world *w = calloc(1, sizeof(*w));
	bool good = true;
	uint32_t idle = 0, steps;

	w->ring = (struct ring_shared){.req.prod = start, .rsp.prod = start, .req.event = start + 1,
				       .rsp.event = start + 1};
	w->req_prod = w->rsp_cons = w->req_cons = w->rsp_prod = start;
	w->front_awake = w->back_awake = true;
	for (steps = 0; good && w->received < total && idle < 2 && steps < 100 * total; steps++) {
		w->front_awake |= w->front_event;
		w->back_awake |= w->back_event;
		w->front_event = w->back_event = false;
		idle = w->front_awake || w->back_awake ? 0 : idle + 1;
		if (w->front_awake && chance(2))
			good &= front_step(w, total);
		if (w->back_awake && chance(2))
			good &= back_step(w);
	}
	result(good, "requests and responses come in order, none is lost or doubled");
	result(w->received == total, "the ends never both sleep while there is work");
	free(w);
}

int main(void)
{
	printf("1..7\n");
	test_arithmetic();
	test_model();
	return failures != 0;
}
