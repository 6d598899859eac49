/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Grant entries: what a domain allows, and who uses it now. Version 1 entries only, no transfer, no
 * sub-page and no transitive grants.
 *
 * Beside each entry in guest memory stands one of ours, `struct active`: how often it is pinned for
 * each use, and the user and the frame that the first pin found. While any pin exists the guest's
 * entry is marked GTF_reading (and GTF_writing), which tells the guest that it may not take the
 * page back.
 *
 * Invariants:
 *  G1. A guest's entry is read with single accesses, into locals; frame and user are read when the
 *      first pin is made and taken from `active` by every later one. The page that is used is the
 *      page that was checked.
 *  G2. GTF_reading stands while there is a pin, GTF_writing while there is one for writing. The
 *      marks and the counters change together under the entry's lock. A guest that clears a mark
 *      itself harms only itself.
 *  G3. Each pin owns one general reference of the frame, and one of FT_WRITABLE if it is for
 *      writing; its maker keeps the frame number for giving them back. A caller that asks for two
 *      sets of them has the second to give away.
 *  G4. Marks go after the mappings and the TLB entries (grant_map.c) and before the references.
 *  G5. A change of the guest's entry is tried a bounded number of times: the guest writes to it as
 *      it likes.
 *
 * Locking: the lock bit of an active entry, one at a time. Inside it: the lock of the frame that is
 * to become writable, and what the release of a frame takes, for a reference that is given back may
 * be the last. grant_table.lock guards growth and is not taken for a pin: `frames` is published
 * after what it counts.
 */
#include <hv/grant/grant.h>
#include <hv/console/printk.h>
#include <hv/domain/domain.h>
#include <hv/errno.h>
#include <hv/grant/grant_map.h>
#include <hv/grant/maptrack.h>
#include <hv/hvm/hvm.h>
#include <hv/lib/lib.h>
#include <hv/lib/lock_check.h>
#include <hv/mm/alloc.h>
#include <hv/mm/directmap.h>
#include <hv/mm/frame.h>
#include <hv/mm/heap.h>
#include <hv/sched/sched.h>

#define ENTRIES_PER_FRAME (PAGE_SIZE / sizeof(struct grant_entry_v1))
#define MAX_TRIES         8

/* Counters of 12 bits each in one word, in the order of enum grant_use, and the lock. */
#define PIN_BITS       12U
#define PIN_MASK       UINT64_C(0xfff)
#define PIN_ONE(use)   (UINT64_C(1) << (PIN_BITS * (use)))
#define PIN_FIELD(use) (PIN_MASK << (PIN_BITS * (use)))
#define PINS_WRITE     (PIN_FIELD(GRANT_MAP_RW) | PIN_FIELD(GRANT_COPY_RW))
#define PINS_ALL       (PINS_WRITE | PIN_FIELD(GRANT_MAP_RO) | PIN_FIELD(GRANT_COPY_RO))
#define ACTIVE_LOCK    BIT64(63)

struct active {
	uint64_t pins;
	uint32_t mfn; /* valid while pinned */
	domid_t user;
};

struct grant_table {
	spinlock_t lock; /* guards growth */
	unsigned int frames, max_frames;
	struct grant_entry_v1 **shared; /* direct-map addresses, `frames` of them valid */
	struct active **active;
	struct maptrack maptrack;
	uint32_t release; /* next index that grant_domain_release_mappings() looks at */
};

/* The first half of a version 1 entry: flags and user, changed as one word. */
union header {
	struct {
		uint16_t flags;
		domid_t domid;
	};
	uint32_t word;
};

static bool writes(enum grant_use use)
{
	return use == GRANT_MAP_RW || use == GRANT_COPY_RW;
}

struct maptrack *grant_maptrack(struct domain *d)
{
	return &d->grant.table->maptrack;
}

unsigned int grant_frames(const struct domain *d)
{
	return atomic_load_acquire(&d->grant.table->frames); /* pairs with the release in grow() */
}

/* --- life --- */

int grant_domain_init(struct domain *d)
{
	struct grant_table *t = hv_alloc(sizeof(*t));

	if (!t)
		return -ENOMEM;
	d->grant.table = t;
	spin_lock_init(&t->lock, RANK_GRANT_TABLE);
	t->max_frames = d->grant.max_frames;
	t->shared = hv_alloc((t->max_frames + 1) * sizeof(t->shared[0]));
	t->active = hv_alloc((t->max_frames + 1) * sizeof(t->active[0]));
	if (t->shared && t->active && !maptrack_init(&t->maptrack, d->grant.max_maptrack_frames))
		return 0;
	grant_domain_destroy(d);
	return -ENOMEM;
}

