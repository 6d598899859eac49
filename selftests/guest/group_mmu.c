/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * mmu_update on leaf entries: which frames may be mapped, with which flags. Higher tables:
 * group_tables.c.
 */
#include "guest.h"

static uint64_t *l1; /* a pinned L1 table */
static uint64_t slot;

static long update(uint64_t ptr, uint64_t val, uint32_t foreign)
{
	struct mmu_update u = {ptr, val};

	return HC4(mmu_update, &u, 1, 0, foreign);
}

static long leaf(uint64_t val)
{
	return update(slot, val, DOMID_SELF);
}

static void pin_l1(void)
{
	struct mmuext_op op = {.cmd = MMUEXT_PIN_L1_TABLE};

	l1 = table_new();
	op.arg1.mfn = mfn_of(l1);
	claim_is("pin a table", HC4(mmuext_op, &op, 1, 0, DOMID_SELF), 0);
	slot = virt_to_maddr(&l1[7]);
}

static void arguments(void)
{
	static struct mmu_update list[3];
	uint32_t done = 77;
	void *page = page_new();

	claim_is("no requests", HC4(mmu_update, list, 0, 0, DOMID_SELF), 0);
	claim_is("unmapped requests", HC4(mmu_update, BAD_UNMAPPED, 1, &done, DOMID_SELF), -EFAULT);
	claim_is("none was done", done, 0);
	claim_is("requests in the hypervisor's range", HC4(mmu_update, BAD_HV, 1, 0, DOMID_SELF),
		 -EFAULT);
	claim_is("requests that wrap", HC4(mmu_update, 0xfffffffffffffff0UL, 2, 0, DOMID_SELF),
		 -EFAULT);
	claim_is("requests at a non-canonical address",
		 HC4(mmu_update, BAD_NONCANON, 1, 0, DOMID_SELF), -EFAULT);
	list[0] = (struct mmu_update){slot, 0};
	list[1] = (struct mmu_update){slot + 8, beyond_mfn() << 12 | PTE_P};
	list[2] = (struct mmu_update){slot + 16, 0};
	done = 77;
	claim_refused("the second of three is bad", HC4(mmu_update, list, 3, &done, DOMID_SELF));
	claim_is("one was done", done, 1);
	list[1].val = 0;
	claim_is("all three are good", HC4(mmu_update, list, 3, &done, DOMID_SELF), 0);
	claim_is("three were done", done, 3);
	claim_either("a done pointer in the hypervisor's range",
		     HC4(mmu_update, list, 3, BAD_HV, DOMID_SELF), 0, -EFAULT);
	claim_negative("an entry that is not aligned", update(slot + 4, 0, DOMID_SELF));
	claim_is("a kind of update: no translation",
		 update(slot | MMU_PT_UPDATE_NO_TRANSLATE, 0, DOMID_SELF), 0);
	claim_is("a page that is no table is written like memory",
		 update(virt_to_maddr(page), 0x1234567890UL, DOMID_SELF), 0);
	claim("and holds the value", *(volatile uint64_t *)page == 0x1234567890UL);
	claim_refused("an entry in another domain's frame",
		      update(foreign_mfn() << 12, 0, DOMID_SELF));
	claim_refused("an entry in the hypervisor's frame",
		      update(hypervisor_mfn() << 12, 0, DOMID_SELF));
	claim_refused("an entry beyond RAM", update(beyond_mfn() << 12, 0, DOMID_SELF));
}

