/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Grants mapped into a translated domain. Claim: the granted page stands where the domain asked, as
 * writable as it was granted; only the handle takes it away; nothing that a domain can do with its
 * own memory moves or frees another's page; and every reference comes back.
 */
/* sources: hypervisor/grant/grant.c hypervisor/grant/grant_map.c */
/* sources: hypervisor/grant/grant_copy.c hypervisor/grant/grant_op.c */
/* sources: hypervisor/grant/maptrack.c hypervisor/hvm/p2m.c hypervisor/hvm/physmap.c */
/* sources: hypervisor/mm/memory_op.c hypervisor/mm/exchange.c hypervisor/mm/frame.c */
/* sources: hypervisor/mm/promote.c hypervisor/mm/pte_rules.c hypervisor/mm/desc_rules.c */
/* sources: hypervisor/mm/alloc.c hypervisor/mm/buddy.c hypervisor/mm/m2p.c */
/* sources: hypervisor/mm/iomem.c hypervisor/mm/mmu_op.c hypervisor/mm/mmuext_op.c */
/* sources: hypervisor/mm/domain_mm.c */
#define WORLD_FRAMES 2048U
#include "mm_world.h"
#include "translated_world.h"
#include <hv/grant/grant.h>
#include <xen/grant_table.h>

#define GRANTER 1
#define MAPPER	2
#define PAGES	16U
#define HOLE	UINT64_C(0x10000)	/* gfn */

static struct domain *dom = &world_dom[MAPPER];
static mfn_t page[PAGES];
static struct grant_entry_v1 *entries;

static void start(void)
{
	mfn_t m;

	for (unsigned int i = 0; i < 3; i++)
		grant_domain_destroy(&world_dom[i]);
	world_start();
	world_preempt_one_in = 0;
	for (unsigned int i = 0; i < 3; i++) {
		world_dom[i].grant.max_frames = 4;
		world_dom[i].grant.max_maptrack_frames = 1;
		if (grant_domain_init(&world_dom[i]))
			abort();
	}
	translate(MAPPER);
	for (unsigned int i = 0; i < PAGES; i++) {
		struct frame *f = alloc_domain_frames(&world_dom[GRANTER], 0, 0);

		if (!f)
			abort();
		page[i] = frame_to_mfn(f);
	}
	if (grant_shared_frame(&world_dom[GRANTER], 0, &m))
		abort();
	entries = mfn_to_virt(m);
	for (unsigned int i = 0; i < PAGES; i++) {
		entries[8 + i].frame = (uint32_t)page[i].n;
		entries[8 + i].domid = MAPPER;
		entries[8 + i].flags = GTF_permit_access;
	}
	world_run_as(MAPPER, 0);
}

static struct gnttab_map_grant_ref map(uint32_t ref, uint32_t flags, uint64_t gfn)
{
	struct gnttab_map_grant_ref op = {
		.host_addr = gfn << 12, .flags = flags, .ref = ref, .dom = GRANTER};

	if (world_call(do_grant_table_op, GNTTABOP_map_grant_ref, (uint64_t)&op, 1, 0))
		op.status = -99;
	return op;
}

static int unmap(grant_handle_t handle, uint64_t gfn)
{
	struct gnttab_unmap_grant_ref op = {.host_addr = gfn << 12, .handle = handle};

	if (world_call(do_grant_table_op, GNTTABOP_unmap_grant_ref, (uint64_t)&op, 1, 0))
		return -99;
	return op.status;
}

static bool at(uint64_t gfn, mfn_t m)
{
	return mfn_eq(p2m_lookup(&hvm.p2m, gfn), m);
}

/* References, and of them writable ones. */
static bool counts(unsigned int n, unsigned int refs, uint64_t writers)
{
	struct frame *f = mfn_to_frame(page[n]);

	return f->owner == &world_dom[GRANTER] && f->refs == refs &&
	       frame_type_count(f) == writers;
}

static void test_map(void)
{
	struct gnttab_map_grant_ref op;

	start();
	op = map(8, GNTMAP_host_map, HOLE);
	result(op.status == GNTST_okay && at(HOLE, page[0]) && counts(0, 3, 2) &&
		       !op.dev_bus_addr && !p2m_read_only(&hvm.p2m, HOLE),
	       "a granted page stands at the address, and no frame number is told");
	result(map(9, GNTMAP_host_map, HOLE).status == GNTST_general_error && counts(1, 1, 0),
	       "where something is nothing else is mapped");
	domain_flushes = 0;
	result(unmap(op.handle, HOLE + 1) == GNTST_general_error && at(HOLE, page[0]) &&
		       unmap(op.handle, HOLE) == GNTST_okay && at(HOLE, MFN_NONE) &&
		       counts(0, 1, 0) && domain_flushes == 2 &&
		       entries[8].flags == GTF_permit_access,
	       "it is unmapped where it stands, and the domain's CPUs are flushed");
	op = map(8, GNTMAP_host_map | GNTMAP_readonly, HOLE);
	result(op.status == GNTST_okay && at(HOLE, page[0]) && counts(0, 3, 0) &&
		       p2m_read_only(&hvm.p2m, HOLE),
	       "read-only is read-only");
	result(unmap(op.handle, HOLE) == GNTST_okay && counts(0, 1, 0), "and is unmapped");
	result(map(8, GNTMAP_device_map, HOLE).status == GNTST_general_error &&
		       map(8, GNTMAP_host_map | GNTMAP_contains_pte, HOLE).status ==
			       GNTST_general_error &&
		       map(8, GNTMAP_host_map, UINT64_C(1) << 40).status == GNTST_general_error &&
		       counts(0, 1, 0),
	       "no bus address, no page-table entry, no number that is none");
}

