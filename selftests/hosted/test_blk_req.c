/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Claim: blkback's request parser accepts the requests of a stock frontend and of ours, refuses
 * those of a hostile one, and uses the layouts of libxen-dev.
 */
/* sources: backends/blkback/req_parse.c selftests/hosted/blk_reference.c */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../../backends/blkback/req_parse.h"
#include "common/extent.h"
#include "blk_reference.h"

static unsigned int number, failures;

static void result(bool good, const char *claim)
{
	printf("%sok %u - %s\n", good ? "" : "not ", ++number, claim);
	failures += !good;
}

static const struct blk_rules disk = {
	.capacity = 1000,
	.block_sectors = 1,
	.pool_bytes = 64 * POOL_PAGE_BYTES,
	.pool_most = 4096,
	.max_indirect = BLK_MAX_INDIRECT,
	.writable = true,
	.discard = true,
	.secure = true,
	.zeroes = true,
};
static struct blk_plan plan;

static union blk_request rw(uint8_t operation, uint8_t nr, uint64_t sector)
{
	union blk_request request;

	memset(&request, 0, sizeof(request));
	request.rw.operation = operation;
	request.rw.nr_segments = nr;
	request.rw.id = 77;
	request.rw.sector = sector;
	for (unsigned int i = 0; i < BLK_SLOT_SEGMENTS; i++) {
		request.rw.seg[i].gref = 100 + i;
		request.rw.seg[i].last = 7;
	}
	return request;
}

static int parse(union blk_request request)
{
	return blk_parse(&request, &disk, &plan);
}

static int parse_by(union blk_request request, struct blk_rules rules)
{
	return blk_parse(&request, &rules, &plan);
}

static void test_layout(void)
{
	/* clang-format off */
	const size_t ours[] = {
		sizeof(union blk_request), offsetof(struct blk_request_rw, id),
		offsetof(struct blk_request_rw, sector), offsetof(struct blk_request_rw, seg),
		sizeof(struct blk_segment), offsetof(struct blk_segment, first),
		offsetof(struct blk_segment, last),
		offsetof(struct blk_request_discard, nr_sectors),
		offsetof(struct blk_request_discard, flag),
		offsetof(struct blk_request_indirect, nr_segments),
		offsetof(struct blk_request_indirect, id),
		offsetof(struct blk_request_indirect, sector),
		offsetof(struct blk_request_indirect, handle),
		offsetof(struct blk_request_indirect, grefs),
		sizeof(struct blk_response), offsetof(struct blk_response, operation),
		offsetof(struct blk_response, status),
		RING_HEADER_BYTES, offsetof(struct ring_shared, req.event),
		offsetof(struct ring_shared, rsp.prod), offsetof(struct ring_shared, rsp.event),
		32, 512,
		BLK_OP_READ, BLK_OP_WRITE, BLK_OP_WRITE_BARRIER, BLK_OP_FLUSH,
		BLK_OP_DISCARD, BLK_OP_INDIRECT, BLK_SLOT_SEGMENTS,
		BLK_MAX_INDIRECT_PAGES, BLK_VDISK_CDROM, BLK_VDISK_REMOVABLE, BLK_VDISK_READONLY,
	};
	/* clang-format on */
	bool same = sizeof(ours) / sizeof(ours[0]) == blk_reference_count;

	for (unsigned int i = 0; same && i < blk_reference_count; i++) {
		if (ours[i] == blk_reference[i])
			continue;
		printf("# number %u: ours %zu, libxen-dev %zu\n", i, ours[i], blk_reference[i]);
		same = false;
	}
	result(same, "the layouts and constants are those of libxen-dev");
}

