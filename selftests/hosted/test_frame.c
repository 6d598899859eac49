/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Frame types by example, each through the hypercall that a guest would use: what keeps a domain
 * from writing to its page tables, from another's memory, and from ours. test_frame_model.c tries
 * what is not thought of here.
 */
/* sources: hypervisor/mm/frame.c hypervisor/mm/promote.c hypervisor/mm/pte_rules.c */
/* sources: hypervisor/mm/desc_rules.c hypervisor/mm/alloc.c hypervisor/mm/buddy.c */
/* sources: hypervisor/mm/m2p.c hypervisor/mm/iomem.c hypervisor/mm/mmu_op.c */
/* sources: hypervisor/mm/mmuext_op.c hypervisor/mm/desc_op.c hypervisor/mm/domain_mm.c */
/* sources: hypervisor/mm/ptwr.c hypervisor/mm/ptwr_decode.c hypervisor/trap/insn_bytes.c */
#include <unistd.h>

#include "mm_world.h"
#include <hv/hypercall/hypercall.h>
#include <hv/mm/alloc.h>
#include <hv/mm/directmap.h>
#include <hv/mm/domain_mm.h>
#include <hv/mm/frame.h>
#include <hv/mm/iomem.h>
#include <hv/mm/m2p.h>
#include <hv/mm/map.h>
#include <hv/mm/mmu_op.h>
#include <hv/mm/mmuext_op.h>
#include <hv/mm/promote.h>
#include <hv/mm/pte_rules.h>
#include <hv/mm/ptwr.h>
#include <x86/protection.h>
#include <x86/tlb.h>

#define VA UINT64_C(0x0000123456000000)

static mfn_t l4, l3, l2, l1, data, spare;
static unsigned int flushed[WORLD_CPUS];

static mfn_t give(unsigned int d)
{
	struct frame *f = alloc_domain_frames(&world_dom[d], 0, 0);

	if (!f)
		abort();
	return frame_to_mfn(f);
}

static pte_t *at(mfn_t table, unsigned int slot)
{
	return &((pte_t *)mfn_to_virt(table))[slot];
}

static maddr_t where(mfn_t table, unsigned int slot)
{
	return mfn_to_maddr(table) + slot * 8;
}

#define RW (PTE_P | PTE_RW | PTE_US)
#define RO (PTE_P | PTE_US)

static void count_flush(unsigned int cpu)
{
	flushed[cpu]++;
}

/*
 * A tree of one table each level; data is mapped at VA, and the L1 itself, read-only, in the page
 * behind.
 */
static void start(unsigned int d)
{
	world_start();
	world_preempt_one_in = 0;
	world_on_flush = count_flush;
	l4 = give(d), l3 = give(d), l2 = give(d), l1 = give(d), data = give(d), spare = give(d);
	*at(l4, l4_index(VA)) = pte_make(l3, RW);
	*at(l3, l3_index(VA)) = pte_make(l2, RW);
	*at(l2, l2_index(VA)) = pte_make(l1, RW);
	*at(l1, l1_index(VA)) = pte_make(data, RW);
	*at(l1, l1_index(VA) + 1) = pte_make(l1, RO);
	world_run_as(d, 0);
	/* What a boot has behind it: all CPUs have flushed since. */
	tlb_flush_cpus((cpumask_t){3}, TLB_ALL);
}

static long ext(uint32_t cmd, uint64_t arg1)
{
	struct mmuext_op op = {.cmd = cmd, .arg1.mfn = arg1};

	return world_call(do_mmuext_op, (uint64_t)&op, 1, 0, DOMID_SELF);
}

static long update(uint64_t ptr, uint64_t val, uint32_t foreign)
{
	struct mmu_update r = {ptr, val};

	return world_call(do_mmu_update, (uint64_t)&r, 1, 0, foreign);
}

static unsigned int refs(mfn_t m)
{
	return mfn_to_frame(m)->refs;
}

static bool is(mfn_t m, enum frame_type type, uint64_t count)
{
	return frame_type(mfn_to_frame(m)) == type && frame_type_count(mfn_to_frame(m)) == count;
}

