/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The decoder of accesses to memory that is not there. Claim: the MOVs that kernels use for
 * registers are understood in code of each size, with their length; all else is refused, and no
 * bytes make the decoder read beyond them.
 */
/* sources: hypervisor/hvm/mmio.c hypervisor/trap/decode.c hypervisor/trap/insn_bytes.c */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <hv/errno.h>
#include <hv/hvm/container.h>
#include <hv/hvm/exit.h>
#include <hv/hvm/mmio.h>
#include <hv/hvm/platform.h>
#include <hv/percpu.h>
#include <hv/time/clock.h>

_Thread_local struct cpu_info hosted_cpu_info;
static struct hvm_domain hvm;
static struct hvm_vcpu hvcpu;
static struct domain dom = {.id = 7, .hvm = &hvm};
static struct vcpu vcpu = {.domain = &dom, .is_hvm = 1, .hvm = &hvcpu};
static unsigned int failures, count, crashes, lapic_writes, faults;
static bool read_only;
static uint32_t lapic_value, ioapic_value;
static struct hvm_platform platform;
static uint8_t code[32];
static mfn_t present = {~0UL};

static void result(bool good, const char *claim)
{
	printf("%sok %u - %s\n", good ? "" : "not ", ++count, claim);
	failures += !good;
}

uint64_t now_ns(void)
{
	return 0;
}

void domain_crash(struct domain *d, const char *fmt, ...)
{
	(void)d, (void)fmt;
	crashes++;
}

bool vlapic_read(const struct vlapic *l, uint32_t offset, uint64_t now, uint32_t *value)
{
	(void)l, (void)now;
	*value = 0x10000000 + offset;
	return true;
}

bool hvm_lapic_write(struct vcpu *v, uint32_t offset, uint32_t value)
{
	(void)v;
	lapic_writes++;
	lapic_value = value ^ offset << 16;
	return true;
}

int hvm_copy_from(void *dst, gaddr_t src, size_t size)
{
	if (src + size > 0x1000 + sizeof(code))
		return -EFAULT;
	memcpy(dst, code + (src - 0x1000), size);
	return 0;
}

bool p2m_read_only(const struct p2m *p, uint64_t gfn)
{
	(void)p, (void)gfn;
	return read_only;
}

uint32_t hvm_platform_ioapic_read(struct hvm_platform *p, uint32_t offset)
{
	(void)p;
	return 0x100 + offset;
}

void hvm_platform_ioapic_write(struct hvm_platform *p, uint32_t offset, uint32_t value)
{
	(void)p;
	ioapic_value = value ^ offset << 16;
}

void hvm_gp(struct vcpu *v)
{
	(void)v;
	faults++;
}

static mfn_t frame_of(const struct domain *d, uint64_t gfn)
{
	(void)d, (void)gfn;
	return present;
}

static void mode(const struct vcpu *v, struct hvm_mode *m)
{
	(void)v;
	*m = (struct hvm_mode){.long_mode = true, .code_size = 8};
}

static const struct hvm_hooks hooks = {.frame_of = frame_of};
static const struct hvm_container container = {.mode = mode};

struct sample {
	const char *bytes;
	uint8_t n, mode, size, reg, wide;
	bool write, immediate;
	uint64_t value;
};

