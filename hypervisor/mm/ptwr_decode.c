/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The instructions by which a kernel writes page-table entries: MOV, XCHG, CMPXCHG, AND, OR, XOR,
 * BTS, BTR, BTC with a memory destination. Pure. The address needs no decoding: the page fault told
 * it.
 */
#include <hv/mm/ptwr.h>
#include <hv/trap/insn_bytes.h>

static uint64_t immediate(struct insn_bytes *c, unsigned int bytes)
{
	uint64_t v = 0;
	unsigned int i;

	for (i = 0; i < bytes; i++)
		v |= (uint64_t)insn_next(c) << (8 * i);
	if (bytes == 1)
		return (uint64_t)(int64_t)(int8_t)v;
	if (bytes == 2)
		return (uint64_t)(int64_t)(int16_t)v;
	return (uint64_t)(int64_t)(int32_t)v;
}

struct prefixes {
	bool operand16, lock;
	uint8_t rex;
};

/* Prefixes, then the first byte of the opcode. Repeat and address-size prefixes are not ours. */
static uint8_t read_prefixes(struct insn_bytes *c, struct prefixes *p)
{
	uint8_t b;

	for (;;) {
		b = insn_next(c);
		if (b == 0x66)
			p->operand16 = true;
		else if (b == 0xf0)
			p->lock = true;
		else if (b != 0x2e && b != 0x36 && b != 0x3e && b != 0x26 && b != 0x64 && b != 0x65)
			break;
	}
	if ((b & 0xf0) == 0x40) {
		p->rex = b;
		b = insn_next(c);
	}
	return b;
}

enum source { SRC_REG, SRC_IMM_FULL, SRC_IMM8 };

/* One-byte opcodes: what the pair (byte form, full form) does with a register. */
static bool one_byte(uint8_t op, struct ptwr_insn *insn, enum source *src, bool *group)
{
	*group = false;
	*src = SRC_REG;
	switch (op & ~1) {
	case 0x08: insn->kind = PTWR_OR; return true;
	case 0x20: insn->kind = PTWR_AND; return true;
	case 0x30: insn->kind = PTWR_XOR; return true;
	case 0x86: insn->kind = PTWR_XCHG; return true;
	case 0x88: insn->kind = PTWR_MOV; return true;
	case 0x80:
		*group = true;
		*src = op == 0x80 ? SRC_IMM8 : SRC_IMM_FULL;
		return true;
	case 0x82:
		*group = true;
		*src = SRC_IMM8;
		return op == 0x83;
	case 0xc6:
		insn->kind = PTWR_MOV;
		*src = op == 0xc6 ? SRC_IMM8 : SRC_IMM_FULL;
		return true;
	default: return false;
	}
}

/* Opcodes 80, 81, 83: the reg field chooses. */
static bool group1(unsigned int reg, struct ptwr_insn *insn)
{
	switch (reg) {
	case 1: insn->kind = PTWR_OR; return true;
	case 4: insn->kind = PTWR_AND; return true;
	case 6: insn->kind = PTWR_XOR; return true;
	default: return false;
	}
}

static bool two_byte(uint8_t op, struct ptwr_insn *insn, enum source *src, bool *group)
{
	*group = false;
	*src = SRC_REG;
	switch (op) {
	case 0xb0:
	case 0xb1: insn->kind = PTWR_CMPXCHG; return true;
	case 0xab: insn->kind = PTWR_BTS; return true;
	case 0xb3: insn->kind = PTWR_BTR; return true;
	case 0xbb: insn->kind = PTWR_BTC; return true;
	case 0xba:
		*group = true;
		*src = SRC_IMM8;
		return true;
	default: return false;
	}
}

/* Opcode 0F BA. */
static bool group8(unsigned int reg, struct ptwr_insn *insn)
{
	switch (reg) {
	case 5: insn->kind = PTWR_BTS; return true;
	case 6: insn->kind = PTWR_BTR; return true;
	case 7: insn->kind = PTWR_BTC; return true;
	default: return false;
	}
}

static bool is_bit_op(enum ptwr_kind kind)
{
	return kind == PTWR_BTS || kind == PTWR_BTR || kind == PTWR_BTC;
}

static unsigned int operand_size(const struct prefixes *p)
{
	if (p->rex & 8)
		return 8;
	return p->operand16 ? 2 : 4;
}

