/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Timers: one sorted list a CPU (sched/timer.c). A timer's fn runs in the timer softirq of its CPU,
 * interrupts on, no lock held. The list's lock is a leaf, taken with interrupts off.
 */
#ifndef HV_SCHED_TIMER_H
#define HV_SCHED_TIMER_H

#include <hv/queue.h>
#include <hv/types.h>

struct timer {
	uint64_t deadline;	/* ns of now_ns() */
	TAILQ_ENTRY(timer) link;
	bool armed;
	bool dead;		/* timer_kill() was called */
	unsigned int cpu;
	void (*fn)(void *);
	void *data;
};

/* Set up *t, unarmed: fn(data) is to run on cpu. Nobody else uses *t yet. */
void timer_init(struct timer *t, void (*fn)(void *), void *data, unsigned int cpu);
/* Let it run at deadline, ns, instead of what it was set to. Any CPU, any context but NMI. */
void timer_set(struct timer *t, uint64_t deadline);
/* It is not to run; fn may still be running when it was. Any context but NMI. */
void timer_stop(struct timer *t);
/*
 * As timer_stop(), for good: no timer_set() counts any more, and fn does not run on any CPU on
 * return. Not from fn itself. Interrupts on.
 */
void timer_kill(struct timer *t);
/* It belongs to that CPU from now on; an armed one stays armed. Any context but NMI. */
void timer_migrate(struct timer *t, unsigned int cpu);

/* Set up the list of a CPU, before its first timer_set(). Boot CPU. */
void timers_init_cpu(unsigned int cpu);
/* The hardware of this CPU (x86/timer_hw.c) has interrupted. Interrupt context. */
void timer_expired(void);
/* Before this CPU sleeps, interrupts off. True: a deadline has gone by, there is work after all. */
bool timer_check_late(void);
/* When the hardware of this CPU interrupts next, ns; 0: not at all. Interrupts off. */
uint64_t timer_due(void);
/* Print each CPU's timers to the log. Debug keys. */
void timers_dump(void);

#endif
