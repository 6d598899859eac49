/* SPDX-License-Identifier: GPL-2.0-only */
/* What the control calls share: records about domains, bitmaps of CPUs (domain/info.c). */
#ifndef HV_DOMAIN_INFO_H
#define HV_DOMAIN_INFO_H

#include <hv/percpu.h>
#include <hv/types.h>
#include <xen/domctl.h>

/* The scheduler that we say we are: its parameters are weight and cap, as ours. */
#define HV_SCHEDULER	XEN_SCHEDULER_CREDIT2

/* Fill in what the toolstack shows about d. The caller holds a reference. A snapshot; no lock. */
void domain_info(struct domain *d, struct xen_domctl_getdomaininfo *info);

/*
 * A CPU mask into a bitmap of the caller's: bits beyond what either side has are zero. 0 or
 * -EFAULT, and -EINVAL for a bitmap of more than 64 Ki bits. Hypercall context.
 */
int cpumask_to_guest(const struct xenctl_bitmap *map, cpumask_t mask);
/* The other way, with the same errors. */
int cpumask_from_guest(cpumask_t *mask, const struct xenctl_bitmap *map);

/*
 * The mask of the CPUs that are on line: those that have started, without those that were put off
 * line. Any context.
 */
cpumask_t cpumask_online(void);
/* cpu, which has started, goes off line or comes back: its bit and no more. Under pool_lock. */
void cpumask_set_online(unsigned int cpu, bool online);

#endif
