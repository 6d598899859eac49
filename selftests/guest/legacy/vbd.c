// SPDX-License-Identifier: GPL-2.0-only
/* A disk, xvda: one block is read, another written. */
#include <xen/io/blkif.h>
#include <xen/io/xenbus.h>

#include "legacy.h"

#define DIR   "device/vbd/51712"
#define SLOTS 32u

struct blk_ring {
	struct ring_shared head;
	union {
		struct blk_request_rw req;
		struct blk_response rsp;
	} slot[SLOTS];
};

static volatile struct blk_ring *ring;
static uint32_t port, taken;

static bool answered(void *arg)
{
	(void)arg;
	return __atomic_load_n(&ring->head.rsp.prod, __ATOMIC_SEQ_CST) != taken;
}

/* One request for the page at a sector; its status. */
static int transfer(uint8_t operation, uint64_t sector, uint32_t gref)
{
	uint32_t prod = ring->head.req.prod;
	volatile struct blk_request_rw *r = &ring->slot[prod % SLOTS].req;
	volatile struct blk_response *a = &ring->slot[taken % SLOTS].rsp;

	r->operation = operation;
	r->nr_segments = 1;
	r->handle = 51712;
	r->id = sector + 7;
	r->sector = sector;
	r->seg[0].gref = gref;
	r->seg[0].first = 0;
	r->seg[0].last = 7;
	ring->head.rsp.event = taken + 1;
	__atomic_store_n(&ring->head.req.prod, prod + 1, __ATOMIC_SEQ_CST);
	notify(port);
	if (!wait_for(answered, NULL, 30))
		return -99;
	taken++;
	return a->id == sector + 7 && a->operation == operation ? a->status : -98;
}

static void connect(void)
{
	ring = page_new();
	port = port_for_dom0();
	ring->head.req.event = ring->head.rsp.event = 1;
	claim("vbd: the backend waits", backend_reaches(DIR, XENBUS_INIT_WAIT));
	store_put_number(DIR, "ring-ref", grant_page_of((void *)ring, false));
	store_put_number(DIR, "event-channel", port);
	store_put(DIR, "protocol", BLK_PROTO_64);
	store_put_number(DIR, "state", XENBUS_INITIALISED);
	claim("vbd: the backend connects", backend_reaches(DIR, XENBUS_CONNECTED));
	store_put_number(DIR, "state", XENBUS_CONNECTED);
}

void vbd_run(void)
{
	static const char text[] = "written by the legacy kernel\n";
	char backend[96], *page;
	uint32_t gref;

	if (!store_get(DIR, "backend", backend, sizeof(backend)))
		return;
	connect();
	claim("vbd: it tells the disk's size", store_number(backend, "sectors") >= 16);
	page = page_new();
	gref = grant_page_of(page, false);
	claim("vbd: a block is read", transfer(BLK_OP_READ, 0, gref) == BLK_RSP_OKAY);
	note("disk", page, 80);
	memset(page, 0, PAGE_SIZE);
	memcpy(page, text, sizeof(text) - 1);
	claim("vbd: a block is written", transfer(BLK_OP_WRITE, 8, gref) == BLK_RSP_OKAY);
	claim("vbd: an event came for it", event_count[port] > 0);
	claim("vbd: a block beyond the disk is refused",
	      transfer(BLK_OP_READ, 1UL << 40, gref) == BLK_RSP_ERROR);
}
