/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Claim: on a CPU that reports every feature bit, defined or not, a guest sees only the features on
 * our lists.
 */
/* sources: hypervisor/domain/cpuid.c */
#include <arch/msr.h>
#include <stdio.h>

#include <hv/boot/options.h>
#include <hv/domain/cpuid.h>
#include <hv/domain/domain.h>
#include <hv/mm/frame.h>
#include <hv/time/clock.h>
#include <x86/cpu.h>
#include <x86/errata.h>
#include <x86/protection.h>

struct cpu_features cpu_features;
struct cpu_protection protection;
struct options options = {.xen_version = XEN_ABI_4_20};
uint64_t max_mfn = 0xfffff;
static struct domain control = {.privileged = true}, guest;
static struct vcpu v0 = {.domain = &control}, vg = {.domain = &guest};
static uint32_t host_word;	/* what each register of each leaf holds */
static unsigned int number, failed;

uint64_t tsc_khz(void)
{
	return 2000000;
}

void host_cpuid(uint32_t leaf, uint32_t sub, struct cpuid_regs *out)
{
	(void)sub;
	*out = (struct cpuid_regs){host_word, host_word, host_word, host_word};
	if (leaf == 0 || leaf == 0x80000000)
		out->a = leaf + 0xffff;
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
					     .guest_arch_caps = true};
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
	protection.guest_pred_cmd = 0;
	result(!(ask(&vg, 7, 0).d >> 26 & 1), "IBRS and IBPB share a bit: both or none");
	protection = (struct cpu_protection){0};
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
	result(ask(&vg, 0, 0).a <= 0x1f && ask(&vg, 0x80000000, 0).a == 0x80000021,
	       "the highest leaves are the ones that we know");
}

static void test_states(void)
{
	struct cpuid_regs r;

	cpu_features.xsave = true;
	cpu_features.xcr0_mask = 7;
	cpu_features.xsave_size = 832;
	r = ask(&vg, 0xd, 0);
	result(r.a == 7 && r.d == 0 && r.c == 832, "the states are the ones that we save");
	result(!empty(ask(&vg, 0xd, 2)) && empty(ask(&vg, 0xd, 9)) && empty(ask(&vg, 0xd, 64)) &&
		       empty(ask(&vg, 0xd, 0xffffffff)),
	       "a subleaf for each of them, none for others");
	result(ask(&vg, 1, 0).c >> 26 & 1, "XSAVE is shown where we save by it");
	result((ask(&vg, 1, 0).c >> 28 & 1) && (ask(&vg, 7, 0).b >> 5 & 1),
	       "AVX is shown where its state may be used");
	cpu_features.xcr0_mask = 3;
	r = ask(&vg, 1, 0);
	result(!(r.c >> 28 & 1) && !(r.c >> 12 & 1) && !(r.c >> 29 & 1) && (r.c >> 26 & 1) &&
		       !(ask(&vg, 7, 0).b & 0xd2230020) && !(ask(&vg, 7, 0).c & 0x5e02) &&
		       !(ask(&vg, 7, 0).d & 0x80010c) && !ask(&vg, 7, 1).a &&
		       !(ask(&vg, 0x80000001, 0).c & 0x10800),
	       "and nothing that is coded with it where it may not");
	cpu_features.xsave = false;
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

int main(void)
{
	cpu_features.max_leaf = 0xffff;
	cpu_features.max_ext = 0x8000ffff;
	host_word = 0xffffffff;
	test_hidden();
	test_protection();
	test_unknown_leaves();
	test_states();
	test_hypervisor_leaves();
	result((ask(&v0, 7, 0).b >> 9 & 1) && (ask(&v0, 7, 0).d >> 4 & 1),
	       "ERMS and FSRM are shown where they are true");
	cpu_features.hide_erms = true;
	result(!(ask(&v0, 7, 0).b >> 9 & 1) && !(ask(&vg, 7, 0).d >> 4 & 1), "and nowhere else");
	result(ask(&v0, 7, 0).b >> 8 & 1, "their neighbours stay");
	host_word = 0;
	result(!(ask(&vg, 1, 0).c & ~(1u << 31)) && !ask(&vg, 1, 0).d && !ask(&vg, 7, 0).b,
	       "nothing is shown that the CPU has not");
	printf("1..%u\n", number);
	return failed != 0;
}
