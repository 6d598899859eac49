/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * sysctl, platform_op and xen_version. Claims: the numbers are right, only Domain-0 gets them, and
 * no answer exceeds the caller's buffer.
 */
/* sources: hypervisor/domain/sysctl_op.c hypervisor/domain/info.c */
/* sources: hypervisor/domain/cpu_policy.c hypervisor/domain/cpu_policy_list.c */
/* sources: hypervisor/sched/cpupool.c */
/* sources: hypervisor/domain/platform_op.c hypervisor/domain/mca_op.c */
/* sources: hypervisor/hypercall/version_op.c hypervisor/domain/resource_op.c */
/* sources: hypervisor/domain/sysctl_power.c hypervisor/domain/sysctl_tools.c */
/* sources: hypervisor/console/stats.c */
#include "sysctl_world.h"

#include <hv/version.h>

/* ---- sysctl ---- */

static struct xen_sysctl op;

static long sysctl(uint32_t cmd)
{
	op.cmd = cmd;
	op.interface_version = XEN_SYSCTL_INTERFACE_VERSION;
	return do_sysctl(at(&op), 0, 0, 0, 0, 0);
}

static void clear(void)
{
	memset(&op, 0, sizeof(op));
}

static void test_door(void)
{
	clear();
	result(sysctl(999) == -ENOSYS && sysctl(UINT32_MAX) == -ENOSYS && sysctl(0) == -ENOSYS &&
		       sysctl(13) == -ENOSYS,
	       "what is unknown is not implemented");
	op.cmd = XEN_SYSCTL_physinfo;
	op.interface_version = 0x14;
	result(do_sysctl(at(&op), 0, 0, 0, 0, 0) == -EACCES,
	       "another interface version is refused");
	result(do_sysctl(16, 0, 0, 0, 0, 0) == -EFAULT, "a bad address faults");
	run_as(1);
	result(sysctl(XEN_SYSCTL_physinfo) == -EPERM, "a guest may not ask");
	run_as(0);
	world_copies_left = 1;
	result(sysctl(XEN_SYSCTL_physinfo) == -EFAULT,
	       "an answer that cannot be written is an error");
	world_copies_left = -1;
	result(!sysctl(XEN_SYSCTL_tbuf_op) && op.u.tbuf_op.size == 77, "the trace is asked by one");
}

static void test_machine(void)
{
	struct physdev_pci_device devs[3] = {{.devfn = 0x18}, {.devfn = 0x20}, {1, 0, 0x18}};
	const struct xen_sysctl_physinfo *p = &op.u.physinfo;
	struct xen_sysctl_cputopo topo[4];
	struct xen_sysctl_meminfo mem[2];
	struct xen_sysctl_cpuinfo cpu[4];
	uint32_t distance[4];

	clear();
	result(sysctl(XEN_SYSCTL_physinfo) == 0 && p->nr_cpus == 2 && p->max_cpu_id == 1 &&
		       p->cores_per_socket == 2 && p->nr_nodes == 1 && p->max_node_id == 0 &&
		       p->cpu_khz == 2500000 && p->total_pages == 5000 && p->free_pages == 900 &&
		       p->max_mfn == max_mfn && p->hw_cap[0] == 0xff,
	       "physinfo");
	result(p->capabilities == (XEN_SYSCTL_PHYSCAP_pv | XEN_SYSCTL_PHYSCAP_gnttab_v1),
	       "PV guests and grant tables v1, no more");
	clear();
	result(sysctl(XEN_SYSCTL_cputopoinfo) == 0 && op.u.cputopoinfo.num_cpus == 2,
	       "how many CPUs");
	memset(topo, 0xee, sizeof(topo));
	op.u.cputopoinfo = (struct xen_sysctl_cputopoinfo){.num_cpus = 4, .cputopo = at(topo)};
	result(sysctl(XEN_SYSCTL_cputopoinfo) == 0 && op.u.cputopoinfo.num_cpus == 2 &&
		       topo[1].core == 1 && topo[1].node == 0 && topo[2].core == 0xeeeeeeee,
	       "their topology, and nothing beyond");
	op.u.cputopoinfo.num_cpus = 1;
	result(sysctl(XEN_SYSCTL_cputopoinfo) == 0 && op.u.cputopoinfo.num_cpus == 1,
	       "as far as there is room");
	clear();
	result(sysctl(XEN_SYSCTL_numainfo) == 0 && op.u.numainfo.num_nodes == 1, "one node");
	op.u.numainfo.meminfo = at(mem);
	op.u.numainfo.distance = at(distance);
	result(sysctl(XEN_SYSCTL_numainfo) == 0 && mem[0].memsize == 5000 * 4096 &&
		       mem[0].memfree == 900 * 4096 && distance[0] == 10,
	       "with all of the memory");
	clear();
	memset(distance, 0, sizeof(distance));
	op.u.pcitopoinfo = (struct xen_sysctl_pcitopoinfo){
		.num_devs = 3, .devs = at(devs), .nodes = at(distance)};
	result(sysctl(XEN_SYSCTL_pcitopoinfo) == 0 && distance[0] == XEN_INVALID_NODE_ID &&
		       distance[1] == XEN_INVALID_DEV && distance[2] == XEN_INVALID_DEV &&
		       distance[3] == 0,
	       "no PCI device's node is known, nor any other device");
	op.u.pcitopoinfo.num_devs = 4097;
	result(sysctl(XEN_SYSCTL_pcitopoinfo) == -E2BIG, "and not too many at once");
	clear();
	op.u.getcpuinfo = (struct xen_sysctl_getcpuinfo){.max_cpus = 4, .info = at(cpu)};
	result(sysctl(XEN_SYSCTL_getcpuinfo) == 0 && op.u.getcpuinfo.nr_cpus == 2 &&
		       cpu[0].idletime == 1000,
	       "idle time");
	op.u.getcpuinfo.info = 8;
	result(sysctl(XEN_SYSCTL_getcpuinfo) == -EFAULT, "a bad address inside faults too");
}

