/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Claim: on a CPU that reports every feature bit, defined or not, a guest sees only the features on
 * our lists.
 */
/* sources: hypervisor/domain/cpuid.c hypervisor/domain/cpu_policy.c */
#include <arch/msr.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

#include <hv/boot/options.h>
#include <hv/console/printk.h>
#include <hv/domain/cpu_policy.h>
#include <hv/domain/cpuid.h>
#include <hv/domain/domain.h>
#include <hv/mm/frame.h>
#include <hv/mm/heap.h>
#include <hv/time/clock.h>
#include <x86/cpu.h>
#include <x86/entry.h>
#include <x86/errata.h>
#include <x86/protection.h>

struct cpu_features cpu_features;
struct cpu_protection protection;
struct options options = {.xen_version = XEN_ABI_4_20};
uint64_t max_mfn = 0xfffff;
static struct domain control = {.privileged = true}, guest;
static struct vcpu v0 = {.domain = &control}, vg = {.domain = &guest};
static uint32_t host_word;	/* what each register of each leaf holds */
static uint64_t msr_word;	/* what each MSR holds; 0: there is none */
static unsigned int number, failed;

void printk(enum log_level level, const char *fmt, ...)
{
	(void)level, (void)fmt;
}

void *hv_alloc(size_t size)
{
	return calloc(1, size);
}

void hv_free(void *p)
{
	free(p);
}

int rdmsr_safe(uint32_t msr, uint64_t *value)
{
	(void)msr;
	*value = msr_word;
	return msr_word ? 0 : -EFAULT;
}

uint64_t tsc_khz(void)
{
	return 2000000;
}

void host_cpuid(uint32_t leaf, uint32_t sub, struct cpuid_regs *out)
{
	*out = (struct cpuid_regs){host_word, host_word, host_word, host_word};
	if (leaf == 0 || leaf == 0x80000000)
		out->a = leaf + 0xffff;
	if (leaf == 0xd && sub >= 2)	/* 64 bytes each, with room between them */
		*out = (struct cpuid_regs){64, 576 + 128 * (sub - 2), sub == 5 ? 2 : 0, 0};
}

/* The machine is looked at again, and both domains start anew. */
static void start(void)
{
	cpu_policy_init();
	cpu_policy_domain_destroy(&control);
	cpu_policy_domain_destroy(&guest);
	if (cpu_policy_domain_init(&control) || cpu_policy_domain_init(&guest))
		abort();
}

static void result(bool good, const char *claim)
{
	printf("%sok %u - %s\n", good ? "" : "not ", ++number, claim);
	failed += !good;
}

static struct cpuid_regs ask(const struct vcpu *v, uint32_t leaf, uint32_t sub)
{
	struct cpuid_regs r = {1, 1, 1, 1};

	guest_cpuid(v, leaf, sub, &r);
	return r;
}

static bool empty(struct cpuid_regs r)
{
	return !(r.a | r.b | r.c | r.d);
}

static void test_hidden(void)
{
	struct cpuid_regs r = ask(&vg, 1, 0);

	result(!(r.c >> 3 & 1) && !(r.c >> 5 & 1) && !(r.c >> 6 & 1), "no MONITOR, VMX, SMX");
	result(!(r.c >> 17 & 1) && !(r.c >> 21 & 1) && !(r.c >> 24 & 1),
	       "no PCID, x2APIC, TSC deadline");
	result(!(r.d >> 3 & 1) && !(r.d >> 12 & 1) && !(r.d >> 13 & 1) && !(r.d >> 17 & 1),
	       "no PSE, MTRR, PGE, PSE36");
	result(!(r.d >> 10 & 1) && !(r.d >> 20 & 1), "no bits that the manual reserves");
	result(r.c >> 31, "a hypervisor is there");
	r = ask(&vg, 7, 0);
	result(r.a <= 1, "leaf 7 has the subleaves that we know");
	result((r.b & 1) && !(ask(&v0, 7, 0).b & 1), "FSGSBASE for guests, not for Domain-0");
	result(!(r.b >> 7 & 1) && !(r.b >> 20 & 1) && !(r.b >> 10 & 1) && !(r.b >> 2 & 1),
	       "no SMEP, SMAP, INVPCID, SGX");
	result(!(r.c >> 2 & 1) && !(r.c >> 3 & 1) && !(r.c >> 16 & 1) && !(r.c >> 5 & 1),
	       "no UMIP, PKU, LA57, WAITPKG");
	result(!(r.d >> 20 & 1) && !(r.d >> 26 & 1),
	       "no indirect branch tracking, no SPEC_CTRL that nothing keeps");
	result(empty(ask(&vg, 7, 2)), "subleaf 2 of leaf 7 is empty");
	r = ask(&vg, 0x80000001, 0);
	result(!(r.c >> 2 & 1) && !(r.d >> 26 & 1), "no SVM, no pages of 1 GiB");
	r = ask(&vg, 0xd, 1);
	result(!(r.a & ~7u) && !r.c && !r.d, "no XSAVES, no supervisor states");
}

