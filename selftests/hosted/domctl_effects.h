/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The rows of test_domctl.c: each sub-operation of domctl, and what is different after it. Included
 * once, behind the world of that test.
 */
#ifndef DOMCTL_EFFECTS_H
#define DOMCTL_EFFECTS_H

#include "effects.h"

static bool creates;	/* the row is about a domain that is not there */

static long effect_domctl(uint32_t cmd)
{
	return domctl(cmd, creates || cmd == XEN_DOMCTL_createdomain ? 2 : 1);
}

static const struct region effect_state[] = {
	{world_dom, sizeof(world_dom)},	      {world_vcpu, sizeof(world_vcpu)},
	{world_exists, sizeof(world_exists)}, {&created, sizeof(created)},
	{&published, sizeof(published)},      {&got_context, sizeof(got_context)},
	{&upped, sizeof(upped)},	      {&nmis, sizeof(nmis)},
	{frames, sizeof(frames)},	      {NULL, 0},
};

#define BUFFER	at(effect_buffer)
#define PREPARE(name) static void prepare_##name(void)

PREPARE(create)
{
	creates = true;
	world_exists[2] = false;
	op.u.createdomain = (struct xen_domctl_createdomain){
		.max_vcpus = 2, .max_evtchn_port = 1000, .grant_opts = 1, .max_grant_frames = 3};
}

PREPARE(hvm)
{
	world_exists[2] = false;
	op.u.createdomain = (struct xen_domctl_createdomain){
		.max_vcpus = 2, .grant_opts = 1, .flags = XEN_DOMCTL_CDF_hvm};
}

PREPARE(pause)
{
	creates = false;
}

PREPARE(shut_down)
{
	world_dom[1].control.shut_down = true;
}

PREPARE(affinity)
{
	effect_buffer[0] = 1;
	world_vcpu[1][0].sched.hard.bits = 3;
	op.u.vcpuaffinity = (struct xen_domctl_vcpuaffinity){
		.flags = XEN_VCPUAFFINITY_HARD, .cpumap_hard = {BUFFER, 8}};
}

PREPARE(hypercall_page)
{
	op.u.hypercall_init.gmfn = 7;
}

PREPARE(no_log_dirty)
{
	op.u.shadow_op.op = XEN_DOMCTL_SHADOW_OP_OFF;
}

PREPARE(log_dirty)
{
	op.u.shadow_op.op = XEN_DOMCTL_SHADOW_OP_OFF + 1;
}

PREPARE(max_mem)
{
	op.u.max_mem.max_memkb = 4000;
}

PREPARE(context)
{
	((struct vcpu_guest_context *)effect_buffer)->flags = VGCF_online;
	op.u.vcpucontext.ctxt = BUFFER;
}

PREPARE(get_context)
{
	op.u.vcpucontext.ctxt = BUFFER;
}

PREPARE(no_context)
{
	op.u.vcpucontext.ctxt = 0;
}

PREPARE(two_vcpus)
{
	op.u.max_vcpus.max = 2;
}

PREPARE(three_vcpus)
{
	op.u.max_vcpus.max = 3;
}

PREPARE(weight)
{
	op.u.scheduler_op = (struct xen_domctl_scheduler_op){
		.sched_id = XEN_SCHEDULER_CREDIT2, .cmd = XEN_DOMCTL_SCHEDOP_putinfo};
	op.u.scheduler_op.u.credit2.weight = 777;
}

PREPARE(get_weight)
{
	op.u.scheduler_op = (struct xen_domctl_scheduler_op){
		.sched_id = XEN_SCHEDULER_CREDIT2, .cmd = XEN_DOMCTL_SCHEDOP_getinfo};
}

PREPARE(vcpu_weight)
{
	op.u.scheduler_op = (struct xen_domctl_scheduler_op){
		.sched_id = XEN_SCHEDULER_CREDIT2, .cmd = XEN_DOMCTL_SCHEDOP_putvcpuinfo};
}

PREPARE(nmi)
{
	op.u.sendtrigger = (struct xen_domctl_sendtrigger){XEN_DOMCTL_SENDTRIGGER_NMI, 1};
}

PREPARE(reset_trigger)
{
	op.u.sendtrigger = (struct xen_domctl_sendtrigger){XEN_DOMCTL_SENDTRIGGER_RESET, 1};
}

PREPARE(handle)
{
	op.u.setdomainhandle.handle[0] = 0x77;
}

PREPARE(offset)
{
	op.u.settimeoffset.time_offset_seconds = 99;
}

PREPARE(bits_64)
{
	op.u.address_size.size = 64;
}