static void test_log(void)
{
	char buf[300] = "";

	clear();
	op.u.readconsole = (struct xen_sysctl_readconsole){.buffer = at(buf), .count = 10};
	result(sysctl(XEN_SYSCTL_readconsole) == 0 && op.u.readconsole.count == 10 &&
		       op.u.readconsole.index == 10 && !strcmp(buf, "0123456789"),
	       "the log is read");
	op.u.readconsole.incremental = 1;
	op.u.readconsole.clear = 1;
	op.u.readconsole.count = 100;
	result(sysctl(XEN_SYSCTL_readconsole) == 0 && op.u.readconsole.count == 6 &&
		       !strncmp(buf, "abcdef", 6) && discarded == 16,
	       "the rest of it, and cleared");
	clear();
	op.u.debug_keys.keys = at("hq");
	op.u.debug_keys.nr_keys = 2;
	result(sysctl(XEN_SYSCTL_debug_keys) == 0 && !strcmp(keys_run, "hq"), "debug keys");
	op.u.debug_keys.nr_keys = 33;
	result(sysctl(XEN_SYSCTL_debug_keys) == -E2BIG, "not too many at once");
	op.u.debug_keys.keys = at("\1m");
	op.u.debug_keys.nr_keys = 2;
	result(sysctl(XEN_SYSCTL_debug_keys) == -EINVAL && !strcmp(keys_run, "hqm"),
	       "one that is none is an error");
}