/* What a guest may write to the registers that its features stand for. */
static void test_registers(void)
{
	struct cpu_policy p = *guest.cpu_policy;
	struct policy_error e;

	result(cpu_policy_msr_bits(&p, MSR_SPEC_CTRL) == 0x87 &&
		       cpu_policy_msr_bits(&p, MSR_PRED_CMD) == 0x81 &&
		       cpu_policy_msr_bits(&p, MSR_FLUSH_CMD) == 1 && p.arch_caps == 0x21,
	       "the registers behind these words take what they say");
	p.feat[0].d &= ~(ID_7D_IBRSB | ID_7D_L1D_FLUSH | ID_7D_ARCH_CAPS);
	p.extd[8].b &= ~(ID_E8B_IBPB | ID_E8B_IBRS | ID_E8B_STIBP | ID_E8B_SSBD | ID_E8B_PSFD);
	p.extd[0x21].a &= ~ID_E21A_SBPB;
	result(!cpu_policy_settle(&p, &e) && !cpu_policy_msr_bits(&p, MSR_SPEC_CTRL) &&
		       !cpu_policy_msr_bits(&p, MSR_PRED_CMD) &&
		       !cpu_policy_msr_bits(&p, MSR_FLUSH_CMD) && !p.arch_caps,
	       "and are not there in a policy without the words");
	p = *guest.cpu_policy;
	p.arch_caps |= 2;
	result(cpu_policy_settle(&p, &e) == -EINVAL && e.msr == MSR_ARCH_CAPS && e.leaf == ~0U,
	       "a promise of ARCH_CAPABILITIES that the CPU does not make is refused");
}

/* Words about the processor's faults are shown as far as there is a register behind them. */
static void test_protection(void)
{
	uint32_t caps = ask(&vg, 7, 0).d, amd = ask(&vg, 0x80000008, 0).b,
		 amd2 = ask(&vg, 0x80000021, 0).a;

	result((caps & (ID_7D_IBRSB | ID_7D_STIBP | ID_7D_SSBD | ID_7D_L1D_FLUSH | ID_7D_ARCH_CAPS |
			ID_7D_MD_CLEAR | ID_7D_SRBDS_CTRL)) == ID_7D_MD_CLEAR &&
		       amd == (1 | ID_E8B_SSB_NO | ID_E8B_BTC_NO) &&
		       amd2 == (4 | 64 | ID_E21A_SRSO_NO | ID_E21A_SRSO_US_NO),
	       "without SPEC_CTRL only what needs no register");
	protection = (struct cpu_protection){.guest_spec_ctrl = 0x87,
					     .guest_pred_cmd = 0x81,
					     .guest_flush_cmd = true,
					     .guest_arch_caps = true,
					     .arch_caps = 0x21};
	start();
	caps = ask(&vg, 7, 0).d;
	amd = ask(&vg, 0x80000008, 0).b;
	amd2 = ask(&vg, 0x80000021, 0).a;
	result((caps >> 26 & 1) && (caps >> 27 & 1) && (caps >> 28 & 1) && (caps >> 29 & 1) &&
		       (caps >> 31 & 1) && !(caps >> 9 & 1) && !(caps >> 30 & 1),
	       "with it IBRS, STIBP, L1D_FLUSH, ARCH_CAPABILITIES, SSBD");
	result((amd >> 12 & 1) && (amd >> 14 & 1) && (amd >> 15 & 1) && (amd >> 24 & 1) &&
		       (amd >> 28 & 1) && !(amd >> 16 & 1) && !(amd >> 25 & 1) &&
		       (amd2 >> 27 & 1) && (amd2 >> 28 & 1) && !(amd2 >> 8 & 1),
	       "and AMD's names of them; neither AutoIBRS nor VIRT_SSBD");
	test_registers();
	protection.guest_pred_cmd = 0;
	start();
	result(!(ask(&vg, 7, 0).d >> 26 & 1), "IBRS and IBPB share a bit: both or none");
	protection = (struct cpu_protection){0};
	start();
}

