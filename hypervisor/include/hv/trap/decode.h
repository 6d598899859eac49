/* SPDX-License-Identifier: GPL-2.0-only */
/* The few instructions that we carry out for a guest (trap/decode.c): pure, fuzzed. */
#ifndef HV_TRAP_DECODE_H
#define HV_TRAP_DECODE_H

#include <hv/domain/vcpu.h>

#define INSN_MAX 15

struct insn {
	uint8_t length;		/* of the whole instruction, 1..15 */
	bool two_byte;		/* 0f xx */
	uint8_t opcode;		/* without the 0f */
	uint8_t rex;		/* 0: none */
	bool rep, opsize16;
	uint8_t mod, reg, rm;	/* reg and rm with REX applied */
	uint8_t imm;
	uint8_t size;		/* of the operand: 1, 2, 4, 8 */
};

/* Decode bytes[0..n-1]. False: unknown, longer than n, a memory operand, or a segment override. */
bool insn_decode(const uint8_t *bytes, unsigned int n, struct insn *out);

/* General register by its number 0..15. */
uint64_t *insn_register(struct regs *r, unsigned int nr);
/* Value of an operand register of size bytes (AH..BH included). */
uint64_t insn_read_register(struct regs *r, const struct insn *i, unsigned int nr,
			    unsigned int size);
/* Write one; 4 bytes clear the upper half. */
void insn_write_register(struct regs *r, const struct insn *i, unsigned int nr, unsigned int size,
			 uint64_t val);

#endif