static void test_pin(void)
{
	unsigned int i;
	bool good = true;

	start(1);
	result(!ext(MMUEXT_PIN_L4_TABLE, l4.n) && is(l4, FT_L4, 1) && is(l3, FT_L3, 1) &&
		       is(l2, FT_L2, 1) && is(l1, FT_L1, 1) && is(data, FT_WRITABLE, 1) &&
		       refs(data) == 2 && refs(l1) == 3,
	       "a pinned L4 types the whole tree and counts what it maps");
	for (i = HV_L4_FIRST + 1; i <= HV_L4_LAST; i++)
		good &= *at(l4, i) == idle_l4[i];
	result(good && !*at(l4, HV_L4_FIRST),
	       "our slots of the L4 are filled in, but for the M2P's");
	*at(spare, 3) = pte_make(data, PTE_P | PTE_RW);
	result(!ext(MMUEXT_PIN_L1_TABLE, spare.n) &&
		       (*at(spare, 3) & (PTE_US | PTE_GUEST_KERNEL)) ==
			       (PTE_US | PTE_GUEST_KERNEL) &&
		       !ext(MMUEXT_UNPIN_TABLE, spare.n),
	       "a kernel page in a table that is taken over becomes a user page to the hardware");
	result(ext(MMUEXT_PIN_L4_TABLE, l4.n) == -EINVAL && is(l4, FT_L4, 1) && refs(l4) == 2,
	       "nothing is pinned twice");
	result(ext(MMUEXT_PIN_L3_TABLE, l4.n) < 0 && ext(MMUEXT_PIN_L1_TABLE, data.n) < 0,
	       "nor as something else");
	result(!ext(MMUEXT_NEW_BASEPTR, l4.n) && is(l4, FT_L4, 2) &&
		       !ext(MMUEXT_UNPIN_TABLE, l4.n) && is(l4, FT_L4, 1),
	       "a loaded table outlives its pin");
	result(ext(MMUEXT_UNPIN_TABLE, l4.n) == -EINVAL, "and is unpinned once");
	mmu_put_kernel_l4(l4);
	mm_drain_vcpu(&world_vcpu[1]);
	result(is(l4, FT_L4, 0) && refs(l4) == 1 && refs(l1) == 1 && refs(data) == 1 &&
		       is(data, FT_WRITABLE, 0),
	       "when the last use goes, the whole tree falls apart");
	result(!update(where(l1, 5), 0xabcdef, DOMID_SELF) && *at(l1, 5) == 0xabcdef,
	       "and its pages may be written like memory");
}

/*
 * CPUs run xpti guests on copies of their L4s, and make them anew when this changes (x86/xpti.c
 * X1).
 */
static void test_generation(void)
{
	uint64_t *generation = &world_dom[1].arch.l4_generation, was;

	start(1);
	was = *generation;
	result(!ext(MMUEXT_PIN_L4_TABLE, l4.n) && *generation != was,
	       "an L4 that becomes one makes copies of L4s old");
	was = *generation;
	result(!update(where(l3, 7), 0, DOMID_SELF) && !update(where(l2, 7), 0, DOMID_SELF) &&
		       !update(where(l1, 7), 0, DOMID_SELF) && *generation == was,
	       "entries of the lower levels do not");
	result(!update(where(l4, 7), pte_make(l3, RW), DOMID_SELF) && *generation != was,
	       "an entry of the L4 that comes does");
	was = *generation;
	result(!update(where(l4, 7), 0, DOMID_SELF) && *generation != was, "and one that goes");
}

static bool shows_m2p(mfn_t table)
{
	return *at(table, HV_L4_FIRST) == idle_l4[HV_L4_FIRST];
}

static bool hides_m2p(mfn_t table)
{
	return !*at(table, HV_L4_FIRST);
}

/* promote.c M6: user mode reads what its base holds, and the M2P is of the whole machine. */
static void test_m2p(void)
{
	mfn_t user;

	start(1);
	user = give(1);
	result(!ext(MMUEXT_PIN_L4_TABLE, l4.n) && !ext(MMUEXT_PIN_L4_TABLE, user.n) &&
		       hides_m2p(l4) && hides_m2p(user),
	       "a table that is only pinned shows no M2P");
	result(!ext(MMUEXT_NEW_BASEPTR, l4.n) && !ext(MMUEXT_NEW_USER_BASEPTR, user.n) &&
		       shows_m2p(l4) && hides_m2p(user),
	       "the base of kernel mode does, that of user mode does not");
	result(!ext(MMUEXT_NEW_USER_BASEPTR, l4.n) && shows_m2p(l4),
	       "one table as both shows it to both");
	result(!mmu_get_kernel_l4(&world_dom[1], l4) && !ext(MMUEXT_NEW_BASEPTR, user.n) &&
		       shows_m2p(l4) && shows_m2p(user),
	       "a kernel's base of another vCPU keeps it");
	mmu_put_kernel_l4(l4);
	result(hides_m2p(l4),
	       "and when the last kernel leaves it, it is gone, whoever's user mode is there");
	result(!ext(MMUEXT_NEW_BASEPTR, l4.n) && shows_m2p(l4) && hides_m2p(user),
	       "a kernel that comes back has it again");
	options.pv_m2p_user = true;
	result(!ext(MMUEXT_NEW_USER_BASEPTR, user.n) && shows_m2p(user),
	       "with pv=m2p-user the base of user mode has it, too");
	world_dom[1].trap.vm_assist = BIT64(VMASST_TYPE_m2p_strict);
	result(!ext(MMUEXT_NEW_USER_BASEPTR, 0) && !ext(MMUEXT_NEW_USER_BASEPTR, user.n) &&
		       hides_m2p(user) && shows_m2p(l4),
	       "but not of a guest that is strict");
	options.pv_m2p_user = false;
	mmu_put_kernel_l4(l4);
	mmu_put_user_l4(user);
}

