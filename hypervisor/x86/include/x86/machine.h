/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The end of the machine's run (x86/machine.c). Any context; none of these returns when it works.
 */
#ifndef X86_MACHINE_H
#define X86_MACHINE_H

#include <hv/compiler.h>
#include <hv/types.h>

/*
 * Enter an ACPI sleep state by writing these values to the PM1a and PM1b control registers, as
 * Domain-0's ACPI code has prepared them. Returns -ENODEV when the firmware named no such register,
 * -EIO when nothing happened.
 */
int machine_acpi_sleep(uint16_t pm1a, uint16_t pm1b);
/* Reset: ACPI reset register, port 0xcf9, keyboard controller, triple fault, in this order. */
void machine_reboot(void) __noreturn;
/* Stop this CPU for good. */
void machine_halt(void) __noreturn;

#endif
