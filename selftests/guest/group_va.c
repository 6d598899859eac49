/* SPDX-License-Identifier: GPL-2.0-only */
/* update_va_mapping, with its flushes, and on behalf of another domain. */
#include "guest.h"

void group_va(void)
{
	void *a = page_new(), *b = page_new();
	uint64_t to_b = mfn_of(b) << 12 | PTE_P | PTE_RW | PTE_A | PTE_D | PTE_US;
	uint64_t to_a = mfn_of(a) << 12 | PTE_P | PTE_RW | PTE_A | PTE_D | PTE_US, mask = 1;

	*(volatile uint64_t *)a = 1;
	*(volatile uint64_t *)b = 2;
	claim_is("map another page here", set_va(a, to_b, UVMF_INVLPG), 0);
	claim("it is seen", *(volatile uint64_t *)a == 2);
	claim_is("and back, flush all", set_va(a, to_a, UVMF_TLB_FLUSH | UVMF_ALL), 0);
	claim("it is seen", *(volatile uint64_t *)a == 1);
	claim_is("flush a mask of vCPUs", set_va(a, to_b, UVMF_INVLPG | (uint64_t)&mask), 0);
	claim("it is seen", *(volatile uint64_t *)a == 2);
	claim_is("no flush", set_va(a, to_a, UVMF_NONE), 0);
	claim_is("both kinds of flush", set_va(a, to_a, 3), 0);
	claim_negative("a mask in the hypervisor's range",
		       set_va(a, to_a, UVMF_INVLPG | (BAD_HV & ~7UL)));
	claim_is("nothing is mapped", set_va(a, 0, UVMF_INVLPG), 0);
	claim_is("mapped again", set_va(a, to_a, UVMF_INVLPG), 0);
	claim_is("no table there", set_va((void *)BAD_UNMAPPED, to_a, 0), -EINVAL);
	claim_is("the hypervisor's range", set_va((void *)BAD_HV, to_a, 0), -EINVAL);
	claim_is("the M2P", set_va((void *)MACH2PHYS_VIRT_START, to_a, 0), -EINVAL);
	claim_negative("a non-canonical address", set_va((void *)BAD_NONCANON, to_a, 0));
	claim_negative("a non-canonical address whose low bits are mapped",
		       set_va((void *)((uint64_t)a & 0x0000ffffffffffffUL), to_a, 0));
	claim_is("another domain's frame", set_va(a, foreign_mfn() << 12 | PTE_P, 0), -EBUSY);
	claim_is("a table, writable",
		 set_va(a, mfn_of((void *)start_info->pt_base) << 12 | PTE_P | PTE_RW, 0), -EBUSY);
	claim_refused("reserved bits", set_va(a, to_a | 1UL << 50, 0));
	claim_is("in Domain-0's name",
		 HC4(update_va_mapping_otherdomain, a, foreign_mfn() << 12 | PTE_P, 0, 0), -EPERM);
	claim_either("in the name of a domain that is not",
		     HC4(update_va_mapping_otherdomain, a, to_a, 0, 0x7000), -ESRCH, -EPERM);
	claim_is("in its own", HC4(update_va_mapping_otherdomain, a, to_a, UVMF_INVLPG, DOMID_SELF),
		 0);
	claim("the page is what it was", *(volatile uint64_t *)a == 1);
}
