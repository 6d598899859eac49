/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What a segment descriptor of a guest may say. Pure.
 *
 *  D1. Code and data descriptors have privilege level 3, or that of the guest's kernel, when they
 *      are present: a guest can never load one that gives it more. What the guest wants below
 *      level 3 is its kernel's.
 *  D2. No system descriptor (TSS, LDT, gate) is ever present. Linux needs none, and a call gate is
 *      a way into ring 0.
 *  D3. Conforming code runs at the level of its caller, so it gives nobody more.
 */
#include <hv/mm/desc_rules.h>

#define DESC_ACCESSED   BIT64(40)
#define DESC_S          BIT64(44) /* code or data */
#define DESC_DPL        (UINT64_C(3) << 45)
#define DESC_DPL_1      BIT64(45)
#define DESC_P          BIT64(47)
#define DESC_L          BIT64(53)
#define DESC_DB         BIT64(54)
#define DESC_CODE       BIT64(43)

bool desc_check(bool ring1, uint64_t desc, uint64_t *out)
{
	*out = desc;
	if (!(desc & DESC_P))
		return true;
	if (!(desc & DESC_S))
		return false;
	/*
	 * 64-bit code with a 32-bit default size is reserved: loading it faults in whoever loads
	 * it.
	 */
	if ((desc & DESC_CODE) && (desc & DESC_L) && (desc & DESC_DB))
		return false;
	if ((desc & DESC_DPL) != DESC_DPL)
		desc = (desc & ~DESC_DPL) | (ring1 ? DESC_DPL_1 : DESC_DPL);
	*out = desc | DESC_ACCESSED;
	return true;
}
