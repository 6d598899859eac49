/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What the CPU policy promises: FSGSBASE by CR4, the bases by instruction and by call, in both
 * modes; RDTSC of user mode by CR4.TSD; XCR0 and the sizes of leaf 0xd.
 */
#include "guest.h"

#define CR4_TSD		(1UL << 2)
#define CR4_FSGSBASE	(1UL << 16)
#define CR4_OSXSAVE	(1UL << 18)

#define MSR_FS_BASE	   0xc0000100u
#define MSR_GS_BASE	   0xc0000101u
#define MSR_KERNEL_GS_BASE 0xc0000102u

#define GS_OF_USER   0x0000123456789000UL
#define GS_OF_KERNEL 0xffffffff81234000UL

/* What user_blob (head.S) does for these values of rax. */
enum { USER_WRGSBASE = 6, USER_RDGSBASE = 7, USER_RDTSC = 8 };

struct leaf {
	uint32_t a, b, c, d;
};

static struct leaf cpuid(uint32_t leaf, uint32_t sub)
{
	struct leaf l;

	__asm__ volatile(XEN_EMULATE_PREFIX "cpuid"
			 : "=a"(l.a), "=b"(l.b), "=c"(l.c), "=d"(l.d)
			 : "a"(leaf), "c"(sub));
	return l;
}

static uint64_t rdmsr(uint32_t msr)
{
	uint32_t low, high;

	__asm__ volatile("rdmsr" : "=a"(low), "=d"(high) : "c"(msr));
	return (uint64_t)high << 32 | low;
}

static uint64_t read_cr4(void)
{
	uint64_t v;

	__asm__ volatile("mov %%cr4, %0" : "=r"(v));
	return v;
}

static void write_cr4(void *a) { __asm__ volatile("mov %0, %%cr4" ::"r"(a)); }
static void wrgsbase(void *a) { __asm__ volatile("wrgsbase %0" ::"r"(a)); }
static void wrfsbase(void *a) { __asm__ volatile("wrfsbase %0" ::"r"(a)); }

static void rdgsbase(void *a)
{
	__asm__ volatile("rdgsbase %0" : "=r"(*(uint64_t *)a));
}

static void rdtsc(void *a)
{
	(void)a;
	__asm__ volatile("rdtsc" ::: "eax", "edx");
}

static void xsetbv(void *a)
{
	__asm__ volatile("xsetbv" ::"a"((uint32_t)(uint64_t)a), "d"((uint64_t)a >> 32), "c"(0));
}

static int set_cr4(uint64_t v)
{
	return catch_trap(write_cr4, (void *)v);
}

static uint64_t gs_base(void)
{
	uint64_t v = 0;

	(void)catch_trap(rdgsbase, &v);
	return v;
}

static void by_instruction(uint64_t cr4)
{
	static uint64_t word = 0x55aa;
	uint64_t v;

	claim_is("RDGSBASE before CR4.FSGSBASE is no instruction", catch_trap(rdgsbase, &v), 6);
	claim_is("nor is WRGSBASE in user mode", user_run(USER_WRGSBASE, GS_OF_USER, 0x202), 6);
	claim_is("CR4.FSGSBASE is set", set_cr4(cr4 | CR4_FSGSBASE), -1);
	claim("and reads back", read_cr4() & CR4_FSGSBASE);
	claim_is("WRFSBASE", catch_trap(wrfsbase, &word), -1);
	claim_is("is what the MSR says", (long)rdmsr(MSR_FS_BASE), (long)&word);
	claim_is("WRGSBASE", catch_trap(wrgsbase, (void *)GS_OF_KERNEL), -1);
	claim_is("is what the MSR says", (long)rdmsr(MSR_GS_BASE), (long)GS_OF_KERNEL);
}

