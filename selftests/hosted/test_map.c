/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Start-up of memory, from odd memory maps of the firmware. Claims: every frame of RAM has a record
 * and an M2P entry, no reserved frame is used, no frame in use is allocated, and no frame is lost.
 */
/* sources: hypervisor/mm/map.c hypervisor/mm/heap.c hypervisor/mm/alloc.c */
/* sources: hypervisor/mm/buddy.c hypervisor/mm/m2p.c hypervisor/mm/frame.c */
/* sources: hypervisor/mm/promote.c hypervisor/mm/pte_rules.c hypervisor/mm/desc_rules.c */
/* sources: hypervisor/mm/iomem.c hypervisor/mm/mmu_op.c hypervisor/mm/mmuext_op.c */
/* sources: hypervisor/mm/domain_mm.c */
#define WORLD_FRAMES 7168U /* 28 MiB */
#define WORLD_OWN_HEAP
#define WORLD_OWN_MAP
#include <hv/boot/boot.h>
#include <hv/mm/desc_op.h>

#include "mm_world.h"
#include <sys/wait.h>
#include <unistd.h>

int vcpu_set_ldt(struct vcpu *v, gaddr_t base, unsigned int entries)
{
	(void)v, (void)base, (void)entries;
	return 0;
}

/* What the CPU would find at va: the entry of the last level, and the machine address. */
static bool translate(uint64_t va, maddr_t *ma, pte_t *leaf, pte_t *all)
{
	pte_t *table = idle_l4, e;
	unsigned int level;

	*all = ~0UL;
	for (level = 4; level; level--) {
		e = table[va >> (12 + 9 * (level - 1)) & 511];
		if (!(e & PTE_P))
			return false;
		*leaf = e;
		*all &= e;
		if (level == 1 || (level == 2 && (e & PTE_PSE))) {
			uint64_t mask = level == 1 ? PAGE_SIZE - 1 : MIB(2) - 1;

			*ma = (e & PTE_ADDR & ~mask) | (va & mask);
			return true;
		}
		table = maddr_to_virt(e & PTE_ADDR);
	}
	return false;
}

static bool in_ram(uint64_t frame)
{
	unsigned int i;
	bool ram = false;

	for (i = 0; i < boot_info.n_regions; i++)
		ram |= boot_info.map[i].type == E820_RAM && frame << 12 >= boot_info.map[i].start &&
		       (frame + 1) << 12 <= boot_info.map[i].start + boot_info.map[i].size;
	return ram && frame >= 256;
}

static bool is_reserved(uint64_t frame)
{
	unsigned int i;

	for (i = 0; i < boot_info.n_reserved; i++)
		if (frame << 12 < boot_info.reserved[i].end &&
		    (frame + 1) << 12 > boot_info.reserved[i].start)
			return true;
	return false;
}

static void region(uint64_t start, uint64_t size, uint32_t type)
{
	boot_info.map[boot_info.n_regions++] = (struct boot_region){start, size, type};
}

static void keep(maddr_t start, maddr_t end)
{
	boot_info.reserved[boot_info.n_reserved++] = (struct boot_reserved){start, end};
}

/*
 * Called in a child: mm_boot_init() works once. 0: all good, else the number of the claim that
 * failed.
 */
