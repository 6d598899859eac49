/* SPDX-License-Identifier: GPL-2.0-only */
/* CPUID: the machine's, and what a guest sees of it. */
#ifndef HV_DOMAIN_CPUID_H
#define HV_DOMAIN_CPUID_H

#include <hv/types.h>

struct cpuid_regs {
	uint32_t a, b, c, d;
};

/* The CPU's own answer. */
void host_cpuid(uint32_t leaf, uint32_t sub, struct cpuid_regs *out);
/* What v's kernel gets from a forced-emulation CPUID (ABI.md 5.3, 5.4). */
void guest_cpuid(const struct vcpu *v, uint32_t leaf, uint32_t sub, struct cpuid_regs *out);

#endif
