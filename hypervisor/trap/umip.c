// SPDX-License-Identifier: GPL-2.0-only
/*
 * UMIP makes SGDT, SIDT, SLDT, STR and SMSW fault in ring 3, so that no guest reads where the
 * hypervisor's tables are. They are no privileged instructions: a PV kernel, which runs in ring 3,
 * may use them as it likes, and so may its programs, for the kernel is not told of UMIP and
 * emulates nothing. So both get an answer, which is the same on all CPUs: an empty table at the top
 * of the address space, the selectors that are no secret (ABI.md 2.1), and CR0 as MOV shows it.
 * Without UMIP in the CPU, ring 3 sees the real values.
 */
#include <hv/trap/umip.h>
#include <arch/msr.h>
#include <hv/domain/domain.h>
#include <hv/lib/lib.h>
#include <hv/trap/bounce.h>
#include <hv/trap/decode.h>
#include <x86/uaccess.h>

#define EMPTY_TABLE	UINT64_C(0xffffffffffff0000)
#define CR0_TS		BIT64(3)

struct reader {
	const uint8_t *bytes;
	unsigned int at, n;
	bool short_of;
	bool long_mode, addr32;
	uint8_t rex, modrm;
};

static uint64_t take(struct reader *c, unsigned int size)
{
	uint64_t value = 0;

	if (c->n - c->at < size) {
		c->short_of = true;
		return 0;
	}
	memcpy(&value, c->bytes + c->at, size);
	c->at += size;
	return value;
}

/*
 * Prefixes; false: one that makes it another instruction, or an address of 16 bits. The opcode's
 * first byte is next.
 */
static bool take_prefixes(struct reader *c, struct umip_insn *out)
{
	out->size = 4;
	for (;; c->at++) {
		if (c->at >= c->n)
			return false;
		switch (c->bytes[c->at]) {
		case 0x66: out->size = 2; continue;
		case 0x64: out->segment = 4; continue;
		case 0x65: out->segment = 5; continue;
		case 0x2e:
		case 0x36:
		case 0x3e:
		case 0x26: continue;
		case 0x67:
			if (!c->long_mode)
				return false;
			c->addr32 = true;
			continue;
		default: break;
		}
		break;
	}
	if (c->long_mode && (c->bytes[c->at] & 0xf0) == 0x40) {
		c->rex = (uint8_t)take(c, 1);
		if (c->rex & 8)
			out->size = 8;
	}
	return true;
}

static bool kind_of(uint8_t opcode, unsigned int reg, enum umip_kind *kind)
{
	static const struct {
		uint8_t opcode, reg;
	} forms[] = {[UMIP_SLDT] = {0, 0},
		     [UMIP_STR] = {0, 1},
		     [UMIP_SGDT] = {1, 0},
		     [UMIP_SIDT] = {1, 1},
		     [UMIP_SMSW] = {1, 4}};

	for (unsigned int i = 0; i < ARRAY_SIZE(forms); i++) {
		if (forms[i].opcode == opcode && forms[i].reg == reg) {
			*kind = (enum umip_kind)i;
			return true;
		}
	}
	return false;
}

static uint64_t general(const struct reader *c, struct regs *r, unsigned int nr,
			unsigned int rex_bit)
{
	return *insn_register(r, nr | (c->rex & rex_bit ? 8 : 0));
}

static int64_t displacement(struct reader *c, unsigned int size)
{
	uint64_t value = take(c, size);

	return size == 1 ? (int8_t)value : size == 4 ? (int32_t)value : 0;
}

/*
 * Base, index, displacement. RIP counts from the instruction's end, which is here: no immediate
 * follows.
 */
static uint64_t take_address(struct reader *c, struct regs *r)
{
	static const uint8_t displacements[4] = {0, 1, 4, 0};
	unsigned int mod = c->modrm >> 6, rm = c->modrm & 7, size = displacements[mod];
	uint64_t address = 0;

	if (rm == 4) {
		uint8_t sib = (uint8_t)take(c, 1);
		unsigned int base = sib & 7, index = sib >> 3 & 7;

		if (index != 4 || (c->rex & 2))
			address = general(c, r, index, 2) << (sib >> 6);
		if (base == 5 && mod == 0)
			size = 4;
		else
			address += general(c, r, base, 1);
	} else if (rm == 5 && mod == 0) {
		address = (uint64_t)displacement(c, 4);
		return c->long_mode ? address + r->rip + c->at : address;
	} else {
		address = general(c, r, rm, 1);
	}
	return address + (uint64_t)displacement(c, size);
}