static int check(void)
{
	uint64_t n, ram = 0, free_frames_seen = 0;
	maddr_t ma;
	pte_t leaf, all;

	world_run_as(0, 0);
	mm_boot_init(&boot_info);
	for (n = 0; n < WORLD_FRAMES; n++) {
		struct frame *f = &world_records[n];
		bool is_free = buddy_is_free(&frame_buddy, (uint32_t)n);

		if (mfn_is_ram(mfn(n)) != in_ram(n))
			return 1;
		if (!in_ram(n)) {
			if (is_free || f->refs)
				return 2;
			continue;
		}
		ram++;
		free_frames_seen += is_free;
		if (is_free && (is_reserved(n) || f->refs))
			return 3;
		if (!is_free && f->refs != 1)
			return 4;
		if (!translate(FRAMETABLE_VIRT + n * sizeof(struct frame), &ma, &leaf, &all) ||
		    (leaf & PTE_US))
			return 5;
		if (!in_ram(ma >> 12) || is_reserved(ma >> 12) ||
		    buddy_is_free(&frame_buddy, (uint32_t)(ma >> 12)))
			return 6;
		if (!(all & PTE_RW) || !(leaf & PTE_NX))
			return 7;
		if (!translate(M2P_VIRT + n * 8, &ma, &leaf, &all) || !(all & PTE_US) ||
		    (leaf & PTE_RW) || !(leaf & PTE_NX) || (leaf & PTE_G))
			return 8;
		if (*(uint64_t *)maddr_to_virt(ma) != M2P_INVALID ||
		    mfn_to_frame(mfn(ma >> 12))->owner != &dom_xen)
			return 9;
		if (frame_type_count(mfn_to_frame(mfn(ma >> 12))) != 1 ||
		    get_page_and_type(mfn(ma >> 12), &dom_xen, FT_WRITABLE) == 0)
			return 10;
		m2p_set(mfn(n), n ^ 0x5555);
		if (*(uint64_t *)maddr_to_virt(ma) != (n ^ 0x5555))
			return 11;
	}
	if (free_frames_seen != free_frame_count() || free_frames_seen > ram || !free_frames_seen)
		return 12;
	for (n = HV_L4_FIRST; n < l4_index(DIRECTMAP_VIRT); n++)
		if (n != l4_index(VCPU_VIRT) && !(idle_l4[n] & PTE_P))
			return 13;
	/* A mapping made later. */
	n = free_frame_count();
	if (hv_map(VMAP_VIRT + GIB(3), 0x300000, 600, PTE_HV_RW) ||
	    !translate(VMAP_VIRT + GIB(3) + 599 * PAGE_SIZE + 5, &ma, &leaf, &all) ||
	    ma != 0x300000 + 599 * PAGE_SIZE + 5)
		return 14;
	hv_unmap(VMAP_VIRT + GIB(3), 600);
	if (translate(VMAP_VIRT + GIB(3), &ma, &leaf, &all) || n - free_frame_count() > 4)
		return 15;
	if (!translate((uint64_t)map_mmio(0xfee00010, 32), &ma, &leaf, &all) || ma != 0xfee00010 ||
	    !(leaf & PTE_PCD))
		return 16;
	return 0;
}

static void run(const char *claim)
{
	int status = -1;
	pid_t child;

	fflush(stdout);
	child = fork();
	if (!child)
		_exit(check());
	waitpid(child, &status, 0);
	if (status)
		printf("# claim %d of check()\n", WIFEXITED(status) ? WEXITSTATUS(status) : -1);
	result(status == 0, claim);
	memset(&boot_info, 0, sizeof(boot_info));
}

int main(void)
{
	unsigned int i;

	setvbuf(stdout, NULL, _IOLBF, 0);
	printf("1..6\n");
	region(0, 0x9fc00, E820_RAM);
	region(0x100000, MIB(27), E820_RAM);
	keep(0, MIB(1));
	keep(MIB(2), MIB(3));
	run("a plain machine");

	region(0, 0x9fc00, E820_RAM);
	region(0x100800, 0x3ff900, E820_RAM);
	region(0x500100, 0x200, E820_RAM);
	region(MIB(6), MIB(1), E820_RESERVED);
	region(MIB(7), MIB(20) + 0x800, E820_RAM);
	keep(0, MIB(1));
	run("regions with odd ends, and one smaller than a page");

	region(0x100000, MIB(27), E820_RAM);
	keep(MIB(2), MIB(3));
	keep(MIB(2) + 0x800, MIB(4));
	keep(MIB(1), MIB(2));
	keep(MIB(27), MIB(100));
	keep(MIB(9) + 1, MIB(9) + 2);
	run("reserved ranges that overlap, touch, and leave the memory");

	for (i = 0; i < 100; i++)
		region(MIB(1) + i * 0x8000, 0x5000, E820_RAM);
	region(MIB(8), MIB(20), E820_RAM);
	run("a hundred crumbs");

	region(0x100000, MIB(27), E820_RAM);
	for (i = 0; i < BOOT_MAX_RESERVED; i++)
		keep(MIB(2) + i * 0x9000, MIB(2) + i * 0x9000 + 0x1000);
	run("many reserved crumbs");

	region(MIB(4), MIB(24), E820_RAM);
	run("no low memory at all");
	return world_failures != 0;
}
