/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * sysctl, platform_op, mca and xen_version, sub-operation by sub-operation. Claim: none says "done"
 * without having done what it was asked for or answered what it was asked (domctl: test_domctl.c).
 */
/* sources: hypervisor/domain/sysctl_op.c hypervisor/domain/info.c */
/* sources: hypervisor/domain/cpu_policy.c hypervisor/domain/cpu_policy_list.c */
/* sources: hypervisor/sched/cpupool.c */
/* sources: hypervisor/domain/platform_op.c hypervisor/domain/resource_op.c */
/* sources: hypervisor/domain/sysctl_power.c hypervisor/domain/sysctl_tools.c */
/* sources: hypervisor/console/stats.c hypervisor/domain/mca_op.c */
/* sources: hypervisor/hypercall/version_op.c */
#include "sysctl_world.h"

#include "effects.h"

#include <hv/console/stats.h>

static struct xen_sysctl op;
static struct xen_platform_op pf;
static struct xen_mc mc;

static long sysctl(uint32_t cmd)
{
	op.cmd = cmd;
	op.interface_version = XEN_SYSCTL_INTERFACE_VERSION;
	return do_sysctl(at(&op), 0, 0, 0, 0, 0);
}

static long platform(uint32_t cmd)
{
	pf.cmd = cmd;
	pf.interface_version = XENPF_INTERFACE_VERSION;
	return do_platform_op(at(&pf), 0, 0, 0, 0, 0);
}

static long mca(uint32_t cmd)
{
	mc.cmd = cmd;
	mc.interface_version = XEN_MCA_INTERFACE_VERSION;
	return do_mca(at(&mc), 0, 0, 0, 0, 0);
}

/* What only functions tell. */
static struct {
	struct vcpu_stats stats;
	cpumask_t online, free, cpus[3];
	struct cpupool_info pool;
	unsigned int ratelimit;
	int pool_1;
} seen;

static void observe(void)
{
	memset(&seen, 0, sizeof(seen));
	stats_since_reset(&seen.stats);
	seen.online = cpumask_online();
	seen.free = cpupool_free_cpus();
	for (unsigned int i = 0; i < 3; i++)
		seen.cpus[i] = cpupool_cpus(i);
	seen.pool_1 = cpupool_info(1, &seen.pool);
	(void)cpupool_ratelimit(0, &seen.ratelimit);
}

static const struct region state[] = {
	{world_dom, sizeof(world_dom)},	  {world_vcpu, sizeof(world_vcpu)},
	{world_idle, sizeof(world_idle)}, {&options, sizeof(options)},
	{&tunables, sizeof(tunables)},	  {&discarded, sizeof(discarded)},
	{keys_run, sizeof(keys_run)},	  {&wall_secs, sizeof(wall_secs)},
	{&slept, sizeof(slept)},	  {&seen, sizeof(seen)},
	{NULL, 0},
};

#define BUFFER	at(effect_buffer)
#define PREPARE(name) static void name(void)

PREPARE(read_and_clear)
{
	op.u.readconsole =
		(struct xen_sysctl_readconsole){.buffer = BUFFER, .count = 10, .clear = 1};
}

PREPARE(count)
{
	op.u.perfc_op.cmd = XEN_SYSCTL_PERFCOP_query;
}

PREPARE(count_anew)
{
	world_vcpu[0][0].stats.of[STAT_SWITCH]++;
	op.u.perfc_op.cmd = XEN_SYSCTL_PERFCOP_reset;
}

PREPARE(domains)
{
	op.u.getdomaininfolist =
		(struct xen_sysctl_getdomaininfolist){.max_domains = 4, .buffer = BUFFER};
}

PREPARE(a_key)
{
	op.u.debug_keys = (struct xen_sysctl_debug_keys){at("h"), 1};
}

PREPARE(no_key)
{
	op.u.debug_keys = (struct xen_sysctl_debug_keys){at("\1"), 1};
}

PREPARE(cpus)
{
	op.u.getcpuinfo = (struct xen_sysctl_getcpuinfo){.max_cpus = 2, .info = BUFFER};
}

PREPARE(all_nodes)
{
	op.u.availheap.node = -1;
}

PREPARE(max_cx)
{
	op.u.get_pmstat.type = PMSTAT_get_max_cx;
}

PREPARE(cx_reset)
{
	op.u.get_pmstat.type = PMSTAT_reset_cxstat;
}

PREPARE(px)
{
	op.u.get_pmstat.type = PMSTAT_reset_pxstat;
}

