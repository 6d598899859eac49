/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Claim: a permitted grant is mapped and counted, any other is refused, and every reference is
 * released in the end.
 */
/* sources: hypervisor/grant/grant.c hypervisor/grant/grant_map.c */
/* sources: hypervisor/grant/grant_copy.c hypervisor/grant/grant_op.c */
/* sources: hypervisor/grant/maptrack.c hypervisor/mm/frame.c hypervisor/mm/promote.c */
/* sources: hypervisor/mm/pte_rules.c hypervisor/mm/desc_rules.c hypervisor/mm/alloc.c */
/* sources: hypervisor/mm/buddy.c hypervisor/mm/m2p.c hypervisor/mm/iomem.c */
/* sources: hypervisor/mm/mmu_op.c hypervisor/mm/mmuext_op.c hypervisor/mm/desc_op.c */
/* sources: hypervisor/mm/domain_mm.c */
#define WORLD_FRAMES 320U
#include <hv/grant/grant.h>
#include <hv/hypercall/hypercall.h>
#include <hv/mm/mmuext_op.h>
#include <xen/grant_table.h>
#include <x86/tlb.h>

#include "mm_world.h"

#define VA      UINT64_C(0x400000) /* the first address of the mapper's L1 table */
#define MAPPER  0
#define GRANTER 1
#define PAGES   12U

static mfn_t l4, l3, l2, l1, page[PAGES], own;
static struct grant_entry_v1 *entries;
static unsigned int flushes;
static uint64_t free_before;

void tlb_flush_domain(struct domain *d)
{
	(void)d;
	flushes++;
}

static mfn_t give(unsigned int d)
{
	struct frame *f = alloc_domain_frames(&world_dom[d], 0, 0);

	if (!f)
		abort();
	return frame_to_mfn(f);
}

static void put_entry_raw(mfn_t table, unsigned int slot, mfn_t to)
{
	((pte_t *)mfn_to_virt(table))[slot] = pte_make(to, PTE_P | PTE_RW | PTE_US);
}

static pte_t pte_at(unsigned int slot)
{
	return ((pte_t *)mfn_to_virt(l1))[slot];
}

static maddr_t pte_addr(unsigned int slot)
{
	return mfn_to_maddr(l1) + slot * 8;
}

static unsigned int refs(mfn_t m)
{
	return mfn_to_frame(m)->refs;
}

static uint64_t writers(mfn_t m)
{
	return frame_type_count(mfn_to_frame(m));
}

/* A mapper with a small page-table tree and a granter with some pages and one frame of entries. */
static void start(void)
{
	unsigned int i;
	mfn_t m;

	for (i = 0; i < 3; i++)
		grant_domain_destroy(&world_dom[i]);
	world_start();
	world_preempt_one_in = 0;
	for (i = 0; i < 3; i++) {
		world_dom[i].grant.max_frames = 4;
		world_dom[i].grant.max_maptrack_frames = 1;
		if (grant_domain_init(&world_dom[i]))
			abort();
	}
	l4 = give(MAPPER), l3 = give(MAPPER), l2 = give(MAPPER), l1 = give(MAPPER),
	own = give(MAPPER);
	put_entry_raw(l4, l4_index(VA), l3);
	put_entry_raw(l3, l3_index(VA), l2);
	put_entry_raw(l2, l2_index(VA), l1);
	world_run_as(MAPPER, 0);
	if (mmu_get_kernel_l4(&world_dom[MAPPER], l4))
		abort();
	world_vcpu[MAPPER].mm.guest_table = l4;
	for (i = 0; i < PAGES; i++) {
		page[i] = give(GRANTER);
		memset(mfn_to_virt(page[i]), (int)i, PAGE_SIZE);
	}
	if (grant_shared_frame(&world_dom[GRANTER], 0, &m))
		abort();
	entries = mfn_to_virt(m);
	free_before = free_frame_count();
}

static void allow(uint32_t ref, unsigned int n, uint16_t flags)
{
	entries[ref].frame = (uint32_t)page[n].n;
	entries[ref].domid = MAPPER;
	entries[ref].flags = GTF_permit_access | flags;
}

static struct gnttab_map_grant_ref map(uint32_t ref, uint32_t flags, uint64_t host_addr)
{
	struct gnttab_map_grant_ref op = {
		.host_addr = host_addr, .flags = flags, .ref = ref, .dom = GRANTER};

	if (world_call(do_grant_table_op, GNTTABOP_map_grant_ref, (uint64_t)&op, 1, 0))
		op.status = -99;
	return op;
}

