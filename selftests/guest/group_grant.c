/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Grants: tables, mappings of the guest's own grants, and everything that must not be mapped.
 * Copies: group_copy.c.
 */
#include "guest.h"

#define GRANT(op, arg, n) HC3(grant_table_op, GNTTABOP_##op, arg, n)

static struct grant_entry_v1 *table;
static uint64_t page_of_data[512] __attribute__((aligned(4096)));

struct grant_entry_v1 *grant_table(void);

/* The first frame of the table, mapped over a page of ours. */
struct grant_entry_v1 *grant_table(void)
{
	uint64_t frame = 0;
	struct gnttab_setup_table s = {
		.dom = DOMID_SELF, .nr_frames = 1, .frame_list = (uint64_t)&frame};
	void *page;

	if (table)
		return table;
	(void)GRANT(setup_table, &s, 1);
	page = page_new();
	(void)set_va(page, frame << 12 | PTE_P | PTE_RW | PTE_A | PTE_D | PTE_US, UVMF_INVLPG);
	table = page;
	return table;
}

static void allow(uint32_t ref, domid_t who, uint64_t frame, uint16_t flags)
{
	volatile struct grant_entry_v1 *e = &grant_table()[ref];

	e->flags = 0;
	e->frame = (uint32_t)frame;
	e->domid = who;
	__atomic_thread_fence(__ATOMIC_SEQ_CST);
	e->flags = flags;
}

static struct gnttab_map_grant_ref last;

static long map_at(uint64_t at, uint32_t flags, uint32_t ref, domid_t dom)
{
	long rc;

	last = (struct gnttab_map_grant_ref){
		.host_addr = at, .flags = flags, .ref = ref, .dom = dom, .status = 99};
	rc = GRANT(map_grant_ref, &last, 1);
	return rc ? rc : last.status;
}

static long unmap(uint64_t at, uint32_t handle)
{
	struct gnttab_unmap_grant_ref u = {.host_addr = at, .handle = handle, .status = 99};
	long rc = GRANT(unmap_grant_ref, &u, 1);

	return rc ? rc : u.status;
}

static void setup(void)
{
	static uint64_t list[128];
	struct gnttab_setup_table s = {
		.dom = DOMID_SELF, .nr_frames = 1, .frame_list = (uint64_t)list};
	struct gnttab_query_size q = {.dom = DOMID_SELF};
	struct gnttab_set_version v = {.version = 3};
	struct gnttab_get_version g = {.dom = 0};

	claim_is("set up a frame", GRANT(setup_table, &s, 1), 0);
	claim("its number", s.status == 0 && list[0]);
	s.nr_frames = 10000;
	claim_is("too many frames", GRANT(setup_table, &s, 1), 0);
	claim_negative("too many frames: status", s.status);
	s = (struct gnttab_setup_table){.dom = 0, .nr_frames = 1, .frame_list = (uint64_t)list};
	(void)GRANT(setup_table, &s, 1);
	claim_is("Domain-0's table", s.status, GNTST_permission_denied);
	s = (struct gnttab_setup_table){.dom = DOMID_SELF, .nr_frames = 1, .frame_list = BAD_HV};
	claim("a list in the hypervisor's range", GRANT(setup_table, &s, 1) < 0 || s.status < 0);
	claim_negative("two tables at once", GRANT(setup_table, &s, 2));
	claim_is("size", GRANT(query_size, &q, 1), 0);
	claim("size: status and numbers",
	      q.status == 0 && q.nr_frames >= 1 && q.max_nr_frames >= q.nr_frames);
	q.dom = 0;
	(void)GRANT(query_size, &q, 1);
	claim_is("Domain-0's size", q.status, GNTST_permission_denied);
	claim_is("version 3", GRANT(set_version, &v, 1), -EINVAL);
	claim_is("Domain-0's version", GRANT(get_version, &g, 1), -EPERM);
	claim_is("an unknown sub-operation", HC3(grant_table_op, 77, &q, 1), -ENOSYS);
	claim_is("a negative count", HC3(grant_table_op, GNTTABOP_map_grant_ref, &q, 0x80000000),
		 -EINVAL);
	claim_is("no operations", HC3(grant_table_op, GNTTABOP_map_grant_ref, &q, 0), 0);
	claim_is("unmapped operations", GRANT(map_grant_ref, BAD_UNMAPPED, 1), -EFAULT);
	claim_is("operations in the hypervisor's range", GRANT(unmap_grant_ref, BAD_HV, 1),
		 -EFAULT);
	claim_is("operations that wrap", GRANT(copy, BAD_WRAP, 3), -EFAULT);
}