static void test_unknown_leaves(void)
{
	static const uint32_t unknown[] = {
		5,          9,          10,         11,        0xc,        0xe,        0xf,
		0x10,       0x12,       0x14,       0x17,      0x19,       0x1a,       0x1d,
		0x1f,       0x20,       0x24,       0xfff,     0x8000000a, 0x8000001f, 0x80000022,
		0x80000026, 0x8fffffff, 0xc0000000, 0xffffffff};
	bool good = true;

	for (unsigned int i = 0; i < sizeof(unknown) / sizeof(unknown[0]); i++) {
		if (empty(ask(&vg, unknown[i], 0)) && empty(ask(&v0, unknown[i], 0)))
			continue;
		printf("# leaf %x shows something\n", unknown[i]);
		good = false;
	}
	result(good, "leaves that nobody knows are empty, for Domain-0 too");
	result(ask(&vg, 0, 0).a == 0xd && ask(&vg, 0x80000000, 0).a == 0x80000021,
	       "the highest leaves are the ones that we know");
}

static void test_states(void)
{
	struct cpuid_regs r;

	cpu_features.xsave = true;
	cpu_features.xcr0_mask = 7;
	cpu_features.xsave_size = 640;
	start();
	vg.arch.xcr0 = 3;
	r = ask(&vg, 0xd, 0);
	result(r.a == 7 && r.d == 0 && r.c == 640, "the states are the ones that we save");
	result(r.b == 576, "the size is that for the XCR0 that is loaded");
	vg.arch.xcr0 = 7;
	result(ask(&vg, 0xd, 0).b == 640 && ask(&vg, 0xd, 1).b == 640, "and follows it");
	result(!empty(ask(&vg, 0xd, 2)) && empty(ask(&vg, 0xd, 9)) && empty(ask(&vg, 0xd, 64)) &&
		       empty(ask(&vg, 0xd, 0xffffffff)),
	       "a subleaf for each of them, none for others");
	result(ask(&vg, 1, 0).c >> 26 & 1, "XSAVE is shown where we save by it");
	result((ask(&vg, 1, 0).c >> 28 & 1) && (ask(&vg, 7, 0).b >> 5 & 1),
	       "AVX is shown where its state may be used");
	result(!(ask(&vg, 7, 0).b >> 16 & 1) && !(ask(&vg, 7, 0).c & 0x5842) &&
		       !(ask(&vg, 7, 1).a >> 5 & 1) && (ask(&vg, 7, 0).c >> 9 & 1),
	       "AVX-512 is not, for its state may not be used");
	cpu_features.xcr0_mask = 0xe7;
	cpu_features.xsave_size = 1280;
	start();
	vg.arch.xcr0 = 0xe7;
	result((ask(&vg, 7, 0).b >> 16 & 1) && ask(&vg, 0xd, 0).b == 1280 &&
		       ask(&vg, 0xd, 1).b == 576 + 4 * 64 &&
		       ask(&vg, 0xd, 5).b == 960,
	       "with it, it is, and the sizes are those of the forms");
	cpu_features.xcr0_mask = 3;
	start();
	r = ask(&vg, 1, 0);
	result(!(r.c >> 28 & 1) && !(r.c >> 12 & 1) && !(r.c >> 29 & 1) && (r.c >> 26 & 1) &&
		       !(ask(&vg, 7, 0).b & 0xd2230020) && !(ask(&vg, 7, 0).c & 0x5e02) &&
		       !(ask(&vg, 7, 0).d & 0x80010c) && !ask(&vg, 7, 1).a &&
		       !(ask(&vg, 0x80000001, 0).c & 0x10800),
	       "and nothing that is coded with it where it may not");
	cpu_features.xsave = false;
	start();
	r = ask(&vg, 1, 0);
	result(!(r.c >> 26 & 1) && !(r.c >> 27 & 1) && !(r.c >> 28 & 1) && !(r.c >> 12 & 1),
	       "without it neither XSAVE nor AVX nor FMA");
	result(empty(ask(&vg, 0xd, 0)), "and no states");
}

