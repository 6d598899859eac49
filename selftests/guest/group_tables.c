/* SPDX-License-Identifier: GPL-2.0-only */
/* Entries of levels 2 to 4, promotion of whole tables, and the emulated write to an L1 table. */
#include "guest.h"

static long ext(uint32_t cmd, const void *page)
{
	struct mmuext_op op = {.cmd = cmd};

	op.arg1.mfn = mfn_of(page);
	return HC4(mmuext_op, &op, 1, 0, DOMID_SELF);
}

static uint64_t entry(const void *page)
{
	return mfn_of(page) << 12 | PTE_P | PTE_RW | PTE_US | PTE_A;
}

static void levels(void)
{
	uint64_t *t1 = table_new(), *t2 = table_new(), *t3 = table_new(), *t4 = table_new();
	uint64_t s2 = virt_to_maddr(&t2[5]), s3 = virt_to_maddr(&t3[5]), s4 = virt_to_maddr(&t4[5]);
	void *plain = page_new();
	unsigned int i, filled = 0;

	claim_is("pin an L2", ext(MMUEXT_PIN_L2_TABLE, t2), 0);
	claim_is("pin an L3", ext(MMUEXT_PIN_L3_TABLE, t3), 0);
	claim_is("pin an L4", ext(MMUEXT_PIN_L4_TABLE, t4), 0);
	for (i = 256; i < 272; i++)
		filled += t4[i] & PTE_P;
	claim("an L4 has the hypervisor's entries", filled);
	claim_is("an L1 into the L2", set_pte(s2, entry(t1)), 0);
	claim_is("the L2 into the L3", set_pte(s3, entry(t2)), 0);
	claim_is("the L3 into the L4", set_pte(s4, entry(t3)), 0);
	claim_refused("a page that is mapped writable into the L2", set_pte(s2 + 8, entry(plain)));
	claim_refused("an L2 into the L2", set_pte(s2 + 8, entry(t2)));
	claim_refused("an L1 into the L3", set_pte(s3 + 8, entry(t1)));
	claim_refused("the L3 into an L2", set_pte(s2 + 8, entry(t3)));
	claim_refused("an L4 into the L3", set_pte(s3 + 8, entry(t4)));
	claim_refused("a large page",
		      set_pte(s2 + 8, (mfn_of(plain) & ~511UL) << 12 | PTE_P | PTE_PSE));
	claim_refused("a large page of the hypervisor's",
		      set_pte(s2 + 8, PTE_P | PTE_PSE | PTE_RW));
	claim_refused("a huge page", set_pte(s3 + 8, PTE_P | PTE_PSE));
	claim_refused("another domain's frame as a table",
		      set_pte(s2 + 8, foreign_mfn() << 12 | PTE_P));
	claim_refused("a frame beyond RAM as a table", set_pte(s2 + 8, beyond_mfn() << 12 | PTE_P));
	claim_refused("reserved address bits", set_pte(s2 + 8, entry(t1) | 1UL << 51));
	claim_refused("the hypervisor's first slot", set_pte(virt_to_maddr(&t4[256]), 0));
	claim_refused("the hypervisor's last slot", set_pte(virt_to_maddr(&t4[271]), entry(t3)));
	claim_is("the slot before is the guest's", set_pte(virt_to_maddr(&t4[255]), 0), 0);
	claim_is("the slot behind is the guest's", set_pte(virt_to_maddr(&t4[272]), 0), 0);
	claim_refused("an L4 into itself, writable", set_pte(s4 + 8, entry(t4)));
	claim_is("unpin what is not pinned", ext(MMUEXT_UNPIN_TABLE, t1), -EINVAL);
	claim_is("unpin the L4", ext(MMUEXT_UNPIN_TABLE, t4), 0);
	claim_is("unpin the L3", ext(MMUEXT_UNPIN_TABLE, t3), 0);
	claim_is("unpin the L2", ext(MMUEXT_UNPIN_TABLE, t2), 0);
	claim_is("all that was a table can be written again: L1", make_writable(t1), 0);
	claim_is("L2", make_writable(t2), 0);
	claim_is("L3", make_writable(t3), 0);
	claim_is("L4", make_writable(t4), 0);
}

