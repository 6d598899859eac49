/* SPDX-License-Identifier: GPL-2.0-only */
/* The guest's clock and its timers (time/pvclock.c; ABI.md 7.1, 7.3). */
#ifndef HV_TIME_PVCLOCK_H
#define HV_TIME_PVCLOCK_H

#include <hv/sched/timer.h>
#include <hv/types.h>

/* Per vCPU: the guest's timers. */
struct vcpu_time {
	struct timer singleshot;
	struct timer periodic;
	uint64_t period;	/* ns; 0: the periodic timer is off */
};

/* Set up v->time, all off. 0 always. */
int vcpu_time_init(struct vcpu *v);
/* Both timers go. v does not run any more. */
void vcpu_time_destroy(struct vcpu *v);
/*
 * Write vcpu_info.time, and the secondary area if there is one. v->info is set; v is current or
 * does not run.
 */
void vcpu_time_publish(struct vcpu *v);

#endif
