/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * References and types of machine frames: what keeps domains apart. A frame has general references
 * (it may not be freed) and a type with a count of typed references (it may not be used otherwise).
 * Each typed reference comes with a general one.
 *
 * Invariants (selftests/hosted/test_frame_model.c checks them after each random step):
 *  F1. refs is the number of: the allocation's reference, leaf entries that map the frame, entries
 *      of the next level that name it as a table, pins, CR3s, descriptor windows, a partial state,
 *      a place in a queue, and what running code and grant handles hold.
 *  F2. The type changes only while the count is 0 and the frame is neither VALIDATED nor PARTIAL.
 *  F3. A frame with a writable mapping has type FT_WRITABLE; so it is never writable and a table or
 *      descriptor page at once.
 *  F4. VALIDATED: every present entry obeys pte_rules and holds the references that it names. A
 *      table is entered into the level above, pinned or loaded only while VALIDATED.
 *  F5. PARTIAL: the count is 0, entries below the position hold references, those from it on hold
 *      none; the state itself holds one general reference.
 *  F6. VALIDATED with count 0: nothing refers to the table any more. It is in a queue and will be
 *      taken apart, unless somebody refers to it again first.
 *  F7. Between the last writable (table, descriptor) use and the next use of another kind lies a
 *      flush of every CPU that may remember the former. That is a CPU whose last flush is not
 *      younger than the use (its stamp), and which is in the dirty_cpus of the owner when the frame
 *      is put to the other use: what a CPU remembers of a domain goes when it loads another one's
 *      tables, after which it leaves that set. FRAME_FOREIGN stands from before the first entry in
 *      another domain's table until the frame is free: then any CPU may remember it. While the
 *      frame is free its type word holds that set, as it was when the last reference went.
 *
 * Order of work (new state first, flush after, publish last): to become a table, the type and count
 * 1 are set, then stale CPUs are flushed, then the contents are checked, then VALIDATED is set. To
 * become writable, the flush comes before the type.
 *
 * Locking: the type word and refs change by atomic operations. A frame's lock guards its entries,
 * VALIDATED, PARTIAL, the position, and each change of type but those between none and writable.
 * Slot 256 of an L4 is not among these entries: domain_mm.lock guards it (promote.c M6).
 *
 * Whoever holds the lock of a table may have to wait for the lock of a frame that an entry names.
 * That always ends. Each arrow is a wait:
 *
 *       has the lock of,
 *       and a count on:      an L4 -----> an L3 -----> an L2 -----> an L1 -----> any other frame
 *       wants a frame as:         L3           L2           L1         writable
 *
 *   Of the frame at the head of an arrow somebody else has the lock, and
 *     checks it as the type wanted:  with a count; it waits only further to the right;
 *     checks it as another type:     with a count of that type: whoever waits gives up (-EINVAL);
 *     changes an entry, uncounted:   a step that waits for no lock (get_page_type_nowait()). Before
 *                                    one that waits it takes a count; then the frame is a VALIDATED
 *                                    table. If that is the type wanted, no lock is needed for it,
 *                                    else whoever waits gives up;
 *     takes it apart, count 0:       what loses its last reference goes into a queue, so that no
 *                                    second lock is taken;
 *     makes it writable, count 0:    CPUs are flushed, no second lock is taken.
 *
 * Without the count two uncounted holders could wait for each other, or one for itself, for ever.
 * lib/lock_check.c checks just this: a frame's lock has the level of the type wanted, 0 where the
 * holder has no count on it, and under a lock only locks of lower levels are waited for.
 *
 * Above L1 a lock may be held for as long as a whole subtree takes to check. The holder goes on
 * later when its CPU has other work, and so does whoever waits for the lock (-ERESTART). The lock
 * of an L1, or of a table without a count, is held for one table's work.
 */
#include <hv/mm/frame.h>
#include <hv/console/printk.h>
#include <hv/domain/domain.h>
#include <hv/errno.h>
#include <hv/mm/alloc.h>
#include <hv/mm/promote.h>
#include <hv/mm/pte_rules.h>
#include <hv/mm/tlb_clock.h>
#include <hv/sched/sched.h>
#include <x86/tlb.h>

#define REFS_MAX  UINT32_C(0x7fffffff)
#define COUNT_MAX UINT64_C(0x7fffffff)

uint64_t tlb_clock = 1;
DEFINE_PER_CPU(tlb_flushed);

