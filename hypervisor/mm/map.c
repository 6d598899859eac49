/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The hypervisor's own address space: the direct map of all RAM, the frame table, the M2P, and
 * mappings made while running. All of it hangs below slots 256-271 of idle_l4, which every guest L4
 * copies, so each of these slots has its table before the first guest exists and never gets another
 * one.
 *
 * At start-up frames come from the free ranges of the firmware's map (RAM minus what is reserved);
 * what is left of them goes to the buddy allocator at the end.
 *
 * Locking: start-up runs alone; afterwards map_lock guards the tables and vmap_next. Inside it a
 * page for a missing table is allocated.
 */
#include <hv/mm/map.h>
#include <hv/boot/boot.h>
#include <hv/boot/options.h>
#include <hv/console/printk.h>
#include <hv/domain/domain.h>
#include <hv/errno.h>
#include <hv/lib/lib.h>
#include <hv/mm/alloc.h>
#include <hv/mm/directmap.h>
#include <hv/mm/frame.h>
#include <hv/mm/m2p.h>
#include <hv/mm/pte_rules.h>

#define LARGE_PAGE       MIB(2)
#define FRAMES_PER_LARGE (LARGE_PAGE / sizeof(struct frame)) /* records in one large page */
/* below 1 MiB all is the firmware's and Domain-0's */
#define FIRST_RAM (MIB(1) >> PAGE_SHIFT)
#define TABLE_FLAGS      (PTE_P | PTE_RW | PTE_A)
/*
 * Not global: what a guest's kernel has looked at must not stay in the TLB for its user mode
 * (promote.c M6).
 */
#define M2P_FLAGS        (PTE_P | PTE_US | PTE_A | PTE_NX)

uint64_t max_mfn __ro_after_init;

static spinlock_t map_lock = SPINLOCK_INIT(RANK_MAP);
static uint64_t vmap_next = VMAP_VIRT;

/* Free ranges at start-up, in frames, ascending. */
#define MAX_RANGES (BOOT_MAX_REGIONS + BOOT_MAX_RESERVED)
static struct range {
	uint64_t start, end;
} ranges[MAX_RANGES];
static unsigned int n_ranges;
static bool booted;

/* --- frames at start-up --- */

static void add_range(uint64_t start, uint64_t end)
{
	if (start >= end)
		return;
	if (n_ranges == MAX_RANGES)
		panic("the memory map has too many pieces");
	ranges[n_ranges].start = start;
	ranges[n_ranges].end = end;
	n_ranges++;
}

/* Cut [start, end) out of all ranges. */
static void reserve_frames(uint64_t start, uint64_t end)
{
	unsigned int i, n = n_ranges;

	for (i = 0; i < n; i++) {
		struct range *r = &ranges[i];

		if (start >= r->end || end <= r->start)
			continue;
		if (end < r->end)
			add_range(end, r->end);
		r->end = MAX(start, r->start);
	}
}

/* RAM in whole frames: [*start, *end); empty when the region is not RAM. */
static void ram_frames(const struct boot_region *r, uint64_t *start, uint64_t *end)
{
	*start = *end = 0;
	if (r->type != E820_RAM)
		return;
	*start = MAX((r->start + PAGE_SIZE - 1) >> PAGE_SHIFT, FIRST_RAM);
	*end = (r->start + r->size) >> PAGE_SHIFT;
	*end = MIN(*end, (uint64_t)BUDDY_NONE);
	if (*end < *start)
		*end = *start;
}

static void collect_ranges(const struct boot_info *bi)
{
	uint64_t start, end;
	unsigned int i;

	for (i = 0; i < bi->n_regions; i++) {
		ram_frames(&bi->map[i], &start, &end);
		add_range(start, end);
		if (end > start)
			max_mfn = MAX(max_mfn, end - 1);
	}
	for (i = 0; i < bi->n_reserved; i++)
		reserve_frames(bi->reserved[i].start >> PAGE_SHIFT,
			       (bi->reserved[i].end + PAGE_SIZE - 1) >> PAGE_SHIFT);
}

/* n aligned, zeroed frames from the highest range that has them below the frame `limit`. */
static uint64_t boot_alloc(uint64_t n, uint64_t limit)
{
	struct range *best = NULL;
	uint64_t start = 0, end;
	unsigned int i;

	for (i = 0; i < n_ranges; i++) {
		struct range *r = &ranges[i];

		end = MIN(r->end, limit);
		if (end <= r->start || end - r->start < n)
			continue;
		end = ALIGN_DOWN(end - n, n);
		if (end < r->start || (best && end < start))
			continue;
		best = r;
		start = end;
	}
	if (!best)
		panic("not enough memory to start: %lu KiB are missing", n * 4);
	end = best->end;
	best->end = start;
	add_range(start + n, end);
	memset(mfn_to_virt(mfn(start)), 0, n << PAGE_SHIFT);
	return start;
}