static void across_modes(void)
{
	const struct catch *c = &this_cpu()->catch;

	claim_is("WRGSBASE in user mode", user_run(USER_WRGSBASE, GS_OF_USER, 0x202),
		 TRAP_SYSCALL);
	claim_is("is the user base that the kernel reads", (long)rdmsr(MSR_KERNEL_GS_BASE),
		 (long)GS_OF_USER);
	claim_is("and the kernel's stayed", (long)gs_base(), (long)GS_OF_KERNEL);
	(void)HC1(sched_op, SCHEDOP_yield);
	claim_is("user mode finds its base", user_run(USER_RDGSBASE, 0, 0x202), TRAP_SYSCALL);
	claim_is("as it was", (long)c->regs.rax, (long)GS_OF_USER);
	claim_is("the call sets user mode's base",
		 HC2(set_segment_base, SEGBASE_GS_USER, GS_OF_USER + PAGE_SIZE), 0);
	claim_is("which RDGSBASE", user_run(USER_RDGSBASE, 0, 0x202), TRAP_SYSCALL);
	claim_is("finds there", (long)c->regs.rax, (long)(GS_OF_USER + PAGE_SIZE));
	claim_is("the call sets the kernel's base",
		 HC2(set_segment_base, SEGBASE_GS_KERNEL, GS_OF_KERNEL + PAGE_SIZE), 0);
	claim_is("which RDGSBASE finds", (long)gs_base(), (long)(GS_OF_KERNEL + PAGE_SIZE));
}

static void bases(void)
{
	uint64_t cr4 = read_cr4() & ~CR4_FSGSBASE, v;

	if (!(cpuid(7, 0).b & 1)) {
		claim("CR4 does not take FSGSBASE without the feature",
		      set_cr4(cr4 | CR4_FSGSBASE) != -1 || !(read_cr4() & CR4_FSGSBASE));
		return;
	}
	by_instruction(cr4);
	across_modes();
	claim_is("CR4.FSGSBASE is cleared", set_cr4(cr4), -1);
	claim_is("and RDGSBASE is no instruction", catch_trap(rdgsbase, &v), 6);
	claim_is("in user mode either", user_run(USER_RDGSBASE, 0, 0x202), 6);
}

static void time_stamps(void)
{
	uint64_t cr4 = read_cr4();

	claim_is("RDTSC in user mode", user_run(USER_RDTSC, 0, 0x202), TRAP_SYSCALL);
	claim_is("CR4.TSD is set", set_cr4(cr4 | CR4_TSD), -1);
	claim_is("so RDTSC faults there", user_run(USER_RDTSC, 0, 0x202), 13);
	claim_is("and not in the kernel", catch_trap(rdtsc, NULL), -1);
	claim_is("CR4.TSD is cleared", set_cr4(cr4 & ~CR4_TSD), -1);
	claim_is("and RDTSC is allowed", user_run(USER_RDTSC, 0, 0x202), TRAP_SYSCALL);
}

static void states(void)
{
	struct leaf l = cpuid(0xd, 0);
	uint64_t cr4 = read_cr4();

	if (!(cpuid(1, 0).c >> 26 & 1)) {
		claim("without XSAVE there are no states", !l.a);
		return;
	}
	claim_is("CR4.OSXSAVE is set", set_cr4(cr4 | CR4_OSXSAVE), -1);
	claim_is("XCR0 of x87 and SSE", catch_trap(xsetbv, (void *)3), -1);
	claim_is("needs 576 bytes", cpuid(0xd, 0).b, 576);
	claim_is("XCR0 of all that leaf 0xd has", catch_trap(xsetbv, (void *)(uint64_t)l.a), -1);
	claim_is("needs the largest size", cpuid(0xd, 0).b, cpuid(0xd, 0).c);
	claim_is("XCR0 without x87", catch_trap(xsetbv, (void *)2), 13);
	claim_is("XCR0 with what leaf 0xd lacks", catch_trap(xsetbv, (void *)(3UL | 1UL << 9)), 13);
	claim_is("XCR0 with AVX but no SSE", catch_trap(xsetbv, (void *)5), 13);
	(void)catch_trap(xsetbv, (void *)3);
}

void group_cpu(void)
{
	user_init();
	bases();
	time_stamps();
	states();
}