static void test_rw(void)
{
	union blk_request r = rw(BLK_OP_READ, 2, 8);

	result(!parse(r) && plan.what == BLK_DO_READ && plan.data == BLK_DATA_SEGMENTS &&
		       plan.nr == 2 && plan.nr_sectors == 16 && plan.sector == 8 && plan.id == 77 &&
		       plan.seg[1].gref == 101 && !plan.flags,
	       "a read of two pages is planned as such");
	result(!parse(rw(BLK_OP_WRITE, 11, 0)) && plan.what == BLK_DO_WRITE &&
		       plan.nr_sectors == 88,
	       "a write of a full slot is planned as such");
	result(!parse(rw(BLK_OP_WRITE_BARRIER, 1, 0)) &&
	       plan.flags == (BLK_PLAN_DRAIN | BLK_PLAN_PREFLUSH | BLK_PLAN_FUA),
	       "a barrier drains, flushes and forces its own data out");
	result(!parse(rw(BLK_OP_FLUSH, 0, UINT64_MAX)) && plan.what == BLK_DO_FLUSH &&
		       plan.data == BLK_DATA_NONE,
	       "a flush needs no data, and where it points to does not matter");
	result(!parse(rw(BLK_OP_WRITE_BARRIER, 0, 0)) && plan.what == BLK_DO_FLUSH &&
	       (plan.flags & BLK_PLAN_DRAIN), "an empty barrier is a flush that drains");
	result(parse(rw(BLK_OP_READ, 0, 0)) == -EINVAL && parse(rw(BLK_OP_WRITE, 0, 0)) == -EINVAL,
	       "a read or write without data is refused");
	result(parse(rw(BLK_OP_READ, 12, 0)) == -EINVAL &&
		       parse(rw(BLK_OP_READ, 255, 0)) == -EINVAL,
	       "more segments than a slot holds are refused (XSA-155: the count is that of the "
	       "copy)");
	r.rw.seg[1].first = 5;
	r.rw.seg[1].last = 4;
	result(parse(r) == -EINVAL, "a segment that ends before it begins is refused");
	r.rw.seg[1].first = 0;
	r.rw.seg[1].last = 8;
	result(parse(r) == -EINVAL, "a segment that leaves its page is refused");
	result(parse(rw(4, 1, 0)) == -EOPNOTSUPP && parse(rw(7, 1, 0)) == -EOPNOTSUPP &&
	       parse(rw(255, 1, 0)) == -EOPNOTSUPP && plan.id == 77 && plan.operation == 255,
	       "an unknown operation is answered with its id and number");
}

static void test_range(void)
{
	struct blk_rules empty = disk, big = disk, block4k = disk;
	union blk_request r;

	empty.capacity = 0;
	big.capacity = UINT64_MAX;
	block4k.block_sectors = 8;
	result(!parse(rw(BLK_OP_READ, 1, 992)) && parse(rw(BLK_OP_READ, 1, 993)) == -EINVAL,
	       "the last sector can be read, the one behind it not");
	result(parse(rw(BLK_OP_WRITE, 1, UINT64_MAX)) == -EINVAL &&
		       parse(rw(BLK_OP_WRITE, 1, UINT64_MAX - 7)) == -EINVAL &&
		       parse_by(rw(BLK_OP_WRITE, 1, UINT64_MAX - 8), big) == 0 &&
		       parse_by(rw(BLK_OP_WRITE, 1, UINT64_MAX - 7), big) == -EINVAL,
	       "no sum wraps at 2^64");
	result(parse_by(rw(BLK_OP_READ, 1, 0), empty) == -EINVAL,
	       "a device without a size gives nothing");
	result(parse_by(rw(BLK_OP_READ, 1, 4), block4k) == -EINVAL &&
		       !parse_by(rw(BLK_OP_READ, 1, 8), block4k),
	       "with 4 KiB blocks a request begins at one");
	r = rw(BLK_OP_WRITE, 2, 8);
	r.rw.seg[0].last = 3;
	r.rw.seg[1].first = 4;
	result(parse_by(r, block4k) == -EINVAL, "and each segment is made of whole ones");
}

