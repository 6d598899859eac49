/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Memory: allocation, the direct map, the hypervisor's own page tables, references and types of
 * frames, the M2P. Owner of this header: mm/.
 */
#ifndef HV_MM_MM_H
#define HV_MM_MM_H

#include <hv/mm/frame.h>
#include <hv/mm/pte_rules.h>
#include <hv/spinlock.h>
#include <hv/types.h>

struct boot_info;

/* Page-table entries, PTE_*: hv/mm/pte_rules.h. */
static inline unsigned int l4_index(uint64_t va)
{
	return va >> 39 & 511;
}

static inline unsigned int l3_index(uint64_t va)
{
	return va >> 30 & 511;
}

static inline unsigned int l2_index(uint64_t va)
{
	return va >> 21 & 511;
}

static inline unsigned int l1_index(uint64_t va)
{
	return va >> 12 & 511;
}

/* --- direct map --- */
#ifndef HOSTED
static inline void *maddr_to_virt(maddr_t a)
{
	return (void *)(DIRECTMAP_VIRT + a);
}

/* Only for pointers into the direct map; the image has image_maddr() in hv/boot/boot.h. */
static inline maddr_t virt_to_maddr(const void *p)
{
	return (uint64_t)p - DIRECTMAP_VIRT;
}
#else
void *maddr_to_virt(maddr_t a);
maddr_t virt_to_maddr(const void *p);
#endif

static inline void *mfn_to_virt(mfn_t m)
{
	return maddr_to_virt(mfn_to_maddr(m));
}

static inline mfn_t virt_to_mfn(const void *p)
{
	return maddr_to_mfn(virt_to_maddr(p));
}

static inline struct frame *virt_to_frame(const void *p)
{
	return mfn_to_frame(virt_to_mfn(p));
}

/*
 * --- start-up (mm/map.c, mm/buddy.c), boot CPU only --- At entry the direct map holds the first 4
 * GiB. mm_boot_init() maps all RAM of bi->map, builds frame table and M2P, and gives all free RAM
 * to the allocator. Boot modules, image and low memory are in bi->reserved[].
 */
void mm_boot_init(const struct boot_info *bi);
/*
 * Give whole frames of [start, end), bytes, to the allocator: boot modules that were read. Start-up
 * only.
 */
void mm_boot_release(maddr_t start, maddr_t end);

/* --- frames (mm/buddy.c). Any context except interrupt handlers. --- */
#define ALLOC_ZERO	1	/* fill with 0 */
#define ALLOC_LOW	2	/* prefer memory below 4 GiB; without it, memory above is preferred */
#define ALLOC_GUEST	4	/* for a guest: the reserve of low memory must stay (alloc.c) */
#define ALLOC_BITS(n)	((n) << 8)	/* only addresses below 2^n, n of 16..52 */

/* 2^order contiguous frames without an owner (FRAME_HV, refs 1), or NULL. */
struct frame *alloc_frames(unsigned int order, unsigned int flags);
void free_frames(struct frame *f, unsigned int order);
/* One zeroed page of the hypervisor's own, by its direct-map address, or NULL. */
void *alloc_page(void);
void free_page(void *p);
uint64_t free_frame_count(void);
/* Of those, the ones that a guest can get: all but what is left of the reserve. */
uint64_t guest_frame_count(void);
/* Frames of low memory that are kept for Domain-0 and ourselves; 0: no reserve. */
uint64_t low_reserve(void);
uint64_t total_frame_count(void);

/*
 * Allocate 2^order frames for d: FRAME_ALLOCATED, refs 1, d->mm.pages counts them, M2P invalid. No
 * limit check beyond d->mm.max_pages. The contents are zeroed. NULL: no memory, or limit.
 */
struct frame *alloc_domain_frames(struct domain *d, unsigned int order, unsigned int flags);
/*
 * Make a hypervisor page mappable by d (read-write or only read-only): shared_info, grant frames.
 */
void share_frame(struct frame *f, struct domain *d, bool readonly);
/*
 * Drop the hypervisor's own reference. Nobody can map the frame any more; it is free when the last
 * mapping goes.
 */
void unshare_frame(struct frame *f);

/* --- small objects (mm/heap.c). Any context except interrupt handlers. Memory is zeroed. --- */
void *hv_alloc(size_t size);
void hv_free(void *p);	/* NULL is allowed */

