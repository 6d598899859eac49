/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * mmu_update, mmuext_op and grant_table_op, sub-operation by sub-operation, update_va_mapping and
 * the descriptor tables. Claim: none says "done" without having done what it was asked for.
 */
/* sources: hypervisor/grant/grant.c hypervisor/grant/grant_map.c */
/* sources: hypervisor/grant/grant_copy.c hypervisor/grant/grant_op.c */
/* sources: hypervisor/grant/maptrack.c hypervisor/mm/frame.c hypervisor/mm/promote.c */
/* sources: hypervisor/mm/pte_rules.c hypervisor/mm/desc_rules.c hypervisor/mm/alloc.c */
/* sources: hypervisor/mm/buddy.c hypervisor/mm/m2p.c hypervisor/mm/iomem.c */
/* sources: hypervisor/mm/mmu_op.c hypervisor/mm/mmuext_op.c hypervisor/mm/desc_op.c */
/* sources: hypervisor/mm/domain_mm.c */
#define WORLD_FRAMES 128U
#include <hv/grant/grant.h>
#include <hv/hypercall/hypercall.h>
#include <hv/mm/mmuext_op.h>
#include <xen/grant_table.h>
#include <x86/tlb.h>

#include "mm_world.h"

#include "effects.h"

#define VA	UINT64_C(0x400000) /* the first address of the caller's L1 table */
#define CALLER	0
#define GRANTER 1

static mfn_t l4, l3, l2, l1, spare, other_l4, granted;
static struct grant_entry_v1 *entries;

void tlb_flush_domain(struct domain *d)
{
	(void)d;
	world_flushes++;
}

static mfn_t give(unsigned int d)
{
	struct frame *f = alloc_domain_frames(&world_dom[d], 0, 0);

	if (!f)
		abort();
	return frame_to_mfn(f);
}

static void put_entry(mfn_t table, unsigned int slot, mfn_t to)
{
	((pte_t *)mfn_to_virt(table))[slot] = pte_make(to, PTE_P | PTE_RW | PTE_US);
}

/* A caller with page tables, and a granter of one page. */
static void start(void)
{
	mfn_t m;

	world_start();
	for (unsigned int i = 0; i < 3; i++) {
		world_dom[i].grant.max_frames = 4;
		world_dom[i].grant.max_maptrack_frames = 1;
		if (grant_domain_init(&world_dom[i]))
			abort();
	}
	l4 = give(CALLER), l3 = give(CALLER), l2 = give(CALLER), l1 = give(CALLER);
	spare = give(CALLER), other_l4 = give(CALLER);
	put_entry(l4, l4_index(VA), l3);
	put_entry(l3, l3_index(VA), l2);
	put_entry(l2, l2_index(VA), l1);
	world_run_as(CALLER, 0);
	if (mmu_get_kernel_l4(&world_dom[CALLER], l4))
		abort();
	world_vcpu[CALLER].mm.guest_table = l4;
	granted = give(GRANTER);
	if (grant_shared_frame(&world_dom[GRANTER], 0, &m))
		abort();
	entries = mfn_to_virt(m);
	entries[8].frame = (uint32_t)mfn_x(granted);
	entries[8].domid = CALLER;
	entries[8].flags = GTF_permit_access;
}

/* The vCPUs without their counters, which count refusals as well. */
static struct vcpu seen[3];

static void observe(void)
{
	memcpy(seen, world_vcpu, sizeof(seen));
	for (unsigned int i = 0; i < ARRAY_SIZE(seen); i++)
		memset(&seen[i].stats, 0, sizeof(seen[i].stats));
}

/* The caller maps its spare page there. */
static void map_spare(unsigned int slot, uint64_t flags)
{
	struct mmu_update u = {mfn_to_maddr(l1) + slot * 8,
			       pte_make(spare, PTE_P | PTE_US | flags)};

	if (world_call(do_mmu_update, (uint64_t)&u, 1, 0, DOMID_SELF))
		abort();
}

#define PREPARE(name, ...)               \
	static void prepare_##name(void) \
	{                                \
		__VA_ARGS__;             \
	}

/* ---- mmuext_op ---- */

static struct mmuext_op mmu;

static long mmuext(uint32_t cmd)
{
	mmu.cmd = cmd;
	return world_call(do_mmuext_op, (uint64_t)&mmu, 1, 0, DOMID_SELF);
}

