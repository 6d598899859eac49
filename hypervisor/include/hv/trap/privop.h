/* SPDX-License-Identifier: GPL-2.0-only */
/* Privileged instructions of a guest, carried out or refused (trap/privop.c). v is current. */
#ifndef HV_TRAP_PRIVOP_H
#define HV_TRAP_PRIVOP_H

#include <hv/types.h>

/* A #GP from the guest: true, it was carried out. False: the guest is to hear of it. */
bool emulate_privileged(struct vcpu *v);
/* A #UD: true, it was the marked CPUID of ABI.md 5.3, and is carried out. */
bool emulate_forced_cpuid(struct vcpu *v);

#endif