PREPARE(offline)
{
	op.u.cpu_hotplug = (struct xen_sysctl_cpu_hotplug){1, XEN_SYSCTL_CPU_HOTPLUG_OFFLINE};
}

PREPARE(online)
{
	op.u.cpu_hotplug = (struct xen_sysctl_cpu_hotplug){1, XEN_SYSCTL_CPU_HOTPLUG_ONLINE};
}

PREPARE(smt_off)
{
	op.u.cpu_hotplug = (struct xen_sysctl_cpu_hotplug){0, XEN_SYSCTL_CPU_HOTPLUG_SMT_DISABLE};
}

/* pm_op: name, command, value */
#define PM(name, command, value)                      \
	PREPARE(name)                                 \
	{                                             \
		op.u.pm_op.cmd = command;             \
		op.u.pm_op.u.set_max_cstate = value;  \
	}
PM(pm_get, XEN_SYSCTL_pm_op_get_max_cstate, 77)
PM(pm_same, XEN_SYSCTL_pm_op_set_max_cstate, 1)
PM(pm_other, XEN_SYSCTL_pm_op_set_max_cstate, 3)
PM(pm_smt, XEN_SYSCTL_pm_op_set_sched_opt_smt, 1)
PM(pm_turbo, XEN_SYSCTL_pm_op_enable_turbo, 0)
PM(pm_no_turbo, XEN_SYSCTL_pm_op_disable_turbo, 0)
PM(pm_governor, SET_CPUFREQ_GOV, 0)

PREPARE(topology)
{
	op.u.cputopoinfo = (struct xen_sysctl_cputopoinfo){2, BUFFER};
}

PREPARE(nodes)
{
	op.u.numainfo = (struct xen_sysctl_numainfo){.num_nodes = 1, .meminfo = BUFFER};
}

PREPARE(devices)
{
	static struct physdev_pci_device dev;

	op.u.pcitopoinfo = (struct xen_sysctl_pcitopoinfo){1, at(&dev), BUFFER};
}

/* cpupool_op: name, operation, pool, CPU, domain */
#define POOL(name, what, pool, c, d)                                                          \
	PREPARE(name)                                                                         \
	{                                                                                     \
		op.u.cpupool_op = (struct xen_sysctl_cpupool_op){                             \
			.op = XEN_SYSCTL_CPUPOOL_OP_##what, .cpupool_id = pool, .cpu = c,     \
			.domid = d, .sched_id = XEN_SCHEDULER_CREDIT2, .cpumap = {BUFFER, 8}}; \
	}
POOL(pool_create, CREATE, 1, 0, 0)
POOL(pool_rm, RMCPU, 0, 1, 0)
POOL(pool_free, FREEINFO, 0, 0, 0)
POOL(pool_add, ADDCPU, 1, 1, 0)
POOL(pool_move, MOVEDOMAIN, 1, 0, 1)
POOL(pool_back, MOVEDOMAIN, 0, 0, 1)
POOL(pool_info, INFO, 0, 0, 0)
POOL(pool_destroy, DESTROY, 1, 0, 0)
POOL(pool_busy, DESTROY, 0, 0, 0)
POOL(pool_add_0, ADDCPU, 0, 1, 0)

PREPARE(rate)
{
	op.u.scheduler_op = (struct xen_sysctl_scheduler_op){
		.sched_id = XEN_SCHEDULER_CREDIT2, .cmd = XEN_SYSCTL_SCHEDOP_putinfo};
	op.u.scheduler_op.u.sched_credit2.ratelimit_us = 2000;
}

PREPARE(rate_get)
{
	op.u.scheduler_op = (struct xen_sysctl_scheduler_op){
		.sched_id = XEN_SCHEDULER_CREDIT2, .cmd = XEN_SYSCTL_SCHEDOP_getinfo};
}

PREPARE(levels)
{
	op.u.cpu_levelling_caps.caps = 99;
}

PREPARE(features)
{
	op.u.cpu_featureset =
		(struct xen_sysctl_cpu_featureset){.nr_features = 19, .features = BUFFER};
}

PREPARE(patches)
{
	op.u.livepatch.cmd = XEN_SYSCTL_LIVEPATCH_LIST;
	op.u.livepatch.u.list.nr = 9;
}

PREPARE(patch)
{
	op.u.livepatch.cmd = XEN_SYSCTL_LIVEPATCH_UPLOAD;
}

PREPARE(patch_action)
{
	op.u.livepatch.cmd = XEN_SYSCTL_LIVEPATCH_ACTION;
}