static const struct sample samples[] = {
	{"\x8b\x00", 2, 8, 4, 0, 4, false, false, 0},			    /* mov (%rax),%eax */
	{"\x8b\x80\x00\xd0\x57\xff", 6, 8, 4, 0, 4, false, false, 0},	    /* disp32 */
	{"\x44\x8b\x0c\x25\x20\xd0\x5f\xff", 8, 8, 4, 9, 4, false, false, 0}, /* absolute, r9d */
	{"\x89\x3d\x01\x02\x03\x04", 6, 8, 4, 7, 4, true, false, 0},	    /* RIP-relative */
	{"\x48\x89\x51\x08", 4, 8, 8, 2, 8, true, false, 0},		    /* 64 bits */
	{"\x66\x8b\x18", 3, 8, 2, 3, 2, false, false, 0},		    /* 16 bits */
	{"\x88\x21", 2, 8, 1, 4, 4, true, false, 0},			    /* AH */
	{"\xc7\x40\x10\x78\x56\x34\x12", 7, 8, 4, 0, 4, true, true, 0x12345678},
	{"\x48\xc7\x00\xff\xff\xff\xff", 7, 8, 8, 0, 8, true, true, ~0UL},
	{"\x66\xc7\x00\x34\x12", 5, 4, 2, 0, 2, true, true, 0x1234},
	{"\xc6\x00\x7f", 3, 4, 1, 0, 4, true, true, 0x7f},
	{"\x0f\xb6\x08", 3, 8, 1, 1, 4, false, false, 0},   /* movzbl */
	{"\x48\x0f\xbf\x08", 4, 8, 2, 1, 8, false, false, 0}, /* movswq */
	{"\x8b\x46\x04", 3, 2, 2, 0, 2, false, false, 0},   /* 16-bit code: mov 4(%bp),%ax */
	{"\x8b\x1e\x34\x12", 4, 2, 2, 3, 2, false, false, 0}, /* 16-bit code: absolute */
	{"\x67\x66\x8b\x04\x24", 5, 2, 4, 0, 4, false, false, 0}, /* the same with both prefixes */
	{"\x65\x8b\x00", 3, 8, 4, 0, 4, false, false, 0},   /* a segment prefix */
	{"\xa1\x00\x00\xe0\xfe\x00\x00\x00\x00", 9, 8, 4, 0, 4, false, false, 0}, /* direct */
	{"\x67\xa3\x20\x00\xe0\xfe", 6, 8, 4, 0, 4, true, false, 0}, /* 32-bit address */
	{"\xa0\x00\x00\xe0\xfe", 5, 4, 1, 0, 4, false, false, 0},
	{"\xa2\x34\x12", 3, 2, 1, 0, 2, true, false, 0},
	{"\x66\x81\x3d\x02\x00\xd0\xfe\x86\x80", 9, 4, 2, 7, 2, false, true, 0x8086}, /* cmpw */
	{"\x83\x38\xff", 3, 4, 4, 7, 4, false, true, ~0UL},  /* cmpl $-1 */
	{"\x80\x38\x80", 3, 4, 1, 7, 4, false, true, 0x80},
	{"\x48\x3b\x08", 3, 8, 8, 1, 8, false, false, 0},    /* cmp (%rax),%rcx */
	{"\xf7\x00\x01\x00\x00\x80", 6, 4, 4, 0, 4, false, true, 0x80000001},
	{"\x84\x18", 2, 4, 1, 3, 4, false, false, 0},
};

static void test_decode(void)
{
	struct mmio_insn i;
	bool good = true, shorter = true;

	for (unsigned int k = 0; k < ARRAY_SIZE(samples); k++) {
		const struct sample *s = &samples[k];
		bool right = mmio_decode((const uint8_t *)s->bytes, s->n, s->mode, &i) &&
			     i.length == s->n && i.size == s->size && i.reg == s->reg &&
			     i.wide == s->wide && i.write == s->write &&
			     i.immediate == s->immediate && (!s->immediate || i.value == s->value);

		if (!right)
			printf("# sample %u: length %u size %u reg %u wide %u\n", k, i.length,
			       i.size, i.reg, i.wide);
		good &= right;
		for (unsigned int n = 0; n < s->n; n++)
			shorter &= !mmio_decode((const uint8_t *)s->bytes, n, s->mode, &i);
	}
	result(good, "MOV, MOVZX, MOVSX, CMP and TEST, with all kinds of addresses");
	result(shorter, "none of them is complete with a byte less");
	result(!mmio_decode((const uint8_t *)"\x8b\xc0", 2, 8, &i) &&
		       !mmio_decode((const uint8_t *)"\x01\x00", 2, 8, &i) &&
		       !mmio_decode((const uint8_t *)"\xc7\x48\x00\x00\x00\x00\x00", 7, 8, &i) &&
		       !mmio_decode((const uint8_t *)"\xa5", 1, 8, &i) &&
		       !mmio_decode((const uint8_t *)"\x83\x00\x01", 3, 8, &i) &&
		       !mmio_decode((const uint8_t *)"\xf7\x18", 2, 8, &i) &&
		       !mmio_decode((const uint8_t *)"\xf0\x89\x00", 3, 8, &i),
	       "registers, arithmetic, strings and locks are refused");
}