/* --- page tables --- */

static uint64_t low_limit = GIB(4) >> PAGE_SHIFT; /* frames that the direct map holds already */

static pte_t *new_table(void)
{
	if (!booted)
		return mfn_to_virt(mfn(boot_alloc(1, low_limit)));
	return alloc_page();
}

/* The entry for va in a table of `level`; missing tables above are made. NULL: no memory. */
static pte_t *walk(uint64_t va, unsigned int level, uint64_t table_flags)
{
	pte_t *table = idle_l4;
	unsigned int l;

	for (l = 4; l > level; l--) {
		pte_t *e = &table[va >> (12 + 9 * (l - 1)) & 511];

		if (!(*e & PTE_P)) {
			pte_t *t = new_table();

			if (!t)
				return NULL;
			*e = virt_to_maddr(t) | table_flags;
		}
		table = maddr_to_virt(*e & PTE_ADDR);
	}
	return &table[va >> (12 + 9 * (level - 1)) & 511];
}

int hv_map(uint64_t va, maddr_t ma, uint64_t n_pages, uint64_t flags)
{
	uint64_t i;

	spin_lock(&map_lock);
	for (i = 0; i < n_pages; i++) {
		pte_t *e = walk(va + i * PAGE_SIZE, 1, TABLE_FLAGS);

		if (!e) {
			spin_unlock(&map_lock);
			return -ENOMEM;
		}
		atomic_store(e, (ma + i * PAGE_SIZE) | flags);
	}
	spin_unlock(&map_lock);
	return 0;
}

void hv_unmap(uint64_t va, uint64_t n_pages)
{
	uint64_t i;

	spin_lock(&map_lock);
	for (i = 0; i < n_pages; i++) {
		pte_t *e = walk(va + i * PAGE_SIZE, 1, TABLE_FLAGS);

		if (e)
			atomic_store(e, 0);
	}
	spin_unlock(&map_lock);
}

static void map_large(uint64_t va, maddr_t ma, uint64_t flags, uint64_t table_flags)
{
	*walk(va, 2, table_flags) = ma | flags | PTE_PSE;
}

/* Addresses are not used again, so that no CPU can remember an old mapping of one. */
uint64_t vmap_reserve(uint64_t size, uint64_t align)
{
	uint64_t va;

	spin_lock(&map_lock);
	va = ALIGN_UP(vmap_next, align);
	if (va >= VMAP_VIRT_END || size > VMAP_VIRT_END - va)
		va = 0;
	else
		vmap_next = va + size + PAGE_SIZE;
	spin_unlock(&map_lock);
	return va;
}

void *map_mmio(maddr_t ma, size_t size)
{
	uint64_t offset = ma & ~PAGE_MASK, pages = (offset + size + PAGE_SIZE - 1) >> PAGE_SHIFT,
		 va;

	va = vmap_reserve(pages << PAGE_SHIFT, PAGE_SIZE);
	if (!va || hv_map(va, ma & PAGE_MASK, pages, PTE_HV_UC)) {
		if (!booted || !dom0)
			panic("cannot map device memory at %lx", (unsigned long)ma);
		return NULL;
	}
	return (void *)(va + offset);
}

void unmap_mmio(void *p, size_t size)
{
	uint64_t va = (uint64_t)p;

	hv_unmap(va & PAGE_MASK, ((va & ~PAGE_MASK) + size + PAGE_SIZE - 1) >> PAGE_SHIFT);
}

/* --- start-up --- */

/* All RAM into the direct map, 2 MiB at a time; the first 4 GiB are there. */
static void map_ram(const struct boot_info *bi)
{
	uint64_t start, end, a;
	unsigned int i;

	for (i = 0; i < bi->n_regions; i++) {
		ram_frames(&bi->map[i], &start, &end);
		a = MAX(ALIGN_DOWN(start << PAGE_SHIFT, LARGE_PAGE), GIB(4));
		for (; a < end << PAGE_SHIFT; a += LARGE_PAGE)
			map_large(DIRECTMAP_VIRT + a, a, PTE_HV_RW, TABLE_FLAGS);
	}
	low_limit = max_mfn + 1;
}

static bool has_ram(const struct boot_info *bi, uint64_t first, uint64_t last)
{
	uint64_t start, end;
	unsigned int i;

	for (i = 0; i < bi->n_regions; i++) {
		ram_frames(&bi->map[i], &start, &end);
		if (start <= last && end > first && end > start)
			return true;
	}
	return false;
}

/*
 * A table for [va, va + 2 MiB) that shows zeros everywhere and costs two pages for all holes
 * together.
 */