/* hv/kernel_ring.h K1: one base for both, told apart by U/S. */
static void test_ring1(void)
{
	start(1);
	world_dom[1].arch.ring1 = true;
	idle_l4[HV_L4_FIRST] |= PTE_US;
	*at(l1, 9) = pte_make(spare, PTE_P | PTE_RW);
	*at(l1, 10) = pte_make(spare, PTE_P | PTE_RW | PTE_US);
	result(!ext(MMUEXT_NEW_BASEPTR, l4.n) &&
		       *at(l4, HV_L4_FIRST) == (idle_l4[HV_L4_FIRST] & ~PTE_US),
	       "the base of a kernel in ring 1 shows the M2P to the kernel alone");
	result(*at(l1, 9) == pte_make(spare, PTE_P | PTE_RW) &&
		       *at(l1, 10) == pte_make(spare, PTE_P | PTE_RW | PTE_US),
	       "its pages are the kernel's or the user's as it says");
	mmu_put_kernel_l4(l4);
}

/*
 * Flushes of CPU 1 while domain 1, on CPU 0, turns a page into a table and back a thousand times.
 */
static unsigned int storm(void)
{
	unsigned int before = flushed[1];
	bool good = true;

	for (unsigned int i = 0; i < 1000; i++)
		good &= !ext(MMUEXT_PIN_L1_TABLE, spare.n) && !ext(MMUEXT_UNPIN_TABLE, spare.n) &&
			!ext(MMUEXT_CLEAR_PAGE, spare.n);
	return good ? flushed[1] - before : ~0U;
}

/* A guest gives a page back and takes one. */
static void give_and_take(void)
{
	uint64_t number = spare.n;
	struct frame *f = mfn_to_frame(spare);

	if (!get_page(f, &world_dom[1]) || !frame_drop_allocation(f))
		abort();
	put_page(f);
	spare = give(1);
	if (spare.n != number)
		printf("# another page\n");
}

/* frame.c F7: who asks for flushes gets them where it ran. */
static void test_storm(void)
{
	unsigned int before, first;

	start(1);
	world_dom[1].arch.dirty_cpus.bits = 1;
	first = flushed[0];
	result(storm() == 0 && flushed[0] - first >= 1000,
	       "a page that changes its use a thousand times flushes no CPU on which its owner "
	       "never ran");
	before = flushed[1];
	for (unsigned int i = 0; i < 100; i++)
		give_and_take();
	result(flushed[1] == before, "nor does one that is given back and taken again");
	world_dom[1].arch.dirty_cpus.bits = 3;
	result(storm() >= 1000, "a CPU that has its tables loaded is flushed each time");
	world_dom[1].arch.dirty_cpus.bits = 1;
	/* Domain-0 maps it: another guest's page in a table of its own. */
	l1 = give(0);
	world_run_as(0, 1);
	before = flushed[1];
	result(!ext(MMUEXT_PIN_L1_TABLE, l1.n) && !update(where(l1, 7), pte_make(spare, RW), 1) &&
		       !update(where(l1, 7), 0, DOMID_SELF),
	       "a page that another domain has mapped and unmapped");
	world_run_as(1, 0);
	result(!ext(MMUEXT_PIN_L1_TABLE, spare.n) && flushed[1] == before + 1,
	       "is flushed everywhere before its next use");
	ext(MMUEXT_UNPIN_TABLE, spare.n);
	give_and_take();
	result(flushed[1] == before + 2 && !(mfn_to_frame(spare)->flags & FRAME_FOREIGN) &&
		       storm() == 0,
	       "but is its owner's alone again when it was free");
}

/* A guest that starts a long pin and never comes back to it. */
static void test_abandoned(void)
{
	struct mmuext_op op = {.cmd = MMUEXT_PIN_L2_TABLE};
	mfn_t other;

	start(1);
	other = give(1);
	*at(l2, 0) = pte_make(spare, RW);
	*at(l2, 1) = pte_make(other, RW);
	op.arg1.mfn = l2.n;
	world_preempt_one_in = 1;
	result(do_mmuext_op((uint64_t)&op, 1, 0, DOMID_SELF, 0, 0) == -ERESTART &&
		       (mfn_to_frame(l2)->type & FT_PARTIAL) && is(spare, FT_L1, 1) &&
		       is(l2, FT_L2, 0) && refs(l2) == 2,
	       "an interrupted pin leaves a table half checked, which counts nothing");
	world_preempt_one_in = 0;
	result(update(where(spare, 0), pte_make(l2, RW), DOMID_SELF) == 0 &&
		       (*at(spare, 0) & PTE_RW),
	       "that can be taken for something else");
	mm_drain_vcpu(&world_vcpu[1]);
	result(is(l2, FT_WRITABLE, 0) && is(spare, FT_L1, 0) && refs(l2) == 1,
	       "and then holds nothing any more");
	*at(spare, 0) = 0;
	world_preempt_one_in = 1;
	result(do_mmuext_op((uint64_t)&op, 1, 0, DOMID_SELF, 0, 0) == -ERESTART &&
		       frame_steal(mfn_to_frame(l2), &world_dom[1]) == -EBUSY &&
		       frame_dismantle(mfn_to_frame(l2)) && !frame_dismantle(mfn_to_frame(l2)) &&
		       !frame_steal(mfn_to_frame(l2), &world_dom[1]) && refs(l2) == 0,
	       "or be given away, once it is taken apart");
	world_preempt_one_in = 0;
	mm_drain_vcpu(&world_vcpu[1]);
	result(refs(spare) == 1 && refs(other) == 1 && is(spare, FT_L1, 0),
	       "with all that it held");
	frame_restore(mfn_to_frame(l2), &world_dom[1]);
}