static void leaves(void)
{
	void *page = page_new();
	uint64_t m = mfn_of(page) << 12, table = mfn_of(l1) << 12;

	claim_is("map a page read-only", leaf(m | PTE_P), 0);
	claim("the entry reads back with U/S",
	      (l1[7] & (PTE_P | PTE_US | PTE_RW)) == (PTE_P | PTE_US));
	claim_is("map it writable", leaf(m | PTE_P | PTE_RW), 0);
	claim_is("no-execute", leaf(m | PTE_P | PTE_NX), 0);
	claim_is("software bits", leaf(m | PTE_P | 7UL << 9 | 0x3fUL << 53), 0);
	claim("software bits are kept", (l1[7] & 7UL << 9) == 7UL << 9);
	claim_is("not present, anything else", leaf(0xdeadbeefdeadbee0UL), 0);
	claim("what is not present is kept", l1[7] == 0xdeadbeefdeadbee0UL);
	claim_refused("an address bit beyond the machine's", leaf(1UL << 51 | m | PTE_P));
	claim_refused("cache attributes: PWT", leaf(m | PTE_P | PTE_PWT));
	claim_refused("cache attributes: PCD", leaf(m | PTE_P | PTE_PCD));
	claim_refused("cache attributes: PAT", leaf(m | PTE_P | PTE_PSE));
	claim_is("a frame of another domain", leaf(foreign_mfn() << 12 | PTE_P), -EBUSY);
	claim_is("a frame of another domain, writable",
		 leaf(foreign_mfn() << 12 | PTE_P | PTE_RW), -EBUSY);
	claim_is("a frame of the hypervisor", leaf(hypervisor_mfn() << 12 | PTE_P), -EBUSY);
	claim_refused("a frame beyond RAM", leaf(beyond_mfn() << 12 | PTE_P));
	claim_refused("the local APIC", leaf(0xfee00UL << 12 | PTE_P | PTE_RW));
	claim_refused("an I/O APIC", leaf(0xfec00UL << 12 | PTE_P));
	claim_refused("the VGA window", leaf(0xa0UL << 12 | PTE_P | PTE_RW));
	claim_refused("the first page", leaf(PTE_P | PTE_RW));
	claim_is("a table writable", leaf(table | PTE_P | PTE_RW), -EBUSY);
	claim_is("a table read-only", leaf(table | PTE_P), 0);
	claim_is("the root table writable",
		 leaf(mfn_of((void *)start_info->pt_base) << 12 | PTE_P | PTE_RW), -EBUSY);
	claim_is("the shared info page", leaf(start_info->shared_info | PTE_P | PTE_RW), 0);
	claim_is("back to nothing", leaf(0), 0);
}

static void preserve(void)
{
	uint64_t m = mfn_of(page_new()) << 12;

	(void)leaf(m | PTE_P | PTE_RW | PTE_A | PTE_D);
	claim_is("preserve A and D",
		 update(slot | MMU_PT_UPDATE_PRESERVE_AD, m | PTE_P, DOMID_SELF), 0);
	claim("they are there", (l1[7] & (PTE_A | PTE_D)) == (PTE_A | PTE_D) && !(l1[7] & PTE_RW));
	claim_is("the plain kind clears them", leaf(m | PTE_P), 0);
	claim("they are gone", !(l1[7] & (PTE_A | PTE_D)));
	(void)leaf(0);
}

static void others(void)
{
	uint64_t foreign = foreign_mfn() << 12, page = (uint64_t)page_new(),
		 own = mfn_of((void *)page);

	claim_is("in Domain-0's name", update(slot, foreign | PTE_P, 0), -EPERM);
	claim_either("in the name of a domain that is not", update(slot, foreign | PTE_P, 0x7000),
		     -ESRCH, -EPERM);
	claim_is("on Domain-0's tables", update(foreign, 0, 1U << 16 | DOMID_SELF), -EPERM);
	claim_negative("device memory, that is another's RAM",
		       update(slot, foreign | PTE_P, DOMID_IO));
	claim_negative("device memory that a guest may not have",
		       update(slot, 0xfec00UL << 12 | PTE_P, DOMID_IO));
	claim_negative("the hypervisor's frames, writable",
		       update(slot, hypervisor_mfn() << 12 | PTE_P | PTE_RW, DOMID_XEN));
	claim_negative("DOMID_INVALID", update(slot, foreign | PTE_P, DOMID_INVALID));
	claim_is("an M2P entry of its own",
		 update(own << 12 | MMU_MACHPHYS_UPDATE, 0x4242, DOMID_SELF), 0);
	claim_is("it is there", (long)m2p(own), 0x4242);
	(void)update(own << 12 | MMU_MACHPHYS_UPDATE, (page - VIRT_BASE) >> 12, DOMID_SELF);
	claim_refused("an M2P entry of another domain",
		      update(foreign | MMU_MACHPHYS_UPDATE, 0x4242, DOMID_SELF));
	claim_refused("an M2P entry beyond RAM",
		      update(beyond_mfn() << 12 | MMU_MACHPHYS_UPDATE, 0x4242, DOMID_SELF));
}

void group_mmu(void)
{
	struct mmuext_op op = {.cmd = MMUEXT_UNPIN_TABLE};

	pin_l1();
	arguments();
	leaves();
	preserve();
	others();
	op.arg1.mfn = mfn_of(l1);
	claim_is("unpin", HC4(mmuext_op, &op, 1, 0, DOMID_SELF), 0);
	claim_is("it is a page again", make_writable(l1), 0);
	l1[0] = 1;
	claim("that can be written", *(volatile uint64_t *)l1 == 1);
}
