// SPDX-License-Identifier: GPL-2.0-only
/*
 * Requests of the block protocol, checked. See req_parse.h.
 *
 *  1. Nothing here reads shared memory but blk_copy_slot(), which reads each byte once.
 *  2. Sums are made of numbers that were bounded before, so that none wraps.
 *  3. A plan that is returned with 0 touches only sectors of the device and bytes of the pool.
 *
 * Pure functions; no locks.
 */
#include "req_parse.h"

#ifdef __KERNEL__
#include <linux/errno.h>
#include <linux/string.h>
#else
#include <errno.h>
#include <string.h>
#endif

#include "common/extent.h"

/* Where the fields behind the first four bytes lie in the ABIs, and how many bytes they are. */
#define ABI32_BODY	 4u
#define ABI64_BODY	 8u
#define ABI32_BODY_BYTES (BLK_SLOT_BYTES_32 - ABI32_BODY)

/**
 * blk_copy_slot() - copy a request out of the ring into the native layout
 * @to: private memory
 * @slot: the slot, in memory that the guest can change meanwhile
 * @abi32: the ring speaks x86_32-abi
 *
 * The two ABIs differ in the padding behind the first four bytes, and in nothing else: each
 * 64-bit field that follows has the same neighbours in both.
 */
void blk_copy_slot(union blk_request *to, const void *slot, bool abi32)
{
	unsigned char *bytes = (unsigned char *)to;

	if (!abi32) {
		memcpy(bytes, slot, sizeof(*to));
	} else {
		memset(bytes, 0, sizeof(*to));
		memcpy(bytes, slot, ABI32_BODY);
		memcpy(bytes + ABI64_BODY, (const unsigned char *)slot + ABI32_BODY,
		       ABI32_BODY_BYTES);
	}
	/* The compiler must not read the slot again in place of the copy; no partner. */
	__asm__ __volatile__("" : : "r"(to) : "memory");
}

/**
 * blk_encode_response() - lay a response out as the ring's ABI has it
 * @slot: where to, at least BLK_RESPONSE_BYTES_64 bytes of private memory
 * @response: all of it initialised, padding too: every byte reaches the guest
 * @abi32: the ring speaks x86_32-abi
 *
 * Return: how many bytes of @slot are to be copied into the ring.
 */
unsigned int blk_encode_response(void *slot, const struct blk_response *response, bool abi32)
{
	memcpy(slot, response, sizeof(*response));
	return abi32 ? BLK_RESPONSE_BYTES_32 : BLK_RESPONSE_BYTES_64;
}

static int refuse(struct blk_plan *plan, int err, const char *why)
{
	plan->why = why;
	return err;
}

/* The range that the plan names lies on the device and on its logical blocks. */
static int check_range(const struct blk_rules *rules, struct blk_plan *plan)
{
	uint64_t mask = rules->block_sectors - 1;

	if (plan->nr_sectors > rules->capacity || plan->sector > rules->capacity - plan->nr_sectors)
		return refuse(plan, -EINVAL, "it ends behind the end of the device");
	if ((plan->sector | plan->nr_sectors) & mask)
		return refuse(plan, -EINVAL, "it is not made of whole blocks of the device");
	return 0;
}

static int check_write(const struct blk_rules *rules, struct blk_plan *plan)
{
	if (plan->what == BLK_DO_READ || plan->what == BLK_DO_FLUSH || rules->writable)
		return 0;
	return refuse(plan, -EINVAL, "it writes to a read-only device");
}

/**
 * blk_parse_segments() - check a request's segments and add them up
 * @seg: copied segments
 * @nr: how many, at least 1
 * @rules: of the queue
 * @plan: from blk_parse(); its nr_sectors is set
 *
 * Return: 0, or -EINVAL with plan->why set.
 */
int blk_parse_segments(const struct blk_segment *seg, unsigned int nr,
		       const struct blk_rules *rules, struct blk_plan *plan)
{
	uint32_t mask = rules->block_sectors - 1;
	uint64_t sum = 0;
	unsigned int i;

	for (i = 0; i < nr; i++) {
		uint32_t length;

		if (seg[i].first > seg[i].last || seg[i].last >= BLK_PAGE_SECTORS)
			return refuse(plan, -EINVAL, "a segment leaves its page");
		length = seg[i].last - seg[i].first + 1u;
		if (length & mask)
			return refuse(plan, -EINVAL, "a segment is not made of whole blocks");
		sum += length;
	}
	plan->nr_sectors = sum;
	return check_range(rules, plan);
}

