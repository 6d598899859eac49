/* SPDX-License-Identifier: GPL-2.0-only */
/* CPU pools: each CPU is in one at most, each domain in one (sched/cpupool.c). */
#ifndef HV_SCHED_CPUPOOL_H
#define HV_SCHED_CPUPOOL_H

#include <hv/percpu.h>
#include <hv/types.h>

struct domain;

#define CPUPOOL_ANY	(~0U)

struct cpupool_info {
	unsigned int id, domains;
	cpumask_t cpus;
};

/*
 * --- the toolstack's calls. Hypercall context, no locks held; pool_lock is taken inside. Errors
 * are those of the public header. -ENOENT, unless said otherwise: there is no such pool ---
 */

/* A new pool without CPUs; CPUPOOL_ANY: of a free number. *id: which. -EEXIST, -ENOSPC, -EINVAL. */
int cpupool_create(unsigned int wanted, unsigned int *id);
/* Its CPUs become free. -ENOENT; -EBUSY: it has domains, or is pool 0. */
int cpupool_destroy(unsigned int id);
/* Describe the first pool from id on (CPUPOOL_ANY: from 0). -ENOENT: there is none any more. */
int cpupool_info(unsigned int id, struct cpupool_info *info);
/* The CPUs that are in no pool. */
cpumask_t cpupool_free_cpus(void);
/* CPUPOOL_ANY as a CPU: any that is free. -ENOENT; -ENODEV: not free; -EINVAL: no such CPU. */
int cpupool_add_cpu(unsigned int id, unsigned int cpu);
/*
 * CPUPOOL_ANY as a CPU: its last. Its vCPUs go elsewhere. -ENOENT; -ENODEV: not in it; -EBUSY: the
 * last one of a pool with domains; -EINVAL: no such CPU.
 */
int cpupool_remove_cpu(unsigned int id, unsigned int cpu);
/*
 * The CPU goes off line: it leaves its pool, its vCPUs go elsewhere and its interrupts too, as far
 * as they can be moved without loss; it is halted but for what still interrupts it, and no pool
 * gets it. Domain-0 hears of it by VIRQ_PCPU_STATE. -EINVAL: no such CPU, or CPU 0; -EEXIST: it is
 * off line; -EBUSY: the last one of a pool with domains.
 */
int cpupool_offline_cpu(unsigned int cpu);
/* It comes back, into pool 0. -EINVAL: no such CPU; -EEXIST: it is on line. */
int cpupool_online_cpu(unsigned int cpu);
/*
 * d, of which the caller has a reference, belongs to that pool from now on. -ENOENT; -ENODEV: the
 * pool has no CPU; -EINVAL: Domain-0 stays in pool 0, or d dies.
 */
int cpupool_move(struct domain *d, unsigned int id);
/* *us: for how long a vCPU that was given a CPU keeps it there, microseconds. -ENOENT. */
int cpupool_ratelimit(unsigned int id, unsigned int *us);
/* Change it. -ENOENT. */
int cpupool_set_ratelimit(unsigned int id, unsigned int us);
/* Can a domain be created in it? 0; -ENOENT; -ENODEV: it has no CPU. */
int cpupool_accepts(unsigned int id);

/* --- for domains and the scheduler --- */

/*
 * d, just made, is in the list: when its pool has gone meanwhile, or has no CPU any more, d is in
 * pool 0. No locks held.
 */
void cpupool_entered(struct domain *d);
/* Its CPUs that are online. Any context, no lock. */
cpumask_t cpupool_cpus(unsigned int id);
/* This CPU is in pool 0. Boot CPU, before that CPU runs. */
void cpupool_init_cpu(unsigned int cpu);

#endif
