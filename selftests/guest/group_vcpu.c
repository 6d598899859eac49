/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * vcpu_op: the second vCPU from nothing to running and down again; areas that the hypervisor
 * writes.
 */
#include "guest.h"

static long vcpu(uint32_t op, unsigned int id, const void *arg)
{
	return HC3(vcpu_op, op, id, arg);
}

static void contexts(void)
{
	static struct vcpu_guest_context c;
	void *plain = page_new();

	claim_is("vCPU 1 is down", vcpu(VCPUOP_is_up, 1, NULL), 0);
	claim_is("up without a context", vcpu(VCPUOP_up, 1, NULL), -EINVAL);
	claim_is("an unmapped context", vcpu(VCPUOP_initialise, 1, (void *)BAD_UNMAPPED), -EFAULT);
	claim_is("a context in the hypervisor's range", vcpu(VCPUOP_initialise, 1, (void *)BAD_HV),
		 -EFAULT);
	claim_is("a context for a vCPU that is not", vcpu(VCPUOP_initialise, 99, &c), -ENOENT);
	context_fill(&c);
	c.ctrlreg[3] = xen_pfn_to_cr3(mfn_of(plain));
	claim_refused("a context with a plain page as root", vcpu(VCPUOP_initialise, 1, &c));
	c.ctrlreg[3] = xen_pfn_to_cr3(foreign_mfn());
	claim_refused("a context with another domain's root", vcpu(VCPUOP_initialise, 1, &c));
	context_fill(&c);
	c.flags = 0;
	claim_is("a context in user mode without a user table", vcpu(VCPUOP_initialise, 1, &c),
		 -EINVAL);
	context_fill(&c);
	c.gdt_ents = 8000;
	claim_is("a context with a GDT that is too long", vcpu(VCPUOP_initialise, 1, &c), -EINVAL);
	c.gdt_ents = 512;
	c.gdt_frames[0] = foreign_mfn();
	claim_refused("a context with another domain's GDT", vcpu(VCPUOP_initialise, 1, &c));
	context_fill(&c);
	c.event_callback_eip = BAD_NONCANON;
	claim_is("a context with a non-canonical callback", vcpu(VCPUOP_initialise, 1, &c),
		 -EINVAL);
	context_fill(&c);
	c.gs_base_kernel = BAD_NONCANON;
	claim_is("a context with a non-canonical GS base", vcpu(VCPUOP_initialise, 1, &c), -EINVAL);
	context_fill(&c);
	c.flags |= VGCF_i387_valid;
	memset(&c.fpu_ctxt, 0xff, sizeof(c.fpu_ctxt));
	c.user_regs.rflags = 0x3202;
	claim_is("a context with all bits set in the FPU's part", vcpu(VCPUOP_initialise, 1, &c),
		 0);
	claim_is("a second one", vcpu(VCPUOP_initialise, 1, &c), -EEXIST);
	claim_is("up", vcpu(VCPUOP_up, 1, NULL), 0);
}

static void wait_beat(void)
{
	unsigned int was = cpu1_beats;
	uint64_t end = now_ns() + 3000000000UL;

	while (cpu1_beats == was && now_ns() < end)
		(void)HC1(sched_op, SCHEDOP_yield);
	claim("it runs", cpu1_beats != was);
}

