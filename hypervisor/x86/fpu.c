// SPDX-License-Identifier: GPL-2.0-only
/* A vCPU's extended state: one page, saved and restored whole when another vCPU takes the CPU. */
#include <x86/fpu.h>
#include <arch/msr.h>
#include <hv/domain/vcpu.h>
#include <hv/errno.h>
#include <hv/lib/lib.h>
#include <hv/mm/alloc.h>
#include <x86/cpu.h>

#define MXCSR_RESET	0x1f80
#define FCW_RESET	0x37f

int fpu_vcpu_init(struct vcpu *v)
{
	v->arch.fpu = alloc_page();
	if (!v->arch.fpu)
		return -ENOMEM;
	*(uint32_t *)((char *)v->arch.fpu + MXCSR_OFFSET) = MXCSR_RESET;
	*(uint16_t *)v->arch.fpu = FCW_RESET;
	v->arch.xcr0 = 1;	/* reset state: x87 only, until the guest's XSETBV */
	return 0;
}

void fpu_vcpu_destroy(struct vcpu *v)
{
	if (v->arch.fpu)
		free_page(v->arch.fpu);
	v->arch.fpu = NULL;
}

/*
 * All components are saved, also those that the guest has switched off: it may switch them on
 * again.
 */
void fpu_save(struct vcpu *v)
{
	uint64_t mask = cpu_features.xcr0_mask;

	write_cr0(read_cr0() & ~UINT64_C(8));
	if (!cpu_features.xsave) {
		__asm__ volatile("fxsave64 (%0)" :: "r"(v->arch.fpu) : "memory");
		return;
	}
	if (v->arch.xcr0 != mask)
		xsetbv(0, mask);
	if (cpu_features.xsaveopt)
		__asm__ volatile("xsaveopt64 (%0)" ::"r"(v->arch.fpu), "a"((uint32_t)mask),
				 "d"((uint32_t)(mask >> 32))
				 : "memory");
	else
		__asm__ volatile("xsave64 (%0)" ::"r"(v->arch.fpu), "a"((uint32_t)mask),
				 "d"((uint32_t)(mask >> 32))
				 : "memory");
}

void fpu_restore(struct vcpu *v)
{
	uint64_t mask = cpu_features.xcr0_mask;

	write_cr0(read_cr0() & ~UINT64_C(8));
	/*
	 * Where another guest's last x87 instruction was, and its operand, must not stay: FNINIT
	 * makes them 0.
	 */
	if (cpu_features.fpu_keeps_pointers)
		__asm__ volatile("fninit");
	if (!cpu_features.xsave) {
		__asm__ volatile("fxrstor64 (%0)" :: "r"(v->arch.fpu) : "memory");
	} else {
		xsetbv(0, mask);
		__asm__ volatile("xrstor64 (%0)" ::"r"(v->arch.fpu), "a"((uint32_t)mask),
				 "d"((uint32_t)(mask >> 32))
				 : "memory");
		if (v->arch.xcr0 != mask)
			xsetbv(0, v->arch.xcr0);
	}
	if (v->arch.cr0_ts)
		write_cr0(read_cr0() | 8);
}

/* ---- from outside ---- */

uint64_t fpu_feature_mask(void)
{
	return cpu_features.xsave ? cpu_features.xcr0_mask : 0;
}

uint32_t fpu_area_size(void)
{
	return cpu_features.xsave_size;
}

int fpu_area_check(const void *area, uint64_t features)
{
	const uint8_t *bytes = area;
	uint64_t present;

	memcpy(&present, bytes + XSTATE_HEADER, sizeof(present));
	if (!fpu_image_ok(area) || (present & ~features))
		return -EINVAL;
	/* The rest of the header is for the compacted form, or reserved. */
	for (unsigned int i = XSTATE_HEADER + 8; i < XSTATE_AREA_MIN; i++)
		if (bytes[i])
			return -EINVAL;
	return 0;
}
