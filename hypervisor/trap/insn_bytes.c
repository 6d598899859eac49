/* SPDX-License-Identifier: GPL-2.0-only */
/* How many bytes a memory operand takes. Pure. Source: AMD manual 3, section 1.4. */
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
