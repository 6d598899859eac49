/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What a guest may say in a page-table entry, level by level: pure functions of the entry and a
 * policy. Who owns the frame and which references it costs is not decided here (promote.c).
 */
#ifndef HV_MM_PTE_RULES_H
#define HV_MM_PTE_RULES_H

#include <hv/layout.h>
#include <hv/types.h>

#define PTE_P		BIT64(0)
#define PTE_RW		BIT64(1)
#define PTE_US		BIT64(2)
#define PTE_PWT		BIT64(3)
#define PTE_PCD		BIT64(4)
#define PTE_A		BIT64(5)
#define PTE_D		BIT64(6)
#define PTE_PSE		BIT64(7)	/* levels 2-4 */
#define PTE_PAT		BIT64(7)	/* level 1 */
#define PTE_G		BIT64(8)
#define PTE_AVAIL	(BIT64(9) | BIT64(10) | BIT64(11))
#define PTE_GUEST_KERNEL BIT64(52) /* ours: a guest kernel page, not made global (ABI.md 6.5) */
#define PTE_AVAIL_HIGH	(UINT64_C(0x3ff) << 53)
#define PTE_NX		BIT64(63)
#define PTE_ADDR	UINT64_C(0x000ffffffffff000)
#define PTE_CACHE	(PTE_PWT | PTE_PCD | PTE_PAT)

/* The hypervisor's own mappings. */
#define PTE_HV_RW	(PTE_P | PTE_RW | PTE_A | PTE_D | PTE_G | PTE_NX)
#define PTE_HV_RO	(PTE_P | PTE_A | PTE_G | PTE_NX)
#define PTE_HV_RX	(PTE_P | PTE_A | PTE_G)
#define PTE_HV_UC	(PTE_HV_RW | PTE_PCD | PTE_PWT)

#define PTES_PER_TABLE	512

/*
 * What depends on the domain and the machine. One function, pte_policy_of() in promote.c, fills it.
 */
struct pte_policy {
	uint64_t address_mask;  /* PTE bits that may hold a frame number on this machine, within
				   PTE_ADDR */
	bool cache_attributes;	/* may choose PWT, PCD, PAT: domains with device access */
	bool force_user;        /* its kernel runs in ring 3, so every page must be a user page
				   (ABI.md 6.5) */
	uint64_t l1tf_limit;	/* P6: where RAM ends, in bytes; 0: the rule is off */
	bool global_user; /* user pages stay in the TLB when kernel and user tables are exchanged */
};

/* The entry of va in a table of each level. */
static inline unsigned int l4_index(uint64_t va)
{
	return va >> 39 & 511;
}

static inline unsigned int l3_index(uint64_t va)
{
	return va >> 30 & 511;
}

static inline unsigned int l2_index(uint64_t va)
{
	return va >> 21 & 511;
}

static inline unsigned int l1_index(uint64_t va)
{
	return va >> 12 & 511;
}

static inline mfn_t pte_mfn(pte_t e)
{
	return mfn((e & PTE_ADDR) >> PAGE_SHIFT);
}

static inline pte_t pte_make(mfn_t m, uint64_t flags)
{
	return (mfn_x(m) << PAGE_SHIFT) | flags;
}

/*
 * Slots of an L4 that belong to the hypervisor: guest contents are ignored, guest updates refused.
 */
static inline bool pte_slot_is_private(unsigned int level, unsigned int slot)
{
	return level == 4 && slot >= HV_L4_FIRST && slot <= HV_L4_LAST;
}

/*
 * May `e`, which is not present, stand in a table of any level? L1TF reads what its address bits
 * name from the L1 data cache. Not if they name memory below l1tf_limit; frame 0 is allowed, for it
 * holds nothing and an empty entry names it.
 */
bool pte_absent_ok(const struct pte_policy *policy, pte_t e);

/*
 * May `e` stand in a table of `level` (1-4)? *out receives what is to be written instead: U/S
 * forced, marker and global bit set by the policy. An entry that is not present is allowed as
 * pte_absent_ok() says. Returns 0 or -EINVAL. Source: ABI.md 6.5.
 */
int pte_check(const struct pte_policy *policy, unsigned int level, pte_t e,
	      pte_t *out) __must_check;

/*
 * Do `from` and `to`, both passed by pte_check() for this level, hold the same references? Then one
 * may replace the other without a look at the frame. Bits that could change what the entry refers
 * to or how never count as same.
 */
bool pte_same_references(unsigned int level, pte_t from, pte_t to);

#endif