static void test_carry_out(void)
{
	dom.hvm->hooks = &hooks;
	dom.hvm->container = &container;
	hosted_cpu_info.vcpu = &vcpu;
	hvcpu.lapic.base = APIC_ADDRESS | APIC_BASE_ON;
	vcpu.arch.regs.rip = 0x1000;
	memcpy(code, "\x8b\x00", 2);
	hvm_exit_npf(&vcpu, APIC_ADDRESS + 0x30, false, false);
	result(vcpu.arch.regs.rax == 0x10000030 && vcpu.arch.regs.rip == 0x1002,
	       "a register of the APIC is read");
	memcpy(code, "\x89\x08", 2);
	vcpu.arch.regs.rip = 0x1000;
	vcpu.arch.regs.rcx = 0x1234;
	hvm_exit_npf(&vcpu, APIC_ADDRESS + 0xb0, true, false);
	result(lapic_writes == 1 && lapic_value == (0x1234 ^ 0xb00000), "and written");
	vcpu.arch.regs.rip = 0x1000;
	hvm_exit_npf(&vcpu, 0xfed00000, true, false);
	memcpy(code, "\x8b\x00", 2);
	vcpu.arch.regs.rip = 0x1000;
	hvm_exit_npf(&vcpu, 0xfed00000, false, false);
	result(lapic_writes == 1 && vcpu.arch.regs.rax == 0xffffffff && !crashes,
	       "a hole swallows writes and reads as ones");
	vcpu.arch.regs.rip = 0x1000;
	hvm_exit_npf(&vcpu, VIOAPIC_ADDRESS, false, false);
	bool hole = vcpu.arch.regs.rax == 0xffffffff;

	hvm.platform = &platform;
	vcpu.arch.regs.rip = 0x1000;
	hvm_exit_npf(&vcpu, VIOAPIC_ADDRESS + 0x10, false, false);
	result(hole && vcpu.arch.regs.rax == 0x110, "the I/O APIC is read, where there is one");
	memcpy(code, "\x89\x08", 2);
	vcpu.arch.regs.rip = 0x1000;
	hvm_exit_npf(&vcpu, VIOAPIC_ADDRESS + 0x10, true, false);
	memcpy(code, "\x66\x89\x08", 3);
	vcpu.arch.regs.rip = 0x1000;
	hvm_exit_npf(&vcpu, VIOAPIC_ADDRESS, true, false);
	result(ioapic_value == (0x1234 ^ 0x100000), "and written, 32 bits at a time");
	hvm.platform = NULL;
	memcpy(code, "\x8b\x00", 2);
	hvcpu.lapic.base |= APIC_BASE_X2;
	vcpu.arch.regs.rip = 0x1000;
	hvm_exit_npf(&vcpu, APIC_ADDRESS + 0x20, false, false);
	result(vcpu.arch.regs.rax == 0xffffffff && !crashes,
	       "so does the APIC's page in x2APIC mode");
	present = mfn(5);
	vcpu.arch.regs.rip = 0x1000;
	hvm_exit_npf(&vcpu, 0x5000, false, false);
	result(vcpu.arch.regs.rip == 0x1000 && !crashes, "what came meanwhile is tried again");
	read_only = true;
	hvm_exit_npf(&vcpu, 0x5000, true, false);
	result(vcpu.arch.regs.rip == 0x1000 && !crashes && faults == 1,
	       "a write where it may only read is a fault of the guest's");
	hvm_exit_npf(&vcpu, 0x5000, false, false);
	result(faults == 1 && !crashes, "a read there is none");
	read_only = false;
	present = MFN_NONE;
	memcpy(code, "\x01\x00", 2);
	hvm_exit_npf(&vcpu, 0x5000, true, false);
	result(crashes == 1, "another instruction is the domain's end");
	memcpy(code, "\x8b\x00", 2);
	hvm_exit_npf(&vcpu, 0x5000, true, false);
	result(crashes == 2, "and so is one that is not the access it was about");
	vcpu.arch.regs.rip = 0x1000 + sizeof(code);
	hvm_exit_npf(&vcpu, 0x5000, false, false);
	hvm_exit_npf(&vcpu, 0x5000, false, true);
	result(crashes == 4, "and code where no memory is");
}

