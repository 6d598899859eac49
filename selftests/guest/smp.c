/* SPDX-License-Identifier: GPL-2.0-only */
/* The second vCPU: its context, and a loop that runs the functions it is given. */
#include "guest.h"

extern char cpu1_stack[], cpu1_start[], trap_stubs[], event_entry[], failsafe_entry[],
	syscall_entry[];

volatile unsigned int cpu1_beats;
void (*volatile cpu1_work)(void);

void context_fill(struct vcpu_guest_context *c)
{
	unsigned int i;

	memset(c, 0, sizeof(*c));
	/*
	 * Not VGCF_online: the reference then takes the vCPU for up, and VCPUOP_up does not wake
	 * it.
	 */
	c->flags = VGCF_in_kernel;
	for (i = 0; i < 32; i++)
		c->trap_ctxt[i] = (struct trap_info){(uint8_t)i, 0, FLAT_KERNEL_CS,
						     (uint64_t)trap_stubs + i * 32};
	c->user_regs.rip = (uint64_t)cpu1_start;
	c->user_regs.cs = FLAT_KERNEL_CS;
	c->user_regs.ss = FLAT_KERNEL_SS;
	c->user_regs.rflags = 2;
	c->user_regs.rsp = (uint64_t)cpu1_stack + STACK_SIZE;
	c->kernel_ss = FLAT_KERNEL_SS;
	c->kernel_sp = (uint64_t)cpu1_stack + STACK_SIZE / 2;
	c->ctrlreg[3] = xen_pfn_to_cr3(mfn_of((void *)start_info->pt_base));
	c->event_callback_eip = (uint64_t)event_entry;
	c->failsafe_callback_eip = (uint64_t)failsafe_entry;
	c->syscall_callback_eip = (uint64_t)syscall_entry;
}

void cpu1_main(void)
{
	for (;;) {
		void (*work)(void) = cpu1_work;

		if (work)
			work();
		cpu1_beats++;
		(void)HC1(sched_op, SCHEDOP_yield);
	}
}
