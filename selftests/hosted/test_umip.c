/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Claim: SGDT, SIDT, SLDT, STR and SMSW are recognised in every form, with the right operand, and
 * nothing else is.
 */
/* sources: hypervisor/trap/umip.c hypervisor/trap/decode.c */
#include <string.h>

#include <hv/domain/domain.h>
#include <hv/trap/bounce.h>
#include <hv/trap/umip.h>
#include <x86/uaccess.h>

#include "log_capture.h"

int copy_to_guest(gaddr_t dst, const void *src, size_t size)
{
	(void)dst, (void)src, (void)size;
	return -EFAULT;
}

void bounce_page_fault(struct vcpu *v, uint64_t cr2, uint32_t error)
{
	(void)v, (void)cr2, (void)error;
}

static struct regs regs = {.rax = 0x1000,
			   .rcx = 0x20,
			   .rbx = 0x7000,
			   .rsp = 0x9000,
			   .rbp = 0xa000,
			   .r12 = 0xc000,
			   .r13 = 0xd000,
			   .rip = 0x400000};
static struct umip_insn out;

static bool decode(const char *bytes, unsigned int n, bool long_mode)
{
	uint8_t *copy =
		malloc(n ? n : 1); /* of its own, so that the sanitizer sees a look behind it */
	bool good;

	memcpy(copy, bytes, n);
	good = umip_decode(copy, n, long_mode, &regs, &out);
	free(copy);
	return good;
}

#define INSN(s) (s), sizeof(s) - 1

static bool memory(const char *bytes, unsigned int n, enum umip_kind kind, uint64_t offset)
{
	return decode(bytes, n, true) && out.kind == kind && out.memory && out.offset == offset &&
	       out.length == n && !out.segment;
}

static bool in_register(const char *bytes, unsigned int n, enum umip_kind kind, unsigned int reg,
			unsigned int size)
{
	return decode(bytes, n, true) && out.kind == kind && !out.memory && out.reg == reg &&
	       out.size == size && out.length == n;
}

static void forms(void)
{
	result(memory(INSN("\x0f\x01\x00"), UMIP_SGDT, 0x1000), "sgdt (%rax)");
	result(memory(INSN("\x0f\x01\x4c\x24\xf0"), UMIP_SIDT, 0x8ff0), "sidt -16(%rsp)");
	result(memory(INSN("\x0f\x01\x8c\x4b\x00\x01\x00\x00"), UMIP_SIDT, 0x7140),
	       "sidt 256(%rbx,%rcx,2)");
	result(memory(INSN("\x0f\x01\x0d\x10\x00\x00\x00"), UMIP_SIDT, 0x400017),
	       "sidt 16(%rip): from its end on");
	result(memory(INSN("\x0f\x01\x0c\x25\x00\x00\x00\xff"), UMIP_SIDT, 0xffffffffff000000),
	       "an address without a base");
	result(memory(INSN("\x41\x0f\x01\x0c\x24"), UMIP_SIDT, 0xc000), "sidt (%r12)");
	result(memory(INSN("\x41\x0f\x01\x4d\x00"), UMIP_SIDT, 0xd000), "sidt (%r13)");
	result(memory(INSN("\x42\x0f\x01\x0c\x60"), UMIP_SIDT, 0x1000 + 2 * 0xc000),
	       "sidt (%rax,%r12,2): an index of 4 with REX.X");
	result(memory(INSN("\x0f\x00\x08"), UMIP_STR, 0x1000), "str (%rax)");
	result(memory(INSN("\x0f\x00\x45\x08"), UMIP_SLDT, 0xa008), "sldt 8(%rbp)");
	result(memory(INSN("\x0f\x01\x20"), UMIP_SMSW, 0x1000), "smsw (%rax)");
	result(decode(INSN("\x65\x0f\x01\x08"), true) && out.segment == 5 && out.offset == 0x1000 &&
		       out.length == 4,
	       "sidt %gs:(%rax)");
	result(decode(INSN("\x67\x0f\x01\x48\xff"), true) && out.offset == 0xfff && out.length == 5,
	       "addresses of 32 bits");
	result(in_register(INSN("\x0f\x01\xe0"), UMIP_SMSW, 0, 4), "smsw %eax");
	result(in_register(INSN("\x66\x0f\x01\xe1"), UMIP_SMSW, 1, 2), "smsw %cx");
	result(in_register(INSN("\x49\x0f\x01\xe4"), UMIP_SMSW, 12, 8), "smsw %r12");
	result(in_register(INSN("\x0f\x00\xc8"), UMIP_STR, 0, 4), "str %eax");
	result(in_register(INSN("\x41\x0f\x00\xc7"), UMIP_SLDT, 15, 4), "sldt %r15d");
}