static void test_policy(void)
{
	struct xen_cpuid_leaf leaves[POLICY_MAX_LEAVES];
	struct xen_msr_entry msrs[2];
	uint32_t words[32] = {0}, n, seen = 0;
	bool good = true;

	clear();
	op.u.cpu_policy.index = XEN_SYSCTL_cpu_policy_pv_default;
	result(sysctl(XEN_SYSCTL_get_cpu_policy) == 0 &&
		       op.u.cpu_policy.nr_leaves == POLICY_MAX_LEAVES &&
		       op.u.cpu_policy.nr_msrs == POLICY_MAX_MSRS,
	       "how large a policy can be");
	op.u.cpu_policy.leaves = at(leaves);
	op.u.cpu_policy.msrs = at(msrs);
	result(sysctl(XEN_SYSCTL_get_cpu_policy) == 0 && op.u.cpu_policy.nr_msrs == 2 &&
		       msrs[0].idx == 0xce && msrs[0].val == 0 && msrs[1].idx == 0x10a,
	       "a policy");
	n = op.u.cpu_policy.nr_leaves;
	for (uint32_t i = 0; i < n; i++) {
		bool with_sub = leaves[i].leaf == 4 || leaves[i].leaf == 7 ||
				leaves[i].leaf == 0xb || leaves[i].leaf == 0xd;

		good &= leaves[i].leaf <= 0xd || leaves[i].leaf == 0x40000000 ||
			leaves[i].leaf == 0x40000100 ||
			(leaves[i].leaf >= 0x80000000 && leaves[i].leaf <= 0x80000021);
		seen |= leaves[i].leaf < 32 ? 1U << leaves[i].leaf : 0;
		good &= with_sub == (leaves[i].subleaf != XEN_CPUID_NO_SUBLEAF);
		good &= leaves[i].leaf != 1 || leaves[i].d == 0xf5;
	}
	result(good && leaves[0].a == 0xd,
	       "with leaves that the toolstack knows, as the guest sees them");
	result(seen == 0x3fff,
	       "and no basic leaf left out: the toolstack writes back as many as it was given");
	op.u.cpu_policy.nr_leaves = n - 1;
	leaves[0].a = 0xeeee;
	result(sysctl(XEN_SYSCTL_get_cpu_policy) == -ENOBUFS && op.u.cpu_policy.nr_leaves == n &&
		       leaves[0].a == 0xeeee,
	       "too little room: it says how much");
	op.u.cpu_policy.index = XEN_SYSCTL_cpu_policy_raw;
	op.u.cpu_policy.nr_leaves = POLICY_MAX_LEAVES;
	op.u.cpu_policy.nr_msrs = 2;
	result(sysctl(XEN_SYSCTL_get_cpu_policy) == 0 && leaves[0].a == 0x15 &&
		       leaves[1].d == 0xff && msrs[0].val == 0x1234,
	       "the raw policy is what the CPU says");
	op.u.cpu_policy.index = XEN_SYSCTL_cpu_policy_hvm_max;
	result(sysctl(XEN_SYSCTL_get_cpu_policy) == -EOPNOTSUPP, "there is no HVM policy");
	op.u.cpu_policy.index = 6;
	result(sysctl(XEN_SYSCTL_get_cpu_policy) == -EINVAL, "nor a seventh");
	clear();
	op.u.cpu_featureset = (struct xen_sysctl_cpu_featureset){
		.index = XEN_SYSCTL_cpu_featureset_host, .nr_features = 32, .features = at(words)};
	result(sysctl(XEN_SYSCTL_get_cpu_featureset) == 0 &&
		       op.u.cpu_featureset.nr_features == 19 && words[0] == 0xff &&
		       words[1] == 0xc0 && words[5] == 0 && words[11] == 0 && words[13] == 0,
	       "feature words");
	op.u.cpu_featureset.nr_features = 19;
	op.u.cpu_featureset.index = XEN_SYSCTL_cpu_featureset_pv_max;
	result(sysctl(XEN_SYSCTL_get_cpu_featureset) == 0 && words[0] == 0xf5, "those of a guest");
	op.u.cpu_featureset.index = XEN_SYSCTL_cpu_featureset_hvm;
	result(sysctl(XEN_SYSCTL_get_cpu_featureset) == -EOPNOTSUPP, "none of HVM");
	op.u.cpu_featureset.index = XEN_SYSCTL_cpu_featureset_host;
	op.u.cpu_featureset.nr_features = 2;
	words[2] = 7;
	result(sysctl(XEN_SYSCTL_get_cpu_featureset) == -ENOBUFS && words[2] == 7,
	       "never more than there is room for");
	result(world_allocs == 0, "no memory stays behind");
}