PREPARE(bits_32)
{
	op.u.address_size.size = 32;
}

PREPARE(callbacks)
{
	op.u.ext_vcpucontext = (struct xen_domctl_ext_vcpucontext){
		.size = sizeof(op.u.ext_vcpucontext), .syscall32_callback_eip = 0x5000};
}

PREPARE(tsc)
{
	op.u.tsc_info.tsc_mode = 2;
	world_dom[1].time.tsc_mode = 0;
}

PREPARE(tsc_emulated)
{
	op.u.tsc_info.tsc_mode = 1;
}

PREPARE(frame_infos)
{
	static uint64_t list[1];

	list[0] = 3;
	memcpy(effect_buffer, list, sizeof(list));
	op.u.getpageframeinfo3 = (struct xen_domctl_getpageframeinfo3){1, BUFFER};
}

/* XCR0, the features in use, then an area that fpu_area_check() takes. */
PREPARE(extended)
{
	memset(effect_buffer, 0, 16 + AREA);
	((uint64_t *)effect_buffer)[0] = ((uint64_t *)effect_buffer)[1] = 7;
	world_vcpu[1][0].arch.xcr0 = 1;
	op.u.vcpuextstate =
		(struct xen_domctl_vcpuextstate){.size = 16 + AREA, .buffer = BUFFER};
}

PREPARE(node_0)
{
	effect_buffer[0] = 1;
	op.u.nodeaffinity.nodemap = (struct xenctl_bitmap){BUFFER, 8};
}

PREPARE(node_1)
{
	effect_buffer[0] = 2;
	op.u.nodeaffinity.nodemap = (struct xenctl_bitmap){BUFFER, 8};
}

PREPARE(get_nodes)
{
	op.u.nodeaffinity.nodemap = (struct xenctl_bitmap){BUFFER, 8};
}

PREPARE(get_msrs)
{
	op.u.vcpu_msrs.msr_count = 9;
}

PREPARE(no_msrs)
{
	op.u.vcpu_msrs.msr_count = 0;
}

PREPARE(some_msrs)
{
	op.u.vcpu_msrs.msr_count = 1;
}

