/* SPDX-License-Identifier: GPL-2.0-only */
/* The state of a domain that mm/ owns, embedded in struct domain (mm/domain_mm.c). */
#ifndef HV_MM_DOMAIN_MM_H
#define HV_MM_DOMAIN_MM_H

#include <hv/spinlock.h>
#include <hv/types.h>

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

/* Set up d->mm, without a limit of pages. 0 always. Nobody else sees d yet. */
int mm_domain_init(struct domain *d);
/*
 * Give back everything the domain owns: pins, partial tables, allocations, its memory map. d does
 * not run any more. 0, or -ERESTART: call again. No locks held.
 */
int mm_domain_relinquish(struct domain *d);

#endif