static void test_domains(void)
{
	struct xen_domctl_getdomaininfo info[4];
	uint8_t map[4] = {0xff, 0xff, 0xff, 0xff};

	clear();
	memset(info, 0xee, sizeof(info));
	world_dom[1].control.pause_count = 1;
	world_vcpu[0][1].sched.on_cpu = true;
	world_vcpu[1][1].sched.down = true;
	op.u.getdomaininfolist =
		(struct xen_sysctl_getdomaininfolist){.max_domains = 4, .buffer = at(info)};
	result(sysctl(XEN_SYSCTL_getdomaininfolist) == 0 &&
		       op.u.getdomaininfolist.num_domains == 2 && info[0].domain == 0 &&
		       info[1].domain == 1 && info[2].domain == 0xeeee && world_held == 0,
	       "the domains in order");
	result(info[0].flags == XEN_DOMINF_running && info[1].flags == XEN_DOMINF_paused &&
		       info[0].nr_online_vcpus == 2 && info[1].nr_online_vcpus == 1 &&
		       info[1].max_vcpu_id == 1 && info[0].cpu_time == 2001 &&
		       info[1].tot_pages == 101 && info[1].max_pages == 201 &&
		       info[1].handle[5] == 0xa1,
	       "what they are doing");
	op.u.getdomaininfolist = (struct xen_sysctl_getdomaininfolist){
		.first_domain = 1, .max_domains = 1, .buffer = at(info)};
	result(sysctl(XEN_SYSCTL_getdomaininfolist) == 0 &&
		       op.u.getdomaininfolist.num_domains == 1 && info[0].domain == 1,
	       "from one on");
	op.u.getdomaininfolist = (struct xen_sysctl_getdomaininfolist){
		.first_domain = 2, .max_domains = 1, .buffer = at(info)};
	result(sysctl(XEN_SYSCTL_getdomaininfolist) == 0 && op.u.getdomaininfolist.num_domains == 0,
	       "none is no error");
	op.u.getdomaininfolist =
		(struct xen_sysctl_getdomaininfolist){.max_domains = 4, .buffer = 5};
	result(sysctl(XEN_SYSCTL_getdomaininfolist) == -EFAULT && world_held == 0,
	       "a bad buffer leaves no reference behind");
	clear();
	op.u.cpupool_op = (struct xen_sysctl_cpupool_op){.op = XEN_SYSCTL_CPUPOOL_OP_INFO,
							 .cpumap = {at(map), 32}};
	result(sysctl(XEN_SYSCTL_cpupool_op) == 0 && op.u.cpupool_op.n_dom == 2 &&
		       op.u.cpupool_op.sched_id == 6 && map[0] == 3 && map[1] == 0 && map[3] == 0,
	       "one pool with all CPUs and domains");
	op.u.cpupool_op.cpupool_id = 1;
	result(sysctl(XEN_SYSCTL_cpupool_op) == -ENOENT, "and no second");
	clear();
	result(sysctl(XEN_SYSCTL_sched_id) == 0 && op.u.sched_id.sched_id == XEN_SCHEDULER_CREDIT2,
	       "the scheduler's name");
}

static long pool(uint32_t what, uint32_t id, uint32_t cpu)
{
	clear();
	op.u.cpupool_op = (struct xen_sysctl_cpupool_op){
		.op = what, .cpupool_id = id, .cpu = cpu, .sched_id = XEN_SCHEDULER_CREDIT2};
	return sysctl(XEN_SYSCTL_cpupool_op);
}

static long pool_move(uint32_t id, uint32_t domid)
{
	clear();
	op.u.cpupool_op = (struct xen_sysctl_cpupool_op){
		.op = XEN_SYSCTL_CPUPOOL_OP_MOVEDOMAIN, .cpupool_id = id, .domid = domid};
	return sysctl(XEN_SYSCTL_cpupool_op);
}

/* The first pool from id on: its number, or -errno; its CPUs and domains. */
static long pool_info(uint32_t id, uint8_t *cpus, uint32_t *domains)
{
	uint8_t map[4] = {0xff, 0xff, 0xff, 0xff};
	long rc;

	clear();
	op.u.cpupool_op = (struct xen_sysctl_cpupool_op){
		.op = XEN_SYSCTL_CPUPOOL_OP_INFO, .cpupool_id = id, .cpumap = {at(map), 32}};
	rc = sysctl(XEN_SYSCTL_cpupool_op);
	*cpus = map[0];
	*domains = op.u.cpupool_op.n_dom;
	return rc ? rc : op.u.cpupool_op.cpupool_id;
}