static void test_read_only(void)
{
	struct blk_rules locked = disk;
	union blk_request pool = rw(BLK_OP_POOL, 1, 0);

	locked.writable = false;
	locked.discard = false;
	locked.zeroes = false;
	pool.pool.pool_op = BLK_OP_WRITE;
	pool.pool.extent[0] = pool_extent(0, 0, 4096);
	result(parse_by(rw(BLK_OP_WRITE, 1, 0), locked) == -EINVAL &&
		       parse_by(rw(BLK_OP_WRITE_BARRIER, 1, 0), locked) == -EINVAL &&
		       parse_by(rw(BLK_OP_FLUSH, 1, 0), locked) == -EINVAL &&
		       parse_by(pool, locked) == -EINVAL &&
		       parse_by(rw(BLK_OP_DISCARD, 0, 0), locked) == -EOPNOTSUPP &&
		       parse_by(rw(BLK_OP_WRITE_ZEROES, 0, 0), locked) == -EOPNOTSUPP,
	       "a read-only device is written in no way (XSA-142, XSA-266)");
	locked.discard = true;
	locked.zeroes = true;
	result(parse_by(rw(BLK_OP_DISCARD, 0, 0), locked) == -EINVAL &&
		       parse_by(rw(BLK_OP_WRITE_ZEROES, 0, 0), locked) == -EINVAL,
	       "nor where discard was offered by mistake");
	result(!parse_by(rw(BLK_OP_READ, 1, 0), locked) &&
		       !parse_by(rw(BLK_OP_FLUSH, 0, 0), locked),
	       "it is read and flushed");
}

static union blk_request indirect(uint8_t operation, uint16_t nr)
{
	union blk_request r = rw(BLK_OP_INDIRECT, 0, 16);

	r.indirect.indirect_op = operation;
	r.indirect.nr_segments = nr;
	r.indirect.id = 5;
	r.indirect.sector = 16;
	for (uint32_t i = 0; i < BLK_MAX_INDIRECT_PAGES; i++)
		r.indirect.grefs[i] = 200 + i;
	return r;
}

static void test_indirect(void)
{
	struct blk_segment *seg = calloc(BLK_MAX_INDIRECT, sizeof(*seg));
	struct blk_rules large = disk, none = disk;
	unsigned int i;

	large.capacity = 1 << 20;
	none.max_indirect = 0;
	for (i = 0; i < BLK_MAX_INDIRECT; i++)
		seg[i].last = 7;
	result(!parse_by(indirect(BLK_OP_READ, 1024), large) && plan.data == BLK_DATA_INDIRECT &&
		       plan.dir_pages == 2 && plan.dir[1] == 201 && plan.operation == BLK_OP_READ &&
		       plan.id == 5 && !blk_parse_segments(seg, 1024, &large, &plan) &&
		       plan.nr_sectors == 8192,
	       "an indirect read of 4 MiB names two pages of segments");
	result(!parse(indirect(BLK_OP_WRITE, 512)) && plan.dir_pages == 1 &&
		       !parse(indirect(BLK_OP_WRITE, 513)) && plan.dir_pages == 2,
	       "513 segments need a second page");
	result(parse(indirect(BLK_OP_READ, 0)) == -EINVAL &&
		       parse(indirect(BLK_OP_READ, 1025)) == -EINVAL &&
		       parse(indirect(BLK_OP_READ, 65535)) == -EINVAL &&
		       parse_by(indirect(BLK_OP_READ, 1), none) == -EINVAL,
	       "as many indirect segments as were offered, no more");
	result(parse(indirect(BLK_OP_FLUSH, 1)) == -EOPNOTSUPP &&
		       parse(indirect(BLK_OP_INDIRECT, 1)) == -EOPNOTSUPP &&
		       parse(indirect(BLK_OP_WRITE_BARRIER, 1)) == -EOPNOTSUPP,
	       "indirect requests read or write");
	parse_by(indirect(BLK_OP_READ, 1024), large);
	seg[1023].last = 255;
	result(blk_parse_segments(seg, 1024, &large, &plan) == -EINVAL,
	       "the last segment is checked like the first");
	seg[1023].last = 7;
	large.capacity = 16 + 8191;
	result(blk_parse_segments(seg, 1024, &large, &plan) == -EINVAL,
	       "their sum stays on the device");
	free(seg);
}

static union blk_request pool(uint32_t offset, uint32_t length)
{
	union blk_request r = rw(BLK_OP_POOL, 1, 0);

