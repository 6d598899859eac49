// SPDX-License-Identifier: GPL-2.0-only
/* Run states: four sums of nanoseconds a vCPU, and the guest's copy of them (ABI.md 7.4). */
#include <hv/sched/runstate.h>
#include <hv/domain/domain.h>
#include <hv/domain/guest_area.h>
#include <hv/lib/lib.h>
#include <hv/time/clock.h>
#include <hv/trace/trace.h>
#include <xen/vcpu.h>
#include <xen/xen.h>

void runstate_set(struct vcpu *v, unsigned int state, uint64_t now)
{
	struct vcpu_sched *s = &v->sched;

	if (trace_wants(TRC_SCHED))
		trace_runstate(v, state);
	if (now > s->state_entry)
		s->state_time[s->state] += now - s->state_entry;
	s->state_entry = now;
	s->state = state;
}

void vcpu_runstate(struct vcpu *v, uint64_t time[4], uint64_t *entry, unsigned int *state)
{
	struct vcpu_sched *s = &v->sched;
	uint64_t now = now_ns();

	/* A snapshot without the lock: the sums may be one change old. */
	memcpy(time, s->state_time, sizeof(s->state_time));
	*entry = s->state_entry;
	*state = s->state;
	if (now > *entry)
		time[*state] += now - *entry;
}

uint64_t vcpu_cpu_time(struct vcpu *v)
{
	uint64_t time[4], entry;
	unsigned int state;

	vcpu_runstate(v, time, &entry, &state);
	return time[RUNSTATE_running];
}

void runstate_publish(struct vcpu *v)
{
	struct vcpu_runstate_info info;
	struct guest_area *a = &v->area.runstate;
	bool flag = v->domain->trap.vm_assist & BIT64(VMASST_TYPE_runstate_update_flag);
	uint64_t entry = v->sched.state_entry;

	if (!a->size)
		return;
	memset(&info, 0,
	       sizeof(info)); /* it goes to the guest whole, with what lies between its fields */
	info.state = v->sched.state;
	memcpy(info.time, v->sched.state_time, sizeof(info.time));
	info.state_entry_time = entry;
	if (flag) { /* the reader waits while the top bit is set: it goes up first and down last */
		uint64_t busy = entry | BIT64(63);

		guest_area_write(a, offsetof(struct vcpu_runstate_info, state_entry_time), &busy,
				 sizeof(busy));
		smp_wmb();
		info.state_entry_time = busy;
	}
	guest_area_write(a, 0, &info, sizeof(info));
	if (flag) {
		smp_wmb();
		guest_area_write(a, offsetof(struct vcpu_runstate_info, state_entry_time), &entry,
				 sizeof(entry));
	}
}