static int unmap(grant_handle_t handle, uint64_t host_addr)
{
	struct gnttab_unmap_grant_ref op = {.host_addr = host_addr, .handle = handle};

	if (world_call(do_grant_table_op, GNTTABOP_unmap_grant_ref, (uint64_t)&op, 1, 0))
		return -99;
	return op.status;
}

/* What a CPU does before it remembers an entry. */
static void touch(unsigned int slot)
{
	((pte_t *)mfn_to_virt(l1))[slot] |= PTE_A;
}

static void test_map(void)
{
	struct gnttab_map_grant_ref op;
	unsigned int flushed;

	start();
	allow(8, 3, 0);
	op = map(8, GNTMAP_host_map, VA);
	result(op.status == GNTST_okay && mfn_eq(pte_mfn(pte_at(0)), page[3]) &&
		       (pte_at(0) & PTE_RW),
	       "a granted page is mapped at an address");
	result(entries[8].flags == (GTF_permit_access | GTF_reading | GTF_writing) &&
		       refs(page[3]) == 3 && writers(page[3]) == 2,
	       "the entry is marked, and handle and page table hold a reference each");
	flushed = flushes;
	touch(0);
	result(unmap(op.handle, VA) == GNTST_okay && !pte_at(0) &&
		       entries[8].flags == GTF_permit_access && refs(page[3]) == 1 &&
		       !writers(page[3]) && flushes == flushed + 1,
	       "an unmap removes the entry, flushes, and gives all back");
	result(unmap(op.handle, VA) == GNTST_bad_handle, "a handle works once");
	op = map(8, GNTMAP_host_map | GNTMAP_contains_pte | GNTMAP_readonly | (1U << 16),
		 pte_addr(5));
	result(op.status == GNTST_okay && !(pte_at(5) & PTE_RW) && (pte_at(5) & BIT64(9)) &&
		       entries[8].flags == (GTF_permit_access | GTF_reading),
	       "a read-only mapping by the address of the entry, with the guest's software bit");
	result(unmap(op.handle, pte_addr(4)) == GNTST_general_error &&
		       entries[8].flags & GTF_reading &&
		       unmap(op.handle, pte_addr(5)) == GNTST_okay,
	       "an unmap with a wrong address fails and can be repeated");
}

/*
 * What neighbours in a batch share, granter and table, is not shared wrongly; and an entry that is
 * there already gets no references twice.
 */
static void test_batch(void)
{
	static const struct {
		uint64_t host_addr;
		domid_t dom;
		bool good;
	} tries[] = {
		{VA, GRANTER, true},
		{VA + PAGE_SIZE, 9, false},
		{VA, GRANTER, true},
		{VA + MIB(2), GRANTER, false},
		{VA + 2 * PAGE_SIZE, GRANTER, true},
		{VA + 3 * PAGE_SIZE + 8, GRANTER, false},
		{VA | BIT64(48), GRANTER, false},
	};
	struct gnttab_map_grant_ref op[ARRAY_SIZE(tries)] = {0};
	uint32_t held;
	bool good = true;
	unsigned int i;

	start();
	allow(8, 3, 0);
	for (i = 0; i < ARRAY_SIZE(tries); i++)
		op[i] = (struct gnttab_map_grant_ref){.host_addr = tries[i].host_addr,
						      .flags = GNTMAP_host_map,
						      .ref = 8,
						      .dom = tries[i].dom};
	held = world_dom[GRANTER].refs;
	if (world_call(do_grant_table_op, GNTTABOP_map_grant_ref, (uint64_t)op, ARRAY_SIZE(tries),
		       0))
		good = false;
	for (i = 0; i < ARRAY_SIZE(tries); i++)
		good = good && (op[i].status == GNTST_okay) == tries[i].good;
	result(good && mfn_eq(pte_mfn(pte_at(2)), page[3]) && !pte_at(1) && !pte_at(3),
	       "each of a batch gets what it asked for");
	/* The page's own, a handle each for three, and two entries. */
	result(refs(page[3]) == 6 && writers(page[3]) == 5 && world_dom[GRANTER].refs == held + 3,
	       "the references are exact");
	good = unmap(op[0].handle, VA) == GNTST_okay &&
	       unmap(op[2].handle, VA) == GNTST_general_error &&
	       unmap(op[2].handle, 0) == GNTST_okay &&
	       unmap(op[4].handle, VA + 2 * PAGE_SIZE) == GNTST_okay;
	result(good && refs(page[3]) <= 2, "and given back");
}

