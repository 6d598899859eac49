/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Allocation of frames, for the hypervisor and for domains: the buddy allocator under its lock, the
 * books of a domain, and the way back when the last reference goes.
 *
 * Invariants:
 *  A1. d->mm.pages is the number of frames with owner d that are not FRAME_SHARED; shared_pages
 *      that of the others.
 *  A2. While pages is not 0, the domain holds a reference to itself, so that an owner pointer never
 *      dangles. A shared frame loses its owner when the hypervisor gives it up, whoever still maps
 *      it.
 *  A3. A frame that a domain gets holds zeros, and no CPU remembers an earlier mapping of it.
 *  A4. Low memory is what lies below 2^dma_bits bytes. Everyone's allocations take higher memory
 *      first. Those for a guest, whoever makes them and whatever address limit they name, leave a
 *      sixteenth of low memory to Domain-0 and to us; where no memory is higher there is no
 *      reserve, for it would be one of memory as such.
 *  A5. d->mm.claimed frames are d's although it does not have them yet: another domain's allocation
 *      leaves as many free as all others have claimed. frames_claimed is their sum. A frame that d
 *      gets takes one off its claim. The hypervisor's own allocations are not held back.
 *
 * Locking: buddy_lock guards the allocator, claims and the list of domains that are gone;
 * domain_mm.lock
 * guards pages and max_pages (shared_pages is atomic). Neither is held with the other, and nothing
 * is taken inside them. CPUs are flushed without buddy_lock, but a caller may hold plain locks
 * meanwhile; so interrupts are on.
 */
#include <hv/mm/alloc.h>
#include <hv/boot/options.h>
#include <hv/console/printk.h>
#include <hv/domain/domain.h>
#include <hv/errno.h>
#include <hv/lib/lib.h>
#include <hv/mm/directmap.h>
#include <hv/mm/frame.h>
#include <hv/mm/m2p.h>
#include <hv/mm/tlb_clock.h>

struct buddy frame_buddy;
static spinlock_t buddy_lock = SPINLOCK_INIT(RANK_BUDDY);
static uint64_t frames_claimed;	/* A5 */
static uint64_t frames_total, frames_low; /* given to the allocator; of them, in low memory (A4) */

#define RESERVE_PART 16 /* of low memory */
struct domain *mm_gone; /* domains whose last frame went: their reference is still to be dropped */

void alloc_boot_init(void *base, uint64_t frames)
{
	buddy_init(&frame_buddy, base, sizeof(struct frame), offsetof(struct frame, slot),
		   offsetof(struct frame, order), frames);
	frames_total = frames_low = 0;
}

void alloc_boot_add(uint64_t start, uint64_t end)
{
	buddy_add_range(&frame_buddy, start, end);
	frames_total += end - start;
	if (options.dma_bits) {
		uint64_t limit = UINT64_C(1) << (options.dma_bits - PAGE_SHIFT);

		frames_low += MIN(end, limit) - MIN(start, limit);
	}
}

uint64_t low_reserve(void)
{
	return frames_low < frames_total ? frames_low / RESERVE_PART : 0;
}

uint64_t free_frame_count(void)
{
	return atomic_load(&frame_buddy.free);
}

/* Caller holds buddy_lock. */
static uint64_t guest_frames(void)
{
	uint64_t kept = 0;

	if (low_reserve())
		kept = MIN(low_reserve(), buddy_free_below(&frame_buddy, options.dma_bits));
	return frame_buddy.free - kept;
}

uint64_t guest_frame_count(void)
{
	uint64_t n;

	spin_lock(&buddy_lock);
	n = guest_frames();
	spin_unlock(&buddy_lock);
	return n;
}

uint64_t claimed_frame_count(void)
{
	return atomic_load(&frames_claimed);
}

uint64_t total_frame_count(void)
{
	return frames_total;
}

/* Below which address nothing may be taken, in bits; 0: no limit. Caller holds buddy_lock. */
static unsigned int floor_of(unsigned int order, unsigned int flags)
{
	uint64_t reserve = low_reserve();

	if (!(flags & ALLOC_GUEST) || !reserve)
		return 0;
	return buddy_free_below(&frame_buddy, options.dma_bits) < reserve + (1ULL << order)
		       ? options.dma_bits
		       : 0;
}

/* Would n frames for d be others' by claim? Caller holds buddy_lock. */
static bool is_claimed(const struct domain *d, uint64_t n)
{
	uint64_t others = frames_claimed - d->mm.claimed;

	return unlikely(others) && guest_frames() < others + n;
}

/* d has got n frames. Caller holds buddy_lock. */
static void use_claim(struct domain *d, uint64_t n)
{
	n = MIN(n, d->mm.claimed);
	d->mm.claimed -= n;
	atomic_store(&frames_claimed, frames_claimed - n);
}