bool umip_decode(const uint8_t *bytes, unsigned int n, bool long_mode, struct regs *r,
		 struct umip_insn *out)
{
	struct reader c = {.bytes = bytes, .n = MIN(n, INSN_MAX), .long_mode = long_mode};
	uint8_t opcode;

	*out = (struct umip_insn){0};
	if (!take_prefixes(&c, out) || take(&c, 1) != 0x0f)
		return false;
	opcode = (uint8_t)take(&c, 1);
	c.modrm = (uint8_t)take(&c, 1);
	if (c.short_of || !kind_of(opcode, c.modrm >> 3 & 7, &out->kind))
		return false;
	out->memory = c.modrm >> 6 != 3;
	if (out->memory) {
		out->offset = take_address(&c, r);
		if (!long_mode || c.addr32)
			out->offset = (uint32_t)out->offset;
	} else if (out->kind == UMIP_SGDT || out->kind == UMIP_SIDT) {
		return false;
	}
	out->reg = (c.modrm & 7) | (c.rex & 1 ? 8 : 0);
	out->length = c.at;
	return !c.short_of;
}

/* What is stored, in *value, and its size in memory. */
static unsigned int answer(const struct vcpu *v, enum umip_kind kind, bool long_mode,
			   uint64_t *value)
{
	switch (kind) {
	case UMIP_SLDT: *value = v->desc.ldt_entries ? SEL_LDT : 0; return 2;
	case UMIP_STR: *value = SEL_TSS; return 2;
	case UMIP_SMSW: *value = (read_cr0() & ~CR0_TS) | (v->arch.cr0_ts ? CR0_TS : 0); return 2;
	default: *value = EMPTY_TABLE; return long_mode ? 10 : 6;
	}
}

static uint64_t segment_base(unsigned int segment)
{
	return segment == 4 ? rdmsr(MSR_FS_BASE) : segment == 5 ? rdmsr(MSR_GS_BASE) : 0;
}

/*
 * 64-bit code, or flat 32-bit code: what runs on a descriptor of an LDT may have data segments of
 * any base.
 */
static bool code_is_flat(uint16_t cs, bool *long_mode)
{
	uint32_t rights = selector_rights(cs);

	*long_mode = rights >> 21 & 1;
	return *long_mode || (!(cs & 4) && (rights >> 22 & 1));
}

bool emulate_umip(struct vcpu *v, const uint8_t *bytes, unsigned int n)
{
	struct regs *r = &v->arch.regs;
	uint8_t stored[10] = {0}; /* SGDT, SIDT: the limit of two bytes, which is 0, and the base */
	struct umip_insn i;
	bool long_mode;
	uint64_t value;
	unsigned int size;
	gaddr_t address;

	if (!code_is_flat((uint16_t)r->cs, &long_mode) || !umip_decode(bytes, n, long_mode, r, &i))
		return false;
	size = answer(v, i.kind, long_mode, &value);
	if (i.memory) {
		address = segment_base(i.segment) + i.offset;
		if (!long_mode)
			address = (uint32_t)address;
		if (!canonical(address))
			return false;
		memcpy(stored + (size > 2 ? 2 : 0), &value, size > 2 ? size - 2 : 2);
		if (copy_to_guest(address, stored, size)) {
			bounce_page_fault(v, guest_range_ok(address, size) ? read_cr2() : address,
					  2);
			return true;
		}
	} else {
		struct insn form = {.rex = i.size == 8 ? 0x48 : 0};

		insn_write_register(r, &form, i.reg, i.size, value);
	}
	r->rip += i.length;
	if (!long_mode)
		r->rip = (uint32_t)r->rip;
	r->rflags &= ~RFLAGS_RF;
	return true;
}
