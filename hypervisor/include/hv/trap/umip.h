/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * SGDT, SIDT, SLDT, STR and SMSW, which fault in ring 3 under UMIP (trap/umip.c): the decoder is
 * pure.
 */
#ifndef HV_TRAP_UMIP_H
#define HV_TRAP_UMIP_H

#include <hv/domain/vcpu.h>

enum umip_kind { UMIP_SLDT, UMIP_STR, UMIP_SGDT, UMIP_SIDT, UMIP_SMSW };

struct umip_insn {
	enum umip_kind kind;
	unsigned int length;	/* bytes of the instruction */
	bool memory;		/* else the operand is general register `reg` */
	unsigned int reg, size;	/* size of a register operand: 2, 4, 8 bytes */
	unsigned int segment;	/* 0, 4 (FS) or 5 (GS): whose base is to be added to `offset` */
	uint64_t offset;	/* of the memory operand */
};

/*
 * Decode bytes[0..n-1], the instruction at r->rip, in 64-bit code or (long_mode false) 32-bit code
 * with 32-bit addresses. False: another instruction, longer than n, or addressed by 16 bits.
 */
bool umip_decode(const uint8_t *bytes, unsigned int n, bool long_mode, struct regs *r,
		 struct umip_insn *out);

/*
 * A #GP of the current vCPU whose bytes were fetched: carry it out, or bounce its page fault.
 * False: another instruction.
 */
bool emulate_umip(struct vcpu *v, const uint8_t *bytes, unsigned int n);

#endif