static int parse_rw(const struct blk_request_rw *rw, const struct blk_rules *rules,
		    struct blk_plan *plan)
{
	int err;

	plan->id = rw->id;
	plan->sector = rw->sector;
	switch (rw->operation) {
	case BLK_OP_READ:
		plan->what = BLK_DO_READ;
		break;
	case BLK_OP_WRITE:
		plan->what = BLK_DO_WRITE;
		break;
	case BLK_OP_WRITE_BARRIER:
		plan->what = BLK_DO_WRITE;
		plan->flags = BLK_PLAN_DRAIN | BLK_PLAN_PREFLUSH | BLK_PLAN_FUA;
		break;
	default:
		plan->what = BLK_DO_WRITE;
		plan->flags = BLK_PLAN_PREFLUSH;
	}
	if (rw->nr_segments > BLK_SLOT_SEGMENTS)
		return refuse(plan, -EINVAL, "it has more segments than a slot holds");
	if (!rw->nr_segments) {
		if (!(plan->flags & BLK_PLAN_PREFLUSH))
			return refuse(plan, -EINVAL, "it has no segment");
		plan->what = BLK_DO_FLUSH; /* where it points to means nothing */
		plan->sector = 0;
		return 0;
	}
	err = check_write(rules, plan);
	if (err)
		return err;
	plan->data = BLK_DATA_SEGMENTS;
	plan->nr = rw->nr_segments;
	memcpy(plan->seg, rw->seg, sizeof(plan->seg));
	return blk_parse_segments(plan->seg, plan->nr, rules, plan);
}

static int parse_indirect(const struct blk_request_indirect *indirect,
			  const struct blk_rules *rules, struct blk_plan *plan)
{
	plan->id = indirect->id;
	plan->sector = indirect->sector;
	plan->operation = indirect->indirect_op;
	switch (indirect->indirect_op) {
	case BLK_OP_READ:
		plan->what = BLK_DO_READ;
		break;
	case BLK_OP_WRITE:
		plan->what = BLK_DO_WRITE;
		break;
	default:
		return refuse(plan, -EOPNOTSUPP, "an indirect request reads or writes");
	}
	if (!indirect->nr_segments || indirect->nr_segments > rules->max_indirect)
		return refuse(plan, -EINVAL, "its number of indirect segments is not allowed");
	plan->data = BLK_DATA_INDIRECT;
	plan->nr = indirect->nr_segments;
	plan->dir_pages = (plan->nr + BLK_SEGMENTS_PER_PAGE - 1) / BLK_SEGMENTS_PER_PAGE;
	memcpy(plan->dir, indirect->grefs, sizeof(plan->dir));
	return check_write(rules, plan);
}

static int parse_discard(const struct blk_request_discard *discard, const struct blk_rules *rules,
			 struct blk_plan *plan)
{
	bool zeroes = discard->operation == BLK_OP_WRITE_ZEROES;
	int err;

	plan->id = discard->id;
	plan->sector = discard->sector;
	plan->nr_sectors = discard->nr_sectors;
	plan->what = zeroes ? BLK_DO_ZEROES : BLK_DO_DISCARD;
	if (zeroes ? !rules->zeroes : !rules->discard)
		return refuse(plan, -EOPNOTSUPP, "the device cannot do it");
	if (zeroes && (discard->flag & BLK_ZEROES_KEEP))
		plan->flags = BLK_PLAN_KEEP;
	if (!zeroes && (discard->flag & BLK_DISCARD_SECURE)) {
		/* A plain discard instead would leave what was to be destroyed. */
		if (!rules->secure)
			return refuse(plan, -EOPNOTSUPP, "the device cannot erase securely");
		plan->flags = BLK_PLAN_SECURE;
	}
	err = check_write(rules, plan);
	if (err)
		return err;
	if (!plan->nr_sectors)
		return refuse(plan, -EINVAL, "it names no sector");
	return check_range(rules, plan);
}

