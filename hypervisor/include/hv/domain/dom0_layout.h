/* SPDX-License-Identifier: GPL-2.0-only */
/* Where the parts of Domain-0's initial memory lie (domain/dom0_layout.c). */
#ifndef HV_DOMAIN_DOM0_LAYOUT_H
#define HV_DOMAIN_DOM0_LAYOUT_H

#include <hv/domain/elfnote.h>

struct dom0_layout {
	/* Virtual addresses; pseudo-physical frame n is at start + n * 4096 below end. */
	uint64_t start, end;
	uint64_t p2m, start_info, tables, stack;
	uint64_t mod_start;		/* for start_info: a virtual address or a pfn; 0: none */
	uint64_t nr_tables;		/* frames of page tables from `tables` on, the L4 first */
	/* Pseudo-physical frames. */
	uint64_t mapped_pages;		/* from start to end */
	uint64_t initrd_pfn, initrd_pages;
	uint64_t p2m_pfn, p2m_pages;
	uint64_t p2m_tables;		/* for a P2M of its own addresses, behind it; else 0 */
	uint64_t built_pages;		/* all that building writes to */
};

/**
 * dom0_lay_out() - place the parts of Domain-0's initial memory (ABI.md 1.6)
 * @notes: the kernel's, as kernel_notes_parse() accepted them
 * @nr_pages: pages of the domain
 * @initrd_size: bytes; 0: no initrd
 * @l: out; mapped_pages and initrd_pages are valid after -ENOMEM too
 *
 * No locks, no side effects. Returns 0, -ENOMEM (the parts need more than nr_pages), -EINVAL (they
 * do not fit between VIRT_BASE and the end of a guest's addresses, or the P2M of INIT_P2M overlaps
 * them or leaves a guest's addresses).
 */
int dom0_lay_out(const struct kernel_notes *notes, uint64_t nr_pages, uint64_t initrd_size,
		 struct dom0_layout *l);

#endif
