// SPDX-License-Identifier: GPL-2.0-only
/*
 * From a request to bios and back to an answer.
 *
 * Everything that can be refused is refused before the first bio is built; after that only the
 * device can fail. data.c says on which pages bios are built.
 *
 * blkio_begin() runs in the queue's thread; completions run in any context.
 */
#include "blkback.h"

#include <linux/major.h>
#include <linux/ratelimit.h>

static DEFINE_RATELIMIT_STATE(refusals, 10 * HZ, 3);
static DEFINE_RATELIMIT_STATE(failures, 10 * HZ, 3);

static void refused(struct blkq *q, const struct blk_plan *plan, int err)
{
	struct xenbus_device *dev = q->back->dev;

	q->stats.errors++;
	if (__ratelimit(&refusals))
		dev_warn(&dev->dev, "domain %d: request refused, operation %u, sector %llu: %s\n",
			 dev->otherend_id, plan->operation, plan->sector, plan->why);
	blkq_answer(q, NULL, plan->id, plan->operation,
		    err == -EOPNOTSUPP ? BLK_RSP_EOPNOTSUPP : BLK_RSP_ERROR);
}

/* ---- completion ---- */

/* The last part of a request is done. */
static void done(struct blkio *io)
{
	struct blkq *q = io->q;
	unsigned long flags;

	if (io->status != BLK_RSP_OKAY)
		q->stats.errors++;
	if (io->copy && io->what == BLK_DO_READ && io->status == BLK_RSP_OKAY) {
		/* Copying needs process context. */
		spin_lock_irqsave(&q->lock, flags);
		list_add_tail(&io->link, &q->flight.copyback);
		wake_up(&q->thread.wake);
		wake_up(&q->flight.drained);
		spin_unlock_irqrestore(&q->lock, flags);
		return;
	}
	blkio_drop_copy(io);
	blkq_answer(q, io, io->id, io->operation, io->status);
}

static void part_done(struct blkio *io)
{
	if (atomic_dec_and_test(&io->parts))
		done(io);
}

/* What may be wrong with a device that failed with @err. A loop device says -EIO for all. */
static const char *hint(const struct blkback *back, int err)
{
	if (err == -ENOSPC || err == -EDQUOT)
		return ": no space is left below it";
	if (err == -EIO && back->major == LOOP_MAJOR)
		return ": its file's own file system may be full";
	return "";
}

/* It is the device, not the guest: the log says so. Of one that has gone it says more. */
static void device_failed(const struct blkio *io, blk_status_t status)
{
	static const char *const what[] = {
		[BLK_DO_READ] = "read",	      [BLK_DO_WRITE] = "write",	 [BLK_DO_FLUSH] = "flush",
		[BLK_DO_DISCARD] = "discard", [BLK_DO_ZEROES] = "zeroes",
	};
	struct blkback *back = io->q->back;
	int err = blk_status_to_errno(status);

	if (blkback_gone(back) || !__ratelimit(&failures))
		return;
	dev_warn(&back->dev->dev,
		 "domain %d: the device %u:%u failed (%s) at sector %llu: error %d%s\n",
		 back->dev->otherend_id, back->major, back->minor, what[io->what], io->sector,
		 err, io->what == BLK_DO_READ ? "" : hint(back, err));
}

static void bio_done(struct bio *bio)
{
	struct blkio *io = bio->bi_private;

	if (bio->bi_status == BLK_STS_NOTSUPP) {
		blkio_fail(io, BLK_RSP_EOPNOTSUPP);
	} else if (bio->bi_status) {
		device_failed(io, bio->bi_status);
		blkio_fail(io, BLK_RSP_ERROR);
	}
	bio_put(bio);
	if (io->what == BLK_DO_DISCARD || io->what == BLK_DO_ZEROES)
		blkq_range_done(io->q); /* the queue stays until the request is answered */
	part_done(io);
}

/* ---- submission ---- */

