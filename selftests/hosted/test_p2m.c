/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The memory of a translated domain. Claim: its numbers lead to its own frames and to no others,
 * each entry holds its references, tables are bounded, and all comes back, whatever order populate,
 * release and the maps of our own pages come in.
 */
/* sources: hypervisor/hvm/p2m.c hypervisor/hvm/physmap.c */
/* sources: hypervisor/mm/memory_op.c hypervisor/mm/exchange.c hypervisor/mm/frame.c */
/* sources: hypervisor/mm/promote.c hypervisor/mm/pte_rules.c hypervisor/mm/desc_rules.c */
/* sources: hypervisor/mm/alloc.c hypervisor/mm/buddy.c hypervisor/mm/m2p.c */
/* sources: hypervisor/mm/iomem.c hypervisor/mm/mmu_op.c hypervisor/mm/mmuext_op.c */
/* sources: hypervisor/mm/domain_mm.c */
#define WORLD_FRAMES 4096U
#include "mm_world.h"
#include "translated_world.h"

#define GRANT_FRAMES 4U

static struct domain *dom = &world_dom[1];
static mfn_t grant_frame[GRANT_FRAMES];
static uint64_t list[64];

int grant_shared_frame(struct domain *d, uint64_t index, mfn_t *out)
{
	(void)d;
	if (index >= GRANT_FRAMES)
		return -EINVAL;
	*out = grant_frame[index];
	return 0;
}

static struct frame *shared_frame(void)
{
	struct frame *f = alloc_frames(0, ALLOC_ZERO);

	share_frame(f, dom, false);
	return f;
}

static void start(void)
{
	world_start();
	translate(1);
	dom->shared_mfn = frame_to_mfn(shared_frame());
	for (unsigned int i = 0; i < GRANT_FRAMES; i++)
		grant_frame[i] = frame_to_mfn(shared_frame());
	world_run_as(0, 0);
}

/* XENMEM_populate_physmap or decrease_reservation of n extents from list[] for domain 1. */
static long reserve(unsigned int op, unsigned int n, unsigned int order)
{
	struct xen_memory_reservation r = {(uint64_t)list, n, order, 0, 1};

	return world_call(do_memory_op, op, (uint64_t)&r, 0, 0);
}

static long add(unsigned int space, uint64_t idx, uint64_t gfn)
{
	struct xen_add_to_physmap a = {1, 0, space, idx, gfn};

	return world_call(do_memory_op, XENMEM_add_to_physmap, (uint64_t)&a, 0, 0);
}

static long take_away(uint64_t gfn)
{
	struct xen_remove_from_physmap r = {1, gfn};

	return world_call(do_memory_op, XENMEM_remove_from_physmap, (uint64_t)&r, 0, 0);
}

static struct frame *at(uint64_t gfn)
{
	mfn_t m = p2m_lookup(&hvm.p2m, gfn);

	return mfn_eq(m, MFN_NONE) ? NULL : mfn_to_frame(m);
}

/* The domain's frame with nothing but its allocation and its entry. */
static bool plain(uint64_t gfn)
{
	struct frame *f = at(gfn);

	return f && f->owner == dom && f->refs == 2 && frame_type(f) == FT_WRITABLE &&
	       frame_type_count(f) == 1;
}

static void finish(void)
{
	while (hvm_relinquish(dom))
		;
}