/* The frames as the allocator has them: no owner, no references. For d, unless it is NULL. */
static struct frame *take(struct domain *d, unsigned int order, unsigned int flags)
{
	unsigned int bits = flags >> 8;
	uint32_t first;

	spin_lock(&buddy_lock);
	if (d && is_claimed(d, 1ULL << order)) {
		spin_unlock(&buddy_lock);
		return NULL;
	}
	if ((flags & ALLOC_LOW) && !bits)
		bits = 32;
	first = buddy_alloc_above(&frame_buddy, order, bits, floor_of(order, flags));
	if (first == BUDDY_NONE && (flags & ALLOC_LOW) && !(flags >> 8))
		first = buddy_alloc(&frame_buddy, order, 0);
	if (d && first != BUDDY_NONE)
		use_claim(d, 1ULL << order);
	spin_unlock(&buddy_lock);
	return first == BUDDY_NONE ? NULL : mfn_to_frame(mfn(first));
}

static void give(struct frame *f, unsigned int order)
{
	spin_lock(&buddy_lock);
	buddy_free(&frame_buddy, (uint32_t)mfn_x(frame_to_mfn(f)), order);
	spin_unlock(&buddy_lock);
}

/* After this no CPU remembers what the frames were. */
static void settle(const struct frame *f, unsigned int order)
{
	uint64_t youngest = 0, i;
	cpumask_t cpus = {0};

	for (i = 0; i < 1ULL << order; i++) {
		youngest = MAX(youngest, f[i].stamp);
		cpus.bits |= f[i].type; /* F7 */
	}
	tlb_flush_stale(cpus, youngest);
}

int claim_frames(struct domain *d, uint64_t pages)
{
	uint64_t have = atomic_load(&d->mm.pages), n = pages - have;
	int rc = 0;

	spin_lock(&buddy_lock);
	if (!pages)
		use_claim(d, d->mm.claimed);
	else if (d->mm.claimed || pages <= have || pages > atomic_load(&d->mm.max_pages) ||
		 READ_ONCE(d->control.dying))
		rc = -EINVAL;
	else if ((d->privileged ? frame_buddy.free : guest_frames()) < frames_claimed + n)
		rc = -ENOMEM;
	if (!rc && pages) {
		d->mm.claimed = n;
		atomic_store(&frames_claimed, frames_claimed + n);
	}
	spin_unlock(&buddy_lock);
	return rc;
}

struct frame *alloc_frames(unsigned int order, unsigned int flags)
{
	struct frame *f = take(NULL, order, flags);
	uint64_t i;

	if (!f)
		return NULL;
	settle(f, order);
	for (i = 0; i < 1ULL << order; i++) {
		f[i].type = 0;
		f[i].flags = FRAME_RAM | FRAME_HV;
		f[i].owner = NULL;
		atomic_store_release(&f[i].refs, 1);
	}
	if (flags & ALLOC_ZERO)
		memset(mfn_to_virt(frame_to_mfn(f)), 0, PAGE_SIZE << order);
	return f;
}

void free_frames(struct frame *f, unsigned int order)
{
	uint64_t i;

	/*
	 * One by one: a guest may ask for any frame at any time, and get_page() counts it in for
	 * the moment until it sees whose the frame is. Who counts down last gives the frame back.
	 */
	for (i = 0; i < 1ULL << order; i++) {
		ASSERT((f[i].flags & FRAME_HV) && !f[i].owner);
		f[i].flags = FRAME_RAM;
		f[i].type = 0; /* nobody has mapped it */
		if (atomic_sub(&f[i].refs, 1) == 0)
			give(&f[i], 0);
	}
}

void *alloc_page(void)
{
	struct frame *f = alloc_frames(0, ALLOC_ZERO);

	return f ? mfn_to_virt(frame_to_mfn(f)) : NULL;
}

void free_page(void *p)
{
	free_frames(virt_to_frame(p), 0);
}

/* --- a domain's frames --- */

/* Count n more pages in, if the limit allows. */
static bool charge(struct domain *d, uint64_t n)
{
	bool good;

	spin_lock(&d->mm.lock);
	good = !d->control.dying && n <= d->mm.max_pages && d->mm.pages <= d->mm.max_pages - n;
	if (good) {
		if (!d->mm.pages)
			atomic_add(&d->refs, 1); /* A2 */
		d->mm.pages += n;
	}
	spin_unlock(&d->mm.lock);
	return good;
}