static void test_conflicts(void)
{
	start(1);
	ext(MMUEXT_PIN_L4_TABLE, l4.n);
	result(update(where(l1, 9), pte_make(l1, RW), DOMID_SELF) < 0 && !*at(l1, 9) &&
		       update(where(l1, 9), pte_make(l4, RW), DOMID_SELF) < 0,
	       "no writable mapping of a table");
	result(!update(where(l1, 9), pte_make(l4, RO), DOMID_SELF) && refs(l4) == 3,
	       "but a read-only one");
	result(update(where(l2, 9), pte_make(data, RW), DOMID_SELF) < 0,
	       "no table that is mapped writable");
	result(update(where(l4, 3), pte_make(l4, RO), DOMID_SELF) < 0 &&
		       update(where(l2, 3), pte_make(l2, RO), DOMID_SELF) < 0,
	       "no table that maps itself");
	result(update(where(l4, 256), pte_make(l3, RW), DOMID_SELF) == -EINVAL &&
		       update(where(l4, 271), 0, DOMID_SELF) == -EINVAL,
	       "our slots of an L4 cannot be written");
	result(update(where(l2, 9), RW | PTE_PSE, DOMID_SELF) == -EINVAL, "no large page");
	result(update(where(l1, 9) + 4, 0, DOMID_SELF) == -EINVAL &&
		       update(~UINT64_C(7), 0, DOMID_SELF) == -EINVAL &&
		       update(where(mfn(WORLD_HOLE), 0), 0, DOMID_SELF) == -EINVAL &&
		       update(0, 0, DOMID_SELF) == -EINVAL,
	       "an address must be an entry in RAM");
	*at(spare, 0) = pte_make(spare, RW);
	result(ext(MMUEXT_PIN_L1_TABLE, spare.n) < 0 && refs(spare) == 1 && is(spare, FT_NONE, 0),
	       "a table that maps itself writable is refused, and nothing remains");
	*at(spare, 0) = pte_make(data, RO);
	*at(spare, 1) = pte_make(l1, RW);
	result(ext(MMUEXT_PIN_L1_TABLE, spare.n) < 0 && refs(data) == 2 && refs(spare) == 1,
	       "what the first entries took is given back when a later one is bad");
}

static void test_others(void)
{
	mfn_t theirs, shared, hv;

	start(1);
	theirs = give(2);
	hv = frame_to_mfn(alloc_frames(0, ALLOC_ZERO));
	shared = frame_to_mfn(alloc_frames(0, ALLOC_ZERO));
	share_frame(mfn_to_frame(shared), &world_dom[1], true);
	ext(MMUEXT_PIN_L4_TABLE, l4.n);
	result(update(where(l1, 9), pte_make(theirs, RO), DOMID_SELF) < 0 &&
		       update(where(l1, 9), pte_make(theirs, RO), 2) == -EPERM && refs(theirs) == 1,
	       "a guest maps nothing of another domain");
	result(update(where(theirs, 0), 7, DOMID_SELF) < 0 && !*at(theirs, 0), "nor writes to it");
	result(update(where(l1, 9), pte_make(hv, RO), DOMID_SELF) < 0 &&
		       update(where(hv, 0), 1, DOMID_SELF) < 0 &&
		       ext(MMUEXT_PIN_L1_TABLE, hv.n) < 0,
	       "nor of the hypervisor");
	result(!update(where(l1, 9), pte_make(shared, RO), DOMID_SELF) &&
		       update(where(l1, 10), pte_make(shared, RW), DOMID_SELF) < 0 &&
		       ext(MMUEXT_PIN_L1_TABLE, shared.n) < 0,
	       "a page shared read-only is that and no page table");
	result(update(where(l1, 9), pte_make(mfn(WORLD_HOLE), RO), DOMID_SELF) == -EPERM,
	       "a guest maps no devices");
	share_frame(mfn_to_frame(hv), &world_dom[1], false);
	result(ext(MMUEXT_PIN_L1_TABLE, hv.n) < 0 &&
		       !update(where(l1, 12), pte_make(hv, RW), DOMID_SELF) &&
		       !update(where(l1, 12), 0, DOMID_SELF) && refs(hv) == 1,
	       "one shared for writing is mapped, but no page table either");
	unshare_frame(mfn_to_frame(shared));
	result(refs(shared) == 1, "an unshared page waits for its last mapping");
	result(update(where(l1, 11), pte_make(shared, RO), DOMID_SELF) < 0,
	       "and is mapped by nobody else");
	start(0);
	theirs = give(2);
	ext(MMUEXT_PIN_L4_TABLE, l4.n);
	result(update(where(l1, 9), pte_make(theirs, RW), DOMID_SELF) < 0 &&
		       !update(where(l1, 9), pte_make(theirs, RW), 2) && refs(theirs) == 2 &&
		       is(theirs, FT_WRITABLE, 1),
	       "Domain-0 maps a guest's page in that guest's name");
	result(update(where(l1, 10), pte_make(data, RW), 2) < 0 &&
		       update(where(l2, 10), pte_make(theirs, RW), 2) < 0,
	       "and only that guest's, and only in a leaf");
	result(!update(where(l1, 9), 0, DOMID_SELF) && refs(theirs) == 1,
	       "and unmaps it in its own");
	result(!update(where(l1, 9), pte_make(mfn(WORLD_HOLE), RW), DOMID_SELF) &&
		       !update(where(l1, 10), pte_make(mfn(0xf0000), RW | PTE_PCD), DOMID_IO),
	       "Domain-0 maps devices");
	iomem_deny(0xfec00000, 0x1000);
	result(update(where(l1, 9), pte_make(mfn(0xfee00), RW), DOMID_SELF) == -EPERM &&
		       update(where(l1, 9), pte_make(mfn(0xfec00), RW), DOMID_IO) == -EPERM,
	       "but not the interrupt hardware");
	result(update(where(l1, 9), pte_make(theirs, RW), 99) == -ESRCH,
	       "nor in the name of nobody");
	result(!ext(MMUEXT_UNPIN_TABLE, l4.n) &&
		       update(where(data, 0) | MMU_MACHPHYS_UPDATE, 77, DOMID_SELF) == 0 &&
		       m2p_get(data) == 77 &&
		       update(where(theirs, 0) | MMU_MACHPHYS_UPDATE, 78, DOMID_SELF) < 0 &&
		       update(where(theirs, 0) | MMU_MACHPHYS_UPDATE, 79, 2) == 0 &&
		       m2p_get(theirs) == 79,
	       "the M2P changes for frames of the domain named");
}

