/* SPDX-License-Identifier: GPL-2.0-only */
/* Single instructions: MSRs, control registers, CPUID. Only for x86/, boot/ and trap/. */
#ifndef ARCH_MSR_H
#define ARCH_MSR_H

#include <hv/types.h>

#define MSR_APIC_BASE		0x1b
#define MSR_PLATFORM_INFO	0xce
#define PLATFORM_INFO_FAULTING	BIT64(31)	/* CPUID can be made to fault */
#define MSR_MISC_FEATURES	0x140
#define MISC_FEATURES_FAULTING	BIT64(0)	/* and does, outside of ring 0 */
#define MSR_PAT			0x277
#define MSR_EFER		0xc0000080
#define MSR_STAR		0xc0000081
#define MSR_LSTAR		0xc0000082
#define MSR_CSTAR		0xc0000083
#define MSR_SFMASK		0xc0000084
#define MSR_SYSENTER_CS		0x174
#define MSR_FS_BASE		0xc0000100
#define MSR_GS_BASE		0xc0000101
#define MSR_KERNEL_GS_BASE	0xc0000102

/* ABI.md 6.5: the guest derives its tables from this value. */
#define PAT_VALUE		UINT64_C(0x050100070406)

#define CR4_TSD		BIT64(2)
#define CR4_DE		BIT64(3)
#define CR4_PAE		BIT64(5)
#define CR4_MCE		BIT64(6)
#define CR4_PGE		BIT64(7)
#define CR4_OSFXSR	BIT64(9)
#define CR4_OSXMMEXCPT	BIT64(10)
#define CR4_UMIP	BIT64(11)
#define CR4_FSGSBASE	BIT64(16)
#define CR4_OSXSAVE	BIT64(18)
#define CR4_SMEP	BIT64(20)
#define CR4_SMAP	BIT64(21)

static inline uint64_t rdmsr(uint32_t msr)
{
	uint32_t lo, hi;

	__asm__ volatile("rdmsr" : "=a"(lo), "=d"(hi) : "c"(msr));
	return (uint64_t)hi << 32 | lo;
}

static inline void wrmsr(uint32_t msr, uint64_t v)
{
	__asm__ volatile("wrmsr" ::"a"((uint32_t)v), "d"((uint32_t)(v >> 32)), "c"(msr) : "memory");
}

static inline uint64_t read_cr0(void)
{
	uint64_t v;

	__asm__ volatile("mov %%cr0, %0" : "=r"(v));
	return v;
}

static inline void write_cr0(uint64_t v)
{
	__asm__ volatile("mov %0, %%cr0" :: "r"(v) : "memory");
}

static inline uint64_t read_cr2(void)
{
	uint64_t v;

	__asm__ volatile("mov %%cr2, %0" : "=r"(v));
	return v;
}

static inline uint64_t read_cr3(void)
{
	uint64_t v;

	__asm__ volatile("mov %%cr3, %0" : "=r"(v));
	return v;
}

static inline void write_cr3(uint64_t v)
{
	__asm__ volatile("mov %0, %%cr3" :: "r"(v) : "memory");
}

static inline uint64_t read_cr4(void)
{
	uint64_t v;

	__asm__ volatile("mov %%cr4, %0" : "=r"(v));
	return v;
}

static inline void write_cr4(uint64_t v)
{
	__asm__ volatile("mov %0, %%cr4" :: "r"(v) : "memory");
}

static inline void cpuid(uint32_t leaf, uint32_t sub, uint32_t *a, uint32_t *b, uint32_t *c,
			 uint32_t *d)
{
	__asm__ volatile("cpuid" : "=a"(*a), "=b"(*b), "=c"(*c), "=d"(*d) : "a"(leaf), "c"(sub));
}

static inline void invlpg(uint64_t va)
{
	__asm__ volatile("invlpg (%0)" :: "r"(va) : "memory");
}

static inline void swapgs(void)
{
	__asm__ volatile("swapgs" ::: "memory");
}

static inline void xsetbv(uint32_t index, uint64_t v)
{
	__asm__ volatile("xsetbv" :: "a"((uint32_t)v), "d"((uint32_t)(v >> 32)), "c"(index));
}

static inline uint64_t xgetbv(uint32_t index)
{
	uint32_t lo, hi;

	__asm__ volatile("xgetbv" : "=a"(lo), "=d"(hi) : "c"(index));
	return (uint64_t)hi << 32 | lo;
}

/* Access rights of a selector's descriptor, as LAR gives them; 0: there is no such descriptor. */
static inline uint32_t selector_rights(uint16_t sel)
{
	uint32_t rights = 0;

	__asm__("lar %1, %0" : "+r"(rights) : "r"((uint32_t)sel) : "cc");
	return rights;
}

static inline bool canonical(uint64_t va)
{
	return (int64_t)(va << 16) >> 16 == (int64_t)va;
}

#endif
