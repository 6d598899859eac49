/* SPDX-License-Identifier: GPL-2.0-only */
/* Exceptions and interrupts, as entry.S hands them to C (x86/traps.c). */
#ifndef X86_TRAPS_H
#define X86_TRAPS_H

#include <hv/types.h>

/* Fill the IDT, and load it on the boot CPU. */
void traps_init(void);
/* Load the IDT on this CPU. */
void traps_load(void);
/* Where the IDT is. */
const void *idt_address(void);

/* --- from entry.S, interrupts off; the registers say which vector --- */

/* From ring 3; v is current, and v->regs are saved. May turn interrupts on. */
void trap_from_guest(struct vcpu *v);
/* From ring 0: an interrupt, or a fault at an instruction of the exception table; others panic. */
void trap_from_hv(struct regs *r);
/* #DB, NMI, #MC, #DF from ring 0, on their own stacks. */
void trap_ist(struct regs *r);
/* The same from ring 3, on the CPU's own stack; v is current, and v->regs are saved. */
void trap_ist_from_guest(struct vcpu *v);
/* The iretq to v faulted; *fault lies over v->regs. The guest's failsafe callback hears of it. */
void iret_fault(struct vcpu *v, struct regs *fault);

#endif
