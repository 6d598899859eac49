/* SPDX-License-Identifier: GPL-2.0-only */
/* The MSRs that a guest kernel sees (x86/msr.c). v is current. */
#ifndef X86_MSR_H
#define X86_MSR_H

#include <hv/types.h>

/* RDMSR. False: #GP. */
bool guest_rdmsr(struct vcpu *v, uint32_t msr, uint64_t *val);
/* WRMSR: carried out, or ignored where the ABI wants it so. False: #GP. */
bool guest_wrmsr(struct vcpu *v, uint32_t msr, uint64_t val);

#endif