/* In this order: some rows undo what those before have done. */
static const struct sub_op sysctls[] = {
	{XEN_SYSCTL_readconsole, "readconsole with clear", read_and_clear, CHANGES, 0, NULL},
	{XEN_SYSCTL_physinfo, "physinfo", NULL, ANSWERS, 0, NULL},
	{XEN_SYSCTL_sched_id, "sched_id", NULL, ANSWERS, 0, NULL},
	{XEN_SYSCTL_perfc_op, "perfc_op query", count, ANSWERS, 0, NULL},
	{XEN_SYSCTL_perfc_op, "perfc_op reset", count_anew, CHANGES, 0, NULL},
	{XEN_SYSCTL_getdomaininfolist, "getdomaininfolist", domains, ANSWERS, 0, NULL},
	{XEN_SYSCTL_debug_keys, "debug_keys", a_key, CHANGES, 0, NULL},
	{XEN_SYSCTL_debug_keys, "a debug key that is none", no_key, REFUSES, -EINVAL, NULL},
	{XEN_SYSCTL_getcpuinfo, "getcpuinfo", cpus, ANSWERS, 0, NULL},
	{XEN_SYSCTL_availheap, "availheap", all_nodes, ANSWERS, 0, NULL},
	{XEN_SYSCTL_get_pmstat, "get_pmstat", max_cx, ANSWERS, 0, NULL},
	{XEN_SYSCTL_get_pmstat, "a reset of sleep states", cx_reset, REFUSES, -EOPNOTSUPP, NULL},
	{XEN_SYSCTL_get_pmstat, "one of performance states", px, REFUSES, -ENODEV, NULL},
	{XEN_SYSCTL_cpu_hotplug, "cpu_hotplug offline", offline, CHANGES, 0, NULL},
	{XEN_SYSCTL_cpu_hotplug, "a second offline", offline, REFUSES, -EEXIST, NULL},
	{XEN_SYSCTL_cpu_hotplug, "cpu_hotplug online", online, CHANGES, 0, NULL},
	{XEN_SYSCTL_cpu_hotplug, "all second threads", smt_off, REFUSES, -EOPNOTSUPP, NULL},
	{XEN_SYSCTL_pm_op, "pm_op get_max_cstate", pm_get, ANSWERS, 0, NULL},
	{XEN_SYSCTL_pm_op, "set_max_cstate C1", pm_same, IS_SO, 0, "there is none that is deeper"},
	{XEN_SYSCTL_pm_op, "set_max_cstate C3", pm_other, REFUSES, -EOPNOTSUPP, NULL},
	{XEN_SYSCTL_pm_op, "pm_op set_sched_opt_smt", pm_smt, REFUSES, -EOPNOTSUPP, NULL},
	{XEN_SYSCTL_pm_op, "pm_op enable_turbo", pm_turbo, REFUSES, -EOPNOTSUPP, NULL},
	{XEN_SYSCTL_pm_op, "pm_op disable_turbo", pm_no_turbo, REFUSES, -EOPNOTSUPP, NULL},
	{XEN_SYSCTL_pm_op, "a governor", pm_governor, REFUSES, -ENODEV, NULL},
	{XEN_SYSCTL_cputopoinfo, "cputopoinfo", topology, ANSWERS, 0, NULL},
	{XEN_SYSCTL_numainfo, "numainfo", nodes, ANSWERS, 0, NULL},
	{XEN_SYSCTL_pcitopoinfo, "pcitopoinfo", devices, ANSWERS, 0, NULL},
	{XEN_SYSCTL_cpupool_op, "a new pool", pool_create, CHANGES, 0, NULL},
	{XEN_SYSCTL_cpupool_op, "a CPU out of a pool", pool_rm, CHANGES, 0, NULL},
	{XEN_SYSCTL_cpupool_op, "cpupool_op FREEINFO", pool_free, ANSWERS, 0, NULL},
	{XEN_SYSCTL_cpupool_op, "a CPU into a pool", pool_add, CHANGES, 0, NULL},
	{XEN_SYSCTL_cpupool_op, "a domain into a pool", pool_move, CHANGES, 0, NULL},
	{XEN_SYSCTL_cpupool_op, "a domain back", pool_back, CHANGES, 0, NULL},
	{XEN_SYSCTL_cpupool_op, "cpupool_op INFO", pool_info, ANSWERS, 0, NULL},
	{XEN_SYSCTL_cpupool_op, "the end of a pool", pool_destroy, CHANGES, 0, NULL},
	{XEN_SYSCTL_cpupool_op, "the end of pool 0", pool_busy, REFUSES, -EBUSY, NULL},
	{XEN_SYSCTL_cpupool_op, "a CPU back", pool_add_0, CHANGES, 0, NULL},
	{XEN_SYSCTL_scheduler_op, "scheduler_op putinfo", rate, CHANGES, 0, NULL},
	{XEN_SYSCTL_scheduler_op, "scheduler_op getinfo", rate_get, ANSWERS, 0, NULL},
	{XEN_SYSCTL_psr_cmt_op, "psr_cmt_op", NULL, REFUSES, -ENODEV, NULL},
	{XEN_SYSCTL_psr_alloc, "psr_alloc", NULL, REFUSES, -ENODEV, NULL},
	{XEN_SYSCTL_get_cpu_levelling_caps, "get_cpu_levelling_caps", levels, ANSWERS, 0, NULL},
	{XEN_SYSCTL_get_cpu_featureset, "get_cpu_featureset", features, ANSWERS, 0, NULL},
	{XEN_SYSCTL_get_cpu_policy, "get_cpu_policy", NULL, ANSWERS, 0, NULL},
	{XEN_SYSCTL_livepatch_op, "the list of live patches", patches, ANSWERS, 0, NULL},
	{XEN_SYSCTL_livepatch_op, "the upload of one", patch, REFUSES, -EOPNOTSUPP, NULL},
	{XEN_SYSCTL_livepatch_op, "an action on one", patch_action, REFUSES, -ENOENT, NULL},
};

