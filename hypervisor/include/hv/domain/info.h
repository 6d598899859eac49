/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What the control calls share: records about domains, CPU policy, bitmaps (domain/info.c,
 * domain/cpu_policy.c).
 */
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
 * A CPU mask to or from a bitmap of the caller's: bits beyond what either side has are zero. 0 or
 * -EFAULT, and -EINVAL for a bitmap of more than 64 Ki bits. Hypercall context.
 */
int cpumask_to_guest(const struct xenctl_bitmap *map, cpumask_t mask);
int cpumask_from_guest(cpumask_t *mask, const struct xenctl_bitmap *map);

/* The mask of the CPUs that are online. */
cpumask_t cpumask_online(void);

/* Words of a feature set, as the toolstack numbers them (ABI.md 14.2). */
#define FEATURE_WORDS	19
/* Feature words of the machine, or of what a PV guest sees. */
void cpu_feature_words(uint32_t words[FEATURE_WORDS], bool guest);

/* Room for leaves and MSRs that the largest policy takes. */
#define POLICY_MAX_LEAVES	120
#define POLICY_MAX_MSRS		2
/*
 * Hand the policy out: *nr_leaves and *nr_msrs are the room and then what was written; NULL handles
 * ask for the largest numbers. 0, -ENOBUFS, -EFAULT, -ENOMEM.
 */
int cpu_policy_to_guest(bool guest, uint32_t *nr_leaves, gaddr_t leaves, uint32_t *nr_msrs,
			gaddr_t msrs);

#endif
