/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Claim: what a guest's CPUID, control registers and MSRs take and answer follows its CPU policy,
 * by the prefix, by a fault, in kernel mode and in user mode.
 */
/* sources: hypervisor/trap/privop.c hypervisor/trap/decode.c hypervisor/x86/msr.c */
/* sources: hypervisor/domain/cpuid.c hypervisor/domain/cpu_policy.c */
#include <arch/msr.h>
#include <errno.h>

#include <hv/boot/options.h>
#include <hv/domain/cpu_policy.h>
#include <hv/domain/domain.h>
#include <hv/hypercall/hypercall.h>
#include <hv/mm/frame.h>
#include <hv/mm/heap.h>
#include <hv/sched/sched.h>
#include <hv/time/clock.h>
#include <hv/trap/debugreg.h>
#include <hv/trap/ioport.h>
#include <hv/trap/privop.h>
#include <hv/trap/umip.h>
#include <x86/context.h>
#include <x86/entry.h>
#include <x86/errata.h>
#include <x86/msr.h>
#include <x86/protection.h>
#include <x86/uaccess.h>

#include "log_capture.h"

#define LEAF7_B (1u << 0 | 1u << 5)	/* FSGSBASE, AVX2 */

struct cpu_features cpu_features = {.xsave = true,
				    .xcr0_mask = 7,
				    .xsave_size = 832,
				    .phys_bits = 40,
				    .cpuid_faulting = true};
struct cpu_protection protection = {.guest_spec_ctrl = 7, .guest_pred_cmd = 1};
struct options options = {.xen_version = XEN_ABI_4_17};
uint64_t max_mfn = 0xfffff;

static struct domain guest;
static struct vcpu v = {.domain = &guest};
static uint8_t code[16];
static unsigned int loads, written;

/* A CPU with AVX2, FSGSBASE and IBRS. */
void host_cpuid(uint32_t leaf, uint32_t sub, struct cpuid_regs *out)
{
	*out = (struct cpuid_regs){0, 0, 0, 0};
	switch (leaf) {
	case 0: out->a = 0xd; break;
	case 1: *out = (struct cpuid_regs){0x600, 0, 0x14000000 | 7 << 8, 0x7ffffff}; break;
	case 7:
		if (!sub)
			*out = (struct cpuid_regs){.b = LEAF7_B, .d = ID_7D_IBRSB | ID_7D_STIBP};
		break;
	case 0xd:
		if (sub == 2)
			*out = (struct cpuid_regs){256, 576, 0, 0};
		else if (!sub)
			*out = (struct cpuid_regs){7, 832, 832, 0};
		break;
	default: break;
	}
}

int rdmsr_safe(uint32_t msr, uint64_t *value)
{
	*value = 0;
	return msr == 0x186 ? 0 : -EFAULT;
}

void *hv_alloc(size_t size)
{
	return calloc(1, size);
}

void hv_free(void *p)
{
	free(p);
}

uint64_t rdtsc(void)
{
	return 1;
}

uint64_t tsc_khz(void)
{
	return 2000000;
}

int copy_from_guest(void *dst, gaddr_t src, size_t size)
{
	if (src != (gaddr_t)code)
		return -EFAULT;
	memcpy(dst, code, size);
	return 0;
}

int debugreg_read(const struct vcpu *u, unsigned int reg, uint64_t *value)
{
	(void)u, (void)reg, (void)value;
	return -EINVAL;
}

int debugreg_write(struct vcpu *u, unsigned int reg, uint64_t value)
{
	(void)u, (void)reg, (void)value;
	return -EINVAL;
}

bool guest_io(struct vcpu *u, const struct insn *i)
{
	(void)u, (void)i;
	return false;
}

bool guest_io_string(struct vcpu *u, const struct insn *i)
{
	(void)u, (void)i;
	return false;
}

bool user_may_io(struct vcpu *u, const struct insn *i)
{
	(void)u, (void)i;
	return false;
}

bool emulate_umip(struct vcpu *u, const uint8_t *bytes, unsigned int n)
{
	(void)u, (void)bytes, (void)n;
	return false;
}

void vcpu_block_current(void)
{
}

