/* SPDX-License-Identifier: GPL-2.0-only */
/* Which CPUs a flush reaches. No instruction that flushes is carried out here: the other CPUs are idle ones that let go. */
/* sources: hypervisor/x86/tlb.c */
#include <hv/domain.h>
#include <hv/irq.h>
#include <hv/lapic.h>
#include <hv/tlb.h>
#include <hv/x86.h>

#include "log_capture.h"

_Thread_local struct cpu_info hosted_cpu_info;
unsigned int nr_cpus = 4;
uint64_t tlb_clock = 1;
DEFINE_PER_CPU(tlb_flushed);

static struct vcpu idle = {.is_idle = true}, caller, others[2];
static struct vcpu *vcpus[] = {&caller, &others[0], &others[1]};
static struct domain dom = {.max_vcpus = 3, .vcpus = vcpus};
static uint64_t reached;

bool context_leave_guest(void)
{
	return true;
}

/* The interrupt arrives at once. */
void lapic_ipi_mask(cpumask_t cpus, unsigned int vector)
{
	struct cpu_info before = hosted_cpu_info;

	(void)vector;
	reached |= cpus.bits;
	for (unsigned int c = 0; c < nr_cpus; c++) {
		if (!(cpus.bits >> c & 1))
			continue;
		hosted_cpu_info = (struct cpu_info){.vcpu = &idle, .cpu = c};
		flush_interrupt();
	}
	hosted_cpu_info = before;
}

static uint64_t flush(uint64_t which)
{
	reached = 0;
	tlb_flush_vcpus(&dom, which, TLB_ALL);
	return reached;
}

int main(void)
{
	printf("1..4\n");
	hosted_cpu_info.vcpu = &caller;
	dom.dirty_cpus.bits = 0xf;
	caller.loaded_cpu = 0;
	/* It ran on CPU 1, which is idle and keeps it loaded. CPU 3 has taken it over, and not started yet. */
	others[0].loaded_cpu = 1;
	others[0].cpu = 3;
	others[1].loaded_cpu = NOT_LOADED;
	others[1].cpu = 2;
	result(flush(2) == 2, "a CPU that keeps a vCPU loaded is reached, wherever the vCPU waits to run: it may come back");
	result(flush(4) == 0, "a vCPU that no CPU has loaded needs none: loading it flushes");
	result(flush(6) == 2 && flush(~UINT64_C(7)) == 0, "vCPUs that there are not do no harm");
	others[0].loaded_cpu = 3;
	result(flush(2) == 8, "and once it runs elsewhere, that CPU is reached");
	return tap_failures != 0;
}
