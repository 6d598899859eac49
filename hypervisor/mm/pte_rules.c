/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What a PTE of each level may say. Pure: no frame is looked at, so every rule can be tried with
 * every value.
 *
 *  P1. Present entries of levels 2-4 never carry PSE, PWT, PCD or G: large pages and cache
 *      attributes of tables are refused, because a table's contents must be what the type system
 *      read (XSA-148, XSA-402).
 *  P2. No bit between the machine's address width and bit 52 is set; it would be a reserved-bit
 *      fault.
 *  P3. Cache attributes of a leaf are for domains with device access.
 *  P4. The hypervisor's own mappings are told from a guest's by U/S alone, so a guest entry never
 *      chooses its U/S where its kernel runs in ring 3.
 *      A kernel in ring 1 chooses it: the hypervisor's own mappings are supervisor's as well, and
 *      their slots of the L4 are all that is kept from it.
 *  P5. An entry that is not present refers to nothing and may say anything, but for P6.
 *  P6. Where the CPU has L1TF it names no memory. Its address counts without the bits that the CPU
 *      does not have, which its cache may ignore: so the inverted addresses of Linux's swap entries
 *      are above all memory.
 */
#include <hv/mm/pte_rules.h>
#include <hv/errno.h>

/*
 * Bits that change nothing that is counted: same frame, same kind of reference. RW counts at level
 * 1 only (P1).
 */
#define SOFT_BITS  (PTE_A | PTE_D | PTE_AVAIL | PTE_AVAIL_HIGH | PTE_NX)
#define SOFT_LEAF  (SOFT_BITS | PTE_US | PTE_G | PTE_GUEST_KERNEL)
#define SOFT_TABLE (SOFT_BITS | PTE_RW | PTE_US)

#define TABLE_FORBIDDEN (PTE_PSE | PTE_PWT | PTE_PCD | PTE_G)

static pte_t leaf(const struct pte_policy *policy, pte_t e)
{
	e &= ~PTE_G;
	if (!policy->force_user)
		return e & ~PTE_GUEST_KERNEL;
	if (!(e & PTE_US))
		return e | PTE_US | PTE_GUEST_KERNEL;
	/* A guest that copies what it read keeps the marker. */
	if (policy->global_user && !(e & PTE_GUEST_KERNEL))
		e |= PTE_G;
	return e;
}

bool pte_absent_ok(const struct pte_policy *policy, pte_t e)
{
	uint64_t address = e & policy->address_mask;

	return !address || address >= policy->l1tf_limit;
}

int pte_check(const struct pte_policy *policy, unsigned int level, pte_t e, pte_t *out)
{
	if (!(e & PTE_P)) {
		*out = e;
		return pte_absent_ok(policy, e) ? 0 : -EINVAL;
	}
	if (e & PTE_ADDR & ~policy->address_mask)
		return -EINVAL;
	if (level == 1) {
		if ((e & PTE_CACHE) && !policy->cache_attributes)
			return -EINVAL;
		*out = leaf(policy, e);
		return 0;
	}
	if (e & TABLE_FORBIDDEN)
		return -EINVAL;
	e &= ~PTE_GUEST_KERNEL;
	if (policy->force_user)
		e |= PTE_US;
	if (level == 4)
		e |= PTE_A;
	*out = e;
	return 0;
}

bool pte_same_references(unsigned int level, pte_t from, pte_t to)
{
	pte_t soft = level == 1 ? SOFT_LEAF : SOFT_TABLE;

	if (!(from & PTE_P) || !(to & PTE_P))
		return !((from | to) & PTE_P);
	return !((from ^ to) & ~soft);
}