static int parse_pool(const struct blk_request_pool *pool, const struct blk_rules *rules,
		      struct blk_plan *plan)
{
	uint32_t mask = rules->block_sectors * BLK_SECTOR_BYTES - 1;
	uint64_t bytes = 0;
	unsigned int i;
	int err;

	plan->id = pool->id;
	plan->sector = pool->sector;
	if (!rules->pool_bytes)
		return refuse(plan, -EOPNOTSUPP, "this queue has no pool");
	if (pool->pool_op != BLK_OP_READ && pool->pool_op != BLK_OP_WRITE)
		return refuse(plan, -EOPNOTSUPP, "a pool request reads or writes");
	plan->what = pool->pool_op == BLK_OP_READ ? BLK_DO_READ : BLK_DO_WRITE;
	if (plan->what == BLK_DO_WRITE && (pool->flags & BLK_POOL_FUA))
		plan->flags = BLK_PLAN_FUA;
	err = check_write(rules, plan);
	if (err)
		return err;
	if (!pool->nr_extents || pool->nr_extents > BLK_SLOT_SEGMENTS)
		return refuse(plan, -EINVAL, "its number of extents is not allowed");
	for (i = 0; i < pool->nr_extents; i++) {
		struct pool_extent extent = pool->extent[i];

		if (pool_extent_index(extent) || !pool_extent_fits(extent, rules->pool_bytes))
			return refuse(plan, -EINVAL, "an extent leaves the pool");
		/* Its beginning too: a bio that ends with a page would end within a block. */
		if ((extent.length | pool_extent_offset(extent)) & mask)
			return refuse(plan, -EINVAL, "an extent is not made of whole blocks");
		bytes += extent.length;
		plan->extent[i] = extent;
	}
	if (bytes > BLK_MAX_BYTES)
		return refuse(plan, -EINVAL, "it is larger than a request may be");
	plan->data = BLK_DATA_POOL;
	plan->nr = pool->nr_extents;
	plan->nr_sectors = bytes / BLK_SECTOR_BYTES;
	return check_range(rules, plan);
}

static int parse_pool_size(const struct blk_request_pool_size *size, const struct blk_rules *rules,
			   struct blk_plan *plan)
{
	plan->what = BLK_DO_POOL_SIZE;
	if (!rules->pool_most)
		return refuse(plan, -EOPNOTSUPP, "the size of this queue's pool does not change");
	if (!size->pages || size->pages > rules->pool_most)
		return refuse(plan, -EINVAL, "a pool of that size was not announced");
	plan->nr = size->pages;
	return 0;
}

/**
 * blk_parse() - turn a copied request into a plan
 * @request: from blk_copy_slot()
 * @rules: of the queue
 * @plan: filled in; id and operation are valid for the answer in every case
 *
 * The segments of an indirect request are not checked here: the caller copies them first and then
 * calls blk_parse_segments().
 *
 * Return: 0; -EOPNOTSUPP or -EINVAL with plan->why set: answer so and do nothing.
 */
int blk_parse(const union blk_request *request, const struct blk_rules *rules,
	      struct blk_plan *plan)
{
	memset(plan, 0, sizeof(*plan));
	plan->operation = request->operation;
	plan->id = request->rw.id; /* in the same place in every kind of request */
	switch (request->operation) {
	case BLK_OP_READ:
	case BLK_OP_WRITE:
	case BLK_OP_WRITE_BARRIER:
	case BLK_OP_FLUSH:
		return parse_rw(&request->rw, rules, plan);
	case BLK_OP_INDIRECT:
		return parse_indirect(&request->indirect, rules, plan);
	case BLK_OP_DISCARD:
	case BLK_OP_WRITE_ZEROES:
		return parse_discard(&request->discard, rules, plan);
	case BLK_OP_POOL:
		return parse_pool(&request->pool, rules, plan);
	case BLK_OP_POOL_SIZE:
		return parse_pool_size(&request->pool_size, rules, plan);
	default:
		return refuse(plan, -EOPNOTSUPP, "its operation is not known");
	}
}
