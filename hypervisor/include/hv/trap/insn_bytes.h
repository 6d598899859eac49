/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The bytes of an instruction and the flags that it sets, for the decoders: trap/decode.c,
 * mm/ptwr_decode.c, hvm/mmio.c.
 */
#ifndef HV_TRAP_INSN_BYTES_H
#define HV_TRAP_INSN_BYTES_H

#include <hv/types.h>

/* Bits of RFLAGS that arithmetic sets. Source: AMD64 manual, volume 1, 3.1.4. */
#define FLAG_CF	    BIT64(0)
#define FLAG_PF	    BIT64(2)
#define FLAG_AF	    BIT64(4)
#define FLAG_ZF	    BIT64(6)
#define FLAG_SF	    BIT64(7)
#define FLAG_OF	    BIT64(11)
#define FLAGS_ARITH (FLAG_CF | FLAG_PF | FLAG_AF | FLAG_ZF | FLAG_SF | FLAG_OF)

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

/* The bits of an operand of size bytes: 1, 2, 4 or 8. */
static inline uint64_t insn_size_mask(unsigned int size)
{
	return ~UINT64_C(0) >> (64 - 8 * size);
}

/* The flags of an AND, OR, XOR or TEST with this result: of FLAGS_ARITH, those that it sets. */
uint64_t insn_logic_flags(uint64_t result, unsigned int size);
/* The same of a CMP: of a - b. What is above size does not count. */
uint64_t insn_compare_flags(uint64_t a, uint64_t b, unsigned int size);

#endif
