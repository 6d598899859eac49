/* SPDX-License-Identifier: GPL-2.0-only */
/* A domain, and the list of them. Rules: hypervisor/domain/domain.c. */
#ifndef HV_DOMAIN_DOMAIN_H
#define HV_DOMAIN_DOMAIN_H

#include <hv/domain/vcpu.h>
#include <hv/lib/lib.h>
#include <hv/mm/domain_mm.h>
#include <hv/queue.h>
#include <hv/sched/sched.h>
#include <hv/sched/watchdog.h>
#include <hv/spinlock.h>
#include <hv/types.h>

#define DOMID_FIRST_RESERVED_ID	0x7ff0u

struct shared_info;	/* public ABI */
struct evtchn_domain;	/* event/ */
struct cpu_policy;	/* domain/cpu_policy.c */
struct grant_table;	/* grant/ */
struct hvm_domain;	/* hvm/ */
struct hvm_hooks;
struct pirq_domain;	/* irq/ */

/*
 * How far the domain's life has come (domain/domain.c). Guarded by domain.lock, but for busy and
 * dead. dying and shut_down are read without the lock where a late look does no harm.
 */
struct domain_control {
	unsigned int pause_count;	/* by the controller: created with 1 */
	bool dying;			/* domain_kill() has begun */
	bool dead;			/* it is over: only references keep the domain; set once */
	bool started;			/* has been unpaused once: its CPU policy stands */
	bool shut_down;			/* until domain_resume(), for the reason shutdown_code */
	bool code_noted; /* shutdown_code is what the next shutdown is for, whatever it says */
	bool busy;			/* atomic: a domctl is at it (domctl_op.c) */
	unsigned int shutdown_code;
};

/* Event channels (event/). table is set before the domain is in the list, and has its own lock. */
struct domain_event {
	struct evtchn_domain *table;
	unsigned int max_port;		/* constant */
};

/* Grants (grant/). table is set before the domain is in the list, and has its own locks. */
struct domain_grant {
	struct grant_table *table;
	unsigned int max_frames, max_maptrack_frames;	/* constant */
};

/* Its clock (time/). A domctl writes it, and all read it. */
struct domain_time {
	int64_t offset;			/* seconds, added to the wall clock */
	uint32_t tsc_mode, tsc_incarnation;	/* as the toolstack set them, to be read back */
};

/* The processor's side (x86/). No lock: constant or atomic. */
struct domain_arch {
	uint64_t l4_generation;		/* changes after each change of an L4 in use; never 0 */
	cpumask_t dirty_cpus;		/* that may hold its TLB entries; each CPU writes its bit */
	bool xpti; /* the hypervisor is not mapped while it runs (x86/xpti.c) */
	bool ring1;	/* its kernel runs in ring 1 (hv/kernel_ring.h) */
};

/*
 * What its vCPUs choose (trap/). No lock: each of them writes it, and one that does so while
 * another does harms this domain only.
 */
struct domain_trap {
	uint64_t vm_assist;		/* bits VMASST_TYPE_* */
	uint32_t pci_cf8;		/* latch of port 0xcf8 (the domain's view) */
	uint8_t cmos_index;		/* latch of port 0x70 */
};

/*
 * A domain. A group that has the name of a folder belongs to that folder: its comment, at its type,
 * says which lock guards it and who writes it.
 */
struct domain {
	/* Constant once the domain is made, but for refs and handle. */
	domid_t id;
	bool privileged;		/* Domain-0: may control others, owns devices */
	bool xenstore;			/* it was made to run xenstored: the toolstack asks */
	bool relaxed_msrs; /* an MSR that we do not know reads as 0 if the CPU has it */
	uint32_t refs;			/* atomic: domain_get()/domain_put(); the list has one */
	uint8_t handle[16];		/* a domctl writes it, under lock */
	unsigned int max_vcpus;
	struct vcpu **vcpus;		/* max_vcpus pointers, all valid once it is in the list */

	/* guards control but for busy and dead, handle and watchdogs; register_vcpu_info */
	spinlock_t lock;
	struct domain_control control;

