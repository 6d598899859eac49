/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * How long each vCPU was in each state, RUNSTATE_* of the ABI: running, runnable, blocked, offline
 * (sched/runstate.c).
 */
#ifndef HV_SCHED_RUNSTATE_H
#define HV_SCHED_RUNSTATE_H

#include <hv/types.h>

/* v is in `state` since now, ns. The run queue's lock is held. */
void runstate_set(struct vcpu *v, unsigned int state, uint64_t now);
/* Write it into the area that the guest registered, if it did. v is current or does not run. */
void runstate_publish(struct vcpu *v);
/*
 * A snapshot without a lock: ns in each state, when it entered the present one (ns), and which that
 * is. Any context.
 */
void vcpu_runstate(struct vcpu *v, uint64_t time[4], uint64_t *entry, unsigned int *state);
/* For how long v has run, ns. Any context. */
uint64_t vcpu_cpu_time(struct vcpu *v);

#endif
