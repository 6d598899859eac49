/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What single tools ask for. Claims: xenperf's counts are exact, xenpm is told the truth and never
 * "done", a CPU off line runs nothing, MSRs are read on the CPU named and from a list only.
 */
/* sources: hypervisor/domain/sysctl_op.c hypervisor/domain/info.c */
/* sources: hypervisor/domain/cpu_policy.c hypervisor/domain/cpu_policy_list.c */
/* sources: hypervisor/sched/cpupool.c */
/* sources: hypervisor/domain/platform_op.c hypervisor/domain/resource_op.c */
/* sources: hypervisor/domain/sysctl_power.c hypervisor/domain/sysctl_tools.c */
/* sources: hypervisor/console/stats.c */
#include "sysctl_world.h"

#include <hv/console/stats.h>

static struct xen_sysctl op;

static long sysctl(uint32_t cmd)
{
	op.cmd = cmd;
	op.interface_version = XEN_SYSCTL_INTERFACE_VERSION;
	return do_sysctl(at(&op), 0, 0, 0, 0, 0);
}

/* ---- xenperf ---- */

static struct xen_sysctl_perfc_desc desc[32];
static uint32_t values[128];

static long perfc(uint32_t cmd, bool where)
{
	op.u.perfc_op = (struct xen_sysctl_perfc_op){
		.cmd = cmd, .desc = where ? at(desc) : 0, .val = where ? at(values) : 0};
	return sysctl(XEN_SYSCTL_perfc_op);
}

/* The first value of the counter of that name. */
static uint32_t *counter(const char *name)
{
	uint32_t value = 0;

	for (uint32_t i = 0; i < op.u.perfc_op.nr_counters; i++) {
		if (!strcmp(desc[i].name, name))
			return &values[value];
		value += desc[i].nr_vals;
	}
	abort();
}

static void test_counters(void)
{
	uint32_t sum = 0;

	world_vcpu[0][0].stats.of[STAT_SWITCH] = 5;
	world_vcpu[1][1].stats.of[STAT_SWITCH] = 6;
	world_idle[1].stats.of[STAT_SWITCH] = 1;
	world_vcpu[1][0].stats.hypercalls[29] = 40;
	result(perfc(XEN_SYSCTL_PERFCOP_query, false) == 0 &&
		       op.u.perfc_op.nr_counters == NR_STATS + 1 &&
		       op.u.perfc_op.nr_vals == NR_STATS + 64,
	       "how many counters there are");
	result(perfc(XEN_SYSCTL_PERFCOP_query, true) == 0 && *counter("switches") == 12 &&
		       counter("hypercalls")[29] == 40 && counter("hypercalls")[28] == 0,
	       "each is the sum over all vCPUs, hypercalls by number");
	for (uint32_t i = 0; i < op.u.perfc_op.nr_counters; i++)
		sum += desc[i].nr_vals;
	result(sum == op.u.perfc_op.nr_vals, "the descriptions tell where each stands");
	stats_keep(&world_vcpu[1][1].stats);
	memset(&world_vcpu[1][1].stats, 0, sizeof(world_vcpu[1][1].stats));
	result(perfc(XEN_SYSCTL_PERFCOP_query, true) == 0 && *counter("switches") == 12,
	       "a vCPU that goes leaves its counts");
	result(perfc(XEN_SYSCTL_PERFCOP_reset, false) == 0 &&
		       perfc(XEN_SYSCTL_PERFCOP_query, true) == 0 && *counter("switches") == 0 &&
		       counter("hypercalls")[29] == 0,
	       "a reset begins anew");
	world_vcpu[0][0].stats.of[STAT_SWITCH] += 3;
	result(perfc(XEN_SYSCTL_PERFCOP_query, true) == 0 && *counter("switches") == 3 &&
		       world_vcpu[0][0].stats.of[STAT_SWITCH] == 8,
	       "and changes nothing for the debug key");
	result(perfc(7, true) == -EINVAL, "there are no other commands");
	world_copies_left = 5;
	result(perfc(XEN_SYSCTL_PERFCOP_query, true) == -EFAULT && !world_held,
	       "a bad buffer leaves nothing behind");
	world_copies_left = -1;
}

