/* SPDX-License-Identifier: GPL-2.0-only */
/* Pages, frames and page-table entries for the tests to use and damage. */
#include "guest.h"

struct start_info *start_info;
struct shared_info *shared_info;
uint64_t *p2m;
uint64_t nr_pages, mapped_pages; /* mapped: pages from VIRT_BASE on that the builder mapped */

static uint64_t next_page, next_spare;
extern uint64_t boot_stack;
static uint64_t shared_window[512] __attribute__((aligned(4096)));

uint64_t m2p(uint64_t mfn)
{
	return ((volatile uint64_t *)MACH2PHYS_VIRT_START)[mfn];
}

void *mfn_to_va(uint64_t mfn)
{
	return (void *)(VIRT_BASE + (m2p(mfn) << 12));
}

uint64_t mfn_of(const void *va)
{
	return p2m[((uint64_t)va - VIRT_BASE) >> 12];
}

uint64_t virt_to_maddr(const void *va)
{
	return mfn_of(va) << 12 | ((uint64_t)va & ~PAGE_MASK);
}

uint64_t *pte_of(uint64_t va)
{
	uint64_t *table = (uint64_t *)start_info->pt_base;
	unsigned int level;

	for (level = 4; level > 1; level--) {
		uint64_t e = table[va >> (12 + 9 * (level - 1)) & 511];

		if (!(e & PTE_P))
			return NULL;
		table = mfn_to_va((e & PTE_ADDR) >> 12);
	}
	return &table[va >> 12 & 511];
}

uint64_t pte_maddr(uint64_t va)
{
	uint64_t *e = pte_of(va);

	return e ? virt_to_maddr(e) : 0;
}

long set_pte(uint64_t ptr, uint64_t val)
{
	struct mmu_update u = {ptr, val};

	return HC4(mmu_update, &u, 1, 0, DOMID_SELF);
}

long set_va(const void *va, uint64_t pte, uint64_t flags)
{
	return HC3(update_va_mapping, va, pte, flags);
}

long make_readonly(void *page)
{
	return set_va(page, mfn_of(page) << 12 | PTE_P | PTE_A | PTE_US, UVMF_INVLPG | UVMF_ALL);
}

long make_writable(void *page)
{
	return set_va(page, mfn_of(page) << 12 | PTE_P | PTE_RW | PTE_A | PTE_D | PTE_US,
		      UVMF_INVLPG | UVMF_ALL);
}

void memory_init(struct start_info *si)
{
	uint64_t va;

	start_info = si;
	p2m = (uint64_t *)si->mfn_list;
	nr_pages = si->nr_pages;
	/* The boot stack is the last thing that the builder placed; what follows is free. */
	next_page = ((boot_stack + PAGE_SIZE - 1) & PAGE_MASK);
	for (va = next_page; pte_of(va) && (*pte_of(va) & PTE_P); va += PAGE_SIZE)
		;
	mapped_pages = (va - VIRT_BASE) >> 12;
	next_spare = mapped_pages;
	(void)set_va(shared_window, si->shared_info | PTE_P | PTE_RW | PTE_A | PTE_D | PTE_US,
		     UVMF_INVLPG);
	shared_info = (struct shared_info *)shared_window;
}

void *page_new(void)
{
	void *page = (void *)next_page;

	if ((next_page - VIRT_BASE) >> 12 >= mapped_pages) {
		print("not ok - the kernel ran out of pages\n");
		guest_end(SHUTDOWN_crash);
	}
	next_page += PAGE_SIZE;
	memset(page, 0, PAGE_SIZE);
	return page;
}

uint64_t *table_new(void)
{
	void *page = page_new();

	(void)make_readonly(page);
	return page;
}

uint64_t spare_pfn(void)
{
	return next_spare < nr_pages ? next_spare++ : 0;
}

static bool ours(uint64_t mfn)
{
	uint64_t pfn = m2p(mfn);

	return pfn < nr_pages && p2m[pfn] == mfn;
}

/* The M2P is readable as far as there is RAM: look where our own frames are, and around. */
uint64_t foreign_mfn(void)
{
	struct xen_machphys_mapping map;
	uint64_t mfn;

	(void)HC2(memory_op, XENMEM_machphys_mapping, &map);
	for (mfn = 0x1000; mfn < map.max_mfn && mfn < 0x40000; mfn++)
		if (m2p(mfn) < 0x100000 && !ours(mfn))
			return mfn;
	return 0;
}

uint64_t hypervisor_mfn(void)
{
	uint64_t mfn;

	for (mfn = 0x1000; mfn < 0x40000; mfn++)
		if (m2p(mfn) == ~0UL)
			return mfn;
	return 0;
}

uint64_t beyond_mfn(void)
{
	return 0x8000000; /* 512 GiB */
}