	r.pool.pool_op = BLK_OP_READ;
	memset(r.pool.extent, 0, sizeof(r.pool.extent));
	r.pool.extent[0] = pool_extent(0, offset, length);
	return r;
}

static void test_pool(void)
{
	const uint32_t end = disk.pool_bytes;
	struct blk_rules none = disk, huge = disk, block4k = disk;
	union blk_request r = pool(0, 8192);
	bool refused = true;

	none.pool_bytes = 0;
	block4k.block_sectors = 8;
	huge.pool_bytes = POOL_MAX_BYTES;
	huge.capacity = UINT64_MAX;
	result(!parse(r) && plan.data == BLK_DATA_POOL && plan.what == BLK_DO_READ &&
		       plan.nr == 1 && plan.nr_sectors == 16 && !plan.flags,
	       "a pool read is planned as such");
	r.pool.flags = BLK_POOL_FUA;
	parse(r);
	refused = plan.flags == 0;
	r.pool.pool_op = BLK_OP_WRITE;
	result(refused && !parse(r) && plan.flags == BLK_PLAN_FUA, "FUA is for writes");
	result(!parse(pool(end - 4096, 4096)) && parse(pool(end - 4096, 4608)) == -EINVAL &&
	       parse(pool(end, 512)) == -EINVAL && parse(pool(end - 512, 1024)) == -EINVAL,
	       "an extent ends with the pool");
	result(parse(pool(512, UINT32_MAX - 511)) == -EINVAL &&
		       parse(pool(POOL_MAX_BYTES - 512, 1024)) == -EINVAL,
	       "no sum of offset and length wraps (XSA-155, XSA-448)");
	result(parse(pool(0, 0)) == -EINVAL && parse(pool(0, 100)) == -EINVAL &&
		       parse(pool(100, 512)) == -EINVAL,
	       "extents are whole sectors, and not empty (XSA-448)");
	result(!parse_by(pool(4096, 8192), block4k) &&
		       parse_by(pool(4096, 512), block4k) == -EINVAL &&
		       parse_by(pool(512, 8192), block4k) == -EINVAL,
	       "on a disk of 4096-byte sectors they begin and end with one");
	r = pool(0, 512);
	r.pool.extent[0] = pool_extent(1, 0, 512);
	result(parse(r) == -EINVAL, "there is one pool, number 0");
	r = pool(0, 512);
	r.pool.nr_extents = 0;
	refused = parse(r) == -EINVAL;
	r.pool.nr_extents = 12;
	result(refused && parse(r) == -EINVAL, "one to eleven extents");
	r = pool(0, BLK_MAX_BYTES);
	r.pool.nr_extents = 2;
	r.pool.extent[1] = pool_extent(0, 0, 512);
	refused = parse_by(pool(0, BLK_MAX_BYTES), huge) == 0;
	result(refused && parse_by(r, huge) == -EINVAL,
	       "4 MiB in one request, no more, pages named twice counted twice");
	result(parse_by(pool(0, 512), none) == -EOPNOTSUPP,
	       "without a pool there is no pool request");
	r = pool(0, 512);
	r.pool.pool_op = BLK_OP_FLUSH;
	result(parse(r) == -EOPNOTSUPP, "a pool request reads or writes");
}

static void test_pool_size(void)
{
	union blk_request r = rw(BLK_OP_POOL_SIZE, 0, 0);
	struct blk_rules fixed = disk;
	unsigned char slot[BLK_SLOT_BYTES_32] = {BLK_OP_POOL_SIZE};

	fixed.pool_most = 0;
	fixed.writable = false;
	r.pool_size.id = 77;
	r.pool_size.pages = 4096;
	result(!parse(r) && plan.what == BLK_DO_POOL_SIZE && plan.nr == 4096 && plan.id == 77 &&
		       plan.data == BLK_DATA_NONE && parse_by(r, fixed) == -EOPNOTSUPP,
	       "the size of a pool changes, where that was announced");
	fixed.pool_most = 4096;
	result(!parse_by(r, fixed), "also of a read-only disk's");
	r.pool_size.pages = 4097;
	result(parse(r) == -EINVAL, "to no more than was announced");
	r.pool_size.pages = 0;
	result(parse(r) == -EINVAL, "and not to none");
	r.pool_size.pages = 65536 + 8; /* 8, where only 16 bits are looked at */
	result(parse(r) == -EINVAL, "all bits of it are looked at");
	slot[4] = 9;
	slot[12] = 64;
	blk_copy_slot(&r, slot, true);
	result(!parse(r) && plan.id == 9 && plan.nr == 64, "one of the 32-bit ABI is read");
}