void tlb_flush_stale(cpumask_t cpus, uint64_t stamp)
{
	cpumask_t stale = {0};
	unsigned int c;

	if (!stamp)
		return;
	for_each_online_cpu(c) {
		/* Pairs with the release in tlb_flush_end(). */
		if ((cpus.bits >> c & 1) && atomic_load_acquire(&per_cpu(tlb_flushed, c)) <= stamp)
			stale.bits |= BIT64(c);
	}
	if (stale.bits)
		tlb_flush_cpus(stale, TLB_ALL);
}

/*
 * Remember when a mapping was removed. The entry was removed by a locked instruction, a full
 * barrier, so the clock that is read here is not older than the removal; pairs with the locked
 * addition in tlb_flush_begin().
 */
static void stamp(struct frame *f)
{
	uint64_t now, then;

	if (atomic_load(&f->type) & FT_QUEUED)
		return;
	now = atomic_load(&tlb_clock);
	then = atomic_load(&f->stamp);
	/* Never back: whoever is late here removed an older mapping than what stands there. */
	while (then < now && !atomic_cmpxchg(&f->stamp, &then, now))
		;
}

cpumask_t frame_remembered(const struct frame *f)
{
	const struct domain *d = f->owner;

	/*
	 * The entry was removed before the look who runs: pairs with the barrier of set_dirty()
	 * before a CR3 load.
	 */
	smp_mb();
	if (d && !(atomic_load(&f->flags) & FRAME_FOREIGN))
		return (cpumask_t){atomic_load(&d->arch.dirty_cpus.bits)};
	return (cpumask_t){~UINT64_C(0)};
}

/* Flush whoever may remember an earlier use of f. Interrupts on. */
static void frame_settle(struct frame *f)
{
	/* A queued frame has its link where the stamp would be: take the youngest. */
	if (atomic_load(&f->type) & FT_QUEUED)
		tlb_flush_stale(frame_remembered(f), atomic_load(&tlb_clock));
	else
		tlb_flush_stale(frame_remembered(f), atomic_load(&f->stamp));
}

/* --- general references --- */

bool get_pages(struct frame *f, struct domain *d, unsigned int n)
{
	uint32_t refs = atomic_load(&f->refs);
	struct domain *owner;

	/*
	 * Not counted in where it is plain that it will fail: a reference for a moment is in the
	 * way of frame_steal().
	 */
	if (d && READ_ONCE(f->owner) != d)
		return false;
	do {
		if (refs == 0 || refs > REFS_MAX - n)
			return false;
	} while (!atomic_cmpxchg(&f->refs, &refs, refs + n));
	/* With a reference held the owner stays. */
	owner = f->owner;
	if (likely(owner && (owner == d || !d)))
		return true;
	while (n--)
		put_page(f);
	return false;
}

bool get_page(struct frame *f, struct domain *d)
{
	return get_pages(f, d, 1);
}

void put_page(struct frame *f)
{
	if (atomic_sub(&f->refs, 1) == 0)
		frame_release(f);
}

/* --- types --- */

static void demote_later(struct frame *f);

static enum frame_type type_of(uint64_t word)
{
	return (enum frame_type)(word >> FT_SHIFT);
}

static uint64_t type_word(enum frame_type type, uint64_t rest)
{
	return (uint64_t)type << FT_SHIFT | rest;
}

/* May a reference be added to the type as it stands? */
static bool type_ready(uint64_t word, enum frame_type type)
{
	return type_of(word) == type && (type == FT_WRITABLE || (word & FT_VALIDATED));
}

/* Is the frame in use as something else, so that waiting is of no use? */
static bool type_conflict(uint64_t word, enum frame_type type)
{
	return (word & FT_COUNT_MASK) && type_of(word) != type;
}

/*
 * Take apart a table that has no references, so that it can get another type. Caller holds the
 * lock. False: it got a reference again meanwhile.
 */
static bool take_apart(struct frame *f)
{
	uint64_t word = atomic_load(&f->type);
	unsigned int n;

	do {
		if ((word & FT_COUNT_MASK) || !(word & (FT_VALIDATED | FT_PARTIAL)))
			return !(word & FT_COUNT_MASK);
	} while (!atomic_cmpxchg(&f->type, &word, type_word(type_of(word), word & FT_QUEUED)));
	n = word & FT_VALIDATED ? PTES_PER_TABLE : (word & FT_POSITION_MASK) >> FT_POSITION_SHIFT;
	demote_contents(f, type_of(word), n);
	stamp(f);
	if (word & FT_PARTIAL)
		put_page(f);
	return true;
}

/*
 * Replace the word; only the queued bit may change under us. Caller holds the lock and the only
 * count.
 */
static void set_word(struct frame *f, uint64_t to)
{
	uint64_t word = atomic_load(&f->type);

	while (!atomic_cmpxchg(&f->type, &word, to | (word & FT_QUEUED)))
		;
}

