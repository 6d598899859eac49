// SPDX-License-Identifier: GPL-2.0-only
/*
 * Accesses to guest physical memory that is not there: the registers of the local APIC in xAPIC
 * mode, those of the I/O APIC of an HVM guest, and holes, which read as ones and swallow writes.
 * The instruction is fetched and decoded for that: MOV between memory and a register or an
 * immediate, which is what kernels use for registers, and CMP and TEST, with which firmware looks
 * at them. Any other instruction crashes the domain, with its bytes in the log.
 *
 * The decoder is pure. It needs no addresses: the exit has said which one it is.
 */
#include <hv/hvm/mmio.h>
#include <hv/hvm/platform.h>
#include <hv/console/printk.h>
#include <hv/errno.h>
#include <hv/hvm/container.h>
#include <hv/hvm/exit.h>
#include <hv/lib/lib.h>
#include <hv/time/clock.h>
#include <hv/trap/decode.h>
#include <hv/trap/insn_bytes.h>

/* What else an opcode has. */
struct form {
	bool direct;		/* the address stands in the instruction; register 0 */
	bool byte;		/* the immediate is one byte, which is extended */
	uint8_t extension;	/* the register field of one with an immediate */
};

/* MOV and its relatives. False: not one of ours. */
static bool decode_move(uint8_t op, struct mmio_insn *out, struct form *f)
{
	switch (op) {
	case 0xa2:
	case 0xa3: out->write = f->direct = true; return true;
	case 0xa0:
	case 0xa1: f->direct = true; return true;
	case 0x88:
	case 0x89: out->write = true; return true;
	case 0x8a:
	case 0x8b: return true;
	case 0xc6:
	case 0xc7: out->write = out->immediate = true; return true;
	default: return false;
	}
}

/* What reads memory for the flags alone. False: not one of ours. */
static bool decode_compare(uint8_t op, struct mmio_insn *out, struct form *f)
{
	out->what = op == 0x84 || op == 0x85 || op == 0xf6 || op == 0xf7 ? MMIO_TEST : MMIO_COMPARE;
	switch (op) {
	case 0x38:
	case 0x39:
	case 0x84:
	case 0x85: return true;
	case 0x3a:
	case 0x3b: out->turned = true; return true;
	case 0x83: f->byte = true; /* fallthrough */
	case 0x80:
	case 0x81: f->extension = 7; /* fallthrough */
	case 0xf6:
	case 0xf7: out->immediate = true; return true;
	default: return false;
	}
}

/* The opcode's operands. False: not one of ours. */
static bool decode_opcode(uint8_t op, bool two_byte, struct mmio_insn *out, struct form *f)
{
	*f = (struct form){0};
	if (two_byte) {
		out->sign = op == 0xbe || op == 0xbf;
		out->size = op & 1 ? 2 : 1;
		out->widen = true;
		return op == 0xb6 || op == 0xb7 || op == 0xbe || op == 0xbf;
	}
	if (!(op & 1))
		out->size = 1;
	if (decode_move(op, out, f))
		return true;
	return decode_compare(op, out, f);
}

static bool decode_prefixes(struct insn_bytes *c, unsigned int mode, struct mmio_insn *out,
			    bool *address_other, uint8_t *op)
{
	bool operand_other = false;

	for (;;) {
		*op = insn_next(c);
		if (*op == 0x66)
			operand_other = true;
		else if (*op == 0x67)
			*address_other = true;
		else if (*op != 0x2e && *op != 0x36 && *op != 0x3e && *op != 0x26 && *op != 0x64 &&
			 *op != 0x65)
			break;
	}
	if (mode == 8 && (*op & 0xf0) == 0x40) {
		out->insn.rex = *op;
		*op = insn_next(c);
	}
	out->size = (mode == 2) != operand_other ? 2 : 4;
	if (out->insn.rex & 8)
		out->size = 8;
	return !c->short_of;
}

/* Little-endian, extended to 64 bits from what it has; a 64-bit operand's has 32. */
static uint64_t decode_immediate(struct insn_bytes *c, const struct mmio_insn *i,
				 const struct form *f)
{
	unsigned int n = f->byte ? 1 : MIN(i->size, 4u);
	uint64_t value = 0;

	for (unsigned int k = 0; k < n; k++)
		value |= (uint64_t)insn_next(c) << (8 * k);
	if (f->byte)
		value = (uint64_t)(int64_t)(int8_t)value;
	else if (i->size == 8)
		value = (uint64_t)(int64_t)(int32_t)value;
	return value;
}

/* What stands behind the opcode: where the operand is, and the register. */
static bool decode_operands(struct insn_bytes *c, unsigned int mode, bool address_other,
			    const struct form *f, struct mmio_insn *out)
{
	bool address16 = mode != 8 && (mode == 2) != address_other;
	unsigned int n = address16 ? 2 : mode == 8 && !address_other ? 8 : 4;
	uint8_t modrm;

	if (f->direct) {
		while (n--)
			(void)insn_next(c);
		return true;
	}
	modrm = insn_next(c);
	out->reg = (modrm >> 3 & 7) | (out->insn.rex & 4 ? 8 : 0);
	if (!insn_skip_memory(c, modrm, address16))
		return false;
	return !out->immediate || (out->reg & 7) == f->extension;
}

bool mmio_decode(const uint8_t *bytes, unsigned int n, unsigned int mode, struct mmio_insn *out)
{
	struct insn_bytes c = {bytes, 0, MIN(n, (unsigned int)INSN_MAX), false};
	bool address_other = false, two_byte;
	struct form f;
	uint8_t op;

	memset(out, 0, sizeof(*out));
	if (!decode_prefixes(&c, mode, out, &address_other, &op))
		return false;
	two_byte = op == 0x0f;
	if (two_byte)
		op = insn_next(&c);
	out->wide = out->size;
	if (!decode_opcode(op, two_byte, out, &f) ||
	    !decode_operands(&c, mode, address_other, &f, out))
		return false;
	if (out->immediate)
		out->value = decode_immediate(&c, out, &f);
	out->length = c.at;
	return !c.short_of;
}

