/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Which vCPU is put on which CPU (sched/place.c): affinity, stealing, spreading. Unless said
 * otherwise no lock is held; run queues' locks are taken inside, two at most.
 */
#ifndef HV_SCHED_PLACE_H
#define HV_SCHED_PLACE_H

#include <hv/domain/vcpu.h>
#include <hv/percpu.h>

/* --- for the toolstack's calls. The caller holds the domain --- */

/*
 * Where v may run: within that and its CPU pool it goes there at once. 0, or -EINVAL: no CPU of its
 * pool is in it.
 */
int vcpu_set_affinity(struct vcpu *v, cpumask_t hard);
/* Where v would rather run, at once if a CPU is idle there. 0, or -EINVAL: none is online. */
int vcpu_set_soft_affinity(struct vcpu *v, cpumask_t soft);

/* --- private to sched/ --- */

static inline bool cpu_in(cpumask_t mask, unsigned int cpu)
{
	return mask.bits >> cpu & 1;
}

/* v's CPU pool has changed, or has other CPUs: think anew where v runs. */
void vcpu_settle(struct vcpu *v);
/* Fill in v->sched.allowed and preferred. The lock of v's queue is held, or v is new. */
void place_derive(struct vcpu *v);
/* Where a vCPU that was never queued begins, within `allowed`. Any context. */
unsigned int place_first(cpumask_t allowed);
/* Where v should run: a guess without other locks; v's own queue is locked. */
unsigned int place_choose(const struct vcpu *v);

/*
 * v runs on a CPU that it does not prefer: may it not be there, or is one idle that it prefers? A
 * guess.
 */
bool place_draws(const struct vcpu *v, unsigned int cpu);

static inline bool place_leaves(const struct vcpu *v, unsigned int cpu)
{
	return unlikely(!cpu_in(v->sched.preferred, cpu)) && place_draws(v, cpu);
}

/* This CPU has nothing to do: take a vCPU that waits elsewhere. Interrupts on or off. */
void place_steal(unsigned int self);
/* Send away the vCPUs in this CPU's queue that may not run here. */
void place_evict(unsigned int self);
/* Give a vCPU that waits here to a CPU with less to do. */
void place_spread(unsigned int self);

#endif
