/* SPDX-License-Identifier: GPL-2.0-only */
/* What a CPU does without a vCPU to run: it polls, then halts (sched/idle.c). */
#ifndef HV_SCHED_IDLE_H
#define HV_SCHED_IDLE_H

#include <hv/compiler.h>
#include <hv/types.h>

/* The idle loop of this CPU, for its idle vCPU; never returns. */
void idle_loop(void) __noreturn;
/* Print what a wake-up of that CPU costs and how long it polls. Debug keys. */
void idle_dump(unsigned int cpu);

/* How often that CPU was halted, and for how many ns in all; not the halt that lasts. Any CPU. */
void idle_halts(unsigned int cpu, uint64_t *times, uint64_t *ns);

/* --- its arithmetic, pure --- */

/*
 * How long to look next time, ns: after a wait of `waited` ns with a window of `window`, at most
 * `limit`.
 */
uint64_t idle_poll_window(uint64_t window, uint64_t waited, uint64_t limit);
/* At most how long to look, ns, where a wake-up costs so many ns, on average. */
uint64_t idle_poll_limit(uint64_t cost);
/* What a wake-up costs, ns, once one was so many ns late. */
uint64_t idle_wake_cost(uint64_t cost, uint64_t late);

#endif
