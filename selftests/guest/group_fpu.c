/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The x87 instruction pointers, which not every processor's saved FPU state contains. Both vCPUs
 * share a CPU (the script pins them): one computes, and the other, which has not, reads the
 * pointers.
 */
#include "guest.h"

static volatile bool stop;
static volatile unsigned int computed;

static void compute(void)
{
	while (!stop) {
		__asm__ volatile("fld1; fstp %%st(0)" ::: "memory");
		computed++;
		(void)HC1(sched_op, SCHEDOP_yield);
	}
}

/*
 * FIP, 32 bits of it: 0, or an address of the hypervisor's (Xen's). The instruction itself is none
 * that counts.
 */
static uint32_t last_instruction(void)
{
	struct {
		uint32_t control, status, tag, fip, fcs_fop, fdp, fds;
	} e;

	__asm__ volatile("fnstenv %0" : "=m"(e));
	return e.fip;
}

void group_fpu(void)
{
	static struct vcpu_guest_context c;
	unsigned int rounds = 0, seen = 0;
	uint64_t end = now_ns() + 3000000000UL;
	uint32_t fip = 0;

	context_fill(&c);
	cpu1_work = compute;
	claim_is("vCPU 1", HC3(vcpu_op, VCPUOP_initialise, 1, &c), 0);
	claim_is("is up", HC2(vcpu_op, VCPUOP_up, 1), 0);
	__asm__ volatile("fninit");
	for (; now_ns() < end && rounds < 2000; rounds++) {
		(void)HC1(sched_op, SCHEDOP_yield);
		fip = last_instruction();
		/*
		 * The linker keeps the order of this file: what lies from compute() to here is
		 * compute().
		 */
		seen += fip >= (uint32_t)(uint64_t)compute && fip < (uint32_t)(uint64_t)group_fpu;
	}
	stop = true;
	print("# looked %u times, saw %u times where another computed, last at %x\n", rounds, seen,
	      fip);
	claim("nobody sees where another computed", !seen);
	claim("while the other did", rounds > 10 && computed > 10);
}
