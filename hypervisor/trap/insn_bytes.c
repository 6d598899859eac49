/* SPDX-License-Identifier: GPL-2.0-only */
/* How many bytes a memory operand takes, and flags of arithmetic. Pure. Source: AMD manual 3. */
#include <hv/trap/insn_bytes.h>

bool insn_skip_memory(struct insn_bytes *c, uint8_t modrm, bool address16)
{
	unsigned int mod = modrm >> 6, rm = modrm & 7, displacement;

	if (mod == 3)
		return false;
	if (address16) {
		displacement = mod == 0 ? (rm == 6 ? 2 : 0) : mod;
	} else {
		displacement = mod == 1 ? 1 : mod == 2 ? 4 : 0;
		if (rm == 4) {
			uint8_t sib = insn_next(c);

			if (mod == 0 && (sib & 7) == 5)
				displacement = 4;
		} else if (mod == 0 && rm == 5) {
			displacement = 4;
		}
	}
	while (displacement--)
		insn_next(c);
	return true;
}

uint64_t insn_logic_flags(uint64_t result, unsigned int size)
{
	uint64_t flags = 0;

	if (!(result & insn_size_mask(size)))
		flags |= FLAG_ZF;
	if (result >> (8 * size - 1) & 1)
		flags |= FLAG_SF;
	if (!__builtin_parity((unsigned int)(result & 0xff)))
		flags |= FLAG_PF;
	return flags;
}

uint64_t insn_compare_flags(uint64_t a, uint64_t b, unsigned int size)
{
	uint64_t mask = insn_size_mask(size), diff, flags;

	a &= mask;
	b &= mask;
	diff = (a - b) & mask;
	flags = insn_logic_flags(diff, size);
	if (a < b)
		flags |= FLAG_CF;
	if ((a ^ b ^ diff) & 0x10)
		flags |= FLAG_AF;
	if (((a ^ b) & (a ^ diff)) >> (8 * size - 1) & 1)
		flags |= FLAG_OF;
	return flags;
}
