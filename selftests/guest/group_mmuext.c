/* SPDX-License-Identifier: GPL-2.0-only */
/* mmuext_op: pins of another domain's frames, loading of tables, flushes, whole pages, the LDT. */
#include "guest.h"

static long ext(uint32_t cmd, uint64_t arg1, uint64_t arg2)
{
	struct mmuext_op op = {.cmd = cmd};

	op.arg1.mfn = arg1;
	op.arg2.src_mfn = arg2;
	return HC4(mmuext_op, &op, 1, 0, DOMID_SELF);
}

static void arguments(void)
{
	static struct mmuext_op list[3];
	uint32_t done = 77;
	unsigned int i;

	for (i = 0; i < 3; i++)
		list[i].cmd = MMUEXT_TLB_FLUSH_LOCAL;
	claim_is("no operations", HC4(mmuext_op, list, 0, 0, DOMID_SELF), 0);
	claim_is("three operations", HC4(mmuext_op, list, 3, &done, DOMID_SELF), 0);
	claim_is("three were done", done, 3);
	list[1].cmd = 99;
	claim_is("the second is unknown", HC4(mmuext_op, list, 3, &done, DOMID_SELF), -ENOSYS);
	claim_is("one was done", done, 1);
	claim_is("unmapped operations", HC4(mmuext_op, BAD_UNMAPPED, 1, 0, DOMID_SELF), -EFAULT);
	claim_is("operations in the hypervisor's range", HC4(mmuext_op, BAD_HV, 1, 0, DOMID_SELF),
		 -EFAULT);
	claim_is("operations that wrap", HC4(mmuext_op, BAD_WRAP, 9, 0, DOMID_SELF), -EFAULT);
	claim_is("in Domain-0's name", HC4(mmuext_op, list, 1, 0, 0), -EPERM);
	claim_either("in the name of a domain that is not", HC4(mmuext_op, list, 1, 0, 0x7000),
		     -ESRCH, -EPERM);
}

static void tables(void)
{
	void *plain = page_new();
	uint64_t *l1 = table_new(), root = mfn_of((void *)start_info->pt_base);

	claim_is("pin an L1", ext(MMUEXT_PIN_L1_TABLE, mfn_of(l1), 0), 0);
	claim_is("pin it again", ext(MMUEXT_PIN_L1_TABLE, mfn_of(l1), 0), -EINVAL);
	claim_refused("load an L1 as the root", ext(MMUEXT_NEW_BASEPTR, mfn_of(l1), 0));
	claim_refused("load a plain page as the root", ext(MMUEXT_NEW_BASEPTR, mfn_of(plain), 0));
	claim_refused("load another domain's frame", ext(MMUEXT_NEW_BASEPTR, foreign_mfn(), 0));
	claim_refused("load a frame beyond RAM", ext(MMUEXT_NEW_BASEPTR, beyond_mfn(), 0));
	claim_refused("load frame ~0", ext(MMUEXT_NEW_BASEPTR, ~0UL, 0));
	claim_is("load the root again", ext(MMUEXT_NEW_BASEPTR, root, 0), 0);
	claim_refused("a plain page for user mode", ext(MMUEXT_NEW_USER_BASEPTR, mfn_of(plain), 0));
	claim_is("no table for user mode", ext(MMUEXT_NEW_USER_BASEPTR, 0, 0), 0);
	claim_refused("pin another domain's frame", ext(MMUEXT_PIN_L1_TABLE, foreign_mfn(), 0));
	claim_refused("pin the hypervisor's frame", ext(MMUEXT_PIN_L4_TABLE, hypervisor_mfn(), 0));
	claim_refused("pin the shared info page",
		      ext(MMUEXT_PIN_L1_TABLE, start_info->shared_info >> 12, 0));
	claim_refused("unpin another domain's frame", ext(MMUEXT_UNPIN_TABLE, foreign_mfn(), 0));
	claim_is("unpin a plain page", ext(MMUEXT_UNPIN_TABLE, mfn_of(plain), 0), -EINVAL);
	claim_is("unpin", ext(MMUEXT_UNPIN_TABLE, mfn_of(l1), 0), 0);
	claim_is("unpin it again", ext(MMUEXT_UNPIN_TABLE, mfn_of(l1), 0), -EINVAL);
}

static void pages(void)
{
	uint64_t *a = page_new(), *b = page_new();
	uint64_t root = mfn_of((void *)start_info->pt_base);

	a[0] = a[511] = 7;
	claim_is("clear a page", ext(MMUEXT_CLEAR_PAGE, mfn_of(a), 0), 0);
	claim("it is zero", !*(volatile uint64_t *)a && !*(volatile uint64_t *)&a[511]);
	b[0] = b[511] = 9;
	claim_is("copy a page", ext(MMUEXT_COPY_PAGE, mfn_of(a), mfn_of(b)), 0);
	claim("it is copied", *(volatile uint64_t *)a == 9 && *(volatile uint64_t *)&a[511] == 9);
	claim_refused("clear the root table", ext(MMUEXT_CLEAR_PAGE, root, 0));
	claim_refused("copy over the root table", ext(MMUEXT_COPY_PAGE, root, mfn_of(a)));
	claim_refused("clear another domain's page", ext(MMUEXT_CLEAR_PAGE, foreign_mfn(), 0));
	claim_refused("copy another domain's page",
		      ext(MMUEXT_COPY_PAGE, mfn_of(a), foreign_mfn()));
	claim_refused("copy a page beyond RAM", ext(MMUEXT_COPY_PAGE, mfn_of(a), beyond_mfn()));
}

void group_mmuext(void)
{
	uint64_t mask = 3;

	arguments();
	tables();
	pages();
	claim_is("flush this vCPU", ext(MMUEXT_TLB_FLUSH_LOCAL, 0, 0), 0);
	claim_is("flush all", ext(MMUEXT_TLB_FLUSH_ALL, 0, 0), 0);
	claim_is("flush a mask", ext(MMUEXT_TLB_FLUSH_MULTI, 0, (uint64_t)&mask), 0);
	claim_is("flush an address everywhere", ext(MMUEXT_INVLPG_ALL, 0x1000, 0), 0);
	claim_is("flush a non-canonical address", ext(MMUEXT_INVLPG_LOCAL, BAD_NONCANON, 0), 0);
	claim_is("flush an address of the hypervisor's", ext(MMUEXT_INVLPG_LOCAL, BAD_HV, 0), 0);
	claim_negative("flush an unmapped mask", ext(MMUEXT_TLB_FLUSH_MULTI, 0, BAD_UNMAPPED));
	claim_negative("flush a mask in the hypervisor's range",
		       ext(MMUEXT_INVLPG_MULTI, 0, BAD_HV));
	claim_negative("write back the caches", ext(MMUEXT_FLUSH_CACHE, 0, 0));
	claim_negative("write back all caches", ext(MMUEXT_FLUSH_CACHE_GLOBAL, 0, 0));
	claim_is("superpages are not there", ext(MMUEXT_MARK_SUPER, 0, 0), -EOPNOTSUPP);
	claim_is("no LDT", ext(MMUEXT_SET_LDT, 0, 0), 0);
	claim_is("an LDT that is not aligned", ext(MMUEXT_SET_LDT, 0x1008, 1), -EINVAL);
	claim_is("an LDT that is too long", ext(MMUEXT_SET_LDT, 0x1000, 8193), -EINVAL);
	claim_negative("an LDT in the hypervisor's range", ext(MMUEXT_SET_LDT, BAD_HV, 1));
	claim_is("no LDT again", ext(MMUEXT_SET_LDT, 0, 0), 0);
}
