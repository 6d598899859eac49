/* SPDX-License-Identifier: GPL-2.0-only */
/* A domain, and the list of them. Rules: hypervisor/domain/domain.c. */
#ifndef HV_DOMAIN_DOMAIN_H
#define HV_DOMAIN_DOMAIN_H

#include <hv/domain/vcpu.h>
#include <hv/lib/lib.h>
#include <hv/mm/domain_mm.h>
#include <hv/queue.h>
#include <hv/sched/sched.h>
#include <hv/spinlock.h>
#include <hv/types.h>

#define DOMID_FIRST_RESERVED_ID	0x7ff0u

struct shared_info;	/* public ABI */
struct evtchn_domain;	/* event/ */
struct grant_table;	/* grant/ */
struct pirq_domain;	/* irq/ */

struct domain {
	domid_t id;
	bool privileged;	/* Domain-0: may control others, owns devices */
	uint32_t refs;		/* domain_get()/domain_put(); the list holds one */
	uint8_t handle[16];

	spinlock_t lock;	/* create, pause, shutdown, destroy; guards the state below */
	unsigned int pause_count;	/* by the controller: created with 1 */
	bool controlled;	/* a domctl is at it (domctl_op.c) */
	bool dying, dead;	/* being taken apart; only references keep it */
	bool shut_down;
	unsigned int shutdown_code;
	unsigned int max_vcpus;
	struct vcpu **vcpus;	/* max_vcpus pointers, all valid once the domain is in the list */

	struct domain_mm mm;
	struct shared_info *shared;	/* direct map */
	mfn_t shared_mfn;

	struct evtchn_domain *evtchn;
	struct grant_table *grant;
	struct pirq_domain *pirqs;

	bool xpti;		/* the hypervisor is not mapped while it runs (x86/xpti.c) */
	uint64_t l4_generation;	/* changes after each change of an L4 that may be loaded; never 0 */
	uint64_t vm_assist;
	int64_t time_offset;	/* seconds, added to the wall clock */
	cpumask_t dirty_cpus;	/* CPUs that may hold its TLB entries: set and cleared in x86/context.c */
	uint32_t pci_cf8;	/* latch of port 0xcf8 (the domain's view) */
	uint8_t cmos_index;	/* latch of port 0x70 */
	unsigned int sched_weight, sched_cap;	/* cap: percent of one CPU; 0: none */
	struct sched_budget sched_budget;	/* what the cap leaves of this period */
	unsigned int cpupool;	/* changes under the lock of sched/cpupool.c */
	unsigned int max_evtchn_port, max_grant_frames, max_maptrack_frames;

	TAILQ_ENTRY(domain) link;
};

/* What a domain is made from (XEN_DOMCTL_createdomain, or the Dom0 builder). */
struct domain_config {
	unsigned int max_vcpus;
	unsigned int max_evtchn_port;	/* highest port + 1 wanted; 0: as many as the ABI has */
	unsigned int max_grant_frames, max_maptrack_frames;
	uint8_t handle[16];
	bool privileged;
	unsigned int cpupool;	/* accepted by cpupool_accepts() */
};

extern struct domain *dom0;
extern struct domain idle_domain, dom_io, dom_xen;	/* DOMID_IO, DOMID_XEN own no RAM of guests */

#define for_each_vcpu(d, v) \
	for (unsigned int i__ = 0; i__ < (d)->max_vcpus && ((v) = (d)->vcpus[i__], true); i__++)

void domains_init(void);	/* the domains that are none: idle, io, xen */

/* Create a domain, paused by its controller. 0 or -errno (-EEXIST, -EINVAL, -ENOMEM). */
int domain_create(domid_t id, const struct domain_config *cfg, struct domain **out);
/* Next free id, rising, not used again at once; DOMID_FIRST_RESERVED_ID: none. */
domid_t domain_next_id(void);

/* Look up by id (DOMID_SELF: current's) and take a reference; NULL when there is none. */
struct domain *domain_get(domid_t id);
/* One more reference, for who holds one. */
void domain_hold(struct domain *d);
/*
 * First domain with id >= the given one, with a reference; NULL: none. For the toolstack's
 * iterators.
 */
struct domain *domain_get_from(domid_t id);
void domain_put(struct domain *d);

void domain_pause(struct domain *d);		/* controller's count; returns when no vCPU runs */
int domain_unpause(struct domain *d);		/* -EINVAL: was not paused, or dies */
void domain_shutdown(struct domain *d,
		     unsigned int reason); /* guest's own, SHUTDOWN_*; sends VIRQ_DOM_EXC */
void domain_resume(struct domain *d); /* go on after domain_shutdown(): a save that was not followed
					 by death */
int domain_kill(struct domain *d);		/* 0, or -ERESTART: call again; one caller at a time */
/*
 * A guest broke the protocol: log why, shut it down as crashed. Current vCPU never returns to the
 * guest.
 */
void domain_crash(struct domain *d, const char *fmt, ...) __printf(2, 3);

static inline struct vcpu *domain_vcpu(struct domain *d, uint64_t id)
{
	return id < d->max_vcpus ? d->vcpus[index_nospec(id, d->max_vcpus)] : NULL;
}

/* Dom0 */
struct boot_info;
void build_dom0(const struct boot_info *bi);	/* panics with a clear message when it cannot */

#endif