/* Flags as this processor makes them. */
static uint64_t native(unsigned int size, bool test, uint64_t a, uint64_t b)
{
	uint64_t flags;

#define NATIVE(op, suffix, cast)                                                                  \
	__asm__ volatile(op suffix " %2, %1; pushfq; pop %0" : "=r"(flags)                        \
			 : "q"((cast)a), "q"((cast)b) : "cc", "memory")
	switch (size + test) {
	case 1: NATIVE("cmp", "b", uint8_t); break;
	case 2: NATIVE("cmp", "w", uint16_t); break;
	case 4: NATIVE("cmp", "l", uint32_t); break;
	case 8: NATIVE("cmp", "q", uint64_t); break;
	default: NATIVE("test", "q", uint64_t); break;
	}
	return flags & 0x8d5;
}

static void test_flags(void)
{
	static const char insn[][4] = {"\x3a\x08", "\x66\x3b\x08", "\x3b\x08", "\x48\x3b\x08",
				       "\x48\x85\x08"};
	static const uint8_t size[] = {1, 2, 4, 8, 8};
	bool good = true;

	srand(5);
	present = MFN_NONE;
	hvm.platform = &platform;
	for (unsigned int k = 0; k < 200000; k++) {
		unsigned int n = (unsigned int)rand() % 5;
		uint64_t b = 0x100 + ((uint64_t)rand() & 0xffc), a = b + (uint64_t)(rand() % 5) - 2;

		if (rand() % 2)
			a ^= (uint64_t)rand() << 33 ^ (uint64_t)rand() << 8;
		memcpy(code, insn[n], 4);
		vcpu.arch.regs.rip = 0x1000;
		vcpu.arch.regs.rcx = a;
		vcpu.arch.regs.rflags = 0x246;
		hvm_exit_npf(&vcpu, VIOAPIC_ADDRESS + b - 0x100, false, false);
		uint64_t want = native(size[n], n == 4, a, b), mask = n == 4 ? 0x8c5 : 0x8d5;

		good &= (vcpu.arch.regs.rflags & mask) == (want & mask) &&
			(vcpu.arch.regs.rflags & ~UINT64_C(0x8d5)) == 0x202 &&
			vcpu.arch.regs.rcx == a;
	}
	hvm.platform = NULL;
	result(good, "a comparison sets the flags that the processor would set");
}

static void test_random(void)
{
	static const char likely_bytes[] = "\x8b\x89\xc7\x0f\xb6\x66\x67\x48";
	struct mmio_insn i;
	bool good = true;

	srand(3);
	for (unsigned int k = 0; k < 2000000; k++) {
		unsigned int n = (unsigned int)rand() % 18, m = 2u << rand() % 3;
		uint8_t *bytes = malloc(n + 1);

		for (unsigned int b = 0; b < n; b++)
			bytes[b] = rand() % 4 ? (uint8_t)rand() : (uint8_t)likely_bytes[rand() % 8];
		if (mmio_decode(bytes + 0, n, m, &i))
			good &= i.length && i.length <= n && i.length <= 15;
		free(bytes);
	}
	result(good, "two million random sequences");
}

int main(void)
{
	test_decode();
	test_carry_out();
	test_flags();
	test_random();
	printf("1..%u\n", count);
	return failures != 0;
}
