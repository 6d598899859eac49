/* SPDX-License-Identifier: GPL-2.0-only */
/* A vCPU's extended state, for those who save and restore it from outside (x86/fpu.c). */
#ifndef X86_FPU_H
#define X86_FPU_H

#include <hv/types.h>

#define MXCSR_OFFSET	24	/* in an FXSAVE image, and in an XSAVE area */
#define XSTATE_HEADER	512	/* in the XSAVE area: which parts are there */
#define XSTATE_AREA_MIN	576	/* bytes: with x87 and SSE alone */
/* FXRSTOR and XRSTOR fault on other bits, also where SSE is not loaded */
#define MXCSR_VALID 0xffffU

static inline bool fpu_image_ok(const void *image)
{
	uint32_t mxcsr;

	__builtin_memcpy(&mxcsr, (const char *)image + MXCSR_OFFSET, sizeof(mxcsr));
	return !(mxcsr & ~MXCSR_VALID);
}

/*
 * Make a vCPU's area hold this FXSAVE image of 512 bytes, which may say anything: MXCSR is cut to
 * what is defined.
 */
static inline void fpu_set_legacy(void *area, const void *image)
{
	uint32_t *mxcsr = (uint32_t *)((char *)area + MXCSR_OFFSET);
	uint64_t *present = (uint64_t *)((char *)area + XSTATE_HEADER);

	__builtin_memcpy(area, image, XSTATE_HEADER);
	*mxcsr &= MXCSR_VALID;	/* a reserved bit would fault in our XRSTOR */
	*present |= 3;		/* x87 and SSE are there, or XRSTOR would take their reset state */
}

/*
 * May XSETBV load this value on a CPU with the features of `mask`? AVX needs SSE; AVX-512 is all or
 * nothing.
 */
static inline bool fpu_xcr0_ok(uint64_t xcr0, uint64_t mask)
{
	if ((xcr0 & ~mask) || !(xcr0 & 1) || ((xcr0 & 4) && !(xcr0 & 2)))
		return false;
	return !(xcr0 & 0xe0) || (xcr0 & 0xe6) == 0xe6;
}

/*
 * Do FIP, FDP and FOP stay those of whoever used the x87 unit last, through FXRSTOR and XRSTOR? On
 * AMD's processors (and Hygon's) these load them only where the image has an exception pending,
 * unless the processor says that it always does (CPUID 80000008h, EBX bit 2). b, c, d: of CPUID 0;
 * max_ext: the highest extended leaf.
 */
static inline bool fpu_keeps_pointers(uint32_t b, uint32_t c, uint32_t d, uint32_t max_ext,
				      uint32_t ebx_80000008)
{
	bool amd = b == 0x68747541 && d == 0x69746e65 && c == 0x444d4163;	/* AuthenticAMD */
	bool hygon = b == 0x6f677948 && d == 0x6e65476e && c == 0x656e6975;	/* HygonGenuine */

	return (amd || hygon) && (max_ext < 0x80000008 || !(ebx_80000008 >> 2 & 1));
}

/* Features that a guest may have, as in XCR0; 0: the CPU has no XSAVE. */
uint64_t fpu_feature_mask(void);
/* Bytes of the XSAVE area for them, in the standard form. */
uint32_t fpu_area_size(void);
/*
 * May this area be loaded with these features enabled? What XRSTOR would fault on must be refused
 * here. area has fpu_area_size() bytes. 0 or -EINVAL.
 */
int fpu_area_check(const void *area, uint64_t features);

/* Give v an area with the reset state. 0 or -ENOMEM. */
int fpu_vcpu_init(struct vcpu *v);
/* Free it. v does not run any more. */
void fpu_vcpu_destroy(struct vcpu *v);
/* The CPU's extended state into v's area. v is loaded here; interrupts off. */
void fpu_save(struct vcpu *v);
/* v's area into the CPU, and nothing of another guest stays. Interrupts off. */
void fpu_restore(struct vcpu *v);

#endif
