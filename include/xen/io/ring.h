/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The layout of a ring that two domains share: a header of 64 bytes, then slots. A slot holds a
 * request until the backend has taken it and a response after that; the number of slots is the
 * largest power of two that fits. Indices are free-running 32-bit counters.
 *
 *     frontend writes: req_prod, rsp_event          backend writes: rsp_prod, req_event
 *
 * An event index says when its writer wants to be told: the other side sends an event only when its
 * producer passes that index. Arithmetic and barriers: ring_ops.h.
 */
#ifndef SHOJI_XEN_IO_RING_H
#define SHOJI_XEN_IO_RING_H

#include "wire.h"

struct ring_shared {
	uint32_t req_prod;  /* requests that the frontend has published */
	uint32_t req_event; /* "tell me when req_prod reaches this": the backend's wish */
	uint32_t rsp_prod;  /* responses that the backend has published */
	uint32_t rsp_event; /* the frontend's wish */
	uint8_t reserved[48];
};

#define RING_HEADER_BYTES 64
#define RING_PAGE_BYTES	  4096

#endif
