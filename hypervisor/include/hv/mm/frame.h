/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The frame table: one record a machine frame, at FRAMETABLE_VIRT, and the references and types of
 * frames. Rules: mm/frame.c. mm/map.c builds the table.
 */
#ifndef HV_MM_FRAME_H
#define HV_MM_FRAME_H

#include <hv/atomic.h>
#include <hv/layout.h>
#include <hv/lib/lock_check.h>
#include <hv/percpu.h>
#include <hv/mm/buddy.h>
#include <hv/types.h>

/*
 * The type word, changed only by compare-and-exchange:
 *	bits 60-63	type (enum frame_type)
 *	bit  59		validated: the contents were checked and hold references
 *	bit  58		pinned: one of the counted references is the pin
 *	bit  57		partial: a validation was interrupted; entries below the position hold
 *			references
 *	bit  56		queued: waits to be taken apart (promote.c); in the word, so that dropping
 *			the last reference and queueing are one step
 *	bits 42-55	an L4: how many vCPUs have it as their kernel's base (promote.c M6)
 *	bits 32-41	that position
 *	bits 0-31	type count
 */
enum frame_type {
	FT_NONE,	/* no typed use: read-only mappings and nothing else */
	FT_L1,
	FT_L2,
	FT_L3,
	FT_L4,
	FT_DESC,	/* GDT or LDT page */
	FT_WRITABLE,	/* at least one writable mapping */
};

#define FT_SHIFT	60
#define FT_VALIDATED	BIT64(59)
#define FT_PINNED	BIT64(58)
#define FT_PARTIAL	BIT64(57)
#define FT_QUEUED	BIT64(56)
#define FT_POSITION_SHIFT 32
#define FT_POSITION_MASK (UINT64_C(0x3ff) << FT_POSITION_SHIFT)
#define FT_KERNELS_SHIFT 42
#define FT_KERNELS_MASK	(UINT64_C(0x3fff) << FT_KERNELS_SHIFT)
#define FT_COUNT_MASK	UINT64_C(0xffffffff)

struct frame {
	uint64_t type; /* in use: the type word; free: the CPUs that may remember it, as bits */
	uint32_t refs;		/* general references, the allocation's own among them; 0: free */
	uint16_t flags;		/* FRAME_*, changed by atomic and/or only */
	uint8_t order;		/* the allocator's (hv/mm/buddy.h) */
	uint8_t lock; /* guards the entries of a table, VALIDATED, PARTIAL and the position */
	union {
		struct domain *owner;	/* in use: NULL is the hypervisor */
		struct buddy_slot slot;	/* free */
	};
	union {
		uint64_t stamp;	/* TLB clock when a reference that a TLB may remember was dropped */
		uint64_t queue;	/* FT_QUEUED: number of the next frame in the queue */
	};
};
_Static_assert(sizeof(struct frame) == 32, "the frame table costs 32 bytes a page");

#define FRAME_RAM	1	/* is RAM (holes have all-zero records) */
#define FRAME_HV	2	/* belongs to the hypervisor */
#define FRAME_ALLOCATED	4	/* the owner's allocation reference exists */
#define FRAME_SHARED    8 /* a hypervisor page that its owner may map (shared_info, grant frames) */
#define FRAME_FOREIGN	16	/* another domain has mapped it since it was allocated */

#define frame_table	((struct frame *)FRAMETABLE_VIRT)
extern uint64_t max_mfn;	/* highest RAM frame number; the table has max_mfn + 1 records */

#ifndef HOSTED
static inline struct frame *mfn_to_frame(mfn_t m)
{
	return &frame_table[m.n];
}

static inline mfn_t frame_to_mfn(const struct frame *f)
{
	return mfn((uint64_t)(f - frame_table));
}
#else
/* The test's: the record of frame m. */
struct frame *mfn_to_frame(mfn_t m);
/* The test's: the number of the frame that f is the record of. */
mfn_t frame_to_mfn(const struct frame *f);
#endif

/*
 * True when the number has a record and the record is of RAM. The only gate for numbers that a
 * guest gave.
 */
static inline bool mfn_is_ram(mfn_t m)
{
	return m.n <= max_mfn && (mfn_to_frame(m)->flags & FRAME_RAM);
}

static inline enum frame_type frame_type(const struct frame *f)
{
	return (enum frame_type)(atomic_load(&f->type) >> FT_SHIFT);
}

static inline uint64_t frame_type_count(const struct frame *f)
{
	return atomic_load(&f->type) & FT_COUNT_MASK;
}