void vcpu_load_cr4(const struct vcpu *u)
{
	loads += u == &v;
}

int set_segment_base(struct vcpu *u, unsigned int which, uint64_t base)
{
	(void)u, (void)which, (void)base;
	return 0;
}

bool protection_rdmsr(const struct vcpu *u, uint32_t msr, uint64_t *value)
{
	(void)u, (void)msr;
	*value = ~UINT64_C(0);
	return true;
}

bool protection_wrmsr(struct vcpu *u, uint32_t msr, uint64_t value)
{
	(void)u, (void)msr, (void)value;
	written++;
	return true;
}

static unsigned int dropped;

void not_applied(const char *what, unsigned int sub)
{
	(void)what, (void)sub;
	dropped++;
}

/* An instruction of n bytes at RIP. */
static void at_rip(const char *bytes, size_t n)
{
	memset(code, 0x90, sizeof(code));
	memcpy(code, bytes, n);
	v.arch.regs.rip = (uint64_t)code;
	v.arch.regs.error_code = 0;
}

static bool cpuid_faults(uint32_t leaf)
{
	at_rip("\x0f\xa2", 2);
	v.arch.regs.rax = leaf;
	v.arch.regs.rcx = 0;
	return !emulate_privileged(&v);
}

static bool prefix_faults(uint32_t leaf)
{
	at_rip("\x0f\x0bxen\x0f\xa2", 7);
	v.arch.regs.rax = leaf;
	v.arch.regs.rcx = 0;
	return !emulate_forced_cpuid(&v);
}

/* A fresh policy without these bits of leaf 7 b. */
static void policy_without(uint32_t bits)
{
	struct policy_error e;

	cpu_policy_domain_destroy(&guest);
	if (cpu_policy_domain_init(&guest))
		abort();
	guest.cpu_policy->feat[0].b &= ~bits;
	if (cpu_policy_settle(guest.cpu_policy, &e))
		abort();
}

static void test_cpuid(void)
{
	uint64_t start = (uint64_t)code;

	policy_without(1u << 5);
	v.arch.kernel_mode = true;
	result(!cpuid_faults(7) && v.arch.regs.rbx == 1 && v.arch.regs.rip == start + 2,
	       "a CPUID that faulted in the kernel answers by the policy");
	v.arch.kernel_mode = false;
	result(!cpuid_faults(7) && v.arch.regs.rbx == 1, "one of user mode too");
	result(!prefix_faults(7) && v.arch.regs.rbx == 1 && v.arch.regs.rip == start + 7,
	       "and one with the prefix");
	at_rip("\x0f\x30", 2);
	result(!emulate_privileged(&v), "WRMSR stays a fault of user mode");
}

static void test_virtual_faults(void)
{
	uint64_t value = 0;

	result(guest_rdmsr(&v, 0xce, &value) && value == 1U << 31 && guest_wrmsr(&v, 0x140, 1) &&
		       guest_rdmsr(&v, 0x140, &value) && value == 1,
	       "the kernel lets CPUID fault in user mode");
	v.arch.kernel_mode = false;
	result(cpuid_faults(7) && prefix_faults(7), "and it does");
	v.arch.kernel_mode = true;
	result(!cpuid_faults(7) && !prefix_faults(7), "not in the kernel");
	result(!guest_wrmsr(&v, 0x140, 2), "there is nothing else in that MSR");
	guest_wrmsr(&v, 0x140, 0);
	guest.cpu_policy->platform_info = 0;
	result(!guest_wrmsr(&v, 0x140, 1) && !guest_rdmsr(&v, 0x140, &value) &&
		       guest_rdmsr(&v, 0xce, &value) && !value,
	       "and no MSR without the policy's word");
}

static bool cr4_takes(uint64_t value, uint64_t want)
{
	unsigned int before = loads;

	at_rip("\x0f\x22\xe0", 3);	/* mov %rax, %cr4 */
	v.arch.regs.rax = value;
	return emulate_privileged(&v) && v.arch.guest_cr4 == want && loads == before + 1;
}

static bool xsetbv_faults(uint64_t value)
{
	at_rip("\x0f\x01\xd1", 3);
	v.arch.regs.rax = value;
	v.arch.regs.rcx = v.arch.regs.rdx = 0;
	return !emulate_privileged(&v);
}

