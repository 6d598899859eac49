/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Entering a guest's handlers (trap/bounce.c; ABI.md 3). v is current, its registers are in
 * v->regs, interrupts are on. A guest without a stack or a handler for it is crashed.
 */
#ifndef HV_TRAP_BOUNCE_H
#define HV_TRAP_BOUNCE_H

#include <hv/types.h>

/* Exception `vector`; has_error: error is pushed too. False: the domain was crashed. */
bool bounce_trap(struct vcpu *v, unsigned int vector, bool has_error, uint32_t error);
/* #PF at cr2; the user bit of error is made to say what the guest's mode is. */
void bounce_page_fault(struct vcpu *v, uint64_t cr2, uint32_t error);
/* The event callback. */
void bounce_event(struct vcpu *v);
/* The guest user's SYSCALL in 64-bit code. */
void bounce_syscall(struct vcpu *v);
/* The same in 32-bit code; #UD when the guest has no callback for it. */
void bounce_syscall32(struct vcpu *v);
/* The failsafe callback: selectors of v were bad. */
void bounce_failsafe(struct vcpu *v);
/* An NMI; no other comes until the guest's next iret. v is loaded. */
void bounce_nmi(struct vcpu *v);

#endif