static void promotion(void)
{
	uint64_t *t = page_new();
	void *plain = page_new();

	claim_refused("pin a page that is mapped writable", ext(MMUEXT_PIN_L1_TABLE, t));
	t[3] = foreign_mfn() << 12 | PTE_P;
	(void)make_readonly(t);
	claim_is("pin an L1 that maps another domain's frame", ext(MMUEXT_PIN_L1_TABLE, t),
		 -EBUSY);
	(void)make_writable(t);
	t[3] = mfn_of(t) << 12 | PTE_P | PTE_RW;
	(void)make_readonly(t);
	claim_is("pin an L1 that maps itself writable", ext(MMUEXT_PIN_L1_TABLE, t), -EBUSY);
	(void)make_writable(t);
	t[3] = mfn_of(plain) << 12 | PTE_P | PTE_RW | 1UL << 51;
	(void)make_readonly(t);
	claim_refused("pin an L1 with reserved bits", ext(MMUEXT_PIN_L1_TABLE, t));
	claim_is("a failed pin leaves a page", make_writable(t), 0);
	t[3] = mfn_of(plain) << 12 | PTE_P | PTE_RW;
	t[511] = mfn_of(t) << 12 | PTE_P;
	(void)make_readonly(t);
	claim_is("pin an L1 that maps itself read-only", ext(MMUEXT_PIN_L1_TABLE, t), 0);
	claim_refused("a page that the table maps writable becomes no table",
		      ext(MMUEXT_PIN_L1_TABLE, plain));
	claim_refused("an L1 is no L2", ext(MMUEXT_PIN_L2_TABLE, t));
	claim_is("unpin", ext(MMUEXT_UNPIN_TABLE, t), 0);
	(void)make_writable(t);
	t[3] = t[511] = 0;
	t[9] = mfn_of(plain) << 12 | PTE_P | PTE_PSE;
	(void)make_readonly(t);
	claim_refused("pin an L2 with a large page", ext(MMUEXT_PIN_L2_TABLE, t));
	claim_refused("pin an L3 of garbage", ext(MMUEXT_PIN_L3_TABLE, t));
	(void)make_writable(t);
}

static void write_through(void *arg)
{
	*(volatile uint64_t *)arg = 0;
}

static void write_foreign(void *arg)
{
	*(volatile uint64_t *)arg = foreign_mfn() << 12 | PTE_P;
}

/* A table of ours in use: the one that maps the kernel's spare pages. */
static void emulated(void)
{
	void *page = page_new(), *other = page_new();
	uint64_t *e = pte_of((uint64_t)page), old = *e, with;

	(void)HC2(vm_assist, VMASST_CMD_enable, VMASST_TYPE_writable_pagetables);
	*(volatile uint64_t *)page = 1111;
	*(volatile uint64_t *)other = 2222;
	with = mfn_of(other) << 12 | PTE_P | PTE_A | PTE_US;
	__asm__ volatile("xchg %0, %1" : "+r"(with), "+m"(*(volatile uint64_t *)e) :: "memory");
	(void)hypercall(__HYPERVISOR_mmuext_op,
			(uint64_t) & (struct mmuext_op){.cmd = MMUEXT_TLB_FLUSH_LOCAL}, 1, 0,
			DOMID_SELF, 0);
	claim("a write to an L1 table is carried out", *(volatile uint64_t *)page == 2222);
	claim("XCHG gives the old entry", (with & PTE_ADDR) == (old & PTE_ADDR));
	claim_is("an emulated write of another domain's frame faults",
		 catch_trap(write_foreign, e), 14);
	claim_is("back", set_va(page, old, UVMF_INVLPG), 0);
	claim_is("assist: no writable page tables",
		 HC2(vm_assist, VMASST_CMD_disable, VMASST_TYPE_writable_pagetables), 0);
	claim_is("a write to an L1 table faults then", catch_trap(write_through, e), 14);
	claim("and changes nothing", (*(volatile uint64_t *)e & PTE_ADDR) == (old & PTE_ADDR));
	claim_is("assist: writable page tables",
		 HC2(vm_assist, VMASST_CMD_enable, VMASST_TYPE_writable_pagetables), 0);
	claim_is("a write to an L4 table faults",
		 catch_trap(write_through, (void *)start_info->pt_base), 14);
	claim_is("as a write to a present page of the kernel",
		 (long)this_cpu()->catch.regs.error & 7, 3);
}

void group_tables(void)
{
	levels();
	promotion();
	emulated();
}