/*
 * A page granted twice, for reading and for writing, and handles given back with each other's
 * addresses.
 */
static int replace(grant_handle_t handle, uint64_t host_addr, uint64_t new_addr)
{
	struct gnttab_unmap_and_replace op = {
		.host_addr = host_addr, .new_addr = new_addr, .handle = handle};

	if (world_call(do_grant_table_op, GNTTABOP_unmap_and_replace, (uint64_t)&op, 1, 0))
		return -99;
	return op.status;
}

static long update(unsigned int slot, pte_t val)
{
	struct mmu_update u = {.ptr = pte_addr(slot), .val = val};

	return world_call(do_mmu_update, (uint64_t)&u, 1, 0, DOMID_SELF);
}

/*
 * An entry that no CPU has used is in no TLB. A guest must not be able to make a used one look
 * unused.
 */
static void test_untouched(void)
{
	struct gnttab_map_grant_ref op, second;
	unsigned int flushed;

	start();
	allow(8, 3, 0);
	allow(9, 4, 0);
	op = map(8, GNTMAP_host_map, VA);
	flushed = flushes;
	result(!(pte_at(0) & PTE_A) && unmap(op.handle, VA) == GNTST_okay && flushes == flushed,
	       "an entry that no CPU has used goes without a flush");
	op = map(8, GNTMAP_host_map, VA);
	second = map(9, GNTMAP_host_map, VA + PAGE_SIZE);
	touch(1);
	{
		struct gnttab_unmap_grant_ref both[2] = {
			{.host_addr = VA, .handle = op.handle},
			{.host_addr = VA + PAGE_SIZE, .handle = second.handle}};

		result(world_call(do_grant_table_op, GNTTABOP_unmap_grant_ref, (uint64_t)both, 2,
				  0) == 0 &&
			       !both[0].status && !both[1].status && flushes == flushed + 1,
		       "one used entry in a batch flushes");
	}
	op = map(8, GNTMAP_host_map, VA);
	touch(0);
	flushed = flushes;
	result(update(0, pte_at(0) & ~PTE_A) == 0 && (pte_at(0) & PTE_A) &&
		       unmap(op.handle, VA) == GNTST_okay && flushes == flushed + 1,
	       "a guest cannot clear the mark of use: the unmap flushes");
	put_entry_raw(l1, 0, own);
	result(get_page_and_type(own, &world_dom[MAPPER], FT_WRITABLE) == 0 &&
		       update(0, pte_at(0) & ~PTE_A) == 0 && !(pte_at(0) & PTE_A),
	       "of its own pages' entries it can");
	((pte_t *)mfn_to_virt(l1))[0] = 0;
	put_page_and_type(mfn_to_frame(own));
}

static void test_replace(void)
{
	struct gnttab_map_grant_ref op;
	unsigned int flushed;
	pte_t moving;

	start();
	allow(8, 3, 0);
	result(update(2, pte_make(own, PTE_P | PTE_RW | PTE_US)) == 0,
	       "a page of its own at one address");
	moving = pte_at(2);
	op = map(8, GNTMAP_host_map, VA);
	flushed = flushes;
	result(replace(op.handle, VA, VA + 5 * PAGE_SIZE) == GNTST_bad_virt_addr &&
		       mfn_eq(pte_mfn(pte_at(0)), page[3]),
	       "unmap-and-replace with an address that has nothing changes nothing");
	result(replace(op.handle, VA + PAGE_SIZE, VA + 2 * PAGE_SIZE) == GNTST_general_error &&
		       pte_at(2) == moving,
	       "nor with an address that does not have the grant");
	result(replace(op.handle, VA, VA + 2 * PAGE_SIZE) == GNTST_okay && pte_at(0) == moving &&
		       !pte_at(2) && flushes == flushed + 1,
	       "unmap-and-replace moves the entry into the grant's place, and flushes");
	result(entries[8].flags == GTF_permit_access && refs(page[3]) == 1 && !writers(page[3]) &&
		       refs(own) == 2 && writers(own) == 1,
	       "the grant is given back, and the page that moved is counted once");
	result(replace(op.handle, VA, 0) == GNTST_bad_handle, "the handle is gone");
	op = map(8, GNTMAP_host_map | GNTMAP_contains_pte, pte_addr(7));
	result(replace(op.handle, pte_addr(7), VA) == GNTST_general_error &&
		       replace(op.handle, pte_addr(7), 0) == GNTST_okay && !pte_at(7),
	       "by the entry's own address it only unmaps");
	op = map(8, GNTMAP_device_map, 0);
	result(replace(op.handle, VA, 0) == GNTST_general_error &&
		       unmap(op.handle, 0) == GNTST_okay,
	       "without a mapping at an address there is nothing to replace");
}