/* The reference may be the last, and the caller may hold locks: a later mm_reap() drops it. */
static void uncharge(struct domain *d, uint64_t n)
{
	bool last;

	spin_lock(&d->mm.lock);
	d->mm.pages -= n;
	last = !d->mm.pages;
	spin_unlock(&d->mm.lock);
	if (!last)
		return;
	spin_lock(&buddy_lock);
	/*
	 * Twice in the list it must not be: a second time its reference goes at once, and cannot be
	 * the last.
	 */
	if (!d->mm.gone) {
		d->mm.gone = true;
		d->mm.next_gone = mm_gone;
		mm_gone = d;
		d = NULL;
	}
	spin_unlock(&buddy_lock);
	if (d)
		atomic_sub(&d->refs, 1);
}

void mm_reap(void)
{
	for (;;) {
		struct domain *d;

		spin_lock(&buddy_lock);
		d = mm_gone;
		if (d) {
			mm_gone = d->mm.next_gone;
			d->mm.gone = false;
		}
		spin_unlock(&buddy_lock);
		if (!d)
			return;
		domain_put(d);
	}
}

static void give_to(struct frame *f, struct domain *d, unsigned int flags)
{
	f->type = 0;
	f->owner = d;
	f->flags = (uint16_t)(FRAME_RAM | flags);
	m2p_set(frame_to_mfn(f), M2P_INVALID);
	atomic_store_release(&f->refs, 1); /* pairs with the compare-and-exchange in get_page() */
}

void frames_untake(struct frame *f, unsigned int order, struct domain *d)
{
	uint64_t i;

	for (i = 0; i < 1ULL << order; i++)
		if (get_page(&f[i], d)) {
			frame_drop_allocation(&f[i]);
			put_page(&f[i]);
		}
}

struct frame *alloc_domain_frames(struct domain *d, unsigned int order, unsigned int flags)
{
	struct frame *f;
	uint64_t i;

	if (order > BUDDY_MAX_ORDER || !charge(d, 1ULL << order))
		return NULL;
	f = take(d, order, d->privileged ? flags : flags | ALLOC_GUEST);
	if (!f) {
		uncharge(d, 1ULL << order);
		return NULL;
	}
	settle(f, order);
	memset(mfn_to_virt(frame_to_mfn(f)), 0, PAGE_SIZE << order);
	for (i = 0; i < 1ULL << order; i++)
		give_to(&f[i], d, FRAME_ALLOCATED);
	smp_mb(); /* the frames before the look; pairs with the mark before the walk in
		     domain_kill() */
	if (likely(!READ_ONCE(d->control.dying)))
		return f;
	/* The walk over a dying domain's frames may have passed these. */
	frames_untake(f, order, d);
	return NULL;
}

void share_frame(struct frame *f, struct domain *d, bool readonly)
{
	/* More than one reference: somebody is inside of get_page(). */
	ASSERT(f->refs && (f->flags & FRAME_HV) && !f->owner);
	atomic_add(&d->mm.shared_pages, 1);
	/* A count of type none that is never dropped: no other type can be taken. */
	f->type = readonly ? 1 : 0;
	atomic_or(&f->flags, FRAME_SHARED);
	f->owner = d;
}

void unshare_frame(struct frame *f)
{
	atomic_sub(&f->owner->mm.shared_pages, 1);
	f->owner = NULL;
	put_page(f);
}

void frame_release(struct frame *f)
{
	struct domain *d = f->owner;

	ASSERT(!(f->type & (FT_VALIDATED | FT_PARTIAL | FT_QUEUED)));
	ASSERT(!(f->type & FT_COUNT_MASK) ||
	       ((f->flags & FRAME_SHARED) && frame_type(f) == FT_NONE));
	ASSERT(!d || !(f->flags & FRAME_SHARED));
	m2p_set(frame_to_mfn(f), M2P_INVALID);
	f->type = frame_remembered(f).bits;
	f->flags = FRAME_RAM;
	f->owner = NULL;
	f->stamp = atomic_load(&tlb_clock);
	give(f, 0);
	if (d)
		uncharge(d, 1);
}

/* --- frames that change hands without the books: exchange --- */

struct frame *frames_take(unsigned int order, unsigned int flags)
{
	struct frame *f = take(NULL, order, flags);
	uint64_t i;

	if (!f)
		return NULL;
	settle(f, order);
	memset(mfn_to_virt(frame_to_mfn(f)), 0, PAGE_SIZE << order);
	for (i = 0; i < 1ULL << order; i++) {
		f[i].type = 0;
		f[i].flags = FRAME_RAM;
	}
	return f;
}

void frames_give(struct frame *f, unsigned int order, cpumask_t cpus)
{
	uint64_t i, now = atomic_load(&tlb_clock);

	for (i = 0; i < 1ULL << order; i++) {
		m2p_set(frame_to_mfn(&f[i]), M2P_INVALID);
		f[i].type = cpus.bits;
		f[i].flags = FRAME_RAM;
		f[i].stamp = now;
	}
	give(f, order);
}