static void mappings(void)
{
	uint64_t at = (uint64_t)page_new();
	uint32_t first, second;
	volatile uint64_t *data = page_of_data;
	struct gnttab_unmap_grant_ref u;
	void *place = page_new();

	allow(8, own_domid, mfn_of(page_of_data), GTF_permit_access);
	data[0] = 5;
	/*
	 * Nothing is mapped where a grant goes: what a CPU remembers of a page there is the guest's
	 * business.
	 */
	(void)set_va((void *)at, 0, UVMF_INVLPG | UVMF_ALL);
	(void)set_va(place, 0, UVMF_INVLPG | UVMF_ALL);
	claim_is("map a grant", map_at(at, GNTMAP_host_map, 8, own_domid), 0);
	first = last.handle;
	claim("the page is shared",
	      *(volatile uint64_t *)at == 5 && (last.dev_bus_addr >> 12) == mfn_of(page_of_data));
	claim("the grant is in use",
	      (table[8].flags & (GTF_reading | GTF_writing)) == (GTF_reading | GTF_writing));
	claim_is("map it again, read-only",
		 map_at((uint64_t)place, GNTMAP_host_map | GNTMAP_readonly, 8, own_domid), 0);
	second = last.handle;
	claim("another handle", first != second);
	claim_negative("unmap where the read-only one is", unmap((uint64_t)place, first));
	claim_negative("unmap at an address of the hypervisor's", unmap(BAD_HV, first));
	claim_is("unmap", unmap(at, first), 0);
	claim("the writer's mark goes, the reader's stays",
	      (table[8].flags & (GTF_reading | GTF_writing)) == GTF_reading);
	claim_is("unmap it again: a stale handle", unmap(at, first), GNTST_bad_handle);
	claim_is("unmap the other", unmap((uint64_t)place, second), 0);
	claim("no mark is left", !(table[8].flags & (GTF_reading | GTF_writing)));
	claim_is("handle ~0", unmap(at, ~0U), GNTST_bad_handle);
	claim_is("a handle that never was", unmap(at, 0x12345), GNTST_bad_handle);
	claim_is("map through an entry's address",
		 map_at(pte_maddr(at), GNTMAP_host_map | GNTMAP_contains_pte, 8, own_domid), 0);
	claim_is("unmap it", unmap(pte_maddr(at), last.handle), 0);
	claim_is("map for a device", map_at(0, GNTMAP_device_map, 8, own_domid), 0);
	u = (struct gnttab_unmap_grant_ref){.dev_bus_addr = last.dev_bus_addr,
					    .handle = last.handle};
	(void)GRANT(unmap_grant_ref, &u, 1);
	claim_is("unmap it", u.status, 0);
	allow(8, own_domid, 0, 0);
}

static long replace(uint64_t at, uint64_t from, uint32_t handle)
{
	struct gnttab_unmap_and_replace r = {
		.host_addr = at, .new_addr = from, .handle = handle, .status = 99};
	long rc = GRANT(unmap_and_replace, &r, 1);

	return rc ? rc : r.status;
}

static void replacements(void)
{
	uint64_t at = (uint64_t)page_new();
	volatile uint64_t *moving = page_new();
	void *lost = page_new(); /* the reference takes the entry away even if it cannot put it
				    where it should go */

	*moving = 77;
	allow(8, own_domid, mfn_of(page_of_data), GTF_permit_access);
	(void)set_va((void *)at, 0, UVMF_INVLPG | UVMF_ALL);
	claim_is("map a grant to replace", map_at(at, GNTMAP_host_map, 8, own_domid), 0);
	claim_negative("replace at an address of the hypervisor's",
		       replace(BAD_HV, (uint64_t)lost, last.handle));
	claim_is("replace", replace(at, (uint64_t)moving, last.handle), 0);
	claim("the page that was elsewhere is there", *(volatile uint64_t *)at == 77);
	claim("and not where it was", !*pte_of((uint64_t)moving));
	claim("the grant is free again", !(table[8].flags & (GTF_reading | GTF_writing)));
	claim_is("replace again: a stale handle", replace(at, (uint64_t)moving, last.handle),
		 GNTST_bad_handle);
	allow(8, own_domid, 0, 0);
}

