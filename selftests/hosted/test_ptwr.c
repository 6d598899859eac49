/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Emulated writes to page tables. Claims: the decoded length is right, and the effect on memory,
 * registers and flags is that of the CPU on which the test runs. An instruction that is no plain
 * write of a page-table entry is left to the guest.
 */
/* sources: hypervisor/mm/ptwr_decode.c hypervisor/trap/insn_bytes.c */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#include <hv/mm/ptwr.h>

static unsigned int number, failures;

static void result(bool good, const char *claim)
{
	printf("%sok %u - %s\n", good ? "" : "not ", ++number, claim);
	failures += !good;
}

#define B(...) {__VA_ARGS__}, sizeof((uint8_t[]){__VA_ARGS__})

/* All of these write to (%rdi). */
static const struct sample {
	const char *text;
	uint8_t code[12];
	unsigned int n;
	enum ptwr_kind kind;
	unsigned int size;
} samples[] = {
	{"xchg %rax,(%rdi)", B(0x48, 0x87, 0x07), PTWR_XCHG, 8},
	{"xchg %rcx,(%rdi)", B(0x48, 0x87, 0x0f), PTWR_XCHG, 8},
	{"lock xchg %edx,(%rdi)", B(0xf0, 0x87, 0x17), PTWR_XCHG, 4},
	{"xchg %bh,(%rdi)", B(0x86, 0x3f), PTWR_XCHG, 1},
	{"xchg %bl,(%rdi)", B(0x86, 0x1f), PTWR_XCHG, 1},
	{"mov %rax,(%rdi)", B(0x48, 0x89, 0x07), PTWR_MOV, 8},
	{"mov %ecx,(%rdi)", B(0x89, 0x0f), PTWR_MOV, 4},
	{"mov %cx,(%rdi)", B(0x66, 0x89, 0x0f), PTWR_MOV, 2},
	{"mov %ah,(%rdi)", B(0x88, 0x27), PTWR_MOV, 1},
	{"movq $-2,(%rdi)", B(0x48, 0xc7, 0x07, 0xfe, 0xff, 0xff, 0xff), PTWR_MOV, 8},
	{"movl $0x80000001,(%rdi)", B(0xc7, 0x07, 0x01, 0x00, 0x00, 0x80), PTWR_MOV, 4},
	{"movw $0x1234,(%rdi)", B(0x66, 0xc7, 0x07, 0x34, 0x12), PTWR_MOV, 2},
	{"movb $0x7f,(%rdi)", B(0xc6, 0x07, 0x7f), PTWR_MOV, 1},
	{"lock andb $0xfd,(%rdi)", B(0xf0, 0x80, 0x27, 0xfd), PTWR_AND, 1},
	{"lock andb $0xdf,(%rdi)", B(0xf0, 0x80, 0x27, 0xdf), PTWR_AND, 1},
	{"lock andq $-3,(%rdi)", B(0xf0, 0x48, 0x83, 0x27, 0xfd), PTWR_AND, 8},
	{"lock andl $0x7fffffff,(%rdi)", B(0xf0, 0x81, 0x27, 0xff, 0xff, 0xff, 0x7f), PTWR_AND, 4},
	{"lock orb $2,(%rdi)", B(0xf0, 0x80, 0x0f, 0x02), PTWR_OR, 1},
	{"lock orw $-128,(%rdi)", B(0xf0, 0x66, 0x83, 0x0f, 0x80), PTWR_OR, 2},
	{"xorq $0x12345678,(%rdi)", B(0x48, 0x81, 0x37, 0x78, 0x56, 0x34, 0x12), PTWR_XOR, 8},
	{"lock and %rdx,(%rdi)", B(0xf0, 0x48, 0x21, 0x17), PTWR_AND, 8},
	{"lock or %ecx,(%rdi)", B(0xf0, 0x09, 0x0f), PTWR_OR, 4},
	{"xor %al,(%rdi)", B(0x30, 0x07), PTWR_XOR, 1},
	{"lock cmpxchg %rcx,(%rdi)", B(0xf0, 0x48, 0x0f, 0xb1, 0x0f), PTWR_CMPXCHG, 8},
	{"lock cmpxchg %ecx,(%rdi)", B(0xf0, 0x0f, 0xb1, 0x0f), PTWR_CMPXCHG, 4},
	{"lock cmpxchg %cl,(%rdi)", B(0xf0, 0x0f, 0xb0, 0x0f), PTWR_CMPXCHG, 1},
	{"lock btrl $1,(%rdi)", B(0xf0, 0x0f, 0xba, 0x37, 0x01), PTWR_BTR, 4},
	{"lock btsq $63,(%rdi)", B(0xf0, 0x48, 0x0f, 0xba, 0x2f, 0x3f), PTWR_BTS, 8},
	{"btcw $9,(%rdi)", B(0x66, 0x0f, 0xba, 0x3f, 0x09), PTWR_BTC, 2},
};