static void test_crossed(void)
{
	struct gnttab_map_grant_ref rw, ro;

	start();
	allow(8, 3, 0);
	allow(9, 3, GTF_readonly);
	rw = map(8, GNTMAP_host_map, VA);
	ro = map(9, GNTMAP_host_map | GNTMAP_readonly, VA + PAGE_SIZE);
	result(unmap(rw.handle, VA + PAGE_SIZE) == GNTST_general_error &&
		       (entries[8].flags & GTF_writing) &&
		       unmap(ro.handle, VA) == GNTST_general_error && (pte_at(0) & PTE_RW) &&
		       pte_at(1),
	       "a writable mapping is not given back by removing a read-only one");
	result(unmap(rw.handle, VA) == GNTST_okay &&
		       !(entries[8].flags & (GTF_reading | GTF_writing)) && !pte_at(0) &&
		       !writers(page[3]) && unmap(ro.handle, VA + PAGE_SIZE) == GNTST_okay,
	       "each goes with its own");
}

static void test_refusals(void)
{
	static const uint32_t host = GNTMAP_host_map;

	start();
	allow(8, 0, GTF_readonly);
	result(map(8, host, VA).status == GNTST_general_error &&
		       map(8, host | GNTMAP_readonly, VA).status == 0,
	       "a read-only grant is not mapped for writing");
	allow(9, 1, 0);
	entries[9].domid = 2;
	result(map(9, host, VA).status == GNTST_general_error,
	       "a grant to another domain is refused");
	entries[10].flags = GTF_accept_transfer;
	entries[11].flags = GTF_transitive;
	result(map(10, host, VA).status < 0 && map(11, host, VA).status < 0 &&
		       map(12, host, VA).status < 0,
	       "entries of another kind are refused");
	result(map(512, host, VA).status == GNTST_bad_gntref &&
		       map(~0U, host, VA).status == GNTST_bad_gntref,
	       "a reference beyond the table is refused");
	allow(13, 0, 0);
	entries[13].frame = (uint32_t)own.n;
	allow(14, 0, 0);
	entries[14].frame = WORLD_HOLE;
	allow(15, 0, 0);
	entries[15].frame = 0xffffffff;
	result(map(13, host, VA).status == GNTST_bad_page &&
		       map(14, host, VA).status == GNTST_bad_page &&
		       map(15, host, VA).status == GNTST_bad_page &&
		       entries[13].flags == GTF_permit_access,
	       "a frame that is not the granter's is refused and the entry not marked");
	allow(16, 2, 0);
	result(map(16, host | GNTMAP_contains_pte, pte_addr(1) + 4).status == GNTST_bad_virt_addr &&
		       map(16, host | GNTMAP_contains_pte, mfn_to_maddr(l2)).status < 0 &&
		       map(16, host | GNTMAP_contains_pte, mfn_to_maddr(page[0])).status < 0 &&
		       map(16, host | GNTMAP_contains_pte, ~UINT64_C(7)).status < 0 &&
		       map(16, host, VA + MIB(2)).status == GNTST_bad_virt_addr &&
		       map(16, host, VA + 8).status == GNTST_bad_virt_addr &&
		       entries[16].flags == GTF_permit_access && refs(page[2]) == 1,
	       "an address that is no L1 entry of the mapper is refused");
	result(map(16, 0, VA).status < 0 && map(16, host | 0x20, VA).status < 0,
	       "flags without sense are refused");
	world_run_as(GRANTER, 0);
	world_vcpu[GRANTER].mm.guest_table = MFN_NONE;
	entries[16].domid = GRANTER;
	result(map(16, host, VA).status < 0 && refs(page[2]) == 1,
	       "a domain without page tables maps nothing");
}

static void test_tables(void)
{
	mfn_t table;

	start();
	table = page[0];
	memset(mfn_to_virt(table), 0, PAGE_SIZE);
	if (get_page_and_type(table, &world_dom[GRANTER], FT_L1))
		abort();
	allow(8, 0, 0);
	result(map(8, GNTMAP_host_map, VA).status == GNTST_bad_page &&
		       entries[8].flags == GTF_permit_access,
	       "a page table is not mapped for writing");
	result(map(8, GNTMAP_host_map | GNTMAP_readonly, VA).status == GNTST_okay,
	       "but for reading");
}

