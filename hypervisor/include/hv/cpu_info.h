/* SPDX-License-Identifier: GPL-2.0-only */
/* What stands at the top of a CPU's stack: how code finds its CPU (hv/percpu.h). */
#ifndef HV_CPU_INFO_H
#define HV_CPU_INFO_H

#include <hv/types.h>

struct cpu_info {
	struct vcpu *
		vcpu; /* never NULL once the scheduler runs: the idle vCPU when there is no other */
	unsigned int cpu;	/* 0-based number, dense over the CPUs that came up */
	uint32_t trace;		/* events that it records (trace/trace.c); 0: none */
	uint64_t cr3;		/* what was loaded last */
	uint64_t pad[5];	/* a cache line: stacks start below it, aligned */
};

_Static_assert(sizeof(struct cpu_info) == 64, "stacks start below it, aligned");

#endif