/* ---- platform_op ---- */

PREPARE(time_64)
{
	pf.u.settime64.secs = wall_secs + 1;
}

PREPARE(time_32)
{
	pf.u.settime32.secs = (uint32_t)wall_secs + 1;
}

PREPARE(disk_info)
{
	pf.u.firmware_info.type = XEN_FW_DISK_INFO;
}

PREPARE(efi)
{
	pf.u.firmware_info.type = XEN_FW_EFI_INFO;
}

PREPARE(power_off)
{
	pf.u.enter_acpi_sleep =
		(struct xenpf_enter_acpi_sleep){.val_a = 0x2400, .sleep_state = 5};
}

PREPARE(suspend)
{
	pf.u.enter_acpi_sleep =
		(struct xenpf_enter_acpi_sleep){.val_a = 0x2400, .sleep_state = 3};
}

PREPARE(idle_time)
{
	static uint8_t map;

	map = 3;
	pf.u.getidletime = (struct xenpf_getidletime){at(&map), 2, BUFFER, 0};
}

PREPARE(pdc)
{
	static const uint32_t words[3] = {1, 1, 0xffff};

	memcpy(effect_buffer, words, sizeof(words));
	pf.u.set_pminfo = (struct xenpf_set_processor_pminfo){.type = XEN_PM_PDC, .u.pdc = BUFFER};
}

PREPARE(px_states)
{
	pf.u.set_pminfo.type = XEN_PM_PX;
}

PREPARE(cpu_1)
{
	pf.u.cpu_ol.cpuid = 1;
}

PREPARE(msr)
{
	struct xenpf_resource_entry e = {.idx = 0x122};

	memcpy(effect_buffer, &e, sizeof(e));
	pf.u.resource_op = (struct xenpf_resource_op){1, 0, BUFFER};
}

static const struct sub_op platforms[] = {
	{XENPF_settime32, "settime32", time_32, CHANGES, 0, NULL},
	{XENPF_settime64, "settime64", time_64, CHANGES, 0, NULL},
	{XENPF_firmware_info, "firmware_info of a disk", disk_info, REFUSES, -ESRCH, NULL},
	{XENPF_firmware_info, "firmware_info of EFI", efi, REFUSES, -ENOSYS, NULL},
	{XENPF_enter_acpi_sleep, "S5", power_off, CHANGES, 0, NULL},
	{XENPF_enter_acpi_sleep, "S3", suspend, REFUSES, -EOPNOTSUPP, NULL},
	{XENPF_getidletime, "getidletime", idle_time, ANSWERS, 0, NULL},
	{XENPF_set_processor_pminfo, "PDC", pdc, ANSWERS, 0, NULL},
	{XENPF_set_processor_pminfo, "performance states", px_states, REFUSES, -EOPNOTSUPP, NULL},
	{XENPF_get_cpuinfo, "get_cpuinfo", NULL, ANSWERS, 0, NULL},
	{XENPF_cpu_offline, "cpu_offline", cpu_1, CHANGES, 0, NULL},
	{XENPF_cpu_online, "cpu_online", cpu_1, CHANGES, 0, NULL},
	{XENPF_resource_op, "resource_op", msr, ANSWERS, 0, NULL},
};

