/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The block protocol: what stands in a ring's slots, and the xenstore keys that say what both
 * halves can do. Sectors are 512 bytes everywhere, whatever the device's logical block is, as
 * Linux's halves do it. The plain names are the kernel's and Xen's own headers'; ours begin with
 * blk_ so that both can be included.
 *
 * The first part is the public protocol. The last part is ours, used only when both halves announce
 * it: the pool ring (pool.h) and write-zeroes.
 */
#ifndef SHOJI_XEN_IO_BLKIF_H
#define SHOJI_XEN_IO_BLKIF_H

#include "pool.h"
#include "ring.h"

/* ---- operations and answers ---- */
enum blk_op {
	BLK_OP_READ = 0,
	BLK_OP_WRITE = 1,
	BLK_OP_WRITE_BARRIER = 2,
	BLK_OP_FLUSH = 3,
	BLK_OP_DISCARD = 5,
	BLK_OP_INDIRECT = 6,
	/* Ours. Far from the public numbers, which grow from below. */
	BLK_OP_POOL = 0x50,
	BLK_OP_WRITE_ZEROES = 0x51,
	BLK_OP_POOL_SIZE = 0x52,
};

#define BLK_RSP_OKAY	   0
#define BLK_RSP_ERROR	   (-1)
#define BLK_RSP_EOPNOTSUPP (-2)

#define BLK_DISCARD_SECURE 1
#define BLK_ZEROES_KEEP	   1 /* ours: what is zeroed stays allocated, no hole takes its place */

/* ---- sizes ---- */
#define BLK_SLOT_SEGMENTS      11u	  /* in a slot */
#define BLK_MAX_INDIRECT_PAGES 8u	  /* in an indirect slot */
#define BLK_SEGMENTS_PER_PAGE  512u	  /* in an indirect page */
#define BLK_MAX_INDIRECT       1024u	  /* segments that our halves use: 4 MiB a request */
#define BLK_SECTOR_BYTES       512u
#define BLK_PAGE_SECTORS       8u
#define BLK_MAX_BYTES	       (BLK_MAX_INDIRECT * POOL_PAGE_BYTES)

/* A page, or part of one: sectors first to last, both included. */
struct blk_segment {
	uint32_t gref;
	uint8_t first, last;
	uint8_t reserved[2];
};

/* ---- a slot of the native (x86-64) ABI, 112 bytes ---- */
struct blk_request_rw {
	uint8_t operation;
	uint8_t nr_segments;
	uint16_t handle;
	uint32_t reserved;
	uint64_t id;
	uint64_t sector;
	struct blk_segment seg[BLK_SLOT_SEGMENTS];
};

struct blk_request_discard {
	uint8_t operation;
	uint8_t flag; /* BLK_DISCARD_SECURE, or BLK_ZEROES_KEEP */
	uint16_t handle;
	uint32_t reserved;
	uint64_t id;
	uint64_t sector;
	uint64_t nr_sectors;
};

struct blk_request_indirect {
	uint8_t operation; /* BLK_OP_INDIRECT */
	uint8_t indirect_op;
	uint16_t nr_segments;
	uint32_t reserved;
	uint64_t id;
	uint64_t sector;
	uint16_t handle;
	uint16_t reserved2;
	uint32_t grefs[BLK_MAX_INDIRECT_PAGES];
};

#define BLK_POOL_FUA 1

/*
 * Ours: data in the queue's pool (its index is 0). A frontend that uses the pool may set its event
 * index further ahead than the next response. It writes into rsp_taken of the ring how many
 * responses it has taken, each time before it looks at the ring for the last time and waits; a
 * backend may send it an event that its index does not ask for when rsp_taken lags behind.
 * Specification: ABI.md 18.1.
 */
struct blk_request_pool {
	uint8_t operation; /* BLK_OP_POOL */
	uint8_t nr_extents;
	uint8_t pool_op; /* BLK_OP_READ or BLK_OP_WRITE */
	uint8_t flags;	 /* BLK_POOL_FUA: on stable storage before the answer; writes only */
	uint32_t reserved;
	uint64_t id;
	uint64_t sector;
	struct pool_extent extent[BLK_SLOT_SEGMENTS];
};

/*
 * Ours: the queue's pool has so many pages from here on. The backend maps those that the directory
 * names behind the ones that it has, or unmaps those that are too many, after every request before
 * this one. A size that the pool has already is no error. When it fails to grow it stays as it is.
 */
struct blk_request_pool_size {
	uint8_t operation; /* BLK_OP_POOL_SIZE */
	uint8_t reserved[7];
	uint64_t id;
	uint32_t pages; /* from 1 to what BLK_KEY_POOL_PAGES says */
};

union blk_request {
	uint8_t operation;
	struct blk_request_rw rw;
	struct blk_request_discard discard; /* and write-zeroes */
	struct blk_request_indirect indirect;
	struct blk_request_pool pool;
	struct blk_request_pool_size pool_size;
};

struct blk_response {
	uint64_t id;
	uint8_t operation;
	uint8_t reserved;
	int16_t status; /* BLK_RSP_* */
	uint32_t reserved2;
};

#define BLK_SLOT_BYTES_64     112u
#define BLK_RESPONSE_BYTES_64 16u
#define BLK_SLOT_BYTES_32     108u /* x86_32-abi: no padding before 64-bit fields */
#define BLK_RESPONSE_BYTES_32 12u

#define BLK_PROTO_64 "x86_64-abi"
#define BLK_PROTO_32 "x86_32-abi"

#define BLK_VDISK_CDROM	    1u
#define BLK_VDISK_REMOVABLE 2u
#define BLK_VDISK_READONLY  4u

/*
 * Frontend: 1 when it counts in sectors of "sector-size" bytes. Linux's halves and ours count 512
 * bytes whatever the disk's sectors are, so ours does not write it, as Linux's does not: a backend
 * that goes by it (QEMU's) would put the data elsewhere. Our backend refuses disks of larger
 * sectors to who writes it.
 */
#define BLK_KEY_LARGE_SECTORS "feature-large-sector-size"

/* ---- xenstore keys of ours, all absent with a stock peer ---- */

/* Backend: how many pages of pool it maps for a queue; absent or 0: no pool ring. */
#define BLK_KEY_POOL_MAX     "max-pool-pages"
/* Frontend, beside ring-ref: pages of this queue's pool, and the directory's grant references. */
#define BLK_KEY_POOL_PAGES   "pool-pages"
/*
 * Backend: 1 when it takes BLK_OP_POOL_SIZE. Frontend, beside pool-pages: 1 when it sends it; then
 * pool-pages is the most that the pool ever has, and it ends where the directory's first 0 stands.
 */
#define BLK_KEY_POOL_RESIZE  "feature-pool-resize"
#define BLK_KEY_POOL_DIR     "pool-dir%u"
/*
 * Backend: 1 when it reads the frontend's queues in one line. Frontend: that line, in the place of
 * all other keys of its queues, since each node of xenstore counts against the guest's quota.
 * Specification: ABI.md 18.1.
 */
#define BLK_KEY_TAKES_LINE   "feature-queue-line"
#define BLK_KEY_QUEUE_LINE   "queue-line"
#define BLK_MAX_PORT	     131071u /* of an event channel (ABI.md 10) */
/* Backend: 1 when it takes BLK_OP_WRITE_ZEROES (ABI.md 18.2). */
#define BLK_KEY_WRITE_ZEROES "feature-write-zeroes"

#endif