static void test_zap(void)
{
	struct gnttab_map_grant_ref op;

	start();
	allow(8, 0, 0);
	op = map(8, GNTMAP_host_map, VA);
	do_update_va_mapping(VA, 0, 0, 0, 0, 0);
	result(refs(page[0]) == 2 && entries[8].flags & GTF_writing &&
		       unmap(op.handle, VA) == GNTST_general_error,
	       "who overwrites the entry keeps the handle, and the page stays pinned");
	result(!grant_domain_release_mappings(&world_dom[MAPPER]) && refs(page[0]) == 1 &&
		       entries[8].flags == GTF_permit_access,
	       "the end of the mapper gives it back");
}

static void test_two_rights(void)
{
	struct gnttab_map_grant_ref rw, ro;

	start();
	allow(8, 0, 0);
	rw = map(8, GNTMAP_host_map, VA);
	ro = map(8, GNTMAP_host_map | GNTMAP_readonly, VA + PAGE_SIZE);
	result(unmap(rw.handle, VA + PAGE_SIZE) == GNTST_general_error &&
		       unmap(ro.handle, VA) == GNTST_general_error &&
		       entries[8].flags & GTF_writing && writers(page[0]) == 2,
	       "a writable mapping is not given back for a read-only entry, nor the other way");
	result(unmap(rw.handle, VA) == 0 && unmap(ro.handle, VA + PAGE_SIZE) == 0 &&
		       refs(page[0]) == 1,
	       "each for its own");
}

static void test_stable_frame(void)
{
	struct gnttab_map_grant_ref a, b;

	start();
	allow(8, 0, 0);
	a = map(8, GNTMAP_host_map | GNTMAP_readonly, VA);
	/* The granter exchanges the frame below a live grant. */
	entries[8].frame = (uint32_t)page[1].n;
	b = map(8, GNTMAP_host_map, VA + PAGE_SIZE);
	result(a.status == 0 && b.status == 0 && mfn_eq(pte_mfn(pte_at(1)), page[0]) &&
		       refs(page[1]) == 1 && writers(page[0]) == 2,
	       "while a grant is pinned its frame is the one that was checked first");
	entries[8].flags = 0;
	result(unmap(a.handle, VA) == 0 && unmap(b.handle, VA + PAGE_SIZE) == 0 &&
		       refs(page[0]) == 1 && !writers(page[0]),
	       "a granter that rewrites its entry cannot confuse the counts");
}

static void test_handles(void)
{
	struct gnttab_map_grant_ref op = {0};
	static grant_handle_t handles[200];
	unsigned int n, i;
	bool good = true;

	start();
	allow(8, 0, 0);
	for (n = 0; n < 200; n++) {
		op = map(8, GNTMAP_host_map | GNTMAP_readonly, VA + n * PAGE_SIZE);
		if (op.status)
			break;
		handles[n] = op.handle;
	}
	result(n == 128 && op.status == GNTST_no_space && op.handle == ~0U,
	       "handles end with the limit");
	for (i = 0; i < n; i++)
		good &= unmap(handles[i], VA + i * PAGE_SIZE) == 0;
	op = map(8, GNTMAP_host_map | GNTMAP_readonly, VA);
	for (i = 0; i < n; i++)
		good &= handles[i] == op.handle || unmap(handles[i], VA) == GNTST_bad_handle;
	for (i = 0; i < n; i++)
		good &= handles[i] != op.handle;
	result(good && pte_at(0), "an old handle does not name what came to its place");
}

static int copy(struct gnttab_copy *op, unsigned int n)
{
	return (int)world_call(do_grant_table_op, GNTTABOP_copy, (uint64_t)op, n, 0);
}