static void test_update(void)
{
	struct mmu_update r[4];
	uint32_t done = 99;
	pte_t e;

	start(1);
	ext(MMUEXT_PIN_L4_TABLE, l4.n);
	ext(MMUEXT_NEW_BASEPTR, l4.n);
	*at(l1, l1_index(VA)) |= PTE_A | PTE_D;
	update(where(l1, l1_index(VA)) | MMU_PT_UPDATE_PRESERVE_AD, pte_make(data, RO), DOMID_SELF);
	e = *at(l1, l1_index(VA));
	result((e & (PTE_A | PTE_D | PTE_RW)) == (PTE_A | PTE_D) && is(data, FT_WRITABLE, 0) &&
		       refs(data) == 2,
	       "accessed and dirty bits survive where asked, and a lost permission drops its "
	       "reference");
	update(where(l1, l1_index(VA)), pte_make(data, RO), DOMID_SELF);
	result(!(*at(l1, l1_index(VA)) & (PTE_A | PTE_D)), "and not where not asked");
	result(!do_update_va_mapping(VA, pte_make(data, PTE_P | PTE_RW), UVMF_INVLPG, 0, 0, 0) &&
		       (*at(l1, l1_index(VA)) & (PTE_US | PTE_GUEST_KERNEL)) ==
			       (PTE_US | PTE_GUEST_KERNEL),
	       "update_va_mapping; a kernel page is user to the hardware");
	result(do_update_va_mapping(VA + GIB(1), 0, 0, 0, 0, 0) == -EINVAL &&
		       do_update_va_mapping(HV_VIRT_START, 0, 0, 0, 0, 0) == -EINVAL &&
		       do_update_va_mapping(~UINT64_C(0), 0, 0, 0, 0, 0) == -EINVAL,
	       "an address without a table is refused");
	for (unsigned int i = 0; i < 4; i++)
		r[i] = (struct mmu_update){where(l1, 20 + i), pte_make(i == 2 ? l1 : data, RW)};
	result(world_call(do_mmu_update, (uint64_t)r, 4, (uint64_t)&done, DOMID_SELF) < 0 &&
		       done == 2 && *at(l1, 21) && !*at(l1, 23),
	       "a batch stops at the first error and tells how many were done");
	r[2].val = 0;
	world_preempt_one_in = 1;
	result(!world_call(do_mmu_update, (uint64_t)r, 4, (uint64_t)&done, DOMID_SELF) &&
		       done == 4 && *at(l1, 23),
	       "an interrupted batch counts from its beginning");
	world_fail_copy_at = 2;
	done = 99;
	result(world_call(do_mmu_update, (uint64_t)r, 4, (uint64_t)&done, DOMID_SELF) == -EFAULT &&
		       done == 1,
	       "a request that cannot be read ends the batch");
	world_preempt_one_in = 0;
}

/*
 * The CPU reads what an absent entry names: no way leads such an entry into a table, where the
 * policy says so.
 */