PREPARE(cpu_list)
{
	mc.u.mc_physcpuinfo = (struct xen_mc_physcpuinfo){.ncpus = 2, .info = BUFFER};
}

static const struct sub_op mcas[] = {
	{XEN_MC_fetch, "a fetch of machine checks", NULL, ANSWERS, 0, NULL},
	{XEN_MC_physcpuinfo, "physcpuinfo", cpu_list, ANSWERS, 0, NULL},
};

/* ---- xen_version ---- */

static struct {
	uint32_t cmd;
	bool no_arg;
	union {
		struct xen_feature_info features;
		struct xen_varbuf buf;
		char text[1024];
	} u;
} ver;

/* A number is an answer, too. */
static long version(uint32_t cmd)
{
	long rc = do_xen_version(cmd, ver.no_arg ? 0 : at(&ver.u), 0, 0, 0, 0);

	if (rc > 0)
		memcpy(effect_buffer, &rc, sizeof(rc));
	return rc;
}

PREPARE(no_arg)
{
	ver.no_arg = true;
}

PREPARE(submap_1)
{
	ver.u.features.submap_idx = 1;
}

PREPARE(handle)
{
	memset(world_dom[0].handle, 0xa0, 16);
}

PREPARE(room)
{
	ver.u.buf.len = 1000;
}

PREPARE(command_line)
{
	memcpy(boot_info.cmdline, "a=b", 4);
	ver.u.buf.len = 1000;
}

PREPARE(one_byte)
{
	ver.u.buf.len = 1;
}

#define VER(name, ...) {XENVER_##name, __VA_ARGS__}
static const struct sub_op versions[] = {
	VER(version, "version", NULL, ANSWERS, 0, NULL),
	VER(extraversion, "extraversion", NULL, ANSWERS, 0, NULL),
	VER(compile_info, "compile_info", NULL, ANSWERS, 0, NULL),
	VER(capabilities, "capabilities", NULL, ANSWERS, 0, NULL),
	VER(changeset, "changeset", NULL, ANSWERS, 0, NULL),
	VER(platform_parameters, "platform_parameters", NULL, ANSWERS, 0, NULL),
	VER(get_features, "get_features", NULL, ANSWERS, 0, NULL),
	VER(get_features, "submap 1", submap_1, REFUSES, -EINVAL, NULL),
	VER(pagesize, "pagesize", no_arg, ANSWERS, 0, NULL),
	VER(pagesize, "pagesize into memory", NULL, REFUSES, -EINVAL, NULL),
	VER(guest_handle, "guest_handle", handle, ANSWERS, 0, NULL),
	VER(commandline, "commandline", command_line, ANSWERS, 0, NULL),
	VER(build_id, "build_id", NULL, REFUSES, -ENODATA, NULL),
	VER(extraversion2, "extraversion2", room, ANSWERS, 0, NULL),
	VER(capabilities2, "capabilities2", room, ANSWERS, 0, NULL),
	VER(capabilities2, "one into a byte", one_byte, REFUSES, -ENOBUFS, NULL),
	VER(changeset2, "changeset2", room, ANSWERS, 0, NULL),
	VER(commandline2, "commandline2", command_line, ANSWERS, 0, NULL),
};

int main(void)
{
	const struct region v = {&ver, sizeof(ver)};
	const struct region s = {&op, sizeof(op)}, p = {&pf, sizeof(pf)}, m = {&mc, sizeof(mc)};

	world_start();
	cpupool_init_cpu(0);
	cpupool_init_cpu(1);
	effects_run(sysctls, ARRAY_SIZE(sysctls), sysctl, s, state, observe);
	/* Trace buffers have a test of their own where they are there. */
	effects_complete("sysctl", sysctls, ARRAY_SIZE(sysctls), sysctl, s, 100,
			 XEN_SYSCTL_tbuf_op);
	effects_run(platforms, ARRAY_SIZE(platforms), platform, p, state, observe);
	effects_complete("platform_op", platforms, ARRAY_SIZE(platforms), platform, p, 100,
			 UINT32_MAX);
	effects_run(mcas, ARRAY_SIZE(mcas), mca, m, state, observe);
	effects_complete("mca", mcas, ARRAY_SIZE(mcas), mca, m, 100, UINT32_MAX);
	effects_run(versions, ARRAY_SIZE(versions), version, v, state, observe);
	effects_complete("xen_version", versions, ARRAY_SIZE(versions), version, v, 100,
			 UINT32_MAX);
	printf("1..%u\n", tap_number);
	return tap_failures != 0;
}