static uint8_t free_cpus(void)
{
	uint8_t map[4] = {0xff, 0xff, 0xff, 0xff};

	clear();
	op.u.cpupool_op = (struct xen_sysctl_cpupool_op){.op = XEN_SYSCTL_CPUPOOL_OP_FREEINFO,
							 .cpumap = {at(map), 32}};
	return sysctl(XEN_SYSCTL_cpupool_op) ? 0xee : map[0];
}

static void test_pools(void)
{
	uint8_t cpus;
	uint32_t domains;

	result(pool(XEN_SYSCTL_CPUPOOL_OP_CREATE, XEN_SYSCTL_CPUPOOL_PAR_ANY, 0) == 0 &&
		       op.u.cpupool_op.cpupool_id == 1 && pool_info(1, &cpus, &domains) == 1 &&
		       !cpus && !domains,
	       "a new pool has no CPU and no domain");
	result(pool(XEN_SYSCTL_CPUPOOL_OP_CREATE, 1, 0) == -EEXIST &&
		       pool(XEN_SYSCTL_CPUPOOL_OP_CREATE, 64, 0) == -EINVAL,
	       "a number that is taken, or too large");
	op.u.cpupool_op = (struct xen_sysctl_cpupool_op){.op = XEN_SYSCTL_CPUPOOL_OP_CREATE,
							 .cpupool_id = ~0U,
							 .sched_id = XEN_SCHEDULER_NULL};
	result(sysctl(XEN_SYSCTL_cpupool_op) == -EOPNOTSUPP,
	       "with another scheduler there is none");
	result(pool_move(1, 1) == -ENODEV, "no domain goes where no CPU is");
	result(free_cpus() == 0 && pool(XEN_SYSCTL_CPUPOOL_OP_ADDCPU, 1, 1) == -ENODEV &&
		       pool(XEN_SYSCTL_CPUPOOL_OP_ADDCPU, 1, ~0U) == -ENODEV,
	       "a CPU of a pool is not free");
	settled = 0;
	result(pool(XEN_SYSCTL_CPUPOOL_OP_RMCPU, 0, 1) == 0 && free_cpus() == 2 && settled == 4 &&
		       pool_info(0, &cpus, &domains) == 0 && cpus == 1 && domains == 2,
	       "it leaves one, and all vCPUs there hear of it");
	result(pool(XEN_SYSCTL_CPUPOOL_OP_RMCPU, 0, 1) == -ENODEV &&
		       pool(XEN_SYSCTL_CPUPOOL_OP_RMCPU, 0, 2) == -EINVAL &&
		       pool(XEN_SYSCTL_CPUPOOL_OP_RMCPU, 0, 0) == -EBUSY,
	       "not twice, not one that is none, not the last of a pool in use");
	result(pool(XEN_SYSCTL_CPUPOOL_OP_ADDCPU, 1, 1) == 0 && free_cpus() == 0 &&
		       pool_info(1, &cpus, &domains) == 1 && cpus == 2,
	       "it enters another");
	settled = 0;
	result(pool_move(1, 1) == 0 && settled == 2 && pool_info(1, &cpus, &domains) == 1 &&
		       domains == 1,
	       "and a domain moves there");
	result(pool_move(1, 0) == -EINVAL && pool_move(9, 1) == -ENOENT &&
		       pool_move(1, 77) == -EINVAL,
	       "Domain-0 does not, nor one that is none");
	result(pool(XEN_SYSCTL_CPUPOOL_OP_DESTROY, 1, 0) == -EBUSY &&
		       pool(XEN_SYSCTL_CPUPOOL_OP_DESTROY, 0, 0) == -EBUSY &&
		       pool(XEN_SYSCTL_CPUPOOL_OP_RMCPU, 1, ~0U) == -EBUSY,
	       "a pool with a domain stays, and keeps its last CPU");
	result(pool_move(0, 1) == 0 && pool(XEN_SYSCTL_CPUPOOL_OP_DESTROY, 1, 0) == 0 &&
		       free_cpus() == 2 && pool_info(1, &cpus, &domains) == -ENOENT &&
		       pool(XEN_SYSCTL_CPUPOOL_OP_DESTROY, 1, 0) == -ENOENT,
	       "an empty one goes, and its CPU is free");
	result(pool(XEN_SYSCTL_CPUPOOL_OP_ADDCPU, 0, ~0U) == 0 && free_cpus() == 0 &&
		       world_held == 0,
	       "any free CPU can be asked for");
}

