/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Allocation of frames for the hypervisor and for domains (mm/alloc.c, which has the rules A1-A4).
 * Any context except interrupt handlers, unless said otherwise; buddy_lock and mm.lock are taken
 * inside, never together. Counts and orders are in frames of 4 KiB.
 */
#ifndef HV_MM_ALLOC_H
#define HV_MM_ALLOC_H

#include <hv/mm/buddy.h>
#include <hv/mm/frame.h>
#include <hv/percpu.h>
#include <hv/types.h>

/* --- start-up, boot CPU only --- */

/* The allocator's state; for tests and dumps. */
extern struct buddy frame_buddy;

/* Records of `frames` frames from `base` on, all zeroed or in use. */
void alloc_boot_init(void *base, uint64_t frames);
/* Frames [start, end) are free from now on (refs 0). */
void alloc_boot_add(uint64_t start, uint64_t end);

/* --- the hypervisor's own frames --- */

#define ALLOC_ZERO	1	/* fill with 0 */
#define ALLOC_LOW       2 /* prefer memory below 4 GiB; without it, memory above is preferred */
#define ALLOC_GUEST	4	/* for a guest: the reserve of low memory must stay (A4) */
#define ALLOC_BITS(n)	((n) << 8)	/* only addresses below 2^n, n of 16..52 */

/* 2^order contiguous frames without an owner (FRAME_HV, refs 1), or NULL. May flush other CPUs. */
struct frame *alloc_frames(unsigned int order, unsigned int flags);
/* Give back what alloc_frames() gave; a frame is free when nobody looks at it any more. */
void free_frames(struct frame *f, unsigned int order);
/* One zeroed page of the hypervisor's own, by its direct-map address, or NULL. */
void *alloc_page(void);
/* Give back what alloc_page() gave; p is not NULL. */
void free_page(void *p);

/* --- counts; snapshots --- */

/* Frames that are free. */
uint64_t free_frame_count(void);
/* Of those, the ones that a guest can get: all but what is left of the reserve. */
uint64_t guest_frame_count(void);
/* Frames of low memory that are kept for Domain-0 and ourselves; 0: no reserve. */
uint64_t low_reserve(void);
/* Frames that the allocator was given at start-up, free or not. */
uint64_t total_frame_count(void);

/* --- frames of domains --- */

/*
 * Allocate 2^order frames for d: FRAME_ALLOCATED, refs 1, d->mm.pages counts them, M2P invalid. No
 * limit check beyond d->mm.max_pages. The contents are zeroed. NULL: no memory, or limit.
 */
struct frame *alloc_domain_frames(struct domain *d, unsigned int order, unsigned int flags);
/*
 * Set frames aside for d until it owns `pages` in all: other domains do not get them. 0 takes a
 * claim back. -ENOMEM: so many are not free; -EINVAL: d has a claim, owns as many, may not have as
 * many, or dies. Hypercall context.
 */
int claim_frames(struct domain *d, uint64_t pages);
/* Frames that are set aside for domains. */
uint64_t claimed_frame_count(void);
/*
 * Make a hypervisor page mappable by d (read-write or only read-only): shared_info, grant frames.
 */
void share_frame(struct frame *f, struct domain *d, bool readonly);
/*
 * Drop the hypervisor's own reference. Nobody can map the frame any more; it is free when the last
 * mapping goes.
 */
void unshare_frame(struct frame *f);

/*
 * Domains that lost their last frame and whose reference to themselves (A2) is still to be dropped:
 * a look without a lock says whether mm_reap() has work.
 */
extern struct domain *mm_gone;
/* Drop these references. No lock is held: at the end of calls that gave frames back. */
void mm_reap(void);

/* --- for mm/ itself --- */

/* 2^order frames, zeroed, without references or owner; flags: ALLOC_*. NULL: no memory. */
struct frame *frames_take(unsigned int order, unsigned int flags);
/* Give such frames back. cpus: those that may remember a mapping of them. */
void frames_give(struct frame *f, unsigned int order, cpumask_t cpus);
/*
 * Take back from d what alloc_domain_frames() gave. d may have given frames back itself by now, and
 * another domain may have got them: those stay as they are.
 */
void frames_untake(struct frame *f, unsigned int order, struct domain *d);
/* The frame lost its last reference: off its owner's books and free. For put_page() only. */
void frame_release(struct frame *f);

#endif