PREPARE(spare, mmu.arg1.mfn = mfn_x(spare))
PREPARE(other_l4, mmu.arg1.mfn = mfn_x(other_l4))
PREPARE(own_l4, mmu.arg1.mfn = mfn_x(l4))
PREPARE(not_own, mmu.arg1.mfn = mfn_x(granted))
PREPARE(fill, memset(mfn_to_virt(spare), 1, PAGE_SIZE); mmu.arg1.mfn = mfn_x(spare))
PREPARE(copy_page, memset(mfn_to_virt(other_l4), 2, PAGE_SIZE); mmu.arg1.mfn = mfn_x(spare);
	mmu.arg2.src_mfn = mfn_x(other_l4))
PREPARE(clean, memset(mfn_to_virt(other_l4), 0, PAGE_SIZE);
	memset(mfn_to_virt(spare), 0, PAGE_SIZE); mmu.arg1.mfn = mfn_x(spare))
PREPARE(address, mmu.arg1.linear_addr = VA)
PREPARE(mask, static uint64_t vcpus = 1; mmu.arg1.linear_addr = VA;
	mmu.arg2.vcpumask = (uint64_t)&vcpus)
PREPARE(no_mask, mmu.arg1.linear_addr = VA)
PREPARE(ldt, map_spare(0, 0); mmu.arg1.linear_addr = VA; mmu.arg2.nr_ents = 16)
PREPARE(long_ldt, mmu.arg1.linear_addr = VA; mmu.arg2.nr_ents = 9000)

static const struct sub_op mmuexts[] = {
	{MMUEXT_CLEAR_PAGE, "CLEAR_PAGE", prepare_fill, CHANGES, 0, NULL},
	{MMUEXT_COPY_PAGE, "COPY_PAGE", prepare_copy_page, CHANGES, 0, NULL},
	{MMUEXT_CLEAR_PAGE, "that of another's", prepare_not_own, REFUSES, -EPERM, NULL},
	{MMUEXT_PIN_L1_TABLE, "PIN_L1_TABLE", prepare_clean, CHANGES, 0, NULL},
	{MMUEXT_PIN_L1_TABLE, "a second one", prepare_spare, REFUSES, -EINVAL, NULL},
	{MMUEXT_UNPIN_TABLE, "UNPIN_TABLE", prepare_spare, CHANGES, 0, NULL},
	{MMUEXT_UNPIN_TABLE, "a second one", prepare_spare, REFUSES, -EINVAL, NULL},
	{MMUEXT_PIN_L2_TABLE, "PIN_L2_TABLE", prepare_spare, CHANGES, 0, NULL},
	{MMUEXT_UNPIN_TABLE, "its end", prepare_spare, CHANGES, 0, NULL},
	{MMUEXT_PIN_L3_TABLE, "PIN_L3_TABLE", prepare_spare, CHANGES, 0, NULL},
	{MMUEXT_UNPIN_TABLE, "its end", prepare_spare, CHANGES, 0, NULL},
	{MMUEXT_PIN_L4_TABLE, "PIN_L4_TABLE", prepare_other_l4, CHANGES, 0, NULL},
	{MMUEXT_NEW_BASEPTR, "NEW_BASEPTR", prepare_other_l4, CHANGES, 0, NULL},
	{MMUEXT_NEW_BASEPTR, "that of another's", prepare_not_own, REFUSES, -EPERM, NULL},
	{MMUEXT_NEW_BASEPTR, "the way back", prepare_own_l4, CHANGES, 0, NULL},
	{MMUEXT_NEW_USER_BASEPTR, "NEW_USER_BASEPTR", prepare_other_l4, CHANGES, 0, NULL},
	{MMUEXT_NEW_USER_BASEPTR, "a second one", prepare_other_l4, IS_SO, 0, "it is that"},
	{MMUEXT_TLB_FLUSH_LOCAL, "TLB_FLUSH_LOCAL", NULL, CHANGES, 0, NULL},
	{MMUEXT_INVLPG_LOCAL, "INVLPG_LOCAL", prepare_address, CHANGES, 0, NULL},
	{MMUEXT_TLB_FLUSH_MULTI, "TLB_FLUSH_MULTI", prepare_mask, CHANGES, 0, NULL},
	{MMUEXT_INVLPG_MULTI, "INVLPG_MULTI", prepare_mask, CHANGES, 0, NULL},
	{MMUEXT_INVLPG_MULTI, "that of no mask", prepare_no_mask, REFUSES, -EFAULT, NULL},
	{MMUEXT_TLB_FLUSH_ALL, "TLB_FLUSH_ALL", NULL, CHANGES, 0, NULL},
	{MMUEXT_INVLPG_ALL, "INVLPG_ALL", prepare_address, CHANGES, 0, NULL},
	{MMUEXT_SET_LDT, "SET_LDT", prepare_ldt, CHANGES, 0, NULL},
	{MMUEXT_SET_LDT, "that of 9000 entries", prepare_long_ldt, REFUSES, -EINVAL, NULL},
	{MMUEXT_FLUSH_CACHE, "FLUSH_CACHE", NULL, REFUSES, -EOPNOTSUPP, NULL},
	{MMUEXT_FLUSH_CACHE_GLOBAL, "FLUSH_CACHE_GLOBAL", NULL, REFUSES, -EOPNOTSUPP, NULL},
	{MMUEXT_MARK_SUPER, "MARK_SUPER", prepare_spare, REFUSES, -EOPNOTSUPP, NULL},
	{MMUEXT_UNMARK_SUPER, "UNMARK_SUPER", prepare_spare, REFUSES, -EOPNOTSUPP, NULL},
};