static void test_hypervisor_leaves(void)
{
	struct cpuid_regs r = ask(&vg, 0x40000000, 0);

	result(r.a == 0x40000005 && r.b == 0x566e6558 && r.c == 0x65584d4d && r.d == 0x4d4d566e,
	       "the hypervisor's leaves carry Xen's name");
	result(ask(&vg, 0x40000001, 0).a == 0x40014, "and the version that was chosen");
	result(empty(ask(&vg, 0x40000006, 0)) && empty(ask(&vg, 0x40000100, 0)) &&
		       empty(ask(&vg, 0x7fffffff, 0)),
	       "and end where they say");
	result(!ask(&vg, 0x80000007, 0).d && ask(&v0, 0x80000007, 0).d == 1u << 8,
	       "the invariant TSC is Domain-0's to know");
}

/* ---- policies of the toolstack ---- */

static struct cpu_policy changed(void)
{
	return *guest.cpu_policy;
}

static bool refused(struct cpu_policy *p, uint32_t leaf, uint32_t sub)
{
	struct policy_error e = {1, 1, 1};

	return cpu_policy_settle(p, &e) == -EINVAL && e.leaf == leaf && e.sub == sub &&
	       e.msr == ~0U;
}

static void test_refused(void)
{
	struct cpu_policy p;
	struct policy_error e;

	cpu_features.xsave = true;
	cpu_features.xcr0_mask = 7;	/* so there is no AVX-512 */
	start();
	p = changed();
	result(!cpu_policy_settle(&p, &e), "the default may be given back");
	p.basic[0].a = 0xe;
	result(refused(&p, 0, ~0U), "a leaf beyond the highest is refused, and named");
	p = changed();
	p.feat[0].a = 2;
	result(refused(&p, 7, 0), "and a subleaf of leaf 7");
	p = changed();
	p.extd[0].a = 0x80000022;
	result(refused(&p, 0x80000000, ~0U), "and an extended leaf");
	p = changed();
	p.feat[0].b |= BIT64(16);
	result(refused(&p, 7, 0), "AVX-512 where the machine lacks it is refused, and named");
	p = changed();
	p.feat[1].a |= BIT64(5);
	result(refused(&p, 7, 1), "and a feature of another subleaf");
	p = changed();
	p.platform_info = PLATFORM_INFO_FAULTING;
	result(cpu_policy_settle(&p, &e) == -EINVAL && e.msr == 0xce && e.leaf == ~0U,
	       "faults of CPUID where the CPU has none are refused");
	p = changed();
	p.feat[0].b |= BIT64(7) | BIT64(20);
	p.basic[1].c |= BIT64(5) | BIT64(27);
	result(!cpu_policy_settle(&p, &e) && !(p.feat[0].b & (BIT64(7) | BIT64(20))) &&
		       !(p.basic[1].c & (BIT64(5) | BIT64(27))),
	       "what no PV guest has (SMEP, SMAP, VMX, OSXSAVE) is dropped");
	p = changed();
	p.extd[7].d = 0x100;
	result(!cpu_policy_settle(&p, &e) && p.extd[7].d == 0x100,
	       "an invariant TSC for a guest that stays on this machine");
}

/* On a machine without any feature. */
static void test_lenient(void)
{
	struct cpu_policy p = changed();
	struct policy_error e;

	p.extd[7].d = 0x100;
	p.basic[1].d |= BIT64(28);
	result(!cpu_policy_settle(&p, &e) && !p.extd[7].d && !(p.basic[1].d >> 28 & 1),
	       "what the tools set on any machine (invariant TSC, HTT) is dropped");
}

static bool given(void (*change)(struct cpu_policy *p))
{
	struct cpu_policy p = changed();
	struct policy_error e;

	change(&p);
	if (cpu_policy_settle(&p, &e))
		return false;
	*guest.cpu_policy = p;
	return true;
}

static void no_avx2(struct cpu_policy *p) { p->feat[0].b &= ~BIT64(5); }
static void no_avx(struct cpu_policy *p) { p->basic[1].c &= ~BIT64(28); }
static void no_xsave(struct cpu_policy *p) { p->basic[1].c &= ~BIT64(26); }
static void short_basic(struct cpu_policy *p) { p->basic[0].a = 6; }

static void named(struct cpu_policy *p)
{
	p->basic[0].b = 0x756e6547;
	p->basic[1].a = 0x12345;
	p->basic[1].b = 0x7f080800;
	p->hv_limit = 0x40000002;
	p->extd[8].a = 0x3030ff;
}