static void test_copy(void)
{
	struct gnttab_copy op[4], bad;
	unsigned int i;

	start();
	allow(8, 5, GTF_readonly);
	allow(9, 6, 0);
	for (i = 0; i < 4; i++)
		op[i] = (struct gnttab_copy){
			.source = {.u.ref = 8, .domid = GRANTER, .offset = (uint16_t)(i * 16)},
			.dest = {.u.gmfn = own.n,
				 .domid = DOMID_SELF,
				 .offset = (uint16_t)(i * 16)},
			.len = 16,
			.flags = GNTCOPY_source_gref,
			.status = 1};
	((char *)mfn_to_virt(own))[64] = 77;
	result(copy(op, 4) == 0 && !op[0].status && !op[3].status &&
		       ((char *)mfn_to_virt(own))[63] == 5 && ((char *)mfn_to_virt(own))[64] == 77,
	       "a batch of copies from a read-only grant");
	result(entries[8].flags == (GTF_permit_access | GTF_readonly) && refs(page[5]) == 1 &&
		       refs(own) == 1 && !writers(own),
	       "nothing is pinned after the batch");
	bad = op[0];
	bad.dest = (struct gnttab_copy_ptr){.u.ref = 8, .domid = GRANTER};
	bad.flags = GNTCOPY_source_gref | GNTCOPY_dest_gref;
	copy(&bad, 1);
	result(bad.status == GNTST_general_error, "a read-only grant is no destination");
	bad.dest.u.ref = 9;
	copy(&bad, 1);
	result(bad.status == 0 && *(char *)mfn_to_virt(page[6]) == 5 &&
		       entries[9].flags == GTF_permit_access,
	       "from grant to grant");
	bad = op[0];
	bad.dest.domid = GRANTER;
	bad.dest.u.gmfn = page[6].n;
	copy(&bad, 1);
	result(bad.status == GNTST_permission_denied,
	       "another domain's frame by number is refused");
	bad = op[0];
	bad.source.offset = 4090;
	copy(&bad, 1);
	i = bad.status == GNTST_bad_copy_arg;
	bad = op[0];
	bad.len = 65535;
	copy(&bad, 1);
	i &= bad.status == GNTST_bad_copy_arg;
	bad = op[0];
	bad.dest.offset = 4096;
	bad.len = 0;
	copy(&bad, 1);
	result(i && bad.status == GNTST_bad_copy_arg, "a copy never leaves its page");
	bad = op[0];
	bad.dest.u.gmfn = l1.n;
	copy(&bad, 1);
	result(bad.status == GNTST_bad_page && pte_at(0) == 0, "a page table is no destination");
}

static void test_calls(void)
{
	struct gnttab_query_size q = {.dom = DOMID_SELF};
	struct gnttab_setup_table s = {.dom = GRANTER, .nr_frames = 3};
	struct gnttab_set_version v = {.version = 2};
	uint64_t list[4] = {0};
	long rc;

	start();
	s.frame_list = (uint64_t)list;
	result(!world_call(do_grant_table_op, GNTTABOP_setup_table, (uint64_t)&s, 1, 0) &&
		       !s.status && list[2] &&
		       mfn_to_frame(mfn(list[2]))->owner == &world_dom[GRANTER] &&
		       grant_frames(&world_dom[GRANTER]) == 3,
	       "setup_table grows the table and tells its frames");
	s.nr_frames = 5;
	rc = world_call(do_grant_table_op, GNTTABOP_setup_table, (uint64_t)&s, 1, 0);
	result(!rc && s.status == GNTST_general_error, "but not beyond the limit");
	world_run_as(2, 0);
	s.nr_frames = 1;
	world_call(do_grant_table_op, GNTTABOP_setup_table, (uint64_t)&s, 1, 0);
	result(s.status == GNTST_permission_denied, "a guest has no business with another's table");
	rc = world_call(do_grant_table_op, GNTTABOP_query_size, (uint64_t)&q, 1, 0);
	result(!rc && !q.status && q.nr_frames == 0 && q.max_nr_frames == 4, "query_size");
	rc = world_call(do_grant_table_op, GNTTABOP_set_version, (uint64_t)&v, 1, 0);
	result(rc == -ENOSYS && v.version == 1, "version 2 is not implemented");
	v.version = 3;
	rc = world_call(do_grant_table_op, GNTTABOP_set_version, (uint64_t)&v, 1, 0);
	result(rc == -EINVAL && v.version == 1, "there is no version 3");
	v.version = 1;
	rc = world_call(do_grant_table_op, GNTTABOP_set_version, (uint64_t)&v, 1, 0);
	result(rc == 0, "version 1 is what there is");
	result(world_call(do_grant_table_op, GNTTABOP_transfer, 0, 1, 0) == -ENOSYS &&
		       world_call(do_grant_table_op, 1000, 0, 1, 0) == -ENOSYS &&
		       world_call(do_grant_table_op, GNTTABOP_copy, 0, 1, 0) == -EFAULT &&
		       world_call(do_grant_table_op, GNTTABOP_copy, 0, 0x80000000, 0) == -EINVAL,
	       "what is not there says so");
}