/* --- the hypervisor's own mappings (mm/map.c) --- */
extern pte_t
	idle_l4[512]; /* the page table of idle CPUs; slots 256-271 are the master for all L4s */
/* Map n pages at va (inside our slots), taking page-table pages as needed. 0 or -ENOMEM. */
int hv_map(uint64_t va, maddr_t ma, uint64_t n_pages, uint64_t flags);
void hv_unmap(uint64_t va, uint64_t n_pages);
/*
 * Addresses for a mapping made while running: size bytes (whole pages) at a multiple of align, a
 * power of two, with a page behind them that nobody maps. 0: there are none left. They are never
 * given out again.
 */
uint64_t vmap_reserve(uint64_t size, uint64_t align);
/* Uncached mapping of a device; never fails at boot (panics), later NULL. */
void *map_mmio(maddr_t ma, size_t size);
void unmap_mmio(void *p, size_t size);

/* --- references and types (mm/frame.c, mm/promote.c) --- */
/* Take a general reference if d owns the frame (d NULL: whoever owns it). */
bool __must_check get_page(struct frame *f, struct domain *d);
/*
 * As many at once, all or none; and as many of FT_WRITABLE for who has the former: 0 or -EBUSY. May
 * wait.
 */
bool __must_check get_pages(struct frame *f, struct domain *d, unsigned int n);
int __must_check get_writable(struct frame *f, unsigned int n);
void put_page(struct frame *f);
/*
 * Take a typed reference; validates when it is the first. Caller holds a general reference. 0,
 * -EINVAL (contents, conflicting type), -EBUSY, -ERESTART (preempted: call again).
 */
int __must_check get_page_type(struct frame *f, enum frame_type type);
/*
 * The same if that needs no lock, else -EAGAIN. For holders of a frame's lock who must not wait for
 * another.
 */
int __must_check get_page_type_nowait(struct frame *f, enum frame_type type);
void put_page_type(struct frame *f);
/* Both at once, for a frame number from a guest. */
int __must_check get_page_and_type(mfn_t m, struct domain *d, enum frame_type type);
void put_page_and_type(struct frame *f);

/* --- M2P (mm/m2p.c) --- */
#define M2P_INVALID	(~UINT64_C(0))
void m2p_set(mfn_t m, uint64_t pfn);
uint64_t m2p_get(mfn_t m);

/* --- guest page tables --- */
/* The state of a domain that mm/ owns: embedded in struct domain. */
struct domain_mm {
	spinlock_t lock;        /* guards pages, max_pages, shared_pages, e820, and who sees the M2P
				   (promote.c M6) */
	uint64_t pages;		/* frames owned (tot_pages) */
	uint64_t max_pages;
	uint64_t shared_pages;	/* hypervisor pages shared with it; atomic */
	struct domain *next_gone;	/* alloc.c: list of domains without frames */
	bool gone;
	uint64_t sweep;		/* relinquish: next frame to look at */
	void *e820;		/* XENMEM_set_memory_map's copy */
	unsigned int e820_entries;
};

/*
 * Drop the references of domains that lost their last frame. Where no lock is held, at the end of
 * memory calls.
 */
extern struct domain *mm_gone;
void mm_reap(void);

int mm_domain_init(struct domain *d);
/* Give back everything the domain owns. 0, or -ERESTART: call again. */
int mm_domain_relinquish(struct domain *d);

/*
 * Find the L1 entry of va in v's current page table. NULL, or its direct-map address with the table
 * in *l1.
 */
pte_t *guest_l1_entry(struct vcpu *v, gaddr_t va, mfn_t *l1);

/*
 * For the emulation of direct writes (ABI.md 6.8): make the L1 entry at machine address ptr, if it
 * still is old, become val, with the rules and references of mmu_update. 0, -EAGAIN (not old any
 * more), -EINVAL, -EPERM ...
 */
int mmu_l1_cmpxchg(struct vcpu *v, maddr_t ptr, pte_t old, pte_t val);

/*
 * Take and drop the references of the L4 that is a vCPU's base in its kernel mode, and of that in
 * its user mode. Only the former shows the M2P (promote.c M6). 0, -EINVAL, -EPERM, -EBUSY,
 * -ERESTART. m NONE or 0 in put: nothing. No locks held.
 */
int mmu_get_kernel_l4(struct domain *d, mfn_t m);
void mmu_put_kernel_l4(mfn_t m);
int mmu_get_user_l4(struct domain *d, mfn_t m);
void mmu_put_user_l4(mfn_t m);

#endif
