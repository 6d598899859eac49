/* SPDX-License-Identifier: GPL-2.0-only */
/* A vCPU's extended state, for those who save and restore it from outside (x86/fpu.c). */
#ifndef HV_FPU_H
#define HV_FPU_H

#include <hv/types.h>

/* Features that a guest may have, as in XCR0; 0: the CPU has no XSAVE. */
uint64_t fpu_feature_mask(void);
/* Bytes of the XSAVE area for them, in the standard form. */
uint32_t fpu_area_size(void);
/*
 * May this area be loaded with these features enabled? What XRSTOR would fault on must be refused here. area has
 * fpu_area_size() bytes. 0 or -EINVAL.
 */
int fpu_area_check(const void *area, uint64_t features);
/* Make a vCPU's area hold this FXSAVE image of 512 bytes, which may say anything: MXCSR is cut to what is defined. */
void fpu_set_legacy(void *area, const void *image);

#endif
