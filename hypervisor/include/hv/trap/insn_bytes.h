/* SPDX-License-Identifier: GPL-2.0-only */
/* The bytes of an instruction, for the decoders: trap/decode.c, mm/ptwr_decode.c, hvm/mmio.c. */
#ifndef HV_TRAP_INSN_BYTES_H
#define HV_TRAP_INSN_BYTES_H

#include <hv/types.h>

/* Where a decoder is. Reading past the end sets `short_of` and gives zeros. */
struct insn_bytes {
	const uint8_t *bytes;
	unsigned int at, n;
	bool short_of;
};

/* The next byte. */
static inline uint8_t insn_next(struct insn_bytes *c)
{
	if (c->at >= c->n) {
		c->short_of = true;
		return 0;
	}
	return c->bytes[c->at++];
}

/* Step over the SIB and displacement behind ModRM. False: its operand is a register. */
bool insn_skip_memory(struct insn_bytes *c, uint8_t modrm, bool address16);

#endif
