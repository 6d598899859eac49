/* SPDX-License-Identifier: GPL-2.0-only */
/* Sizes and offsets of the block protocol as Debian's libxen-dev has them, for test_blk_req.c. */
#include "blk_reference.h"
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#define __XEN_TOOLS__ 1
#define __XEN_INTERFACE_VERSION__ __XEN_LATEST_INTERFACE_VERSION__
#pragma GCC diagnostic ignored "-Wundef"
#include "/usr/include/xen/xen-compat.h"
#include "/usr/include/xen/xen.h"
#include "/usr/include/xen/io/blkif.h"

/* clang-format off */
const size_t blk_reference[] = {
	sizeof(struct blkif_request), offsetof(struct blkif_request, id),
	offsetof(struct blkif_request, sector_number), offsetof(struct blkif_request, seg),
	sizeof(struct blkif_request_segment), offsetof(struct blkif_request_segment, first_sect),
	offsetof(struct blkif_request_segment, last_sect),
	offsetof(struct blkif_request_discard, nr_sectors),
	offsetof(struct blkif_request_discard, flag),
	offsetof(struct blkif_request_indirect, nr_segments),
	offsetof(struct blkif_request_indirect, id),
	offsetof(struct blkif_request_indirect, sector_number),
	offsetof(struct blkif_request_indirect, handle),
	offsetof(struct blkif_request_indirect, indirect_grefs),
	sizeof(struct blkif_response), offsetof(struct blkif_response, operation),
	offsetof(struct blkif_response, status),
	offsetof(struct blkif_sring, ring), offsetof(struct blkif_sring, req_event),
	offsetof(struct blkif_sring, rsp_prod), offsetof(struct blkif_sring, rsp_event),
	__RING_SIZE((struct blkif_sring *)0, 4096), __RING_SIZE((struct blkif_sring *)0, 65536),
	BLKIF_OP_READ, BLKIF_OP_WRITE, BLKIF_OP_WRITE_BARRIER, BLKIF_OP_FLUSH_DISKCACHE,
	BLKIF_OP_DISCARD, BLKIF_OP_INDIRECT, BLKIF_MAX_SEGMENTS_PER_REQUEST,
	BLKIF_MAX_INDIRECT_PAGES_PER_REQUEST, VDISK_CDROM, VDISK_REMOVABLE, VDISK_READONLY,
};
/* clang-format on */
const unsigned int blk_reference_count = sizeof(blk_reference) / sizeof(blk_reference[0]);