static void test_l1tf(void)
{
	static uint8_t mov[16] = {0x48, 0x89, 0x07};
	struct vcpu *v = &world_vcpu[1];
	pte_t absent = pte_make(data, PTE_RW | PTE_US);

	start(1);
	world_dom[1].trap.vm_assist = BIT64(VMASST_TYPE_writable_pagetables);
	*at(l1, 7) = absent;
	protection.l1tf_domu = true;
	result(ext(MMUEXT_PIN_L4_TABLE, l4.n) == -EINVAL && !frame_type_count(mfn_to_frame(l1)) &&
		       !frame_type_count(mfn_to_frame(l4)) &&
		       !frame_type_count(mfn_to_frame(data)) && refs(data) == 1,
	       "L1TF: a table with such an entry is not promoted, and nothing is kept");
	*at(l1, 7) = 0;
	*at(l2, 9) = absent;
	result(ext(MMUEXT_PIN_L4_TABLE, l4.n) == -EINVAL, "at any level");
	*at(l2, 9) = ~UINT64_C(0x5000) & PTE_ADDR;
	result(!ext(MMUEXT_PIN_L4_TABLE, l4.n) && !ext(MMUEXT_NEW_BASEPTR, l4.n),
	       "an inverted one is no obstacle");
	result(update(where(l1, 7), absent, DOMID_SELF) == -EINVAL &&
		       update(where(l3, 7), absent, DOMID_SELF) == -EINVAL && !*at(l1, 7) &&
		       !update(where(l1, 7), 0x123 << 1, DOMID_SELF),
	       "mmu_update enters none");
	result(do_update_va_mapping(VA, absent, 0, 0, 0, 0) == -EINVAL &&
		       (*at(l1, l1_index(VA)) & PTE_P),
	       "nor does update_va_mapping");
	v->arch.regs = (struct regs){.rip = (uint64_t)mov, .rax = absent, .rflags = 0x202};
	result(!emulate_pt_write(v, VA + PAGE_SIZE + 7 * 8), "nor a store that is emulated");
	world_run_as(0, 0);
	protection.l1tf_domu = false;
	start(1);
	*at(l1, 7) = absent;
	result(!ext(MMUEXT_PIN_L4_TABLE, l4.n), "without the policy it is an entry like others");
}

/* A table whose last count another vCPU drops meanwhile is one for as long as its lock is held. */
static void test_forgotten_table(void)
{
	struct mmu_actor self = {.d = &world_dom[1], .pg_owner = &world_dom[1]};

	start(1);
	alarm(20); /* these waited for their own lock, for ever */
	result(!get_page_and_type(spare, &world_dom[1], FT_L1), "a table");
	put_page_and_type(mfn_to_frame(spare));
	result(mmu_set_entry(&self, where(spare, 3), pte_make(spare, RW), UPDATE_SET) == -EBUSY &&
		       !*at(spare, 3) && is(spare, FT_L1, 0) && !mfn_to_frame(spare)->lock,
	       "that nothing uses any more cannot map itself for writing");
	result(!mmu_set_entry(&self, where(spare, 3), pte_make(spare, RO), UPDATE_SET) &&
		       refs(spare) == 3,
	       "it can for reading");
	while (mm_drain_vcpu(current))
		;
	alarm(0);
	result(refs(spare) == 1 && !mfn_to_frame(spare)->lock, "and ends with nothing left");
}

static void test_flush(void)
{
	unsigned int before;

	start(1);
	ext(MMUEXT_PIN_L4_TABLE, l4.n);
	update(where(l1, 9), pte_make(spare, RW), DOMID_SELF);
	update(where(l1, 9), pte_make(spare, RO), DOMID_SELF);
	before = flushed[0] + flushed[1];
	result(!ext(MMUEXT_PIN_L1_TABLE, spare.n) && flushed[0] + flushed[1] == before + 2,
	       "a page that was writable becomes a table after all CPUs have flushed");
	ext(MMUEXT_UNPIN_TABLE, spare.n);
	tlb_flush_cpus((cpumask_t){1}, TLB_ALL);
	before = flushed[0];
	flushed[1] = 0;
	result(!update(where(spare, 0), 1, DOMID_SELF) && flushed[0] == before && flushed[1] == 1,
	       "a table becomes writable after those have flushed that did not meanwhile");
	update(where(l1, 9), 0, DOMID_SELF);
	update(where(spare, 0), 0, DOMID_SELF);
	before = flushed[0] + flushed[1];
	result(!ext(MMUEXT_PIN_L2_TABLE, spare.n) && flushed[0] + flushed[1] == before + 2,
	       "each time again");
}