/* A table grows by a frame at a time, if others wait, and the call ends with all of them. */
static void test_growth_stops(void)
{
	uint64_t list[4] = {0};
	struct gnttab_setup_table s = {
		.dom = DOMID_SELF, .nr_frames = 4, .frame_list = (uint64_t)list};
	unsigned int goes = 0, before;
	bool good = true;

	start();
	world_run_as(GRANTER, 0);
	world_preempt_one_in = 1;
	do {
		before = grant_frames(&world_dom[GRANTER]);
		world_restarted = false;
		good &= do_grant_table_op(GNTTABOP_setup_table, (uint64_t)&s, 1, 0, 0, 0) ==
				(world_restarted ? -ERESTART : 0) &&
			grant_frames(&world_dom[GRANTER]) <= before + 1;
	} while (world_restarted && ++goes < 20);
	world_preempt_one_in = 0;
	result(good && goes == 3 && s.status == GNTST_okay && list[0] && list[3] &&
		       grant_frames(&world_dom[GRANTER]) == 4,
	       "a table that grows lets others have their turn after each frame");
	world_run_as(MAPPER, 0);
}

static void test_death(void)
{
	struct gnttab_map_grant_ref op;

	start();
	allow(8, 0, 0);
	op = map(8, GNTMAP_host_map, VA);
	world_dom[GRANTER].control.dying = true;
	while (mm_domain_relinquish(&world_dom[GRANTER]))
		;
	result(world_dom[GRANTER].mm.pages == 1 && refs(page[0]) == 2,
	       "a dead granter's page stays while it is mapped");
	result(unmap(op.handle, VA) == 0 && world_dom[GRANTER].mm.pages == 0 && refs(page[0]) == 0,
	       "and goes with the mapping");
}

/* --- anything at all --- */

static uint32_t handles_seen[64];

static void random_op(void)
{
	static struct gnttab_map_grant_ref m[3];
	static struct gnttab_unmap_grant_ref u[40];
	static struct gnttab_copy c[4];
	unsigned int n = 1 + (unsigned int)rand() % 3, i;
	uint32_t flags;
	long rc = 0;

	switch (rand() % 6) {
	case 0:
	case 1:
		for (i = 0; i < n; i++) {
			flags = GNTMAP_host_map | (rand() % 2 ? GNTMAP_readonly : 0) |
				(rand() % 2 ? 16 : 0) | (rand() % 8 ? 0 : 1) |
				(rand() % 30 ? 0 : 1U << rand() % 32);
			m[i] = (struct gnttab_map_grant_ref){.flags = flags,
							     .ref = 8 + (unsigned int)rand() % 10,
							     .dom = GRANTER};
			m[i].host_addr = flags & 16 ? pte_addr((unsigned int)rand() % 24)
						    : VA + (unsigned int)rand() % 24 * PAGE_SIZE;
		}
		rc = world_call(do_grant_table_op, GNTTABOP_map_grant_ref, (uint64_t)m, n, 0);
		for (i = 0; i < n; i++) {
			rc |= m[i].status > 0;
			if (!m[i].status)
				handles_seen[rand() % 64] = m[i].handle;
		}
		break;
	case 2:
	case 3:
		n = 1 + (unsigned int)rand() % 40;
		for (i = 0; i < n; i++) {
			unsigned int slot = (unsigned int)rand() % 24;

			u[i] = (struct gnttab_unmap_grant_ref){
				.handle = handles_seen[rand() % 64] ^
					  (rand() % 20 ? 0 : 1U << rand() % 32)};
			u[i].host_addr = rand() % 2 ? pte_addr(slot) : VA + slot * PAGE_SIZE;
			if (!(rand() % 10))
				u[i].dev_bus_addr = mfn_to_maddr(page[rand() % PAGES]);
		}
		rc = world_call(do_grant_table_op, GNTTABOP_unmap_grant_ref, (uint64_t)u, n, 0);
		for (i = 0; i < n; i++)
			rc |= u[i].status > 0;
		break;
	case 4:
		for (i = 0; i < n; i++) {
			c[i] = (struct gnttab_copy){.flags = (uint16_t)(rand() % 4),
						    .len = (uint16_t)(rand() % 5000)};
			c[i].source = (struct gnttab_copy_ptr){
				.u.gmfn = rand() % 3 ? 8 + (unsigned int)rand() % 10 : own.n,
				.domid = rand() % 3 ? GRANTER : DOMID_SELF};
			c[i].dest = (struct gnttab_copy_ptr){
				.u.gmfn = rand() % 3 ? 8 + (unsigned int)rand() % 10 : own.n,
				.domid = rand() % 3 ? GRANTER : DOMID_SELF};
		}
		rc = copy(c, n);
		for (i = 0; i < n; i++)
			rc |= c[i].status > 0;
		break;
	default:
		/* The granter writes what it likes, when it likes. */
		i = 8 + (unsigned int)rand() % 10;
		allow(i, (unsigned int)rand() % PAGES, (uint16_t)(rand() % 3 ? 0 : rand() % 32));
		if (!(rand() % 8))
			do_update_va_mapping(VA + (unsigned int)rand() % 24 * PAGE_SIZE, 0, 0, 0, 0,
					     0);
	}
	if (rc > 0) {
		printf("# a status or a result is positive\n");
		abort();
	}
}