/* Run the bytes on this CPU. */
static void run_native(const struct sample *s, struct regs *r, uint64_t *value)
{
	static uint8_t *page;
	uint64_t flags = r->rflags, rax = r->rax, rcx = r->rcx, rdx = r->rdx, rbx = r->rbx;

	if (!page) {
		page = mmap(NULL, 4096, PROT_READ | PROT_WRITE | PROT_EXEC,
			    MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
		if (page == MAP_FAILED)
			abort();
	}
	memcpy(page, s->code, s->n);
	page[s->n] = 0xc3;
	/* Below the red zone, because the call pushes. */
	__asm__ volatile("sub $256, %%rsp\n\t"
			 "push %[flags]\n\t"
			 "popfq\n\t"
			 "call *%[page]\n\t"
			 "pushfq\n\t"
			 "pop %[flags]\n\t"
			 "lea 256(%%rsp), %%rsp\n\t"
			 : [flags] "+&r"(flags), "+a"(rax), "+c"(rcx), "+d"(rdx), "+b"(rbx)
			 : "D"(value), [page] "r"(page)
			 : "memory", "cc");
	r->rflags = flags;
	r->rax = rax;
	r->rcx = rcx;
	r->rdx = rdx;
	r->rbx = rbx;
}

static uint64_t any(void)
{
	uint64_t v = (uint64_t)rand() << 42 ^ (uint64_t)rand() << 21 ^ (uint64_t)rand();

	switch (rand() % 6) {
	case 0: return 0;
	case 1: return v & 0xff;
	case 2: return ~(v & 0xff);
	default: return v;
	}
}

/* AF after a logical operation is the CPU's own choice. */
#define DEFINED_FLAGS(k) ((k) >= PTWR_BTS ? 1UL : (k) == PTWR_CMPXCHG ? 0x8d5UL : 0x8c5UL)

static bool one_native(const struct sample *s)
{
	struct ptwr_insn insn;
	unsigned int i;

	if (!ptwr_decode(s->code, s->n, &insn) || insn.length != s->n || insn.size != s->size ||
	    insn.kind != s->kind)
		return false;
	for (i = 0; i < 2000; i++) {
		struct regs a = {.rax = any(),
				 .rcx = any(),
				 .rdx = any(),
				 .rbx = any(),
				 .rflags = 0x202},
			    b;
		uint64_t was = any(), va = was, vb = was,
			 mask = s->size == 8 ? ~0UL : (1UL << 8 * s->size) - 1, part;
		bool wrote;

		if (rand() % 3 == 0)
			a.rax = was;
		b = a;
		run_native(s, &a, &va);
		part = vb & mask;
		wrote = ptwr_execute(&insn, &b, &part);
		if (wrote)
			vb = (vb & ~mask) | (part & mask);
		if (va != vb || a.rax != b.rax || a.rcx != b.rcx || a.rdx != b.rdx ||
		    a.rbx != b.rbx)
			return false;
		if (s->kind != PTWR_MOV && s->kind != PTWR_XCHG &&
		    ((a.rflags ^ b.rflags) & DEFINED_FLAGS(s->kind)))
			return false;
	}
	return true;
}

static void test_native(void)
{
	unsigned int i;

	for (i = 0; i < sizeof(samples) / sizeof(samples[0]); i++)
		result(one_native(&samples[i]), samples[i].text);
}

static bool length_is(const uint8_t *code, unsigned int n, unsigned int reg)
{
	struct ptwr_insn insn;
	unsigned int k;

	for (k = 0; k < n; k++)
		if (ptwr_decode(code, k, &insn))
			return false;
	return ptwr_decode(code, n, &insn) && insn.length == n && insn.reg == reg;
}

#define LENGTH(reg, ...) length_is((uint8_t[]){__VA_ARGS__}, sizeof((uint8_t[]){__VA_ARGS__}), reg)
#define REFUSED(...)     (!ptwr_decode((uint8_t[15]){__VA_ARGS__}, 15, &insn))

static void test_shapes(void)
{
	struct ptwr_insn insn;

	result(LENGTH(0, 0x48, 0x87, 0x47, 0x08) &&                /* xchg %rax,8(%rdi) */
		       LENGTH(15, 0x4c, 0x87, 0xbf, 1, 2, 3, 4) && /* xchg %r15,disp32(%rdi) */
		       LENGTH(9, 0x4c, 0x89, 0x0c, 0xc7) &&        /* mov %r9,(%rdi,%rax,8) */
		       LENGTH(1, 0x48, 0x89, 0x0c, 0xcd, 1, 2, 3,
			      4) &&                               /* mov %rcx,disp32(,%rcx,8) */
		       LENGTH(2, 0x48, 0x89, 0x15, 1, 2, 3, 4) && /* mov %rdx,disp32(%rip) */
		       LENGTH(3, 0x48, 0x89, 0x5c, 0x24, 0x10) && /* mov %rbx,16(%rsp) */
		       LENGTH(0, 0x48, 0xc7, 0x84, 0x24, 1, 2, 3, 4, 5, 6, 7, 8),
	       "every form of address has its length, and a cut one is not decoded");
	result(LENGTH(4, 0x40, 0x86, 0x27) && LENGTH(8, 0x44, 0x86, 0x07),
	       "a REX prefix makes byte registers new");
	result(LENGTH(0, 0x3e, 0x48, 0x87, 0x07) && LENGTH(0, 0x65, 0xf0, 0x80, 0x27, 1),
	       "segment prefixes are passed over");
	result(REFUSED(0x48, 0x87, 0xc1) && REFUSED(0x48, 0x8b, 0x07) &&
		       REFUSED(0x48, 0x01, 0x07) && REFUSED(0xaa) && REFUSED(0x48, 0xab) &&
		       REFUSED(0xf3, 0x48, 0xab) && REFUSED(0x0f, 0x0b) && REFUSED(0x80, 0x07, 1) &&
		       REFUSED(0x80, 0x3f, 1) && REFUSED(0x82, 0x27, 1) &&
		       REFUSED(0x0f, 0xba, 0x27, 1) && REFUSED(0xc7, 0x0f) &&
		       REFUSED(0x0f, 0xc7, 0x0f) && REFUSED(0xf0, 0x48, 0x89, 0x07) &&
		       REFUSED(0x67, 0x48, 0x87, 0x07) && REFUSED(0xff, 0x07),
	       "registers, reads, arithmetic and string instructions are the guest's business");
}

/* Any bytes: no read beyond them, no crash, a sane answer. */
static void test_random(void)
{
	unsigned long i, n, steps = getenv("STEPS") ? strtoul(getenv("STEPS"), NULL, 0) : 3000000,
			    decoded = 0;
	bool good = true;

	srand(3);
	for (i = 0; i < steps; i++) {
		uint8_t *code;
		struct ptwr_insn insn;
		struct regs r = {0};
		uint64_t value = any();

		n = (unsigned long)rand() % 16;
		code = malloc(n);
		for (unsigned long k = 0; k < n; k++)
			code[k] = (uint8_t)(rand() >> 5);
		if (n && rand() % 2)
			code[0] = (uint8_t[]){0xf0, 0x48, 0x87, 0x80, 0x0f, 0x66}[rand() % 6];
		if (ptwr_decode(code, (unsigned int)n, &insn)) {
			decoded++;
			good &= insn.length <= n && insn.reg < 16 &&
				(insn.size == 1 || insn.size == 2 || insn.size == 4 ||
				 insn.size == 8);
			ptwr_execute(&insn, &r, &value);
		}
		free(code);
	}
	printf("# seed 3, %lu strings, %lu decoded\n", steps, decoded);
	result(good && decoded > steps / 1000, "any bytes give a sane answer");
}

int main(void)
{
	printf("1..%zu\n", sizeof(samples) / sizeof(samples[0]) + 5);
	test_native();
	test_shapes();
	test_random();
	return failures != 0;
}
