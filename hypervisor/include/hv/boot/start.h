/* SPDX-License-Identifier: GPL-2.0-only */
/* From the loader to Domain-0 (boot/start.c). */
#ifndef HV_BOOT_START_H
#define HV_BOOT_START_H

#include <hv/compiler.h>
#include <hv/types.h>

/*
 * The boot CPU's way, from head.S: magic and block are the loader's EAX and EBX. On boot_stack,
 * interrupts off.
 */
void start_hypervisor(uint32_t magic, uint32_t block) __noreturn;

#endif
