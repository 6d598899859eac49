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
 * The calls below are the toolstack's: any hypercall context, no locks. Errors are those of the
 * public header.
 */

/* A new pool without CPUs; CPUPOOL_ANY: of a free number. *id: which. -EEXIST, -ENOSPC, -EINVAL. */
int cpupool_create(unsigned int wanted, unsigned int *id);
int cpupool_destroy(unsigned int id);			/* its CPUs become free. -EBUSY: has domains; -ENOENT */
int cpupool_info(unsigned int id,
		 struct cpupool_info *info); /* the first from id on (CPUPOOL_ANY: 0). -ENOENT */
cpumask_t cpupool_free_cpus(void);			/* in no pool */
/* CPUPOOL_ANY as a CPU: any that is free. -ENODEV: not free; -EINVAL: no such CPU; -ENOENT */
int cpupool_add_cpu(unsigned int id, unsigned int cpu);
/*
 * CPUPOOL_ANY as a CPU: its last. -ENODEV: not in it; -EBUSY: the last one of a pool with domains;
 * -EINVAL; -ENOENT
 */
int cpupool_remove_cpu(unsigned int id, unsigned int cpu);
/*
 * The caller holds d. -ENOENT; -ENODEV: has no CPU; -EINVAL: Domain-0 stays in pool 0, or d dies.
 */
int cpupool_move(struct domain *d, unsigned int id);
int cpupool_ratelimit(unsigned int id, unsigned int *us);	/* -ENOENT */
int cpupool_set_ratelimit(unsigned int id, unsigned int us);	/* -ENOENT */
/* Can a domain be created in it? 0, -ENOENT, -ENODEV */
int cpupool_accepts(unsigned int id);

/* A domain that was made meanwhile is in the list: its pool may have changed, or be gone. */
void cpupool_entered(struct domain *d);
/* Its CPUs that are online. Any context. */
cpumask_t cpupool_cpus(unsigned int id);
/* At boot, each CPU before it runs: it is in pool 0. */
void cpupool_init_cpu(unsigned int cpu);

#endif