static void test_discard(void)
{
	union blk_request r = rw(BLK_OP_DISCARD, 0, 8);
	struct blk_rules plain = disk;

	plain.secure = false;
	plain.zeroes = false;
	r.discard.nr_sectors = 100;
	result(!parse(r) && plan.what == BLK_DO_DISCARD && plan.nr_sectors == 100 && !plan.flags,
	       "a discard is planned");
	r.discard.flag = BLK_DISCARD_SECURE;
	result(!parse(r) && plan.flags == BLK_PLAN_SECURE && parse_by(r, plain) == -EOPNOTSUPP,
	       "a secure one only where it was offered: no plain one in its place");
	r.discard.flag = 0;
	r.discard.nr_sectors = 993;
	result(parse(r) == -EINVAL, "it stays on the device");
	r.discard.nr_sectors = UINT64_MAX;
	r.discard.sector = 1;
	result(parse(r) == -EINVAL, "also where its end wraps");
	r.discard.nr_sectors = 0;
	result(parse(r) == -EINVAL, "none of nothing");
	r = rw(BLK_OP_WRITE_ZEROES, 0, 8);
	r.discard.nr_sectors = 8;
	result(!parse(r) && plan.what == BLK_DO_ZEROES && parse_by(r, plain) == -EOPNOTSUPP,
	       "zeroes are written where that was offered");
	result(!parse(r) && !plan.flags, "by a hole, where nothing else is asked for");
	r.discard.flag = BLK_ZEROES_KEEP;
	result(!parse(r) && plan.flags == BLK_PLAN_KEEP, "or so that they stay allocated");
}

static void test_abi32(void)
{
	unsigned char slot[BLK_SLOT_BYTES_32] = {BLK_OP_WRITE, 1};
	struct blk_response response;
	unsigned char out[BLK_RESPONSE_BYTES_64];
	union blk_request r;
	bool clean = true;

	slot[4] = 9;		 /* id */
	slot[12] = 16;		 /* sector */
	slot[20] = 55;		 /* the first segment's grant */
	slot[25] = 3;		 /* its last sector */
	blk_copy_slot(&r, slot, true);
	result(!parse(r) && plan.id == 9 && plan.sector == 16 && plan.seg[0].gref == 55 &&
		       plan.nr_sectors == 4,
	       "a request of the 32-bit ABI is read");
	memset(slot, 0, sizeof(slot));
	slot[0] = BLK_OP_INDIRECT;
	slot[1] = BLK_OP_READ;
	slot[2] = 3;
	slot[4] = 10;
	slot[12] = 8;
	slot[24] = 66; /* the first page of segments */
	blk_copy_slot(&r, slot, true);
	result(!parse(r) && plan.id == 10 && plan.nr == 3 && plan.sector == 8 && plan.dir[0] == 66,
	       "an indirect one too");
	memset(&response, 0, sizeof(response));
	memset(out, 0xaa, sizeof(out));
	response.id = UINT64_MAX;
	response.operation = 1;
	response.status = BLK_RSP_ERROR;
	result(blk_encode_response(out, &response, true) == 12 && out[8] == 1 && out[10] == 0xff,
	       "a response of the 32-bit ABI is 12 bytes");
	blk_encode_response(out, &response, false);
	for (unsigned int i = 12; i < 16; i++)
		clean &= !out[i];
	result(clean && !out[9], "no byte of a response comes from elsewhere (XSA-216)");
}

int main(void)
{
	printf("1..54\n");
	test_layout();
	test_rw();
	test_range();
	test_read_only();
	test_indirect();
	test_pool();
	test_pool_size();
	test_discard();
	test_abi32();
	return failures != 0;
}
