/* SPDX-License-Identifier: GPL-2.0-only */
/* CPUID as a guest reads it (domain/cpuid.c). */
#ifndef HV_DOMAIN_CPUID_H
#define HV_DOMAIN_CPUID_H

#include <hv/types.h>
#include <x86/cpu.h>

/*
 * What v gets from CPUID of this leaf and subleaf, when it faults or carries the prefix
 * (ABI.md 5.3). v is current, or does not run.
 */
void guest_cpuid(const struct vcpu *v, uint32_t leaf, uint32_t sub, struct cpuid_regs *out);

#endif
