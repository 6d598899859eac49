/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Contents of typed frames: checking them in, taking them apart, changing one entry. Rules:
 * mm/promote.c.
 */
#ifndef HV_MM_PROMOTE_H
#define HV_MM_PROMOTE_H

#include <hv/mm/mm.h>
#include <hv/types.h>

static inline bool frame_type_is_table(enum frame_type type)
{
	return type >= FT_L1 && type <= FT_L4;
}

/*
 * --- the frame's lock: one byte, no queue; how long it is held, and who may wait for it: frame.c
 * ---
 */
static inline bool frame_trylock(struct frame *f)
{
	return !atomic_load(&f->lock) && !atomic_xchg(&f->lock, 1);
}

static inline void frame_unlock(struct frame *f)
{
	atomic_store_release(&f->lock, 0);	/* pairs with frame_trylock() */
}

/* The bits of physical addresses that this CPU has; x86 sets it before the first guest. */
extern unsigned int phys_address_bits;
struct pte_policy pte_policy_of(const struct domain *d);

/*
 * Check the contents of f, of which *position entries are checked already, and take the references
 * that they name. 0; -ERESTART: *position says how far it came; else an error, and entries below
 * *position still hold references. Caller holds f's lock, and f has the type with count 1, so
 * nobody can write to it.
 */
int promote_contents(struct frame *f, enum frame_type type, unsigned int *position);

/*
 * Drop what the first n entries of f refer to. Caller holds f's lock; f is neither validated nor
 * partial.
 */
void demote_contents(struct frame *f, enum frame_type type, unsigned int n);

/*
 * f, a validated L4 of which the caller holds a count, becomes the base of so many more vCPUs'
 * kernel mode (+1, -1), or of a user mode (0): slot 256 becomes what M6 says. Takes the owner's
 * mm.lock.
 */
void l4_show_m2p(struct frame *f, int kernels);

/*
 * Take apart what v's calls left without references. 0, or -ERESTART when something else wants the
 * CPU. Source of the need: ABI.md 6.1, after UNPIN the types must really be gone.
 */
int mm_drain_vcpu(struct vcpu *v);

/*
 * Change one entry of a validated table.
 *	d	owner of the table; pg_owner: who must own the frame that val names
 *	how	UPDATE_SET, UPDATE_KEEP_AD (accessed and dirty bits stay), UPDATE_IF_SAME (only if
 *it still is *expected) held	the references of val, a leaf's, are the caller's, and the entry's
 *when this returns 0 untouched	an entry of another domain's frame may be stored without the
 *accessed bit (grant/ alone does that) 0, -EINVAL, -EPERM, -EBUSY, -ERESTART; -EAGAIN: it is not
 **expected. Caller holds the table's lock.
 */
enum update_how { UPDATE_SET, UPDATE_KEEP_AD, UPDATE_IF_SAME };
struct pte_update {
	struct domain *d, *pg_owner;
	struct frame *table;
	unsigned int slot;
	enum update_how how;
	bool held, untouched;
	pte_t val, expected;
};
int promote_entry(const struct pte_update *u);

/* Devices' memory. May d map this frame, which is not RAM? (mm/iomem.c) */
bool iomem_allowed(const struct domain *d, mfn_t m);
/* Start-up: no guest may map these bytes (local APIC, IO-APICs). */
void iomem_deny(maddr_t start, uint64_t size);

/* --- used between frame.c and its neighbours --- */

/*
 * Turn the owner's allocation reference into the caller's and take the frame out of everyone's
 * reach: refs 0, no type. Then frame_restore() or frames_give(). 0, -EINVAL (not d's), -EBUSY (in
 * use, or a table to be dismantled first). The domain's books stay.
 */
int frame_steal(struct frame *f, struct domain *d);
/* Make a frame without references d's, as allocated. Also for frames_take()'s. */
void frame_restore(struct frame *f, struct domain *d);
/*
 * 2^order frames from the allocator, zeroed, without references or owner; and back to it.
 * (mm/alloc.c)
 */
struct frame *frames_take(unsigned int order, unsigned int flags);
/* cpus: those that may remember them. */
void frames_give(struct frame *f, unsigned int order, cpumask_t cpus);

/*
 * Take back from d what alloc_domain_frames() gave. d may have given frames back itself by now, and
 * another domain may have got them: those stay as they are.
 */
void frames_untake(struct frame *f, unsigned int order, struct domain *d);

/* The frame lost its last reference (put_page() only). */
void frame_release(struct frame *f);

/* Drop the owner's allocation reference, once. False: it was gone. */
bool frame_drop_allocation(struct frame *f);

/*
 * Take apart a table that nothing refers to, or one half checked, now. The caller holds a
 * reference. True: it was one.
 */
bool frame_dismantle(struct frame *f);

/* The CPUs that may remember a mapping of f, which is no more or goes just now: frame.c F7. */
cpumask_t frame_remembered(const struct frame *f);

/* Flush whoever may remember an earlier use of f. Interrupts on. */
void frame_settle(struct frame *f);

#endif