static void areas(void)
{
	static struct vcpu_runstate_info run, copy __attribute__((aligned(64)));
	static struct vcpu_time_info time;
	struct vcpu_register_runstate_memory_area r = {.addr.v = (uint64_t)&run};
	struct vcpu_register_time_memory_area t = {.addr.v = (uint64_t)&time};
	struct vcpu_get_physid id;

	claim_is("run states", vcpu(VCPUOP_get_runstate_info, 0, &copy), 0);
	claim("it runs", copy.state == RUNSTATE_running && copy.time[0]);
	claim_is("run states to an unmapped place",
		 vcpu(VCPUOP_get_runstate_info, 0, (void *)BAD_UNMAPPED), -EFAULT);
	claim_is("a run state area", vcpu(VCPUOP_register_runstate_memory_area, 0, &r), 0);
	(void)HC1(sched_op, SCHEDOP_yield);
	claim("is written", run.time[0] || run.state_entry_time);
	r.addr.v = BAD_HV;
	claim_is("a run state area in the hypervisor's range",
		 vcpu(VCPUOP_register_runstate_memory_area, 0, &r), -EFAULT);
	r.addr.v = BAD_UNMAPPED;
	claim_either("a run state area that is not mapped",
		     vcpu(VCPUOP_register_runstate_memory_area, 0, &r), -EFAULT, 0);
	r.addr.v = start_info->pt_base;
	claim_either("a run state area in a page table",
		     vcpu(VCPUOP_register_runstate_memory_area, 0, &r), -EFAULT, 0);
	(void)HC1(sched_op, SCHEDOP_yield);
	r.addr.v = (uint64_t)&run;
	claim_is("back", vcpu(VCPUOP_register_runstate_memory_area, 0, &r), 0);
	claim_is("a time area", vcpu(VCPUOP_register_vcpu_time_memory_area, 0, &t), 0);
	t.addr.v = BAD_HV;
	claim_is("a time area in the hypervisor's range",
		 vcpu(VCPUOP_register_vcpu_time_memory_area, 0, &t), -EFAULT);
	claim_negative("which CPU it runs on", vcpu(VCPUOP_get_physid, 0, &id));
}

static void info_page(void)
{
	uint64_t *page = page_new();
	struct vcpu_register_vcpu_info r = {.mfn = mfn_of(page), .offset = 4096 - 32};

	claim_negative("vCPU info that leaves its page", vcpu(VCPUOP_register_vcpu_info, 1, &r));
	r.offset = 0xffffffc0;
	claim_negative("vCPU info far beyond its page", vcpu(VCPUOP_register_vcpu_info, 1, &r));
	r = (struct vcpu_register_vcpu_info){.mfn = foreign_mfn()};
	claim_refused("vCPU info in another domain's page", vcpu(VCPUOP_register_vcpu_info, 1, &r));
	r.mfn = mfn_of((void *)start_info->pt_base);
	claim_refused("vCPU info in a page table", vcpu(VCPUOP_register_vcpu_info, 1, &r));
	r.mfn = mfn_of(page);
	claim_is("vCPU info", vcpu(VCPUOP_register_vcpu_info, 1, &r), 0);
	claim("all its events are pending", ((struct vcpu_info *)page)->evtchn_upcall_pending);
	claim_is("a second time", vcpu(VCPUOP_register_vcpu_info, 1, &r), -EINVAL);
}

void group_vcpu(void)
{
	claim_is("vCPU 0 is up", vcpu(VCPUOP_is_up, 0, NULL), 1);
	claim_is("vCPU 99 is not there", vcpu(VCPUOP_is_up, 99, NULL), -ENOENT);
	claim_is("vCPU 2^32 - 1 is not there", vcpu(VCPUOP_is_up, 0xffffffff, NULL), -ENOENT);
	claim_is("a context for the running vCPU",
		 vcpu(VCPUOP_initialise, 0, (void *)VIRT_BASE + 0x100000), -EEXIST);
	claim_is("an unknown sub-operation", vcpu(77, 0, NULL), -ENOSYS);
	contexts();
	wait_beat();
	claim_is("it is up", vcpu(VCPUOP_is_up, 1, NULL), 1);
	claim_is("down", vcpu(VCPUOP_down, 1, NULL), 0);
	claim_is("it is down", vcpu(VCPUOP_is_up, 1, NULL), 0);
	info_page();
	claim_is("up again", vcpu(VCPUOP_up, 1, NULL), 0);
	wait_beat();
	claim_is("down again", vcpu(VCPUOP_down, 1, NULL), 0);
	areas();
}
