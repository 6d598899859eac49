/* SPDX-License-Identifier: GPL-2.0-only */
/* CPUID as a guest sees it (domain/cpuid.c). */
#ifndef HV_DOMAIN_CPUID_H
#define HV_DOMAIN_CPUID_H

#include <hv/types.h>
#include <x86/cpu.h>

/*
 * What v's kernel gets from a forced-emulation CPUID (ABI.md 5.3, 5.4) of this leaf and
 * subleaf. Any context.
 */
void guest_cpuid(const struct vcpu *v, uint32_t leaf, uint32_t sub, struct cpuid_regs *out);

#endif
