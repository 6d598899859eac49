/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A slot of a block ring, its pages of segments, and the rules of the device, all from the input.
 * Claim: an accepted plan stays on the device, in the pool and in its pages, and does only what the
 * rules allow.
 */
/* sources: backends/blkback/req_parse.c */
#include "../../backends/blkback/req_parse.h"
#include "common/extent.h"

#include "quiet.h"

static struct blk_rules rules_of(struct input *in)
{
	struct blk_rules rules = {
		.capacity = take(in, 8),
		.block_sectors = 1u << take(in, 1) % 4,
		.pool_bytes = (uint32_t)(take(in, 2) % (POOL_MAX_BYTES / POOL_PAGE_BYTES + 1)) *
			      POOL_PAGE_BYTES,
		.max_indirect = (uint16_t)(take(in, 2) % (BLK_MAX_INDIRECT + 1)),
	};
	uint64_t flags = take(in, 1);

	rules.writable = flags & 1;
	rules.discard = flags & 2;
	rules.secure = flags & 4;
	rules.zeroes = flags & 8;
	rules.pool_most = (uint16_t)(flags & 16 ? flags << 4 : 0);
	return rules;
}

static void check_data(const struct blk_plan *plan, const struct blk_rules *rules,
		       const struct blk_segment *seg)
{
	uint64_t sectors = 0, pages = 0;

	for (unsigned int i = 0; i < plan->nr; i++) {
		if (plan->data == BLK_DATA_POOL) {
			uint64_t begin = pool_extent_offset(plan->extent[i]),
				 end = begin + plan->extent[i].length;

			CLAIM(end <= rules->pool_bytes && plan->extent[i].length);
			pages += (end - 1) / POOL_PAGE_BYTES - begin / POOL_PAGE_BYTES + 1;
			sectors += plan->extent[i].length / 512;
		} else {
			CLAIM(seg[i].first <= seg[i].last && seg[i].last < 8);
			sectors += seg[i].last - seg[i].first + 1u;
		}
	}
	CLAIM(sectors == plan->nr_sectors && sectors && sectors <= BLK_MAX_BYTES / 512);
	CLAIM(pages <=
	      BLK_MAX_INDIRECT + 2 * BLK_SLOT_SEGMENTS); /* what the backend has room for */
}

static void check_plan(const struct blk_plan *plan, const struct blk_rules *rules,
		       const struct blk_segment *seg)
{
	CLAIM(plan->what <= BLK_DO_POOL_SIZE);
	if (plan->what == BLK_DO_POOL_SIZE) {
		CLAIM(plan->nr && plan->nr <= rules->pool_most && plan->data == BLK_DATA_NONE);
		return;
	}
	CLAIM(rules->writable || plan->what == BLK_DO_READ || plan->what == BLK_DO_FLUSH);
	CLAIM(plan->what != BLK_DO_DISCARD || rules->discard);
	CLAIM(plan->what != BLK_DO_ZEROES || rules->zeroes);
	CLAIM(!(plan->flags & BLK_PLAN_SECURE) || (rules->secure && plan->what == BLK_DO_DISCARD));
	CLAIM(!(plan->flags & BLK_PLAN_KEEP) || plan->what == BLK_DO_ZEROES);
	if (plan->what != BLK_DO_FLUSH) {
		CLAIM(plan->nr_sectors && plan->nr_sectors <= rules->capacity);
		CLAIM(plan->sector <= rules->capacity - plan->nr_sectors);
		CLAIM((plan->sector | plan->nr_sectors) % rules->block_sectors == 0);
	}
	if (plan->data != BLK_DATA_NONE)
		check_data(plan, rules, seg);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct input in = {data, size};
	struct blk_rules rules = rules_of(&in);
	bool abi32 = take(&in, 1) & 1;
	unsigned char *slot = calloc(1, abi32 ? BLK_SLOT_BYTES_32 : BLK_SLOT_BYTES_64);
	struct blk_segment *seg = calloc(BLK_MAX_INDIRECT, sizeof(*seg));
	union blk_request request;
	struct blk_plan plan;
	int rc;

	for (unsigned int i = 0; i < (abi32 ? BLK_SLOT_BYTES_32 : BLK_SLOT_BYTES_64); i++)
		slot[i] = (unsigned char)take(&in, 1);
	blk_copy_slot(&request, slot, abi32);
	rc = blk_parse(&request, &rules, &plan);
	CLAIM(plan.id == request.rw.id);
	CLAIM(!rc || plan.why);
	if (!rc && plan.data == BLK_DATA_INDIRECT) {
		CLAIM(plan.nr && plan.nr <= rules.max_indirect && plan.dir_pages * 512 >= plan.nr &&
		      plan.dir_pages <= 2);
		for (unsigned int i = 0; i < plan.nr; i++) {
			seg[i].gref = (uint32_t)take(&in, 1);
			seg[i].first = (uint8_t)take(&in, 1);
			seg[i].last = (uint8_t)(in.size ? take(&in, 1) : 7);
		}
		rc = blk_parse_segments(seg, plan.nr, &rules, &plan);
		CLAIM(!rc || plan.why);
		if (!rc)
			check_plan(&plan, &rules, seg);
	} else if (!rc) {
		check_plan(&plan, &rules, plan.seg);
	}
	free(seg);
	free(slot);
	return 0;
}
