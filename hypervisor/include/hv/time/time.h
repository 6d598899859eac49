/* SPDX-License-Identifier: GPL-2.0-only */
/* Time: nanoseconds since boot, one scale on all CPUs, from the TSC. */
#ifndef HV_TIME_TIME_H
#define HV_TIME_TIME_H

#include <hv/sched/sched.h>
#include <hv/types.h>

#define NS_PER_SEC	UINT64_C(1000000000)
#define NS_PER_MS	UINT64_C(1000000)
#define NS_PER_US	UINT64_C(1000)

/*
 * A factor: ns = ((tsc << shift or >> -shift) * mul) >> 32, the form that the ABI shows to guests
 * (ABI.md 7.1).
 */
struct time_scale {
	uint32_t mul;
	int8_t shift;
};

uint64_t now_ns(void);
uint64_t tsc_khz(void);
void time_init(void);			/* calibrate; boot CPU */
void delay_us(unsigned int us);

/* Per vCPU: the guest's timers. */
struct vcpu_time {
	struct timer singleshot;
	struct timer periodic;
	uint64_t period;
};
int vcpu_time_init(struct vcpu *v);
void vcpu_time_destroy(struct vcpu *v);
void vcpu_time_publish(
	struct vcpu *v); /* write vcpu_info.time, and the secondary area when v is current */
void wallclock_publish(struct domain *d);	/* write shared_info.wc_* */
/* Wall clock: seconds and ns since 1970 at the system time given (platform_op settime). */
void wallclock_set(uint64_t secs, uint32_t nsecs, uint64_t system_time);
uint64_t wallclock_now(uint32_t *nsecs);

#endif