#define ROW(name, what, p, effect, rc, why) \
	{XEN_DOMCTL_##name, what, p, effect, rc, why}

/* In this order: some rows undo what those before have done. */
static const struct sub_op domctls[] = {
	ROW(createdomain, "createdomain", prepare_create, CHANGES, 0, NULL),
	ROW(createdomain, "an HVM domain", prepare_hvm, REFUSES, -EOPNOTSUPP, NULL),
	ROW(pausedomain, "pausedomain", prepare_pause, CHANGES, 0, NULL),
	ROW(unpausedomain, "unpausedomain", NULL, CHANGES, 0, NULL),
	ROW(unpausedomain, "a second unpausedomain", NULL, REFUSES, -EINVAL, NULL),
	ROW(getdomaininfo, "getdomaininfo", NULL, ANSWERS, 0, NULL),
	ROW(resumedomain, "resumedomain", prepare_shut_down, CHANGES, 0, NULL),
	ROW(resumedomain, "a second resumedomain", NULL, IS_SO, 0, "it is running"),
	ROW(setvcpuaffinity, "setvcpuaffinity", prepare_affinity, CHANGES, 0, NULL),
	ROW(getvcpuaffinity, "getvcpuaffinity", prepare_affinity, ANSWERS, 0, NULL),
	ROW(shadow_op, "the end of log-dirty", prepare_no_log_dirty, REFUSES, -EINVAL, NULL),
	ROW(shadow_op, "log-dirty", prepare_log_dirty, REFUSES, -EOPNOTSUPP, NULL),
	ROW(max_mem, "max_mem", prepare_max_mem, CHANGES, 0, NULL),
	ROW(setvcpucontext, "setvcpucontext", prepare_context, CHANGES, 0, NULL),
	ROW(setvcpucontext, "no context", prepare_no_context, REFUSES, -EOPNOTSUPP, NULL),
	ROW(getvcpucontext, "getvcpucontext", prepare_get_context, ANSWERS, 0, NULL),
	ROW(getvcpuinfo, "getvcpuinfo", NULL, ANSWERS, 0, NULL),
	ROW(max_vcpus, "max_vcpus", prepare_two_vcpus, IS_SO, 0, "it was made with so many"),
	ROW(max_vcpus, "another max_vcpus", prepare_three_vcpus, REFUSES, -EINVAL, NULL),
	ROW(scheduler_op, "scheduler_op putinfo", prepare_weight, CHANGES, 0, NULL),
	ROW(scheduler_op, "scheduler_op getinfo", prepare_get_weight, ANSWERS, 0, NULL),
	ROW(scheduler_op, "a vCPU's weight", prepare_vcpu_weight, REFUSES, -EOPNOTSUPP, NULL),
	ROW(sendtrigger, "an NMI", prepare_nmi, CHANGES, 0, NULL),
	ROW(sendtrigger, "a reset", prepare_reset_trigger, REFUSES, -EOPNOTSUPP, NULL),
	ROW(setdomainhandle, "setdomainhandle", prepare_handle, CHANGES, 0, NULL),
	ROW(settimeoffset, "settimeoffset", prepare_offset, CHANGES, 0, NULL),
	ROW(hypercall_init, "hypercall_init", prepare_hypercall_page, CHANGES, 0, NULL),
	ROW(set_address_size, "64 bits", prepare_bits_64, IS_SO, 0, "there are no others"),
	ROW(set_address_size, "32 bits", prepare_bits_32, REFUSES, -EOPNOTSUPP, NULL),
	ROW(get_address_size, "get_address_size", NULL, ANSWERS, 0, NULL),
	ROW(set_ext_vcpucontext, "set_ext_vcpucontext", prepare_callbacks, CHANGES, 0, NULL),
	ROW(get_ext_vcpucontext, "get_ext_vcpucontext", NULL, ANSWERS, 0, NULL),
	ROW(settscinfo, "settscinfo", prepare_tsc, CHANGES, 0, NULL),
	ROW(settscinfo, "an emulated TSC", prepare_tsc_emulated, REFUSES, -EOPNOTSUPP, NULL),
	ROW(gettscinfo, "gettscinfo", NULL, ANSWERS, 0, NULL),
	ROW(getpageframeinfo3, "getpageframeinfo3", prepare_frame_infos, ANSWERS, 0, NULL),
	ROW(setvcpuextstate, "setvcpuextstate", prepare_extended, CHANGES, 0, NULL),
	ROW(getvcpuextstate, "getvcpuextstate", NULL, ANSWERS, 0, NULL),
	ROW(setnodeaffinity, "node 0", prepare_node_0, IS_SO, 0, "there is no other node"),
	ROW(setnodeaffinity, "node 1", prepare_node_1, REFUSES, -EINVAL, NULL),
	ROW(getnodeaffinity, "getnodeaffinity", prepare_get_nodes, ANSWERS, 0, NULL),
	ROW(set_vcpu_msrs, "no MSRs", prepare_no_msrs, IS_SO, 0, "there is nothing to set"),
	ROW(set_vcpu_msrs, "an MSR", prepare_some_msrs, REFUSES, -EINVAL, NULL),
	ROW(get_vcpu_msrs, "get_vcpu_msrs", prepare_get_msrs, ANSWERS, 0, NULL),
	ROW(psr_cmt_op, "psr_cmt_op", NULL, REFUSES, -ENODEV, NULL),
	ROW(psr_alloc, "psr_alloc", NULL, REFUSES, -ENODEV, NULL),
	ROW(get_cpu_policy, "get_cpu_policy", NULL, ANSWERS, 0, NULL),
	ROW(set_llc_colors, "set_llc_colors", NULL, REFUSES, -EOPNOTSUPP, NULL),
	ROW(gethvmcontext, "gethvmcontext of a PV domain", NULL, REFUSES, -EINVAL, NULL),
	ROW(sethvmcontext, "sethvmcontext", NULL, REFUSES, -EINVAL, NULL),
	ROW(gethvmcontext_partial, "gethvmcontext_partial", NULL, REFUSES, -EINVAL, NULL),
	ROW(get_paging_mempool_size, "get_paging_mempool_size", NULL, REFUSES, -EINVAL, NULL),
	ROW(set_paging_mempool_size, "set_paging_mempool_size", NULL, REFUSES, -EINVAL, NULL),
	ROW(destroydomain, "destroydomain", NULL, CHANGES, 0, NULL),
};

static void test_effects(void)
{
	const struct region arg = {&op, sizeof(op)};

	world_exists[1] = true;
	kill_restarts = 0;
	effects_run(domctls, ARRAY_SIZE(domctls), effect_domctl, arg, effect_state, NULL);
	world_exists[1] = true;
	/* A policy is in the tests of what a guest sees of the CPU. */
	effects_complete("domctl", domctls, ARRAY_SIZE(domctls), effect_domctl, arg, 100,
			 XEN_DOMCTL_set_cpu_policy);
}

#endif
