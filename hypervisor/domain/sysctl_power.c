// SPDX-License-Identifier: GPL-2.0-only
/*
 * The sub-ops of sysctl about the power of CPUs (ABI.md 14.2). We drive no frequency and no sleep
 * state but HLT: what is asked gets a true answer, and what is to be set is refused, unless it is
 * so already. The door is sysctl_op.c.
 */
#include <hv/domain/domain.h>
#include <hv/domain/sysctl.h>
#include <hv/errno.h>
#include <hv/hypercall/hypercall.h>
#include <hv/percpu.h>
#include <hv/sched/cpupool.h>
#include <hv/sched/idle.h>
#include <hv/sched/runstate.h>
#include <hv/sched/sched.h>
#include <hv/time/clock.h>
#include <x86/uaccess.h>

#define DEEPEST_STATE	1U	/* C1 */
#define STATES		(DEEPEST_STATE + 1)

/* A CPU is in C1 while it is halted, and in C0 for the rest of the time. */
static long cx_stat(uint32_t cpu, struct pm_cx_stat *c)
{
	uint64_t halts, halted, triggers[STATES], residencies[STATES];
	uint32_t n = MIN(c->nr, STATES);

	idle_halts(cpu, &halts, &halted);
	triggers[0] = triggers[1] = halts;
	residencies[0] = now_ns() - halted;
	residencies[1] = halted;
	if (copy_to_guest(c->triggers, triggers, n * sizeof(triggers[0])) ||
	    copy_to_guest(c->residencies, residencies, n * sizeof(residencies[0])))
		return -EFAULT;
	c->nr = STATES;
	c->last = DEEPEST_STATE;
	c->idle_time = vcpu_cpu_time(idle_vcpu(cpu));
	c->nr_pc = c->nr_cc = 0;
	return 0;
}

long sysctl_get_pmstat(struct xen_sysctl *op)
{
	uint32_t cpu = op->u.get_pmstat.cpuid;

	if (cpu >= nr_cpus)
		return -EINVAL;
	if ((op->u.get_pmstat.type & PMSTAT_CATEGORY_MASK) == PMSTAT_PX)
		return -ENODEV;
	cpu = (uint32_t)index_nospec(cpu, nr_cpus);
	switch (op->u.get_pmstat.type) {
	case PMSTAT_get_max_cx:
		op->u.get_pmstat.u.getcx.nr = STATES;
		return 0;
	case PMSTAT_get_cxstat: return cx_stat(cpu, &op->u.get_pmstat.u.getcx);
	case PMSTAT_reset_cxstat: return not_supported("get_pmstat", PMSTAT_reset_cxstat);
	default: return not_implemented("get_pmstat", op->u.get_pmstat.type);
	}
}

/* sub: of sub-states, of which C1 has one, 0. */
static long set_max_cstate(bool sub, uint32_t wanted)
{
	if (wanted == (sub ? 0 : DEEPEST_STATE))
		return 0;
	return not_supported("pm_op", XEN_SYSCTL_pm_op_set_max_cstate);
}

long sysctl_pm_op(struct xen_sysctl *op)
{
	uint32_t cpu = op->u.pm_op.cpuid, cmd = op->u.pm_op.cmd;

	if (cpu >= nr_cpus && cmd != XEN_SYSCTL_pm_op_get_max_cstate &&
	    cmd != XEN_SYSCTL_pm_op_set_max_cstate)
		return -EINVAL;
	if ((cmd & PM_PARA_CATEGORY_MASK) == CPUFREQ_PARA)
		return -ENODEV;
	switch (cmd) {
	case XEN_SYSCTL_pm_op_get_max_cstate:
		if (cpu > 1)
			return -EINVAL;
		op->u.pm_op.u.get_max_cstate = cpu ? 0 : DEEPEST_STATE;
		return 0;
	case XEN_SYSCTL_pm_op_set_max_cstate:
		return cpu > 1 ? -EINVAL : set_max_cstate(cpu, op->u.pm_op.u.set_max_cstate);
	case XEN_SYSCTL_pm_op_set_sched_opt_smt:
	case XEN_SYSCTL_pm_op_enable_turbo:
	case XEN_SYSCTL_pm_op_disable_turbo: return not_supported("pm_op", cmd);
	default: return not_implemented("pm_op", cmd);
	}
}

long sysctl_cpu_hotplug(struct xen_sysctl *op)
{
	const struct xen_sysctl_cpu_hotplug *h = &op->u.cpu_hotplug;

	switch (h->op) {
	case XEN_SYSCTL_CPU_HOTPLUG_ONLINE: return cpupool_online_cpu(h->cpu);
	case XEN_SYSCTL_CPU_HOTPLUG_OFFLINE: return cpupool_offline_cpu(h->cpu);
	case XEN_SYSCTL_CPU_HOTPLUG_SMT_ENABLE:
	case XEN_SYSCTL_CPU_HOTPLUG_SMT_DISABLE: return not_supported("cpu_hotplug", h->op);
	default: return -EINVAL;
	}
}