static void test_descriptors(void)
{
	uint64_t list[14];

	start(1);
	*at(data, 2) = 0x00af9b000000ffff;
	list[0] = data.n;
	result(!do_set_gdt((uint64_t)list, 512, 0, 0, 0, 0) && is(data, FT_DESC, 1) &&
		       *at(data, 2) == 0x00affb000000ffff,
	       "a GDT page gets its type, its descriptors level 3");
	result(!do_update_descriptor(where(data, 3), 0x00cf93000000ffff, 0, 0, 0, 0) &&
		       *at(data, 3) == 0x00cff3000000ffff &&
		       do_update_descriptor(where(data, 4), 0x0000890000000067, 0, 0, 0, 0) ==
			       -EINVAL &&
		       do_update_descriptor(where(data, 4) + 2, 0, 0, 0, 0, 0) == -EINVAL,
	       "single descriptors are checked");
	result(update(where(data, 5), 1, DOMID_SELF) < 0 && ext(MMUEXT_PIN_L4_TABLE, l4.n) < 0,
	       "and nobody else writes to the page or maps it writable");
	result(do_set_gdt((uint64_t)list, 7169, 0, 0, 0, 0) == -EINVAL && is(data, FT_DESC, 1),
	       "too many entries");
	list[0] = spare.n;
	list[1] = WORLD_HOLE;
	result(do_set_gdt((uint64_t)list, 513, 0, 0, 0, 0) == -EINVAL &&
		       !mm_drain_vcpu(&world_vcpu[1]) && refs(spare) == 1 && is(data, FT_DESC, 1),
	       "a bad second frame changes nothing");
	result(!do_set_gdt((uint64_t)list, 0, 0, 0, 0, 0) && !world_vcpu[1].desc.gdt_entries,
	       "no GDT");
	mm_drain_vcpu(&world_vcpu[1]);
	result(!ext(MMUEXT_PIN_L4_TABLE, l4.n) && is(data, FT_WRITABLE, 1),
	       "then it is a page like any other");
	*at(spare, 0) = 0x0000890000000067;
	list[0] = spare.n;
	result(do_set_gdt((uint64_t)list, 1, 0, 0, 0, 0) == -EINVAL && refs(spare) == 1,
	       "a page with a TSS is no GDT");
	memset(mfn_to_virt(spare), 0, 4096);
	ext(MMUEXT_NEW_BASEPTR, l4.n);
	update(where(l1, 9), pte_make(spare, RO), DOMID_SELF);
	struct mmuext_op ldt = {.cmd = MMUEXT_SET_LDT,
				.arg1.linear_addr = (VA & ~MIB(2)) + 9 * PAGE_SIZE,
				.arg2.nr_ents = 8};
	*at(spare, 1) = 0x00affa000000ffff;
	result(!do_mmuext_op((uint64_t)&ldt, 1, 0, DOMID_SELF, 0, 0) && is(spare, FT_DESC, 1) &&
		       world_vcpu[1].desc.ldt_entries == 8,
	       "an LDT by its address");
	ldt.arg2.nr_ents = 0;
	result(!do_mmuext_op((uint64_t)&ldt, 1, 0, DOMID_SELF, 0, 0) &&
		       frame_type_count(mfn_to_frame(spare)) == 0,
	       "and none");
	ldt.arg2.nr_ents = 8193;
	result(do_mmuext_op((uint64_t)&ldt, 1, 0, DOMID_SELF, 0, 0) == -EINVAL,
	       "but not too long a one");
}

/* xchg %rax,(%rdi) by a kernel whose L1 is mapped read-only. */
static void test_ptwr(void)
{
	static uint8_t code[16] = {0x48, 0x87, 0x07}, mov[16] = {0x48, 0x89, 0x07},
		       in[16] = {0x48, 0x8b, 0x07};
	struct vcpu *v = &world_vcpu[1];
	unsigned int slot = l1_index(VA);
	uint64_t window = VA + PAGE_SIZE + slot * 8;
	pte_t old;

	start(1);
	world_dom[1].trap.vm_assist = BIT64(VMASST_TYPE_writable_pagetables);
	ext(MMUEXT_PIN_L4_TABLE, l4.n);
	ext(MMUEXT_NEW_BASEPTR, l4.n);
	old = *at(l1, slot);
	v->arch.regs = (struct regs){.rip = (uint64_t)code, .rax = 0, .rflags = 0x202};
	result(emulate_pt_write(v, window) && *at(l1, slot) == 0 && v->arch.regs.rax == old &&
		       v->arch.regs.rip == (uint64_t)code + 3 && refs(data) == 1,
	       "an exchange with 0 takes the entry and its references away");
	v->arch.regs = (struct regs){.rip = (uint64_t)mov, .rax = pte_make(data, PTE_P | PTE_RW)};
	result(emulate_pt_write(v, window) && (*at(l1, slot) & PTE_GUEST_KERNEL) &&
		       is(data, FT_WRITABLE, 1),
	       "a store enters one");
	v->arch.regs = (struct regs){.rip = (uint64_t)mov, .rax = pte_make(l1, RW)};
	result(!emulate_pt_write(v, window) && v->arch.regs.rip == (uint64_t)mov,
	       "one that is not allowed stays a fault");
	result(!emulate_pt_write(v, window + 4) && !emulate_pt_write(v, VA + 8) &&
		       !emulate_pt_write(v, VA + GIB(5)) && !emulate_pt_write(v, DIRECTMAP_VIRT),
	       "so does a write to anything else");
	v->arch.regs.rip = (uint64_t)in;
	result(!emulate_pt_write(v, window), "and what is no store");
	v->arch.regs.rip = 0;
	result(!emulate_pt_write(v, window), "and what cannot be read");
	v->arch.regs = (struct regs){.rip = (uint64_t)mov, .rax = 0};
	world_dom[1].trap.vm_assist = 0;
	result(!emulate_pt_write(v, window) && *at(l1, slot),
	       "and each write of a kernel that has not asked for the assist");
}