static void test_random(unsigned int seed, unsigned int steps)
{
	unsigned int i, pinned, mapped;
	bool good = true;

	start();
	srand(seed);
	world_preempt_one_in = 4;
	for (i = 0; i < steps; i++) {
		world_fail_copy_at = rand() % 40 ? 0 : 1 + (unsigned int)rand() % 8;
		random_op();
		world_fail_copy_at = 0;
	}
	while (grant_domain_release_mappings(&world_dom[MAPPER]))
		;
	for (i = 0; i < 24; i++)
		do_update_va_mapping(VA + i * PAGE_SIZE, 0, 0, 0, 0, 0);
	for (i = 0; i < PAGES; i++)
		good &= refs(page[i]) == 1 && writers(page[i]) == 0;
	grant_counts(&world_dom[GRANTER], &pinned, &mapped);
	good &= !pinned;
	grant_counts(&world_dom[MAPPER], &pinned, &mapped);
	good &= !mapped && refs(own) == 1 && world_dom[GRANTER].refs == 2;
	printf("# seed %u, %u steps\n", seed, steps);
	result(good, "after any sequence all counts are back");
	for (i = 0; i < 3; i++)
		grant_domain_destroy(&world_dom[i]);
}

/* Every allocation fails once: nothing leaks. */
static void test_no_memory(void)
{
	struct frame *hoard[WORLD_FRAMES];
	unsigned int n = 0, left;
	struct gnttab_map_grant_ref op;
	bool good = true;
	mfn_t m;

	for (left = 0; left < 4; left++) {
		start();
		world_fail_alloc_at = 0;
		allow(8, 0, 0);
		for (n = 0; (hoard[n] = alloc_frames(0, 0)); n++)
			;
		while (n && left > free_frame_count())
			free_frames(hoard[--n], 0);
		/*
		 * A map takes a page of handles, a table a frame and, from the heap, its counters.
		 */
		op = map(8, GNTMAP_host_map, VA);
		good &= op.status == (left ? GNTST_okay : GNTST_no_space) &&
			(left || refs(page[0]) == 1);
		world_fail_alloc_at = left == 3;
		good &= grant_shared_frame(&world_dom[2], 0, &m) == (left == 2 ? 0 : -ENOMEM);
		good &= grant_frames(&world_dom[2]) == (left == 2);
		while (n)
			free_frames(hoard[--n], 0);
		good &= !grant_shared_frame(&world_dom[2], 0, &m);
	}
	for (left = 0; left < 3; left++)
		grant_domain_destroy(&world_dom[left]);
	for (left = 1; left < 5; left++) {
		world_fail_alloc_at = left;
		good &= grant_domain_init(&world_dom[1]) == -ENOMEM && !world_dom[1].grant.table;
	}
	result(good, "without memory maps and tables fail cleanly and work later");
}

int main(void)
{
	const char *steps = getenv("STEPS");

	setvbuf(stdout, NULL, _IOLBF, 0);
	printf("1..61\n");
	test_map();
	test_batch();
	test_untouched();
	test_replace();
	test_crossed();
	test_refusals();
	test_tables();
	test_zap();
	test_two_rights();
	test_stable_frame();
	test_handles();
	test_copy();
	test_calls();
	test_growth_stops();
	test_death();
	test_random(getenv("SEED") ? (unsigned int)atoi(getenv("SEED")) : 1,
		    steps ? (unsigned int)atoi(steps) : 60000);
	test_no_memory();
	return world_failures != 0;
}