static void test_applied(void)
{
	struct cpuid_regs before, r;

	cpu_features.xcr0_mask = 0xe7;
	start();
	before = ask(&vg, 7, 0);
	result(given(no_avx2) && (before.b >> 5 & 1) && !(ask(&vg, 7, 0).b >> 5 & 1),
	       "a guest whose policy lacks AVX2 reads CPUID without it");
	r = ask(&vg, 7, 0);
	result(!(r.b >> 16 & 1) && !(r.c >> 11 & 1) && !(ask(&vg, 7, 1).a & 0x10) &&
		       (r.c >> 9 & 1) && (ask(&vg, 1, 0).c >> 28 & 1),
	       "nor what is built on it; AVX and VAES stay");
	result(cpu_policy_xcr0(guest.cpu_policy) == 7 && ask(&vg, 0xd, 0).a == 7 &&
		       empty(ask(&vg, 0xd, 5)),
	       "the states of AVX-512 went with it");
	result((ask(&v0, 7, 0).b >> 5 & 1) && ask(&v0, 0xd, 0).a == 0xe7, "another domain has all");
	start();
	vg.arch.xcr0 = 3;
	result(given(no_avx) && cpu_policy_xcr0(guest.cpu_policy) == 3 &&
		       !(ask(&vg, 1, 0).c & 0x30001000) && !(ask(&vg, 7, 0).b & 0xd2230020) &&
		       ask(&vg, 0xd, 0).c == 576,
	       "without AVX nothing in VEX form, and the area is the least one");
	start();
	result(given(no_xsave) && !cpu_policy_xcr0(guest.cpu_policy) &&
		       !(ask(&vg, 1, 0).c >> 26 & 3) && empty(ask(&vg, 0xd, 0)) &&
		       empty(ask(&vg, 0xd, 1)),
	       "without XSAVE neither OSXSAVE nor states");
	start();
	result(given(short_basic) && ask(&vg, 0, 0).a == 6 && empty(ask(&vg, 7, 0)) &&
		       empty(ask(&vg, 0xd, 0)) && !(ask(&vg, 1, 0).c >> 26 & 1),
	       "leaves above the policy's highest are empty");
	start();
	result(given(named) && ask(&vg, 0, 0).b == 0x756e6547 &&
		       ask(&vg, 0x80000000, 0).b == 0x756e6547 && ask(&vg, 1, 0).a == 0x12345 &&
		       ask(&vg, 1, 0).b == 0x080800,
	       "vendor, family and model are the policy's, an APIC id is none's");
	result(ask(&vg, 0x80000008, 0).a == 0x3028,
	       "physical addresses are no longer than the machine's");
	result(ask(&vg, 0x40000000, 0).a == 0x40000002 && empty(ask(&vg, 0x40000003, 0)) &&
		       !empty(ask(&v0, 0x40000003, 0)),
	       "and the hypervisor's leaves end where it says");
}

static void no_fsgsbase(struct cpu_policy *p) { p->feat[0].b &= ~BIT64(0); }

static void test_cr4(void)
{
	start();
	result(cpu_policy_cr4(guest.cpu_policy) ==
		       (CR4_TSD | CR4_DE | CR4_OSXSAVE | CR4_FSGSBASE),
	       "CR4 takes the bits that are a guest's to set");
	result(given(no_fsgsbase) &&
		       cpu_policy_cr4(guest.cpu_policy) == (CR4_TSD | CR4_DE | CR4_OSXSAVE) &&
		       given(no_xsave) && cpu_policy_cr4(guest.cpu_policy) == (CR4_TSD | CR4_DE),
	       "and none whose feature the policy lacks");
	cpu_features.xsave = false;
}

int main(void)
{
	cpu_features.max_leaf = 0xffff;
	cpu_features.max_ext = 0x8000ffff;
	cpu_features.phys_bits = 40;
	host_word = 0xffffffff;
	start();
	test_hidden();
	test_protection();
	test_unknown_leaves();
	test_states();
	test_hypervisor_leaves();
	test_refused();
	test_applied();
	test_cr4();
	result((ask(&v0, 7, 0).b >> 9 & 1) && (ask(&v0, 7, 0).d >> 4 & 1),
	       "ERMS and FSRM are shown where they are true");
	cpu_features.hide_erms = true;
	start();
	result(!(ask(&v0, 7, 0).b >> 9 & 1) && !(ask(&vg, 7, 0).d >> 4 & 1), "and nowhere else");
	result(ask(&v0, 7, 0).b >> 8 & 1, "their neighbours stay");
	host_word = 0;
	start();
	result(!(ask(&vg, 1, 0).c & ~(1u << 31)) && !ask(&vg, 1, 0).d && !ask(&vg, 7, 0).b,
	       "nothing is shown that the CPU has not");
	test_lenient();
	printf("1..%u\n", number);
	return failed != 0;
}
