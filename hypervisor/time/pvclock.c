// SPDX-License-Identifier: GPL-2.0-only
/*
 * The guest's clock and its timers (ABI.md 7.1, 7.3). The published parameters never change: guests
 * read the TSC and compute the same nanoseconds as now_ns() does. So they are written when a
 * vcpu_info (re)appears, and never again.
 */
#include <hv/time/pvclock.h>
#include <hv/domain/domain.h>
#include <hv/domain/guest_area.h>
#include <hv/event/virq.h>
#include <hv/sched/timer.h>
#include <hv/time/clock.h>
#include <xen/xen.h>

static void fill(struct vcpu_time_info *t)
{
	struct time_scale s;
	uint64_t start;

	clock_parameters(&s, &start);
	t->tsc_timestamp = start;
	t->system_time = 0;
	t->tsc_to_system_mul = s.mul;
	t->tsc_shift = s.shift;
	t->flags = XEN_PVCLOCK_TSC_STABLE_BIT;
}

void vcpu_time_publish(struct vcpu *v)
{
	struct vcpu_time_info *t = &v->info->time, copy = {.version = 2};
	uint32_t version = (READ_ONCE(t->version) | 1) + 2;

	WRITE_ONCE(t->version,
		   version); /* odd: being written; readers pair with the two barriers */
	smp_wmb();
	fill(t);
	smp_wmb();
	WRITE_ONCE(t->version, version + 1);
	if (v->area.time.size) {
		fill(&copy);
		guest_area_write(&v->area.time, 0, &copy, sizeof(copy));
	}
}

static void singleshot(void *data)
{
	send_vcpu_virq(data, VIRQ_TIMER);
}

/* Interrupts the CPU on which v runs, and none while v is down: VCPUOP_up starts it again. */
static void periodic(void *data)
{
	struct vcpu *v = data;

	send_vcpu_virq(v, VIRQ_TIMER);
	if (!v->time.period || v->sched.down)
		return;
	timer_migrate(&v->time.periodic, atomic_load(&v->cpu));
	timer_set(&v->time.periodic, now_ns() + v->time.period);
}

int vcpu_time_init(struct vcpu *v)
{
	timer_init(&v->time.singleshot, singleshot, v, v->cpu);
	timer_init(&v->time.periodic, periodic, v, v->cpu);
	return 0;
}

void vcpu_time_destroy(struct vcpu *v)
{
	v->time.period = 0;
	timer_kill(&v->time.singleshot);
	timer_kill(&v->time.periodic);
}