static void test_registers(void)
{
	v.arch.kernel_mode = true;
	policy_without(0);
	result(cr4_takes(CR4_FSGSBASE | CR4_TSD | CR4_SMEP, CR4_FSGSBASE | CR4_TSD),
	       "CR4 takes FSGSBASE, and the CPU gets it");
	policy_without(1);
	result(cr4_takes(CR4_FSGSBASE | CR4_TSD, CR4_TSD), "not where the policy lacks it");
	result(xsetbv_faults(0xf) && xsetbv_faults(2), "XCR0 takes no states that are not there");
	guest.cpu_policy->basic[1].c &= ~(1u << 28);
	result(!cpu_policy_settle(guest.cpu_policy, &(struct policy_error){0}) && xsetbv_faults(7),
	       "nor AVX where the policy lacks it");
}

static void test_spec(void)
{
	uint64_t value;

	policy_without(0);
	result(guest_wrmsr(&v, MSR_SPEC_CTRL, 3) && guest_wrmsr(&v, MSR_PRED_CMD, 1) &&
		       guest_rdmsr(&v, MSR_SPEC_CTRL, &value) && written == 2,
	       "SPEC_CTRL and PRED_CMD with IBRS");
	result(!guest_wrmsr(&v, MSR_SPEC_CTRL, 4) && !guest_rdmsr(&v, MSR_ARCH_CAPS, &value) &&
		       !guest_wrmsr(&v, MSR_FLUSH_CMD, 1) && written == 2,
	       "no bit and no MSR that the policy does not show");
	guest.cpu_policy->feat[0].d = 0;
	result(!guest_wrmsr(&v, MSR_SPEC_CTRL, 1) && !guest_wrmsr(&v, MSR_PRED_CMD, 1) &&
		       !guest_rdmsr(&v, MSR_SPEC_CTRL, &value) && written == 2,
	       "and neither without IBRS");
}

/* Every MSR of ABI.md 9.2 that a write does not change, and what it reads. */
static void test_dropped(void)
{
	static const uint32_t dropped_msrs[] = {0x17a,	    0x17b,	0x400,	   0x47f,
						0xc0010000, 0xc0010007, 0xc0010015};
	static const uint32_t refused[] = {0x10,  0x17,	 0x1b,	0xce,  0x179,
					   0x1a0, 0x3ff, 0x480, 0x186, 0xc0010008};
	bool good = true;
	uint64_t value;

	policy_without(0);
	dropped = 0;
	for (unsigned int i = 0; i < ARRAY_SIZE(dropped_msrs); i++)
		good &= guest_wrmsr(&v, dropped_msrs[i], ~UINT64_C(0)) && dropped == i + 1 &&
			guest_rdmsr(&v, dropped_msrs[i], &value) && !value;
	result(good, "a write without effect is told in the log, and reads as 0");
	dropped = 0;
	for (unsigned int i = 0; i < ARRAY_SIZE(refused); i++)
		good &= !guest_wrmsr(&v, refused[i], 0);
	result(good && !dropped, "of all other registers it faults");
	result(guest_wrmsr(&v, 0x8b, 0) && !guest_wrmsr(&v, 0x8b, 1) && !dropped,
	       "the microcode revision takes the 0 that begins its reading");
	result(guest_wrmsr(&v, 0x277, PAT_VALUE) && !guest_wrmsr(&v, 0x277, 0) &&
		       guest_wrmsr(&v, 0xc0011029, 2) && !guest_wrmsr(&v, 0xc0011029, 0) &&
		       !dropped,
	       "PAT and DE_CFG take what they are");
	guest.relaxed_msrs = true;
	result(guest_wrmsr(&v, 0x186, 1) && dropped == 1,
	       "msr_relaxed=1: what the machine has is written without effect, and told");
	guest.relaxed_msrs = false;
}

int main(void)
{
	printf("1..21\n");
	cpu_policy_init();
	test_cpuid();
	test_virtual_faults();
	test_registers();
	test_spec();
	test_dropped();
	return tap_failures != 0;
}
