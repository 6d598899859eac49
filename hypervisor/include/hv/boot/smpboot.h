/* SPDX-License-Identifier: GPL-2.0-only */
/* Bringing up the other CPUs (boot/smpboot.c, trampoline.S, head.S). */
#ifndef HV_BOOT_SMPBOOT_H
#define HV_BOOT_SMPBOOT_H

#include <hv/compiler.h>
#include <hv/types.h>

struct boot_info;

/* The code that is copied below 1 MiB for a CPU that starts. */
extern char trampoline_start[], trampoline_end[];
/* The stack that the CPU takes which starts just now. */
extern uint64_t ap_stack;

/* Bring up the CPUs of bi->apic_ids, one after another. Boot CPU, interrupts on. */
void smp_start(const struct boot_info *bi);
/* The new CPU's way, from head.S, on its own stack. */
void start_ap(void) __noreturn;

#endif