static void test_populate(void)
{
	bool good = true;

	start();
	list[0] = 0, list[1] = 0x200, list[2] = 0x600;
	result(reserve(XENMEM_populate_physmap, 3, 9) == 3 && dom->mm.pages == 3 * 512,
	       "extents of 2 MiB are populated");
	for (uint64_t gfn = 0; gfn < 0x400; gfn++)
		good &= plain(gfn) && at(gfn) == at(gfn & ~0x1ffUL) + (gfn & 0x1ff);
	result(good, "each of their frames has its allocation's and its entry's "
				     "references, and is writable memory");
	result(!at(0x400) && !at(0x5ff) && plain(0x600) && !at(0x800) && !at(~0UL) &&
		       !at(1UL << 40),
	       "what was not populated is a hole, and so is what is no number at all");
	list[0] = 0xfeff8, list[1] = 0xfc000;
	result(reserve(XENMEM_populate_physmap, 2, 0) == 2 && plain(0xfeff8) && plain(0xfc000) &&
		       hvm.p2m.highest == 0xfeff8,
	       "single pages far up, and the highest one is known");
	result(get_page_type(at(0x10), FT_L1) == -EINVAL &&
		       get_page_type(at(0x10), FT_DESC) == -EINVAL,
	       "no page of it can become a page table or a descriptor table");
	list[0] = 0x10;
	result(reserve(XENMEM_populate_physmap, 1, 0) == 0 && dom->mm.pages == 3 * 512 + 2,
	       "where something is nothing is populated, and the frame comes back");
	list[0] = 0x400;
	result(reserve(XENMEM_populate_physmap, 1, 10) == 0 && dom->mm.pages == 3 * 512 + 2 &&
		       !at(0x400),
	       "of an extent that does not fit whole nothing stays");
	list[0] = ~0UL, list[1] = 1UL << 36;
	result(reserve(XENMEM_populate_physmap, 2, 0) == 0, "absurd numbers are refused");
	finish();
	result(!at(0) && !at(0xfeff8) && at(0x10) == NULL, "the end takes all of it out");
}

static void test_release(void)
{
	struct frame *f;
	uint64_t unused;

	start();
	unused = free_frame_count();
	list[0] = 0x200;
	(void)reserve(XENMEM_populate_physmap, 1, 9);
	f = at(0x2aa);
	list[0] = 0x2aa;
	result(reserve(XENMEM_decrease_reservation, 1, 0) == 1 && !at(0x2aa) && !f->refs &&
		       plain(0x2a9) && plain(0x2ab) && dom->mm.pages == 511,
	       "one page out of 2 MiB is given back, its neighbours stay");
	result(reserve(XENMEM_decrease_reservation, 1, 0) == 0, "not twice");
	f = at(0x2ab);
	if (!get_page(f, dom))
		abort();
	list[0] = 0x2ab;
	result(reserve(XENMEM_decrease_reservation, 1, 0) == 1 && f->refs == 1 && f->owner == dom,
	       "a frame that somebody still maps stays, with its owner");
	put_page(f);
	domain_flushes = 0;
	list[0] = 0x2aa;
	result(reserve(XENMEM_populate_physmap, 1, 0) == 1 && plain(0x2aa) && domain_flushes == 1,
	       "before another page stands there the guest's CPUs are flushed");
	finish();
	while (mm_domain_relinquish(dom))
		;
	result(free_frame_count() + hvm.p2m.pages - 1 == unused && dom->mm.pages == 0,
	       "and at the end only the tables are left");
	unused = free_frame_count() + hvm.p2m.pages;
	p2m_destroy(&hvm.p2m);
	result(free_frame_count() == unused, "which go with the domain");
}

