// SPDX-License-Identifier: GPL-2.0-only
/*
 * The initial memory of Domain-0. From VIRT_BASE up, pseudo-physical frame after frame: the
 * kernel's image, the initrd unless the kernel takes it unmapped (MOD_START_PFN), the P2M unless
 * the kernel wants it elsewhere (INIT_P2M), start_info, the page tables, one page of stack,
 * padding. Behind that in pseudo-physical memory only: the unmapped initrd, the P2M of INIT_P2M
 * with the tables that map it.
 *
 * Source: ABI.md 1.6.
 */
#include <hv/domain/dom0_layout.h>
#include <hv/errno.h>
#include <hv/layout.h>
#include <x86/image.h>

#define MIN_SLACK	KIB(512)	/* behind the stack */
#define BUILD_ALIGN	MIB(4)

/* Tables for [start, end), without the L4: entries of each level that the range touches. */
static uint64_t tables_for(uint64_t start, uint64_t end)
{
	return ((end - 1) >> 21) - (start >> 21) + 1 + ((end - 1) >> 30) - (start >> 30) + 1 +
	       ((end - 1) >> 39) - (start >> 39) + 1;
}

static uint64_t pages(uint64_t bytes)
{
	return (bytes + PAGE_SIZE - 1) >> PAGE_SHIFT;
}

/* Bytes from va to the end of a guest's addresses, less 4 KiB so that no end wraps to 0. */
static uint64_t room_from(uint64_t va)
{
	return (va < GUEST_LOW_END ? GUEST_LOW_END : -PAGE_SIZE) - va;
}

/* What is placed before the page tables: the answer is where those begin. */
static uint64_t place_first(const struct kernel_notes *notes, struct dom0_layout *l)
{
	uint64_t at = notes->image_end;

	if (l->initrd_pages && !notes->mod_start_pfn) {
		l->mod_start = at;
		l->initrd_pfn = (at - l->start) >> PAGE_SHIFT;
		at += l->initrd_pages * PAGE_SIZE;
	}
	if (!notes->has_init_p2m) {
		l->p2m = at;
		l->p2m_pfn = (at - l->start) >> PAGE_SHIFT;
		at += l->p2m_pages * PAGE_SIZE;
	}
	l->start_info = at;
	return at + PAGE_SIZE;
}

/* What has no place in the initial mapping. */
static void place_behind(const struct kernel_notes *notes, struct dom0_layout *l)
{
	l->built_pages = l->mapped_pages;
	if (l->initrd_pages && notes->mod_start_pfn) {
		l->mod_start = l->initrd_pfn = l->built_pages;
		l->built_pages += l->initrd_pages;
	}
	if (notes->has_init_p2m) {
		l->p2m = notes->init_p2m;
		l->p2m_pfn = l->built_pages;
		l->p2m_tables = tables_for(l->p2m, l->p2m + l->p2m_pages * PAGE_SIZE);
		l->built_pages += l->p2m_pages + l->p2m_tables;
	}
}

int dom0_lay_out(const struct kernel_notes *notes, uint64_t nr_pages, uint64_t initrd_size,
		 struct dom0_layout *l)
{
	uint64_t fixed, n = 1, last = 0, p2m_end;

	*l = (struct dom0_layout){.start = notes->virt_base,
				  .initrd_pages = pages(initrd_size),
				  .p2m_pages = pages(nr_pages * sizeof(uint64_t))};
	fixed = notes->image_end - l->start + PAGE_SIZE;
	fixed += (notes->mod_start_pfn ? 0 : l->initrd_pages * PAGE_SIZE) +
		 (notes->has_init_p2m ? 0 : l->p2m_pages * PAGE_SIZE);
	/* With the tables, the padding and the alignment, by a generous estimate. */
	if (fixed + fixed / 256 + MIB(8) > room_from(l->start))
		return -EINVAL;
	l->tables = place_first(notes, l);
	while (n != last) {	/* more tables map more tables: settles at once or twice */
		last = n;
		l->stack = l->tables + n * PAGE_SIZE;
		l->end = ALIGN_UP(l->stack + PAGE_SIZE + MIN_SLACK, BUILD_ALIGN);
		n = 1 + tables_for(l->start, l->end);
	}
	l->nr_tables = n;
	l->mapped_pages = (l->end - l->start) >> PAGE_SHIFT;
	place_behind(notes, l);
	p2m_end = l->p2m + l->p2m_pages * PAGE_SIZE;
	if (notes->has_init_p2m && (l->p2m_pages * PAGE_SIZE > room_from(l->p2m) ||
				    (l->p2m < l->end && p2m_end > l->start)))
		return -EINVAL;
	return l->built_pages > nr_pages ? -ENOMEM : 0;
}
