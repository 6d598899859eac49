// SPDX-License-Identifier: GPL-2.0-only
/* What this CPU can do, and the registers that make it do so. */
#include <x86/cpu.h>
#include <arch/msr.h>
#include <hv/boot/options.h>
#include <hv/console/printk.h>
#include <hv/domain/vcpu.h>
#include <hv/lib/lib.h>
#include <hv/percpu.h>
#include <x86/entry.h>
#include <x86/fpu.h>
#include <x86/protection.h>

/* In memory.S and entry.S; link.lds gathers them. */
struct smap_site {
	uint8_t *insn;
	uint64_t last;	/* third byte of STAC or CLAC */
};
extern const struct smap_site smap_sites[], smap_sites_end[];

struct cpu_features cpu_features __ro_after_init;
unsigned int nr_cpus __ro_after_init;

#define RFLAGS_ARITH_IOPL \
	(RFLAGS_TF | RFLAGS_IF | RFLAGS_DF | RFLAGS_IOPL | RFLAGS_NT | RFLAGS_RF | RFLAGS_AC)

/* The extended states that we hand to guests: x87, SSE, AVX and AVX-512; no MPX, no PKRU. */
#define XCR0_WANTED UINT64_C(0xe7)

void host_cpuid(uint32_t leaf, uint32_t sub, struct cpuid_regs *out)
{
	cpuid(leaf, sub, &out->a, &out->b, &out->c, &out->d);
}

static void find_xsave(void)
{
	struct cpu_features *f = &cpu_features;
	uint32_t a, b, c, d;

	cpuid(1, 0, &a, &b, &c, &d);
	f->xsave = c >> 26 & 1;
	if (!f->xsave || f->max_leaf < 13) {
		f->xsave = false;
		return;
	}
	cpuid(13, 0, &a, &b, &c, &d);
	f->xcr0_mask = (a | (uint64_t)d << 32) & XCR0_WANTED;
	if ((f->xcr0_mask & 0xe0) != 0xe0)
		f->xcr0_mask &= ~UINT64_C(0xe0);
	write_cr4(read_cr4() | CR4_OSXSAVE);
	xsetbv(0, f->xcr0_mask);
	cpuid(13, 0, &a, &b, &c, &d);
	f->xsave_size = b;
	cpuid(13, 1, &a, &b, &c, &d);
	f->xsaveopt = a & 1;
}

/*
 * The copies for guests get their STAC and CLAC, and the ways in from a guest, which chooses AC,
 * their CLAC: in place of instructions of the same length that do nothing. Before image_protect(),
 * and before the first guest.
 */
static void smap_patch(void)
{
	for (const struct smap_site *s = smap_sites; s < smap_sites_end; s++) {
		s->insn[1] = 0x01;
		s->insn[2] = (uint8_t)s->last;
	}
}

#define MSR_AMD_HWCR		0xc0010015
#define HWCR_FAULT		BIT64(35)
#define E21A_USER_DISABLE	BIT64(17)

/* The register and its bit that make CPUID fault outside of ring 0. 0: there is none. */
static uint32_t faulting_msr(uint64_t *bit)
{
	uint32_t a = 0, b, c, d;
	uint64_t info;

	if (cpu_features.max_ext >= 0x80000021)
		cpuid(0x80000021, 0, &a, &b, &c, &d);
	if (a & E21A_USER_DISABLE) {
		*bit = HWCR_FAULT;
		return MSR_AMD_HWCR;
	}
	*bit = MISC_FEATURES_FAULTING;
	return !rdmsr_safe(MSR_PLATFORM_INFO, &info) && (info & PLATFORM_INFO_FAULTING)
		       ? MSR_MISC_FEATURES
		       : 0;
}

/* False: CPUID does not fault here. */
static bool start_faulting(void)
{
	uint64_t bit, old;
	uint32_t msr = faulting_msr(&bit);

	return msr && !rdmsr_safe(msr, &old) && !wrmsr_safe(msr, old | bit);
}

static const char *state_text(bool on, bool there)
{
	return on ? "on" : there ? "off by option" : "not in this CPU";
}