/* ---- xenpm ---- */

static long pmstat(uint32_t type, uint32_t cpu)
{
	op.u.get_pmstat.type = type;
	op.u.get_pmstat.cpuid = cpu;
	return sysctl(XEN_SYSCTL_get_pmstat);
}

static long pm_op(uint32_t cmd, uint32_t cpu, uint32_t value)
{
	op.u.pm_op.cmd = cmd;
	op.u.pm_op.cpuid = cpu;
	op.u.pm_op.u.set_max_cstate = value;
	return sysctl(XEN_SYSCTL_pm_op);
}

static void test_power(void)
{
	uint64_t triggers[3] = {~0UL, ~0UL, ~0UL}, residencies[3] = {~0UL, ~0UL, ~0UL};
	struct pm_cx_stat *c = &op.u.get_pmstat.u.getcx;

	result(pmstat(PMSTAT_get_max_cx, 1) == 0 && c->nr == 2, "C0 and C1 are all there is");
	*c = (struct pm_cx_stat){
		.nr = 3, .nr_pc = 4, .triggers = at(triggers), .residencies = at(residencies)};
	result(pmstat(PMSTAT_get_cxstat, 1) == 0 && c->nr == 2 && c->nr_pc == 0 &&
		       triggers[1] == 8 && residencies[1] == NS_PER_SEC &&
		       residencies[0] == 4 * NS_PER_SEC && triggers[2] == ~0UL,
	       "how often and how long, and nothing beyond");
	result(pmstat(PMSTAT_get_cxstat, 2) == -EINVAL, "not of a CPU that is none");
	result(pmstat(PMSTAT_get_max_px, 0) == -ENODEV && pmstat(PMSTAT_get_pxstat, 0) == -ENODEV &&
		       pm_op(GET_CPUFREQ_PARA, 0, 0) == -ENODEV &&
		       pm_op(SET_CPUFREQ_GOV, 0, 0) == -ENODEV &&
		       pm_op(SET_CPUFREQ_PARA, 0, 0) == -ENODEV,
	       "there is no governor of frequencies to be asked or set");
	result(pm_op(XEN_SYSCTL_pm_op_get_max_cstate, 0, 9) == 0 &&
		       op.u.pm_op.u.get_max_cstate == 1,
	       "C1 is the deepest state");
	result(pm_op(XEN_SYSCTL_pm_op_set_max_cstate, 0, 1) == 0 &&
		       pm_op(XEN_SYSCTL_pm_op_set_max_cstate, 0, 0) == -EOPNOTSUPP &&
		       pm_op(XEN_SYSCTL_pm_op_set_max_cstate, 0, 2) == -EOPNOTSUPP &&
		       pm_op(XEN_SYSCTL_pm_op_set_max_cstate, 0, ~0u) == -EOPNOTSUPP &&
		       pm_op(XEN_SYSCTL_pm_op_set_max_cstate, 2, 1) == -EINVAL,
	       "and can be made nothing else");
	world_missing = NULL;
	result(pmstat(PMSTAT_reset_cxstat, 0) == -EOPNOTSUPP && world_missing &&
		       pm_op(XEN_SYSCTL_pm_op_enable_turbo, 0, 0) == -EOPNOTSUPP &&
		       pm_op(XEN_SYSCTL_pm_op_disable_turbo, 0, 0) == -EOPNOTSUPP &&
		       pm_op(XEN_SYSCTL_pm_op_set_sched_opt_smt, 0, 1) == -EOPNOTSUPP,
	       "what has no effect is refused");
	result(pm_op(0x99, 0, 0) == -ENOSYS &&
		       pm_op(XEN_SYSCTL_pm_op_enable_turbo, 2, 0) == -EINVAL,
	       "other commands, other CPUs");
}

/* ---- xen-hptool ---- */

static long hotplug(uint32_t what, uint32_t cpu)
{
	op.u.cpu_hotplug = (struct xen_sysctl_cpu_hotplug){cpu, what};
	return sysctl(XEN_SYSCTL_cpu_hotplug);
}