/* ---- grant_table_op ---- */

static struct {
	uint32_t cmd;
	union grant_op {
		struct gnttab_map_grant_ref map;
		struct gnttab_unmap_grant_ref unmap;
		struct gnttab_unmap_and_replace replace;
		struct gnttab_setup_table setup;
		struct gnttab_query_size size;
		struct gnttab_copy copy;
		struct gnttab_set_version set;
		struct gnttab_get_version get;
	} u;
} op;
static grant_handle_t handle;
static mfn_t to;	/* where copies go */

static int16_t status_of(uint32_t cmd, const union grant_op *u)
{
	switch (cmd) {
	case GNTTABOP_map_grant_ref: return u->map.status;
	case GNTTABOP_unmap_grant_ref: return u->unmap.status;
	case GNTTABOP_unmap_and_replace: return u->replace.status;
	case GNTTABOP_setup_table: return u->setup.status;
	case GNTTABOP_query_size: return u->size.status;
	case GNTTABOP_copy: return u->copy.status;
	default: return 0;
	}
}

/* The status of the one operation is its error, and where it has one, its answer. */
static long grant(uint32_t cmd)
{
	union grant_op u = op.u;
	long rc = world_call(do_grant_table_op, cmd, (uint64_t)&u, 1, 0);

	rc = rc ? rc : status_of(cmd, &u);
	if (rc >= 0)
		op.u = u;
	if (!rc && cmd == GNTTABOP_map_grant_ref)
		handle = u.map.handle;
	return rc;
}

#define BUFFER	((uint64_t)effect_buffer)
PREPARE(map, op.u.map = ((struct gnttab_map_grant_ref){
		     .host_addr = VA, .flags = GNTMAP_host_map, .ref = 8, .dom = GRANTER}))
PREPARE(map_none, prepare_map(); op.u.map.ref = 9)
PREPARE(unmap, op.u.unmap.host_addr = VA; op.u.unmap.handle = handle)
PREPARE(replace, map_spare(1, PTE_RW); op.u.replace.host_addr = VA;
	op.u.replace.new_addr = VA + PAGE_SIZE; op.u.replace.handle = handle)
PREPARE(setup, op.u.setup = ((struct gnttab_setup_table){.dom = DOMID_SELF, .nr_frames = 1,
							   .frame_list = BUFFER}))
PREPARE(many, prepare_setup(); op.u.setup.nr_frames = 9)
PREPARE(size, op.u.size.dom = DOMID_SELF)
PREPARE(copy, memset(mfn_to_virt(granted), 7, PAGE_SIZE); op.u.copy.source.u.ref = 8;
	op.u.copy.source.domid = GRANTER; op.u.copy.dest.u.gmfn = mfn_x(to);
	op.u.copy.dest.domid = DOMID_SELF; op.u.copy.len = 64;
	op.u.copy.flags = GNTCOPY_source_gref)
PREPARE(version_1, op.u.set.version = 1)
PREPARE(version_2, op.u.set.version = 2)
PREPARE(version, op.u.get.dom = DOMID_SELF)