bool ptwr_decode(const uint8_t *code, unsigned int n, struct ptwr_insn *insn)
{
	struct insn_bytes c = {.bytes = code, .n = MIN(n, 15U)}; /* no instruction is longer */
	struct prefixes p = {0};
	enum source src;
	bool group, wide, two;
	unsigned int reg;
	uint8_t op, modrm;

	*insn = (struct ptwr_insn){0};
	op = read_prefixes(&c, &p);
	two = op == 0x0f;
	if (two)
		op = insn_next(&c);
	if (c.short_of ||
	    !(two ? two_byte(op, insn, &src, &group) : one_byte(op, insn, &src, &group)))
		return false;
	/* Bit operations have no byte form; of all others the lowest bit of the opcode tells. */
	wide = two ? op != 0xb0 : op & 1;
	insn->size = wide ? operand_size(&p) : 1;
	modrm = insn_next(&c);
	reg = modrm >> 3 & 7;
	if (!insn_skip_memory(&c, modrm, false))
		return false;
	if (group && !(two ? group8(reg, insn) : group1(reg, insn)))
		return false;
	if (!two && (op & ~1) == 0xc6 && reg)
		return false;
	if (p.lock && insn->kind == PTWR_MOV)
		return false;
	insn->from_reg = src == SRC_REG;
	if (insn->from_reg) {
		insn->reg = reg | (p.rex & 4) << 1;
		if (insn->size == 1 && !p.rex && reg >= 4) {
			insn->high_byte = true;
			insn->reg = reg - 4;
		}
	} else {
		insn->imm = immediate(&c, src == SRC_IMM8 ? 1 : MIN(insn->size, 4U));
	}
	insn->length = c.at;
	return !c.short_of;
}

/* --- execution --- */

static uint64_t *reg_slot(struct regs *r, unsigned int n)
{
	uint64_t *const slots[16] = {
		&r->rax, &r->rcx, &r->rdx, &r->rbx, &r->rsp, &r->rbp, &r->rsi, &r->rdi,
		&r->r8,  &r->r9,  &r->r10, &r->r11, &r->r12, &r->r13, &r->r14, &r->r15,
	};

	return slots[n & 15];
}

/*
 * Write the low `size` bytes as the CPU does: 32 bits clear the upper half, fewer leave the rest.
 */
static void set_reg(uint64_t *reg, unsigned int size, bool high_byte, uint64_t v)
{
	uint64_t mask = insn_size_mask(size);

	if (high_byte)
		*reg = (*reg & ~UINT64_C(0xff00)) | (v & 0xff) << 8;
	else if (size == 4)
		*reg = v & mask;
	else
		*reg = (*reg & ~mask) | (v & mask);
}

static uint64_t get_source(const struct ptwr_insn *insn, struct regs *r)
{
	uint64_t v = insn->from_reg ? *reg_slot(r, insn->reg) : insn->imm;

	return (insn->high_byte ? v >> 8 : v) & insn_size_mask(insn->size);
}

static void set_flags(struct regs *r, uint64_t which, uint64_t to)
{
	r->rflags = (r->rflags & ~which) | to;
}

static bool cmpxchg(const struct ptwr_insn *insn, struct regs *r, uint64_t *value, uint64_t source)
{
	uint64_t mask = insn_size_mask(insn->size), acc = r->rax & mask, old = *value & mask;

	set_flags(r, FLAGS_ARITH, insn_compare_flags(acc, old, insn->size));
	if (acc != old) {
		set_reg(&r->rax, insn->size, false, old);
		return false;
	}
	*value = source;
	return true;
}

static void bit_op(const struct ptwr_insn *insn, struct regs *r, uint64_t *value, uint64_t source)
{
	uint64_t bit = BIT64(source & (8 * insn->size - 1));

	set_flags(r, FLAG_CF, *value & bit ? FLAG_CF : 0);
	if (insn->kind == PTWR_BTS)
		*value |= bit;
	else if (insn->kind == PTWR_BTR)
		*value &= ~bit;
	else
		*value ^= bit;
}

bool ptwr_execute(const struct ptwr_insn *insn, struct regs *r, uint64_t *value)
{
	uint64_t source = get_source(insn, r);

	if (is_bit_op(insn->kind)) {
		bit_op(insn, r, value, source);
		return true;
	}
	switch (insn->kind) {
	case PTWR_CMPXCHG: return cmpxchg(insn, r, value, source);
	case PTWR_XCHG:
		set_reg(reg_slot(r, insn->reg), insn->size, insn->high_byte, *value);
		*value = source;
		return true;
	case PTWR_AND: *value &= source; break;
	case PTWR_OR: *value |= source; break;
	case PTWR_XOR: *value ^= source; break;
	default: *value = source; return true;
	}
	set_flags(r, FLAGS_ARITH, insn_logic_flags(*value, insn->size));
	return true;
}