static void find_protection(void)
{
	struct cpu_features *f = &cpu_features;
	uint32_t a, b = 0, c = 0, d;
	bool smep, smap;

	if (f->max_leaf >= 7)
		cpuid(7, 0, &a, &b, &c, &d);
	smep = b >> 7 & 1;
	smap = b >> 20 & 1;
	f->umip = c >> 2 & 1;
	f->smep = smep && options.smep;
	f->smap = smap && options.smap;
	if (f->smap)
		smap_patch();
	log_info("protection: SMEP %s, SMAP %s, UMIP %s\n", state_text(f->smep, smep),
		 state_text(f->smap, smap), state_text(f->umip, f->umip));
}

void cpu_drop_avx(void)
{
	struct cpu_features *f = &cpu_features;
	uint32_t a, b, c, d;

	if (!f->xsave)
		return;
	f->xcr0_mask &= 3;
	xsetbv(0, f->xcr0_mask);
	cpuid(13, 0, &a, &b, &c, &d);
	f->xsave_size = b;
}

void cpu_init_boot(void)
{
	struct cpu_features *f = &cpu_features;
	uint32_t a, b, c, d, vendor[3], ebx8 = 0;
	char name[49] = "";

	cpuid(0, 0, &f->max_leaf, &vendor[0], &vendor[1], &vendor[2]);
	cpuid(0x80000000, 0, &f->max_ext, &b, &c, &d);
	cpuid(1, 0, &a, &b, &c, &d);
	f->pge = d >> 13 & 1;
	f->phys_bits = 36;
	if (f->max_ext >= 0x80000008) {
		cpuid(0x80000008, 0, &a, &ebx8, &c, &d);
		f->phys_bits = a & 0xff;
	}
	f->fpu_keeps_pointers =
		fpu_keeps_pointers(vendor[0], vendor[1], vendor[2], f->max_ext, ebx8);
	find_xsave();
	find_protection();
	cpu_init_this();
	f->cpuid_faulting = start_faulting();
	if (f->max_ext >= 0x80000004) {
		for (unsigned int i = 0; i < 3; i++) {
			cpuid(0x80000002 + i, 0, &a, &b, &c, &d);
			memcpy(name + i * 16, (uint32_t[]){a, b, c, d}, 16);
		}
	}
	log_info("CPU: %s, %u physical address bits, XCR0 %lx\n", name, f->phys_bits, f->xcr0_mask);
}

/* SYSCALL leads to this CPU's stub, which knows where the vCPU's registers go. */
void syscall_init(bool ring1)
{
	unsigned int cpu = cpu_id();
	char *stubs = ring1 ? ring1_syscall_stubs : syscall_stubs;
	/* Of a kernel in ring 1 only its user mode is reached so, as Linux wants it. */
	uint64_t sysret = ring1 ? SEL_LINUX_USER_CS32 : SEL_USER_CS32;

	wrmsr(MSR_STAR, sysret << 48 | (uint64_t)SEL_HV_CS << 32);
	wrmsr(MSR_LSTAR, (uint64_t)stubs + cpu * SYSCALL_STUB_SIZE);
	wrmsr(MSR_CSTAR, (uint64_t)syscall32_stubs + cpu * SYSCALL_STUB_SIZE);
	wrmsr(MSR_SFMASK, RFLAGS_ARITH_IOPL);
	wrmsr(MSR_SYSENTER_CS, 0);	/* SYSENTER faults, whatever the firmware left here */
}

void cpu_init_this(void)
{
	uint64_t cr4 = CR4_PAE | CR4_DE | CR4_OSFXSR | CR4_OSXMMEXCPT;

	if (cpu_features.pge)
		cr4 |= CR4_PGE;
	if (cpu_features.xsave)
		cr4 |= CR4_OSXSAVE;
	if (cpu_features.smep)
		cr4 |= CR4_SMEP;
	if (cpu_features.smap)
		cr4 |= CR4_SMAP;
	if (cpu_features.umip)
		cr4 |= CR4_UMIP;
	write_cr4(cr4);
	if (cpu_features.xsave)
		xsetbv(0, cpu_features.xcr0_mask);
	wrmsr(MSR_PAT, PAT_VALUE);
	wrmsr(MSR_EFER, rdmsr(MSR_EFER) | 1);
	(void)start_faulting();
	syscall_init(false);
	__asm__ volatile("clts; fninit");
}