/* Check the contents and publish the result. The lock is held, the type is set, the count is 1. */
static int fill(struct frame *f, enum frame_type type, unsigned int position)
{
	int rc = promote_contents(f, type, &position);

	if (!rc) {
		/* Publishes the contents; pairs with the load in get_page_type(). */
		atomic_or(&f->type, FT_VALIDATED);
		return 0;
	}
	if (rc == -ERESTART && position) {
		atomic_add(&f->refs, 1); /* F5; the caller holds a reference, so it is not 0 */
		set_word(f, type_word(type, FT_PARTIAL | (uint64_t)position << FT_POSITION_SHIFT));
		return rc;
	}
	demote_contents(f, type, position);
	set_word(f, type_word(FT_NONE, 0));
	return rc;
}

/* The slow half of get_page_type(), with the lock held. -EAGAIN: look again. */
static int change_type(struct frame *f, enum frame_type type)
{
	uint64_t word = atomic_load(&f->type), wanted;
	unsigned int position = 0;

	if (type_ready(word, type))
		return -EAGAIN;
	if (word & FT_COUNT_MASK)
		return -EINVAL;
	if ((word & FT_PARTIAL) && type_of(word) == type) {
		/*
		 * Go on where somebody was interrupted; the state's reference is ours to drop when
		 * count is 1.
		 */
		position = (word & FT_POSITION_MASK) >> FT_POSITION_SHIFT;
		if (!atomic_cmpxchg(&f->type, &word, type_word(type, (word & FT_QUEUED) | 1)))
			return -EAGAIN;
		put_page(f);
		return fill(f, type, position);
	}
	if ((word & (FT_VALIDATED | FT_PARTIAL)) && !take_apart(f))
		return -EINVAL;
	word = atomic_load(&f->type);
	if (word & FT_COUNT_MASK)
		return -EAGAIN;
	wanted = type_word(type, (word & FT_QUEUED) | 1);
	if (type == FT_WRITABLE) {
		/* Nobody may write while a CPU could still walk or load it as what it was. */
		frame_settle(f);
		return atomic_cmpxchg(&f->type, &word, wanted) ? 0 : -EAGAIN;
	}
	if (!atomic_cmpxchg(&f->type, &word, wanted))
		return -EAGAIN;
	/*
	 * No new writable mapping can appear now; remove the memory of old ones before a look at
	 * the contents.
	 */
	frame_settle(f);
	return fill(f, type, 0);
}

/*
 * n references of a type that the frame has, or can have at once; or none, and -EINVAL or -EAGAIN.
 */
static int get_types(struct frame *f, enum frame_type type, unsigned int n)
{
	uint64_t word = atomic_load_acquire(&f->type); /* pairs with the release in fill() */

	while (type_ready(word, type) ||
	       (type == FT_WRITABLE && type_of(word) == FT_NONE && !(word & FT_COUNT_MASK))) {
		if ((word & FT_COUNT_MASK) > COUNT_MAX - n)
			return -EINVAL;
		if (atomic_cmpxchg(&f->type, &word,
				   type_word(type, (word & ~type_word(0xf, 0)) + n)))
			return 0;
	}
	return type_conflict(word, type) ? -EINVAL : -EAGAIN;
}

int get_page_type_nowait(struct frame *f, enum frame_type type)
{
	return get_types(f, type, 1);
}

int get_page_type(struct frame *f, enum frame_type type)
{
	int rc;

	while ((rc = get_page_type_nowait(f, type)) == -EAGAIN) {
		if (!frame_trylock(f, frame_level(type))) {
			/* Whoever checks it as a table above L1 may need long. */
			if (type > FT_L1 && frame_type_is_table(type) && hypercall_preempt_check())
				return -ERESTART;
			cpu_relax();
			continue;
		}
		rc = change_type(f, type);
		frame_unlock(f);
		if (rc != -EAGAIN)
			break;
	}
	return rc;
}

int get_writable(struct frame *f, unsigned int n)
{
	int rc = get_types(f, FT_WRITABLE, n);

	if (rc != -EAGAIN)
		return rc;
	rc = get_page_type(f, FT_WRITABLE);
	if (rc || n == 1)
		return rc;
	/* It is writable now, and stays so. */
	rc = get_types(f, FT_WRITABLE, n - 1);
	if (rc)
		put_page_type(f);
	return rc;
}

