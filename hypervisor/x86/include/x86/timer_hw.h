/* SPDX-License-Identifier: GPL-2.0-only */
/* Between sched/timer.c and the hardware (x86/timer_hw.c). */
#ifndef X86_TIMER_HW_H
#define X86_TIMER_HW_H

#include <hv/types.h>

void timer_hw_init(void);		/* boot CPU: measure; after time_init() */
void timer_hw_set(
	uint64_t deadline); /* this CPU: interrupt at that time (ns), or at once when it is past */
void timer_expired(void);		/* the interrupt came */
bool timer_check_late(
	void); /* interrupts off, before sleeping: true when there is work after all */
uint64_t timer_due(void);		/* interrupts off: ns, of the next interrupt; 0: none is to come */
void timers_init_cpu(unsigned int cpu);	/* before the first timer_set() for that CPU */

#endif