static const struct sub_op grants[] = {
	{GNTTABOP_map_grant_ref, "map_grant_ref", prepare_map, CHANGES, 0, NULL},
	{GNTTABOP_map_grant_ref, "that of nothing", prepare_map_none, REFUSES,
	 GNTST_general_error, NULL},
	{GNTTABOP_unmap_grant_ref, "unmap_grant_ref", prepare_unmap, CHANGES, 0, NULL},
	{GNTTABOP_unmap_grant_ref, "a second one", prepare_unmap, REFUSES, GNTST_bad_handle, NULL},
	{GNTTABOP_map_grant_ref, "another map", prepare_map, CHANGES, 0, NULL},
	{GNTTABOP_unmap_and_replace, "unmap_and_replace", prepare_replace, CHANGES, 0, NULL},
	{GNTTABOP_setup_table, "setup_table", prepare_setup, CHANGES, 0, NULL},
	{GNTTABOP_setup_table, "one beyond the limit", prepare_many, REFUSES, GNTST_general_error,
	 NULL},
	{GNTTABOP_query_size, "query_size", prepare_size, ANSWERS, 0, NULL},
	{GNTTABOP_copy, "copy", prepare_copy, CHANGES, 0, NULL},
	{GNTTABOP_set_version, "set_version 1", prepare_version_1, IS_SO, 0, "it is that"},
	{GNTTABOP_set_version, "set_version 2", prepare_version_2, REFUSES, -ENOSYS, NULL},
	{GNTTABOP_get_version, "get_version", prepare_version, ANSWERS, 0, NULL},
};

/* ---- mmu_update: the number of a row is the kind of the request ---- */

static struct {
	uint32_t cmd;
	struct mmu_update u;
} pt;

static long update(uint32_t cmd)
{
	struct mmu_update u = pt.u;

	if (cmd > MMU_PT_UPDATE_NO_TRANSLATE)
		return -ENOSYS;	/* the two bits say no more */
	u.ptr |= cmd;
	return world_call(do_mmu_update, (uint64_t)&u, 1, 0, DOMID_SELF);
}

#define READ_ONLY	(PTE_P | PTE_US)
#define ENTRY(n)	(mfn_to_maddr(l1) + (n) * 8)
PREPARE(entry, pt.u = ((struct mmu_update){ENTRY(5), pte_make(spare, READ_ONLY)}))
PREPARE(no_entry, pt.u.ptr = ENTRY(5))
PREPARE(own_table, pt.u = ((struct mmu_update){ENTRY(5), pte_make(l1, READ_ONLY | PTE_RW)}))
PREPARE(other_frame, pt.u = ((struct mmu_update){ENTRY(5), pte_make(granted, READ_ONLY)}))
PREPARE(plain, pt.u = ((struct mmu_update){mfn_to_maddr(spare), 77}))
PREPARE(odd, pt.u = ((struct mmu_update){ENTRY(5) + 4, 0}))
PREPARE(others_table, pt.u = ((struct mmu_update){mfn_to_maddr(granted), 77}))
PREPARE(pfn, pt.u = ((struct mmu_update){mfn_to_maddr(spare), 1234}))
PREPARE(others_pfn, pt.u = ((struct mmu_update){mfn_to_maddr(granted), 1234}))

static const struct sub_op updates[] = {
	{MMU_NORMAL_PT_UPDATE, "NORMAL_PT_UPDATE", prepare_entry, CHANGES, 0, NULL},
	{MMU_NORMAL_PT_UPDATE, "a second one", prepare_entry, IS_SO, 0, "the entry says that"},
	{MMU_PT_UPDATE_PRESERVE_AD, "PT_UPDATE_PRESERVE_AD", prepare_no_entry, CHANGES, 0, NULL},
	{MMU_PT_UPDATE_NO_TRANSLATE, "PT_UPDATE_NO_TRANSLATE", prepare_entry, CHANGES, 0, NULL},
	{MMU_NORMAL_PT_UPDATE, "an entry for a table, with RW", prepare_own_table, REFUSES, -EBUSY,
	 NULL},
	{MMU_NORMAL_PT_UPDATE, "one for another's frame", prepare_other_frame, REFUSES, -EBUSY,
	 NULL},
	{MMU_NORMAL_PT_UPDATE, "a frame that is no table", prepare_plain, CHANGES, 0, NULL},
	{MMU_NORMAL_PT_UPDATE, "that of another's", prepare_others_table, REFUSES, -EPERM, NULL},
	{MMU_NORMAL_PT_UPDATE, "an address between entries", prepare_odd, REFUSES, -EINVAL, NULL},
	{MMU_MACHPHYS_UPDATE, "MACHPHYS_UPDATE", prepare_pfn, CHANGES, 0, NULL},
	{MMU_MACHPHYS_UPDATE, "that of another's", prepare_others_pfn, REFUSES, -EINVAL, NULL},
};

