/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The layout of a ring that two domains share: a header of 64 bytes, then slots. A slot holds a
 * request until the backend has taken it, and a response after that. The number of slots is the
 * largest power of two that fits. Indices are free-running 32-bit counters.
 *
 *                 frontend writes        backend writes
 *     requests    req.prod               req.event
 *     responses   rsp.event              rsp.prod
 *
 * An event index belongs to the consumer of its direction: the producer sends an event only when
 * its own index passes that one. Index arithmetic and barriers: common/ring.h.
 */
#ifndef SHOJI_XEN_IO_RING_H
#define SHOJI_XEN_IO_RING_H

#include "types.h"

/* One direction of a ring: two words that lie side by side in the shared header. */
struct ring_way {
	uint32_t prod;	/* entries that the producer has published */
	uint32_t event; /* "send an event when prod reaches this": the consumer's */
};

struct ring_shared {
	struct ring_way req; /* frontend to backend */
	struct ring_way rsp; /* backend to frontend */
	uint32_t rsp_taken;  /* pool ring (ABI.md 18.1): responses that the frontend took; else 0 */
	uint8_t reserved[44];
};

#define RING_HEADER_BYTES 64
#define RING_PAGE_BYTES	  4096

#endif