static uint32_t online(void)
{
	memset(&op, 0, sizeof(op));
	return sysctl(XEN_SYSCTL_physinfo) ? 0 : op.u.physinfo.nr_cpus;
}

static uint32_t pcpu_flags(uint32_t cpu)
{
	struct xen_platform_op p = {.cmd = XENPF_get_cpuinfo,
				    .interface_version = XENPF_INTERFACE_VERSION};

	p.u.pcpu_info.xen_cpuid = cpu;
	return do_platform_op(at(&p), 0, 0, 0, 0, 0) ? ~0u : p.u.pcpu_info.flags;
}

static void test_hotplug(void)
{
	struct xen_sysctl_cputopo topo[2];
	struct xen_platform_op p = {.cmd = XENPF_cpu_online,
				    .interface_version = XENPF_INTERFACE_VERSION};

	settled = pcpu_events = 0;
	result(hotplug(XEN_SYSCTL_CPU_HOTPLUG_OFFLINE, 1) == 0 && cpupool_cpus(0).bits == 1 &&
		       settled == 4 && irqs_left == 1 && pcpu_events == 1,
	       "a CPU goes off line: vCPUs and interrupts leave it, Domain-0 hears of it");
	op.u.cputopoinfo = (struct xen_sysctl_cputopoinfo){.num_cpus = 2, .cputopo = at(topo)};
	result(sysctl(XEN_SYSCTL_cputopoinfo) == 0 && topo[0].core == 0 &&
		       topo[1].core == XEN_INVALID_CORE_ID && pcpu_flags(1) == 0 &&
		       pcpu_flags(0) == XEN_PCPU_FLAGS_ONLINE && online() == 1,
	       "those who ask hear of it too");
	result(!cpupool_free_cpus().bits && cpupool_add_cpu(0, 1) == -ENODEV &&
		       cpupool_add_cpu(0, CPUPOOL_ANY) == -ENODEV,
	       "no pool gets it");
	result(hotplug(XEN_SYSCTL_CPU_HOTPLUG_OFFLINE, 1) == -EEXIST &&
		       hotplug(XEN_SYSCTL_CPU_HOTPLUG_OFFLINE, 0) == -EINVAL &&
		       hotplug(XEN_SYSCTL_CPU_HOTPLUG_OFFLINE, 2) == -EINVAL &&
		       hotplug(XEN_SYSCTL_CPU_HOTPLUG_ONLINE, 0) == -EEXIST &&
		       hotplug(XEN_SYSCTL_CPU_HOTPLUG_ONLINE, 2) == -EINVAL,
	       "not twice, never the first, none that is none");
	settled = 0;
	result(hotplug(XEN_SYSCTL_CPU_HOTPLUG_ONLINE, 1) == 0 && cpupool_cpus(0).bits == 3 &&
		       settled == 4 && pcpu_events == 2 && online() == 2,
	       "it comes back, into the first pool");
	result(!cpupool_remove_cpu(0, 1) && !hotplug(XEN_SYSCTL_CPU_HOTPLUG_OFFLINE, 1) &&
		       online() == 1,
	       "one that is in no pool goes as well");
	p.u.cpu_ol.cpuid = 1;
	result(do_platform_op(at(&p), 0, 0, 0, 0, 0) == 0 && online() == 2,
	       "Linux brings it back by its own call");
	p.cmd = XENPF_cpu_offline;
	result(do_platform_op(at(&p), 0, 0, 0, 0, 0) == 0 && online() == 1 &&
		       !cpupool_online_cpu(1),
	       "and takes it");
	result(!cpupool_remove_cpu(0, 1) && !cpupool_create(1, &(unsigned int){0}) &&
		       !cpupool_add_cpu(1, 1) && !cpupool_move(&world_dom[1], 1) &&
		       hotplug(XEN_SYSCTL_CPU_HOTPLUG_OFFLINE, 1) == -EBUSY && online() == 2,
	       "the last CPU of a pool with a domain stays");
	(void)cpupool_move(&world_dom[1], 0);
	result(hotplug(XEN_SYSCTL_CPU_HOTPLUG_SMT_DISABLE, 0) == -EOPNOTSUPP &&
		       hotplug(XEN_SYSCTL_CPU_HOTPLUG_SMT_ENABLE, 0) == -EOPNOTSUPP &&
		       hotplug(9, 0) == -EINVAL,
	       "all second threads at once are refused");
}