	struct shared_info *shared;	/* direct map; constant */
	mfn_t shared_mfn;
	struct domain_event event;
	struct domain_grant grant;
	/* A domctl writes it until control.started; its vCPUs read it without a lock. */
	struct cpu_policy *cpu_policy;
	struct pirq_domain *pirqs;	/* irq/: set before it is in the list, own lock */
	struct domain_time time;
	struct domain_arch arch;
	struct domain_trap trap;
	struct domain_mm mm;
	struct domain_sched sched;
	struct domain_watchdogs watchdogs;

	TAILQ_ENTRY(domain) link;	/* under list_lock of domain/domain.c */
	struct hvm_domain *hvm;		/* hvm/; NULL: a PV domain. Constant */
};

/* What a domain is made from (XEN_DOMCTL_createdomain, or the Dom0 builder). */
struct domain_config {
	unsigned int max_vcpus;
	unsigned int max_evtchn_port;	/* highest port + 1 wanted; 0: as many as the ABI has */
	unsigned int max_grant_frames, max_maptrack_frames;
	uint8_t handle[16];
	bool privileged, xenstore, relaxed_msrs;	/* as in struct domain */
	bool ring1;		/* as in struct domain_arch; privileged only */
	unsigned int cpupool;	/* accepted by cpupool_accepts() */
	const struct hvm_hooks *hvm;	/* NULL: a PV domain */
};

extern struct domain *dom0;
extern struct domain idle_domain, dom_io, dom_xen; /* DOMID_IO, DOMID_XEN own no RAM of guests */

#define for_each_vcpu(d, v) \
	for (unsigned int i__ = 0; i__ < (d)->max_vcpus && ((v) = (d)->vcpus[i__], true); i__++)

/* Set up the domains that are none: idle, io, xen. Boot CPU, once. */
void domains_init(void);

/* Create a domain, paused by its controller. 0 or -errno (-EEXIST, -EINVAL, -ENOMEM). */
int domain_create(domid_t id, const struct domain_config *cfg, struct domain **out);
/* Next free id, rising, not used again at once; DOMID_FIRST_RESERVED_ID: none. */
domid_t domain_next_id(void);

/* Look up by id (DOMID_SELF: current's) and take a reference; NULL when there is none. */
struct domain *domain_get(domid_t id);
/* Take one more reference of a domain of which the caller has one. Any context. */
void domain_ref(struct domain *d);
/*
 * First domain with id >= the given one, with a reference; NULL: none. For the toolstack's
 * iterators.
 */
struct domain *domain_get_from(domid_t id);
/* Drop a reference; the last one frees d. No locks held. */
void domain_put(struct domain *d);

/* One pause more by the controller; returns when no vCPU of d runs. d is not current's. */
void domain_pause(struct domain *d);
/* One pause less. 0, or -EINVAL: it was not paused, or it dies. */
int domain_unpause(struct domain *d);
/* The guest's own end, SHUTDOWN_*: its vCPUs stop, and the toolstack hears of it (VIRQ_DOM_EXC). */
void domain_shutdown(struct domain *d, unsigned int reason);
/*
 * SHUTDOWN_* that the domain's next end is for, whatever that says; the first note counts. A guest
 * that crashes leaves it for the kernel that saves its memory. No locks held.
 */
void domain_note_shutdown(struct domain *d, unsigned int reason);
/* Go on after domain_shutdown(): a save that was not followed by death. No locks held. */
void domain_resume(struct domain *d);
/*
 * Take d apart. 0, -EINVAL (Domain-0, or the caller's own), or -ERESTART: call again. One caller at
 * a time, no locks held.
 */
int domain_kill(struct domain *d);
/*
 * A guest broke the protocol: log why, shut it down as crashed. Current vCPU never returns to the
 * guest.
 */
void domain_crash(struct domain *d, const char *fmt, ...) __printf(2, 3);

static inline struct vcpu *domain_vcpu(struct domain *d, uint64_t id)
{
	return id < d->max_vcpus ? d->vcpus[index_nospec(id, d->max_vcpus)] : NULL;
}

#endif