static void submit(struct blkio *io, struct bio *bio)
{
	bio->bi_private = io;
	bio->bi_end_io = bio_done;
	atomic_inc(&io->parts);
	submit_bio(bio);
}

static blk_opf_t opf_of(const struct blk_plan *plan)
{
	blk_opf_t opf = REQ_OP_READ;

	if (plan->what == BLK_DO_WRITE)
		opf = REQ_OP_WRITE | REQ_SYNC | REQ_IDLE;
	if (plan->flags & BLK_PLAN_FUA)
		opf |= REQ_FUA;
	return opf;
}

/* Each bio is submitted before the next is allocated: their pool cannot run dry on us. */
static void submit_vec(struct blkio *io, const struct blk_plan *plan, const struct bio_vec *vec,
		       unsigned int nr)
{
	blk_opf_t opf = opf_of(plan) | (plan->flags & BLK_PLAN_PREFLUSH ? REQ_PREFLUSH : 0);
	sector_t sector = plan->sector;
	struct bio *bio = NULL;
	unsigned int i;

	for (i = 0; i < nr; i++) {
		if (!bio) {
			bio = bio_alloc(io->q->back->backing.bdev, bio_max_segs(nr - i), opf,
					GFP_NOIO);
			bio->bi_iter.bi_sector = sector;
			opf &= ~REQ_PREFLUSH;
		}
		if (bio_add_page(bio, vec[i].bv_page, vec[i].bv_len, vec[i].bv_offset) !=
		    vec[i].bv_len) {
			submit(io, bio);
			bio = NULL;
			i--; /* an empty bio takes it */
			continue;
		}
		sector += vec[i].bv_len >> SECTOR_SHIFT;
	}
	if (bio)
		submit(io, bio);
}

static void submit_flush(struct blkio *io)
{
	struct bio *bio = bio_alloc(io->q->back->backing.bdev, 0, REQ_OP_WRITE | REQ_PREFLUSH,
				    GFP_NOIO);

	submit(io, bio);
}

/* How many sectors of such a range the device takes at a time; 0: it does not do that. */
static u32 most_at_a_time(struct block_device *bdev, const struct blk_plan *plan)
{
	u32 most = plan->flags & BLK_PLAN_SECURE      ? bdev_max_secure_erase_sectors(bdev) :
		   plan->what == BLK_DO_DISCARD ? bdev_max_discard_sectors(bdev) :
						  bdev_write_zeroes_sectors(bdev);

	return round_down(min(most, UINT_MAX >> SECTOR_SHIFT),
			  bdev_logical_block_size(bdev) >> SECTOR_SHIFT);
}

static blk_opf_t opf_of_range(const struct blk_plan *plan)
{
	if (plan->flags & BLK_PLAN_SECURE)
		return REQ_OP_SECURE_ERASE;
	if (plan->what == BLK_DO_DISCARD)
		return REQ_OP_DISCARD;
	return REQ_OP_WRITE_ZEROES | (plan->flags & BLK_PLAN_KEEP ? REQ_NOUNMAP : 0);
}

/*
 * A discard, zeroes or an erase, in pieces that the device takes at a time, so that the block layer
 * makes no more bios of one below us. The functions of the block layer that do this either wait for
 * the end, and the whole queue with them, or allocate bios without a bound.
 */
static void submit_range(struct blkio *io, const struct blk_plan *plan)
{
	struct block_device *bdev = io->q->back->backing.bdev;
	u32 granule =
		plan->what == BLK_DO_DISCARD ? bdev_discard_granularity(bdev) >> SECTOR_SHIFT : 0;
	u64 sector = plan->sector, left = plan->nr_sectors;
	u32 most = most_at_a_time(bdev, plan), sectors;

	if (!most || bdev_read_only(bdev)) {
		blkio_fail(io, most ? BLK_RSP_ERROR : BLK_RSP_EOPNOTSUPP);
		return;
	}
	for (; left; sector += sectors, left -= sectors) {
		struct bio *bio;

		blkq_take_range(io->q);
		sectors = range_piece(get_start_sect(bdev) + sector, left, most, granule);
		bio = bio_alloc(bdev, 0, opf_of_range(plan), GFP_NOIO);
		bio->bi_iter.bi_sector = sector;
		bio->bi_iter.bi_size = sectors << SECTOR_SHIFT;
		submit(io, bio);
		cond_resched();
	}
}

