// SPDX-License-Identifier: GPL-2.0-only
/*
 * A decoder for the privileged instructions that the PV ABI makes us carry out, in 64-bit code.
 * Everything else is "no", and the guest gets its fault. (Writes to page tables have a decoder of
 * their own: mm/ptwr_decode.c.)
 */
#include <hv/trap/decode.h>
#include <hv/lib/lib.h>
#include <hv/trap/insn_bytes.h>

uint64_t *insn_register(struct regs *r, unsigned int nr)
{
	static const uint8_t offset[16] = {
		offsetof(struct regs, rax), offsetof(struct regs, rcx), offsetof(struct regs, rdx),
		offsetof(struct regs, rbx), offsetof(struct regs, rsp), offsetof(struct regs, rbp),
		offsetof(struct regs, rsi), offsetof(struct regs, rdi), offsetof(struct regs, r8),
		offsetof(struct regs, r9),  offsetof(struct regs, r10), offsetof(struct regs, r11),
		offsetof(struct regs, r12), offsetof(struct regs, r13), offsetof(struct regs, r14),
		offsetof(struct regs, r15)};

	return (uint64_t *)((char *)r + offset[nr & 15]);
}

static uint64_t size_mask(unsigned int size)
{
	return size == 8 ? ~UINT64_C(0) : (UINT64_C(1) << (size * 8)) - 1;
}

/* Without REX, byte registers 4-7 are AH, CH, DH, BH. */
static bool is_high_byte(const struct insn *i, unsigned int nr, unsigned int size)
{
	return size == 1 && !i->rex && nr >= 4 && nr < 8;
}

uint64_t insn_read_register(struct regs *r, const struct insn *i, unsigned int nr,
			    unsigned int size)
{
	if (is_high_byte(i, nr, size))
		return *insn_register(r, nr - 4) >> 8 & 0xff;
	return *insn_register(r, nr) & size_mask(size);
}

void insn_write_register(struct regs *r, const struct insn *i, unsigned int nr, unsigned int size,
			 uint64_t val)
{
	uint64_t *reg = insn_register(r, nr), mask = size_mask(size);

	if (is_high_byte(i, nr, size)) {
		reg = insn_register(r, nr - 4);
		*reg = (*reg & ~UINT64_C(0xff00)) | (val & 0xff) << 8;
	} else if (size == 4) {
		*reg = val & mask;
	} else {
		*reg = (*reg & ~mask) | (val & mask);
	}
}

static bool decode_prefixes(struct insn_bytes *c, struct insn *i)
{
	for (;;) {
		uint8_t b = insn_next(c);

		switch (b) {
		case 0x66: i->opsize16 = true; continue;
		case 0xf0: continue;
		case 0xf2:
		case 0xf3: i->rep = true; continue;
		case 0x2e:	/* no meaning in 64-bit code */
		case 0x36:
		case 0x3e:
		case 0x26: continue;
		case 0x64:	/* FS, GS, 32-bit addresses */
		case 0x65:
		case 0x67: return false;
		default: break;
		}
		if ((b & 0xf0) == 0x40) {
			i->rex = b;
			b = insn_next(c);
		}
		i->two_byte = b == 0x0f;
		i->opcode = i->two_byte ? insn_next(c) : b;
		return !c->short_of;
	}
}

/* Only register operands: none of ours has one in memory. */
static bool decode_modrm(struct insn_bytes *c, struct insn *i)
{
	uint8_t modrm = insn_next(c);

	i->mod = modrm >> 6;
	i->reg = (modrm >> 3 & 7) | (i->rex & 4 ? 8 : 0);
	i->rm = (modrm & 7) | (i->rex & 1 ? 8 : 0);
	return i->mod == 3 || (i->two_byte && i->opcode >= 0x20 && i->opcode <= 0x23);
}

enum { MODRM = 1, BYTE = 2, IMM8 = 4, OK = 8 };

/* What follows the opcode. 0: not one of ours. */
static unsigned int shape_one(uint8_t op)
{
	switch (op) {
	case 0xe4: case 0xe6: return OK | BYTE | IMM8;	/* IN OUT imm */
	case 0xe5: case 0xe7: return OK | IMM8;
	case 0xec: case 0xee: case 0x6c: case 0x6e: return OK | BYTE;
	case 0xed: case 0xef: case 0x6d: case 0x6f: return OK;
	case 0xf4: case 0xfa: case 0xfb: return OK;	/* HLT CLI STI */
	default: return 0;
	}
}

static unsigned int shape_two(uint8_t op)
{
	switch (op) {
	case 0x01: return OK | MODRM;	/* XSETBV, RDTSCP */
	case 0x06: case 0x08: case 0x09: return OK;	/* CLTS INVD WBINVD */
	case 0x20: case 0x21: case 0x22: case 0x23: return OK | MODRM;	/* MOV CR, DR */
	case 0x30: case 0x31: case 0x32: case 0xa2: return OK;	/* WRMSR RDTSC RDMSR CPUID */
	default: return 0;
	}
}

bool insn_decode(const uint8_t *bytes, unsigned int n, struct insn *out)
{
	struct insn_bytes c = {bytes, 0, MIN(n, INSN_MAX), false};
	unsigned int shape;

	memset(out, 0, sizeof(*out));
	if (!decode_prefixes(&c, out))
		return false;
	shape = out->two_byte ? shape_two(out->opcode) : shape_one(out->opcode);
	if (!shape)
		return false;
	out->size = shape & BYTE ? 1 : out->rex & 8 ? 8 : out->opsize16 ? 2 : 4;
	if ((shape & MODRM) && !decode_modrm(&c, out))
		return false;
	if (shape & IMM8)
		out->imm = insn_next(&c);
	if (c.short_of)
		return false;
	out->length = c.at;
	return true;
}