static long ratelimit(uint32_t cmd, uint32_t id, uint32_t us)
{
	clear();
	op.u.scheduler_op = (struct xen_sysctl_scheduler_op){
		.cpupool_id = id, .sched_id = XEN_SCHEDULER_CREDIT2, .cmd = cmd};
	op.u.scheduler_op.u.sched_credit2.ratelimit_us = us;
	return sysctl(XEN_SYSCTL_scheduler_op);
}

static void test_ratelimit(void)
{
	result(ratelimit(XEN_SYSCTL_SCHEDOP_putinfo, 0, 2500) == 0 &&
		       per_cpu(runq, 0).ratelimit_ns == 2500 * NS_PER_US &&
		       per_cpu(runq, 1).ratelimit_ns == 2500 * NS_PER_US &&
		       ratelimit(XEN_SYSCTL_SCHEDOP_getinfo, 0, 0) == 0 &&
		       op.u.scheduler_op.u.sched_credit2.ratelimit_us == 2500,
	       "the rate limit is set, holds on the pool's CPUs, and is read back");
	result(ratelimit(XEN_SYSCTL_SCHEDOP_putinfo, 0, 99) == -EINVAL &&
		       ratelimit(XEN_SYSCTL_SCHEDOP_putinfo, 0, 500001) == -EINVAL &&
		       ratelimit(XEN_SYSCTL_SCHEDOP_putinfo, 5, 1000) == -ESRCH &&
		       per_cpu(runq, 0).ratelimit_ns == 2500 * NS_PER_US,
	       "not to what is out of bounds, nor in a pool that is none");
	result(ratelimit(XEN_SYSCTL_SCHEDOP_putinfo, 0, 0) == 0 && !per_cpu(runq, 1).ratelimit_ns,
	       "0 turns it off");
}

static void test_bitmaps(void)
{
	uint64_t map[3] = {~0UL, ~0UL, ~0UL};
	struct xenctl_bitmap b = {at(map), 130};
	cpumask_t mask;

	result(cpumask_to_guest(&b, (cpumask_t){5}) == 0 && map[0] == 5 && map[1] == 0 &&
		       (map[2] & 0xff) == 0 && map[2] >> 8 == ~0UL >> 8,
	       "a mask in a longer bitmap");
	b.nr_bits = 2;
	map[0] = ~0UL;
	result(cpumask_to_guest(&b, (cpumask_t){0xff}) == 0 && map[0] == (~0UL & ~0xffUL) + 3,
	       "in a shorter one");
	map[0] = 0xff;
	result(cpumask_from_guest(&mask, &b) == 0 && mask.bits == 3, "and from it");
	b.nr_bits = UINT32_MAX;
	result(cpumask_to_guest(&b, mask) == -EINVAL && cpumask_from_guest(&mask, &b) == -EINVAL,
	       "an absurd one is refused");
	b.nr_bits = 0;
	result(cpumask_to_guest(&b, mask) == 0 && cpumask_from_guest(&mask, &b) == 0 &&
		       mask.bits == 0,
	       "an empty one is fine");
}

/* ---- platform_op, xen_version ---- */