/* ---- carrying it out ---- */

/* The I/O APIC, where the domain has one. */
static struct hvm_platform *ioapic_at(struct vcpu *v, uint64_t gpa)
{
	return (gpa & PAGE_MASK) == VIOAPIC_ADDRESS ? v->domain->hvm->platform : NULL;
}

static uint64_t read_place(struct vcpu *v, uint64_t gpa)
{
	struct hvm_platform *ioapic = ioapic_at(v, gpa);
	struct vlapic *l = &v->hvm->lapic;
	uint32_t value;

	if (ioapic)
		return hvm_platform_ioapic_read(ioapic, gpa & ~PAGE_MASK);
	if ((gpa & PAGE_MASK) != APIC_ADDRESS || !(l->base & APIC_BASE_ON) || vlapic_x2(l))
		return ~UINT64_C(0);
	if ((gpa & 0xf) || !vlapic_read(l, gpa & 0xff0, now_ns(), &value))
		return 0;
	return value;
}

static void write_place(struct vcpu *v, uint64_t gpa, const struct mmio_insn *i, uint64_t value)
{
	struct hvm_platform *ioapic = ioapic_at(v, gpa);
	struct vlapic *l = &v->hvm->lapic;

	if (ioapic) {
		if (i->size == 4)
			hvm_platform_ioapic_write(ioapic, gpa & ~PAGE_MASK, (uint32_t)value);
		return;
	}
	if ((gpa & PAGE_MASK) != APIC_ADDRESS || !(l->base & APIC_BASE_ON) || vlapic_x2(l))
		return;
	if (!(gpa & 0xf) && i->size == 4)
		(void)hvm_lapic_write(v, gpa & 0xff0, (uint32_t)value);
}

static uint64_t extend(const struct mmio_insn *i, uint64_t value)
{
	value &= i->size == 8 ? ~UINT64_C(0) : BIT64(i->size * 8) - 1;
	if (i->sign && value >> (i->size * 8 - 1) & 1)
		value |= ~UINT64_C(0) << (i->size * 8);
	return value;
}

static void compare(struct vcpu *v, uint64_t gpa, const struct mmio_insn *i)
{
	struct regs *r = &v->arch.regs;
	uint64_t memory = read_place(v, gpa);
	uint64_t other = i->immediate ? i->value : insn_read_register(r, &i->insn, i->reg, i->size);
	uint64_t flags;

	if (i->what == MMIO_TEST)
		flags = insn_logic_flags(memory & other, i->size);
	else if (i->turned)
		flags = insn_compare_flags(other, memory, i->size);
	else
		flags = insn_compare_flags(memory, other, i->size);
	r->rflags = (r->rflags & ~FLAGS_ARITH) | flags;
}

static void carry_out(struct vcpu *v, uint64_t gpa, const struct mmio_insn *i)
{
	struct regs *r = &v->arch.regs;

	if (i->what != MMIO_MOVE)
		compare(v, gpa, i);
	else if (!i->write)
		insn_write_register(r, &i->insn, i->reg, i->widen ? i->wide : i->size,
				    extend(i, read_place(v, gpa)));
	else
		write_place(v, gpa, i,
			    i->immediate ? i->value
					 : insn_read_register(r, &i->insn, i->reg, i->size));
	hvm_skip(v, i->length);
}

/* As many bytes as can be read at rip, up to the longest instruction. */
static unsigned int fetch(struct vcpu *v, const struct hvm_mode *m, uint8_t *bytes)
{
	uint64_t at = m->long_mode ? v->arch.regs.rip
				   : (uint32_t)(m->cs_base + v->arch.regs.rip);
	unsigned int first = (unsigned int)MIN((uint64_t)INSN_MAX, PAGE_SIZE - (at & ~PAGE_MASK));

	if (hvm_copy_from(bytes, at, first))
		return 0;
	if (first < INSN_MAX && !hvm_copy_from(bytes + first, at + first, INSN_MAX - first))
		return INSN_MAX;
	return first;
}

void hvm_exit_npf(struct vcpu *v, uint64_t gpa, bool write, bool fetched)
{
	uint8_t bytes[INSN_MAX] = {0};
	struct mmio_insn insn;
	struct hvm_mode m;
	unsigned int n;

	v->domain->hvm->container->mode(v, &m);
	if (fetched) {
		domain_crash(v->domain, "it runs where no memory is: %lx", gpa);
		return;
	}
	if (write && p2m_read_only(&v->domain->hvm->p2m, gpa >> PAGE_SHIFT)) {
		hvm_gp(v);	/* a grant that it may only read */
		return;
	}
	/* Populated meanwhile, or a walk that was under way: the guest tries again. */
	if (!mfn_eq(domain_frame(v->domain, gpa >> PAGE_SHIFT), MFN_NONE))
		return;
	n = fetch(v, &m, bytes);
	if (n && mmio_decode(bytes, n, m.code_size, &insn) && insn.write == write) {
		carry_out(v, gpa, &insn);
		return;
	}
	domain_crash(v->domain,
		     "%s of %lx: the instruction is not emulated: "
		     "%02x %02x %02x %02x %02x %02x %02x %02x",
		     write ? "write" : "read", gpa, bytes[0], bytes[1], bytes[2], bytes[3],
		     bytes[4], bytes[5], bytes[6], bytes[7]);
}