static void count(struct blkq *q, const struct blk_plan *plan)
{
	switch (plan->what) {
	case BLK_DO_READ:
		q->stats.rd_req++;
		q->stats.rd_sect += plan->nr_sectors;
		break;
	case BLK_DO_WRITE:
	case BLK_DO_ZEROES:
		q->stats.wr_req++;
		q->stats.wr_sect += plan->nr_sectors;
		break;
	case BLK_DO_FLUSH:
		q->stats.f_req++;
		break;
	case BLK_DO_DISCARD:
		q->stats.ds_req++;
		break;
	case BLK_DO_POOL_SIZE:
		break;
	}
}

static void submit_plan(struct blkio *io, const struct blk_plan *plan, unsigned int nr)
{
	switch (plan->what) {
	case BLK_DO_READ:
	case BLK_DO_WRITE:
		submit_vec(io, plan, io->q->data.scratch->vec, nr);
		break;
	case BLK_DO_FLUSH:
		submit_flush(io);
		break;
	case BLK_DO_DISCARD:
	case BLK_DO_ZEROES:
		submit_range(io, plan);
		break;
	case BLK_DO_POOL_SIZE:
		break;
	}
}

/* Nothing of the device: the request needs no state, and is answered at once. */
static void resize_pool(struct blkq *q, const struct blk_plan *plan)
{
	int err = blkq_resize_pool(q, plan->nr);

	if (err && __ratelimit(&refusals))
		dev_warn(&q->back->dev->dev, "domain %d: queue %u: no pool of %u pages: error %d\n",
			 q->back->dev->otherend_id, q->index, plan->nr, err);
	blkq_answer(q, NULL, plan->id, plan->operation, err ? BLK_RSP_ERROR : BLK_RSP_OKAY);
}

/**
 * blkio_begin() - carry out or refuse one request
 * @q: its queue; the caller is its thread
 * @request: a private copy
 *
 * It is answered before this returns or later, exactly once. May sleep.
 */
void blkio_begin(struct blkq *q, const union blk_request *request)
{
	struct blk_plan *plan = &q->data.scratch->plan;
	struct blkio *io;
	int nr = 0, err = blk_parse(request, &q->data.rules, plan);

	if (q->thread.gone) {
		/* The log has said it once. */
		q->stats.errors++;
		blkq_answer(q, NULL, plan->id, plan->operation, BLK_RSP_ERROR);
		return;
	}
	if (err) {
		refused(q, plan, err);
		return;
	}
	if (plan->what == BLK_DO_POOL_SIZE) {
		resize_pool(q, plan);
		return;
	}
	/* No guest makes us use more than so much memory for it. */
	if (atomic_read(&q->data.copy_pages) >= BLKBACK_MAX_COPY_PAGES) {
		q->stats.oo_req++;
		blkq_drain(q);
	}
	if (plan->flags & BLK_PLAN_DRAIN)
		blkq_drain(q);
	io = blkq_take_io(q);
	io->what = plan->what;
	io->operation = plan->operation;
	io->id = plan->id;
	io->sector = plan->sector;
	if (plan->data != BLK_DATA_NONE)
		nr = blkio_lay_out(q, io, plan);
	count(q, plan);
	if (nr < 0) {
		if (__ratelimit(&refusals))
			dev_warn(&q->back->dev->dev,
				 "domain %d: request refused, sector %llu: %s\n",
				 q->back->dev->otherend_id, plan->sector, plan->why);
		blkio_fail(io, BLK_RSP_ERROR);
	} else {
		submit_plan(io, plan, nr);
	}
	part_done(io);
	if (plan->flags & BLK_PLAN_DRAIN)
		blkq_drain(q);
}
