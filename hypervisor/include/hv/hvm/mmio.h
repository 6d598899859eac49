/* SPDX-License-Identifier: GPL-2.0-only */
/* The decoder of accesses to memory that is not there (hvm/mmio.c): pure. */
#ifndef HV_HVM_MMIO_H
#define HV_HVM_MMIO_H

#include <hv/trap/decode.h>

/* What is done with the memory operand. The last two only set flags. */
enum mmio_what { MMIO_MOVE, MMIO_COMPARE, MMIO_TEST };

struct mmio_insn {
	struct insn insn;	/* rex alone counts, for the registers of decode.h */
	uint8_t length;		/* of the whole instruction */
	uint8_t size, wide;	/* bytes in memory, and of the register where it is wider */
	uint8_t reg;
	uint8_t what;		/* enum mmio_what */
	bool write, immediate, widen, sign;
	bool turned;		/* compared is the register with the memory */
	uint64_t value;		/* immediate: it */
};

/*
 * Decode bytes[0..n-1]; mode: of the code segment, 2, 4 or 8 bytes. False: not a MOV, CMP or
 * TEST with a memory operand, or longer than n.
 */
bool mmio_decode(const uint8_t *bytes, unsigned int n, unsigned int mode, struct mmio_insn *out);

#endif
