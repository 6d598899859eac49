/* SPDX-License-Identifier: GPL-2.0-only */
/* The timer interrupt of a CPU, for sched/timer.c (x86/timer_hw.c). */
#ifndef X86_TIMER_HW_H
#define X86_TIMER_HW_H

#include <hv/types.h>

/* Measure the LAPIC's timer; takes 20 ms. Boot CPU, after time_init(). */
void timer_hw_init(void);
/*
 * Let this CPU be interrupted at deadline, ns, or at once when it is past; within a second also for
 * a later one. Interrupts off.
 */
void timer_hw_set(uint64_t deadline);

#endif
