// SPDX-License-Identifier: GPL-2.0-only
/*
 * Claim: the decoder of privileged instructions knows those of ABI.md 9.1 with their prefixes,
 * and nothing else.
 */
/* sources: hypervisor/trap/decode.c */
#include <assert.h>
#include <stdio.h>
#include <string.h>

#include <hv/trap/decode.h>

struct expected {
	const char *name;
	uint8_t bytes[8];
	unsigned int n;
	bool known;
	struct insn i;
};

static const struct expected table[] = {
	{"rdmsr",
	 {0x0f, 0x32},
	 2,
	 true,
	 {.length = 2, .two_byte = true, .opcode = 0x32, .size = 4}},
	{"wrmsr",
	 {0x0f, 0x30},
	 2,
	 true,
	 {.length = 2, .two_byte = true, .opcode = 0x30, .size = 4}},
	{"mov cr4, rax",
	 {0x0f, 0x22, 0xe0},
	 3,
	 true,
	 {.length = 3,
	  .two_byte = true,
	  .opcode = 0x22,
	  .size = 4,
	  .mod = 3,
	  .reg = 4,
	  .rm = 0}},
	{"mov r12, cr2",
	 {0x41, 0x0f, 0x20, 0xd4},
	 4,
	 true,
	 {.length = 4,
	  .two_byte = true,
	  .opcode = 0x20,
	  .rex = 0x41,
	  .size = 4,
	  .mod = 3,
	  .reg = 2,
	  .rm = 12}},
	{"xsetbv",
	 {0x0f, 0x01, 0xd1},
	 3,
	 true,
	 {.length = 3,
	  .two_byte = true,
	  .opcode = 0x01,
	  .size = 4,
	  .mod = 3,
	  .reg = 2,
	  .rm = 1}},
	{"in al, dx", {0xec}, 1, true, {.length = 1, .opcode = 0xec, .size = 1}},
	{"in ax, dx",
	 {0x66, 0xed},
	 2,
	 true,
	 {.length = 2, .opcode = 0xed, .size = 2, .opsize16 = true}},
	{"out 0x80, al",
	 {0xe6, 0x80},
	 2,
	 true,
	 {.length = 2, .opcode = 0xe6, .size = 1, .imm = 0x80}},
	{"rep insw",
	 {0xf3, 0x66, 0x6d},
	 3,
	 true,
	 {.length = 3, .opcode = 0x6d, .size = 2, .opsize16 = true, .rep = true}},
	{"cli", {0xfa}, 1, true, {.length = 1, .opcode = 0xfa, .size = 4}},
	{"lgdt: memory operand", {0x0f, 0x01, 0x10}, 3, false, {0}},
	{"fs: in", {0x64, 0xec}, 2, false, {0}},
	{"nop", {0x90}, 1, false, {0}},
	{"cut short: opcode", {0x0f}, 1, false, {0}},
	{"cut short: immediate", {0xe6}, 1, false, {0}},
	{"cut short: modrm", {0x0f, 0x22}, 2, false, {0}},
	{"nothing", {0}, 0, false, {0}},
};

static void test_table(void)
{
	for (size_t k = 0; k < sizeof(table) / sizeof(table[0]); k++) {
		const struct expected *e = &table[k];
		struct insn i;
		bool known = insn_decode(e->bytes, e->n, &i);

		if (known != e->known || (known && memcmp(&i, &e->i, sizeof(i)))) {
			printf("not ok - %s\n", e->name);
			assert(0);
		}
	}
}

/* Fifteen bytes are the most that an instruction has, prefixes included. */
static void test_length_limit(void)
{
	uint8_t bytes[17];
	struct insn i;

	memset(bytes, 0x66, sizeof(bytes));
	bytes[14] = 0xec;
	assert(insn_decode(bytes, sizeof(bytes), &i) && i.length == 15);
	bytes[14] = 0x66;
	bytes[15] = 0xec;
	assert(!insn_decode(bytes, sizeof(bytes), &i));
}

static void test_registers(void)
{
	struct regs r = {.rax = 0x1122334455667788, .rsp = 7, .r15 = 9};
	struct insn byte = {.size = 1}, with_rex = {.size = 1, .rex = 0x40};

	assert(insn_register(&r, 15) == &r.r15 && insn_register(&r, 4) == &r.rsp);
	assert(insn_read_register(&r, &byte, 4, 1) == 0x77);	/* AH */
	assert(insn_read_register(&r, &with_rex, 4, 1) == 7);	/* SPL */
	insn_write_register(&r, &byte, 4, 1, 0xff);
	assert(r.rax == 0x112233445566ff88);
	insn_write_register(&r, &byte, 0, 2, 0x1234);
	assert(r.rax == 0x1122334455661234);
	insn_write_register(&r, &byte, 0, 4, 0x89abcdef);	/* the upper half goes */
	assert(r.rax == 0x89abcdef);
	insn_write_register(&r, &byte, 0, 8, ~UINT64_C(0));
	assert(r.rax == ~UINT64_C(0));
}

int main(void)
{
	test_table();
	test_length_limit();
	test_registers();
	printf("1..3\nok 1 - instructions and what is none\nok 2 - length limit\nok 3 - "
	       "registers\n");
	return 0;
}