/* ---- MSRs ---- */

static struct xenpf_resource_entry entries[5];

static long resource(uint32_t n, uint32_t cpu)
{
	struct xen_platform_op p = {.cmd = XENPF_resource_op,
				    .interface_version = XENPF_INTERFACE_VERSION};

	p.u.resource_op = (struct xenpf_resource_op){n, cpu, at(entries)};
	return do_platform_op(at(&p), 0, 0, 0, 0, 0);
}

static void test_resource(void)
{
	entries[0] = (struct xenpf_resource_entry){.idx = 0x122};
	entries[1] = (struct xenpf_resource_entry){.idx = 0x10};
	result(resource(2, 1) == 2 && entries[0].val == 0x1234 && !entries[0].u.ret &&
		       entries[1].val == 5 * NS_PER_SEC && called.bits == 2,
	       "an MSR is read on its CPU, with the time");
	entries[1] = (struct xenpf_resource_entry){.idx = 0xc0000082};
	result(resource(2, 0) == 1 && entries[1].u.ret == -EPERM && !entries[1].val,
	       "none that is not in the list");
	entries[1] = (struct xenpf_resource_entry){.idx = 0x122, .u.cmd = 1, .val = 3};
	result(resource(2, 0) == 1 && entries[1].u.ret == -EPERM, "none is written");
	entries[1] = (struct xenpf_resource_entry){.idx = 0x10f};
	result(resource(2, 0) == 1 && entries[1].u.ret == -EPERM,
	       "one that the CPU does not have is no answer");
	entries[1] = (struct xenpf_resource_entry){.idx = 0x100000122};
	result(resource(2, 0) == 1 && entries[1].u.ret == -EINVAL, "an index has 32 bits");
	entries[0] = (struct xenpf_resource_entry){.idx = 0x122, .rsvd = 1};
	entries[1] = (struct xenpf_resource_entry){.idx = 0x122, .u.cmd = 7};
	result(resource(2, 0) == 0 && entries[0].u.ret == -EINVAL && entries[1].u.cmd == 7,
	       "the first bad entry ends the call");
	result(resource(0, 0) == 0 && resource(5, 0) == -EINVAL && resource(1, 2) == -ENODEV,
	       "four at once, and of a CPU that there is");
}

/* ---- what is not there ---- */

static void test_absent(void)
{
	struct xen_sysctl_livepatch_list *l = &op.u.livepatch.u.list;

	memset(&op, 0, sizeof(op));
	op.u.livepatch.cmd = XEN_SYSCTL_LIVEPATCH_LIST;
	l->nr = 9;
	result(sysctl(XEN_SYSCTL_livepatch_op) == 0 && !l->nr && l->version,
	       "the list of live patches is empty");
	l->idx = 1;
	result(sysctl(XEN_SYSCTL_livepatch_op) == -EINVAL, "and has no second part");
	op.u.livepatch.cmd = XEN_SYSCTL_LIVEPATCH_ACTION;
	result(sysctl(XEN_SYSCTL_livepatch_op) == -ENOENT, "none can be applied");
	op.u.livepatch.cmd = XEN_SYSCTL_LIVEPATCH_UPLOAD;
	result(sysctl(XEN_SYSCTL_livepatch_op) == -EOPNOTSUPP, "nor loaded");
	result(sysctl(XEN_SYSCTL_psr_cmt_op) == -ENODEV && sysctl(XEN_SYSCTL_psr_alloc) == -ENODEV,
	       "this machine divides no caches");
}

int main(void)
{
	world_start();
	cpupool_init_cpu(0);
	cpupool_init_cpu(1);
	test_counters();
	test_power();
	test_hotplug();
	test_resource();
	test_absent();
	printf("1..%u\n", tap_number);
	return tap_failures != 0;
}
