/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What each vCPU has cost so far, for the debug key 's' and the benchmarks. A count is only written
 * by the CPU that runs the vCPU, so none is atomic; an interrupt that counts in between may make
 * one a little small.
 */
#ifndef HV_CONSOLE_STATS_H
#define HV_CONSOLE_STATS_H

#include <hv/types.h>

enum stat {
	STAT_SWITCH,	    /* it was given a CPU that another vCPU's state was loaded on */
	STAT_FLUSH,	    /* flushes of TLBs that it asked for, here or elsewhere */
	STAT_FLUSH_IPI,	    /* CPUs that were interrupted for them */
	STAT_EVENT_SENT,    /* events that it raised */
	STAT_EVENT_USELESS, /* of these: still pending from before */
	STAT_UPCALL,	    /* its event callback was entered */
	STAT_GRANT_MAP,	    /* pages, not calls; failed ones too */
	STAT_GRANT_UNMAP,
	STAT_GRANT_COPY,
	STAT_FAULT,	    /* page faults, as the guest sees them */
	NR_STATS,
};

struct vcpu_stats {
	uint64_t of[NR_STATS];
	uint32_t hypercalls[64];
};

/*
 * n more of this kind for the current vCPU; the idle vCPU stands for what interrupts do. Any
 * context but NMI.
 */
#define stat_add(kind, n) ((void)(current->stats.of[kind] += (n)))

/* The name of a kind. */
const char *stats_name(enum stat kind);
/*
 * A vCPU goes, its counts remain: they are part of every sum. Called once for each vCPU, when it
 * does not run any more. Any hypercall context.
 */
void stats_keep(const struct vcpu_stats *s);
/*
 * The sum over all vCPUs that there are and that there were, since the last stats_reset(). A domain
 * that goes meanwhile may be missing. Hypercall context.
 */
void stats_since_reset(struct vcpu_stats *sum);
/* The sums start anew from 0; what stats_dump() prints does not. Hypercall context. */
void stats_reset(void);

/*
 * Print them all by domain: "stat dN NAME=COUNT ... hypercallNUMBER=COUNT ...", in one or more
 * lines.
 */
void stats_dump(void);

#endif