static inline bool frame_type_is_table(enum frame_type type)
{
	return type >= FT_L1 && type <= FT_L4;
}

/*
 * --- references and types. Any context except interrupt handlers, unless said otherwise ---
 */

/* Take a general reference if d owns the frame (d NULL: whoever owns it). False: d does not. */
bool __must_check get_page(struct frame *f, struct domain *d);
/* As get_page(), n references at once, all or none. */
bool __must_check get_pages(struct frame *f, struct domain *d, unsigned int n);
/*
 * n typed references of FT_WRITABLE, all or none, for a caller who holds n general ones. 0 or
 * -EINVAL. May wait for the frame's lock.
 */
int __must_check get_writable(struct frame *f, unsigned int n);
/* Drop a general reference; the frame is free after the last. */
void put_page(struct frame *f);
/*
 * Take a typed reference; validates when it is the first. Caller holds a general reference. 0,
 * -EINVAL (contents, conflicting type), -EBUSY (what a leaf in it maps), -ERESTART (preempted: call
 * again).
 */
int __must_check get_page_type(struct frame *f, enum frame_type type);
/*
 * The same if that needs no lock, else -EAGAIN. For holders of a frame's lock who must not wait for
 * another.
 */
int __must_check get_page_type_nowait(struct frame *f, enum frame_type type);
/* Drop a typed reference. A table without any is queued to be taken apart. */
void put_page_type(struct frame *f);
/* get_page() and get_page_type() of a number from a guest. -EINVAL: not RAM; -EPERM: not d's. */
int __must_check get_page_and_type(mfn_t m, struct domain *d, enum frame_type type);
/* put_page_type() and put_page(). */
void put_page_and_type(struct frame *f);

/*
 * Take apart what v's calls left without references. 0, or -ERESTART when something else wants the
 * CPU. Source of the need: ABI.md 6.1, after UNPIN the types must really be gone.
 */
int mm_drain_vcpu(struct vcpu *v);

/* --- the frame's lock: one byte, no queue; how long it is held, and who may wait: frame.c --- */

/*
 * The level at which a lock is taken: that of the type that the frame is to get, 1 to 4, or 0 where
 * that is no table. 0 too without a count of one's own: then no other frame's lock may be waited
 * for.
 */
static inline unsigned int frame_level(enum frame_type type)
{
	return type >= FT_L1 && type <= FT_L4 ? (unsigned int)(type - FT_L1) + 1 : 0;
}

/* One try of who will try again: the order of locks is that of who waits. Interrupts on. */
static inline bool frame_trylock_at(struct frame *f, unsigned int level, const char *site)
{
	bool got;

	(void)level;
	(void)site;
	LOCK_CHECKED(lock_check_order(RANK_FRAME, &f->lock, level, site));
	got = !atomic_load(&f->lock) && !atomic_xchg(&f->lock, 1);
	LOCK_CHECKED(if (got) lock_check_tried(RANK_FRAME, &f->lock, level, site));
	return got;
}
#define frame_trylock(f, level) frame_trylock_at(f, level, LOCK_SITE)

/* The holder of f's lock has got a count of its own (its type's level), or given it back (0). */
static inline void frame_lock_level(const struct frame *f, unsigned int level)
{
	(void)f;
	(void)level;
	LOCK_CHECKED(lock_check_level(&f->lock, level));
}

static inline void frame_unlock(struct frame *f)
{
	LOCK_CHECKED(lock_check_drop(&f->lock, LOCK_SITE));
	atomic_store_release(&f->lock, 0);	/* pairs with frame_trylock() */
}

/* --- for mm/ itself --- */

/*
 * Turn the owner's allocation reference into the caller's and take the frame out of everyone's
 * reach: refs 0, no type. Then frame_restore() or frames_give(). 0, -EINVAL (not d's), -EBUSY (in
 * use, or a table to be dismantled first). The domain's books stay.
 */
int frame_steal(struct frame *f, struct domain *d);
/* Make a frame without references d's, as allocated. Also for frames_take()'s. */
void frame_restore(struct frame *f, struct domain *d);
/* Drop the owner's allocation reference, once. False: it was gone. */
bool frame_drop_allocation(struct frame *f);
/*
 * Take apart a table that nothing refers to, or one half checked, now. The caller holds a
 * reference. True: it was one.
 */
bool frame_dismantle(struct frame *f);
/* The CPUs that may remember a mapping of f, which is no more or goes just now: frame.c F7. */
cpumask_t frame_remembered(const struct frame *f);

#endif