void grant_domain_destroy(struct domain *d)
{
	struct grant_table *t = d->grant.table;
	unsigned int i;

	if (!t)
		return;
	for (i = 0; i < t->frames; i++) {
		unshare_frame(virt_to_frame(t->shared[i]));
		hv_free(t->active[i]);
	}
	maptrack_destroy(&t->maptrack);
	hv_free(t->shared);
	hv_free(t->active);
	hv_free(t);
	d->grant.table = NULL;
}

/* One more frame. Caller holds t->lock. */
static int grow(struct domain *d, struct grant_table *t)
{
	struct active *active = hv_alloc(ENTRIES_PER_FRAME * sizeof(*active));
	struct frame *f = alloc_frames(0, ALLOC_ZERO);

	if (!active || !f) {
		hv_free(active);
		if (f)
			free_frames(f, 0);
		return -ENOMEM;
	}
	share_frame(f, d, false);
	t->shared[t->frames] = mfn_to_virt(frame_to_mfn(f));
	t->active[t->frames] = active;
	atomic_store_release(&t->frames, t->frames + 1); /* pairs with the acquire in find() */
	return 0;
}

int grant_shared_frame(struct domain *d, uint64_t index, mfn_t *out)
{
	struct grant_table *t = d->grant.table;
	int rc = 0;

	if (index >= t->max_frames)
		return -EINVAL;
	spin_lock(&t->lock);
	while (!rc && t->frames <= index) {
		rc = d->control.dying ? -EINVAL : grow(d, t);
		/* What has grown stays: whoever comes again goes on from here. */
		if (!rc && hypercall_preempt_check())
			rc = -ERESTART;
	}
	spin_unlock(&t->lock);
	if (!rc)
		*out = virt_to_mfn(t->shared[index]);
	return rc;
}

/* --- pins --- */

/* Our half and the guest's of an entry. False: there is no such entry. */
static bool find(struct grant_table *t, uint32_t ref, struct active **a, struct grant_entry_v1 **e)
{
	uint64_t frames = atomic_load_acquire(&t->frames), frame = ref / ENTRIES_PER_FRAME;

	if (frame >= frames)
		return false;
	frame = index_nospec(frame, frames);
	*a = &t->active[frame][ref % ENTRIES_PER_FRAME];
	*e = &t->shared[frame][ref % ENTRIES_PER_FRAME];
	return true;
}

static uint64_t active_lock(struct active *a)
{
	uint64_t pins;

	LOCK_CHECKED(lock_check_take(RANK_GRANT_ENTRY, a, 0, LOCK_SITE));
	while ((pins = atomic_or(&a->pins, ACTIVE_LOCK)) & ACTIVE_LOCK)
		cpu_relax();
	return pins;
}

/* Unlock with new counters. */
static void active_unlock(struct active *a, uint64_t pins)
{
	LOCK_CHECKED(lock_check_drop(a, LOCK_SITE));
	atomic_store_release(&a->pins, pins); /* pairs with the locked or in active_lock() */
}

/*
 * Check the guest's entry and mark it as in use, in one step. GNTST_*, never GNTST_eagain: who gets
 * that sleeps and comes again, for ever where the granter wants it, and a backend may not sleep at
 * all where it copies.
 */
static int mark(struct grant_entry_v1 *e, domid_t user, bool write)
{
	uint32_t *word = (uint32_t *)(void *)e;
	union header h = {.word = atomic_load(word)}, to;
	unsigned int i;

	for (i = 0; i < MAX_TRIES; i++) {
		if ((h.flags & GTF_type_mask) != GTF_permit_access || (h.flags & GTF_sub_page) ||
		    h.domid != user)
			return GNTST_general_error;
		if (write && (h.flags & GTF_readonly))
			return GNTST_general_error;
		to = h;
		to.flags |= write ? GTF_reading | GTF_writing : GTF_reading;
		if (to.word == h.word || atomic_cmpxchg(word, &h.word, to.word))
			return GNTST_okay;
	}
	return GNTST_general_error;
}

/* Take away the marks that no pin needs any more. Bounded by nature: a locked AND. */
static void unmark(struct grant_entry_v1 *e, uint64_t pins)
{
	uint16_t clear = 0;

	if (!(pins & PINS_WRITE))
		clear |= GTF_writing;
	if (!(pins & PINS_ALL))
		clear |= GTF_reading;
	if (clear)
		atomic_and(&e->flags, (uint16_t)~clear);
}