static void test_end(void)
{
	mfn_t theirs;

	start(0);
	theirs = give(2);
	ext(MMUEXT_PIN_L4_TABLE, l4.n);
	update(where(l1, 9), pte_make(theirs, RO), 2);
	world_dom[2].control.dying = true;
	while (mm_domain_relinquish(&world_dom[2]))
		;
	result(world_dom[2].mm.pages == 1 && world_dom[2].refs == 2 && refs(theirs) == 1,
	       "a frame that Domain-0 maps outlives its domain's end");
	update(where(l1, 9), 0, DOMID_SELF);
	result(world_dom[2].mm.pages == 0 && world_dom[2].refs == 1 &&
		       buddy_is_free(&frame_buddy, (uint32_t)theirs.n),
	       "and takes the domain's last reference with it");
	result(!alloc_domain_frames(&world_dom[2], 0, 0), "a dying domain gets no memory");
}

/*
 * What Linux does at munmap(): an exchange with 0, as in test_ptwr(). Nothing else may come for
 * long after it.
 */
static void test_end_by_write(void)
{
	static uint8_t code[16] = {0x48, 0x87, 0x07};
	struct vcpu *v = &world_vcpu[0];
	mfn_t theirs;

	start(0);
	world_dom[0].trap.vm_assist = BIT64(VMASST_TYPE_writable_pagetables);
	theirs = give(2);
	ext(MMUEXT_PIN_L4_TABLE, l4.n);
	ext(MMUEXT_NEW_BASEPTR, l4.n);
	update(where(l1, 9), pte_make(theirs, RO), 2);
	world_dom[2].control.dying = true;
	while (mm_domain_relinquish(&world_dom[2]))
		;
	v->arch.regs = (struct regs){.rip = (uint64_t)code, .rax = 0, .rflags = 0x202};
	result(world_dom[2].refs == 2 && emulate_pt_write(v, VA + PAGE_SIZE + 9 * 8) &&
		       world_dom[2].mm.pages == 0 && world_dom[2].refs == 1,
	       "and goes at once when Domain-0 unmaps its last frame by writing to its own table");
}

/* A guest whose vCPU was interrupted while it took tables apart, and did not come again. */
static void test_end_amid_work(void)
{
	struct mmuext_op op = {.cmd = MMUEXT_UNPIN_TABLE};

	start(1);
	ext(MMUEXT_PIN_L4_TABLE, l4.n);
	op.arg1.mfn = l4.n;
	world_preempt_one_in = 1;
	(void)do_mmuext_op((uint64_t)&op, 1, 0, DOMID_SELF, 0, 0);
	world_preempt_one_in = 0;
	result(world_vcpu[1].mm.queue != 0, "tables wait to be taken apart");
	world_dom[1].control.dying = true;
	world_run_as(0, 0);
	while (mm_domain_relinquish(&world_dom[1]))
		;
	result(world_vcpu[1].mm.queue == 0 && world_dom[1].mm.pages == 0 && world_dom[1].refs == 1,
	       "the end of their domain does not leave them behind");
}

/*
 * Pinned tables side by side: the walk over the frames looks for other work after each that it
 * takes apart.
 */
static void test_end_in_steps(void)
{
	unsigned int i, left = 0;
	mfn_t many[8];

	start(1);
	for (i = 0; i < 8; i++) {
		many[i] = give(1);
		ext(MMUEXT_PIN_L1_TABLE, many[i].n);
	}
	world_dom[1].control.dying = true;
	world_run_as(0, 0);
	world_preempt_one_in = 1;
	(void)mm_domain_relinquish(&world_dom[1]);
	for (i = 0; i < 8; i++)
		left += (mfn_to_frame(many[i])->type & FT_VALIDATED) != 0;
	world_preempt_one_in = 0;
	while (mm_domain_relinquish(&world_dom[1]))
		;
	result(left >= 7 && world_dom[1].mm.pages == 0 && world_dom[1].refs == 1,
	       "the end of a domain takes one table apart at a time");
}

int main(void)
{
	setvbuf(stdout, NULL, _IOLBF, 0);
	printf("1..104\n");
	test_pin();
	test_generation();
	test_m2p();
	test_ring1();
	test_storm();
	test_abandoned();
	test_conflicts();
	test_others();
	test_update();
	test_l1tf();
	test_forgotten_table();
	test_flush();
	test_descriptors();
	test_ptwr();
	test_end();
	test_end_by_write();
	test_end_amid_work();
	test_end_in_steps();
	return world_failures != 0;
}
