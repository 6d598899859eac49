/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Page-table entries and segment descriptors: a byte for policy and level, then pairs of old and
 * new entries.
 */
/* sources: hypervisor/mm/pte_rules.c hypervisor/mm/desc_rules.c */
#include <hv/mm/desc_rules.h>
#include <hv/mm/pte_rules.h>

#include "quiet.h"

static void check_entry(const struct pte_policy *p, unsigned int level, pte_t in)
{
	pte_t out, again;

	if (pte_check(p, level, in, &out))
		return;
	if (!(in & PTE_P)) {
		CLAIM(out == in);
		CLAIM(!(in & p->address_mask) || (in & p->address_mask) >= p->l1tf_limit);
		return;
	}
	CLAIM((out & PTE_P) && mfn_eq(pte_mfn(in), pte_mfn(out)) &&
	      !((in ^ out) & (PTE_RW | PTE_NX | PTE_AVAIL)));
	CLAIM(!(out & PTE_ADDR & ~p->address_mask));
	CLAIM(!p->force_user || (out & PTE_US));
	CLAIM(level == 1 || !(out & (PTE_PSE | PTE_PWT | PTE_PCD | PTE_G)));
	CLAIM(level > 1 || p->cache_attributes || !(out & PTE_CACHE));
	CLAIM(!(out & PTE_GUEST_KERNEL) || !(out & PTE_G));
	CLAIM(!pte_check(p, level, out, &again) && again == out);
}

/* "The same references" is symmetric, and never hides a change of what is counted. */
static void check_pair(unsigned int level, pte_t a, pte_t b)
{
	bool same = pte_same_references(level, a, b);

	CLAIM(same == pte_same_references(level, b, a));
	if (!same || !((a | b) & PTE_P))
		return;
	CLAIM(a & b & PTE_P);
	CLAIM(!((a ^ b) & (PTE_ADDR | (level == 1 ? PTE_RW | PTE_CACHE : PTE_PSE | PTE_G))));
}

static void check_descriptor(uint64_t in)
{
	uint64_t out, again;

	for (unsigned int ring1 = 0; ring1 < 2; ring1++) {
		uint64_t level = ring1 && (in >> 45 & 3) != 3 ? 1 : 3;

		if (!desc_check(ring1, in, &out))
			continue;
		CLAIM(!(out >> 47 & 1) || ((out >> 45 & 3) == level && (out >> 44 & 1)));
		CLAIM(desc_check(ring1, out, &again) && again == out);
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct input in = {data, size};
	uint8_t how = (uint8_t)take(&in, 1);
	struct pte_policy p = {
		.address_mask = PTE_ADDR & (BIT64(36 + 4 * (how >> 5 & 3)) - 1),
		.cache_attributes = how & 4,
		.force_user = how & 8,
		.global_user = how & 16,
		.l1tf_limit = how & 0x80 ? GIB(3) + 4096 : 0,
	};

	while (in.size) {
		pte_t a = take(&in, 8), b = take(&in, 8);

		check_entry(&p, 1 + (how & 3), a);
		check_entry(&p, 1 + (how & 3), b);
		check_pair(1 + (how & 3), a, b);
		check_descriptor(a);
	}
	return 0;
}