static void test_platform(void)
{
	struct xen_platform_op p = {.cmd = XENPF_settime64,
				    .interface_version = XENPF_INTERFACE_VERSION};
	uint32_t words[4] = {1, 1, 0xffff, 9};

	p.u.settime64.secs = 77;
	result(do_platform_op(at(&p), 0, 0, 0, 0, 0) == 0 && wall_secs == 77,
	       "the wall clock is set");
	p.u.settime64.nsecs = 1000000000;
	result(do_platform_op(at(&p), 0, 0, 0, 0, 0) == -EINVAL,
	       "not to a second of more than 10^9 ns");
	p.cmd = XENPF_get_cpuinfo;
	p.u.pcpu_info = (struct xenpf_pcpuinfo){.xen_cpuid = 1};
	result(do_platform_op(at(&p), 0, 0, 0, 0, 0) == 0 && p.u.pcpu_info.max_present == 1 &&
		       p.u.pcpu_info.apic_id == 17 && p.u.pcpu_info.flags == XEN_PCPU_FLAGS_ONLINE,
	       "a CPU is described");
	p.u.pcpu_info.xen_cpuid = 5000;
	result(do_platform_op(at(&p), 0, 0, 0, 0, 0) == 0 &&
		       p.u.pcpu_info.flags == XEN_PCPU_FLAGS_INVALID,
	       "one that is not there");
	p.cmd = XENPF_set_processor_pminfo;
	p.u.set_pminfo = (struct xenpf_set_processor_pminfo){
		.id = ~0u, .type = XEN_PM_PDC, .u.pdc = at(words)};
	result(do_platform_op(at(&p), 0, 0, 0, 0, 0) == 0 && words[0] == 1 && words[2] == 0 &&
		       words[3] == 9,
	       "no capability of power management goes to the firmware");
	words[1] = 2;
	result(do_platform_op(at(&p), 0, 0, 0, 0, 0) == -EINVAL,
	       "a list of another length is refused");
	p.u.set_pminfo.type = XEN_PM_PX;
	result(do_platform_op(at(&p), 0, 0, 0, 0, 0) == -EOPNOTSUPP,
	       "descriptions of states are not taken");
	p.cmd = XENPF_enter_acpi_sleep;
	p.u.enter_acpi_sleep = (struct xenpf_enter_acpi_sleep){.val_a = 0x2400, .sleep_state = 3};
	result(do_platform_op(at(&p), 0, 0, 0, 0, 0) == -EOPNOTSUPP && slept == 0,
	       "there is no S3");
	p.u.enter_acpi_sleep.sleep_state = 5;
	result(do_platform_op(at(&p), 0, 0, 0, 0, 0) == 0 && slept == 0x24000000, "power off");
	p.interface_version = 1;
	result(do_platform_op(at(&p), 0, 0, 0, 0, 0) == -EACCES, "another version is refused");
	run_as(1);
	result(do_platform_op(at(&p), 0, 0, 0, 0, 0) == -EPERM, "a guest may not");
	run_as(0);
}

static void test_version(void)
{
	struct xen_feature_info f = {.submap_idx = 0};
	char text[1024];
	uint8_t handle[16];

	strcpy(boot_info.cmdline, "com1=115200");
	result(do_xen_version(XENVER_version, 0, 0, 0, 0, 0) == 0x40011, "version 4.17");
	result(do_xen_version(XENVER_capabilities, at(text), 0, 0, 0, 0) == 0 &&
		       !strcmp(text, "xen-3.0-x86_64 "),
	       "64-bit PV guests");
	result(do_xen_version(XENVER_get_features, at(&f), 0, 0, 0, 0) == 0 &&
		       (f.submap & 1 << 5) && (f.submap & 1 << 7) && (f.submap & 1 << 11) &&
		       !(f.submap & 5),
	       "the features that Linux insists on");
	f.submap_idx = 1;
	result(do_xen_version(XENVER_get_features, at(&f), 0, 0, 0, 0) == -EINVAL,
	       "there is one submap");
	result(do_xen_version(XENVER_guest_handle, at(handle), 0, 0, 0, 0) == 0 &&
		       handle[15] == 0xa0,
	       "the caller's UUID");
	result(do_xen_version(XENVER_commandline, at(text), 0, 0, 0, 0) == 0 &&
		       !strcmp(text, "com1=115200"),
	       "the command line");
	run_as(1);
	result(do_xen_version(XENVER_commandline, at(text), 0, 0, 0, 0) == 0 && !text[0],
	       "not for guests");
	run_as(0);
	options.xen_version = XEN_ABI_4_20;
	result(do_xen_version(XENVER_version, 0, 0, 0, 0, 0) == 0x40014, "or the other version");
	options.xen_version = XEN_ABI_4_17;
	result(do_xen_version(XENVER_pagesize, 0, 0, 0, 0, 0) == 4096 &&
		       do_xen_version(XENVER_build_id, 0, 0, 0, 0, 0) == -ENODATA &&
		       do_xen_version(15, 0, 0, 0, 0, 0) == -ENOSYS &&
		       do_xen_version(XENVER_changeset, 1, 0, 0, 0, 0) == -EFAULT,
	       "the rest");
}

