/* SPDX-License-Identifier: GPL-2.0-only */
/* How long each vCPU was in each state (sched/runstate.c). */
#ifndef HV_SCHED_RUNSTATE_H
#define HV_SCHED_RUNSTATE_H

#include <hv/sched/sched.h>

void runstate_init(void);
void runstate_set(struct vcpu *v, unsigned int state,
		  uint64_t now);                /* the run queue's lock is held */
void runstate_publish(struct vcpu *v);		/* into the area that the guest registered, if it did */

#endif