void put_page_type(struct frame *f)
{
	uint64_t word = atomic_load(&f->type), to;

	do {
		ASSERT(word & FT_COUNT_MASK);
		to = word - 1;
		/*
		 * A writable mapping goes: whoever changes the type must know since when. Not only
		 * of the last one: between its stamp and its step down others may come and go, and
		 * the count is what it was.
		 */
		if (type_of(word) == FT_WRITABLE)
			stamp(f);
		else if ((word & FT_COUNT_MASK) == 1 && (word & FT_VALIDATED))
			to |= FT_QUEUED;
	} while (!atomic_cmpxchg(&f->type, &word, to));
	if ((to & ~word) & FT_QUEUED)
		demote_later(f);
}

int get_page_and_type(mfn_t m, struct domain *d, enum frame_type type)
{
	struct frame *f;
	int rc;

	if (!mfn_is_ram(m))
		return -EINVAL;
	f = mfn_to_frame(m);
	if (!get_page(f, d))
		return -EPERM;
	rc = get_page_type(f, type);
	if (rc)
		put_page(f);
	return rc;
}

void put_page_and_type(struct frame *f)
{
	put_page_type(f);
	put_page(f);
}

/*
 * --- taking tables apart: a queue for each vCPU, so that the depth of a page-table tree is no
 * recursion ---
 */

/* f was just marked FT_QUEUED by the caller, which still holds a general reference. */
static void demote_later(struct frame *f)
{
	struct vcpu *v = current;

	atomic_add(&f->refs, 1);
	f->queue = v->mm.queue;
	v->mm.queue = mfn_x(frame_to_mfn(f));
}

/*
 * Not used: its lock is held only for short work then (frame.c, locking). False: it came into use.
 */
static bool lock_unused(struct frame *f)
{
	while (!frame_trylock(f, 0)) {
		if (atomic_load(&f->type) & FT_COUNT_MASK)
			return false;
		cpu_relax();
	}
	return true;
}

static void demote_first(struct vcpu *v)
{
	struct frame *f = mfn_to_frame(mfn(v->mm.queue));
	bool locked = false;
	uint64_t word;

	v->mm.queue = f->queue;
	/*
	 * From here on there is a stamp again. Whoever drops a writable reference while the bit
	 * stands leaves none. If others are left, the last of them stamps after us. If none is left
	 * we do, before somebody who wants another type gets the lock.
	 */
	for (;;) {
		word = atomic_load(&f->type);
		if (!(word & FT_COUNT_MASK) && !locked) {
			locked = lock_unused(f);
			continue;
		}
		atomic_store(&f->stamp, atomic_load(&tlb_clock));
		if (atomic_cmpxchg(&f->type, &word, word & ~FT_QUEUED))
			break;
	}
	/* Used again: whoever drops that use finds no queued bit and queues it. */
	if (locked) {
		if (word & (FT_VALIDATED | FT_PARTIAL))
			take_apart(f);
		else
			stamp(f); /* no table now, and none while we have the lock: it cannot be
				     queued again */
		frame_unlock(f);
	}
	put_page(f);
}

int mm_drain_vcpu(struct vcpu *v)
{
	while (v->mm.queue) {
		demote_first(v);
		if (v->mm.queue && hypercall_preempt_check())
			return -ERESTART;
	}
	return 0;
}

/* --- giving frames away --- */

bool frame_drop_allocation(struct frame *f)
{
	if (!(atomic_and(&f->flags, (uint16_t)~FRAME_ALLOCATED) & FRAME_ALLOCATED))
		return false;
	put_page(f);
	return true;
}

bool frame_dismantle(struct frame *f)
{
	uint64_t word = atomic_load(&f->type);

	if ((word & FT_COUNT_MASK) || !(word & (FT_VALIDATED | FT_PARTIAL)) || !lock_unused(f))
		return false;
	take_apart(f);
	frame_unlock(f);
	return true;
}

int frame_steal(struct frame *f, struct domain *d)
{
	uint32_t one = 1;

	if (!get_page(f, d))
		return -EINVAL;
	if (!(atomic_and(&f->flags, (uint16_t)~FRAME_ALLOCATED) & FRAME_ALLOCATED)) {
		put_page(f);
		return -EINVAL;
	}
	/* Ours and the allocation's: 2. First ours, which cannot be the last. */
	atomic_sub(&f->refs, 1);
	if (!atomic_cmpxchg(&f->refs, &one, 0)) {
		atomic_or(&f->flags, FRAME_ALLOCATED);
		return -EBUSY;
	}
	stamp(f);
	return 0;
}

void frame_restore(struct frame *f, struct domain *d)
{
	f->owner = d;
	atomic_or(&f->flags, FRAME_ALLOCATED);
	atomic_store_release(&f->refs, 1); /* pairs with the compare-and-exchange in get_page() */
}