/* A text that a sub-op gives behind the length of its buffer, which has room for it and no more. */
static bool gives(uint32_t subop, const char *text)
{
	static union {
		struct xen_varbuf v;
		char bytes[sizeof(struct xen_varbuf) + 1024];
	} u;
	long size = (long)strlen(text);

	memset(&u, 0xee, sizeof(u));
	u.v.len = (uint32_t)size;
	return do_xen_version(subop, 0, 0, 0, 0, 0) == size &&
	       do_xen_version(subop, at(&u), 0, 0, 0, 0) == size &&
	       u.v.len == (uint32_t)size && !memcmp(u.v.buf, text, (size_t)size) &&
	       u.v.buf[size] == 0xee;
}

static void test_version_texts(void)
{
	struct xen_varbuf v = {.len = 3};

	strcpy(boot_info.cmdline, "com1=115200");
	result(gives(XENVER_extraversion2, HV_EXTRAVERSION) &&
		       gives(XENVER_capabilities2, "xen-3.0-x86_64 ") &&
		       gives(XENVER_changeset2, HV_CHANGESET) &&
		       gives(XENVER_commandline2, "com1=115200"),
	       "texts of any length: as many bytes as there are, without a zero");
	result(do_xen_version(XENVER_commandline2, at(&v), 0, 0, 0, 0) == -ENOBUFS,
	       "not into a buffer that is too small");
	v.len = 0;
	result(do_xen_version(XENVER_commandline2, at(&v), 0, 0, 0, 0) == -EINVAL &&
		       do_xen_version(XENVER_changeset2, 8, 0, 0, 0, 0) == -EFAULT,
	       "nor into none");
	run_as(1);
	v.len = 1;
	result(do_xen_version(XENVER_commandline2, 0, 0, 0, 0, 0) == 0 &&
		       do_xen_version(XENVER_commandline2, at(&v), 0, 0, 0, 0) == 0,
	       "a guest's command line is empty here, too");
	run_as(0);
}

static void test_mca(void)
{
	struct xen_mc mc = {.cmd = XEN_MC_physcpuinfo,
			    .interface_version = XEN_MCA_INTERFACE_VERSION};
	struct mcinfo_logical_cpu cpus[3];

	result(do_mca(at(&mc), 0, 0, 0, 0, 0) == 0 && mc.u.mc_physcpuinfo.ncpus == 2,
	       "the log of machine checks hears of 2 CPUs");
	memset(cpus, 0xee, sizeof(cpus));
	mc.u.mc_physcpuinfo = (struct xen_mc_physcpuinfo){.ncpus = 3, .info = at(cpus)};
	result(do_mca(at(&mc), 0, 0, 0, 0, 0) == 0 && mc.u.mc_physcpuinfo.ncpus == 2 &&
		       cpus[1].mc_apicid == 17 && cpus[1].mc_cpu_caps[MC_CAPS_STD_EDX] == 0xff &&
		       cpus[2].mc_cpunr == 0xeeeeeeee,
	       "which they are, and of no third");
	mc.cmd = XEN_MC_fetch;
	mc.u.mc_fetch = (struct xen_mc_fetch){.flags = XEN_MC_URGENT};
	result(do_mca(at(&mc), 0, 0, 0, 0, 0) == 0 && mc.u.mc_fetch.flags == XEN_MC_NODATA,
	       "and that there were none");
	mc.cmd = XEN_MC_mceinject;
	result(do_mca(at(&mc), 0, 0, 0, 0, 0) == -ENOSYS, "none can be made");
	mc.interface_version = 1;
	result(do_mca(at(&mc), 0, 0, 0, 0, 0) == -EACCES, "the version counts");
	run_as(1);
	result(do_mca(at(&mc), 0, 0, 0, 0, 0) == -EPERM, "and who asks");
	run_as(0);
}

int main(void)
{
	printf("1..94\n");
	world_start();
	cpu_policy_init();
	test_door();
	test_machine();
	test_log();
	test_policy();
	cpupool_init_cpu(0);
	cpupool_init_cpu(1);
	test_domains();
	test_pools();
	test_ratelimit();
	test_bitmaps();
	test_platform();
	test_version();
	test_version_texts();
	test_mca();
	return tap_failures != 0;
}
