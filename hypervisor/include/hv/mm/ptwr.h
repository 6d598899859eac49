/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Direct writes of a guest kernel to its L1 tables: decoding the few instructions that do it, and
 * carrying them out. Two files of one subject: mm/ptwr_decode.c is pure and fuzzed, mm/ptwr.c does
 * the write.
 */
#ifndef HV_MM_PTWR_H
#define HV_MM_PTWR_H

#include <hv/domain/vcpu.h>
#include <hv/types.h>

enum ptwr_kind {
	PTWR_MOV,
	PTWR_XCHG,
	PTWR_CMPXCHG,
	PTWR_AND,
	PTWR_OR,
	PTWR_XOR,
	PTWR_BTS,
	PTWR_BTR,
	PTWR_BTC,
};

struct ptwr_insn {
	enum ptwr_kind kind;
	unsigned int size;	/* bytes written: 1, 2, 4 or 8 */
	unsigned int length;	/* of the instruction */
	bool from_reg;		/* the source is a register, else imm */
	unsigned int reg;	/* number of the register operand, 0-15 */
	bool high_byte;		/* it is AH, CH, DH or BH */
	uint64_t imm;		/* sign-extended */
};

/*
 * Decode n bytes of code; only the first 15 count. False: not one of ours, or not all of it is
 * there.
 */
bool ptwr_decode(const uint8_t *code, unsigned int n, struct ptwr_insn *insn);

/*
 * Carry it out on a copy: *value is the old operand and becomes the new one, registers and flags of
 * r change as the instruction says, but not rip. False: memory is not written (a CMPXCHG that found
 * something else).
 */
bool ptwr_execute(const struct ptwr_insn *insn, struct regs *r, uint64_t *value);

/*
 * A write by the guest kernel faulted at cr2, the page being present and read-only. If cr2 lies in
 * an L1 table of v's domain, do the write with the checks of mmu_update and step over the
 * instruction. True: done. False: the fault is the guest's business. Context: v is current,
 * interrupts on. Source: ABI.md 6.8.
 */
bool emulate_pt_write(struct vcpu *v, uint64_t cr2);

#endif