/* ---- calls without sub-operations: the number of a row is that of the hypercall ---- */

static struct {
	uint32_t cmd;
	uint64_t a[4];
	uint64_t frames[2];
} whole_arg;

static long whole(uint32_t nr)
{
	const uint64_t *a = whole_arg.a;

	switch (nr) {
	case __HYPERVISOR_update_va_mapping:
		return world_call(do_update_va_mapping, a[0], a[1], a[2], 0);
	case __HYPERVISOR_update_va_mapping_otherdomain:
		return world_call(do_update_va_mapping_otherdomain, a[0], a[1], a[2], a[3]);
	case __HYPERVISOR_set_gdt:
		return world_call(do_set_gdt, (uint64_t)whole_arg.frames, a[0], 0, 0);
	case __HYPERVISOR_update_descriptor:
		return world_call(do_update_descriptor, a[0], a[1], 0, 0);
	default: return -ENOSYS;
	}
}

#define CALL(name, ...) \
	PREPARE(name, const uint64_t a[4] = {__VA_ARGS__}; memcpy(whole_arg.a, a, sizeof(a)))
CALL(va, VA + 6 * PAGE_SIZE, pte_make(spare, READ_ONLY))
CALL(va_flush, VA + 6 * PAGE_SIZE, pte_make(spare, READ_ONLY), UVMF_TLB_FLUSH | UVMF_LOCAL)
CALL(va_invlpg, VA + 6 * PAGE_SIZE, pte_make(spare, READ_ONLY), UVMF_INVLPG | UVMF_ALL)
CALL(va_nowhere, 1UL << 40, pte_make(spare, READ_ONLY))
CALL(va_others, VA + 6 * PAGE_SIZE, pte_make(granted, READ_ONLY))
CALL(others, VA + 7 * PAGE_SIZE, pte_make(granted, READ_ONLY), 0, GRANTER)
CALL(nobodys, VA + 7 * PAGE_SIZE, pte_make(granted, READ_ONLY), 0, 9)
PREPARE(gdt, memset(mfn_to_virt(other_l4), 0, PAGE_SIZE);
	whole_arg.frames[0] = mfn_x(other_l4); whole_arg.a[0] = 512)
PREPARE(no_gdt, whole_arg.a[0] = 0)
PREPARE(long_gdt, prepare_gdt(); whole_arg.a[0] = 7169)
PREPARE(others_gdt, whole_arg.frames[0] = mfn_x(granted); whole_arg.a[0] = 512)
PREPARE(writable_gdt, map_spare(7, PTE_RW); whole_arg.frames[0] = mfn_x(spare);
	whole_arg.a[0] = 512)
CALL(code, mfn_to_maddr(other_l4) + 16, 0x00affb000000ffff)
CALL(call_gate, mfn_to_maddr(other_l4) + 24, 0x0000ec0000e00000)
CALL(odd_code, mfn_to_maddr(other_l4) + 20, 0x00affb000000ffff)
CALL(others_code, mfn_to_maddr(granted), 0x00affb000000ffff)