/* The references of one pin, so many times. */
static bool get_frame(struct domain *granter, mfn_t m, bool write, unsigned int sets)
{
	if (!mfn_is_ram(m) || !get_pages(mfn_to_frame(m), granter, sets))
		return false;
	if (!write || !get_writable(mfn_to_frame(m), sets))
		return true;
	while (sets--)
		put_page(mfn_to_frame(m));
	return false;
}

static int pin_locked(struct domain *granter, domid_t user, struct active *a,
		      struct grant_entry_v1 *e, uint64_t pins, bool write, unsigned int sets)
{
	int status;

	if ((pins & PINS_ALL) && a->user != user)
		return GNTST_general_error;
	/* Marked already as needed: the guest's word is not asked again. */
	if (!(pins & PINS_ALL) || (write && !(pins & PINS_WRITE))) {
		status = mark(e, user, write);
		if (status)
			return status;
	}
	if (!(pins & PINS_ALL)) {
		a->user = user;
		a->mfn = (uint32_t)mfn_x(domain_frame(granter, READ_ONCE(e->frame)));
	}
	if (get_frame(granter, mfn(a->mfn), write, sets))
		return GNTST_okay;
	unmark(e, pins);
	return GNTST_bad_page;
}

/*
 * Is the entry somebody else's? Asked before its lock is taken, so that who is not named cannot
 * keep it from who is; the answer may be old by then, so pin_locked() asks again. The user stands
 * before the counters that cover it.
 */
static bool is_others(const struct active *a, const struct grant_entry_v1 *e, domid_t user)
{
	if (atomic_load_acquire(&a->pins) &
	    PINS_ALL) /* pairs with the release in active_unlock() */
		return READ_ONCE(a->user) != user;
	return READ_ONCE(e->domid) != user;
}

int grant_pin(struct domain *granter, const struct domain *user, uint32_t ref, enum grant_use use,
	      unsigned int sets, mfn_t *m)
{
	struct grant_entry_v1 *e;
	struct active *a;
	uint64_t pins;
	int status;

	if (!granter->grant.table || !find(granter->grant.table, ref, &a, &e))
		return GNTST_bad_gntref;
	*m = MFN_NONE;
	if (is_others(a, e, user->id))
		return GNTST_general_error;
	pins = active_lock(a);
	if ((pins & PIN_FIELD(use)) == PIN_FIELD(use))
		status = GNTST_general_error;
	else
		status = pin_locked(granter, user->id, a, e, pins, writes(use), sets);
	*m = mfn(a->mfn);
	active_unlock(a, status ? pins : pins + PIN_ONE(use));
	return status;
}

void grant_unpin(struct domain *granter, uint32_t ref, enum grant_use use, mfn_t m)
{
	struct grant_entry_v1 *e;
	struct active *a;
	uint64_t pins;

	/* The caller's pin keeps the entry: tables never shrink. */
	if (!find(granter->grant.table, ref, &a, &e))
		panic("grant: pin of a lost entry");
	pins = active_lock(a);
	ASSERT(pins & PIN_FIELD(use));
	pins -= PIN_ONE(use);
	unmark(e, pins);
	active_unlock(a, pins);
	if (writes(use))
		put_page_type(mfn_to_frame(m));
	put_page(mfn_to_frame(m));
}

/* --- the end of a user --- */

int grant_domain_release_mappings(struct domain *d)
{
	struct grant_table *t = d->grant.table;
	uint32_t handle;

	if (!t)
		return 0;
	for (; t->release < maptrack_limit(&t->maptrack); t->release++) {
		struct mapping *m = maptrack_claim_index(&t->maptrack, t->release, &handle);

		if (m)
			grant_drop_mapping(&t->maptrack, m, handle);
		if (t->release % 64 == 63 && hypercall_preempt_check()) {
			t->release++;
			return -ERESTART;
		}
	}
	return 0;
}

unsigned int grant_handle_pages(const struct domain *d)
{
	return d->grant.table ? atomic_load(&d->grant.table->maptrack.n_pages) : 0;
}

void grant_counts(struct domain *d, unsigned int *pinned, unsigned int *mapped)
{
	struct grant_table *t = d->grant.table;
	unsigned int i, k;

	*pinned = 0;
	*mapped = t ? t->maptrack.used : 0;
	for (i = 0; t && i < grant_frames(d); i++)
		for (k = 0; k < ENTRIES_PER_FRAME; k++)
			*pinned += (atomic_load(&t->active[i][k].pins) & PINS_ALL) != 0;
}
