/* SPDX-License-Identifier: GPL-2.0-only */
/* CPU policies and feature sets, as the toolstack reads them (domain/cpu_policy.c). */
#ifndef HV_DOMAIN_CPU_POLICY_H
#define HV_DOMAIN_CPU_POLICY_H

#include <hv/types.h>
#include <xen/domctl.h>

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