#define ROW(call, ...) {__HYPERVISOR_##call, __VA_ARGS__}
static const struct sub_op wholes[] = {
	ROW(update_va_mapping, "update_va_mapping", prepare_va, CHANGES, 0, NULL),
	ROW(update_va_mapping, "a second one", prepare_va, IS_SO, 0, "the entry says that"),
	ROW(update_va_mapping, "its flush of a TLB", prepare_va_flush, CHANGES, 0, NULL),
	ROW(update_va_mapping, "its INVLPG everywhere", prepare_va_invlpg, CHANGES, 0, NULL),
	ROW(update_va_mapping, "an address without a table", prepare_va_nowhere, REFUSES, -EINVAL,
	    NULL),
	ROW(update_va_mapping, "another's frame", prepare_va_others, REFUSES, -EBUSY, NULL),
	ROW(update_va_mapping_otherdomain, "that with its owner", prepare_others, CHANGES, 0, NULL),
	ROW(update_va_mapping_otherdomain, "that of nobody", prepare_nobodys, REFUSES, -ESRCH,
	    NULL),
	ROW(set_gdt, "set_gdt", prepare_gdt, CHANGES, 0, NULL),
	ROW(set_gdt, "a second one", prepare_gdt, IS_SO, 0, "it is that"),
	ROW(set_gdt, "7169 entries", prepare_long_gdt, REFUSES, -EINVAL, NULL),
	ROW(set_gdt, "another's frame", prepare_others_gdt, REFUSES, -EINVAL, NULL),
	ROW(set_gdt, "a frame that can be written", prepare_writable_gdt, REFUSES, -EINVAL, NULL),
	ROW(update_descriptor, "update_descriptor", prepare_code, CHANGES, 0, NULL),
	ROW(update_descriptor, "a second one", prepare_code, IS_SO, 0, "it is that"),
	ROW(update_descriptor, "a call gate", prepare_call_gate, REFUSES, -EINVAL, NULL),
	ROW(update_descriptor, "an address between two", prepare_odd_code, REFUSES, -EINVAL, NULL),
	ROW(update_descriptor, "another's frame", prepare_others_code, REFUSES, -EINVAL, NULL),
	ROW(set_gdt, "no GDT", prepare_no_gdt, CHANGES, 0, NULL),
};

static void test_entries(void)
{
	const struct region u = {&pt, sizeof(pt)}, w = {&whole_arg, sizeof(whole_arg)};
	const struct region state[] = {{world_dom, sizeof(world_dom)},
				       {seen, sizeof(seen)},
				       {world_ram, sizeof(world_ram)},
				       {world_m2p, sizeof(world_m2p)},
				       {world_records, sizeof(world_records)},
				       {&world_flushes, sizeof(world_flushes)},
				       {NULL, 0}};

	start();
	effects_run(updates, ARRAY_SIZE(updates), update, u, state, observe);
	effects_complete("mmu_update", updates, ARRAY_SIZE(updates), update, u, 100, UINT32_MAX);
	effects_run(wholes, ARRAY_SIZE(wholes), whole, w, state, observe);
	for (unsigned int i = 0; i < 3; i++)
		grant_domain_destroy(&world_dom[i]);
}

static void test_mmuext(void)
{
	const struct region arg = {&mmu, sizeof(mmu)};
	const struct region state[] = {{world_dom, sizeof(world_dom)},
				       {seen, sizeof(seen)},
				       {world_ram, sizeof(world_ram)},
				       {world_records, sizeof(world_records)},
				       {&world_flushes, sizeof(world_flushes)},
				       {NULL, 0}};

	start();
	effects_run(mmuexts, ARRAY_SIZE(mmuexts), mmuext, arg, state, observe);
	effects_complete("mmuext_op", mmuexts, ARRAY_SIZE(mmuexts), mmuext, arg, 100, UINT32_MAX);
	for (unsigned int i = 0; i < 3; i++)
		grant_domain_destroy(&world_dom[i]);
}

/* Of memory what guests see: a handle that was taken for a refusal leaves a trace in its list. */
static void test_grants(void)
{
	const struct region arg = {&op, sizeof(op)};

	start();
	to = give(CALLER);
	struct region state[] = {{world_dom, sizeof(world_dom)},
				 {seen, sizeof(seen)},
				 {mfn_to_virt(l1), PAGE_SIZE},
				 {mfn_to_virt(to), PAGE_SIZE},
				 {entries, PAGE_SIZE},
				 {world_records, sizeof(world_records)},
				 {NULL, 0}};

	effects_run(grants, ARRAY_SIZE(grants), grant, arg, state, observe);
	effects_complete("grant_table_op", grants, ARRAY_SIZE(grants), grant, arg, 100, UINT32_MAX);
	for (unsigned int i = 0; i < 3; i++)
		grant_domain_destroy(&world_dom[i]);
}

int main(void)
{
	test_entries();
	test_mmuext();
	test_grants();
	printf("1..%u\n", world_number);
	return world_failures != 0;
}