static void refusals(void)
{
	uint64_t at = (uint64_t)page_new(), *entry = pte_of(at), was = *entry;
	uint32_t ref;
	unsigned int mapped = 0;

	allow(9, own_domid, mfn_of(page_of_data), GTF_permit_access | GTF_readonly);
	claim_is("a read-only grant, writable", map_at(at, GNTMAP_host_map, 9, own_domid),
		 GNTST_general_error);
	claim_negative("an entry's address that is not aligned",
		       map_at(pte_maddr(at) + 4,
			      GNTMAP_host_map | GNTMAP_contains_pte | GNTMAP_readonly, 9,
			      own_domid));
	claim_negative("an entry's address in another domain's frame",
		       map_at(foreign_mfn() << 12,
			      GNTMAP_host_map | GNTMAP_contains_pte | GNTMAP_readonly, 9,
			      own_domid));
	claim_negative("an entry's address beyond RAM",
		       map_at(beyond_mfn() << 12,
			      GNTMAP_host_map | GNTMAP_contains_pte | GNTMAP_readonly, 9,
			      own_domid));
	claim_negative("an entry's address in the root table",
		       map_at(mfn_of((void *)start_info->pt_base) << 12,
			      GNTMAP_host_map | GNTMAP_contains_pte | GNTMAP_readonly, 9,
			      own_domid));
	claim_negative(
		"no table at the address",
		map_at(BAD_UNMAPPED & PAGE_MASK, GNTMAP_host_map | GNTMAP_readonly, 9, own_domid));
	claim_negative("an address of the hypervisor's",
		       map_at(BAD_HV, GNTMAP_host_map | GNTMAP_readonly, 9, own_domid));
	claim_negative("neither host nor device", map_at(at, GNTMAP_readonly, 9, own_domid));
	claim("failed maps leave no mark", !(table[9].flags & (GTF_reading | GTF_writing)));
	allow(9, 0, mfn_of(page_of_data), GTF_permit_access);
	claim_is("a grant for Domain-0", map_at(at, GNTMAP_host_map, 9, own_domid),
		 GNTST_general_error);
	allow(9, own_domid, mfn_of(page_of_data), GTF_invalid);
	claim_is("no grant", map_at(at, GNTMAP_host_map, 9, own_domid), GNTST_general_error);
	allow(9, own_domid, mfn_of(page_of_data), GTF_accept_transfer);
	claim_is("a transfer is no grant", map_at(at, GNTMAP_host_map, 9, own_domid),
		 GNTST_general_error);
	allow(9, own_domid, foreign_mfn(), GTF_permit_access);
	claim_negative("a grant of another domain's frame",
		       map_at(at, GNTMAP_host_map, 9, own_domid));
	allow(9, own_domid, hypervisor_mfn(), GTF_permit_access);
	claim_negative("a grant of the hypervisor's frame",
		       map_at(at, GNTMAP_host_map, 9, own_domid));
	allow(9, own_domid, mfn_of((void *)start_info->pt_base), GTF_permit_access);
	claim_negative("a grant of a page table, writable",
		       map_at(at, GNTMAP_host_map, 9, own_domid));
	allow(9, own_domid, 0xfffffff0, GTF_permit_access);
	claim_negative("a grant of a frame beyond RAM", map_at(at, GNTMAP_host_map, 9, own_domid));
	claim_is("a reference beyond the table", map_at(at, GNTMAP_host_map, 0xffffffff, own_domid),
		 GNTST_bad_gntref);
	claim_is("a domain that is not", map_at(at, GNTMAP_host_map, 9, 0x7000), GNTST_bad_domain);
	for (ref = 0; ref < 512; ref++)
		mapped += map_at(at, GNTMAP_host_map, ref, 0) == 0;
	claim_is("no grant of Domain-0's is there to be had", mapped, 0);
	claim("the entry is what it was", ((*entry ^ was) & (PTE_ADDR | PTE_P)) == 0);
	allow(9, 0, 0, 0);
}

void group_grant(void)
{
	setup();
	mappings();
	replacements();
	refusals();
}