static void test_maps(void)
{
	struct frame *shared, *ram;

	start();
	shared = mfn_to_frame(dom->shared_mfn);
	list[0] = 0;
	(void)reserve(XENMEM_populate_physmap, 1, 9);
	ram = at(0x10);
	result(add(XENMAPSPACE_shared_info, 0, 0x10) == 0 && at(0x10) == shared && !ram->refs &&
		       dom->mm.pages == 511 && hvm.shared_gfn == 0x10,
	       "shared_info takes the place of a page, which is free");
	result(add(XENMAPSPACE_shared_info, 0, 0x1000) == 0 && at(0x1000) == shared && !at(0x10) &&
		       shared->refs == 2,
	       "mapped elsewhere it leaves the old place");
	result(add(XENMAPSPACE_grant_table, 2, 0x10000) == 0 &&
		       mfn_eq(p2m_lookup(&hvm.p2m, 0x10000), grant_frame[2]) &&
		       add(XENMAPSPACE_grant_table, GRANT_FRAMES, 0x10001) == -EINVAL &&
		       add(XENMAPSPACE_grant_table, 0x80000000, 0x10001) == -EOPNOTSUPP &&
		       !at(0x10001),
	       "frames of the grant table, as far as there are any");
	ram = at(0x20);
	result(add(XENMAPSPACE_gmfn, 0x20, 0x30000) == 0 && at(0x30000) == ram && !at(0x20) &&
		       plain(0x30000) && add(XENMAPSPACE_gmfn, 0x20, 0x30001) == -EINVAL,
	       "a page of its own moves, once");
	result(add(XENMAPSPACE_gmfn_foreign, 0, 0x40000) == -EOPNOTSUPP, "no page of others");
	result(take_away(0x1000) == 0 && !at(0x1000) && shared->refs == 1 &&
		       take_away(0x1000) == -EINVAL,
	       "shared_info is taken out, and stays ours");
	list[0] = 0x10000;
	result(reserve(XENMEM_decrease_reservation, 1, 0) == 0 && !at(0x10000) &&
		       mfn_to_frame(grant_frame[2])->refs == 1,
	       "a frame of ours is not RAM that could be given back");
	world_run_as(2, 0);
	result(add(XENMAPSPACE_shared_info, 0, 0x50) == -EPERM && take_away(1) == -EPERM && at(1),
	       "another guest has no say in it");
	world_run_as(1, 0);
	result(do_memory_op(XENMEM_machphys_mapping, 0, 0, 0, 0, 0) == -ENOSYS &&
		       do_memory_op(XENMEM_exchange, (uint64_t)list, 0, 0, 0, 0) == -ENOSYS &&
		       do_memory_op(XENMEM_increase_reservation, (uint64_t)list, 0, 0, 0, 0) ==
			       -ENOSYS,
	       "itself it has none of the calls that name machine frames");
	finish();
}

static void test_bound(void)
{
	unsigned int i, done = 0;
	uint64_t pages;

	start();
	hvm.p2m.max_pages = 10;
	for (i = 0; i < 64; i++) {
		list[0] = (uint64_t)i << 20;
		done += reserve(XENMEM_populate_physmap, 1, 0) == 1;
	}
	pages = dom->mm.pages;
	result(done == 4 && hvm.p2m.pages == 10 && pages == 4,
	       "pages far apart cost tables, and of these there are only so many");
	finish();
}

/* Random steps against an array. */
static void test_model(void)
{
	static struct frame *model[0x800];
	unsigned int step;
	bool good = true;
	uint64_t unused;

	start();
	unused = free_frame_count();
	srand(19);
	world_preempt_one_in = 5;
	memset(model, 0, sizeof(model));
	for (step = 0; step < 6000 && good; step++) {
		uint64_t gfn = (uint64_t)rand() % 0x800;

		switch (rand() % 4) {
		case 0:
			list[0] = gfn & ~0x1ffUL;
			if (rand() % 20)
				break;
			if (reserve(XENMEM_populate_physmap, 1, 9) == 1)
				for (unsigned int i = 0; i < 512; i++)
					model[list[0] + i] = at(list[0] + i);
			break;
		case 1:
			list[0] = gfn;
			good &= (reserve(XENMEM_populate_physmap, 1, 0) == 1) == !model[gfn];
			model[gfn] = at(gfn);
			break;
		case 2:
			list[0] = gfn;
			good &= (reserve(XENMEM_decrease_reservation, 1, 0) == 1) ==
				(model[gfn] != NULL);
			model[gfn] = NULL;
			break;
		default:
			good &= at(gfn) == model[gfn] && (!model[gfn] || plain(gfn));
			break;
		}
	}
	for (uint64_t gfn = 0; gfn < 0x800; gfn++)
		good &= at(gfn) == model[gfn];
	result(good, "6000 random steps, and each number leads where it should");
	finish();
	while (mm_domain_relinquish(dom))
		;
	result(free_frame_count() + hvm.p2m.pages - 1 == unused, "and everything comes back");
}

int main(void)
{
	test_populate();
	test_release();
	test_maps();
	test_bound();
	test_model();
	printf("1..%u\n", world_number);
	return world_failures != 0;
}