static void refusals(void)
{
	static const char whole[] = "\x64\x67\x41\x0f\x01\x8c\x4b\x00\x01\x00\x00";
	bool cut = true;

	result(!decode(INSN("\x0f\x01\xc0"), true) && !decode(INSN("\x0f\x01\xc8"), true),
	       "sgdt and sidt of a register: other instructions");
	result(!decode(INSN("\x0f\x01\x10"), true) && !decode(INSN("\x0f\x01\x30"), true) &&
		       !decode(INSN("\x0f\x00\x18"), true),
	       "lgdt, lmsw, ltr");
	result(!decode(INSN("\xf0\x0f\x01\x08"), true), "with LOCK");
	result(decode(INSN(whole), true), "a long one");
	for (unsigned int n = 0; n < sizeof(whole) - 1; n++)
		cut = cut && !decode(whole, n, true);
	result(cut, "and not when any byte of it is missing");
	result(!decode(INSN("\x66\x66\x66\x66\x66\x66\x66\x66\x66\x66\x66\x66\x66\x0f\x01\x08"),
		       true),
	       "sixteen bytes");
	result(decode(INSN("\x0f\x01\x0d\x10\x00\x00\x00"), false) && out.offset == 0x10,
	       "32-bit code: no address relative to RIP");
	result(!decode(INSN("\x41\x0f\x01\x08"), false), "32-bit code: no REX");
	result(!decode(INSN("\x67\x0f\x01\x08"), false), "32-bit code: no addresses of 16 bits");
}

/* Half of the inputs have the two bytes of the opcode behind as many random prefixes. */
static void random_bytes(void)
{
	static const uint8_t prefixes[] = {0x66, 0x67, 0x64, 0x65, 0x2e, 0x41, 0x48, 0x4f};
	unsigned int seen = 0;
	bool good = true;

	srand(7);
	for (unsigned int round = 0; round < 300000 && good; round++) {
		unsigned int n = (unsigned int)rand() % 18, at = 0;
		char bytes[18];

		for (unsigned int i = 0; i < n; i++)
			bytes[i] = (char)rand();
		while (round % 2 && at + 2 < n && rand() % 3)
			bytes[at++] = (char)prefixes[(unsigned int)rand() % sizeof(prefixes)];
		if (round % 2 && at + 2 < n) {
			bytes[at] = 0x0f;
			bytes[at + 1] = (char)(rand() % 2);
		}
		if (!decode(bytes, n, round % 4 < 2))
			continue;
		seen++;
		good = out.length >= 3 && out.length <= n && out.length <= 15 && out.reg < 16 &&
		       (out.size == 2 || out.size == 4 || out.size == 8) &&
		       (out.memory || out.kind != UMIP_SIDT) &&
		       !decode(bytes, out.length - 1, round % 4 < 2);
	}
	result(good && seen > 1000,
	       "random bytes: never longer than what is there, and no byte of it could be missing");
}

int main(void)
{
	printf("1..28\n");
	forms();
	refusals();
	random_bytes();
	return tap_failures != 0;
}