static long memory(unsigned int op, void *arg)
{
	return world_call(do_memory_op, op, (uint64_t)arg, 0, 0);
}

/* All that the domain can do to its own map leaves the entry alone. */
static void test_own_calls(void)
{
	uint64_t list = HOLE;
	struct xen_memory_reservation r = {(uint64_t)&list, 1, 0, 0, DOMID_SELF};
	struct xen_remove_from_physmap take = {DOMID_SELF, HOLE};
	struct xen_add_to_physmap move = {DOMID_SELF, 0, XENMAPSPACE_gmfn, HOLE, HOLE + 5};
	struct xen_add_to_physmap over = {DOMID_SELF, 0, XENMAPSPACE_grant_table, 0, HOLE};
	struct gnttab_map_grant_ref op;
	bool good = true;

	for (unsigned int read_only = 0; read_only < 2; read_only++) {
		start();
		op = map(8, GNTMAP_host_map | (read_only ? GNTMAP_readonly : 0), HOLE);
		good &= memory(XENMEM_decrease_reservation, &r) == 0;
		good &= memory(XENMEM_remove_from_physmap, &take) == -EINVAL;
		good &= memory(XENMEM_add_to_physmap, &move) == -EINVAL;
		good &= memory(XENMEM_add_to_physmap, &over) == -EEXIST;
		good &= memory(XENMEM_populate_physmap, &r) == 0;
		good &= at(HOLE, page[0]) && counts(0, 3, read_only ? 0 : 2);
		good &= unmap(op.handle, HOLE) == GNTST_okay && counts(0, 1, 0);
	}
	result(good, "the domain neither gives it back, moves it, nor puts something in its place");
}

/* A populate that fails midway takes out what stands in its range: by then that may be a grant. */
static void test_take_ram(void)
{
	struct p2m_entry e;
	uint64_t gfn = HOLE;
	bool good = true;

	start();
	(void)map(8, GNTMAP_host_map, HOLE);
	(void)map(9, GNTMAP_host_map | GNTMAP_readonly, HOLE + 1);
	good &= !p2m_take_ram(&hvm.p2m, &gfn, &e) && gfn > HOLE + 1;
	good &= at(HOLE, page[0]) && counts(0, 3, 2) && at(HOLE + 1, page[1]) && counts(1, 3, 0);
	result(good, "what takes back its own memory passes over grants");
}

static void test_death(void)
{
	bool good = true;

	start();
	for (unsigned int i = 0; i < PAGES; i++)
		good &= map(8 + i, GNTMAP_host_map | (i % 2 ? GNTMAP_readonly : 0), HOLE + i * 700)
				.status == GNTST_okay;
	world_run_as(0, 0);
	while (grant_domain_release_mappings(dom))
		;
	for (unsigned int i = 0; i < PAGES; i++)
		good &= counts(i, 2, i % 2 ? 0 : 1);
	result(good, "a domain that dies loses its handles, the entries hold on");
	while (hvm_relinquish(dom))
		;
	for (unsigned int i = 0; i < PAGES; i++)
		good &= counts(i, 1, 0) && at(HOLE + i * 700, MFN_NONE);
	result(good, "and then its entries, and all comes back");
	p2m_destroy(&hvm.p2m);
}

static void test_random(void)
{
	struct {
		grant_handle_t handle;
		uint64_t gfn;
		bool live;
	} m[40] = {0};
	bool good = true;

	start();
	srand(7);
	for (unsigned int step = 0; step < 20000; step++) {
		unsigned int i = (unsigned int)rand() % 40;
		uint64_t gfn = HOLE + (uint64_t)rand() % 64;
		struct gnttab_map_grant_ref op;

		if (m[i].live) {
			/* Sometimes where nothing is. */
			uint64_t where = rand() % 4 ? m[i].gfn : gfn + 64;
			bool gone = unmap(m[i].handle, where) == GNTST_okay;

			good &= gone == (where == m[i].gfn);
			m[i].live = !gone;
			continue;
		}
		op = map(8 + (uint32_t)rand() % PAGES,
			 GNTMAP_host_map | (rand() % 2 ? GNTMAP_readonly : 0), gfn);
		m[i].live = op.status == GNTST_okay;
		m[i].handle = op.handle;
		m[i].gfn = gfn;
	}
	for (unsigned int i = 0; i < 40; i++)
		good &= !m[i].live || unmap(m[i].handle, m[i].gfn) == GNTST_okay;
	for (unsigned int i = 0; i < PAGES; i++)
		good &= counts(i, 1, 0) && entries[8 + i].flags == GTF_permit_access;
	result(good, "20,000 random maps and unmaps, and everything comes back");
}

int main(void)
{
	test_map();
	test_own_calls();
	test_take_ram();
	test_death();
	test_random();
	printf("1..%u\n", world_number);
	return world_failures != 0;
}