static void map_hole(uint64_t va)
{
	static uint64_t hole_l1;
	pte_t *l1;
	uint64_t zero;
	unsigned int i;

	if (!hole_l1) {
		zero = boot_alloc(1, low_limit);
		hole_l1 = boot_alloc(1, low_limit);
		l1 = mfn_to_virt(mfn(hole_l1));
		for (i = 0; i < PTES_PER_TABLE; i++)
			l1[i] = pte_make(mfn(zero), PTE_HV_RO);
	}
	*walk(va, 2, TABLE_FLAGS) = pte_make(mfn(hole_l1), TABLE_FLAGS);
}

static void map_frame_table(const struct boot_info *bi)
{
	uint64_t first, frame;

	for (first = 0; first <= max_mfn; first += FRAMES_PER_LARGE) {
		uint64_t va = FRAMETABLE_VIRT + first * sizeof(struct frame);

		if (!has_ram(bi, first, first + FRAMES_PER_LARGE - 1)) {
			map_hole(va);
			continue;
		}
		frame = boot_alloc(LARGE_PAGE >> PAGE_SHIFT, low_limit);
		map_large(va, frame << PAGE_SHIFT, PTE_HV_RW, TABLE_FLAGS);
	}
}

static void map_m2p(const struct boot_info *bi)
{
	uint64_t first, frame;

	for (first = 0; first <= max_mfn && first / M2P_CHUNK_ENTRIES < M2P_MAX_CHUNKS;
	     first += M2P_CHUNK_ENTRIES) {
		if (!has_ram(bi, first, first + M2P_CHUNK_ENTRIES - 1))
			continue;
		frame = boot_alloc(LARGE_PAGE >> PAGE_SHIFT, low_limit);
		m2p_chunks[first / M2P_CHUNK_ENTRIES] = mfn_to_virt(mfn(frame));
		memset(mfn_to_virt(mfn(frame)), 0xff, LARGE_PAGE);
		map_large(M2P_VIRT + first * 8, frame << PAGE_SHIFT,
			  M2P_FLAGS | (options.pv_m2p_user ? PTE_G : 0), TABLE_FLAGS | PTE_US);
	}
}

/* Every frame of RAM starts as the hypervisor's own. */
static void init_records(const struct boot_info *bi)
{
	uint64_t start, end;
	unsigned int i;

	for (i = 0; i < bi->n_regions; i++) {
		ram_frames(&bi->map[i], &start, &end);
		for (; start < end; start++) {
			struct frame *f = mfn_to_frame(mfn(start));

			f->flags = FRAME_RAM | FRAME_HV;
			f->refs = 1;
		}
	}
	for (i = 0; i < M2P_MAX_CHUNKS; i++) {
		struct frame *f;
		unsigned int k;

		if (!m2p_chunks[i])
			continue;
		f = virt_to_frame(m2p_chunks[i]);
		for (k = 0; k < LARGE_PAGE >> PAGE_SHIFT; k++)
			share_frame(&f[k], &dom_xen, true);
	}
}

void mm_boot_release(maddr_t start, maddr_t end)
{
	uint64_t first = (start + PAGE_SIZE - 1) >> PAGE_SHIFT, last = end >> PAGE_SHIFT, n;

	for (n = first; n < last; n++) {
		struct frame *f;

		if (!mfn_is_ram(mfn(n)))
			continue;
		f = mfn_to_frame(mfn(n));
		ASSERT(f->refs == 1 && !f->owner);
		f->flags = FRAME_RAM;
		f->refs = 0;
		alloc_boot_add(n, n + 1);
	}
}

void mm_boot_init(const struct boot_info *bi)
{
	uint64_t slot, n;
	unsigned int i;

	collect_ranges(bi);
	if (max_mfn > ((DIRECTMAP_END - DIRECTMAP_VIRT) >> PAGE_SHIFT) - 1)
		panic("more memory than the direct map can hold");
	map_ram(bi);
	map_frame_table(bi);
	map_m2p(bi);
	for (slot = M2P_VIRT; slot < DIRECTMAP_VIRT; slot += GIB(512))
		if (slot != VCPU_VIRT)
			walk(slot, 3, slot == M2P_VIRT ? TABLE_FLAGS | PTE_US : TABLE_FLAGS);
	init_records(bi);
	alloc_boot_init(mfn_to_frame(mfn(0)), max_mfn + 1);
	for (i = 0; i < n_ranges; i++) {
		for (n = ranges[i].start; n < ranges[i].end; n++) {
			mfn_to_frame(mfn(n))->refs = 0;
			mfn_to_frame(mfn(n))->flags = FRAME_RAM;
		}
		if (ranges[i].end > ranges[i].start)
			alloc_boot_add(ranges[i].start, ranges[i].end);
	}
	booted = true;
	log_info("memory: %lu MiB of RAM usable, highest frame %lx\n",
		 (unsigned long)(free_frame_count() >> 8), (unsigned long)max_mfn);
}
