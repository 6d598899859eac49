/* SPDX-License-Identifier: GPL-2.0-only */
/* Between the scheduler and the switch of registers (x86/context.c). */
#ifndef X86_CONTEXT_H
#define X86_CONTEXT_H

#include <hv/percpu.h>

void switch_prepare(
	struct vcpu *next); /* make its registers available to this CPU; interrupts on */
void context_switch(struct vcpu *prev,
		    struct vcpu *next);         /* interrupts off; current becomes next */
void resume_current(void) __noreturn;		/* forget this stack, go on with current */
void bounce_nmi(struct vcpu *v);		/* trap/bounce.c: v is current and loaded */

#endif
