/* SPDX-License-Identifier: GPL-2.0-only */
/* The state of a domain that mm/ owns, embedded in struct domain (mm/domain_mm.c). */
#ifndef HV_MM_DOMAIN_MM_H
#define HV_MM_DOMAIN_MM_H

#include <hv/spinlock.h>
#include <hv/types.h>

struct e820_entry;

struct domain_mm {
	spinlock_t lock; /* of the next four, and of who sees the M2P (promote.c M6) */
	uint64_t pages;			/* frames owned (tot_pages); alloc.c writes it */
	uint64_t max_pages;		/* the controller writes it */
	struct e820_entry *e820;	/* XENMEM_set_memory_map's copy: the controller's */
	unsigned int e820_entries;
	uint64_t claimed; /* frames set aside for it: buddy_lock (alloc.c A5) */
	uint64_t shared_pages;		/* atomic: hypervisor pages shared with it */
	struct domain *next_gone;	/* list of domains without frames: buddy_lock (alloc.c) */
	bool gone;			/* it is in that list: buddy_lock */
	uint64_t sweep;			/* next frame to give back: domain_kill() alone */
};

/* Set up d->mm, without a limit of pages. 0 always. Nobody else sees d yet. */
int mm_domain_init(struct domain *d);
/*
 * Give back everything the domain owns: pins, partial tables, allocations, its memory map. d does
 * not run any more. 0, or -ERESTART: call again. No locks held.
 */
int mm_domain_relinquish(struct domain *d);

#endif
